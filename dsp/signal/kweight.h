/* The K-weighting filter of ITU-R BS.1770-5 at any sampling rate.
 *
 * The recommendation lists coefficients for 48 kHz only; these are the analogue prototypes behind
 * them (a shelf of +4 dB above 1.68 kHz and a high-pass at 38 Hz), bilinear-transformed with
 * pre-warping, which gives the table's values at 48 kHz to 12 digits.
 */
#ifndef MG_DSP_SIGNAL_KWEIGHT_H
#define MG_DSP_SIGNAL_KWEIGHT_H

#include "dsp/kernels/kernels.h"

/* Shelf, then high-pass. */
typedef struct mg_kweight_taps {
    double b0, b1, b2, a1, a2; /* shelf */
    double c1, c2;             /* feedback of the high-pass, whose numerator is 1, -2, 1 */
} mg_kweight_taps;

mg_kweight_taps mg_kweight_design(unsigned sample_rate_hz);
/* The same filter as the kernels run it. */
mg_kweight_ahead mg_kweight_look_ahead(const mg_kweight_taps *taps);

#endif
