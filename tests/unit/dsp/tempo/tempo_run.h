/* Feeding the tempo stage from interleaved samples. */
#ifndef MG_TESTS_TEMPO_RUN_H
#define MG_TESTS_TEMPO_RUN_H

#include "dsp/tempo/tempo.h"
#include "synth.h"

/* Pushes block `index` of x (interleaved stereo); false behind the end, once
 * what was left in the streams is pushed. */
bool tempo_push_block(mg_tempo *tempo, mg_mono *streams, const float *x, size_t frames,
                      size_t index);

/* Whole analysis of x; fails the test on any error. Free with tempo_result_done(). */
mg_tempo_result tempo_of(const float *x, size_t frames, unsigned rate_hz, double low_bpm,
                         double high_bpm);
mg_tempo_result tempo_of_track(const synth_track *track);
void tempo_result_done(mg_tempo_result *result);

/* |bpm - truth| after the best of 1, 2, 3, 1/2, 1/3. */
double bpm_error(double bpm, double truth);

/* Distance of a time to the nearest beat of a constant track. */
double beat_error_s(const synth_track *track, double time_s);

#endif
