#include "bench/tracks/synth.h"

#include <math.h>
#include <stdlib.h>

static const double two_pi = 6.283185307179586;

bool mg_mix_init(mg_mix *mix, size_t frames, unsigned rate_hz)
{
    *mix = (mg_mix){.left = calloc(frames + 1, sizeof(float)),
                    .right = calloc(frames + 1, sizeof(float)), .frames = frames,
                    .rate_hz = rate_hz};
    if (mix->left && mix->right)
        return true;
    mg_mix_done(mix);
    return false;
}

void mg_mix_done(mg_mix *mix)
{
    free(mix->left);
    free(mix->right);
    *mix = (mg_mix){0};
}

float mg_noise_next(mg_noise *noise)
{
    /* splitmix64: any seed gives a good sequence */
    uint64_t z = noise->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return (float)((double)(int64_t)z / 9223372036854775808.0);
}

double mg_draw(mg_noise *noise, double low, double high)
{
    return low + (high - low) * 0.5 * (1.0 + (double)mg_noise_next(noise));
}

bool mg_draw_chance(mg_noise *noise, double probability)
{
    return mg_draw(noise, 0.0, 1.0) < probability;
}

unsigned mg_draw_pick(mg_noise *noise, unsigned count)
{
    unsigned i = (unsigned)mg_draw(noise, 0.0, count);
    return i < count ? i : count - 1;
}

static size_t end_of(const mg_mix *mix, size_t at, double length_s)
{
    size_t length = (size_t)llround(length_s * mix->rate_hz);
    return at >= mix->frames ? at : (length < mix->frames - at ? at + length : mix->frames);
}

static void add(mg_mix *mix, size_t i, double left, double right)
{
    mix->left[i] += (float)left;
    mix->right[i] += (float)right;
}

/* 1 but for short linear ramps at both ends, so that no note clicks. */
static double edge(size_t i, size_t length, double attack, double release)
{
    double from_start = (double)(i + 1) / attack, to_end = (double)(length - i) / release;
    return fmin(1.0, fmin(from_start, to_end));
}

void mg_voice_kick(mg_mix *mix, size_t at, double end_hz, double length_s, double level)
{
    size_t end = end_of(mix, at, length_s);
    double phase = 0.0;
    for (size_t i = at; i < end; i++) {
        double t = (double)(i - at) / mix->rate_hz;
        double hz = end_hz * (1.0 + 4.0 * exp(-t / 0.018));
        phase += two_pi * hz / mix->rate_hz;
        double body = sin(phase) * exp(-t / (length_s * 0.35));
        double x = level * body * edge(i - at, end - at, 1.0, 0.01 * mix->rate_hz);
        add(mix, i, x, x);
    }
}

void mg_voice_snare(mg_mix *mix, size_t at, mg_noise *noise, double level)
{
    size_t end = end_of(mix, at, 0.18);
    double low = 0.0;
    for (size_t i = at; i < end; i++) {
        double t = (double)(i - at) / mix->rate_hz;
        double white = (double)mg_noise_next(noise);
        low += (white - low) * 0.2;
        double x = 0.8 * (white - low) * exp(-t / 0.05) +
                   0.5 * sin(two_pi * 190.0 * t) * exp(-t / 0.03);
        add(mix, i, level * x, level * x);
    }
}

void mg_voice_hat(mg_mix *mix, size_t at, mg_noise *noise, int open, double level, double pan)
{
    double decay = open ? 0.08 : 0.02;
    size_t end = end_of(mix, at, decay * 5.0);
    double low = 0.0;
    for (size_t i = at; i < end; i++) {
        double white = (double)mg_noise_next(noise);
        low += (white - low) * 0.6;
        double x = level * (white - low) * exp(-(double)(i - at) / mix->rate_hz / decay);
        add(mix, i, x * (1.0 - 0.5 * pan), x * (1.0 + 0.5 * pan));
    }
}

void mg_voice_sub(mg_mix *mix, size_t at, double hz, double length_s, double level)
{
    size_t end = end_of(mix, at, length_s);
    double ramp = 0.008 * mix->rate_hz;
    for (size_t i = at; i < end; i++) {
        double phase = two_pi * hz * (double)(i - at) / mix->rate_hz;
        double x =
            level * (sin(phase) + 0.15 * sin(2.0 * phase)) * edge(i - at, end - at, ramp, ramp);
        add(mix, i, x, x);
    }
}

/* Saw without the worst aliasing: the step is smoothed over one sample on either side. */
static double saw(double *phase, double step)
{
    *phase += step;
    if (*phase >= 1.0)
        *phase -= 1.0;
    double x = 2.0 * *phase - 1.0;
    if (*phase < step) {
        double t = *phase / step;
        x -= t + t - t * t - 1.0;
    } else if (*phase > 1.0 - step) {
        double t = (*phase - 1.0) / step;
        x -= t * t + t + t + 1.0;
    }
    return x;
}

static double lowpass_factor(double cutoff_hz, unsigned rate_hz)
{
    return 1.0 - exp(-two_pi * cutoff_hz / rate_hz);
}

void mg_voice_bass(mg_mix *mix, size_t at, double hz, double length_s, double cutoff_hz,
                   double level)
{
    size_t end = end_of(mix, at, length_s);
    double phase = 0.5, one = 0.0, two = 0.0, ramp = 0.004 * mix->rate_hz;
    double factor = lowpass_factor(cutoff_hz, mix->rate_hz);
    for (size_t i = at; i < end; i++) {
        one += (saw(&phase, hz / mix->rate_hz) - one) * factor;
        two += (one - two) * factor;
        double x = level * two * edge(i - at, end - at, ramp, ramp);
        add(mix, i, x, x);
    }
}

void mg_voice_saws(mg_mix *mix, size_t at, double hz, double length_s, double attack_s,
                   double cutoff_hz, double level)
{
    size_t end = end_of(mix, at, length_s);
    double factor = lowpass_factor(cutoff_hz, mix->rate_hz);
    double attack = fmax(attack_s, 0.002) * mix->rate_hz,
           release = fmax(attack, 0.02 * mix->rate_hz);
    double phase[3] = {0.1, 0.4, 0.7}, state[2] = {0.0, 0.0};
    const double ratio[3] = {1.0, 1.0029, 0.9971}; /* 5 cents apart, centred on the note */
    for (size_t i = at; i < end; i++) {
        double middle = saw(&phase[0], hz * ratio[0] / mix->rate_hz);
        double up = saw(&phase[1], hz * ratio[1] / mix->rate_hz);
        double down = saw(&phase[2], hz * ratio[2] / mix->rate_hz);
        state[0] += (middle + 0.6 * up - state[0]) * factor;
        state[1] += (middle + 0.6 * down - state[1]) * factor;
        double gain = level * edge(i - at, end - at, attack, release);
        add(mix, i, gain * state[0], gain * state[1]);
    }
}

void mg_voice_pluck(mg_mix *mix, size_t at, double hz, double length_s, double level, double pan)
{
    size_t end = end_of(mix, at, length_s);
    for (size_t i = at; i < end; i++) {
        double t = (double)(i - at) / mix->rate_hz, x = 0.0;
        for (int h = 1; h <= 5 && hz * h < 0.45 * mix->rate_hz; h++)
            x += sin(two_pi * hz * h * t) / h * exp(-t * (4.0 + 3.0 * h));
        x *= level * edge(i - at, end - at, 0.001 * mix->rate_hz, 0.005 * mix->rate_hz);
        add(mix, i, x * (1.0 - 0.4 * pan), x * (1.0 + 0.4 * pan));
    }
}

void mg_voice_air(mg_mix *mix, size_t at, mg_noise *noise, double length_s, double level)
{
    size_t end = end_of(mix, at, length_s);
    double state[2] = {0.0, 0.0}, ramp = 0.25 * length_s * mix->rate_hz;
    for (size_t i = at; i < end; i++) {
        double t = (double)(i - at) / (double)(end - at);
        double factor = lowpass_factor(400.0 + 4000.0 * t, mix->rate_hz);
        state[0] += ((double)mg_noise_next(noise) - state[0]) * factor;
        state[1] += ((double)mg_noise_next(noise) - state[1]) * factor;
        double gain = level * edge(i - at, end - at, ramp, ramp);
        add(mix, i, gain * state[0], gain * state[1]);
    }
}
