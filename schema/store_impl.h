/* Inside the store: one connection, whatever the engine, and what the statements are built from.
 *
 * An engine (store_sqlite.c, store_postgres.c) knows how to connect, to begin and end a transaction
 * and to run one statement; it is a struct of functions, mg_store_ops. The statements themselves
 * (claim, finish, ...) are written once, in the SQL that both engines speak: `$1` parameters,
 * RETURNING, ON CONFLICT, and times as integers. Where the engines must differ the ops say so.
 *
 * Times in the tables are milliseconds since the epoch, as in messages and events. The clock is the
 * database's: begin() reads it once, every statement of the transaction gets it as a parameter, so
 * that it can be compared with an index and all rows of one transaction agree.
 */
#ifndef MG_SCHEMA_STORE_IMPL_H
#define MG_SCHEMA_STORE_IMPL_H

#include "base/cleanup.h"
#include "schema/store.h"

#include <math.h>

/* ---- parameters -------------------------------------------------------------------------- */

typedef enum mg_param_type { MG_P_INT, MG_P_REAL, MG_P_BOOL, MG_P_TEXT, MG_P_UUID } mg_param_type;

typedef struct mg_param {
    mg_param_type type;
    bool null;
    int64_t i;
    double d;
    const char *s;
    size_t len;
} mg_param;

static inline mg_param mg_p_int(int64_t value)
{
    return (mg_param){.type = MG_P_INT, .i = value};
}

/* NULL when the value is the one that means "not given". */
static inline mg_param mg_p_int_unless(int64_t value, int64_t none)
{
    return (mg_param){.type = MG_P_INT, .i = value, .null = value == none};
}

static inline mg_param mg_p_real(double value)
{
    return (mg_param){.type = MG_P_REAL, .d = value, .null = !isfinite(value)};
}

static inline mg_param mg_p_bool(bool value)
{
    return (mg_param){.type = MG_P_BOOL, .i = value};
}

static inline mg_param mg_p_bytes(const char *text, size_t len)
{
    return (mg_param){.type = MG_P_TEXT, .s = text, .len = len};
}

/* "" and NULL are SQL's NULL. */
mg_param mg_p_text(const char *text);
mg_param mg_p_uuid(const char *uuid);

/* The last two arguments of mg_db_query(). */
#define MG_P(...)                                                                                  \
    (const mg_param[]){__VA_ARGS__}, sizeof((const mg_param[]){__VA_ARGS__}) / sizeof(mg_param)

/* ---- results ----------------------------------------------------------------------------- */

/* All rows of a statement, as text. */
typedef struct mg_rows {
    size_t count, columns;
    int64_t changes;   /* rows inserted, updated or deleted */
    const char **cell; /* count * columns; NULL is SQL's NULL */
    size_t *len;       /* of each cell, in bytes */
    void *owner;
    void (*release)(void *owner);
} mg_rows;

void mg_rows_done(mg_rows *rows);
bool mg_rows_null(const mg_rows *rows, size_t row, size_t column);
/* "" for NULL. Owned by the rows. */
const char *mg_rows_text(const mg_rows *rows, size_t row, size_t column);
/* 0 for NULL. */
int64_t mg_rows_int(const mg_rows *rows, size_t row, size_t column);
bool mg_rows_bool(const mg_rows *rows, size_t row, size_t column);
/* Copies into out[size], cut at a character boundary. */
void mg_rows_copy(const mg_rows *rows, size_t row, size_t column, char *out, size_t size);

/* ---- the engine -------------------------------------------------------------------------- */

typedef enum mg_tx_kind {
    MG_TX_READ,
    MG_TX_WRITE,
    MG_TX_MIGRATE, /* no limit on a statement; waits for other migrations */
} mg_tx_kind;

typedef struct mg_store_ops {
    const char *kind;
    /* Appended to a SELECT that must hold the rows it found until the transaction ends. SQLite has
     * one writer at a time, so there is nothing to add. */
    const char *for_update;
    const char *skip_locked;
    /* A statement that makes claims under a user's cap wait for each other; NULL: not needed. */
    const char *claim_lock;
    /* The same for migrations. */
    const char *migrate_lock;
    /* Whether the ledger's tables exist: one row, one boolean. */
    const char *has_schema;

    mg_err (*begin)(mg_store *store, mg_tx_kind kind, mg_errinfo *err); /* sets store->now_ms */
    /* MG_E_UNAVAILABLE here means that the outcome is not known. */
    mg_err (*commit)(mg_store *store, mg_errinfo *err);
    void (*rollback)(mg_store *store);
    mg_err (*query)(mg_store *store, mg_rows *ret, mg_errinfo *err, const char *sql,
                    const mg_param *params, size_t count);
    /* Several statements without parameters: migrations. */
    mg_err (*script)(mg_store *store, const char *sql, mg_errinfo *err);
    void (*close)(mg_store *store);
} mg_store_ops;

struct mg_store {
    const mg_store_ops *ops;
    char *url;                      /* the URL (Postgres) or the path (SQLite) */
    int64_t deadline_ms;            /* of one call */
    int64_t deadline_at_ms;         /* monotonic: end of the call that runs now */
    int64_t now_ms;                 /* the database's clock at the start of the transaction */
    void *connection;               /* sqlite3 * or PGconn *; NULL: not connected */
    char sweep_token[MG_UUID_SIZE]; /* "" while this connection does not hold the sweep lock */
};

mg_err mg_sqlite_open(mg_store *store, mg_errinfo *err);
mg_err mg_postgres_open(mg_store *store, mg_errinfo *err);

/* Milliseconds until the deadline of the call that runs now; at least 0. */
int64_t mg_store_remaining_ms(const mg_store *store);

/** Run one statement; `ret` may be NULL. Only inside a transaction.
 *  @return MG_OK; MG_E_BUSY (a lock was not to be had: repeat the transaction);
 *          MG_E_UNAVAILABLE (connection lost); MG_E_IO, MG_E_SCHEMA, MG_E_CONFIG, ... */
mg_err mg_db_query(mg_store *store, mg_rows *ret, mg_errinfo *err, const char *sql,
                   const mg_param *params, size_t count);

/* ---- transactions ------------------------------------------------------------------------ */

typedef mg_err mg_tx_body(mg_store *store, void *context, mg_errinfo *err);

/** Run `body` in a transaction: committed when it returns MG_OK, else rolled back. The body may run
 *  several times: after a deadlock or a lock timeout, and once more after the connection was lost.
 *  @param repeatable  the body finds out by itself that it was already committed, so it may also
 * run again when the connection broke at COMMIT
 *  @return what the body returned; MG_E_UNAVAILABLE when the deadline passed */
mg_err mg_store_tx(mg_store *store, mg_tx_kind kind, bool repeatable, mg_tx_body *body,
                   void *context, mg_errinfo *err);

/* ---- shared by the subjects -------------------------------------------------------------- */

/* Columns of `jobs` in the order that mg_read_job() expects. */
#define MG_JOB_COLUMNS                                                                             \
    "job_id, user_id, audio_key, reference_key, filename, profile, sha256, traceparent, "          \
    "priority, "                                                                                   \
    "size_bytes, run_at, expires_at, announced_at, state, attempts, fence, progress, "             \
    "cancel_requested, worker, reason, detail, created_at, started_at, ended_at, lease_until"

void mg_read_job(const mg_rows *rows, size_t row, mg_job_row *ret);

/** Find a job and hold its row. @return MG_E_NOT_FOUND when there is none */
mg_err mg_lock_job(mg_store *store, const char *job_id, mg_job_row *ret, mg_errinfo *err);

/** A job has just become terminal: date the deletion of its audio, where no live job uses it. */
mg_err mg_audio_job_ended(mg_store *store, const mg_job_spec *spec, mg_errinfo *err);
/** A terminal job is to live again: its audio must not be deleted.
 *  @return MG_E_REFUSED when it is deleted already, or being deleted */
mg_err mg_audio_job_revived(mg_store *store, const mg_job_spec *spec, mg_errinfo *err);

/** End the open attempt of a job. */
mg_err mg_end_attempt(mg_store *store, const char *job_id, int64_t fence, const char *outcome,
                      const mg_failure *failure, mg_errinfo *err);
/** Failed attempts of a class since the last requeue. */
mg_err mg_count_failed(mg_store *store, const char *job_id, const char *retry_class, unsigned *ret,
                       mg_errinfo *err);
/** running -> retry_wait | dead | cancelled, for a row held by this transaction. */
mg_err mg_fail_locked(mg_store *store, const mg_job_row *job, const mg_failure *failure,
                      const char *outcome, mg_job_state *ret_state, mg_errinfo *err);
/** -> a terminal state, for a row held by this transaction. */
mg_err mg_end_locked(mg_store *store, const mg_job_row *job, mg_job_state state,
                     const mg_failure *failure, mg_errinfo *err);

void mg_job_event_fill(mg_job_event *event, const mg_job_row *job, mg_job_state state,
                       const char *reason);

/* A setting's text into out[size]; `none` when it is not there. */
mg_err mg_setting_get(mg_store *store, const char *name, const char *none, char *out, size_t size,
                      mg_errinfo *err);
mg_err mg_setting_put(mg_store *store, const char *name, const char *value, mg_errinfo *err);

mg_err mg_retention_read(mg_store *store, mg_retention *ret, mg_errinfo *err);

void mg_sha256_hex(const char *data, size_t len, char ret[65]);
/** The name under which an erased user is remembered: HMAC-SHA256 of the id under a key of this
 *  ledger, so that the list of erased users tells nobody who they were. */
mg_err mg_user_hmac(mg_store *store, const char *user_id, char ret[65], mg_errinfo *err);

#endif
