/* Programme loudness after ITU-R BS.1770-5, EBU R 128, Tech 3341 and Tech 3342.
 *
 * Loudness is -0.691 + 10 log10(sum of G_c z_c), z_c being the mean square of channel c after
 * K-weighting; G is 1, 1.41 for surrounds and 0 for the LFE. Momentary (400 ms) and short-term
 * (3 s) windows move in sub-blocks of 10 ms for their maxima; gating blocks, the loudness range
 * and the histories that other measures gate by move in steps of 100 ms. Windows that the file
 * does not fill are left out, never padded.
 *
 * One object per stream; not thread-safe. The history takes 4 bytes a step.
 */
#ifndef MG_DSP_LEVELS_LOUDNESS_H
#define MG_DSP_LEVELS_LOUDNESS_H

#include "base/error.h"
#include "dsp/block.h"
#include "dsp/kernels/kernels.h"

typedef struct mg_loudness mg_loudness;
struct mg_true_peak;

/** @param kernels  NULL: the best for this CPU
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_loudness_new(mg_loudness **ret, const mg_stream_info *info, const mg_kernels *kernels);
void mg_loudness_free(mg_loudness *loudness);
/** Feed the next block. @return MG_OK; MG_E_NOMEM when the history cannot grow */
mg_err mg_loudness_push(mg_loudness *loudness, const mg_block *block);

/* Complete steps of 100 ms so far. Step k covers frames floor(k fs/10) .. floor((k+1) fs/10)-1. */
size_t mg_loudness_steps(const mg_loudness *loudness);
/* LUFS of the 400 ms (3 s) that end with `step`, counted from 0; -HUGE_VAL when the window is
 * silent, would begin before t = 0, or is not complete yet. */
double mg_loudness_momentary(const mg_loudness *loudness, size_t step);
double mg_loudness_short_term(const mg_loudness *loudness, size_t step);
/* Threshold of the relative gate in LUFS: 10 LU under the mean of the blocks over -70 LUFS, never
 * under -70. Meaningful after the last push; walks the history, so call it once. */
double mg_loudness_relative_gate(const mg_loudness *loudness);
/* Largest mg_loudness_short_term() of the steps so far; -HUGE_VAL when there is none. */
double mg_loudness_short_term_max(const mg_loudness *loudness);

/** Fill all loudness fields of *result but those of mg_true_peak_finish(), which must have run.
 *  @param peak  for the peak-to-loudness ratios; NULL leaves those null
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_loudness_finish(mg_loudness *loudness, const struct mg_true_peak *peak,
                          mg_loudness_result *result);

#endif
