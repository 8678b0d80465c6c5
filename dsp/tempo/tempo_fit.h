/* The exact frequency of a pulse, and how well the onsets keep to it along the file.
 *
 * The onset history is multiplied by e^(-j 2 pi h f0 t) and summed over windows of half a second,
 * for the pulse, its double, threefold and fourfold (h = 1 .. 4, so that 2/3 and 3/4 of a beat find
 * it as well). From these sums the spectrum F(f) of the history near f0, over any stretch, follows
 * for any f without touching the history again, so the peak of sum |F(h f)|^2 can be searched far
 * below the resolution of one window: a zoom search over the whole track, with a parabola through
 * the peak. */
#ifndef MG_DSP_TEMPO_TEMPO_FIT_H
#define MG_DSP_TEMPO_TEMPO_FIT_H

#include "dsp/tempo/odf.h"

#include <complex.h>
#include <stdbool.h>
#include <stdint.h>

enum { MG_FIT_HARMONICS = 4 }; /* 1 .. 4 times the pulse */

typedef struct mg_tempo_fit {
    double pulse_hz; /* f0 */
    double window_s; /* exact length of a window */
    size_t windows;
    double complex *sum[MG_FIT_HARMONICS]; /* per window; time counts from t = 0; owned */
    double *weight;                        /* per window: sum of the history; owned */
} mg_tempo_fit;

/** @param odf       conditioned
 *  @param pulse_hz  f0, 0.3..10
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_tempo_fit_init(mg_tempo_fit *fit, const mg_odf *odf, double pulse_hz);
void mg_tempo_fit_done(mg_tempo_fit *fit);

/** |F|^2 at (f0 + offset_hz) times (harmonic + 1) over windows [from, to). */
double mg_tempo_fit_power(const mg_tempo_fit *fit, unsigned harmonic, double offset_hz, size_t from,
                          size_t to);

/** The pulse frequency within f0 (1 +- share) that fits windows [from, to) best. */
double mg_tempo_fit_best(const mg_tempo_fit *fit, double share, size_t from, size_t to);

#endif
