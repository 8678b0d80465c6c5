/* Gated statistics over mean squares of K-weighted windows: what is left of the loudness
 * measures once the windows' energies are known. */
#ifndef MG_DSP_LEVELS_LOUDNESS_GATE_H
#define MG_DSP_LEVELS_LOUDNESS_GATE_H

#include "dsp/value.h"

#include <stddef.h>

/* LUFS of a weighted mean square; -HUGE_VAL for 0. */
double mg_lufs(double mean_square);
/* The weighted mean square of a loudness. */
double mg_lufs_energy(double lufs);

/* Sums of the windows over a threshold. */
typedef struct mg_gate {
    double above; /* mean square that a window must exceed */
    double sum;
    size_t n;
} mg_gate;

static inline void mg_gate_add(mg_gate *gate, double mean_square)
{
    if (mean_square > gate->above) {
        gate->sum += mean_square;
        gate->n++;
    }
}

/** Loudness range of Tech 3342: gates at -70 LUFS and 20 LU under the mean of what passes, then
 *  P95 - P10 with nearest ranks floor((n - 1) p + 0.5).
 *  @param mean_square  n short-term windows; reordered
 *  @return none (silent) when nothing passes */
mg_value mg_loudness_range(float *mean_square, size_t n);

/* The value that would stand at index k if v were sorted; reorders v. k < n. */
float mg_select(float *v, size_t n, size_t k);

#endif
