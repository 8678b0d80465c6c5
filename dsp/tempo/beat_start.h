/* The first thing that strikes in a file, and what it may be: music mostly begins on a beat, with a
 * kick surer than with hats, which often begin between the beats. */
#ifndef MG_DSP_TEMPO_BEAT_START_H
#define MG_DSP_TEMPO_BEAT_START_H

#include "dsp/tempo/odf.h"

typedef enum mg_start_kind {
    MG_START_CUT,  /* at t = 0: trimmed to a beat, or cut out of the music */
    MG_START_LOW,  /* lows as well as highs: a kick, a bass, a chord */
    MG_START_HIGH, /* hats, claps */
    MG_START_KINDS,
} mg_start_kind;

typedef struct mg_beat_start {
    double at_s; /* of the first sharp attack; NAN: none */
    mg_start_kind kind;
} mg_beat_start;

/** @param odf  as it was measured, not conditioned: what rises from silence rises in every band,
 * and only the raw rows tell by how much */
mg_beat_start mg_beat_start_find(const mg_odf *odf);

#endif
