/* What starts near beats whose times are roughly known: where the bands rise, and where sharp
 * attacks cluster. */
#ifndef MG_DSP_TEMPO_BEAT_ONSETS_H
#define MG_DSP_TEMPO_BEAT_ONSETS_H

#include "dsp/tempo/odf.h"

/* The flux of a frame runs ahead of the attack that causes it: the window's front meets it first,
 * and the logarithm rises at once. Measured on clicks and kicks. */
#define MG_FLUX_LEAD_S 0.003

enum {
    MG_ATTACK_SHARP = 5, /* levels: 5 dB; enough where many must agree */
    MG_NEAR_ATTACKS_MAX = 16,
};

typedef struct mg_near_attack {
    float error_s; /* start of the attack minus the beat */
    float weight;  /* its level; less aside */
} mg_near_attack;

/** All attacks within reach_s of a beat; what lies aside_s off it weighs 0.6 as much (INFINITY: as
 *  much). @return their number */
size_t mg_attacks_near(const mg_odf *odf, double beat_s, double reach_s, double aside_s,
                       mg_near_attack ret[MG_NEAR_ATTACKS_MAX]);

/** Sorts the attacks. @return the middle of the heaviest 4 ms: several sounds of one beat do not
 *  start together, and what most beats share is the one that counts
 *  @param ret_weight  of these attacks together; 0 without any */
double mg_attacks_densest(mg_near_attack *attacks, size_t count, double *ret_weight);

/** Where the bands rise most around the beats, about within reach_s; 0 where they do not. Attacks
 *  that echo a beat (the click of a kick behind its thump, a limiter that lets go) rise in none.
 *  @return seconds after the beats */
double mg_flux_offset(const mg_odf *odf, const double *beats_s, size_t count, double reach_s);

#endif
