/* The ledger: every accepted job, its attempts, its result and its audio, in SQLite or Postgres.
 *
 * One interface, two implementations (store_sqlite.c, store_postgres.c), one conformance suite
 * (tests/conformance). The promise: every accepted job is run at least once and has exactly one
 * visible result per (job, engine version, parameters).
 *
 * How it is kept. A claim raises the job's `fence`; every later write carries the fence and holds
 * only while the job is `running` under it: otherwise the function returns MG_E_LEASE_LOST, nothing
 * was changed, and the caller must kill its child and discard the result. A claim never takes a
 * running job; only the reaper does, after its lease ran out. Time is the database's clock.
 *
 * Thread-safety: one connection (mg_store) per thread. Every call ends within the deadline given to
 * mg_store_open() (statement and lock timeouts); when the server is away calls return
 * MG_E_UNAVAILABLE and the next call tries to connect again. The store does not log.
 *
 * Unknown outcome: when the connection breaks at COMMIT, finish/fail reconnect, read the row and
 * say what really happened; if that is not possible either, MG_E_UNAVAILABLE, and the caller may
 * repeat the same call (all of them are safe to repeat).
 */
#ifndef MG_SCHEMA_STORE_H
#define MG_SCHEMA_STORE_H

#include "base/buf.h"
#include "base/error.h"
#include "queue/job.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mg_store mg_store;

enum {
    MG_SCHEMA_VERSION = 1, /* the newest migration this program knows */
    MG_RESULT_MAX_BYTES = 2 * 1024 * 1024,
    MG_WORKER_NAME_MAX = 128,
    MG_ENGINE_VERSION_MAX = 32,
    MG_PARAMS_HASH_MAX = 64,
    MG_REASON_MAX = 32,
    MG_DETAIL_MAX = 1024,
};

/* ---- opening ----------------------------------------------------------------------------- */

/** Open by URL: "sqlite:/absolute/path.db" or "postgres://..." (anything libpq takes).
 *  Does not need the schema to exist. SQLite: creates the file (not its directory), WAL, refuses a
 *  network file system. Postgres: connects at once.
 *  @param deadline_ms  longest that one call may block (0: 10 s)
 *  @return MG_OK; MG_E_CONFIG (malformed URL, refused credentials, network file system);
 *          MG_E_UNAVAILABLE; MG_E_PERMISSION or MG_E_IO (SQLite file) */
mg_err mg_store_open(mg_store **ret, const char *url, int64_t deadline_ms, mg_errinfo *err);
void mg_store_close(mg_store *store);

/** "sqlite" or "postgres". */
const char *mg_store_kind(const mg_store *store);

/** Check that this program can work with the schema: its own number is at least the schema's
 *  compatible_from and the schema is at least the program's oldest.
 *  @return MG_OK; MG_E_SCHEMA (none, too old or too new: *err says which and what to do);
 *          MG_E_UNAVAILABLE */
mg_err mg_store_check_schema(mg_store *store, mg_errinfo *err);

/** The database's clock, ms since the epoch. */
mg_err mg_store_now(mg_store *store, int64_t *ret_ms, mg_errinfo *err);

/* ---- accepting --------------------------------------------------------------------------- */

typedef enum mg_intake_outcome {
    MG_INTAKE_NEW,       /* the row was inserted */
    MG_INTAKE_REPEAT,    /* same job_id, user and key: nothing changed */
    MG_INTAKE_CONFLICT,  /* same job_id, other user or key: recorded as dead entry, row untouched */
    MG_INTAKE_ERASED,    /* the user was erased: recorded as dead entry */
} mg_intake_outcome;

typedef struct mg_intake_item {
    const mg_job_spec *spec; /* NULL: a malformed entry; the four fields below say what */
    const char *stream, *entry_id; /* where it came from; NULL for `enqueue` */
    const char *raw;  /* the entry as text, cut by the store to 8 KiB */
    mg_err reason;    /* MG_E_BAD_MESSAGE or MG_E_UNSUPPORTED_VERSION */
    const char *detail;
    /* out */
    mg_intake_outcome outcome; /* of a spec */
    mg_job_state state;        /* the job's state now */
} mg_intake_item;

/** Insert jobs and their audio_objects rows (for track and reference) and dead entries, all in one
 *  transaction: committed when MG_OK is returned. A job on audio that is deleted is accepted all
 *  the same: it will end as audio_missing.
 *  @return MG_OK; MG_E_BAD_MESSAGE when a spec's job_id is no UUID in lower case; ... */
mg_err mg_store_intake(mg_store *store, mg_intake_item *items, size_t count, mg_errinfo *err);

/* ---- running ----------------------------------------------------------------------------- */

typedef struct mg_claim {
    mg_job_spec spec;
    int64_t fence;
    unsigned attempt; /* 1.. , as in `attempts` */
} mg_claim;

typedef struct mg_claim_options {
    const char *worker;    /* unique name of this process */
    int64_t lease_ms;
    unsigned user_inflight; /* most running jobs of one user; 0: no cap */
    mg_priority order[MG_PRIORITIES]; /* from mg_priority_order() */
} mg_claim_options;

/** Take the best due job: first priority of `order` that has one, users below their cap, oldest
 *  run_at. Opens a row in `attempts`.
 *  @param ret_found  false when nothing is due (also while the queue is paused) */
mg_err mg_store_claim(mg_store *store, const mg_claim_options *options, mg_claim *ret,
                      bool *ret_found, mg_errinfo *err);

typedef struct mg_heartbeat {
    const char *job_id;
    int64_t fence;
    int progress; /* 0..100 */
    /* out */
    bool lost;             /* the lease is no longer ours */
    bool cancel_requested;
} mg_heartbeat;

/** Renew the leases of all jobs of this worker in one statement. */
mg_err mg_store_heartbeat(mg_store *store, mg_heartbeat *jobs, size_t count, int64_t lease_ms,
                          mg_errinfo *err);

/* Columns that repeat what a frontend sorts and filters by; NAN or "" for null. */
typedef struct mg_result_columns {
    char engine_version[MG_ENGINE_VERSION_MAX + 1];
    char params_hash[MG_PARAMS_HASH_MAX + 1];
    double duration_s, bpm, integrated_lufs, true_peak_dbtp;
    int overall_score; /* -1: null */
    char key[16], camelot[4];
} mg_result_columns;

/** running -> succeeded with its result, byte for byte. Ends the attempt, sets delete_after of the
 *  audio where this was its last live job.
 *  (by the retention in the ledger: latest end of its jobs + retention, never later than
 *  upload + cap).
 *  @return MG_OK (also when this very result was already committed); MG_E_LEASE_LOST; ... */
mg_err mg_store_finish(mg_store *store, const char *job_id, int64_t fence, const char *result,
                       size_t result_len, const mg_result_columns *columns, mg_errinfo *err);

/** running -> retry_wait (in delay_ms, while fewer than max_attempts attempts of this class have
 *  failed since the last requeue, this one counted) or dead. A cancel request wins: cancelled.
 *  @param ret_state  the state after the call; may be NULL */
typedef struct mg_failure {
    mg_err reason;
    const char *retry_class;  /* queue/retry.h */
    unsigned max_attempts;
    int64_t delay_ms;
    const char *detail; /* for people, at most MG_DETAIL_MAX bytes; may be NULL */
} mg_failure;
mg_err mg_store_fail(mg_store *store, const char *job_id, int64_t fence, const mg_failure *failure,
                     mg_job_state *ret_state, mg_errinfo *err);

/** How many attempts of this class have failed since the last requeue (for the delay). */
mg_err mg_store_failed_attempts(mg_store *store, const char *job_id, const char *retry_class,
                                unsigned *ret, mg_errinfo *err);

/** running -> queued without using up an attempt (shutdown, dependency down); a cancel request
 *  wins. The attempt's row ends as "released". */
mg_err mg_store_release(mg_store *store, const char *job_id, int64_t fence, mg_errinfo *err);

/** running -> cancelled, after the child was killed because of a cancel request. */
mg_err mg_store_cancelled(mg_store *store, const char *job_id, int64_t fence, mg_errinfo *err);

typedef struct mg_job_event { /* a state change made by the store on its own */
    char job_id[MG_UUID_SIZE];
    char user_id[MG_USER_ID_MAX + 1];
    unsigned attempt;
    mg_job_state state;
    char reason[MG_REASON_MAX + 1]; /* "" when none */
} mg_job_event;

/** The reaper: running jobs whose lease ran out -> retry_wait or dead (worker_lost), at most
 *  `max_events` per call. */
mg_err mg_store_reap(mg_store *store, const mg_failure *worker_lost, mg_job_event *events,
                     size_t max_events, size_t *ret_count, mg_errinfo *err);

/** Close jobs that do not run: cancel requested -> cancelled; past expires_at -> expired. */
mg_err mg_store_housekeep(mg_store *store, mg_job_event *events, size_t max_events,
                          size_t *ret_count, mg_errinfo *err);

/** True when no job is queued, due, waiting for a retry, or running. For `work --until-empty`:
 *  ret_due: due now and not running; ret_waiting: queued for later; ret_running. */
mg_err mg_store_pending(mg_store *store, int64_t *ret_due, int64_t *ret_waiting,
                        int64_t *ret_running, mg_errinfo *err);

/* ---- looking ----------------------------------------------------------------------------- */

typedef struct mg_job_row {
    mg_job_spec spec;
    mg_job_state state;
    unsigned attempts;
    int64_t fence;
    int progress;
    bool cancel_requested;
    char worker[MG_WORKER_NAME_MAX + 1];
    char reason[MG_REASON_MAX + 1];
    char detail[MG_DETAIL_MAX + 1];
    int64_t created_at_ms, started_at_ms, ended_at_ms, lease_until_ms; /* 0: not */
} mg_job_row;

typedef struct mg_attempt_row {
    unsigned attempt;
    int64_t fence;
    char worker[MG_WORKER_NAME_MAX + 1];
    char outcome[16]; /* "running", "succeeded", "failed", "released", "cancelled", "lost" */
    char reason[MG_REASON_MAX + 1];
    char detail[MG_DETAIL_MAX + 1];
    int64_t started_at_ms, ended_at_ms;
} mg_attempt_row;

/** @return MG_OK; MG_E_NOT_FOUND */
mg_err mg_store_get_job(mg_store *store, const char *job_id, mg_job_row *ret, mg_errinfo *err);
/** Newest first; filters: NULL for any. @param ret  array owned by the caller (free()) */
mg_err mg_store_list_jobs(mg_store *store, const char *user_id, const mg_job_state *state,
                          size_t limit, mg_job_row **ret, size_t *ret_count, mg_errinfo *err);
mg_err mg_store_attempts(mg_store *store, const char *job_id, mg_attempt_row **ret,
                         size_t *ret_count, mg_errinfo *err);
/** The newest result of a job, appended to *out byte for byte. @return MG_E_NOT_FOUND when none */
mg_err mg_store_get_result(mg_store *store, const char *job_id, mg_buf *out, mg_errinfo *err);

typedef struct mg_queue_counts {
    int64_t by_state[MG_JOB_STATES];
    int64_t due;                 /* queued or retry_wait, run_at reached */
    int64_t oldest_due_age_ms;   /* 0 when none */
    int64_t dead_entries;
    int64_t audio_present, audio_overdue; /* objects not yet deleted; of these past their date */
} mg_queue_counts;
mg_err mg_store_counts(mg_store *store, mg_queue_counts *ret, mg_errinfo *err);

/** Why a job that is due does not run: how many due jobs of its priority stand before it, and how
 *  many jobs of its user run now. */
typedef struct mg_job_position {
    int64_t ahead, user_running;
} mg_job_position;
mg_err mg_store_position(mg_store *store, const char *job_id, mg_job_position *ret,
                         mg_errinfo *err);

/* ---- acting ------------------------------------------------------------------------------ */

/** dead | cancelled | expired | succeeded -> queued, due now, counters of attempts start afresh;
 *  clears delete_after. @return MG_OK; MG_E_NOT_FOUND; MG_E_REFUSED (not terminal, or its audio is
 *  deleted or being deleted) */
mg_err mg_store_requeue(mg_store *store, const char *job_id, mg_errinfo *err);
/** The same for up to `limit` dead jobs, oldest first, of one reason (NULL: any). */
mg_err mg_store_requeue_dead(mg_store *store, const char *reason, size_t limit,
                             mg_job_event *events, size_t *ret_count, mg_errinfo *err);
/** Ask to cancel: a job that does not run is cancelled at once, a running one by its worker.
 *  @param ret_state  cancelled, or running (it will end soon), or the terminal state it had */
mg_err mg_store_cancel(mg_store *store, const char *job_id, mg_job_state *ret_state,
                       mg_errinfo *err);

/** While the queue is paused claims find nothing, in the whole fleet; running jobs go on. */
mg_err mg_store_set_paused(mg_store *store, bool paused, mg_errinfo *err);
mg_err mg_store_get_paused(mg_store *store, bool *ret, mg_errinfo *err);

/* ---- retention --------------------------------------------------------------------------- */

/* Settings that the whole fleet must agree on live in the ledger, not in a worker's environment. */
typedef struct mg_retention {
    int64_t retention_ms, retention_cap_ms;
} mg_retention;
mg_err mg_store_get_retention(mg_store *store, mg_retention *ret, mg_errinfo *err);
/** Holds for jobs that end from now on; dates that are written stay, but the new cap is kept.
 *  @return MG_E_USAGE for a negative time */
mg_err mg_store_set_retention(mg_store *store, const mg_retention *retention, mg_errinfo *err);

typedef struct mg_audio_object {
    char key[MG_AUDIO_KEY_MAX + 1];
    char user_id[MG_USER_ID_MAX + 1];
    char state[16]; /* "present", "deleting", "deleted" */
    int64_t bytes;  /* -1: not known */
    int64_t uploaded_at_ms, delete_after_ms;
} mg_audio_object;

/** Objects that are to go now: state deleting (an earlier sweep died), or present and
 *  past delete_after, or past the cap; none that a live job needs. Changes nothing.
 *  Ordered by key, starting after `after_key` ("" for the first page). */
mg_err mg_store_sweep_due(mg_store *store, const char *after_key, size_t limit,
                          mg_audio_object *ret, size_t *ret_count, mg_errinfo *err);
/** present -> deleting, if it is still due (a requeue may have come between): the intent, committed
 *  before the file is touched. @return MG_OK; MG_E_REFUSED when it is no longer due */
mg_err mg_store_sweep_begin(mg_store *store, const char *key, mg_errinfo *err);
/** deleting -> deleted, with a row in deletion_log: sha256 of the key (never the key), bytes,
 *  reason ("retention", "orphan", "missing"), run id. */
mg_err mg_store_sweep_done(mg_store *store, const char *key, const char *reason, int64_t bytes,
                           const char *run_id, mg_errinfo *err);
/** A file without a row: inserted as `deleting` unless a row exists by now. @return MG_OK;
 *  MG_E_REFUSED when the key is known after all */
mg_err mg_store_sweep_orphan(mg_store *store, const char *key, const char *user_id, int64_t bytes,
                             mg_errinfo *err);
/** Whether a key has a row that is not `deleted`. */
mg_err mg_store_audio_known(mg_store *store, const char *key, bool *ret, mg_errinfo *err);
/** Take the sweep lock for this connection, or renew it. It is a row with a lease: begin, done and
 *  orphan renew it, and it is free 2 minutes after the last step of a sweep that died.
 *  @return MG_OK; MG_E_BUSY when another sweep holds it */
mg_err mg_store_sweep_lock(mg_store *store, mg_errinfo *err);
mg_err mg_store_sweep_unlock(mg_store *store, mg_errinfo *err);

/* ---- schema ------------------------------------------------------------------------------ */

typedef struct mg_migration_state {
    int version;         /* 0: no schema */
    int compatible_from; /* of the newest applied migration */
} mg_migration_state;
mg_err mg_migrate_state(mg_store *store, mg_migration_state *ret, mg_errinfo *err);
/** Apply the up (or down) migrations to reach `target` (0..MG_SCHEMA_VERSION), each in its own
 *  transaction, all under a lock, so that two at once do no harm. The SQL is compiled in.
 *  @param ret_applied  number of migrations run; may be NULL
 *  @return MG_OK; MG_E_SCHEMA (the database is newer, or a migration's checksum has changed);
 *          MG_E_UNAVAILABLE; MG_E_BUSY */
mg_err mg_migrate_to(mg_store *store, int target, int *ret_applied, mg_errinfo *err);

#endif
