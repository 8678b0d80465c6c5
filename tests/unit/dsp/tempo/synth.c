#include "synth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KICK, SNARE, CLAP, HAT, OPEN_HAT, CLICK, VOICES, PITCHES = 8 };

typedef struct shot {
    float *x;
    size_t frames;
} shot;

enum { ROW_KICK, ROW_SNARE, ROW_CLAP, ROW_HAT, ROW_OPEN_HAT, ROW_BASS, ROWS, STEPS_MAX = 16 };

typedef struct pattern {
    unsigned steps; /* per bar of four beats */
    const char *row[ROWS];
    double swing; /* share of a pair of steps that the first one takes */
    double kick_gain, bass_gain;
} pattern;

/* Gains of the steps of one track. */
typedef double steps[ROWS][STEPS_MAX];

/* '-' rest, '1'..'9' gain in tenths, 'x' full. One bar; the hats of trap are made below. */
static const pattern patterns[SYNTH_STYLES] = {
    [SYNTH_CLICKS] = {16, {NULL, NULL, NULL, NULL, NULL, NULL}, 0.5, 1, 1},
    [SYNTH_HOUSE] = {16,
                     {"x---x---x---x---", NULL, "----x-------x---", "5---5-3-5---5-3-",
                      "--x---x---x---x-", "x--x---x--x---x-"},
                     0.5,
                     1,
                     0.6},
    [SYNTH_TECHNO] = {16,
                      {"x---x---x---x---", NULL, NULL, "7585758575857585", "--5---5---5---5-",
                       "-5-5-5-5-5-5-5-5"},
                      0.5,
                      1,
                      0.4},
    [SYNTH_TRANCE] = {16,
                      {"x---x---x---x---", NULL, "----x-------x---", "3-3-3-3-3-3-3-3-",
                       "--x---x---x---x-", "-xxx-xxx-xxx-xxx"},
                      0.5,
                      1,
                      0.6},
    [SYNTH_OFFBEAT_BASS] = {16,
                            {"x---x---x---x---", NULL, "----5-------5---", "4---4---4---4---", NULL,
                             "--x---x---x---x-"},
                            0.5,
                            0.6,
                            1.2},
    [SYNTH_DOTTED] = {16,
                      {"x---x---x---x---", NULL, "----6-------6---", "x--x--x--x--x--x", NULL,
                       "x-----x---x-----"},
                      0.5,
                      1,
                      0.5},
    [SYNTH_SWING] = {16,
                     {"x---x---x---x---", NULL, "----x-------x---", "5363536353635363",
                      "--7---7---7---7-", "x--x---x-x----x-"},
                     0.58,
                     1,
                     0.5},
    [SYNTH_TWO_STEP] = {16,
                        {"x---------x-----", "----x-------x---", NULL, "x-5-x-5-x-5-x-5-", NULL,
                         "x-----x---x-----"},
                        0.5,
                        1,
                        0.7},
    [SYNTH_JUNGLE] = {16,
                      {"x-x-------xx----", "----x--4-4--x--4", NULL, "x-x-x-x-x-x-x-x-", NULL,
                       "x---------x-----"},
                      0.5,
                      1,
                      0.6},
    [SYNTH_HALF_TIME] = {16,
                         {"x-----x-----5---", "--------x-------", NULL, "5-3-5-3-5-3-5-3-", NULL,
                          "x--x--x-x--x--x-"},
                         0.5,
                         1,
                         0.8},
    [SYNTH_TRAP] = {16,
                    {"x------x--x-----", "--------x-------", "--------x-------", NULL, NULL,
                     "x------x--x-----"},
                    0.5,
                    1,
                    0.7},
    [SYNTH_BREAKBEAT] = {16,
                         {"x--x--x---x-----", "----x--3-3--x--3", NULL, "x-x-x-x-x-x-x-x-", NULL,
                          "x-----x---x---x-"},
                         0.5,
                         1,
                         0.6},
    [SYNTH_ROCK] = {16,
                    {"x-------x-5-----", "----x-------x---", NULL, "x-6-x-6-x-6-x-6-", NULL,
                     "x-x-x-x-x-x-x-x-"},
                    0.5,
                    1,
                    0.4},
    [SYNTH_HIP_HOP] = {16,
                       {"x------x--x-----", "----x-------x---", NULL, "x-6-x-6-x-6-x-66", NULL,
                        "x-----x---x-----"},
                       0.56,
                       1,
                       0.6},
    [SYNTH_DEMBOW] = {16,
                      {"x---x---x---x---", "---x--x----x--x-", NULL, "5-5-5-5-5-5-5-5-", NULL,
                       "x-----x-x-----x-"},
                      0.5,
                      1,
                      0.6},
    [SYNTH_SHUFFLE] = {12,
                       {"x-----x-----", "---x-----x--", NULL, "x46x46x46x46", NULL, "x--x--x--x--"},
                       0.5,
                       1,
                       0.5},
    [SYNTH_RIDE] = {12,
                    {"5--5--5--5--", "--------4--4", NULL, "x--x-xx--x-x", "---5-----5--",
                     "x--x--x--x--"},
                    0.5,
                    1,
                    0.5},
};

double synth_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (double)(*state >> 8) / 16777216.0;
}

double synth_beat_s(const synth_track *track, long n)
{
    return track->start_s + (double)n * 60 / track->bpm;
}

static bool new_shot(shot *s, double rate, double seconds)
{
    s->frames = (size_t)(rate * seconds);
    s->x = calloc(s->frames, sizeof(float));
    return s->x != NULL;
}

static void make_kick(shot *s, double rate, double low_hz, double sweep_hz, double decay_s)
{
    double phase = 0;
    for (size_t i = 0; i < s->frames; i++) {
        double t = (double)i / rate, end = 1 - t * rate / (double)s->frames;
        phase += 2 * M_PI * (low_hz + sweep_hz * exp(-t / 0.025)) / rate;
        s->x[i] = (float)(0.9 * sin(phase) * exp(-t / decay_s) * end);
    }
}

static void make_noise(shot *s, double rate, uint32_t *seed, double decay_s, double low_share,
                       double tone_hz)
{
    double last = 0, smooth = 0;
    double cut = exp(-2 * M_PI * 1500 / rate);
    for (size_t i = 0; i < s->frames; i++) {
        double t = (double)i / rate, n = 2 * synth_random(seed) - 1;
        smooth = n + cut * (smooth - n);
        double high = n - smooth;
        double v = low_share * n + (1 - low_share) * (high - 0.5 * last);
        last = high;
        double end = 1 - t * rate / (double)s->frames;
        double tone = tone_hz > 0 ? 0.6 * sin(2 * M_PI * tone_hz * t) * exp(-t / 0.06) : 0;
        s->x[i] = (float)((0.5 * v * exp(-t / decay_s) + tone) * end);
    }
}

static void make_note(shot *s, double rate, double hz, double decay_s, unsigned harmonics)
{
    for (size_t i = 0; i < s->frames; i++) {
        double t = (double)i / rate, v = 0;
        for (unsigned h = 1; h <= harmonics && h * hz < 0.4 * rate; h++)
            v += sin(2 * M_PI * hz * h * t) / h * exp(-t * h * 3);
        double attack = t < 0.004 ? t / 0.004 : 1;
        s->x[i] =
            (float)(0.35 * v * attack * exp(-t / decay_s) * (1 - (double)i / (double)s->frames));
    }
}

typedef struct kit {
    shot voice[VOICES];
    shot bass[PITCHES], pluck[PITCHES];
} kit;

static void kit_done(kit *k)
{
    for (unsigned v = 0; v < VOICES; v++)
        free(k->voice[v].x);
    for (unsigned p = 0; p < PITCHES; p++) {
        free(k->bass[p].x);
        free(k->pluck[p].x);
    }
}

static bool kit_init(kit *k, const synth_track *track)
{
    static const double length_s[VOICES] = {0.25, 0.2, 0.15, 0.05, 0.15, 0.005};
    static const double scale[PITCHES] = {1, 1.122, 1.189, 1.335, 1.498, 1.587, 1.782, 2};
    double rate = track->rate_hz;
    uint32_t seed = track->seed * 77u + 5u;
    memset(k, 0, sizeof(*k));
    for (unsigned v = 0; v < VOICES; v++)
        if (!new_shot(&k->voice[v], rate, length_s[v]))
            return false;
    make_kick(&k->voice[KICK], rate, 42 + 12 * synth_random(&seed), 90 + 200 * synth_random(&seed),
              0.08 + 0.06 * synth_random(&seed));
    make_noise(&k->voice[SNARE], rate, &seed, 0.05 + 0.04 * synth_random(&seed), 0.6, 190);
    make_noise(&k->voice[CLAP], rate, &seed, 0.04, 0.3, 0);
    make_noise(&k->voice[HAT], rate, &seed, 0.012, 0, 0);
    make_noise(&k->voice[OPEN_HAT], rate, &seed, 0.06, 0, 0);
    for (size_t i = 0; i < k->voice[CLICK].frames; i++)
        k->voice[CLICK].x[i] = (float)(0.8 * sin(2 * M_PI * 1000 * (double)i / rate) *
                                       (1 - (double)i / (double)k->voice[CLICK].frames));
    double root = 41 + 20 * synth_random(&seed);
    for (unsigned p = 0; p < PITCHES; p++) {
        if (!new_shot(&k->bass[p], rate, 0.18) || !new_shot(&k->pluck[p], rate, 0.2))
            return false;
        make_note(&k->bass[p], rate, root * scale[p], 0.12, 8);
        make_note(&k->pluck[p], rate, 8 * root * scale[p], 0.08, 6);
    }
    return true;
}

static void mix(float *out, size_t frames, double at_s, double rate, const shot *s, double gain,
                double pan)
{
    double at = floor(at_s * rate + 0.5);
    if (at < 0 || gain <= 0)
        return;
    size_t start = (size_t)at;
    float left = (float)(gain * (1 - pan)), right = (float)(gain * (1 + pan));
    for (size_t i = 0; i < s->frames && start + i < frames; i++) {
        out[2 * (start + i)] += left * s->x[i];
        out[2 * (start + i) + 1] += right * s->x[i];
    }
}

static double step_gain(const char *row, unsigned step)
{
    if (row == NULL || row[step] == '-')
        return 0;
    return row[step] == 'x' ? 1 : (row[step] - '0') / 10.0;
}

/* The gains of a pattern, some of them changed: a hit dropped, moved to a ghost, or added. */
static void set_steps(const synth_track *track, uint32_t *seed, steps ret)
{
    const pattern *p = &patterns[track->style];
    for (unsigned r = 0; r < ROWS; r++)
        for (unsigned s = 0; s < p->steps; s++) {
            double gain = step_gain(p->row[r], s);
            if (track->variation > 0 && synth_random(seed) < 0.25 * track->variation)
                gain = gain > 0 ? 0.4 * gain : 0.5 * (p->row[r] != NULL);
            ret[r][s] = gain;
        }
}

/* Beats to seconds, through a glide or a change of tempo. */
static double time_of(const synth_track *track, double beat)
{
    double period = 60 / track->bpm;
    if (track->end_bpm <= 0)
        return track->start_s + beat * period;
    if (track->change_s > 0) {
        double beats = (track->change_s - track->start_s) / period;
        return beat <= beats ? track->start_s + beat * period
                             : track->change_s + (beat - beats) * 60 / track->end_bpm;
    }
    /* Tempo in beats a second runs linearly: beat = f0 t + (f1 - f0) t^2 / (2 T). */
    double f0 = track->bpm / 60, bend = (track->end_bpm / 60 - f0) / track->duration_s;
    return track->start_s + (-f0 + sqrt(f0 * f0 + 2 * bend * beat)) / bend;
}

static void add_bar(const synth_track *track, const kit *k, const steps gain, long bar, float *out,
                    size_t frames, uint32_t *seed)
{
    const pattern *p = &patterns[track->style];
    bool drums = bar >= (long)track->intro_bars;
    double rate = track->rate_hz;
    for (unsigned step = 0; step < p->steps; step++) {
        double in_bar = step;
        if (p->swing > 0.5 && step % 2 == 1)
            in_bar += 2 * p->swing - 1;
        double at = time_of(track, 4.0 * ((double)bar + in_bar / p->steps));
        double human = 0.85 + 0.3 * synth_random(seed);
        unsigned pitch = (unsigned)(synth_random(seed) * PITCHES);
        if (track->style == SYNTH_CLICKS) {
            if (step % 4 == 0)
                mix(out, frames, at, rate, &k->voice[CLICK], 0.8, 0);
            continue;
        }
        if (track->melody_gain > 0 && step % 2 == 0 && synth_random(seed) < 0.6)
            mix(out, frames, at, rate, &k->pluck[pitch], track->melody_gain, 0.3);
        if (!drums)
            continue;
        mix(out, frames, at, rate, &k->voice[KICK], 0.6 * p->kick_gain * gain[ROW_KICK][step], 0);
        mix(out, frames, at, rate, &k->voice[SNARE], 0.5 * gain[ROW_SNARE][step], 0.05);
        mix(out, frames, at, rate, &k->voice[CLAP], 0.5 * gain[ROW_CLAP][step], 0);
        mix(out, frames, at, rate, &k->voice[HAT], 0.25 * human * gain[ROW_HAT][step], -0.2);
        mix(out, frames, at, rate, &k->voice[OPEN_HAT], 0.2 * human * gain[ROW_OPEN_HAT][step],
            0.2);
        mix(out, frames, at, rate, &k->bass[pitch / 2], p->bass_gain * gain[ROW_BASS][step], 0);
        if (track->style == SYNTH_TRAP && step % 2 == 0) {
            unsigned roll = synth_random(seed) < 0.2 ? 3 : synth_random(seed) < 0.3 ? 4 : 2;
            for (unsigned r = 0; r < roll; r++)
                mix(out, frames, time_of(track, 4.0 * ((double)bar + (step + 2.0 * r / roll) / 16)),
                    rate, &k->voice[HAT], 0.2 * human, -0.2);
        }
    }
}

static void add_pad(const synth_track *track, float *out, size_t frames)
{
    static const double ratio[] = {1, 1.189, 1.498, 2.005};
    double bar_s = 240 / track->bpm;
    for (size_t i = 0; i < frames; i++) {
        double t = (double)i / track->rate_hz, v = 0;
        double base = 220 * (fmod(t, 4 * bar_s) < 2 * bar_s ? 1 : 0.891);
        for (unsigned n = 0; n < 4; n++)
            v += sin(2 * M_PI * base * ratio[n] * t);
        v *= 0.06 * track->pad_gain * (0.8 + 0.2 * sin(2 * M_PI * 0.13 * t));
        out[2 * i] += (float)v;
        out[2 * i + 1] += (float)(v * 0.9);
    }
}

float *synth_render(const synth_track *track, size_t *ret_frames)
{
    size_t frames = (size_t)(track->duration_s * track->rate_hz);
    float *out = calloc(2 * frames + 1, sizeof(float));
    kit k;
    if (!kit_init(&k, track) || out == NULL) {
        kit_done(&k);
        free(out);
        return NULL;
    }
    uint32_t seed = track->seed * 2654435761u + 99u;
    if (track->pad_gain > 0)
        add_pad(track, out, frames);
    steps gain;
    set_steps(track, &seed, gain);
    for (long bar = 0; time_of(track, 4.0 * (double)bar) < track->duration_s; bar++)
        add_bar(track, &k, gain, bar, out, frames, &seed);
    kit_done(&k);
    *ret_frames = frames;
    return out;
}
