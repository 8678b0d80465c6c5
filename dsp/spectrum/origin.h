/* What the end of the spectrum says about where the audio came from: a lossy codec, or a lower
 * sampling rate.
 *
 * A codec leaves a wall at its low-pass, often at a frequency of its own, and bands below it that
 * are switched off and on again from frame to frame. A logistic model, fitted by
 * bench/learn/train_lossy.py, weighs these. Raising the sampling rate leaves a wall at half of the lower
 * rate and nothing above it. Pure functions.
 */
#ifndef MG_DSP_SPECTRUM_ORIGIN_H
#define MG_DSP_SPECTRUM_ORIGIN_H

#include "dsp/spectrum/cutoff.h"

enum { MG_LOSSY_FEATURES = 7 };

/** By index: 1 (bias); how far the level falls at the edge beyond the slope before it, in tens of
 *  dB to 4.5, if the edge lies in 14.9..20.6 kHz; edge to 19.8 kHz; edge from 19.8 kHz; edge where
 *  a known encoder cuts; share of frames that are empty just below the edge, less that 3 kHz further
 *  down; flicker just below the edge (or 18 kHz) over that 4 kHz further down, dB. */
void mg_lossy_features(const mg_cell_levels *levels, double ret[MG_LOSSY_FEATURES]);
/** That the audio once was lossy, if one in five files is: 0.02..0.97; above_band_limit below
 *  44.1 kHz. */
mg_value mg_lossy_probability(const mg_cell_levels *levels);
/** That the audio once was an MP3, by mg_mp3_trace.contrast: 0..0.97. */
double mg_mp3_probability(double contrast);

typedef struct mg_upsampled {
    mg_value from_hz;     /* not_applicable: not upsampled */
    mg_value confidence;
} mg_upsampled;

mg_upsampled mg_find_upsampled(const mg_cell_levels *levels);

#endif
