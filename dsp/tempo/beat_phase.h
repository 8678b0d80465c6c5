/* Where in the pulse the beat falls, and where in four beats the bar begins, for a tempo that is
 * known. The onset history is folded over four beats; each place where the folded onsets peak may
 * be a beat, and each of the four beats from there the first of a bar: a small network weighs them
 * all by what the bar would look like (kick, snare, hats, attacks on its sixteenths and triplets,
 * what falls there, and where the music changes). This is the half-beat test (kick and snare
 * against off-beat bass and hats) and the choice of the downbeat. Coefficients:
 * bench/learn/train_tempo.py (dsp/tempo/beat_phase_model.h). */
#ifndef MG_DSP_TEMPO_BEAT_PHASE_H
#define MG_DSP_TEMPO_BEAT_PHASE_H

#include "dsp/tempo/beat_profile.h"

enum {
    MG_PHASE_STEPS = 16,  /* sixteenths of a bar */
    MG_PHASE_PLACES = 12, /* in a beat that are looked at */
    MG_PHASE_CANDIDATES_MAX = 16,
    MG_PHASE_STARTS = 2 * MG_START_KINDS, /* on a beat, on a bar */
    MG_PHASE_FEATURES = MG_PROFILE_PARTS * MG_ODF_ROWS * (MG_PHASE_STEPS + MG_PHASE_PLACES) +
                        MG_PROFILE_CHANGES * MG_PHASE_BEATS + MG_PHASE_STARTS,
};

typedef struct mg_phase_candidate {
    double phase_s;             /* 0 <= phase < beat: a beat falls here, within a slot */
    double weight;              /* adds up to 1 */
    double bar[MG_PHASE_BEATS]; /* that this beat, the next, ... begins a bar; adds up to 1 */
} mg_phase_candidate;

/** Slots inside the first beat where a beat may fall. @return their number, at least 1 */
unsigned mg_phase_slots(const mg_beat_profile *p, unsigned ret[MG_PHASE_CANDIDATES_MAX]);

/** What speaks for a bar that begins at slot `slot` (0..191). */
void mg_phase_features(const mg_beat_profile *p, unsigned slot, double ret[MG_PHASE_FEATURES]);

/** The places where a beat may fall, best first. @return their number, at least 1 */
unsigned mg_phase_weigh(const mg_beat_profile *p, mg_phase_candidate ret[MG_PHASE_CANDIDATES_MAX]);

#endif
