/* The end of a run: every way out of `running` that its worker takes.
 *
 * All of them hold the job's row, compare the fence, and leave their mark in the attempt's row,
 * whose key is (job, fence). So a call that is repeated, because nobody heard how its COMMIT went,
 * reads there that it was done.
 */
#include "schema/store_impl.h"

#include "base/utf8.h"

#include <string.h>

typedef struct end_call {
    const char *job_id;
    int64_t fence;
    /* finish */
    const char *result;
    size_t result_len;
    const mg_result_columns *columns;
    /* fail */
    const mg_failure *failure;
    mg_job_state state; /* after the call */
} end_call;

/* The outcomes that the call could have left behind. */
static mg_err done_before(mg_store *store, const end_call *call, const char *outcome,
                          const char *other, mg_errinfo *err)
{
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result = mg_db_query(store, &rows, err,
                                "SELECT outcome FROM attempts WHERE job_id = $1 AND fence = $2",
                                MG_P(mg_p_uuid(call->job_id), mg_p_int(call->fence)));
    if (result != MG_OK)
        return result;
    const char *found = rows.count ? mg_rows_text(&rows, 0, 0) : "";
    if (strcmp(found, outcome) == 0 || strcmp(found, other) == 0)
        return MG_OK;
    return mg_fail(err, MG_E_LEASE_LOST, 0, "the lease on the job was lost");
}

/** Hold the job; *ret_ours tells whether it runs under this fence. When it does not, the return
 *  value is the answer of the whole call. */
static mg_err hold(mg_store *store, end_call *call, const char *outcome, const char *other,
                   mg_job_row *ret, bool *ret_ours, mg_errinfo *err)
{
    mg_err result = mg_lock_job(store, call->job_id, ret, err);
    *ret_ours = false;
    if (result == MG_E_NOT_FOUND)
        return MG_E_LEASE_LOST;
    if (result != MG_OK)
        return result;
    call->state = ret->state;
    if (ret->fence != call->fence || ret->state != MG_JOB_RUNNING)
        return done_before(store, call, outcome, other, err);
    *ret_ours = true;
    return MG_OK;
}

/* ---- finish ------------------------------------------------------------------------------ */

static mg_err put_result(mg_store *store, const end_call *call, const mg_job_row *job,
                         mg_errinfo *err)
{
    const mg_result_columns *c = call->columns;
    return mg_db_query(
        store, NULL, err,
        "INSERT INTO analyses (job_id, engine_version, params_hash, user_id, fence, result, "
        "duration_s, bpm, key, camelot, integrated_lufs, true_peak_dbtp, overall_score, "
        "created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) "
        "ON CONFLICT (job_id, engine_version, params_hash) DO UPDATE SET "
        "fence = excluded.fence, result = excluded.result, duration_s = excluded.duration_s, "
        "bpm = excluded.bpm, key = excluded.key, camelot = excluded.camelot, "
        "integrated_lufs = excluded.integrated_lufs, true_peak_dbtp = excluded.true_peak_dbtp, "
        "overall_score = excluded.overall_score, created_at = excluded.created_at "
        "WHERE analyses.fence < excluded.fence",
        MG_P(mg_p_uuid(job->spec.job_id), mg_p_text(c->engine_version), mg_p_text(c->params_hash),
             mg_p_text(job->spec.user_id), mg_p_int(call->fence),
             mg_p_bytes(call->result, call->result_len), mg_p_real(c->duration_s),
             mg_p_real(c->bpm), mg_p_text(c->key), mg_p_text(c->camelot),
             mg_p_real(c->integrated_lufs), mg_p_real(c->true_peak_dbtp),
             mg_p_int_unless(c->overall_score, -1), mg_p_int(store->now_ms)));
}

static mg_err finish_body(mg_store *store, void *context, mg_errinfo *err)
{
    end_call *call = context;
    mg_job_row job;
    bool ours;
    mg_err result = hold(store, call, "succeeded", "succeeded", &job, &ours, err);
    if (result != MG_OK || !ours)
        return result;
    result = put_result(store, call, &job, err);
    if (result == MG_OK)
        result = mg_end_attempt(store, job.spec.job_id, job.fence, "succeeded", NULL, err);
    if (result == MG_OK)
        result = mg_end_locked(store, &job, MG_JOB_SUCCEEDED, NULL, err);
    return result;
}

mg_err mg_store_finish(mg_store *store, const char *job_id, int64_t fence, const char *result,
                       size_t result_len, const mg_result_columns *columns, mg_errinfo *err)
{
    /* A column of type text holds neither a NUL nor bad UTF-8, in Postgres; then in none. */
    if (result_len > MG_RESULT_MAX_BYTES)
        return mg_fail(err, MG_E_LIMIT, 0, "the result is larger than 2 MiB");
    mg_autofree char *text = strndup(result, result_len);
    if (!text)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    if (result_len == 0 || strlen(text) != result_len || !mg_utf8_valid(text))
        return mg_fail(err, MG_E_INTERNAL, 0, "the result is not a text in UTF-8");
    end_call call = {.job_id = job_id,
                     .fence = fence,
                     .result = text,
                     .result_len = result_len,
                     .columns = columns};
    return mg_store_tx(store, MG_TX_WRITE, true, finish_body, &call, err);
}

/* ---- fail, release, cancelled ------------------------------------------------------------ */

static mg_err fail_body(mg_store *store, void *context, mg_errinfo *err)
{
    end_call *call = context;
    mg_job_row job;
    bool ours;
    mg_err result = hold(store, call, "failed", "cancelled", &job, &ours, err);
    if (result != MG_OK || !ours)
        return result;
    return mg_fail_locked(store, &job, call->failure, "failed", &call->state, err);
}

mg_err mg_store_fail(mg_store *store, const char *job_id, int64_t fence, const mg_failure *failure,
                     mg_job_state *ret_state, mg_errinfo *err)
{
    end_call call = {.job_id = job_id, .fence = fence, .failure = failure};
    mg_err result = mg_store_tx(store, MG_TX_WRITE, true, fail_body, &call, err);
    if (result == MG_OK && ret_state)
        *ret_state = call.state;
    return result;
}

static mg_err cancel_running(mg_store *store, const mg_job_row *job, mg_errinfo *err)
{
    mg_err result = mg_end_attempt(store, job->spec.job_id, job->fence, "cancelled", NULL, err);
    return result == MG_OK ? mg_end_locked(store, job, MG_JOB_CANCELLED, NULL, err) : result;
}

static mg_err release_body(mg_store *store, void *context, mg_errinfo *err)
{
    end_call *call = context;
    mg_job_row job;
    bool ours;
    mg_err result = hold(store, call, "released", "cancelled", &job, &ours, err);
    if (result != MG_OK || !ours)
        return result;
    if (job.cancel_requested)
        return cancel_running(store, &job, err);
    result = mg_end_attempt(store, job.spec.job_id, job.fence, "released", NULL, err);
    if (result != MG_OK)
        return result;
    /* run_at stays: the job keeps its place before younger ones. */
    return mg_db_query(store, NULL, err,
                       "UPDATE jobs SET state = 'queued', attempts = attempts - 1, "
                       "lease_until = NULL, progress = 0 WHERE job_id = $1",
                       MG_P(mg_p_uuid(job.spec.job_id)));
}

mg_err mg_store_release(mg_store *store, const char *job_id, int64_t fence, mg_errinfo *err)
{
    end_call call = {.job_id = job_id, .fence = fence};
    return mg_store_tx(store, MG_TX_WRITE, true, release_body, &call, err);
}

static mg_err cancelled_body(mg_store *store, void *context, mg_errinfo *err)
{
    end_call *call = context;
    mg_job_row job;
    bool ours;
    mg_err result = hold(store, call, "cancelled", "cancelled", &job, &ours, err);
    return result == MG_OK && ours ? cancel_running(store, &job, err) : result;
}

mg_err mg_store_cancelled(mg_store *store, const char *job_id, int64_t fence, mg_errinfo *err)
{
    end_call call = {.job_id = job_id, .fence = fence};
    return mg_store_tx(store, MG_TX_WRITE, true, cancelled_body, &call, err);
}

/* ---- counting failures ------------------------------------------------------------------- */

typedef struct failed_call {
    const char *job_id, *retry_class;
    unsigned failed;
} failed_call;

static mg_err failed_body(mg_store *store, void *context, mg_errinfo *err)
{
    failed_call *call = context;
    return mg_count_failed(store, call->job_id, call->retry_class, &call->failed, err);
}

mg_err mg_store_failed_attempts(mg_store *store, const char *job_id, const char *retry_class,
                                unsigned *ret, mg_errinfo *err)
{
    failed_call call = {.job_id = job_id, .retry_class = retry_class};
    mg_err result = mg_store_tx(store, MG_TX_READ, true, failed_body, &call, err);
    if (result == MG_OK)
        *ret = call.failed;
    return result;
}
