/* Where the spectrum ends, and how likely a lossy codec ended it.
 *
 * In cells of 100 Hz the levels of all active frames are counted in a histogram; the 99th
 * percentile shows what the file ever reached at that frequency. The cutoff is the highest cell
 * that stands more than 20 dB over the mean (in dB) of the 500 Hz above it; below 2 kHz such a
 * step is tonal balance and does not count. Fixed memory; not thread-safe.
 */
#ifndef MG_DSP_SPECTRUM_CUTOFF_H
#define MG_DSP_SPECTRUM_CUTOFF_H

#include "base/error.h"
#include "dsp/value.h"

#include <stddef.h>

typedef struct mg_cutoff mg_cutoff;

/** @param bin_hz  spacing of the bins, below 100   @param bins  up to half the sampling rate */
mg_err mg_cutoff_new(mg_cutoff **ret, unsigned sample_rate_hz, double bin_hz, size_t bins);
void mg_cutoff_free(mg_cutoff *cutoff);
/** One frame: energy[k] of each bin, both channels added (mg_stft_frame). Frames below -70 dBFS
 *  do not count.
 *  @param hop  samples that the frame stands for */
void mg_cutoff_push(mg_cutoff *cutoff, const float *energy, unsigned hop);
/** @param ret_hz           in steps of 100 Hz; silent without an active frame, not_applicable when
 *                          the spectrum has no such edge below 0.48 of the sampling rate
 *  @param ret_probability  that the audio once was lossy: a logistic of how deep and how sharp the
 *                          edge is beyond the slope before it and of where it lies; silent, or
 *                          above_band_limit below 44.1 kHz */
void mg_cutoff_finish(const mg_cutoff *cutoff, mg_value *ret_hz, mg_value *ret_probability);

#endif
