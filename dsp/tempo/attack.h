/* Where attacks start, to a fraction of a millisecond: in steps of 1/8 of an onset frame, the
 * energy of the differentiated waveform in the 3 ms after against the 9 ms before.
 *
 * Differentiating takes the bass out of the way (its energy swings by itself within 9 ms) and
 * turns the start of a sine, as kicks have, into a step.
 */
#ifndef MG_DSP_TEMPO_ATTACK_H
#define MG_DSP_TEMPO_ATTACK_H

#include "dsp/kernels/kernels.h"
#include "dsp/tempo/odf.h"

enum {
    MG_ATTACK_AHEAD = 4,   /* steps of the energy after */
    MG_ATTACK_BEHIND = 12, /* steps of the energy before */
    MG_ATTACK_SPAN = MG_ATTACK_BEHIND + MG_ODF_ATTACK_STEPS + MG_ATTACK_AHEAD,
};

typedef struct mg_attack {
    float energy[MG_ATTACK_SPAN]; /* per step; the frame's own steps from MG_ATTACK_BEHIND on */
    float peak;                   /* loudest step, falling off within seconds */
} mg_attack;

#define MG_ATTACK_INIT ((mg_attack){.peak = 0.0f})

/** The sharpest attack among the steps of frame m. Call once per frame, in order.
 *  @param x       samples; x[bounds[0] - 1] must be readable, and 7 values behind the last step
 *  @param bounds  starts of the 8 steps that follow the middle of frame m, and the end of the
 *                 last: the second half of frame m and the first half of frame m + 1
 *  @return attack byte of frame m (mg_odf_attack_byte) */
uint8_t mg_attack_push(mg_attack *attack, const mg_kernels *kernels, const float *x,
                       const unsigned bounds[MG_ODF_ATTACK_STEPS + 1]);

#endif
