/* What several subjects do to one job: read its row, hold it, end its attempt, give it its next
 * state. */
#include "schema/store_impl.h"

#include "base/utf8.h"
#include "base/uuid.h"

#include <stdio.h>
#include <string.h>

void mg_read_job(const mg_rows *rows, size_t row, mg_job_row *ret)
{
    *ret = (mg_job_row){0};
    mg_job_spec *spec = &ret->spec;
    mg_rows_copy(rows, row, 0, spec->job_id, sizeof spec->job_id);
    mg_rows_copy(rows, row, 1, spec->user_id, sizeof spec->user_id);
    mg_rows_copy(rows, row, 2, spec->audio_key, sizeof spec->audio_key);
    mg_rows_copy(rows, row, 3, spec->reference_key, sizeof spec->reference_key);
    mg_rows_copy(rows, row, 4, spec->filename, sizeof spec->filename);
    mg_rows_copy(rows, row, 5, spec->profile, sizeof spec->profile);
    mg_rows_copy(rows, row, 6, spec->sha256, sizeof spec->sha256);
    mg_rows_copy(rows, row, 7, spec->traceparent, sizeof spec->traceparent);
    spec->priority = (mg_priority)mg_rows_int(rows, row, 8);
    spec->size = mg_rows_null(rows, row, 9) ? -1 : mg_rows_int(rows, row, 9);
    spec->run_at_ms = mg_rows_int(rows, row, 10);
    spec->expires_at_ms = mg_rows_int(rows, row, 11);
    spec->time_ms = mg_rows_int(rows, row, 12);
    mg_job_state_from_name(mg_rows_text(rows, row, 13), &ret->state);
    ret->attempts = (unsigned)mg_rows_int(rows, row, 14);
    ret->fence = mg_rows_int(rows, row, 15);
    ret->progress = (int)mg_rows_int(rows, row, 16);
    ret->cancel_requested = mg_rows_bool(rows, row, 17);
    mg_rows_copy(rows, row, 18, ret->worker, sizeof ret->worker);
    mg_rows_copy(rows, row, 19, ret->reason, sizeof ret->reason);
    mg_rows_copy(rows, row, 20, ret->detail, sizeof ret->detail);
    ret->created_at_ms = mg_rows_int(rows, row, 21);
    ret->started_at_ms = mg_rows_int(rows, row, 22);
    ret->ended_at_ms = mg_rows_int(rows, row, 23);
    ret->lease_until_ms = mg_rows_int(rows, row, 24);
}

mg_err mg_lock_job(mg_store *store, const char *job_id, mg_job_row *ret, mg_errinfo *err)
{
    char id[MG_UUID_SIZE];
    if (!mg_uuid_parse(job_id, id))
        return mg_fail(err, MG_E_NOT_FOUND, 0, "there is no such job");
    char sql[512];
    snprintf(sql, sizeof sql, "SELECT " MG_JOB_COLUMNS " FROM jobs WHERE job_id = $1%s",
             store->ops->for_update);
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result = mg_db_query(store, &rows, err, sql, MG_P(mg_p_uuid(id)));
    if (result != MG_OK)
        return result;
    if (rows.count == 0)
        return mg_fail(err, MG_E_NOT_FOUND, 0, "there is no such job");
    mg_read_job(&rows, 0, ret);
    return MG_OK;
}

void mg_job_event_fill(mg_job_event *event, const mg_job_row *job, mg_job_state state,
                       const char *reason)
{
    *event = (mg_job_event){.attempt = job->attempts, .state = state};
    memcpy(event->job_id, job->spec.job_id, sizeof event->job_id);
    memcpy(event->user_id, job->spec.user_id, sizeof event->user_id);
    snprintf(event->reason, sizeof event->reason, "%s", reason);
}

mg_err mg_end_attempt(mg_store *store, const char *job_id, int64_t fence, const char *outcome,
                      const mg_failure *failure, mg_errinfo *err)
{
    char detail[MG_DETAIL_MAX + 1] = "";
    if (failure && failure->detail)
        mg_utf8_printable(failure->detail, detail, sizeof detail);
    return mg_db_query(
        store, NULL, err,
        "UPDATE attempts SET outcome = $3, reason = $4, retry_class = $5, detail = $6, "
        "ended_at = $7 WHERE job_id = $1 AND fence = $2 AND outcome = 'running'",
        MG_P(mg_p_uuid(job_id), mg_p_int(fence), mg_p_text(outcome),
             mg_p_text(failure ? mg_err_id(failure->reason) : NULL),
             mg_p_text(failure ? failure->retry_class : NULL), mg_p_text(detail),
             mg_p_int(store->now_ms)));
}

mg_err mg_count_failed(mg_store *store, const char *job_id, const char *retry_class, unsigned *ret,
                       mg_errinfo *err)
{
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result =
        mg_db_query(store, &rows, err,
                    "SELECT count(*) FROM attempts a JOIN jobs j ON j.job_id = a.job_id "
                    "WHERE a.job_id = $1 AND a.retry_class = $2 AND a.fence > j.fence_base "
                    "AND a.outcome IN ('failed', 'lost')",
                    MG_P(mg_p_uuid(job_id), mg_p_text(retry_class)));
    if (result == MG_OK)
        *ret = (unsigned)mg_rows_int(&rows, 0, 0);
    return result;
}

mg_err mg_end_locked(mg_store *store, const mg_job_row *job, mg_job_state state,
                     const mg_failure *failure, mg_errinfo *err)
{
    char detail[MG_DETAIL_MAX + 1] = "";
    if (failure && failure->detail)
        mg_utf8_printable(failure->detail, detail, sizeof detail);
    mg_err result = mg_db_query(
        store, NULL, err,
        "UPDATE jobs SET state = $2, ended_at = $3, lease_until = NULL, "
        "reason = $4, detail = $5, progress = CASE WHEN $2 = 'succeeded' THEN 100 ELSE progress "
        "END WHERE job_id = $1",
        MG_P(mg_p_uuid(job->spec.job_id), mg_p_text(mg_job_state_name(state)),
             mg_p_int(store->now_ms), mg_p_text(failure ? mg_err_id(failure->reason) : NULL),
             mg_p_text(detail)));
    return result == MG_OK ? mg_audio_job_ended(store, &job->spec, err) : result;
}

static mg_err wait_for_retry(mg_store *store, const mg_job_row *job, const mg_failure *failure,
                             mg_errinfo *err)
{
    char detail[MG_DETAIL_MAX + 1] = "";
    if (failure->detail)
        mg_utf8_printable(failure->detail, detail, sizeof detail);
    return mg_db_query(
        store, NULL, err,
        "UPDATE jobs SET state = 'retry_wait', run_at = $2, lease_until = NULL, reason = $3, "
        "detail = $4, progress = 0 WHERE job_id = $1",
        MG_P(mg_p_uuid(job->spec.job_id), mg_p_int(store->now_ms + failure->delay_ms),
             mg_p_text(mg_err_id(failure->reason)), mg_p_text(detail)));
}

mg_err mg_fail_locked(mg_store *store, const mg_job_row *job, const mg_failure *failure,
                      const char *outcome, mg_job_state *ret_state, mg_errinfo *err)
{
    const char *id = job->spec.job_id;
    mg_job_state state;
    mg_err result;
    if (job->cancel_requested) {
        state = MG_JOB_CANCELLED;
        result = mg_end_attempt(store, id, job->fence, "cancelled", failure, err);
        if (result == MG_OK)
            result = mg_end_locked(store, job, state, NULL, err);
    } else {
        unsigned failed = 0;
        result = mg_end_attempt(store, id, job->fence, outcome, failure, err);
        if (result == MG_OK)
            result = mg_count_failed(store, id, failure->retry_class, &failed, err);
        if (result != MG_OK)
            return result;
        state = failed < failure->max_attempts ? MG_JOB_RETRY_WAIT : MG_JOB_DEAD;
        result = state == MG_JOB_DEAD ? mg_end_locked(store, job, state, failure, err)
                                      : wait_for_retry(store, job, failure, err);
    }
    if (result == MG_OK)
        *ret_state = state;
    return result;
}
