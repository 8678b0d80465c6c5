/* The keeper: one thread that looks after everything that is not the running of a job.
 *
 * It renews the leases of all slots in one statement, takes announced jobs from Redis into the
 * ledger, publishes events, turns expired leases of dead workers into retries, closes cancelled and
 * expired jobs, and ends the service when it is told to stop with an empty queue. It has its own
 * connections, and no call of it blocks for more than two seconds.
 */
#ifndef MG_WORKER_SERVICE_KEEPER_H
#define MG_WORKER_SERVICE_KEEPER_H

#include "worker/service/crew.h"

/** The thread's function; `argument` is the mg_crew. Returns NULL when crew->keeper_stop is set. */
void *mg_keeper_thread(void *argument);

/** Tell the keeper that no slot is left: it publishes the last events and ends. */
void mg_keeper_stop(mg_crew *crew);

#endif
