#include "bench/tracks/club_shot.h"

#include <math.h>
#include <stdlib.h>

static const double two_pi = 6.283185307179586;

/* State-variable filter (trapezoidal), for the noise of drums. */
typedef struct svf {
    double g, k, low, band;
} svf;

static svf svf_of(double hz, double q, double rate_hz)
{
    return (svf){.g = tan(M_PI * fmin(hz, 0.45 * rate_hz) / rate_hz), .k = 1.0 / q};
}

typedef struct svf_out {
    double low, band, high;
} svf_out;

static svf_out svf_run(svf *f, double x)
{
    double high = (x - (f->k + f->g) * f->band - f->low) / (1.0 + f->g * (f->k + f->g));
    double band = f->g * high + f->band, low = f->g * band + f->low;
    f->band = f->g * high + band;
    f->low = f->g * band + low;
    return (svf_out){low, band, high};
}

typedef struct shot_kick {
    double end_hz, sweep, sweep_s, decay_s, drive, click, tail_hz;
} shot_kick;

static void fill_kick(mg_shot *s, double rate, mg_noise *draw, const shot_kick *k)
{
    double phase = 0.0;
    svf click = svf_of(mg_draw(draw, 1500, 6000), 0.8, rate);
    for (size_t i = 0; i < s->frames; i++) {
        double t = (double)i / rate, end = 1.0 - (double)i / (double)s->frames;
        phase += two_pi * k->end_hz * (1.0 + k->sweep * exp(-t / k->sweep_s)) / rate;
        double body = sin(phase) * exp(-t / k->decay_s);
        double noise = svf_run(&click, (double)mg_noise_next(draw)).band * exp(-t / 0.003);
        double x = tanh(k->drive * (body + k->click * noise)) / tanh(k->drive);
        s->x[i] = (float)(x * fmin(1.0, 8.0 * end));
    }
}

static void draw_kick(mg_shot *s, mg_shot_kind kind, double rate, mg_noise *draw)
{
    shot_kick k = {mg_draw(draw, 42, 58),
                   mg_draw(draw, 2, 6),
                   mg_draw(draw, 0.012, 0.035),
                   mg_draw(draw, 0.07, 0.16),
                   mg_draw(draw, 0.8, 2.0),
                   mg_draw(draw, 0, 0.5),
                   0};
    if (kind == MG_SHOT_KICK_PUNCHY) {
        k.decay_s = mg_draw(draw, 0.05, 0.11);
        k.sweep = mg_draw(draw, 4, 12);
        k.click = mg_draw(draw, 0.3, 1.2);
    } else if (kind == MG_SHOT_KICK_LONG) {
        k.decay_s = mg_draw(draw, 0.2, 0.45);
        k.sweep = mg_draw(draw, 1, 4);
    } else if (kind == MG_SHOT_KICK_HARD) {
        k.decay_s = mg_draw(draw, 0.12, 0.25);
        k.sweep = mg_draw(draw, 6, 14);
        k.drive = mg_draw(draw, 5, 14);
        k.click = mg_draw(draw, 0.3, 0.8);
    } else if (kind == MG_SHOT_KICK_ACOUSTIC) {
        k.end_hz = mg_draw(draw, 58, 90);
        k.sweep = mg_draw(draw, 0.4, 1.5);
        k.decay_s = mg_draw(draw, 0.05, 0.1);
        k.click = mg_draw(draw, 0.3, 1.0);
    }
    fill_kick(s, rate, draw, &k);
}

static void draw_snare(mg_shot *s, mg_shot_kind kind, double rate, mg_noise *draw)
{
    bool crack = kind == MG_SHOT_SNARE_CRACK, acoustic = kind == MG_SHOT_SNARE_ACOUSTIC;
    double hz = crack ? mg_draw(draw, 180, 260) : mg_draw(draw, 150, 230);
    double tone = mg_draw(draw, 0.3, crack ? 1.0 : 0.7), noise = mg_draw(draw, 0.5, 1.0);
    double decay = crack ? mg_draw(draw, 0.04, 0.09) : mg_draw(draw, 0.05, 0.14);
    double tone_decay = mg_draw(draw, 0.03, 0.08), drive = mg_draw(draw, 1, crack ? 4 : 2);
    svf low = svf_of(mg_draw(draw, 300, 1500), 0.7, rate);
    svf high = svf_of(acoustic ? mg_draw(draw, 5000, 9000) : mg_draw(draw, 8000, 15000), 0.7, rate);
    for (size_t i = 0; i < s->frames; i++) {
        double t = (double)i / rate, end = 1.0 - (double)i / (double)s->frames;
        double n = svf_run(&high, svf_run(&low, (double)mg_noise_next(draw)).high).low;
        double body =
            sin(two_pi * hz * t * (1.0 + 0.3 * exp(-t / 0.01))) + 0.5 * sin(two_pi * 1.73 * hz * t);
        double x = noise * n * exp(-t / decay) + tone * body * exp(-t / tone_decay);
        s->x[i] = (float)(tanh(drive * x) / tanh(drive) * fmin(1.0, 8.0 * end));
    }
}

static void draw_clap(mg_shot *s, double rate, mg_noise *draw)
{
    unsigned bursts = 2 + mg_draw_pick(draw, 3);
    double gap = mg_draw(draw, 0.007, 0.012), tail = mg_draw(draw, 0.04, 0.12);
    svf band = svf_of(mg_draw(draw, 900, 1800), mg_draw(draw, 0.8, 2.0), rate);
    for (size_t i = 0; i < s->frames; i++) {
        double t = (double)i / rate, end = 1.0 - (double)i / (double)s->frames;
        double burst = floor(t / gap);
        double envelope = burst < bursts - 1 ? exp(-(t - burst * gap) / 0.004)
                                             : exp(-(t - (bursts - 1) * gap) / tail);
        double x = 1.8 * svf_run(&band, (double)mg_noise_next(draw)).band * envelope;
        s->x[i] = (float)(x * fmin(1.0, 8.0 * end));
    }
}

/* Six squares out of tune with each other, or noise; above high_hz. */
static void draw_cymbal(mg_shot *s, mg_shot_kind kind, double rate, mg_noise *draw)
{
    static const double ratio[6] = {1.0, 1.342, 1.2312, 1.6532, 1.9523, 2.1523};
    bool ride = kind == MG_SHOT_RIDE, shaker = kind == MG_SHOT_SHAKER;
    double decay = kind == MG_SHOT_HAT_OPEN ? mg_draw(draw, 0.06, 0.2)
                   : ride                   ? mg_draw(draw, 0.15, 0.4)
                   : kind == MG_SHOT_CRASH  ? mg_draw(draw, 0.4, 0.9)
                   : shaker                 ? mg_draw(draw, 0.015, 0.035)
                                            : mg_draw(draw, 0.008, 0.04);
    double metal = shaker ? 0.0 : mg_draw(draw, 0, 1), base = mg_draw(draw, 300, 600);
    double swell = shaker ? mg_draw(draw, 0.004, 0.02) : 0.0;
    svf high = svf_of(ride ? mg_draw(draw, 3000, 6000) : mg_draw(draw, 5000, 9000), 0.8, rate);
    for (size_t i = 0; i < s->frames; i++) {
        double t = (double)i / rate, end = 1.0 - (double)i / (double)s->frames, squares = 0.0;
        for (unsigned k = 0; k < 6 && metal > 0.0; k++) {
            double cycles = t * base * ratio[k];
            squares += cycles - floor(cycles) < 0.5 ? 0.3 : -0.3;
        }
        double n = (1.0 - metal) * (double)mg_noise_next(draw) + metal * squares;
        double x = svf_run(&high, n).high * exp(-fmax(0.0, t - swell) / decay);
        s->x[i] = (float)(x * (t < swell ? t / swell : 1.0) * fmin(1.0, 8.0 * end));
    }
}

static void draw_perc(mg_shot *s, mg_shot_kind kind, double rate, mg_noise *draw)
{
    double hz = kind == MG_SHOT_RIM     ? mg_draw(draw, 1200, 2200)
                : kind == MG_SHOT_WOOD  ? mg_draw(draw, 600, 1400)
                : kind == MG_SHOT_BLIP  ? mg_draw(draw, 400, 3000)
                : kind == MG_SHOT_CONGA ? mg_draw(draw, 160, 340)
                                        : mg_draw(draw, 80, 180);
    bool dry = kind == MG_SHOT_RIM || kind == MG_SHOT_WOOD;
    double decay = dry ? mg_draw(draw, 0.008, 0.025) : mg_draw(draw, 0.04, 0.12);
    double sweep = kind == MG_SHOT_TOM ? 0.6 : kind == MG_SHOT_CONGA ? 0.15 : 0.0, phase = 0.0;
    double noise = mg_draw(draw, 0, 0.3), second = mg_draw(draw, 1.4, 2.8);
    for (size_t i = 0; i < s->frames; i++) {
        double t = (double)i / rate, end = 1.0 - (double)i / (double)s->frames;
        phase += two_pi * hz * (1.0 + sweep * exp(-t / 0.03)) / rate;
        double x = (sin(phase) + 0.4 * sin(second * phase)) * exp(-t / decay) +
                   noise * (double)mg_noise_next(draw) * exp(-t / 0.005);
        s->x[i] = (float)(0.7 * x * fmin(1.0, 8.0 * end));
    }
}

static double length_s(mg_shot_kind kind)
{
    switch (kind) {
    case MG_SHOT_KICK_LONG:
        return 0.8;
    case MG_SHOT_CRASH:
        return 2.0;
    case MG_SHOT_RIDE:
        return 0.7;
    case MG_SHOT_HAT_CLOSED:
    case MG_SHOT_SHAKER:
    case MG_SHOT_RIM:
    case MG_SHOT_WOOD:
        return 0.14;
    default:
        return 0.4;
    }
}

bool mg_shot_draw(mg_shot *ret, mg_shot_kind kind, unsigned rate_hz, mg_noise *draw)
{
    mg_shot s = {.frames = (size_t)(length_s(kind) * rate_hz)};
    s.x = calloc(s.frames, sizeof(float));
    if (s.x == NULL)
        return false;
    if (kind <= MG_SHOT_KICK_ACOUSTIC)
        draw_kick(&s, kind, rate_hz, draw);
    else if (kind <= MG_SHOT_SNARE_ACOUSTIC)
        draw_snare(&s, kind, rate_hz, draw);
    else if (kind == MG_SHOT_CLAP)
        draw_clap(&s, rate_hz, draw);
    else if (kind >= MG_SHOT_HAT_CLOSED && kind <= MG_SHOT_CRASH)
        draw_cymbal(&s, kind, rate_hz, draw);
    else
        draw_perc(&s, kind, rate_hz, draw);
    *ret = s;
    return true;
}

void mg_shot_play(mg_mix *mix, size_t at, const mg_shot *shot, double gain, double pan)
{
    float left = (float)(gain * (1.0 - fmax(0.0, pan))),
          right = (float)(gain * (1.0 + fmin(0.0, pan)));
    for (size_t i = 0; i < shot->frames && at + i < mix->frames; i++) {
        mix->left[at + i] += left * shot->x[i];
        mix->right[at + i] += right * shot->x[i];
    }
}
