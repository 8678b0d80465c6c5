/* Accepting jobs: rows of jobs, of their audio, and of what could not be accepted, in one
 * transaction.
 *
 * Two intakes can meet in the same rows, in any order, and the insert of a key waits for the other
 * one's insert of the same key. So all take jobs in the order of their ids first, and objects in
 * the order of their keys afterwards.
 */
#include "schema/store_impl.h"

#include "base/utf8.h"
#include "base/uuid.h"

#include <string.h>

enum { RAW_MAX = 8192 };

typedef struct object_ref {
    const char *key, *user_id;
    int64_t bytes; /* -1: not known */
} object_ref;

typedef struct intake_call {
    mg_intake_item *items;
    size_t count;
    mg_intake_item **order; /* specs by job id, then in the order given; then what has no spec */
    object_ref *objects;    /* room for two of each item */
} intake_call;

static int by_job(const void *a, const void *b)
{
    const mg_intake_item *x = *(mg_intake_item *const *)a, *y = *(mg_intake_item *const *)b;
    int c = x->spec && y->spec ? strcmp(x->spec->job_id, y->spec->job_id)
                               : (x->spec == NULL) - (y->spec == NULL);
    return c ? c : (x > y) - (x < y); /* items are one array: the order given */
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const object_ref *)a)->key, ((const object_ref *)b)->key);
}

static mg_err put_dead_entry(mg_store *store, const mg_intake_item *item, mg_err reason,
                             const char *detail, mg_errinfo *err)
{
    mg_autofree char *raw = calloc(1, RAW_MAX + 1);
    char line[MG_DETAIL_MAX + 1] = "";
    if (!raw)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    if (item->raw)
        mg_utf8_printable(item->raw, raw, RAW_MAX + 1);
    if (detail)
        mg_utf8_printable(detail, line, sizeof line);
    return mg_db_query(store, NULL, err,
                       "INSERT INTO dead_entries (stream, entry_id, reason, detail, raw, at) "
                       "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (stream, entry_id) DO NOTHING",
                       MG_P(mg_p_text(item->stream), mg_p_text(item->entry_id),
                            mg_p_text(mg_err_id(reason)), mg_p_text(line), mg_p_text(raw),
                            mg_p_int(store->now_ms)));
}

static mg_err any_erased(mg_store *store, bool *ret, mg_errinfo *err)
{
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result =
        mg_db_query(store, &rows, err, "SELECT EXISTS (SELECT 1 FROM erased_users)", NULL, 0);
    if (result == MG_OK)
        *ret = mg_rows_bool(&rows, 0, 0);
    return result;
}

static mg_err is_erased(mg_store *store, const char *user_id, bool *ret, mg_errinfo *err)
{
    char hmac[65];
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result = mg_user_hmac(store, user_id, hmac, err);
    if (result == MG_OK)
        result = mg_db_query(store, &rows, err, "SELECT 1 FROM erased_users WHERE hmac = $1",
                             MG_P(mg_p_text(hmac)));
    *ret = result == MG_OK && rows.count > 0;
    return result;
}

static mg_err insert_job(mg_store *store, const mg_job_spec *s, bool *ret_new, mg_errinfo *err)
{
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result = mg_db_query(
        store, &rows, err,
        "INSERT INTO jobs (job_id, user_id, audio_key, reference_key, filename, profile, sha256, "
        "traceparent, priority, size_bytes, run_at, expires_at, announced_at, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) "
        "ON CONFLICT (job_id) DO NOTHING",
        MG_P(mg_p_uuid(s->job_id), mg_p_text(s->user_id), mg_p_text(s->audio_key),
             mg_p_text(s->reference_key), mg_p_text(s->filename), mg_p_text(s->profile),
             mg_p_text(s->sha256), mg_p_text(s->traceparent), mg_p_int(s->priority),
             mg_p_int_unless(s->size, -1), mg_p_int(s->run_at_ms ? s->run_at_ms : store->now_ms),
             mg_p_int_unless(s->expires_at_ms, 0), mg_p_int_unless(s->time_ms, 0),
             mg_p_int(store->now_ms)));
    if (result == MG_OK)
        *ret_new = rows.changes > 0;
    return result;
}

/* The job is known: the same once more, or another one under its id? */
static mg_err meet_known(mg_store *store, mg_intake_item *item, mg_errinfo *err)
{
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result = mg_db_query(store, &rows, err,
                                "SELECT state, user_id, audio_key FROM jobs WHERE job_id = $1",
                                MG_P(mg_p_uuid(item->spec->job_id)));
    if (result != MG_OK)
        return result;
    if (rows.count == 0)
        return mg_fail(err, MG_E_BUSY, 0, "the job is being deleted");
    mg_job_state_from_name(mg_rows_text(&rows, 0, 0), &item->state);
    if (strcmp(mg_rows_text(&rows, 0, 1), item->spec->user_id) == 0 &&
        strcmp(mg_rows_text(&rows, 0, 2), item->spec->audio_key) == 0) {
        item->outcome = MG_INTAKE_REPEAT;
        return MG_OK;
    }
    item->outcome = MG_INTAKE_CONFLICT;
    return put_dead_entry(store, item, MG_E_BAD_MESSAGE,
                          "job_id is in use for another user_id or audio_key", err);
}

static mg_err accept(mg_store *store, mg_intake_item *item, bool look_for_erased, mg_errinfo *err)
{
    if (!item->spec)
        return put_dead_entry(store, item, item->reason, item->detail, err);
    bool erased = false, new_job = false;
    mg_err result = MG_OK;
    if (look_for_erased)
        result = is_erased(store, item->spec->user_id, &erased, err);
    if (result == MG_OK && erased) {
        item->outcome = MG_INTAKE_ERASED;
        item->state = MG_JOB_DEAD;
        return put_dead_entry(store, item, MG_E_USER_ERASED, NULL, err);
    }
    if (result == MG_OK)
        result = insert_job(store, item->spec, &new_job, err);
    if (result == MG_OK && !new_job)
        return meet_known(store, item, err);
    item->outcome = MG_INTAKE_NEW;
    item->state = MG_JOB_QUEUED;
    return result;
}

/* The object lives as long as the new job does. One that is deleted, or being deleted, stays so:
 * the job is accepted all the same and will end as audio_missing, which tells its user why. */
static mg_err put_object(mg_store *store, const object_ref *object, mg_errinfo *err)
{
    return mg_db_query(store, NULL, err,
                       "INSERT INTO audio_objects (key, user_id, bytes, uploaded_at) "
                       "VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO UPDATE "
                       "SET delete_after = NULL WHERE audio_objects.state = 'present'",
                       MG_P(mg_p_text(object->key), mg_p_text(object->user_id),
                            mg_p_int_unless(object->bytes, -1), mg_p_int(store->now_ms)));
}

static mg_err intake_body(mg_store *store, void *context, mg_errinfo *err)
{
    intake_call *call = context;
    bool look_for_erased = false;
    size_t objects = 0;
    mg_err result = any_erased(store, &look_for_erased, err);
    for (size_t i = 0; i < call->count && result == MG_OK; i++) {
        mg_intake_item *item = call->order[i];
        result = accept(store, item, look_for_erased, err);
        if (result != MG_OK || !item->spec || item->outcome != MG_INTAKE_NEW)
            continue;
        const mg_job_spec *s = item->spec;
        call->objects[objects++] = (object_ref){s->audio_key, s->user_id, s->size};
        if (s->reference_key[0])
            call->objects[objects++] = (object_ref){s->reference_key, s->user_id, -1};
    }
    qsort(call->objects, objects, sizeof *call->objects, by_key);
    for (size_t i = 0; i < objects && result == MG_OK; i++)
        result = put_object(store, &call->objects[i], err);
    return result;
}

mg_err mg_store_intake(mg_store *store, mg_intake_item *items, size_t count, mg_errinfo *err)
{
    if (count == 0)
        return MG_OK;
    char id[MG_UUID_SIZE];
    for (size_t i = 0; i < count; i++) {
        if (items[i].spec &&
            (!mg_uuid_parse(items[i].spec->job_id, id) || strcmp(id, items[i].spec->job_id) != 0))
            return mg_fail(err, MG_E_BAD_MESSAGE, 0, "a job id is not a UUID in lower case");
    }
    mg_autofree mg_intake_item **order = calloc(count, sizeof *order);
    mg_autofree object_ref *objects = calloc(2 * count, sizeof *objects);
    if (!order || !objects)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    for (size_t i = 0; i < count; i++)
        order[i] = &items[i];
    qsort(order, count, sizeof *order, by_job);
    intake_call call = {.items = items, .count = count, .order = order, .objects = objects};
    /* Repeatable: a second run would find its own rows and call them repeats, which is harmless. */
    return mg_store_tx(store, MG_TX_WRITE, true, intake_body, &call, err);
}
