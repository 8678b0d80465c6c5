/* Sounds of the tracks that the key weights are learnt from: mono, MG_KEY_RATE_HZ, and rich in what
 * misleads: partials, detuned unison, drums with pitch. Not those of synth.h, so that tests with
 * that generator are no test on what was learnt.
 */
#ifndef MG_BENCH_LEARN_KEY_VOICES_H
#define MG_BENCH_LEARN_KEY_VOICES_H

#include "bench/learn/key_harmony.h"

enum { MG_KEY_RATE_HZ = 22050, MG_KEY_HITS_MAX = 512 };

typedef enum mg_key_wave {
    MG_WAVE_SAW,
    MG_WAVE_SQUARE,
    MG_WAVE_TRIANGLE,
    MG_WAVE_SINE,
    MG_WAVE_FM,
    MG_WAVE_ORGAN,
} mg_key_wave;

typedef struct mg_key_note {
    mg_key_wave wave;
    double midi; /* with a fraction for the tuning */
    double start_s, length_s, attack_s;
    double level;
    int voices;          /* of unison */
    double detune_cents; /* of the outermost voices */
    double cutoff_hz;    /* 0: no filter */
    double resonance;    /* of the filter; 0: two first-order ones */
    double sweep_octaves, sweep_s; /* how far a resonant filter opens at the attack, how long */
    double decay_per_s;  /* 0: sustained */
} mg_key_note;

void mg_key_note_add(float *out, size_t frames, mg_noise *noise, const mg_key_note *note);

typedef enum mg_key_beat {
    MG_BEAT_FOUR,
    MG_BEAT_BREAK,
    MG_BEAT_HALF,
    MG_BEAT_ROCK,
    MG_BEAT_NONE,
} mg_key_beat;

typedef struct mg_key_drums {
    float *kick, *other; /* of the caller, zeroed */
    size_t frames;
    size_t hit[MG_KEY_HITS_MAX]; /* frames of the kicks */
    int hits;
} mg_key_drums;

void mg_key_drums_add(mg_key_drums *drums, mg_noise *noise, double bpm, mg_key_beat beat);

/* Gaussian noise, and two first-order low-passes in place. */
double mg_key_gauss(mg_noise *noise);
void mg_key_lowpass(float *x, size_t count, double cutoff_hz);

#endif
