/* Narrow resonances of the long-term spectrum: peaks of at least 6 dB over the median of the
 * octave around them, present in at least half of the active seconds, with a Q over 10.
 *
 * Notes of held chords look like that too. What tells them apart is company: notes come in
 * harmonics and in chords. So a peak with another one at half, a third, twice or three times its
 * frequency is left out, and so is one that does not stand 4 dB above all but one of the other
 * peaks within an octave and a half. The list is therefore short rather than complete.
 *
 * Spectra are summed to cells of 1/24 octave, 71 Hz to 14 kHz, from two transforms: one with long
 * windows for the low cells, one for the rest. Not thread-safe.
 */
#ifndef MG_DSP_SPECTRUM_RESONANCE_H
#define MG_DSP_SPECTRUM_RESONANCE_H

#include "base/error.h"
#include "dsp/measures.h"

#include <stddef.h>

typedef struct mg_resonance_search mg_resonance_search;

/* One of the two transforms: 0 long windows, 1 short. */
typedef struct mg_resonance_input {
    double bin_hz, scale /* of its energies, to make both alike */;
    size_t bins;
} mg_resonance_input;

/** @param split_hz  where the cells change from input 0 to input 1
 *  @param frames_per_second  of input 1; sets the pace */
mg_err mg_resonance_new(mg_resonance_search **ret, unsigned sample_rate_hz,
                        const mg_resonance_input input[2], double split_hz,
                        double frames_per_second);
void mg_resonance_free(mg_resonance_search *search);
/** A frame of input 0 or 1: the energy of its bins. */
void mg_resonance_push(mg_resonance_search *search, unsigned input, const float *energy);
/** @param low, high  gated long-term sums of the bins of input 0 and 1, any common scale
 *  @param ret  MG_RESONANCES_MAX entries, largest level first   @return how many */
unsigned mg_resonance_finish(const mg_resonance_search *search, const double *low,
                             const double *high, mg_resonance *ret);

#endif
