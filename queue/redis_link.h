/* One connection to Redis: connects on demand, classifies error replies, reconnects with backoff.
 *
 * Not thread-safe. Does not log. A broken pipe is an error code, never a signal.
 */
#ifndef MG_QUEUE_REDIS_LINK_H
#define MG_QUEUE_REDIS_LINK_H

#include "base/error.h"

#include <hiredis/hiredis.h>
#include <stddef.h>

typedef struct mg_redis mg_redis;

enum {
    MG_REDIS_TIMEOUT_MS = 1000, /* of connecting and of each answer, beside BLOCK */
    MG_REDIS_BACKOFF_MIN_MS = 1000,
    MG_REDIS_BACKOFF_MAX_MS = 30000,
};

typedef struct mg_redis_arg {
    const char *text;
    size_t len;
} mg_redis_arg;

/** @param client_name  shown by CLIENT LIST. Does not connect. @return MG_OK; MG_E_CONFIG;
 * MG_E_NOMEM */
mg_err mg_redis_new(mg_redis **ret, const char *url, const char *client_name, mg_errinfo *err);
void mg_redis_free(mg_redis *redis);

/** Send one command and read its answer (mg_redis_reply_free()).
 *  @param block_ms  what the command itself may wait beside MG_REDIS_TIMEOUT_MS
 *  @return MG_OK
 *          MG_E_UNAVAILABLE: no connection (the backoff has begun), or an answer that will pass
 *            (LOADING, READONLY, MISCONF, BUSY, MASTERDOWN, ...: disconnected, backoff)
 *          MG_E_LIMIT: OOM, the server is full; reading still works
 *          MG_E_NOT_FOUND: NOGROUP, UNBLOCKED: the key or group is gone
 *          MG_E_BUSY: BUSYGROUP, it exists already
 *          MG_E_CONFIG: NOAUTH, WRONGPASS, NOPERM, WRONGTYPE, unknown command: a person must act */
mg_err mg_redis_call(mg_redis *redis, int block_ms, const mg_redis_arg *args, size_t count,
                     redisReply **ret, mg_errinfo *err);

void mg_redis_reply_free(redisReply *reply);

/** Queue a command for mg_redis_flush(). @return MG_OK; MG_E_UNAVAILABLE; MG_E_CONFIG; MG_E_NOMEM
 */
mg_err mg_redis_append(mg_redis *redis, const mg_redis_arg *args, size_t count, mg_errinfo *err);
/** Send what was appended and read all answers. @return the first error among them, else MG_OK */
mg_err mg_redis_flush(mg_redis *redis, mg_errinfo *err);

#endif
