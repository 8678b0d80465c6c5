/* Redis Streams: the doorbell. An entry only announces a job; the ledger is the truth.
 *
 * The keeper reads entries, commits rows for them (schema/store.h) and then acknowledges and
 * deletes them. One object per thread. No call blocks longer than its timeout plus 1 s. When the
 * server is away calls return MG_E_UNAVAILABLE and the object reconnects by itself with backoff
 * (1 s doubling to 30 s with jitter); it creates the consumer groups it needs (from 0, MKSTREAM)
 * and again after they vanished (NOGROUP, UNBLOCKED, FLUSHALL). Does not log.
 */
#ifndef MG_QUEUE_STREAM_H
#define MG_QUEUE_STREAM_H

#include "base/error.h"
#include "queue/job.h"
#include "queue/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mg_stream mg_stream;

typedef struct mg_stream_entry {
    mg_priority priority; /* of the stream it came from */
    char id[48];          /* entry id */
    size_t field_count;   /* 0: a nil entry (deleted while pending): only to be acknowledged */
    mg_field fields[MG_MESSAGE_MAX_FIELDS]; /* valid until the next read or reclaim */
    bool oversized;       /* more fields or bytes than a message may have; fields are cut */
} mg_stream_entry;

/** @param url       redis://[[user]:password@]host[:port][/db] or
 *                   unix://[[user]:password@]/path[?db=N]; rediss:// only where hiredis has TLS
 *  @param prefix    of all keys: PREFIX:jobs:high|normal|low, PREFIX:events; group "mixgauge"
 *  @param consumer  unique name of this process
 *  Does not connect. @return MG_OK; MG_E_CONFIG (URL); MG_E_NOMEM */
mg_err mg_stream_new(mg_stream **ret, const char *url, const char *prefix, const char *consumer,
                     mg_errinfo *err);
void mg_stream_free(mg_stream *stream);

/** Read new entries of the three streams, high first, up to max / 3 of each.
 *  @param block_ms  how long to wait for one when there is none; 0: not at all
 *  @param max       at least MG_PRIORITIES
 *  @return MG_OK (also with 0 entries); MG_E_UNAVAILABLE; MG_E_CONFIG (NOAUTH, WRONGPASS, NOPERM,
 *          WRONGTYPE: permanent, a person must act) */
mg_err mg_stream_read(mg_stream *stream, int block_ms, mg_stream_entry *entries, size_t max,
                      size_t *ret_count, mg_errinfo *err);

/** Take over entries that another intake read more than min_idle_ms ago and never acknowledged. */
mg_err mg_stream_reclaim(mg_stream *stream, int64_t min_idle_ms, mg_stream_entry *entries,
                         size_t max, size_t *ret_count, mg_errinfo *err);

/** XACK and XDEL, after the rows are committed. */
mg_err mg_stream_ack(mg_stream *stream, const mg_stream_entry *entries, size_t count,
                     mg_errinfo *err);

typedef struct mg_event {
    const char *job_id, *user_id, *reason; /* reason NULL or "": none */
    unsigned attempt;
    mg_job_state state;
    int progress; /* 0..100 */
    int64_t at_ms;
} mg_event;

/** Append events to PREFIX:events (capped near 100,000). Hints, not truth: may be lost. */
mg_err mg_stream_publish(mg_stream *stream, const mg_event *events, size_t count, mg_errinfo *err);

/** Whether the streams hold anything unread or pending (for the sweep's orphan rule). */
mg_err mg_stream_is_drained(mg_stream *stream, bool *ret, mg_errinfo *err);

/** For doctor: "7.0.15", and whether appendonly and maxmemory-policy are fit for a queue;
 *  *warning holds a sentence for people, "" when all is well or the server does not tell. */
mg_err mg_stream_server_info(mg_stream *stream, char version[32], char warning[240],
                             mg_errinfo *err);

#endif
