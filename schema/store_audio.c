/* Audio: when it may go, and how it goes.
 *
 * The one date is audio_objects.delete_after: null while a live job uses the object as track or
 * reference, else the latest end of its jobs + retention, never later than upload + cap. Whoever
 * changes it holds the object's row first and looks at the jobs afterwards, so that a job that ends
 * and a job that begins on the same object see each other. Rows are held in the order of their
 * keys.
 */
#include "schema/store_impl.h"

#include "base/clock.h"
#include "base/uuid.h"

#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

/* An object on which no live job depends; `a` is audio_objects. */
#define NO_LIVE_JOB                                                                                \
    "NOT EXISTS (SELECT 1 FROM jobs j WHERE j.audio_key = a.key AND j.ended_at IS NULL) "          \
    "AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.reference_key = a.key "                          \
    "AND j.reference_key IS NOT NULL AND j.ended_at IS NULL)"

/* $1: now, $2: the cap. A date that a worker wrote under an older setting holds as it is, but
 * nothing outlives the cap. */
#define IS_DUE                                                                                     \
    "(a.state = 'deleting' OR (a.state = 'present' "                                               \
    "AND (a.delete_after <= $1 OR a.uploaded_at + $2 <= $1) AND " NO_LIVE_JOB "))"

void mg_sha256_hex(const char *data, size_t len, char ret[65])
{
    struct sha256_ctx hash;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&hash);
    sha256_update(&hash, len, (const uint8_t *)data);
    sha256_digest(&hash, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}

/* ---- with the life of a job -------------------------------------------------------------- */

static mg_err hold_objects(mg_store *store, const mg_job_spec *spec, mg_rows *ret, mg_errinfo *err)
{
    char sql[160];
    snprintf(sql, sizeof sql,
             "SELECT key, state FROM audio_objects WHERE key IN ($1, $2) ORDER BY key%s",
             store->ops->for_update);
    return mg_db_query(store, ret, err, sql,
                       MG_P(mg_p_text(spec->audio_key), mg_p_text(spec->reference_key)));
}

mg_err mg_audio_job_ended(mg_store *store, const mg_job_spec *spec, mg_errinfo *err)
{
    mg_auto(mg_rows_done) mg_rows held = {0};
    mg_retention retention;
    mg_err result = hold_objects(store, spec, &held, err);
    if (result == MG_OK)
        result = mg_retention_read(store, &retention, err);
    if (result != MG_OK)
        return result;
    /* This end is the latest of all by the database's clock. */
    return mg_db_query(
        store, NULL, err,
        "UPDATE audio_objects AS a SET delete_after = CASE WHEN a.uploaded_at + $4 < $3 "
        "THEN a.uploaded_at + $4 ELSE $3 END "
        "WHERE a.key IN ($1, $2) AND a.state = 'present' AND " NO_LIVE_JOB,
        MG_P(mg_p_text(spec->audio_key), mg_p_text(spec->reference_key),
             mg_p_int(store->now_ms + retention.retention_ms),
             mg_p_int(retention.retention_cap_ms)));
}

mg_err mg_audio_job_revived(mg_store *store, const mg_job_spec *spec, mg_errinfo *err)
{
    mg_auto(mg_rows_done) mg_rows held = {0};
    mg_err result = hold_objects(store, spec, &held, err);
    for (size_t i = 0; result == MG_OK && i < held.count; i++) {
        if (strcmp(mg_rows_text(&held, i, 1), "present") != 0)
            return mg_fail(err, MG_E_REFUSED, 0, "its audio is deleted, or being deleted");
    }
    if (result != MG_OK)
        return result;
    return mg_db_query(store, NULL, err,
                       "UPDATE audio_objects SET delete_after = NULL WHERE key IN ($1, $2)",
                       MG_P(mg_p_text(spec->audio_key), mg_p_text(spec->reference_key)));
}

/* ---- the sweep --------------------------------------------------------------------------- */

/* While a sweep is at work every step renews its lock. */
enum { SWEEP_LEASE_MS = 2 * 60 * 1000 };

static mg_err renew_lock(mg_store *store, mg_errinfo *err)
{
    if (!store->sweep_token[0])
        return MG_OK;
    return mg_db_query(
        store, NULL, err,
        "UPDATE settings SET lease_until = $2 WHERE name = 'sweep_lock' "
        "AND value = $1",
        MG_P(mg_p_text(store->sweep_token), mg_p_int(store->now_ms + SWEEP_LEASE_MS)));
}

typedef struct due_call {
    const char *after_key;
    size_t limit;
    mg_audio_object *objects;
    size_t count;
} due_call;

static void read_object(const mg_rows *rows, size_t row, mg_audio_object *ret)
{
    *ret = (mg_audio_object){0};
    mg_rows_copy(rows, row, 0, ret->key, sizeof ret->key);
    mg_rows_copy(rows, row, 1, ret->user_id, sizeof ret->user_id);
    mg_rows_copy(rows, row, 2, ret->state, sizeof ret->state);
    ret->bytes = mg_rows_null(rows, row, 3) ? -1 : mg_rows_int(rows, row, 3);
    ret->uploaded_at_ms = mg_rows_int(rows, row, 4);
    ret->delete_after_ms = mg_rows_int(rows, row, 5);
}

static mg_err due_body(mg_store *store, void *context, mg_errinfo *err)
{
    due_call *call = context;
    mg_retention retention;
    mg_err result = mg_retention_read(store, &retention, err);
    if (result != MG_OK)
        return result;
    mg_auto(mg_rows_done) mg_rows rows = {0};
    /* An empty key would arrive as NULL. */
    result =
        mg_db_query(store, &rows, err,
                    "SELECT a.key, a.user_id, a.state, a.bytes, a.uploaded_at, a.delete_after "
                    "FROM audio_objects a WHERE a.state <> 'deleted' AND a.key > coalesce($3, '') "
                    "AND " IS_DUE " ORDER BY a.key LIMIT $4",
                    MG_P(mg_p_int(store->now_ms), mg_p_int(retention.retention_cap_ms),
                         mg_p_text(call->after_key), mg_p_int((int64_t)call->limit)));
    for (size_t i = 0; i < rows.count; i++)
        read_object(&rows, i, &call->objects[i]);
    call->count = rows.count;
    return result;
}

mg_err mg_store_sweep_due(mg_store *store, const char *after_key, size_t limit,
                          mg_audio_object *ret, size_t *ret_count, mg_errinfo *err)
{
    due_call call = {.after_key = after_key, .limit = limit, .objects = ret};
    mg_err result = mg_store_tx(store, MG_TX_READ, true, due_body, &call, err);
    if (result == MG_OK)
        *ret_count = call.count;
    return result;
}

static mg_err begin_body(mg_store *store, void *context, mg_errinfo *err)
{
    const char *key = context;
    char sql[80];
    mg_retention retention;
    mg_auto(mg_rows_done) mg_rows held = {0}, rows = {0};
    snprintf(sql, sizeof sql, "SELECT state FROM audio_objects WHERE key = $1%s",
             store->ops->for_update);
    mg_err result = renew_lock(store, err);
    if (result == MG_OK)
        result = mg_retention_read(store, &retention, err);
    if (result == MG_OK)
        result = mg_db_query(store, &held, err, sql, MG_P(mg_p_text(key)));
    if (result == MG_OK)
        result = mg_db_query(
            store, &rows, err,
            "UPDATE audio_objects AS a SET state = 'deleting' WHERE a.key = $3 "
            "AND " IS_DUE,
            MG_P(mg_p_int(store->now_ms), mg_p_int(retention.retention_cap_ms), mg_p_text(key)));
    if (result == MG_OK && rows.changes == 0)
        return mg_fail(err, MG_E_REFUSED, 0, "the audio is not due any more");
    return result;
}

mg_err mg_store_sweep_begin(mg_store *store, const char *key, mg_errinfo *err)
{
    return mg_store_tx(store, MG_TX_WRITE, true, begin_body, (void *)key, err);
}

typedef struct done_call {
    const char *key, *reason, *run_id;
    int64_t bytes;
} done_call;

static mg_err done_body(mg_store *store, void *context, mg_errinfo *err)
{
    const done_call *call = context;
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result = renew_lock(store, err);
    if (result == MG_OK)
        result = mg_db_query(store, &rows, err,
                             "UPDATE audio_objects SET state = 'deleted', deleted_at = $2 "
                             "WHERE key = $1 AND state = 'deleting'",
                             MG_P(mg_p_text(call->key), mg_p_int(store->now_ms)));
    if (result != MG_OK)
        return result;
    if (rows.changes == 0) {
        mg_auto(mg_rows_done) mg_rows state = {0};
        result = mg_db_query(store, &state, err, "SELECT state FROM audio_objects WHERE key = $1",
                             MG_P(mg_p_text(call->key)));
        if (result != MG_OK)
            return result;
        if (state.count == 1 && strcmp(mg_rows_text(&state, 0, 0), "deleted") == 0)
            return MG_OK; /* recorded before */
        return mg_fail(err, state.count ? MG_E_REFUSED : MG_E_NOT_FOUND, 0,
                       "no deletion of this audio has begun");
    }
    char hash[65];
    mg_sha256_hex(call->key, strlen(call->key), hash);
    return mg_db_query(store, NULL, err,
                       "INSERT INTO deletion_log (key_sha256, bytes, reason, run_id, at) "
                       "VALUES ($1, $2, $3, $4, $5)",
                       MG_P(mg_p_text(hash), mg_p_int_unless(call->bytes, -1),
                            mg_p_text(call->reason), mg_p_text(call->run_id),
                            mg_p_int(store->now_ms)));
}

mg_err mg_store_sweep_done(mg_store *store, const char *key, const char *reason, int64_t bytes,
                           const char *run_id, mg_errinfo *err)
{
    done_call call = {.key = key, .reason = reason, .run_id = run_id, .bytes = bytes};
    return mg_store_tx(store, MG_TX_WRITE, true, done_body, &call, err);
}

typedef struct orphan_call {
    const char *key, *user_id;
    int64_t bytes;
} orphan_call;

static mg_err orphan_body(mg_store *store, void *context, mg_errinfo *err)
{
    const orphan_call *call = context;
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result = renew_lock(store, err);
    if (result == MG_OK)
        result = mg_db_query(
            store, &rows, err,
            "INSERT INTO audio_objects (key, user_id, state, bytes, uploaded_at, delete_after) "
            "VALUES ($1, $2, 'deleting', $3, $4, $4) ON CONFLICT (key) DO NOTHING",
            MG_P(mg_p_text(call->key), mg_p_text(call->user_id), mg_p_int_unless(call->bytes, -1),
                 mg_p_int(store->now_ms)));
    if (result == MG_OK && rows.changes == 0)
        return mg_fail(err, MG_E_REFUSED, 0, "the ledger knows this audio");
    return result;
}

mg_err mg_store_sweep_orphan(mg_store *store, const char *key, const char *user_id, int64_t bytes,
                             mg_errinfo *err)
{
    orphan_call call = {.key = key, .user_id = user_id, .bytes = bytes};
    return mg_store_tx(store, MG_TX_WRITE, false, orphan_body, &call, err);
}

typedef struct known_call {
    const char *key;
    bool known;
} known_call;

static mg_err known_body(mg_store *store, void *context, mg_errinfo *err)
{
    known_call *call = context;
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result = mg_db_query(store, &rows, err,
                                "SELECT 1 FROM audio_objects WHERE key = $1 "
                                "AND state <> 'deleted'",
                                MG_P(mg_p_text(call->key)));
    call->known = result == MG_OK && rows.count > 0;
    return result;
}

mg_err mg_store_audio_known(mg_store *store, const char *key, bool *ret, mg_errinfo *err)
{
    known_call call = {.key = key};
    mg_err result = mg_store_tx(store, MG_TX_READ, true, known_body, &call, err);
    if (result == MG_OK)
        *ret = call.known;
    return result;
}

/* ---- its lock ---------------------------------------------------------------------------- */

/* A row with a lease and not a lock of the session: behind a pooler sessions are shared, and a
 * sweep that died must not stop the next one for ever. */
static mg_err lock_body(mg_store *store, void *context, mg_errinfo *err)
{
    const char *token = context;
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result = mg_db_query(
        store, &rows, err,
        "INSERT INTO settings (name, value, lease_until) VALUES ('sweep_lock', $1, $3) "
        "ON CONFLICT (name) DO UPDATE SET value = $1, lease_until = $3 "
        "WHERE settings.value = $1 OR settings.lease_until IS NULL OR settings.lease_until <= $2",
        MG_P(mg_p_text(token), mg_p_int(store->now_ms), mg_p_int(store->now_ms + SWEEP_LEASE_MS)));
    if (result == MG_OK && rows.changes == 0)
        return mg_fail(err, MG_E_REFUSED, 0, "another sweep is at work");
    return result;
}

mg_err mg_store_sweep_lock(mg_store *store, mg_errinfo *err)
{
    char token[MG_UUID_SIZE];
    if (store->sweep_token[0])
        memcpy(token, store->sweep_token, sizeof token);
    else if (!mg_uuid_v7(token))
        return mg_fail(err, MG_E_INTERNAL, 0, "the kernel gives no random numbers");
    mg_errinfo info = {0};
    mg_err result = mg_store_tx(store, MG_TX_WRITE, true, lock_body, token, &info);
    if (result == MG_OK)
        memcpy(store->sweep_token, token, sizeof token);
    /* MG_E_BUSY from a body would mean "run the transaction again". */
    if (result == MG_E_REFUSED)
        result = MG_E_BUSY;
    return result == MG_OK
               ? MG_OK
               : mg_fail(err, result, info.sys_errno, "%s", mg_errinfo_text(&info, result));
}

static mg_err unlock_body(mg_store *store, void *context, mg_errinfo *err)
{
    return mg_db_query(store, NULL, err,
                       "UPDATE settings SET lease_until = NULL WHERE name = 'sweep_lock' "
                       "AND value = $1",
                       MG_P(mg_p_text(context)));
}

mg_err mg_store_sweep_unlock(mg_store *store, mg_errinfo *err)
{
    if (!store->sweep_token[0])
        return MG_OK;
    mg_err result = mg_store_tx(store, MG_TX_WRITE, true, unlock_body, store->sweep_token, err);
    if (result == MG_OK)
        store->sweep_token[0] = '\0';
    return result;
}
