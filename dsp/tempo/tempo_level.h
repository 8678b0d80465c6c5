/* The tempi that a file, or a part of one, may have, and whether it has a beat at all. */
#ifndef MG_DSP_TEMPO_TEMPO_LEVEL_H
#define MG_DSP_TEMPO_TEMPO_LEVEL_H

#include "dsp/tempo/tempo_octave.h"

typedef struct mg_tempo_level {
    mg_tempogram *tempogram;                                 /* owned */
    mg_octave_candidate candidate[MG_OCTAVE_CANDIDATES_MAX]; /* best first */
    unsigned count;
    double there; /* confidence that there is a beat */
} mg_tempo_level;

/** @param odf                conditioned
 *  @param rms                of its bands (mg_odf_condition())
 *  @param low_bpm, high_bpm  as mg_octave_weigh() takes them
 *  @param ret_course         NULL: not wanted; else mg_pulse_course_done()
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_tempo_level_find(mg_tempo_level *level, const mg_odf *odf, const double rms[MG_ODF_BANDS],
                           double low_bpm, double high_bpm, mg_pulse_course *ret_course);
void mg_tempo_level_done(mg_tempo_level *level);

#endif
