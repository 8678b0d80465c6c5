/* What a sweep is going to delete, before anything is touched. */
#ifndef MG_WORKER_SERVICE_SWEEP_PLAN_H
#define MG_WORKER_SERVICE_SWEEP_PLAN_H

#include "worker/service/sweep.h"

#include <stddef.h>

#define MG_SWEEP_ORPHAN_AGE_MS (INT64_C(24) * 3600 * 1000)

typedef struct mg_sweep_planned {
    mg_sweep_kind kind;
    char *key;
    int64_t bytes;
    bool begun; /* an earlier run committed the intent */
} mg_sweep_planned;

typedef struct mg_sweep_plan {
    mg_sweep_planned *items;
    size_t count, room;
    int64_t orphans, partials, foreign;
    int64_t present; /* all objects of which the planned ones are a part */
} mg_sweep_plan;

/** Changes nothing. @param with_orphans  false: files without a row are left alone
 *  @return MG_OK; MG_E_NOMEM; MG_E_STORAGE; those of the ledger */
mg_err mg_sweep_plan_make(mg_sweep_plan *ret, mg_store *store, mg_audio_store *audio,
                          int64_t now_ms, bool with_orphans, mg_errinfo *err);
void mg_sweep_plan_done(mg_sweep_plan *plan);

#endif
