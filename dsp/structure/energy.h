/* Energy of a track or section on a scale of 1 to 10.
 *
 * energy = round(1 + 9 / (1 + exp(-z))), half away from zero, with
 *
 *     z = -3.0
 *       + 1.3 * min(onset rate / 6 per second, 1.5)
 *       + 1.5 * kick           share 0..1, see below
 *       + 1.2 * min(sub share / 0.3, 1.5)
 *       + 0.8 * min(flux / 4 dB, 1.5)
 *       - 0.12 * min(spread, 12 LU)
 *       + 1.2 * (clamp(bpm, 70, 180) - 110) / 60     (0 without a tempo)
 *       - 0.18 * below          LU, sections only
 *
 * onset rate: attacks of the high frequencies per second. kick: hits of dsp/structure/kick.h per
 * second over the beats per second (over 2 without a tempo), at most 1: 1 for four on the floor,
 * about 0.5 for a two-step. sub share: power of 20..60 Hz in that of 20 Hz..20 kHz. flux: mean rise
 * of the high-frequency level between steps of about 12 ms. spread: P95 - P50 of the short-term
 * loudness. below: how far the loudness of a section lies under that of the loudest one.
 * None of them changes with the gain of the file.
 *
 * The ingredients are those that vendors name (dynamic range, loudness, onset rate, low end,
 * tempo); the weights are set by hand so that ambient music comes to 1..3, a club track at
 * 128 BPM to 7 and drum and bass to 8..9. There is no published definition to compare with.
 */
#ifndef MG_DSP_STRUCTURE_ENERGY_H
#define MG_DSP_STRUCTURE_ENERGY_H

typedef struct mg_energy_parts {
    double onsets_per_s, kick, sub_share, flux_db, spread_lu, bpm /* 0: none */, below_lu;
} mg_energy_parts;

/** @return 1..10 */
int mg_energy(const mg_energy_parts *parts);

#endif
