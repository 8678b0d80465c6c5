/* Narrow resonances: places where the spectrum is lifted by a bell that never moves.
 *
 * A resonance lifts all that passes, notes, drums, noise and reverb alike; a note lifts the
 * spectrum only while it sounds, with its harmonics, and is narrower. So every frame is looked at:
 * how far each cell of 1/24 octave stands over its surroundings (4 to 14 cells to both sides), as
 * geometric means of the bins, which lines of single notes hardly raise. These excesses are counted
 * in a histogram for each cell; their quantiles over time, along frequency, are the curves in which
 * a bell is looked for (dsp/spectrum/resonance_features.h), and a fitted model tells how likely
 * each candidate is a resonance.
 *
 * Two transforms are used: one with long windows for 71 to 535 Hz, one with short ones from 250 Hz
 * up, of which every third frame is looked at. Memory is fixed. Not thread-safe.
 */
#ifndef MG_DSP_SPECTRUM_RESONANCE_H
#define MG_DSP_SPECTRUM_RESONANCE_H

#include "base/error.h"
#include "dsp/measures.h"
#include "dsp/spectrum/band_powers.h"
#include "dsp/spectrum/resonance_features.h"

#include <stddef.h>

typedef struct mg_resonance_search mg_resonance_search;

/* One of the two transforms: 0 long windows, 1 short. */
typedef struct mg_resonance_input {
    double bin_hz, high_hz; /* above high_hz its bins mean nothing */
    unsigned hop;
} mg_resonance_input;

mg_resonance_input mg_resonance_input_for(const mg_transform_shape *shape,
                                          unsigned sample_rate_hz);
mg_err mg_resonance_new(mg_resonance_search **ret, const mg_resonance_input input[2]);
void mg_resonance_free(mg_resonance_search *search);
/** A frame of input 0 or 1: the energy of its bins, one-sided, both channels added. */
void mg_resonance_push(mg_resonance_search *search, unsigned input, const float *energy);
/** The curves over time of all that was pushed. */
void mg_resonance_curves(const mg_resonance_search *search, mg_resonance_curve ret[2]);
/** @param ret  MG_RESONANCES_MAX entries, largest level first   @return how many */
unsigned mg_resonance_finish(const mg_resonance_search *search, mg_resonance *ret);

#endif
