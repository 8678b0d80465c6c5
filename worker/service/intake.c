#include "worker/service/intake.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 48, RAW_MAX = 8192 };

typedef struct intake_entry {
    mg_job_spec spec;
    char detail[sizeof((mg_errinfo *)0)->text];
    char *raw; /* of a malformed entry; owned */
} intake_entry;

struct mg_intake {
    mg_crew *crew;
    mg_stream *stream;
    mg_stream_entry entries[BATCH];
    size_t entry_count;
    intake_entry parsed[BATCH];
    mg_intake_item items[BATCH];
    size_t item_count; /* fewer than entries: one that is gone has nothing to commit */
    bool committed;
};

mg_err mg_intake_new(mg_intake **ret, mg_crew *crew, mg_stream *stream)
{
    mg_intake *intake = calloc(1, sizeof *intake);
    if (!intake)
        return MG_E_NOMEM;
    intake->crew = crew;
    intake->stream = stream;
    *ret = intake;
    return MG_OK;
}

static void drop_batch(mg_intake *intake)
{
    for (size_t i = 0; i < BATCH; i++) {
        free(intake->parsed[i].raw);
        intake->parsed[i].raw = NULL;
    }
    intake->entry_count = intake->item_count = 0;
    intake->committed = false;
}

void mg_intake_free(mg_intake *intake)
{
    if (!intake)
        return;
    drop_batch(intake);
    free(intake);
}

bool mg_intake_holds(const mg_intake *intake)
{
    return intake->entry_count > 0;
}

/* ---- reading ------------------------------------------------------------------------------- */

/* "name=value" lines that a person can read and a database can store. */
static char *raw_text(const mg_stream_entry *entry)
{
    mg_buf text = MG_BUF_INIT(RAW_MAX);
    for (size_t i = 0; i < entry->field_count; i++) {
        const mg_field *field = &entry->fields[i];
        char raw[1024], clean[1024];
        snprintf(raw, sizeof raw, "%.*s=%.*s", (int)(field->name_len < 64 ? field->name_len : 64),
                 field->name, (int)(field->value_len < 900 ? field->value_len : 900), field->value);
        mg_utf8_printable(raw, clean, sizeof clean);
        mg_buf_printf(&text, "%s\n", clean);
    }
    if (text.err == MG_E_LIMIT) /* what fitted is enough */
        text.err = MG_OK;
    return mg_buf_steal(&text);
}

static const char *stream_name(mg_priority priority)
{
    return mg_priority_name[priority];
}

static void add_item(mg_intake *intake, const mg_stream_entry *entry)
{
    intake_entry *parsed = &intake->parsed[intake->item_count];
    mg_intake_item *item = &intake->items[intake->item_count++];
    *item = (mg_intake_item){.stream = stream_name(entry->priority), .entry_id = entry->id};
    mg_errinfo err = {0};
    mg_err code = entry->oversized
                      ? mg_fail(&err, MG_E_BAD_MESSAGE, 0, "more than %d bytes or %d fields",
                                MG_MESSAGE_MAX_BYTES, MG_MESSAGE_MAX_FIELDS)
                      : mg_message_parse(entry->fields, entry->field_count, entry->priority,
                                         &parsed->spec, &err);
    if (code == MG_OK) {
        item->spec = &parsed->spec;
        return;
    }
    snprintf(parsed->detail, sizeof parsed->detail, "%s", mg_errinfo_text(&err, code));
    parsed->raw = raw_text(entry);
    item->reason = code;
    item->detail = parsed->detail;
    item->raw = parsed->raw ? parsed->raw : "";
}

static void take_batch(mg_intake *intake, size_t count)
{
    intake->entry_count = count;
    for (size_t i = 0; i < count; i++) {
        if (intake->entries[i].field_count > 0)
            add_item(intake, &intake->entries[i]);
        else
            MG_LOG(intake->crew->log, MG_LOG_WARN, "entry_gone",
                   MG_LOG_STR("stream", stream_name(intake->entries[i].priority)),
                   MG_LOG_STR("entry", intake->entries[i].id));
    }
}

mg_err mg_intake_read(mg_intake *intake, int block_ms, mg_errinfo *err)
{
    size_t count = 0;
    mg_err code = mg_stream_read(intake->stream, block_ms, intake->entries, BATCH, &count, err);
    if (code == MG_OK)
        take_batch(intake, count);
    return code;
}

mg_err mg_intake_reclaim(mg_intake *intake, int64_t min_idle_ms, mg_errinfo *err)
{
    size_t count = 0;
    mg_err code =
        mg_stream_reclaim(intake->stream, min_idle_ms, intake->entries, BATCH, &count, err);
    if (code == MG_OK) {
        take_batch(intake, count);
        if (count > 0)
            MG_LOG(intake->crew->log, MG_LOG_INFO, "intake_reclaimed",
                   MG_LOG_INT("entries", count));
    }
    return code;
}

/* ---- committing ---------------------------------------------------------------------------- */

/* Can the entry itself be what the ledger refused? A full disk, a right that was taken away or an
 * old schema is no fault of an entry, and none may be buried for it. */
static bool blames_entry(mg_err code)
{
    return code == MG_E_INTERNAL || code == MG_E_BAD_MESSAGE || code == MG_E_LIMIT;
}

static void tell_item(mg_intake *intake, const mg_intake_item *item)
{
    mg_log *log = intake->crew->log;
    if (!item->spec) {
        MG_LOG(log, MG_LOG_WARN, "entry_dead", MG_LOG_STR("stream", item->stream),
               MG_LOG_STR("entry", item->entry_id), MG_LOG_STR("reason", mg_err_id(item->reason)),
               MG_LOG_STR("detail", item->detail));
        return;
    }
    const char *id = item->spec->job_id;
    if (item->outcome == MG_INTAKE_NEW || item->outcome == MG_INTAKE_REPEAT) {
        /* A caller who repeats hears the present state once more. */
        MG_LOG(log, MG_LOG_DEBUG, item->outcome == MG_INTAKE_NEW ? "job_accepted" : "job_repeated",
               MG_LOG_STR("job", id), MG_LOG_STR("state", mg_job_state_name(item->state)));
        mg_crew_tell(intake->crew, id, item->spec->user_id, 0, item->state,
                     item->state == MG_JOB_SUCCEEDED ? 100 : 0, "");
        return;
    }
    /* No event: it would reach the one whose job it is. */
    MG_LOG(log, MG_LOG_WARN, "entry_dead", MG_LOG_STR("job", id),
           MG_LOG_STR("entry", item->entry_id),
           MG_LOG_STR("reason", item->outcome == MG_INTAKE_ERASED ? "user_erased" : "bad_message"));
}

/* One entry that the ledger does not take must not keep the others out: each by itself, and what
 * is refused again is recorded as a dead entry. */
static mg_err commit_singly(mg_intake *intake, mg_store *store, mg_errinfo *err)
{
    for (size_t i = 0; i < intake->item_count; i++) {
        mg_intake_item *item = &intake->items[i];
        mg_errinfo why = {0};
        mg_err code = mg_store_intake(store, item, 1, &why);
        if (blames_entry(code) && item->spec) {
            snprintf(intake->parsed[i].detail, sizeof intake->parsed[i].detail, "%s",
                     mg_errinfo_text(&why, code));
            *item = (mg_intake_item){.stream = item->stream,
                                     .entry_id = item->entry_id,
                                     .raw = "",
                                     .reason = MG_E_BAD_MESSAGE,
                                     .detail = intake->parsed[i].detail};
            why = (mg_errinfo){0};
            code = mg_store_intake(store, item, 1, &why);
        }
        if (code != MG_OK)
            return mg_fail(err, code, 0, "%s", mg_errinfo_text(&why, code));
    }
    return MG_OK;
}

mg_err mg_intake_commit(mg_intake *intake, mg_store *store, mg_errinfo *err)
{
    if (intake->committed || intake->item_count == 0) {
        intake->committed = true;
        return MG_OK;
    }
    mg_errinfo why = {0};
    mg_err code = mg_store_intake(store, intake->items, intake->item_count, &why);
    if (blames_entry(code)) {
        why = (mg_errinfo){0};
        code = commit_singly(intake, store, &why);
    }
    if (code != MG_OK) {
        /* Not even as a dead entry: they stay pending in Redis and are tried again later. */
        if (blames_entry(code))
            drop_batch(intake);
        return mg_fail(err, code, 0, "%s", mg_errinfo_text(&why, code));
    }
    for (size_t i = 0; i < intake->item_count; i++)
        tell_item(intake, &intake->items[i]);
    intake->committed = true;
    mg_crew_ring(intake->crew);
    return MG_OK;
}

mg_err mg_intake_ack(mg_intake *intake, mg_errinfo *err)
{
    mg_err code = MG_OK;
    if (intake->committed)
        code = mg_stream_ack(intake->stream, intake->entries, intake->entry_count, err);
    drop_batch(intake);
    return code;
}
