#include "schema/pg_connect.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { CONNECT_MS = 5000 };

mg_err mg_pg_classify(const char *sqlstate)
{
    /* First match wins; a prefix stands for its class. */
    static const struct {
        const char *prefix;
        mg_err err;
    } table[] = {
        {"40001", MG_E_BUSY},        /* serialization_failure */
        {"40P01", MG_E_BUSY},        /* deadlock_detected */
        {"55P03", MG_E_BUSY},        /* lock_not_available */
        {"57014", MG_E_UNAVAILABLE}, /* query_canceled: statement_timeout */
        {"57P04", MG_E_CONFIG},      /* database_dropped */
        {"57P", MG_E_UNAVAILABLE},   /* shutdown, crash, starting up */
        {"25006", MG_E_UNAVAILABLE}, /* read_only_sql_transaction: a standby, before promotion */
        {"25P03", MG_E_UNAVAILABLE}, /* idle_in_transaction_session_timeout */
        {"08", MG_E_UNAVAILABLE},    /* connection exceptions */
        {"53100", MG_E_IO},          /* disk_full */
        {"53", MG_E_UNAVAILABLE},    /* out of memory, too many connections */
        {"58", MG_E_IO},             /* system errors */
        {"XX", MG_E_IO},             /* data_corrupted, index_corrupted */
        {"28", MG_E_CONFIG},         /* credentials */
        {"3D000", MG_E_CONFIG},      /* no such database */
        {"42501", MG_E_CONFIG},      /* insufficient_privilege */
        {"3F000", MG_E_SCHEMA},      /* no such schema */
        {"42P01", MG_E_SCHEMA},      /* no such table */
        {"42703", MG_E_SCHEMA},      /* no such column */
        {"42", MG_E_SCHEMA},         /* no such function, type, ... */
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strncmp(sqlstate, table[i].prefix, strlen(table[i].prefix)) == 0)
            return table[i].err;
    }
    return MG_E_INTERNAL;
}

static void ignore_notice(void *context, const char *message)
{
    (void)context, (void)message;
}

/* Five digits and capitals with a colon; not all capitals, as "FATAL:" is. */
static bool is_code(const char *text)
{
    int digits = 0;
    for (int i = 0; i < 5; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (!digit && !(text[i] >= 'A' && text[i] <= 'Z'))
            return false;
        digits += digit;
    }
    return digits > 0 && text[5] == ':';
}

/* libpq keeps the SQLSTATE of a refused connection to itself, but a verbose message holds it:
 * "FATAL:  28P01: password authentication failed ...". The words are translated, the code is not.
 */
static bool find_sqlstate(const char *message, char ret[6])
{
    for (const char *at = strchr(message, ' '); at; at = strchr(at + 1, ' ')) {
        if (strlen(at + 1) > 5 && is_code(at + 1)) {
            memcpy(ret, at + 1, 5);
            ret[5] = '\0';
            return true;
        }
    }
    return false;
}

static mg_err refused(PGconn *pg, mg_errinfo *err)
{
    const char *message = mg_pq.errorMessage(pg);
    char state[6];
    mg_err code = MG_E_UNAVAILABLE;
    if (find_sqlstate(message, state))
        code = mg_pg_classify(state);
    else if (mg_pq.connectionNeedsPassword(pg))
        code = MG_E_CONFIG;
    if (code != MG_E_CONFIG)
        code = MG_E_UNAVAILABLE;
    int len = (int)strcspn(message, "\n");
    return mg_fail(err, code, 0, "Postgres: %.*s", len, message);
}

/* The password may stand in the URL, so libpq's own message, which quotes it, is not shown. */
static mg_err check_url(const char *url, mg_errinfo *err)
{
    PQconninfoOption *options = mg_pq.conninfoParse(url, NULL);
    if (!options)
        return mg_fail(err, MG_E_CONFIG, 0, "the ledger's URL is not a Postgres URL");
    mg_pq.conninfoFree(options);
    return MG_OK;
}

static PGconn *start(const char *url)
{
    /* What stands in the URL comes later and wins. */
    const char *const names[] = {
        "application_name",
        "keepalives",
        "keepalives_idle",
        "keepalives_interval",
        "keepalives_count",
        "tcp_user_timeout",
        "dbname",
        "client_encoding",
        NULL,
    };
    const char *const values[] = {"mixgauge", "1", "10", "5", "3", "15000", url, "UTF8", NULL};
    PGconn *pg = mg_pq.connectStartParams(names, values, /* expand_dbname= */ 1);
    if (pg) {
        mg_pq.setErrorVerbosity(pg, PQERRORS_VERBOSE);
        mg_pq.setNoticeProcessor(pg, ignore_notice, NULL);
    }
    return pg;
}

static bool wait_for_socket(PGconn *pg, short events, int64_t until_ms)
{
    for (;;) {
        int64_t left_ms = until_ms - mg_mono_ms();
        if (left_ms <= 0)
            return false;
        struct pollfd p = {.fd = mg_pq.socket(pg), .events = events};
        int n = poll(&p, 1, (int)left_ms);
        if (n > 0)
            return true;
        if (n < 0 && errno != EINTR)
            return false;
    }
}

mg_err mg_pg_connect(mg_store *store, mg_errinfo *err)
{
    mg_err result = check_url(store->url, err);
    if (result != MG_OK)
        return result;
    int64_t left_ms = mg_store_remaining_ms(store);
    int64_t until_ms = mg_mono_ms() + (left_ms < CONNECT_MS ? left_ms : CONNECT_MS);

    PGconn *pg = start(store->url);
    if (!pg)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    PostgresPollingStatusType status =
        mg_pq.status(pg) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (status == PGRES_POLLING_READING || status == PGRES_POLLING_WRITING) {
        short events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        if (!wait_for_socket(pg, events, until_ms)) {
            mg_pq.finish(pg);
            return mg_fail(err, MG_E_UNAVAILABLE, 0, "Postgres: no connection in time");
        }
        status = mg_pq.connectPoll(pg);
    }
    if (status != PGRES_POLLING_OK || mg_pq.setnonblocking(pg, 1) != 0) {
        result = refused(pg, err);
        mg_pq.finish(pg);
        return result;
    }
    store->connection = pg;
    return MG_OK;
}
