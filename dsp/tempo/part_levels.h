/* The metrical levels of the parts of a file, each from where it is heard alone. */
#ifndef MG_DSP_TEMPO_PART_LEVELS_H
#define MG_DSP_TEMPO_PART_LEVELS_H

#include "dsp/tempo/beat_start.h"
#include "dsp/tempo/tempo_level.h"
#include "dsp/tempo/tempo_parts.h"

typedef struct mg_part_source {
    const mg_odf *odf; /* conditioned */
    double rms[MG_ODF_BANDS];
    mg_beat_start start;
    double low_bpm, high_bpm; /* the profile's range */
    double duration_s;
} mg_part_source;

/** The history between two borders (0 and the duration are none), a fade away from them.
 *  @return a part as mg_odf_part() makes them */
mg_odf mg_part_view(const mg_part_source *source, double from_s, double to_s);

/** Its tempi. @return MG_OK; MG_E_NOMEM; then mg_tempo_level_done() */
mg_err mg_part_level(mg_tempo_level *ret, const mg_odf *view, const mg_part_source *source);

/** Merges parts whose border is not sure, but for those whose levels are: each side has one, with a
 *  weight of 0.9, that has 0.1 on the other at most. @return MG_OK; MG_E_NOMEM */
mg_err mg_parts_settle(mg_tempo_parts *parts, const mg_part_source *source);

#endif
