/* A course of keys as runs of cells (dsp/key/key_cells.h), and which of its changes to keep. */
#ifndef MG_DSP_KEY_KEY_RUNS_H
#define MG_DSP_KEY_KEY_RUNS_H

#include "base/error.h"
#include "dsp/key/key_features.h"
#include "dsp/measures.h"

enum { MG_KEY_NONE = MG_KEYS };

/* Cells from..to-1 in one key, or in MG_KEY_NONE. */
typedef struct mg_key_run {
    size_t from, to;
    unsigned key;
} mg_key_run;

/* Without holes; neighbours differ. */
typedef struct mg_key_runs {
    mg_key_run at[MG_KEY_SEGMENTS_MAX];
    size_t count;
} mg_key_runs;

/** How much speaks for a change from run a to run b.
 *  @return MG_OK; an error ends what asks */
typedef mg_err mg_key_evidence(void *context, const mg_key_run *a, const mg_key_run *b,
                               double *ret);

/** The next run from i on that has a key; count at the end. */
size_t mg_key_runs_next(const mg_key_runs *runs, size_t i);
/** Joins neighbours in the same key. */
void mg_key_runs_join(mg_key_runs *runs);
/** Takes back the changes from one key to another, none between them or not, for which less than
 *  `least` speaks, the weakest first. The key of the longer side remains; a side is all runs in its
 *  key with nothing but none between them, so that each step leaves one change less.
 *  @return MG_OK; that of `evidence` */
mg_err mg_key_runs_settle(mg_key_runs *runs, double least, mg_key_evidence *evidence,
                          void *context);

#endif
