#include "synth.h"

#include <math.h>
#include <stdlib.h>

/* i iv V i, and I IV V I: nothing else than the key that is meant. */
const synth_chord synth_minor_loop[4] = {{0, 1}, {5, 1}, {7, 0}, {0, 1}};
const synth_chord synth_major_loop[4] = {{0, 0}, {5, 0}, {7, 0}, {0, 0}};

void synth_init(synth *s, unsigned sample_rate_hz, double seconds)
{
    s->sample_rate_hz = sample_rate_hz;
    s->frames = (size_t)(seconds * sample_rate_hz);
    s->left = calloc(s->frames, sizeof(float));
    s->right = calloc(s->frames, sizeof(float));
    s->random = 1;
    s->cents = 0;
    if (!s->left || !s->right)
        abort();
}

void synth_done(synth *s)
{
    free(s->left);
    free(s->right);
}

float synth_random(synth *s)
{
    s->random = s->random * 1664525u + 1013904223u;
    return (float)((double)s->random / 2147483648.0 - 1.0);
}

static double envelope(double t, double length_s)
{
    double up = t / 0.005, down = (length_s - t) / 0.02;
    double e = up < down ? up : down;
    return e < 0 ? 0 : e > 1 ? 1 : e;
}

void synth_note(synth *s, double midi, double start_s, double length_s, double level, double pan)
{
    double hz = 440.0 * exp2((midi - 69.0 + s->cents / 100.0) / 12.0);
    size_t from = (size_t)(start_s * s->sample_rate_hz);
    size_t to = from + (size_t)(length_s * s->sample_rate_hz);
    for (int h = 1; h <= 12 && h * hz < 5000.0 && h * hz < 0.45 * s->sample_rate_hz; h++) {
        double w = 2.0 * M_PI * h * hz / s->sample_rate_hz, c = 2.0 * cos(w);
        double y1 = 0, y2 = -sin(w); /* sin(w n) by recursion */
        for (size_t i = from; i < to && i < s->frames; i++) {
            double t = (double)(i - from) / s->sample_rate_hz;
            double y = c * y1 - y2, x = level / h * y1 * envelope(t, length_s);
            y2 = y1;
            y1 = y;
            s->left[i] += (float)(x * (1.0 - pan));
            s->right[i] += (float)(x * (1.0 + pan));
        }
    }
}

static void add_both(synth *s, size_t i, double x)
{
    if (i < s->frames) {
        s->left[i] += (float)x;
        s->right[i] += (float)x;
    }
}

void synth_kick(synth *s, double hz, double start_s, double ring_s, double level)
{
    size_t from = (size_t)(start_s * s->sample_rate_hz), n = (size_t)(ring_s * s->sample_rate_hz);
    double phase = 0;
    for (size_t i = 0; i < n; i++) {
        double t = (double)i / s->sample_rate_hz;
        phase += (hz + 150.0 * exp(-t / 0.012)) / s->sample_rate_hz;
        add_both(s, from + i, level * sin(2.0 * M_PI * phase) * exp(-6.9 * t / ring_s));
    }
}

void synth_noise_hit(synth *s, double start_s, double ring_s, double level)
{
    size_t from = (size_t)(start_s * s->sample_rate_hz), n = (size_t)(ring_s * s->sample_rate_hz);
    for (size_t i = 0; i < n; i++) {
        double t = (double)i / s->sample_rate_hz;
        add_both(s, from + i, level * synth_random(s) * exp(-6.9 * t / ring_s));
    }
}

void synth_drums(synth *s, double bpm, double start_s, double end_s, double kick_hz, double level)
{
    double beat_s = 60.0 / bpm;
    for (unsigned i = 0; start_s + i * beat_s < end_s - 0.01; i++) {
        double at = start_s + i * beat_s;
        synth_kick(s, kick_hz, at, 0.3, level);
        synth_noise_hit(s, at + 0.5 * beat_s, 0.06, 0.25 * level);
        if (i % 2 == 1)
            synth_noise_hit(s, at, 0.15, 0.4 * level);
    }
}

void synth_chords(synth *s, const synth_chord *chord, unsigned tonic, double bpm, double start_s,
                  double end_s, double level)
{
    double beat_s = 60.0 / bpm, bar_s = 4.0 * beat_s;
    for (unsigned i = 0; start_s + i * bar_s < end_s - 0.01; i++) {
        double at = start_s + i * bar_s, root = 48.0 + (tonic + chord[i % 4].root) % 12;
        double third = chord[i % 4].minor ? 3.0 : 4.0;
        double length = at + bar_s < end_s ? bar_s : end_s - at;
        synth_note(s, root + 12.0, at, length, 0.5 * level, -0.4);
        synth_note(s, root + 12.0 + third, at, length, 0.5 * level, 0.0);
        synth_note(s, root + 19.0, at, length, 0.5 * level, 0.4);
        for (unsigned b = 0; b < 4 && at + b * beat_s < end_s - 0.01; b++)
            synth_note(s, root - 12.0, at + b * beat_s, 0.45 * beat_s, level, 0.0);
    }
}

void synth_gain(synth *s, double gain)
{
    for (size_t i = 0; i < s->frames; i++) {
        s->left[i] = (float)(s->left[i] * gain);
        s->right[i] = (float)(s->right[i] * gain);
    }
}
