#include "dsp/tempo/attack.h"

#include <math.h>
#include <string.h>

/* Under -45 dB of the loudest step, attacks fade out rather than compare noise with noise. */
static const float floor_share = 3e-5f;
static const float floor_energy = 1e-9f; /* of a step, absolute: about -90 dBFS of noise */
static const float peak_fall = 0.9994f;  /* per frame: a time constant of 10 s */
static const float start_share = 0.02f;  /* of the energy after, that the first step must hold */
static const float levels_per_octave = 3.0f;

uint8_t mg_attack_push(mg_attack *attack, const mg_kernels *kernels, const float *x,
                       const unsigned bounds[MG_ODF_ATTACK_STEPS + 1])
{
    float *e = attack->energy;
    memmove(e, e + MG_ODF_ATTACK_STEPS, (MG_ATTACK_SPAN - MG_ODF_ATTACK_STEPS) * sizeof(e[0]));
    attack->peak *= peak_fall;
    kernels->differences(x, bounds, MG_ODF_ATTACK_STEPS, e + MG_ATTACK_SPAN - MG_ODF_ATTACK_STEPS);
    for (unsigned j = MG_ATTACK_SPAN - MG_ODF_ATTACK_STEPS; j < MG_ATTACK_SPAN; j++)
        attack->peak = e[j] > attack->peak ? e[j] : attack->peak;
    float floor = attack->peak * floor_share + floor_energy;
    unsigned best = 0;
    float best_ratio = 0;
    for (unsigned j = 0; j < MG_ODF_ATTACK_STEPS; j++) {
        const float *now = e + MG_ATTACK_BEHIND + j;
        float before = 0, after = now[0] + now[1] + now[2] + now[3];
        if (now[0] < start_share * after)
            continue; /* it starts in a later step */
        for (unsigned k = 1; k <= MG_ATTACK_BEHIND; k++)
            before += now[-(int)k];
        float ratio = after / (before * ((float)MG_ATTACK_AHEAD / MG_ATTACK_BEHIND) +
                               floor * MG_ATTACK_AHEAD);
        if (ratio > best_ratio) {
            best_ratio = ratio;
            best = j;
        }
    }
    if (best_ratio <= 1)
        return 0;
    int level = (int)lroundf(levels_per_octave * log2f(best_ratio));
    if (level > MG_ODF_ATTACK_LEVELS - 1)
        level = MG_ODF_ATTACK_LEVELS - 1;
    return mg_odf_attack_byte(best, (unsigned)level);
}
