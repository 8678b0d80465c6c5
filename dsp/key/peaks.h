/* Spectral peaks of one frame: local maxima that stand out of the mean of their surroundings, at
 * the frequency that a parabola through the logarithmic power gives. One object per frame length;
 * not thread-safe.
 */
#ifndef MG_DSP_KEY_PEAKS_H
#define MG_DSP_KEY_PEAKS_H

#include "base/error.h"

#include <stddef.h>

enum { MG_PEAKS_FRAME_MAX = 4096, MG_PEAKS_MAX = MG_PEAKS_FRAME_MAX / 4 + 1 };

typedef struct mg_peak {
    float hz, power, over_mean;
    float sharp; /* 0..1: how much like a steady sinusoid */
} mg_peak;

typedef struct mg_peaks mg_peaks;

/** @param frame     length, a power of two up to MG_PEAKS_FRAME_MAX
 *  @param half_min  bins on each side that a peak is compared with: at least that many
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_peaks_new(mg_peaks **ret, unsigned frame, unsigned half_min, double rate_hz);
void mg_peaks_free(mg_peaks *peaks);
/** Peaks of the frame at `x` between 28 and 2200 Hz.
 *  @param ret        room for MG_PEAKS_MAX
 *  @param ret_power  mean square of the frame, Hann-weighted
 *  @return their number; 0 in silence (under -120 dB) */
size_t mg_peaks_find(mg_peaks *peaks, const float *x, mg_peak *ret, double *ret_power);

#endif
