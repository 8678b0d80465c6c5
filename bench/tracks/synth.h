/* Voices of the track generator: each adds one sound to a stereo buffer at an exact frame.
 *
 * Deterministic: the same calls give the same samples (noise comes from a seeded generator). Only
 * for benchmarks and tests; nothing of it is part of the product.
 */
#ifndef MG_BENCH_TRACKS_SYNTH_H
#define MG_BENCH_TRACKS_SYNTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Planar stereo, full scale 1.0. */
typedef struct mg_mix {
    float *left, *right; /* owned by the caller */
    size_t frames;
    unsigned rate_hz;
} mg_mix;

/* Silence of that length. @return false without memory */
bool mg_mix_init(mg_mix *mix, size_t frames, unsigned rate_hz);
void mg_mix_done(mg_mix *mix);

typedef struct mg_noise {
    uint64_t state;
} mg_noise;

/* Uniform in [-1, 1). */
float mg_noise_next(mg_noise *noise);

/* Choices: uniform in [low, high); true with a probability; one of 0 .. count - 1. */
double mg_draw(mg_noise *noise, double low, double high);
bool mg_draw_chance(mg_noise *noise, double probability);
unsigned mg_draw_pick(mg_noise *noise, unsigned count);

/* All voices clip their end at the end of the buffer; `at` may be any frame. Levels are linear. */

/* A sine whose pitch falls to end_hz: a kick drum, or a low tom. */
void mg_voice_kick(mg_mix *mix, size_t at, double end_hz, double length_s, double level);
/* Noise burst with a tone: a snare or a clap. */
void mg_voice_snare(mg_mix *mix, size_t at, mg_noise *noise, double level);
/* High-passed noise; `open` rings longer. pan -1..1. */
void mg_voice_hat(mg_mix *mix, size_t at, mg_noise *noise, int open, double level, double pan);
/* Sine with a little of its second harmonic: sub bass. */
void mg_voice_sub(mg_mix *mix, size_t at, double hz, double length_s, double level);
/* Low-passed saw, `cutoff_hz` where the filter stands. */
void mg_voice_bass(mg_mix *mix, size_t at, double hz, double length_s, double cutoff_hz,
                   double level);
/* Two detuned saws, one a side, with attack and release: pads, chords, leads. */
void mg_voice_saws(mg_mix *mix, size_t at, double hz, double length_s, double attack_s,
                   double cutoff_hz, double level);
/* Decaying harmonic tone: a pluck of an arpeggio. */
void mg_voice_pluck(mg_mix *mix, size_t at, double hz, double length_s, double level, double pan);
/* Noise whose filter opens: a riser or the air of an ambient track. */
void mg_voice_air(mg_mix *mix, size_t at, mg_noise *noise, double length_s, double level);

#endif
