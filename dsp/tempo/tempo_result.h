/* What the stages of the tempo found, as fields of the result. */
#ifndef MG_DSP_TEMPO_TEMPO_RESULT_H
#define MG_DSP_TEMPO_TEMPO_RESULT_H

#include "dsp/measures.h"
#include "dsp/tempo/beat_phase.h"
#include "dsp/tempo/beats.h"
#include "dsp/tempo/tempo_level.h"

/** A result without a tempo. */
mg_tempo_result mg_tempo_none(mg_why why, double confidence);

/** Candidates and the two confidences.
 *  @param bpm  exact tempo of the first of them */
void mg_tempo_set_level(mg_tempo_result *r, const mg_tempo_level *level, double bpm);

typedef struct mg_tempo_bar {
    mg_value downbeat_index, beats_per_bar, downbeat_confidence;
} mg_tempo_bar;

/** The bar of a phase.
 *  @param first  number of the first beat, counted from the candidate's phase */
mg_tempo_bar mg_tempo_bar_of(const mg_tempogram *t, const mg_phase_candidate *phase,
                             double period_s, long first);
void mg_tempo_set_bar(mg_tempo_result *r, const mg_tempo_bar *bar);

/** Takes the beats over, and their map. @return MG_OK; MG_E_NOMEM */
mg_err mg_tempo_set_beats(mg_tempo_result *r, mg_beats *beats);

/** The grid of the middle tempo of a file whose beats are set: below and above it lie equal times.
 *  @param otherwise_bpm  where the beats are too few for a map */
void mg_tempo_set_middle(mg_tempo_result *r, double otherwise_bpm, double duration_s);

#endif
