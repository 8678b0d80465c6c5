#include "worker/service/sweep_plan.h"

#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 128 };

typedef struct planner {
    mg_sweep_plan *plan;
    mg_store *store;
    int64_t old_ms; /* what changed before may be an orphan */
    bool with_orphans;
    int64_t files;
} planner;

static mg_err add(mg_sweep_plan *plan, mg_sweep_kind kind, const char *key, int64_t bytes,
                  bool begun)
{
    if (plan->count == plan->room) {
        size_t room = plan->room ? plan->room * 2 : 64;
        mg_sweep_planned *items = realloc(plan->items, room * sizeof *items);
        if (!items)
            return MG_E_NOMEM;
        plan->items = items;
        plan->room = room;
    }
    char *copy = strdup(key);
    if (!copy)
        return MG_E_NOMEM;
    plan->items[plan->count++] = (mg_sweep_planned){kind, copy, bytes, begun};
    return MG_OK;
}

/* The intent of an earlier run on a file that the ledger did not know: its row was made by that run
 * and is due at the moment of its making (mg_store_sweep_orphan). */
static bool begun_as_orphan(const mg_audio_object *object)
{
    return strcmp(object->state, "deleting") == 0 &&
           object->delete_after_ms == object->uploaded_at_ms;
}

static mg_err add_due(mg_sweep_plan *plan, const mg_audio_object *object)
{
    bool orphan = begun_as_orphan(object);
    mg_err code = add(plan, orphan ? MG_SWEEP_ORPHAN : MG_SWEEP_RETENTION, object->key,
                      object->bytes, strcmp(object->state, "deleting") == 0);
    plan->orphans += code == MG_OK && orphan;
    return code;
}

static mg_err plan_due(planner *p, mg_errinfo *err)
{
    mg_autofree mg_audio_object *page = malloc(PAGE * sizeof *page);
    if (!page)
        return MG_E_NOMEM;
    char after[MG_AUDIO_KEY_MAX + 1] = "";
    for (;;) {
        size_t count = 0;
        mg_err code = mg_store_sweep_due(p->store, after, PAGE, page, &count, err);
        for (size_t i = 0; code == MG_OK && i < count; i++)
            code = add_due(p->plan, &page[i]);
        if (code != MG_OK || count < PAGE)
            return code;
        memcpy(after, page[count - 1].key, sizeof after);
    }
}

static mg_err visit(void *context, const mg_audio_file *file, mg_errinfo *err)
{
    planner *p = context;
    p->files += !file->partial;
    if (file->modified_ms > p->old_ms)
        return MG_OK;
    if (file->partial) {
        mg_err code = add(p->plan, MG_SWEEP_PARTIAL, file->key, file->bytes, false);
        p->plan->partials += code == MG_OK;
        return code;
    }
    if (!p->with_orphans)
        return MG_OK;
    bool known = true;
    mg_err code = mg_store_audio_known(p->store, file->key, &known, err);
    if (code != MG_OK || known)
        return code;
    code = add(p->plan, MG_SWEEP_ORPHAN, file->key, file->bytes, false);
    p->plan->orphans += code == MG_OK;
    return code;
}

mg_err mg_sweep_plan_make(mg_sweep_plan *ret, mg_store *store, mg_audio_store *audio,
                          int64_t now_ms, bool with_orphans, mg_errinfo *err)
{
    planner p = {.plan = ret,
                 .store = store,
                 .old_ms = now_ms - MG_SWEEP_ORPHAN_AGE_MS,
                 .with_orphans = with_orphans};
    *ret = (mg_sweep_plan){0};
    mg_queue_counts counts = {0};
    mg_err code = mg_store_counts(store, &counts, err);
    if (code == MG_OK)
        code = plan_due(&p, err);
    if (code == MG_OK)
        code = mg_audio_store_list(audio, visit, &p, &ret->foreign, err);
    ret->present = counts.audio_present > p.files ? counts.audio_present : p.files;
    if (code == MG_E_NOMEM)
        mg_fail(err, code, 0, "%s", mg_err_sentence(code));
    return code;
}

void mg_sweep_plan_done(mg_sweep_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        free(plan->items[i].key);
    free(plan->items);
    *plan = (mg_sweep_plan){0};
}
