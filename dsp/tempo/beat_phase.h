/* Where in the pulse the beat falls, and where in four beats the bar begins, for a tempo that is
 * known: the onset history is folded over four beats, and a small network weighs the places
 * where the folded onsets peak. This is the half-beat test (kick against off-beat bass and hats)
 * and the choice of the downbeat. Coefficients: bench/learn/train_tempo.py
 * (dsp/tempo/beat_phase_model.h). */
#ifndef MG_DSP_TEMPO_BEAT_PHASE_H
#define MG_DSP_TEMPO_BEAT_PHASE_H

#include "dsp/tempo/odf.h"

#include <stdbool.h>

enum {
    MG_PHASE_SLOTS = 48, /* per beat */
    MG_PHASE_BEATS = 4,
    MG_PHASE_FEATURES = 72,
    MG_PHASE_CANDIDATES_MAX = 12,
    MG_BAR_FEATURES = 28,
};

typedef struct mg_beat_profile {
    double beat_hz;
    /* Mean of the history in each slot, over the mean of the row; slot 0 is t = 0. */
    double row[MG_ODF_ROWS][MG_PHASE_BEATS * MG_PHASE_SLOTS];
} mg_beat_profile;

typedef struct mg_phase_candidate {
    double phase_s; /* 0 <= phase < beat: a beat falls here, within a slot */
    double weight;  /* adds up to 1 */
} mg_phase_candidate;

/** Folds the conditioned history (its attack row counts the sharp ones only). */
void mg_beat_profile_fold(mg_beat_profile *profile, const mg_odf *odf, double beat_hz);

void mg_phase_features(const mg_beat_profile *p, unsigned slot, double ret[MG_PHASE_FEATURES]);
/** The places where a beat may fall, best first. @return their number, at least 1 */
unsigned mg_phase_weigh(const mg_beat_profile *p, mg_phase_candidate ret[MG_PHASE_CANDIDATES_MAX]);

/** What speaks for beat `beat` (0..3) after slot `slot` as the first of a bar. */
void mg_bar_features(const mg_beat_profile *p, unsigned slot, unsigned beat,
                     double ret[MG_BAR_FEATURES]);
/** Weights of the four beats from phase_s on as the first of a bar; they add up to 1. */
void mg_bar_weigh(const mg_beat_profile *p, double phase_s, double ret[MG_PHASE_BEATS]);

#endif
