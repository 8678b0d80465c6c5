/* What the threads of `work` share: the mode of the service, the running jobs, the waiting events.
 *
 * Main sets the mode, slots enter their job and ask whether to go on, the keeper renews leases and
 * publishes events. One mutex, held for a few instructions at a time; no call blocks on a server
 * under it. All functions are thread-safe unless they say otherwise.
 */
#ifndef MG_WORKER_SERVICE_CREW_H
#define MG_WORKER_SERVICE_CREW_H

#include "base/error.h"
#include "queue/job.h"
#include "schema/store.h"
#include "worker/config.h"
#include "worker/service/log.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MG_CREW_EVENTS_MAX = 1024,  /* waiting to be published; the oldest are dropped */
    MG_CREW_POLL_MS = 1000,     /* an idle worker looks into the ledger this often */
    MG_CREW_LINGER_MS = 3000,   /* after the deadline: time to write down what became of a job */
    MG_CREW_PROGRESS_MS = 1000, /* progress events of one job are at least this far apart */
};

typedef enum mg_crew_mode {
    MG_CREW_RUN,
    MG_CREW_QUIET, /* running jobs go on, none is claimed */
    MG_CREW_DRAIN, /* as QUIET, and the service ends with its last job or at the deadline */
} mg_crew_mode;

/* Why a running job must stop. */
typedef enum mg_crew_verdict {
    MG_CREW_GO_ON,
    MG_CREW_LOST,     /* the ledger says that the lease is another's */
    MG_CREW_STALE,    /* no renewal for three quarters of the lease: it may be another's soon */
    MG_CREW_CANCEL,   /* a person asked for it */
    MG_CREW_SHUTDOWN, /* the deadline of the drain has passed */
} mg_crew_verdict;

typedef struct mg_crew_event {
    char job_id[MG_UUID_SIZE];
    char user_id[MG_USER_ID_MAX + 1];
    char reason[MG_REASON_MAX + 1];
    unsigned attempt;
    mg_job_state state;
    int progress;
    int64_t at_ms;
} mg_crew_event;

typedef struct mg_crew_job {
    bool active;
    char job_id[MG_UUID_SIZE];
    char user_id[MG_USER_ID_MAX + 1];
    int64_t fence;
    unsigned attempt;
    int progress, progress_told;
    int64_t told_ms;    /* monotonic, of the last progress event */
    int64_t renewed_ms; /* monotonic, when the last renewal that succeeded was sent */
    bool lost, cancel;
} mg_crew_job;

/* Read-only for the threads: config, log, worker, options, slot_count. The rest under the lock. */
typedef struct mg_crew {
    const mg_config *config;
    mg_log *log;
    const char *worker;        /* unique name of this process */
    const char *analyser_path; /* NULL: the usual one */
    bool until_empty, once, has_queue;
    size_t slot_count;

    pthread_mutex_t lock;
    pthread_cond_t slot_wake, keeper_wake;
    mg_crew_mode mode;
    int64_t deadline_ms; /* monotonic; of the drain */
    mg_err fatal;        /* first error that ends the service */
    mg_errinfo fatal_info;

    mg_crew_job *jobs; /* one per slot */
    size_t idle, slots_alive;
    uint64_t bell;        /* rung when a claim may find something */
    int64_t next_poll_ms; /* monotonic */
    bool once_taken;

    mg_crew_event *events; /* ring */
    size_t events_first, events_count;
    uint64_t events_dropped;
    bool keeper_stop;
    int64_t keeper_seen_ms; /* monotonic; when the keeper last came round */
} mg_crew;

/** @return MG_OK; MG_E_NOMEM. Not thread-safe, nor is _done. */
mg_err mg_crew_init(mg_crew *crew, const mg_config *config, mg_log *log, const char *worker,
                    size_t slots);
void mg_crew_done(mg_crew *crew);

/* ---- the mode ---- */

/** Stop claiming; running jobs may take until deadline_ms (monotonic). An earlier deadline holds.
 */
void mg_crew_drain(mg_crew *crew, int64_t deadline_ms);
/** QUIET or back to RUN; nothing while draining. */
void mg_crew_set_quiet(mg_crew *crew, bool quiet);
/** An error that ends the service (exit code of the first one): drains. */
void mg_crew_fail(mg_crew *crew, mg_err err, const mg_errinfo *info);
bool mg_crew_is_draining(mg_crew *crew);
/** May a slot still try to write down what became of its job? Ends a while after the deadline. */
bool mg_crew_may_settle(mg_crew *crew);
/** Sleeps up to `ms`, less when the mode changes. */
void mg_crew_pause(mg_crew *crew, int64_t ms);

/* ---- slots ---- */

/** Blocks until a claim is worth trying: the bell was rung since *bell, or this slot's turn to look
 *  by the timer has come. @return false when the slot shall end */
bool mg_crew_wait_claim(mg_crew *crew, uint64_t *bell);
/** A claim found nothing (gives the one job of --once back). */
void mg_crew_claimed_nothing(mg_crew *crew);
/** @param renewed_ms  monotonic, before the claim was sent */
void mg_crew_begin(mg_crew *crew, size_t slot, const mg_claim *claim, int64_t renewed_ms);
void mg_crew_end(mg_crew *crew, size_t slot);
/** Notes the progress (-1: none to note) and says whether to go on. */
mg_crew_verdict mg_crew_check(mg_crew *crew, size_t slot, int progress);
void mg_crew_slot_gone(mg_crew *crew);

/** Something may be due: wakes the slots. */
void mg_crew_ring(mg_crew *crew);

/* ---- the keeper ---- */

/** The leases to renew: up to slot_count entries of `ret`, whose job_id points into `names`. */
size_t mg_crew_leases(mg_crew *crew, mg_heartbeat *ret, char (*names)[MG_UUID_SIZE]);
/** @param sent_ms  monotonic, before the renewal was sent */
void mg_crew_renewed(mg_crew *crew, const mg_heartbeat *beats, size_t count, int64_t sent_ms);
size_t mg_crew_idle(mg_crew *crew);

/* ---- events ---- */

void mg_crew_tell(mg_crew *crew, const char *job_id, const char *user_id, unsigned attempt,
                  mg_job_state state, int progress, const char *reason);
/** Moves up to `max` waiting events to `ret`, oldest first. */
size_t mg_crew_take_events(mg_crew *crew, mg_crew_event *ret, size_t max);
bool mg_crew_has_events(mg_crew *crew);

/** 32 random bits. */
uint32_t mg_crew_random(void);

#endif
