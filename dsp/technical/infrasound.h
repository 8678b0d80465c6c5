/* Level below 20 Hz: what no loudspeaker plays but every limiter and amplifier works against.
 *
 * The low stream is brought to about 125 Hz by a linear-phase low-pass (Kaiser window, 80 dB) and
 * filtered by a Butterworth low-pass of order 12 at 20 Hz: 0.1 dB down at 17 Hz, 3 at 20, 29 at 25,
 * 55 at 30, over 80 from 35. So a full-scale sub bass at 35 Hz reads under -80 dBFS. The offset is
 * taken off. Caller's memory; not thread-safe.
 */
#ifndef MG_DSP_TECHNICAL_INFRASOUND_H
#define MG_DSP_TECHNICAL_INFRASOUND_H

#include "dsp/measures.h"
#include "dsp/technical/low_stream.h"

enum {
    MG_INFRA_SECTIONS = 6,
    MG_INFRA_FACTOR_MAX = MG_LOW_RATE_MAX / 125,
    MG_INFRA_SPAN = 8, /* taps: this many times the factor */
    MG_INFRA_TAPS_MAX = MG_INFRA_SPAN * MG_INFRA_FACTOR_MAX,
};

typedef struct mg_infra_section {
    double gain, a1, a2, z1, z2;
} mg_infra_section;

typedef struct mg_infrasound {
    const mg_kernels *kernels;
    unsigned factor, taps;
    unsigned filled; /* of x */
    float tap[MG_INFRA_TAPS_MAX];
    float x[MG_INFRA_TAPS_MAX + MG_LOW_BLOCK];
    mg_infra_section section[MG_INFRA_SECTIONS];
    double sum, square;
    uint64_t n;
} mg_infrasound;

/** @param rate_hz  of the low stream */
void mg_infrasound_init(mg_infrasound *infra, double rate_hz, const mg_kernels *kernels);
/** @param n  at most MG_LOW_BLOCK */
void mg_infrasound_push(mg_infrasound *infra, const float *low, size_t n);
/** RMS in dBFS; silent when there is nothing. */
mg_value mg_infrasound_dbfs(const mg_infrasound *infra);

#endif
