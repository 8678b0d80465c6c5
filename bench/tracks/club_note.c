#include "bench/tracks/club_note.h"

#include <math.h>

enum { VOICES_MAX = 7, CONTROL = 32 /* samples between changes of the filter */ };

static const double two_pi = 6.283185307179586;

typedef struct voice {
    double phase, step, left, right;
} voice;

/* Two filters, one a side. */
typedef struct filter {
    double g, k, low[2], band[2];
} filter;

static double filter_run(filter *f, unsigned side, double x)
{
    double high = (x - (f->k + f->g) * f->band[side] - f->low[side]) / (1.0 + f->g * (f->k + f->g));
    double band = f->g * high + f->band[side], low = f->g * band + f->low[side];
    f->band[side] = f->g * high + band;
    f->low[side] = f->g * band + low;
    return low;
}

/* The step of a saw or square, smoothed over one sample on either side. */
static double corner(double phase, double step)
{
    if (phase < step) {
        double t = phase / step;
        return t + t - t * t - 1.0;
    }
    if (phase > 1.0 - step) {
        double t = (phase - 1.0) / step;
        return t * t + t + t + 1.0;
    }
    return 0.0;
}

static double wave_at(mg_note_wave wave, double phase, double step, double t, mg_noise *noise)
{
    double half;
    switch (wave) {
    case MG_NOTE_SAW:
        return 2.0 * phase - 1.0 - corner(phase, step);
    case MG_NOTE_SQUARE:
        half = phase < 0.5 ? phase + 0.5 : phase - 0.5;
        return 0.7 * ((phase < 0.5 ? 1.0 : -1.0) + corner(phase, step) - corner(half, step));
    case MG_NOTE_TRIANGLE:
        return 4.0 * fabs(phase - 0.5) - 1.0;
    case MG_NOTE_FM:
        return sin(two_pi * phase + 2.5 * exp(-t / 0.15) * sin(2.0 * two_pi * phase));
    case MG_NOTE_ORGAN:
        return 0.5 * (sin(two_pi * phase) + 0.6 * sin(2.0 * two_pi * phase) +
                      0.4 * sin(3.0 * two_pi * phase) + 0.25 * sin(4.0 * two_pi * phase));
    case MG_NOTE_NOISE:
        return (double)mg_noise_next(noise);
    default:
        return sin(two_pi * phase);
    }
}

static unsigned set_voices(const mg_note *n, const mg_mix *mix, mg_noise *noise,
                           voice ret[VOICES_MAX])
{
    unsigned count = n->voices < 1 ? 1 : n->voices > VOICES_MAX ? VOICES_MAX : n->voices;
    for (unsigned i = 0; i < count; i++) {
        double place = count > 1 ? 2.0 * i / (count - 1) - 1.0 : 0.0; /* -1 .. 1 */
        double pan = n->width * (i % 2 ? place : -place), gain = 1.0 / sqrt(count);
        ret[i].step = n->hz * exp2(place * n->detune_cents / 1200.0) / mix->rate_hz;
        ret[i].phase = count > 1 ? mg_draw(noise, 0.0, 1.0) : 0.0;
        ret[i].left = gain * (1.0 - pan);
        ret[i].right = gain * (1.0 + pan);
    }
    return count;
}

static void set_filter(filter *f, const mg_note *n, double t, unsigned rate_hz)
{
    double octaves = n->sweep_s > 0.0 ? n->sweep_octaves * exp(-t / n->sweep_s) : 0.0;
    octaves += n->lfo_octaves * sin(two_pi * (n->lfo_hz * t + n->lfo_phase));
    double hz = fmin(fmax(n->cutoff_hz * exp2(octaves), 20.0), 0.42 * rate_hz);
    f->g = tan(M_PI * hz / rate_hz);
    f->k = 1.0 / fmax(n->resonance, 0.5);
}

void mg_note_play(mg_mix *mix, size_t at, const mg_note *n, mg_noise *noise)
{
    double rate = mix->rate_hz, total_s = n->length_s + n->release_s;
    size_t frames = (size_t)(total_s * rate);
    voice v[VOICES_MAX];
    unsigned count = set_voices(n, mix, noise, v);
    filter f = {0};
    double bend = 1.0;
    for (size_t i = 0; i < frames && at + i < mix->frames; i++) {
        double t = (double)i / rate, x[2] = {0.0, 0.0};
        if (i % CONTROL == 0 && n->cutoff_hz > 0.0)
            set_filter(&f, n, t, mix->rate_hz);
        if (n->glide_from_hz > 0.0 && i % CONTROL == 0)
            bend = t < 0.06 ? pow(n->glide_from_hz / n->hz, 1.0 - t / 0.06) : 1.0;
        for (unsigned k = 0; k < count; k++) {
            double s = wave_at(n->wave, v[k].phase, v[k].step, t, noise);
            v[k].phase += v[k].step * bend;
            v[k].phase -= floor(v[k].phase);
            x[0] += v[k].left * s;
            x[1] += v[k].right * s;
        }
        double gain = fmin(1.0, (t + 1.0 / rate) / fmax(n->attack_s, 0.0005));
        if (n->decay_s > 0.0)
            gain *= exp(-t / n->decay_s);
        gain *= fmin(1.0, (total_s - t) / fmax(n->release_s, 0.003));
        for (unsigned side = 0; side < 2; side++) {
            double y = n->cutoff_hz > 0.0 ? filter_run(&f, side, x[side]) : x[side];
            if (n->drive > 0.0)
                y = tanh(n->drive * y) / tanh(n->drive);
            (side ? mix->right : mix->left)[at + i] += (float)(n->level * gain * y);
        }
    }
}
