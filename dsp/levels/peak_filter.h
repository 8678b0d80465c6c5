/* The 4x interpolator of the true-peak meter: 32 taps a phase, fitted by least squares to the
 * ideal fractional delay up to 0.45 fs, each phase scaled to exact gain at 0 Hz. */
#ifndef MG_DSP_LEVELS_PEAK_FILTER_H
#define MG_DSP_LEVELS_PEAK_FILTER_H

#include "dsp/kernels/kernels.h"

typedef struct mg_peak_filter {
    mg_peak_taps taps;
    /* No point between frames n and n + 1 lies over P + bend_gain B, P being the larger of |x[n]|
     * and |x[n+1]| and B the largest second difference in the filter's reach; no parabola through a
     * crest of these points and its neighbours reaches over crest_share P + crest_gain B. */
    float bend_gain, crest_gain, crest_share;
} mg_peak_filter;

mg_peak_filter mg_peak_filter_design(void);
/* The value at x[0] + 3/4 alone; reads x[-15] .. x[16]. */
float mg_peak_filter_third(const mg_peak_taps *taps, const float *x);

#endif
