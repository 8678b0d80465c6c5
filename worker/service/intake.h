/* Intake: from entries of the stream to rows of the ledger. Used by the keeper alone.
 *
 * One batch at a time: read -> commit -> acknowledge. A batch that was read stays here until the
 * ledger has taken it, so nothing is acknowledged that is not committed; when this process dies
 * first, another takes the entries over (reclaim). A malformed entry becomes a dead entry and is
 * acknowledged like any other: nothing in the stream can block it.
 */
#ifndef MG_WORKER_SERVICE_INTAKE_H
#define MG_WORKER_SERVICE_INTAKE_H

#include "queue/stream.h"
#include "schema/store.h"
#include "worker/service/crew.h"

typedef struct mg_intake mg_intake;

/** @return MG_OK; MG_E_NOMEM */
mg_err mg_intake_new(mg_intake **ret, mg_crew *crew, mg_stream *stream);
void mg_intake_free(mg_intake *intake);

/** Is a batch waiting for its commit? Then it must go before the next read. */
bool mg_intake_holds(const mg_intake *intake);

/** Read new entries, waiting up to block_ms. @return as mg_stream_read() */
mg_err mg_intake_read(mg_intake *intake, int block_ms, mg_errinfo *err);
/** Take over entries of an intake that died more than min_idle_ms ago. */
mg_err mg_intake_reclaim(mg_intake *intake, int64_t min_idle_ms, mg_errinfo *err);

/** Commit the batch, tell its states, wake the slots.
 *  @return MG_OK; MG_E_INTERNAL, MG_E_BAD_MESSAGE, MG_E_LIMIT: the batch was let go and comes back
 *          by reclaim; anything else (a server that is away, a full disk, a missing right): the
 *          batch is kept, call again */
mg_err mg_intake_commit(mg_intake *intake, mg_store *store, mg_errinfo *err);
/** Acknowledge what was committed. After an error the entries come back by reclaim and are found
 *  to be repeats. */
mg_err mg_intake_ack(mg_intake *intake, mg_errinfo *err);

#endif
