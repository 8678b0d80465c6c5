/* True peak after ITU-R BS.1770-5 annex 2, with less error than its example filter.
 *
 * The signal is interpolated four times at every sampling rate (32 taps per phase, linear phase,
 * pass band within 0.03 dB to 0.45 fs; phase 0 is the samples themselves), with silence before the
 * first and after the last frame. At crests within 0.69 dB of the largest value a parabola through
 * three points stands in for more oversampling. A steady sine up to 0.45 fs is read within 0.1 dB
 * in any phase; a burst with energy above 0.45 fs may read up to 0.7 dB low.
 *
 * The search skips cells of 16 frames that cannot hold the maximum. Between two samples the
 * interpolated value exceeds the larger of them by at most G times the largest second difference
 * in the filter's reach, G being the 1-norm of the filter's remainder over the straight line; a
 * parabola adds at most an eighth of its bow, which is bounded in the same way. So what is skipped
 * is proved to be smaller, and the result is that of a full search.
 *
 * One object per stream; not thread-safe.
 */
#ifndef MG_DSP_LEVELS_TRUE_PEAK_H
#define MG_DSP_LEVELS_TRUE_PEAK_H

#include "base/error.h"
#include "dsp/signal/scan.h"

typedef struct mg_true_peak mg_true_peak;

/** @return MG_OK; MG_E_NOMEM */
mg_err mg_true_peak_new(mg_true_peak **ret, const mg_stream_info *info, const mg_kernels *kernels);
void mg_true_peak_free(mg_true_peak *peak);
/** Feed the next block with its scan. @return MG_OK; MG_E_NOMEM when the history cannot grow */
mg_err mg_true_peak_push(mg_true_peak *peak, const mg_block *block, const mg_scan *scan);

/* Steps of 100 ms with a peak, complete only after the last push. */
size_t mg_true_peak_steps(const mg_true_peak *peak);
/* Largest true peak of all channels in a step, linear. A cell counts to the step it begins in. */
float mg_true_peak_step(const mg_true_peak *peak, size_t step);

/** Fill the peak fields of *result (true and sample peaks, positions, inter_sample_overs). */
mg_err mg_true_peak_finish(mg_true_peak *peak, mg_loudness_result *result);

#endif
