/* Looking: nothing here changes a row. */
#include "schema/store_impl.h"

#include "base/uuid.h"

#include <stdio.h>
#include <string.h>

/* ---- jobs -------------------------------------------------------------------------------- */

typedef struct list_call {
    const char *job_id, *user_id, *state;
    size_t limit;
    mg_job_row *jobs;
    size_t count;
} list_call;

static mg_err list_body(mg_store *store, void *context, mg_errinfo *err)
{
    list_call *call = context;
    char sql[1024];
    /* Only the conditions that are asked for, so that each kind of list finds its index. */
    snprintf(sql, sizeof sql,
             "SELECT " MG_JOB_COLUMNS " FROM jobs WHERE TRUE%s%s%s "
             "ORDER BY created_at DESC, job_id DESC LIMIT $4",
             call->job_id ? " AND job_id = $1" : "", call->user_id ? " AND user_id = $2" : "",
             call->state ? " AND state = $3" : "");
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result = mg_db_query(store, &rows, err, sql,
                                MG_P(mg_p_uuid(call->job_id), mg_p_text(call->user_id),
                                     mg_p_text(call->state), mg_p_int((int64_t)call->limit)));
    if (result != MG_OK)
        return result;
    free(call->jobs); /* of an earlier run of this body */
    call->count = 0;
    call->jobs = calloc(rows.count ? rows.count : 1, sizeof *call->jobs);
    if (!call->jobs)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    for (size_t i = 0; i < rows.count; i++)
        mg_read_job(&rows, i, &call->jobs[i]);
    call->count = rows.count;
    return MG_OK;
}

mg_err mg_store_get_job(mg_store *store, const char *job_id, mg_job_row *ret, mg_errinfo *err)
{
    char id[MG_UUID_SIZE];
    if (!mg_uuid_parse(job_id, id))
        return mg_fail(err, MG_E_NOT_FOUND, 0, "there is no such job");
    list_call call = {.job_id = id, .limit = 1};
    mg_err result = mg_store_tx(store, MG_TX_READ, true, list_body, &call, err);
    if (result == MG_OK && call.count == 0)
        result = mg_fail(err, MG_E_NOT_FOUND, 0, "there is no such job");
    if (result == MG_OK)
        *ret = call.jobs[0];
    free(call.jobs);
    return result;
}

mg_err mg_store_list_jobs(mg_store *store, const char *user_id, const mg_job_state *state,
                          size_t limit, mg_job_row **ret, size_t *ret_count, mg_errinfo *err)
{
    list_call call = {
        .user_id = user_id, .state = state ? mg_job_state_name(*state) : NULL, .limit = limit};
    mg_err result = mg_store_tx(store, MG_TX_READ, true, list_body, &call, err);
    if (result != MG_OK) {
        free(call.jobs);
        return result;
    }
    *ret = call.jobs;
    *ret_count = call.count;
    return MG_OK;
}

/* ---- attempts, result -------------------------------------------------------------------- */

typedef struct attempts_call {
    const char *job_id;
    mg_attempt_row *attempts;
    size_t count;
} attempts_call;

static void read_attempt(const mg_rows *rows, size_t row, mg_attempt_row *ret)
{
    *ret = (mg_attempt_row){0};
    ret->attempt = (unsigned)mg_rows_int(rows, row, 0);
    ret->fence = mg_rows_int(rows, row, 1);
    mg_rows_copy(rows, row, 2, ret->worker, sizeof ret->worker);
    mg_rows_copy(rows, row, 3, ret->outcome, sizeof ret->outcome);
    mg_rows_copy(rows, row, 4, ret->reason, sizeof ret->reason);
    mg_rows_copy(rows, row, 5, ret->detail, sizeof ret->detail);
    ret->started_at_ms = mg_rows_int(rows, row, 6);
    ret->ended_at_ms = mg_rows_int(rows, row, 7);
}

static mg_err attempts_body(mg_store *store, void *context, mg_errinfo *err)
{
    attempts_call *call = context;
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result =
        mg_db_query(store, &rows, err,
                    "SELECT attempt, fence, worker, outcome, reason, detail, started_at, ended_at "
                    "FROM attempts WHERE job_id = $1 ORDER BY fence",
                    MG_P(mg_p_uuid(call->job_id)));
    if (result != MG_OK)
        return result;
    free(call->attempts);
    call->count = 0;
    call->attempts = calloc(rows.count ? rows.count : 1, sizeof *call->attempts);
    if (!call->attempts)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    for (size_t i = 0; i < rows.count; i++)
        read_attempt(&rows, i, &call->attempts[i]);
    call->count = rows.count;
    return MG_OK;
}

mg_err mg_store_attempts(mg_store *store, const char *job_id, mg_attempt_row **ret,
                         size_t *ret_count, mg_errinfo *err)
{
    char id[MG_UUID_SIZE];
    if (!mg_uuid_parse(job_id, id))
        return mg_fail(err, MG_E_NOT_FOUND, 0, "there is no such job");
    attempts_call call = {.job_id = id};
    mg_err result = mg_store_tx(store, MG_TX_READ, true, attempts_body, &call, err);
    if (result != MG_OK) {
        free(call.attempts);
        return result;
    }
    *ret = call.attempts;
    *ret_count = call.count;
    return MG_OK;
}

typedef struct result_call {
    const char *job_id;
    mg_rows rows;
} result_call;

static mg_err result_body(mg_store *store, void *context, mg_errinfo *err)
{
    result_call *call = context;
    mg_rows_done(&call->rows);
    return mg_db_query(store, &call->rows, err,
                       "SELECT result FROM analyses WHERE job_id = $1 "
                       "ORDER BY fence DESC, created_at DESC LIMIT 1",
                       MG_P(mg_p_uuid(call->job_id)));
}

mg_err mg_store_get_result(mg_store *store, const char *job_id, mg_buf *out, mg_errinfo *err)
{
    char id[MG_UUID_SIZE];
    if (!mg_uuid_parse(job_id, id))
        return mg_fail(err, MG_E_NOT_FOUND, 0, "there is no such job");
    result_call call = {.job_id = id};
    mg_err result = mg_store_tx(store, MG_TX_READ, true, result_body, &call, err);
    if (result == MG_OK && call.rows.count == 0)
        result = mg_fail(err, MG_E_NOT_FOUND, 0, "the job has no result");
    if (result == MG_OK) {
        mg_buf_append(out, call.rows.cell[0], call.rows.len[0]);
        if (mg_buf_err(out) != MG_OK)
            result = mg_fail(err, mg_buf_err(out), 0, "the result does not fit");
    }
    mg_rows_done(&call.rows);
    return result;
}

/* ---- counts ------------------------------------------------------------------------------ */

static mg_err count_states(mg_store *store, mg_queue_counts *ret, mg_errinfo *err)
{
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result =
        mg_db_query(store, &rows, err, "SELECT state, count(*) FROM jobs GROUP BY state", NULL, 0);
    for (size_t i = 0; i < rows.count; i++) {
        mg_job_state state;
        if (mg_job_state_from_name(mg_rows_text(&rows, i, 0), &state))
            ret->by_state[state] = mg_rows_int(&rows, i, 1);
    }
    return result;
}

static mg_err counts_body(mg_store *store, void *context, mg_errinfo *err)
{
    mg_queue_counts *counts = context;
    *counts = (mg_queue_counts){0};
    mg_retention retention;
    mg_err result = count_states(store, counts, err);
    if (result == MG_OK)
        result = mg_retention_read(store, &retention, err);
    if (result != MG_OK)
        return result;
    mg_auto(mg_rows_done) mg_rows rows = {0};
    result =
        mg_db_query(store, &rows, err,
                    "SELECT count(*), min(run_at), "
                    "(SELECT count(*) FROM dead_entries), "
                    "(SELECT count(*) FROM audio_objects WHERE state <> 'deleted'), "
                    "(SELECT count(*) FROM audio_objects WHERE state <> 'deleted' "
                    "AND (delete_after <= $1 OR uploaded_at + $2 <= $1 OR state = 'deleting')) "
                    "FROM jobs WHERE state IN ('queued', 'retry_wait') AND run_at <= $1",
                    MG_P(mg_p_int(store->now_ms), mg_p_int(retention.retention_cap_ms)));
    if (result != MG_OK)
        return result;
    counts->due = mg_rows_int(&rows, 0, 0);
    if (counts->due > 0)
        counts->oldest_due_age_ms = store->now_ms - mg_rows_int(&rows, 0, 1);
    counts->dead_entries = mg_rows_int(&rows, 0, 2);
    counts->audio_present = mg_rows_int(&rows, 0, 3);
    counts->audio_overdue = mg_rows_int(&rows, 0, 4);
    return MG_OK;
}

mg_err mg_store_counts(mg_store *store, mg_queue_counts *ret, mg_errinfo *err)
{
    mg_queue_counts counts;
    mg_err result = mg_store_tx(store, MG_TX_READ, true, counts_body, &counts, err);
    if (result == MG_OK)
        *ret = counts;
    return result;
}

/* ---- position ---------------------------------------------------------------------------- */

typedef struct position_call {
    const char *job_id;
    mg_job_position position;
} position_call;

static mg_err position_body(mg_store *store, void *context, mg_errinfo *err)
{
    position_call *call = context;
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result = mg_db_query(
        store, &rows, err,
        "SELECT (SELECT count(*) FROM jobs o WHERE o.state IN ('queued', 'retry_wait') "
        "AND o.priority = j.priority AND o.run_at <= $2 AND o.job_id <> j.job_id "
        "AND (o.run_at, o.job_id) < (j.run_at, j.job_id)), "
        "(SELECT count(*) FROM jobs r WHERE r.user_id = j.user_id AND r.state = 'running') "
        "FROM jobs j WHERE j.job_id = $1",
        MG_P(mg_p_uuid(call->job_id), mg_p_int(store->now_ms)));
    if (result != MG_OK)
        return result;
    if (rows.count == 0)
        return mg_fail(err, MG_E_NOT_FOUND, 0, "there is no such job");
    call->position.ahead = mg_rows_int(&rows, 0, 0);
    call->position.user_running = mg_rows_int(&rows, 0, 1);
    return MG_OK;
}

mg_err mg_store_position(mg_store *store, const char *job_id, mg_job_position *ret, mg_errinfo *err)
{
    char id[MG_UUID_SIZE];
    if (!mg_uuid_parse(job_id, id))
        return mg_fail(err, MG_E_NOT_FOUND, 0, "there is no such job");
    position_call call = {.job_id = id};
    mg_err result = mg_store_tx(store, MG_TX_READ, true, position_body, &call, err);
    if (result == MG_OK)
        *ret = call.position;
    return result;
}
