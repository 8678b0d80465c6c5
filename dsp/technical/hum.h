/* Mains hum, in the low stream of the mid signal (dsp/technical/low_stream.h).
 *
 * Hum is looked for in quiet seconds only (under -30 dBFS RMS): a line at exactly 50 or 60 Hz, with
 * at least two of its next three harmonics, each standing far over what lies a few Hz beside it,
 * steady from second to second. Quiet music hides it, so it is enough that most of the softest
 * seconds, up to any level, have it. A bass note near 50 Hz (G1 is 49.0) misses by a bin.
 * Caller's memory; not thread-safe.
 */
#ifndef MG_DSP_TECHNICAL_HUM_H
#define MG_DSP_TECHNICAL_HUM_H

#include "dsp/technical/low_stream.h"

enum { MG_HUM_WINDOW_MAX = MG_LOW_RATE_MAX + 1, MG_HUM_STEPS = 25 /* of 2 dB */ };

typedef struct mg_hum_line {
    unsigned seconds;  /* in which the whole pattern was there */
    double power;      /* summed over those seconds */
    double least, most; /* power of single seconds */
} mg_hum_line;

/* Quiet seconds of one step of level. */
typedef struct mg_hum_step {
    unsigned seconds;
    mg_hum_line line[2]; /* 50 and 60 Hz */
} mg_hum_step;

typedef struct mg_hum {
    double rate_hz;
    unsigned window, filled; /* a second */
    float second[MG_HUM_WINDOW_MAX];
    mg_hum_step step[MG_HUM_STEPS]; /* from the softest */
} mg_hum;

/** @param rate_hz  of the low stream */
void mg_hum_init(mg_hum *hum, double rate_hz);
void mg_hum_push(mg_hum *hum, const float *low, size_t n);
/* Fills hum_*. */
void mg_hum_finish(const mg_hum *hum, mg_technical_result *result);

#endif
