#include "support.h"

#include "base/clock.h"
#include "tests/temp_dir.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The suite is one program with one engine: its place is kept here. */
static struct {
    bool postgres;
    char directory[64];
    char url[1024];
    char database[64];
    unsigned files;
} suite;

static PGconn *admin_connect(void)
{
    PGconn *pg = PQconnectdb(getenv("MG_TEST_POSTGRES_URL"));
    if (PQstatus(pg) == CONNECTION_OK)
        return pg;
    fprintf(stderr, "MG_TEST_POSTGRES_URL: %s", PQerrorMessage(pg));
    PQfinish(pg);
    return NULL;
}

int64_t admin_sql(const char *sql)
{
    PGconn *pg = admin_connect();
    if (!pg)
        return -1;
    PGresult *result = PQexec(pg, sql);
    ExecStatusType status = PQresultStatus(result);
    int64_t rows = status == PGRES_TUPLES_OK ? PQntuples(result) : 0;
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        fprintf(stderr, "%s: %s", sql, PQerrorMessage(pg));
        rows = -1;
    }
    PQclear(result);
    PQfinish(pg);
    return rows;
}

const char *database_name(void)
{
    return suite.database;
}

bool on_postgres(void)
{
    return suite.postgres;
}

static bool start_postgres(void)
{
    const char *server = getenv("MG_TEST_POSTGRES_URL");
    if (!server || !*server) {
        fprintf(stderr, "MG_TEST_POSTGRES_URL is not set: the suite needs a Postgres server in "
                        "which it may create databases\n");
        return false;
    }
    char sql[128];
    snprintf(suite.database, sizeof suite.database, "mg_conformance_%d", (int)getpid());
    snprintf(sql, sizeof sql, "CREATE DATABASE %s", suite.database);
    if (admin_sql(sql) < 0)
        return false;
    snprintf(suite.url, sizeof suite.url, "%s%cdbname=%s", server, strchr(server, '?') ? '&' : '?',
             suite.database);
    return true;
}

bool suite_start(const char *engine)
{
    suite.postgres = strcmp(engine, "postgres") == 0;
    if (!make_temp_dir(suite.directory, sizeof suite.directory))
        return false;
    return !suite.postgres || start_postgres();
}

void suite_stop(void)
{
    char text[160];
    snprintf(text, sizeof text, "rm -rf '%s'", suite.directory);
    if (system(text) != 0)
        fprintf(stderr, "could not remove %s\n", suite.directory);
    snprintf(text, sizeof text, "DROP DATABASE IF EXISTS %s WITH (FORCE)", suite.database);
    if (suite.postgres && suite.database[0])
        admin_sql(text);
}

/* ---- fixtures ---------------------------------------------------------------------------- */

int fixture_empty(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    if (suite.postgres)
        snprintf(f->url, sizeof f->url, "%s", suite.url);
    else
        snprintf(f->url, sizeof f->url, "sqlite:%s/%u.db", suite.directory, suite.files++);
    *state = f;
    mg_errinfo info = {0};
    if (mg_store_open(&f->store, f->url, 20000, &info) != MG_OK) {
        fprintf(stderr, "%s\n", info.text);
        return -1;
    }
    if (suite.postgres) {
        PGconn *pg = PQconnectdb(suite.url);
        PQclear(PQexec(pg, "SET client_min_messages = warning; DROP SCHEMA IF EXISTS mixgauge_api "
                           "CASCADE; DROP SCHEMA IF EXISTS mixgauge CASCADE"));
        PQfinish(pg);
    }
    return 0;
}

int fixture_setup(void **state)
{
    if (fixture_empty(state) != 0)
        return -1;
    fixture *f = *state;
    mg_errinfo info = {0};
    if (mg_migrate_to(f->store, MG_SCHEMA_VERSION, NULL, &info) != MG_OK) {
        fprintf(stderr, "%s\n", info.text);
        return -1;
    }
    return 0;
}

int fixture_teardown(void **state)
{
    fixture *f = *state;
    if (f)
        mg_store_close(f->store);
    free(f);
    return 0;
}

mg_store *open_again(const fixture *f)
{
    mg_store *store = NULL;
    assert_store(mg_store_open(&store, f->url, 20000, err));
    return store;
}

/* ---- jobs -------------------------------------------------------------------------------- */

mg_job_spec make_spec(unsigned n, const char *user)
{
    mg_job_spec spec = {.priority = MG_PRIORITY_NORMAL, .size = 1000 + n};
    snprintf(spec.job_id, sizeof spec.job_id, "01900000-0000-7000-8000-%012x", n);
    snprintf(spec.user_id, sizeof spec.user_id, "%s", user);
    snprintf(spec.audio_key, sizeof spec.audio_key, "%s/track-%u.wav", user, n);
    return spec;
}

void accept_spec(mg_store *store, const mg_job_spec *spec)
{
    mg_intake_item item = {.spec = spec};
    assert_store(mg_store_intake(store, &item, 1, err));
    assert_int_equal(item.outcome, MG_INTAKE_NEW);
}

void accept_job(mg_store *store, unsigned n, const char *user, char ret_id[MG_UUID_SIZE])
{
    mg_job_spec spec = make_spec(n, user);
    accept_spec(store, &spec);
    memcpy(ret_id, spec.job_id, MG_UUID_SIZE);
}

mg_claim_options claim_options(unsigned user_inflight)
{
    return (mg_claim_options){
        .worker = "test-worker",
        .lease_ms = 60000,
        .user_inflight = user_inflight,
        .order = {MG_PRIORITY_HIGH, MG_PRIORITY_NORMAL, MG_PRIORITY_LOW},
    };
}

bool claim_any(mg_store *store, mg_claim *ret)
{
    mg_claim_options options = claim_options(0);
    bool found = false;
    assert_store(mg_store_claim(store, &options, ret, &found, err));
    return found;
}

mg_claim claim_job(mg_store *store)
{
    mg_claim claim;
    if (!claim_any(store, &claim))
        fail_msg("there is no job to claim");
    return claim;
}

mg_result_columns make_columns(void)
{
    return (mg_result_columns){
        .engine_version = "1.0.0",
        .params_hash = "abc",
        .duration_s = 180.5,
        .bpm = 128.01,
        .integrated_lufs = -9.5,
        .true_peak_dbtp = -0.3,
        .overall_score = 77,
        .key = "A minor",
        .camelot = "8A",
    };
}

void finish_job(mg_store *store, const mg_claim *claim, const char *result)
{
    mg_result_columns columns = make_columns();
    assert_store(mg_store_finish(store, claim->spec.job_id, claim->fence, result, strlen(result),
                                 &columns, err));
}

mg_failure make_failure(mg_err reason, unsigned max_attempts)
{
    return (mg_failure){.reason = reason,
                        .retry_class = mg_retry_rule_for(reason)->retry_class,
                        .max_attempts = max_attempts,
                        .delay_ms = 0,
                        .detail = "as the test says"};
}

mg_job_row get_job(mg_store *store, const char *id)
{
    mg_job_row job;
    assert_store(mg_store_get_job(store, id, &job, err));
    return job;
}

void assert_state(mg_store *store, const char *id, mg_job_state expected)
{
    mg_job_row job = get_job(store, id);
    assert_string_equal(mg_job_state_name(job.state), mg_job_state_name(expected));
}

/* ---- SQL --------------------------------------------------------------------------------- */

typedef struct sql_call {
    const char *sql;
    int64_t value;
} sql_call;

static mg_err sql_body(mg_store *store, void *context, mg_errinfo *err)
{
    sql_call *call = context;
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result = mg_db_query(store, &rows, err, call->sql, NULL, 0);
    if (result == MG_OK && rows.count > 0)
        call->value = mg_rows_int(&rows, 0, 0);
    return result;
}

static int64_t run_format(mg_store *store, const char *format, va_list args)
{
    char sql[2048];
    vsnprintf(sql, sizeof sql, format, args);
    sql_call call = {.sql = sql};
    assert_store(mg_store_tx(store, MG_TX_WRITE, true, sql_body, &call, err));
    return call.value;
}

void run_sql(mg_store *store, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    run_format(store, format, args);
    va_end(args);
}

int64_t sql_int(mg_store *store, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int64_t value = run_format(store, format, args);
    va_end(args);
    return value;
}

void assert_invariants(mg_store *store)
{
    /* An attempt is open exactly while its job runs under its fence. */
    assert_int_equal(sql_int(store, "SELECT count(*) FROM attempts a JOIN jobs j "
                                    "ON j.job_id = a.job_id WHERE (a.outcome = 'running') <> "
                                    "(j.state = 'running' AND j.fence = a.fence)"),
                     0);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM jobs j WHERE j.state = 'running' AND "
                                    "NOT EXISTS (SELECT 1 FROM attempts a WHERE "
                                    "a.job_id = j.job_id AND a.fence = j.fence)"),
                     0);
    /* Every fence was a claim, and left one attempt. */
    assert_int_equal(sql_int(store, "SELECT count(*) FROM jobs j WHERE j.fence <> "
                                    "(SELECT count(*) FROM attempts a "
                                    "WHERE a.job_id = j.job_id)"),
                     0);
    /* succeeded has a result. */
    assert_int_equal(sql_int(store, "SELECT count(*) FROM jobs j WHERE j.state = 'succeeded' AND "
                                    "NOT EXISTS (SELECT 1 FROM analyses a WHERE "
                                    "a.job_id = j.job_id AND a.fence = j.fence)"),
                     0);
    /* Audio has a date exactly when no live job uses it. */
    assert_int_equal(sql_int(store, "SELECT count(*) FROM audio_objects o WHERE o.state = "
                                    "'present' AND (o.delete_after IS NULL) <> EXISTS (SELECT 1 "
                                    "FROM jobs j WHERE j.ended_at IS NULL AND "
                                    "(j.audio_key = o.key OR j.reference_key = o.key))"),
                     0);
}
