/* The vocabulary of a job: states, priorities, what a caller asks for.
 *
 * The ledger (schema/store.h) and the supervisor share these words; nothing here does any work but
 * naming. State machine:
 *
 *     queued -> running -> succeeded | retry_wait -> queued | dead | cancelled | expired
 *
 * retry_wait is a queued job whose run_at lies in the future; a claim takes both once due.
 */
#ifndef MG_QUEUE_JOB_H
#define MG_QUEUE_JOB_H

#include "base/uuid.h"

#include <stdbool.h>
#include <stdint.h>

/* X(SUFFIX, "name in SQL, events and JSON", terminal) */
#define MG_JOB_STATE_LIST(X)                                                                       \
    X(QUEUED, "queued", false)                                                                     \
    X(RUNNING, "running", false)                                                                   \
    X(RETRY_WAIT, "retry_wait", false)                                                             \
    X(SUCCEEDED, "succeeded", true)                                                                \
    X(DEAD, "dead", true)                                                                          \
    X(CANCELLED, "cancelled", true)                                                                \
    X(EXPIRED, "expired", true)

typedef enum mg_job_state {
#define MG_JOB_STATE_ENUM(name, id, terminal) MG_JOB_##name,
    MG_JOB_STATE_LIST(MG_JOB_STATE_ENUM)
#undef MG_JOB_STATE_ENUM
        MG_JOB_STATES
} mg_job_state;

const char *mg_job_state_name(mg_job_state state);
bool mg_job_state_from_name(const char *name, mg_job_state *ret);
bool mg_job_state_is_terminal(mg_job_state state);

/* Priorities are drawn with weights 8:3:1, so that low is slow but never starved. */
typedef enum mg_priority {
    MG_PRIORITY_HIGH,
    MG_PRIORITY_NORMAL,
    MG_PRIORITY_LOW,
    MG_PRIORITIES
} mg_priority;

extern const char *const mg_priority_name[MG_PRIORITIES]; /* "high", "normal", "low" */
extern const unsigned mg_priority_weight[MG_PRIORITIES];  /* 8, 3, 1 */

/* The order in which a claim tries the priorities, for one random number: the first is drawn by
 * weight, the others follow from high to low. */
void mg_priority_order(uint32_t random, mg_priority order[MG_PRIORITIES]);

enum {
    MG_USER_ID_MAX = 128,
    MG_AUDIO_KEY_MAX = 1024,
    MG_FILENAME_MAX = 512,
    MG_PROFILE_MAX = 64,
    MG_TRACEPARENT_MAX = 64,
};

/* What a caller asks for: a checked job message (queue/message.h) or the command `enqueue`.
 * Texts are NUL-terminated; "" means not given. Times are ms since the epoch; 0 means not given. */
typedef struct mg_job_spec {
    char job_id[MG_UUID_SIZE];
    char user_id[MG_USER_ID_MAX + 1];
    char audio_key[MG_AUDIO_KEY_MAX + 1];
    char reference_key[MG_AUDIO_KEY_MAX + 1];
    char filename[MG_FILENAME_MAX + 1];
    char profile[MG_PROFILE_MAX + 1];
    char sha256[65];
    char traceparent[MG_TRACEPARENT_MAX + 1];
    mg_priority priority;
    int64_t size; /* bytes; -1: not given */
    int64_t run_at_ms, expires_at_ms, time_ms;
} mg_job_spec;

#endif
