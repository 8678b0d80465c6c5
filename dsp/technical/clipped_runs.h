/* Clipped runs: totals of all, and the longest ones in bounded memory. Plain structs of zeroes to
 * begin with; not thread-safe. */
#ifndef MG_DSP_TECHNICAL_CLIPPED_RUNS_H
#define MG_DSP_TECHNICAL_CLIPPED_RUNS_H

#include "dsp/measures.h"

enum { MG_RUN_SETS_MAX = 4 };

typedef struct mg_run_set {
    uint64_t samples, runs;
    uint64_t cornered; /* samples in runs with a corner; counted by the caller, as those */
    uint64_t square;   /* that the wave jumps to and from */
    unsigned n;
    mg_clipped_run longest[MG_CLIPPED_RUNS_MAX]; /* heap: the root is the first to go */
} mg_run_set;

void mg_run_set_add(mg_run_set *set, const mg_clipped_run *run);
/** Adds the totals of at most MG_RUN_SETS_MAX sets to clipped_samples and clipped_runs_total, and
 *  lists their longest runs in the result: longest first, ties by time, then by channel. */
void mg_run_sets_list(const mg_run_set *const *sets, size_t count, mg_technical_result *result);

#endif
