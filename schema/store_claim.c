/* Taking a job, and keeping it. */
#include "schema/store_impl.h"

#include "base/utf8.h"
#include "base/uuid.h"

#include <stdio.h>
#include <string.h>

/* ---- claim ------------------------------------------------------------------------------- */

typedef struct claim_call {
    const mg_claim_options *options;
    char worker[MG_WORKER_NAME_MAX + 1];
    char token[MG_UUID_SIZE]; /* of this call */
    mg_job_row job;           /* what was taken: job_id is "" while nothing was */
} claim_call;

/* $1 now, $2 priority, $3 cap, $4 worker, $5 end of the lease. Users at their cap are found once,
 * not once for each of their jobs. */
static const char claim_sql[] =
    "UPDATE jobs SET state = 'running', fence = fence + 1, attempts = attempts + 1, "
    "worker = $4, lease_until = $5, started_at = $1, progress = 0, reason = NULL, detail = NULL "
    "WHERE job_id = (SELECT j.job_id FROM jobs j "
    "WHERE j.state IN ('queued', 'retry_wait') AND j.priority = $2 AND j.run_at <= $1 "
    "AND NOT j.cancel_requested AND (j.expires_at IS NULL OR j.expires_at > $1) "
    "AND j.user_id NOT IN (SELECT r.user_id FROM jobs r WHERE r.state = 'running' AND $3 > 0 "
    "GROUP BY r.user_id HAVING count(*) >= $3) "
    "ORDER BY j.run_at, j.job_id LIMIT 1%s) RETURNING " MG_JOB_COLUMNS;

static mg_err take_one(mg_store *store, claim_call *call, mg_priority priority, mg_errinfo *err)
{
    const mg_claim_options *options = call->options;
    char sql[1536];
    snprintf(sql, sizeof sql, claim_sql, store->ops->skip_locked);
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result = mg_db_query(store, &rows, err, sql,
                                MG_P(mg_p_int(store->now_ms), mg_p_int(priority),
                                     mg_p_int(options->user_inflight), mg_p_text(call->worker),
                                     mg_p_int(store->now_ms + options->lease_ms)));
    if (result != MG_OK || rows.count == 0)
        return result;
    mg_read_job(&rows, 0, &call->job);
    return mg_db_query(store, NULL, err,
                       "INSERT INTO attempts (job_id, fence, attempt, worker, token, started_at) "
                       "VALUES ($1, $2, $3, $4, $5, $6)",
                       MG_P(mg_p_uuid(call->job.spec.job_id), mg_p_int(call->job.fence),
                            mg_p_int(call->job.attempts), mg_p_text(call->worker),
                            mg_p_uuid(call->token), mg_p_int(store->now_ms)));
}

/* After a COMMIT without an answer: is the job that it took ours? */
static mg_err find_again(mg_store *store, claim_call *call, bool *ret_ours, mg_errinfo *err)
{
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result = mg_db_query(
        store, &rows, err,
        "SELECT 1 FROM attempts WHERE job_id = $1 AND fence = $2 "
        "AND token = $3 AND outcome = 'running'",
        MG_P(mg_p_uuid(call->job.spec.job_id), mg_p_int(call->job.fence), mg_p_uuid(call->token)));
    if (result == MG_OK)
        *ret_ours = rows.count > 0;
    return result;
}

static mg_err claim_body(mg_store *store, void *context, mg_errinfo *err)
{
    claim_call *call = context;
    mg_err result = MG_OK;
    if (call->job.spec.job_id[0]) { /* not the first run of this body */
        bool ours = false;
        result = find_again(store, call, &ours, err);
        if (result != MG_OK || ours)
            return result;
        call->job.spec.job_id[0] = '\0';
    }
    char paused[8];
    result = mg_setting_get(store, "paused", "0", paused, sizeof paused, err);
    if (result != MG_OK || paused[0] == '1')
        return result;
    if (store->ops->claim_lock && call->options->user_inflight > 0)
        result = mg_db_query(store, NULL, err, store->ops->claim_lock, NULL, 0);
    for (int i = 0; i < MG_PRIORITIES && result == MG_OK && !call->job.spec.job_id[0]; i++)
        result = take_one(store, call, call->options->order[i], err);
    return result;
}

mg_err mg_store_claim(mg_store *store, const mg_claim_options *options, mg_claim *ret,
                      bool *ret_found, mg_errinfo *err)
{
    claim_call call = {.options = options};
    mg_utf8_printable(options->worker, call.worker, sizeof call.worker);
    if (!mg_uuid_v7(call.token))
        return mg_fail(err, MG_E_INTERNAL, 0, "the kernel gives no random numbers");
    mg_err result = mg_store_tx(store, MG_TX_WRITE, true, claim_body, &call, err);
    if (result != MG_OK)
        return result;
    *ret_found = call.job.spec.job_id[0] != '\0';
    if (*ret_found) {
        ret->spec = call.job.spec;
        ret->fence = call.job.fence;
        ret->attempt = call.job.attempts;
    }
    return MG_OK;
}

/* ---- heartbeat --------------------------------------------------------------------------- */

enum { BEATS_PER_STATEMENT = 256 };

typedef struct beat_call {
    mg_heartbeat *jobs;
    size_t count;
    int64_t lease_ms;
} beat_call;

/* UPDATE ... FROM a list of values. Its columns have names of their own, since the engines disagree
 * on what RETURNING sees. */
static void beat_sql(mg_buf *sql, size_t count)
{
    mg_buf_puts(sql, "WITH beat (b_id, b_fence, b_progress) AS (VALUES ");
    for (size_t i = 0; i < count; i++)
        mg_buf_printf(sql, "%s($%zu, $%zu, $%zu)", i ? ", " : "", 3 * i + 2, 3 * i + 3, 3 * i + 4);
    mg_buf_puts(sql, ") UPDATE jobs SET lease_until = $1, progress = b_progress FROM beat "
                     "WHERE job_id = b_id AND fence = b_fence AND state = 'running' "
                     "RETURNING job_id, fence, cancel_requested");
}

static void read_beats(const mg_rows *rows, mg_heartbeat *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        jobs[i].lost = true;
        jobs[i].cancel_requested = false;
        for (size_t row = 0; row < rows->count; row++) {
            if (mg_rows_int(rows, row, 1) == jobs[i].fence &&
                strcmp(mg_rows_text(rows, row, 0), jobs[i].job_id) == 0) {
                jobs[i].lost = false;
                jobs[i].cancel_requested = mg_rows_bool(rows, row, 2);
            }
        }
    }
}

static mg_err beat_some(mg_store *store, mg_heartbeat *jobs, size_t count, int64_t lease_ms,
                        mg_errinfo *err)
{
    mg_autofree mg_param *params = calloc(3 * count + 1, sizeof *params);
    mg_auto(mg_buf_done) mg_buf sql = MG_BUF_INIT(65536);
    beat_sql(&sql, count);
    if (!params || mg_buf_err(&sql) != MG_OK)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    params[0] = mg_p_int(store->now_ms + lease_ms);
    for (size_t i = 0; i < count; i++) {
        int progress = jobs[i].progress < 0 ? 0 : jobs[i].progress > 100 ? 100 : jobs[i].progress;
        params[3 * i + 1] = mg_p_uuid(jobs[i].job_id);
        params[3 * i + 2] = mg_p_int(jobs[i].fence);
        params[3 * i + 3] = mg_p_int(progress);
    }
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result = mg_db_query(store, &rows, err, mg_buf_text(&sql), params, 3 * count + 1);
    if (result == MG_OK)
        read_beats(&rows, jobs, count);
    return result;
}

static mg_err beat_body(mg_store *store, void *context, mg_errinfo *err)
{
    const beat_call *call = context;
    mg_err result = MG_OK;
    for (size_t at = 0; at < call->count && result == MG_OK; at += BEATS_PER_STATEMENT) {
        size_t left = call->count - at;
        result =
            beat_some(store, call->jobs + at,
                      left < BEATS_PER_STATEMENT ? left : BEATS_PER_STATEMENT, call->lease_ms, err);
    }
    return result;
}

mg_err mg_store_heartbeat(mg_store *store, mg_heartbeat *jobs, size_t count, int64_t lease_ms,
                          mg_errinfo *err)
{
    if (count == 0)
        return MG_OK;
    beat_call call = {.jobs = jobs, .count = count, .lease_ms = lease_ms};
    return mg_store_tx(store, MG_TX_WRITE, true, beat_body, &call, err);
}
