/* What a person asks for: run it again, stop it. */
#include "schema/store_impl.h"

#include <string.h>

/* ---- requeue ----------------------------------------------------------------------------- */

static mg_err requeue_locked(mg_store *store, const mg_job_row *job, mg_errinfo *err)
{
    if (!mg_job_state_is_terminal(job->state))
        return mg_fail(err, MG_E_REFUSED, 0, "the job has not ended: it is %s",
                       mg_job_state_name(job->state));
    mg_err result = mg_audio_job_revived(store, &job->spec, err);
    if (result != MG_OK)
        return result;
    /* An expiry that has passed would end the job again before it ran. */
    return mg_db_query(
        store, NULL, err,
        "UPDATE jobs SET state = 'queued', run_at = $2, ended_at = NULL, attempts = 0, "
        "fence_base = fence, progress = 0, cancel_requested = FALSE, reason = NULL, detail = NULL, "
        "expires_at = CASE WHEN expires_at > $2 THEN expires_at END WHERE job_id = $1",
        MG_P(mg_p_uuid(job->spec.job_id), mg_p_int(store->now_ms)));
}

static mg_err requeue_body(mg_store *store, void *context, mg_errinfo *err)
{
    mg_job_row job;
    mg_err result = mg_lock_job(store, context, &job, err);
    return result == MG_OK ? requeue_locked(store, &job, err) : result;
}

mg_err mg_store_requeue(mg_store *store, const char *job_id, mg_errinfo *err)
{
    return mg_store_tx(store, MG_TX_WRITE, false, requeue_body, (void *)job_id, err);
}

typedef struct dead_call {
    const char *reason;
    mg_job_event event;
    bool found;
} dead_call;

static mg_err requeue_dead_body(mg_store *store, void *context, mg_errinfo *err)
{
    dead_call *call = context;
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_auto(mg_buf_done) mg_buf sql = MG_BUF_INIT(2048);
    mg_buf_printf(&sql,
                  "SELECT " MG_JOB_COLUMNS " FROM jobs WHERE state = 'dead' "
                  "AND ($1 IS NULL OR reason = $1) AND NOT EXISTS (SELECT 1 FROM audio_objects a "
                  "WHERE a.key IN (jobs.audio_key, jobs.reference_key) AND a.state <> 'present') "
                  "ORDER BY ended_at, job_id LIMIT 1%s",
                  store->ops->skip_locked);
    if (mg_buf_err(&sql) != MG_OK)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    mg_err result =
        mg_db_query(store, &rows, err, mg_buf_text(&sql), MG_P(mg_p_text(call->reason)));
    call->found = result == MG_OK && rows.count > 0;
    if (!call->found)
        return result;
    mg_job_row job;
    mg_read_job(&rows, 0, &job);
    result = requeue_locked(store, &job, err);
    if (result == MG_E_REFUSED)
        return MG_E_BUSY; /* its audio went just now: look again */
    job.attempts = 0;
    mg_job_event_fill(&call->event, &job, MG_JOB_QUEUED, "");
    return result;
}

mg_err mg_store_requeue_dead(mg_store *store, const char *reason, size_t limit,
                             mg_job_event *events, size_t *ret_count, mg_errinfo *err)
{
    size_t count = 0;
    while (count < limit) {
        dead_call call = {.reason = reason};
        mg_errinfo info = {0};
        mg_err result = mg_store_tx(store, MG_TX_WRITE, false, requeue_dead_body, &call, &info);
        if (result != MG_OK && count == 0)
            return mg_fail(err, result, info.sys_errno, "%s", mg_errinfo_text(&info, result));
        if (result != MG_OK || !call.found)
            break;
        events[count++] = call.event;
    }
    *ret_count = count;
    return MG_OK;
}

/* ---- cancel ------------------------------------------------------------------------------ */

typedef struct cancel_call {
    const char *job_id;
    mg_job_state state;
} cancel_call;

static mg_err cancel_body(mg_store *store, void *context, mg_errinfo *err)
{
    cancel_call *call = context;
    mg_job_row job;
    mg_err result = mg_lock_job(store, call->job_id, &job, err);
    if (result != MG_OK)
        return result;
    call->state = job.state;
    if (mg_job_state_is_terminal(job.state))
        return MG_OK;
    result =
        mg_db_query(store, NULL, err, "UPDATE jobs SET cancel_requested = TRUE WHERE job_id = $1",
                    MG_P(mg_p_uuid(job.spec.job_id)));
    if (result != MG_OK || job.state == MG_JOB_RUNNING)
        return result;
    call->state = MG_JOB_CANCELLED;
    return mg_end_locked(store, &job, MG_JOB_CANCELLED, NULL, err);
}

mg_err mg_store_cancel(mg_store *store, const char *job_id, mg_job_state *ret_state,
                       mg_errinfo *err)
{
    cancel_call call = {.job_id = job_id};
    mg_err result = mg_store_tx(store, MG_TX_WRITE, true, cancel_body, &call, err);
    if (result == MG_OK && ret_state)
        *ret_state = call.state;
    return result;
}
