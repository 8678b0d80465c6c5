/* Mains hum and infrasound, from averages of the mid signal at about 2 kHz.
 *
 * Hum is looked for in quiet seconds only (under -30 dBFS RMS): a line at exactly 50 or 60 Hz, with
 * at least two of its next three harmonics, each standing far over what lies a few Hz beside it,
 * steady from second to second. A bass note near 50 Hz (G1 is 49.0) misses by a bin. Infrasound is
 * what passes a fourth-order low-pass at 20 Hz, less the offset. Caller's memory.
 */
#ifndef MG_DSP_TECHNICAL_HUM_H
#define MG_DSP_TECHNICAL_HUM_H

#include "dsp/block.h"

enum { MG_HUM_WINDOW_MAX = 4096 /* averages a second, at most */ };

typedef struct mg_hum_line {
    unsigned seconds;  /* in which the whole pattern was there */
    double power;      /* summed over those seconds */
    double least, most; /* power of single seconds */
} mg_hum_line;

typedef struct mg_hum {
    unsigned rate_hz, factor; /* frames averaged */
    double low_rate_hz;
    unsigned window, filled, in_average;
    float sum;
    float second[MG_HUM_WINDOW_MAX];
    unsigned quiet_seconds;
    mg_hum_line line[2]; /* 50 and 60 Hz */
    double b0[2], a1[2], a2[2], z1[2], z2[2]; /* low-pass at 20 Hz, two sections */
    double low_sum, low_square;
    uint64_t low_n;
} mg_hum;

void mg_hum_init(mg_hum *hum, const mg_stream_info *info);
/** mid: block->mid. */
void mg_hum_push(mg_hum *hum, const float *mid, size_t frames);
/* Fills hum_* and infrasonic_dbfs. */
void mg_hum_finish(const mg_hum *hum, mg_technical_result *result);

#endif
