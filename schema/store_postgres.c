/* The Postgres engine. Works behind PgBouncer in transaction mode: no LISTEN, no session locks, no
 * SET that outlives a transaction, no named statements; what a transaction needs is set in its
 * first message with SET LOCAL.
 *
 * The connection is used without blocking, so that a server that stops answering (a frozen host, a
 * cut cable) costs a call its deadline and not the minutes that TCP would wait.
 */
#include "schema/store_impl.h"

#include "base/clock.h"
#include "schema/pg_connect.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum {
    MAX_PARAMS = 1024,
    LOCK_TIMEOUT_MS = 3000,
    IDLE_IN_TRANSACTION_MS = 15000,
    MIGRATION_MS = 600000,
    OID_BOOL = 16,
    OID_INT8 = 20,
    OID_TEXT = 25,
    OID_FLOAT8 = 701,
    OID_UUID = 2950,
};

static void drop_connection(mg_store *store)
{
    mg_pq.finish(store->connection);
    store->connection = NULL;
}

static mg_err lost(mg_store *store, const char *what, mg_errinfo *err)
{
    drop_connection(store);
    return mg_fail(err, MG_E_UNAVAILABLE, 0, "Postgres: %s", what);
}

/* ---- waiting ----------------------------------------------------------------------------- */

/* Until the server has answered in full, or the deadline of the call. */
static bool wait_for_answer(mg_store *store)
{
    PGconn *pg = store->connection;
    for (;;) {
        int unsent = mg_pq.flush(pg);
        if (unsent < 0)
            return false;
        if (!unsent && !mg_pq.isBusy(pg))
            return true;
        struct pollfd p = {.fd = mg_pq.socket(pg),
                           .events = (short)(POLLIN | (unsent ? POLLOUT : 0))};
        int64_t left_ms = mg_store_remaining_ms(store);
        int n = left_ms > 0 ? poll(&p, 1, left_ms > 1000 ? 1000 : (int)left_ms) : 0;
        if ((n == 0 && left_ms == 0) || (n < 0 && errno != EINTR))
            return false;
        if (n > 0 && (p.revents & ~POLLOUT) && !mg_pq.consumeInput(pg))
            return false;
    }
}

static mg_err sqlstate_failed(mg_store *store, const PGresult *result, mg_errinfo *err)
{
    const char *state = mg_pq.resultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = mg_pq.resultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (!state || mg_pq.status(store->connection) == CONNECTION_BAD)
        return lost(store, "the connection was lost", err);
    mg_err code = mg_pg_classify(state);
    mg_fail(err, code, 0, "Postgres: %s (%s)", text ? text : "error", state);
    /* After all but a slow statement the next attempt needs a new connection. */
    if (code == MG_E_UNAVAILABLE && strcmp(state, "57014") != 0)
        drop_connection(store);
    return code;
}

/* Takes all results of what was sent; the last one with rows, or the first error, is the answer. */
static mg_err receive(mg_store *store, PGresult **ret, mg_errinfo *err)
{
    PGresult *answer = NULL;
    mg_err failed = MG_OK;
    for (;;) {
        if (!wait_for_answer(store)) {
            mg_pq.clear(answer);
            return lost(store, "no answer in time, or the connection was lost", err);
        }
        PGresult *next = mg_pq.getResult(store->connection);
        if (!next)
            break;
        ExecStatusType status = mg_pq.resultStatus(next);
        if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
            mg_pq.clear(answer);
            answer = next;
            continue;
        }
        if (failed == MG_OK)
            failed = sqlstate_failed(store, next, err);
        mg_pq.clear(next);
        if (!store->connection)
            break;
    }
    if (failed != MG_OK || !answer) {
        mg_pq.clear(answer);
        return failed != MG_OK ? failed : lost(store, "the connection was lost", err);
    }
    *ret = answer;
    return MG_OK;
}

/* Constant text without parameters, possibly several statements. */
static mg_err run_text(mg_store *store, const char *sql, PGresult **ret, mg_errinfo *err)
{
    if (!store->connection)
        return mg_fail(err, MG_E_UNAVAILABLE, 0, "Postgres: not connected");
    if (!mg_pq.sendQuery(store->connection, sql))
        return lost(store, "the connection was lost", err);
    PGresult *result = NULL;
    mg_err code = receive(store, &result, err);
    if (code != MG_OK)
        return code;
    if (ret)
        *ret = result;
    else
        mg_pq.clear(result);
    return MG_OK;
}

/* ---- statements -------------------------------------------------------------------------- */

typedef struct bound {
    Oid type[MAX_PARAMS];
    const char *value[MAX_PARAMS];
    int len[MAX_PARAMS], format[MAX_PARAMS];
    uint64_t number[MAX_PARAMS];
} bound;

/* Numbers go in binary: no locale, no rounding. */
static void bind_one(bound *b, size_t i, const mg_param *param)
{
    b->format[i] = 1;
    b->value[i] = (const char *)&b->number[i];
    b->len[i] = 8;
    uint64_t bits = 0;
    switch (param->type) {
    case MG_P_INT:
        b->type[i] = OID_INT8;
        bits = (uint64_t)param->i;
        break;
    case MG_P_REAL:
        b->type[i] = OID_FLOAT8;
        memcpy(&bits, &param->d, 8);
        break;
    case MG_P_BOOL:
        b->type[i] = OID_BOOL;
        b->len[i] = 1;
        bits = param->i ? (uint64_t)1 << 56 : 0;
        break;
    case MG_P_TEXT: /* the binary form of a text is the text, and needs no NUL */
        b->type[i] = OID_TEXT;
        b->value[i] = param->s;
        b->len[i] = (int)param->len;
        break;
    case MG_P_UUID:
        b->type[i] = OID_UUID;
        b->value[i] = param->s;
        b->format[i] = 0;
        break;
    }
    b->number[i] = htobe64(bits);
    if (param->null)
        b->value[i] = NULL;
}

static void release_result(void *owner)
{
    mg_pq.clear(owner);
}

static mg_err take_rows(PGresult *result, mg_rows *ret, mg_errinfo *err)
{
    size_t rows = (size_t)mg_pq.ntuples(result), columns = (size_t)mg_pq.nfields(result);
    size_t cells = rows * columns;
    ret->cell = calloc(cells ? cells : 1, sizeof *ret->cell);
    ret->len = calloc(cells ? cells : 1, sizeof *ret->len);
    ret->owner = result;
    ret->release = release_result;
    if (!ret->cell || !ret->len)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    for (size_t i = 0; i < cells; i++) {
        int row = (int)(i / columns), column = (int)(i % columns);
        if (mg_pq.getisnull(result, row, column))
            continue;
        ret->cell[i] = mg_pq.getvalue(result, row, column);
        ret->len[i] = (size_t)mg_pq.getlength(result, row, column);
    }
    ret->count = rows;
    ret->columns = columns;
    ret->changes = strtoll(mg_pq.cmdTuples(result), NULL, 10);
    return MG_OK;
}

static mg_err postgres_query(mg_store *store, mg_rows *ret, mg_errinfo *err, const char *sql,
                             const mg_param *params, size_t count)
{
    if (count > MAX_PARAMS)
        return mg_fail(err, MG_E_INTERNAL, 0, "a statement has too many parameters");
    if (!store->connection)
        return mg_fail(err, MG_E_UNAVAILABLE, 0, "Postgres: not connected");
    mg_autofree bound *b = calloc(1, sizeof *b);
    if (!b)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    for (size_t i = 0; i < count; i++)
        bind_one(b, i, &params[i]);
    if (!mg_pq.sendQueryParams(store->connection, sql, (int)count, b->type, b->value, b->len,
                               b->format, /* resultFormat= */ 0))
        return lost(store, "the connection was lost", err);
    PGresult *result = NULL;
    mg_err code = receive(store, &result, err);
    return code == MG_OK ? take_rows(result, ret, err) : code;
}

static mg_err postgres_script(mg_store *store, const char *sql, mg_errinfo *err)
{
    return run_text(store, sql, NULL, err);
}

/* ---- transactions ------------------------------------------------------------------------ */

static mg_err postgres_begin(mg_store *store, mg_tx_kind kind, mg_errinfo *err)
{
    if (kind == MG_TX_MIGRATE)
        store->deadline_at_ms = mg_mono_ms() + MIGRATION_MS;
    if (!store->connection) {
        mg_err result = mg_pg_connect(store, err);
        if (result != MG_OK)
            return result;
    }
    /* The server gives up first, so that the connection survives a slow statement. */
    int64_t statement_ms = mg_store_remaining_ms(store) * 9 / 10 + 1;
    int64_t lock_ms = statement_ms < LOCK_TIMEOUT_MS ? statement_ms : LOCK_TIMEOUT_MS;
    char sql[640];
    /* A result that was reported as committed must survive a crash: a server set to asynchronous
     * commit is overruled; stricter settings (remote_apply) are left alone. */
    snprintf(sql, sizeof sql,
             "BEGIN ISOLATION LEVEL READ COMMITTED %s;"
             "SET LOCAL search_path = mixgauge, pg_temp;"
             "SET LOCAL statement_timeout = %lld; SET LOCAL lock_timeout = %lld;"
             "SET LOCAL idle_in_transaction_session_timeout = %d;"
             "SELECT set_config('synchronous_commit', 'on', true)"
             " WHERE current_setting('synchronous_commit') IN ('off', 'local');"
             "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint",
             kind == MG_TX_READ ? "READ ONLY" : "READ WRITE",
             (long long)(kind == MG_TX_MIGRATE ? 0 : statement_ms), (long long)lock_ms,
             IDLE_IN_TRANSACTION_MS);
    PGresult *result = NULL;
    mg_err code = run_text(store, sql, &result, err);
    if (code != MG_OK) {
        store->ops->rollback(store);
        return code;
    }
    store->now_ms =
        mg_pq.ntuples(result) == 1 ? strtoll(mg_pq.getvalue(result, 0, 0), NULL, 10) : 0;
    mg_pq.clear(result);
    return MG_OK;
}

static mg_err postgres_commit(mg_store *store, mg_errinfo *err)
{
    PGresult *result = NULL;
    mg_err code = run_text(store, "COMMIT", &result, err);
    if (code != MG_OK)
        return code;
    /* COMMIT of a failed transaction succeeds and says ROLLBACK. */
    bool committed = strcmp(mg_pq.cmdStatus(result), "COMMIT") == 0;
    mg_pq.clear(result);
    return committed ? MG_OK : mg_fail(err, MG_E_INTERNAL, 0, "Postgres rolled back at COMMIT");
}

static void postgres_rollback(mg_store *store)
{
    if (store->connection && mg_pq.transactionStatus(store->connection) != PQTRANS_IDLE)
        run_text(store, "ROLLBACK", NULL, NULL);
}

static void postgres_close(mg_store *store)
{
    drop_connection(store);
}

static const mg_store_ops postgres_ops = {
    .kind = "postgres",
    .for_update = " FOR UPDATE",
    .skip_locked = " FOR UPDATE SKIP LOCKED",
    /* Two claims that do not see each other's row could together exceed a user's cap. So claims go
     * one by one: the lock is held for one UPDATE and its commit (a few ms), while a job keeps a
     * core busy for half a second, so it is felt only beyond some hundred cores. */
    .claim_lock = "SELECT pg_advisory_xact_lock(28007, 1)",
    .migrate_lock = "SELECT pg_advisory_xact_lock(28007, 2)",
    .has_schema = "SELECT to_regclass('mixgauge.schema_migrations') IS NOT NULL",
    .begin = postgres_begin,
    .commit = postgres_commit,
    .rollback = postgres_rollback,
    .query = postgres_query,
    .script = postgres_script,
    .close = postgres_close,
};

mg_err mg_postgres_open(mg_store *store, mg_errinfo *err)
{
    mg_err result = mg_libpq_load(err);
    if (result != MG_OK)
        return result;
    store->ops = &postgres_ops;
    return mg_pg_connect(store, err);
}
