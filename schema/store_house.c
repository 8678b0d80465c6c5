/* What the store does on its own: leases that ran out, waiting jobs to be closed. One transaction
 * for each job, so that no two rows of jobs or audio are ever held in the wrong order. */
#include "schema/store_impl.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

/* Waiting jobs that are to be closed. Two conditions and not one with OR, so that each finds its
 * index (jobs_cancel, jobs_expiry) in both engines. */
#define IS_CANCELLED "state IN ('queued', 'retry_wait') AND cancel_requested"
#define IS_EXPIRED                                                                                 \
    "state IN ('queued', 'retry_wait') AND expires_at IS NOT NULL AND expires_at <= $1"

typedef struct house_call {
    const mg_failure *worker_lost;
    mg_job_event event;
    bool found;
} house_call;

/* One row that fits `where` ($1: now), held; nobody waits for a row that another process handles.
 */
static mg_err hold_one(mg_store *store, const char *where, mg_job_row *ret, bool *ret_found,
                       mg_errinfo *err)
{
    char sql[1024];
    snprintf(sql, sizeof sql, "SELECT " MG_JOB_COLUMNS " FROM jobs WHERE %s LIMIT 1%s", where,
             store->ops->skip_locked);
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result = mg_db_query(store, &rows, err, sql, MG_P(mg_p_int(store->now_ms)));
    *ret_found = result == MG_OK && rows.count > 0;
    if (*ret_found)
        mg_read_job(&rows, 0, ret);
    return result;
}

static mg_err reap_body(mg_store *store, void *context, mg_errinfo *err)
{
    house_call *call = context;
    mg_job_row job;
    mg_job_state state;
    mg_err result = hold_one(store, "state = 'running' AND lease_until < $1 ORDER BY lease_until",
                             &job, &call->found, err);
    if (result != MG_OK || !call->found)
        return result;
    result = mg_fail_locked(store, &job, call->worker_lost, "lost", &state, err);
    if (result == MG_OK)
        mg_job_event_fill(&call->event, &job, state,
                          state == MG_JOB_CANCELLED ? "" : mg_err_id(call->worker_lost->reason));
    return result;
}

static mg_err housekeep_body(mg_store *store, void *context, mg_errinfo *err)
{
    house_call *call = context;
    mg_job_row job;
    mg_err result = hold_one(store,
                             "job_id IN (SELECT job_id FROM jobs WHERE " IS_CANCELLED
                             " UNION ALL SELECT job_id FROM jobs WHERE " IS_EXPIRED ")",
                             &job, &call->found, err);
    if (result != MG_OK || !call->found)
        return result;
    mg_job_state state = job.cancel_requested ? MG_JOB_CANCELLED : MG_JOB_EXPIRED;
    result = mg_end_locked(store, &job, state, NULL, err);
    if (result == MG_OK)
        mg_job_event_fill(&call->event, &job, state, "");
    return result;
}

/* Looking first costs no write lock, and there is nothing to do nearly always. */
static mg_err any_body(mg_store *store, void *context, mg_errinfo *err)
{
    const char **sql = context;
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result = mg_db_query(store, &rows, err, *sql, MG_P(mg_p_int(store->now_ms)));
    if (result == MG_OK && !mg_rows_bool(&rows, 0, 0))
        *sql = NULL;
    return result;
}

static mg_err each(mg_store *store, const char *any_sql, mg_tx_body *body,
                   const mg_failure *worker_lost, mg_job_event *events, size_t max_events,
                   size_t *ret_count, mg_errinfo *err)
{
    size_t count = 0;
    const int64_t until_ms = mg_mono_ms() + store->deadline_ms; /* of all transactions together */
    mg_err result = mg_store_tx(store, MG_TX_READ, true, any_body, &any_sql, err);
    while (result == MG_OK && any_sql && count < max_events && mg_mono_ms() < until_ms) {
        house_call call = {.worker_lost = worker_lost};
        mg_errinfo info = {0};
        result = mg_store_tx(store, MG_TX_WRITE, false, body, &call, &info);
        if (result == MG_OK && !call.found)
            break;
        if (result == MG_OK)
            events[count++] = call.event;
        else if (count == 0)
            mg_fail(err, result, info.sys_errno, "%s", mg_errinfo_text(&info, result));
    }
    /* What was done is told; the error will come again. */
    if (result != MG_OK && count == 0)
        return result;
    *ret_count = count;
    return MG_OK;
}

mg_err mg_store_reap(mg_store *store, const mg_failure *worker_lost, mg_job_event *events,
                     size_t max_events, size_t *ret_count, mg_errinfo *err)
{
    return each(store,
                "SELECT EXISTS (SELECT 1 FROM jobs WHERE state = 'running' AND lease_until < $1)",
                reap_body, worker_lost, events, max_events, ret_count, err);
}

mg_err mg_store_housekeep(mg_store *store, mg_job_event *events, size_t max_events,
                          size_t *ret_count, mg_errinfo *err)
{
    return each(store,
                "SELECT EXISTS (SELECT 1 FROM jobs WHERE " IS_CANCELLED ") "
                "OR EXISTS (SELECT 1 FROM jobs WHERE " IS_EXPIRED ")",
                housekeep_body, NULL, events, max_events, ret_count, err);
}

/* ---- pending ----------------------------------------------------------------------------- */

typedef struct pending_call {
    int64_t due, waiting, running;
} pending_call;

static mg_err pending_body(mg_store *store, void *context, mg_errinfo *err)
{
    pending_call *call = context;
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result = mg_db_query(
        store, &rows, err,
        "SELECT (SELECT count(*) FROM jobs WHERE state IN ('queued', 'retry_wait') "
        "AND run_at <= $1), "
        "(SELECT count(*) FROM jobs WHERE state IN ('queued', 'retry_wait') AND run_at > $1), "
        "(SELECT count(*) FROM jobs WHERE state = 'running')",
        MG_P(mg_p_int(store->now_ms)));
    if (result != MG_OK)
        return result;
    call->due = mg_rows_int(&rows, 0, 0);
    call->waiting = mg_rows_int(&rows, 0, 1);
    call->running = mg_rows_int(&rows, 0, 2);
    return MG_OK;
}

mg_err mg_store_pending(mg_store *store, int64_t *ret_due, int64_t *ret_waiting,
                        int64_t *ret_running, mg_errinfo *err)
{
    pending_call call = {0};
    mg_err result = mg_store_tx(store, MG_TX_READ, true, pending_body, &call, err);
    if (result == MG_OK) {
        *ret_due = call.due;
        *ret_waiting = call.waiting;
        *ret_running = call.running;
    }
    return result;
}
