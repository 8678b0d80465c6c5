/* Which of the related tempi is the beat: half, double, two thirds, ... of a pulse whose exact
 * frequency is known.
 *
 * Every candidate is described by how strongly the kick, the middle, the snare and the hats repeat
 * after simple fractions and multiples of its beat, by how much of their energy lies at simple
 * multiples of its frequency, by how kick and snare alternate, and by where its tempo lies; a small
 * network (dsp/tempo/choice.h) gives each a score, and the softmax of the scores are the weights.
 * Learnt by bench/learn/train_tempo.py from rendered tracks and real music
 * (dsp/tempo/tempo_octave_model.h). */
#ifndef MG_DSP_TEMPO_TEMPO_OCTAVE_H
#define MG_DSP_TEMPO_TEMPO_OCTAVE_H

#include "dsp/measures.h"
#include "dsp/tempo/tempogram.h"

enum { MG_OCTAVE_FEATURES = 97, MG_OCTAVE_CANDIDATES_MAX = 24 };

typedef struct mg_octave_candidate {
    double hz;     /* beats per second */
    double weight; /* probability; all weights add up to 1 */
} mg_octave_candidate;

/** What the model sees of a candidate. */
void mg_octave_features(const mg_tempogram *t, double beat_hz, double ret[MG_OCTAVE_FEATURES]);

/** The tempi related to the pulses, weighed, best first.
 *  @param pulse_hz           `pulses` frequencies, from dsp/tempo/tempo_pulse.h
 *  @param low_bpm, high_bpm  the profile's range, 0: none. Candidates inside it are preferred
 *                            where the rhythm leaves half or double open, hardly otherwise.
 *  @return number of candidates, 1..MG_OCTAVE_CANDIDATES_MAX */
unsigned mg_octave_weigh(const mg_tempogram *t, const double *pulse_hz, unsigned pulses,
                         double low_bpm, double high_bpm,
                         mg_octave_candidate ret[MG_OCTAVE_CANDIDATES_MAX]);

#endif
