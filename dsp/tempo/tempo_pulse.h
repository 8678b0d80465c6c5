/* The strongest pulses of a file: simple fractions or multiples of the beat, found from the lag
 * functions and made exact over the whole history. */
#ifndef MG_DSP_TEMPO_TEMPO_PULSE_H
#define MG_DSP_TEMPO_TEMPO_PULSE_H

#include "dsp/tempo/tempo_fit.h"
#include "dsp/tempo/tempogram.h"

enum { MG_PULSES_MAX = 2 };

typedef struct mg_pulse {
    double hz;
    double salience; /* 0..1: how well the onsets repeat after 1 .. 4 pulses */
} mg_pulse;

/** The strongest pulse, and the strongest that is no simple ratio of it; hz and salience are set.
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_pulse_find(const mg_tempogram *t, const mg_odf *odf, mg_pulse ret[MG_PULSES_MAX]);

#endif
