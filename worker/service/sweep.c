#include "worker/service/sweep.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "queue/message.h"
#include "worker/service/sweep_plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLOCK_TOLERANCE_MS = 5 * 60 * 1000, BRAKE_OBJECTS = 100, BRAKE_SHARE = 5 };

typedef struct sweep {
    const mg_sweep_options *options;
    mg_sweep_result *result;
    mg_sweep_plan plan;
} sweep;

static void report(sweep *s, mg_sweep_step step, const mg_sweep_item *item)
{
    if (s->options->report)
        s->options->report(s->options->context, step, item);
}

/* ---- guards -------------------------------------------------------------------------------- */

static mg_err check_clock(sweep *s, int64_t *ret_now_ms, mg_errinfo *err)
{
    mg_err code = mg_store_now(s->options->store, ret_now_ms, err);
    if (code != MG_OK)
        return code;
    int64_t apart_ms = llabs(*ret_now_ms - mg_wall_ms());
    if (apart_ms > CLOCK_TOLERANCE_MS)
        return mg_fail(err, MG_E_REFUSED, 0,
                       "the clocks of this host and of the database are %" PRId64
                       " s apart; nothing was deleted",
                       apart_ms / 1000);
    return MG_OK;
}

static mg_err check_brake(sweep *s, mg_errinfo *err)
{
    int64_t planned = s->result->planned, all = s->plan.present;
    bool much = planned > BRAKE_OBJECTS && planned * BRAKE_SHARE > all;
    s->result->needs_confirm = much && planned > s->options->confirm;
    if (!s->result->needs_confirm || s->options->dry_run)
        return MG_OK;
    return mg_fail(err, MG_E_REFUSED, 0,
                   "%" PRId64 " of %" PRId64 " objects would go in one run; if that is right, "
                   "repeat with --confirm %" PRId64,
                   planned, all, planned);
}

/* A file without a row may be one whose announcement nobody has read yet. */
static void check_queue(sweep *s)
{
    if (!s->options->stream)
        return;
    bool drained = false;
    mg_errinfo why = {0};
    mg_err code = mg_stream_is_drained(s->options->stream, &drained, &why);
    if (code == MG_OK && drained)
        return;
    s->result->orphans_skipped = true;
    if (code == MG_OK)
        snprintf(s->result->orphans_why, sizeof s->result->orphans_why, "the queue is not empty");
    else
        snprintf(s->result->orphans_why, sizeof s->result->orphans_why, "%.150s",
                 mg_errinfo_text(&why, code));
}

/* ---- one object ---------------------------------------------------------------------------- */

static mg_err begin(sweep *s, const mg_sweep_planned *planned, mg_errinfo *err)
{
    mg_store *store = s->options->store;
    if (planned->kind == MG_SWEEP_PARTIAL)
        return MG_OK; /* no row, no job */
    if (planned->begun)
        return MG_OK;
    if (planned->kind == MG_SWEEP_RETENTION)
        return mg_store_sweep_begin(store, planned->key, err);
    char user_id[MG_USER_ID_MAX + 1];
    if (!mg_audio_key_parse(planned->key, user_id))
        return MG_E_REFUSED;
    mg_errinfo why = {0};
    mg_err code = mg_store_sweep_orphan(store, planned->key, user_id, planned->bytes, &why);
    bool known = true;
    /* Refused although no live row is there: its tombstone is, and the file came back (a restored
     * backup). */
    if (code == MG_E_REFUSED && mg_store_audio_known(store, planned->key, &known, NULL) == MG_OK &&
        !known)
        return MG_OK;
    return code == MG_OK ? MG_OK : mg_fail(err, code, 0, "%s", mg_errinfo_text(&why, code));
}

static mg_err finish(sweep *s, const mg_sweep_planned *planned, bool missing, mg_errinfo *err)
{
    if (planned->kind == MG_SWEEP_PARTIAL)
        return MG_OK;
    const char *reason = planned->kind == MG_SWEEP_ORPHAN ? "orphan"
                         : missing                        ? "missing"
                                                          : "retention";
    return mg_store_sweep_done(s->options->store, planned->key, reason, planned->bytes,
                               s->result->run_id, err);
}

/* @return MG_OK also when this one could not be deleted; an error when the run cannot go on */
static mg_err remove_one(sweep *s, const mg_sweep_planned *planned, mg_errinfo *err)
{
    mg_sweep_item item = {planned->kind, planned->key, planned->bytes, false, ""};
    mg_err code = begin(s, planned, err);
    if (code == MG_E_REFUSED) {
        if (err)
            *err = (mg_errinfo){0};
        s->result->kept++;
        report(s, MG_SWEEP_KEPT, &item);
        return MG_OK;
    }
    if (code != MG_OK)
        return code;
    report(s, MG_SWEEP_INTENT, &item);
    mg_errinfo why = {0};
    bool was_there = false;
    code = mg_audio_store_delete(s->options->audio, planned->key, &was_there, &why);
    if (code != MG_OK) {
        item.why = mg_errinfo_text(&why, code);
        s->result->failed++;
        report(s, MG_SWEEP_FAILED, &item);
        return MG_OK;
    }
    /* Gone, but its intent stood already: an earlier run deleted it and died. */
    item.missing = !was_there && !planned->begun;
    report(s, MG_SWEEP_REMOVED, &item);
    code = finish(s, planned, item.missing, err);
    if (code != MG_OK)
        return code;
    s->result->missing += item.missing;
    s->result->deleted += !item.missing;
    s->result->bytes += was_there && planned->bytes > 0 ? planned->bytes : 0;
    report(s, MG_SWEEP_DONE, &item);
    return MG_OK;
}

/* ---- the run ------------------------------------------------------------------------------- */

static mg_err make_plan(sweep *s, int64_t now_ms, mg_errinfo *err)
{
    check_queue(s);
    mg_err code = mg_sweep_plan_make(&s->plan, s->options->store, s->options->audio, now_ms,
                                     !s->result->orphans_skipped, err);
    s->result->planned = (int64_t)s->plan.count;
    s->result->orphans = s->plan.orphans;
    s->result->partials = s->plan.partials;
    s->result->foreign = s->plan.foreign;
    for (size_t i = 0; code == MG_OK && i < s->plan.count; i++) {
        const mg_sweep_planned *planned = &s->plan.items[i];
        mg_sweep_item item = {planned->kind, planned->key, planned->bytes, false, ""};
        report(s, MG_SWEEP_PLANNED, &item);
    }
    return code == MG_OK ? check_brake(s, err) : code;
}

static mg_err remove_all(sweep *s, int64_t now_ms, mg_errinfo *err)
{
    for (size_t i = 0; i < s->plan.count; i++) {
        mg_err code = remove_one(s, &s->plan.items[i], err);
        if (code != MG_OK)
            return code;
    }
    mg_errinfo ignored = {0};
    mg_audio_store_prune(s->options->audio, now_ms - MG_SWEEP_ORPHAN_AGE_MS,
                         &s->result->directories, &ignored);
    if (s->result->failed > 0)
        return mg_fail(err, MG_E_STORAGE, 0, "%" PRId64 " objects could not be deleted",
                       s->result->failed);
    return MG_OK;
}

mg_err mg_sweep_run(const mg_sweep_options *options, mg_sweep_result *ret, mg_errinfo *err)
{
    *ret = (mg_sweep_result){0};
    sweep s = {.options = options, .result = ret};
    int64_t now_ms = 0;
    if (!mg_uuid_v7(ret->run_id))
        return mg_fail(err, MG_E_INTERNAL, 0, "no random numbers");
    mg_err code = check_clock(&s, &now_ms, err);
    if (code == MG_OK && !options->dry_run)
        code = mg_store_sweep_lock(options->store, err);
    if (code != MG_OK)
        return code;
    code = make_plan(&s, now_ms, err);
    if (code == MG_OK && !options->dry_run)
        code = remove_all(&s, now_ms, err);
    if (!options->dry_run)
        mg_store_sweep_unlock(options->store, NULL);
    mg_sweep_plan_done(&s.plan);
    return code;
}
