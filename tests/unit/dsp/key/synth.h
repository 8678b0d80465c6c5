/* Small deterministic synthesiser for the tests of key and structure. */
#ifndef MG_TEST_KEY_SYNTH_H
#define MG_TEST_KEY_SYNTH_H

#include <stddef.h>
#include <stdint.h>

typedef struct synth {
    unsigned sample_rate_hz;
    size_t frames;
    float *left, *right;
    uint32_t random;
    double cents; /* tuning of all notes */
} synth;

void synth_init(synth *s, unsigned sample_rate_hz, double seconds);
void synth_done(synth *s);
/* White noise in -1..1. */
float synth_random(synth *s);
/* A note with partials 1/h below 5 kHz; voice moves it between left and right. */
void synth_note(synth *s, double midi, double start_s, double length_s, double level, double pan);
/* A sweep to hz that decays by 60 dB within ring_s. */
void synth_kick(synth *s, double hz, double start_s, double ring_s, double level);
void synth_noise_hit(synth *s, double start_s, double ring_s, double level);
/* Kick on every beat, clap on 2 and 4, hats between. */
void synth_drums(synth *s, double bpm, double start_s, double end_s, double kick_hz, double level);
/* One bar per chord, chords of 4 (root offset, minor third or not), with a bass on the beats. */
typedef struct synth_chord {
    int root; /* semitones over the tonic */
    int minor;
} synth_chord;
void synth_chords(synth *s, const synth_chord *chord, unsigned tonic, double bpm, double start_s,
                  double end_s, double level);
extern const synth_chord synth_minor_loop[4], synth_major_loop[4];
void synth_gain(synth *s, double gain);

#endif
