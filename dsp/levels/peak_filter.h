/* The 4x interpolator of the true-peak meter: 32 taps a phase, fitted by least squares to the
 * ideal fractional delay up to 0.45 fs, each phase scaled to exact gain at 0 Hz. */
#ifndef MG_DSP_LEVELS_PEAK_FILTER_H
#define MG_DSP_LEVELS_PEAK_FILTER_H

#include "dsp/kernels/kernels.h"

typedef struct mg_peak_filter {
    mg_peak_taps taps;
    float bend_gain; /* |y| <= max(|x[n]|, |x[n+1]|) + bend_gain * max |second difference| */
} mg_peak_filter;

mg_peak_filter mg_peak_filter_design(void);
/* The value at x[0] + 3/4 alone; reads x[-15] .. x[16]. */
float mg_peak_filter_third(const mg_peak_taps *taps, const float *x);

#endif
