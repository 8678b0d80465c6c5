#include "bench/learn/key_speech.h"

#include <math.h>
#include <stdlib.h>

/* A pulse train through three formants that glide from vowel to vowel, as in textbooks on speech
 * synthesis (Klatt, "Software for a cascade/parallel formant synthesizer", JASA 67, 1980, in its
 * simplest form); values are drawn wide enough to hold men, women, children and machines. */
enum { FORMANTS = 3, SPEAKERS_MAX = 4 };

static const double bandwidth_hz[FORMANTS] = {80, 110, 160};
static const double declination_st = 4; /* by which a phrase falls, about */

typedef struct speaker {
    mg_noise *noise;
    double pitch_st, spread_st, jitter; /* MIDI; of accents; share of a period */
    double vowel_s, pause_s, tract;     /* tract: shortens or lengthens, 0.85 to 1.2 */
    double brightness;                  /* of consonants */
    double y[FORMANTS][2], phase, breath;
} speaker;

typedef struct vowel {
    double pitch_st, formant_hz[FORMANTS];
} vowel;

static vowel draw_vowel(speaker *who, double fall)
{
    mg_noise *n = who->noise;
    vowel ret = {.pitch_st = who->pitch_st - fall + who->spread_st * mg_key_gauss(n)};
    ret.formant_hz[0] = who->tract * mg_key_random(n, 250, 850);
    ret.formant_hz[1] = who->tract * mg_key_random(n, 800, 2300);
    ret.formant_hz[2] = who->tract * mg_key_random(n, 2300, 3200);
    return ret;
}

static double resonate(double *y, double x, double hz, double band_hz)
{
    double r = exp(-M_PI * band_hz / MG_KEY_RATE_HZ);
    double out = x * (1 - r) + 2 * r * cos(2 * M_PI * hz / MG_KEY_RATE_HZ) * y[0] - r * r * y[1];
    y[1] = y[0];
    y[0] = out;
    return out;
}

/* A voiced sound that glides from one vowel to the next. @return where it ends */
static size_t speak(speaker *who, const vowel *from, const vowel *to, size_t at, float *x)
{
    mg_noise *n = who->noise;
    size_t count = (size_t)(who->vowel_s * mg_key_random(n, 0.5, 1.8) * MG_KEY_RATE_HZ);
    double level = mg_key_random(n, 0.4, 1.0), jitter = 1;
    for (size_t i = 0; i < count && at < MG_KEY_TRACK_FRAMES; i++, at++) {
        double t = (double)i / (double)count, swell = fmin(fmin(t, 1 - t) * 8, 1.0);
        double midi = from->pitch_st + t * (to->pitch_st - from->pitch_st);
        who->phase += jitter * 440.0 * exp2((midi - 69) / 12) / MG_KEY_RATE_HZ;
        if (who->phase >= 1) {
            who->phase -= 1;
            jitter = 1 + who->jitter * mg_key_gauss(n);
        }
        double pulse = 1.5 * who->phase * who->phase - 0.5 + who->breath * mg_key_gauss(n);
        double sound = 0;
        for (int f = 0; f < FORMANTS; f++) {
            double hz = from->formant_hz[f] + t * (to->formant_hz[f] - from->formant_hz[f]);
            sound += resonate(who->y[f], pulse, hz, bandwidth_hz[f]) / (1 + f);
        }
        x[at] += (float)(level * swell * sound);
    }
    return at;
}

/* A hiss or a burst. @return where it ends */
static size_t rub(speaker *who, size_t at, float *x)
{
    mg_noise *n = who->noise;
    size_t count = (size_t)(mg_key_random(n, 0.02, 0.12) * MG_KEY_RATE_HZ);
    double level = who->brightness * mg_key_random(n, 0.005, 0.05), last = 0;
    for (size_t i = 0; i < count && at < MG_KEY_TRACK_FRAMES; i++, at++) {
        double next = mg_key_gauss(n);
        x[at] += (float)(level * (next - last));
        last = next;
    }
    return at;
}

static void talk(mg_noise *noise, float *x)
{
    speaker who = {.noise = noise,
                   .pitch_st = mg_key_random(noise, 40, 60), /* 82 to 262 Hz */
                   .spread_st = mg_key_random(noise, 0.8, 3.5),
                   .jitter = mg_key_random(noise, 0, 0.02),
                   .vowel_s = mg_key_random(noise, 0.07, 0.2),
                   .pause_s = mg_key_random(noise, 0.1, 0.8),
                   .tract = mg_key_random(noise, 0.85, 1.2),
                   .brightness = mg_key_random(noise, 0.3, 3),
                   .breath = mg_key_random(noise, 0, 0.2)};
    for (size_t at = 0; at < MG_KEY_TRACK_FRAMES;) {
        int syllables = 3 + mg_key_pick(noise, 14);
        double fall = declination_st * mg_key_random(noise, -0.3, 1.5) / syllables;
        vowel from = draw_vowel(&who, 0);
        for (int s = 0; s < syllables; s++) {
            vowel to = draw_vowel(&who, fall * s);
            if (mg_key_chance(noise, 0.7))
                at = rub(&who, at, x);
            at = speak(&who, &from, &to, at, x);
            from = to;
        }
        at += (size_t)(who.pause_s * mg_key_random(noise, 0.3, 2) * MG_KEY_RATE_HZ);
    }
}

/* Two echoes that feed back: walls. */
static void put_in_room(mg_noise *noise, float *x)
{
    size_t first = (size_t)(mg_key_random(noise, 0.01, 0.05) * MG_KEY_RATE_HZ);
    size_t second = (size_t)(mg_key_random(noise, 0.03, 0.12) * MG_KEY_RATE_HZ);
    float share = (float)mg_key_random(noise, 0.1, 0.45);
    for (size_t i = second > first ? second : first; i < MG_KEY_TRACK_FRAMES; i++)
        x[i] += share * (x[i - first] + x[i - second]);
}

bool mg_key_speech_render(uint64_t number, bool keyless, mg_key_track *ret)
{
    mg_noise noise = {.state = (number + 1) * 0xa24baed4963ee407u};
    float *x = calloc(MG_KEY_TRACK_FRAMES, sizeof(*x)), peak = 1e-9f;
    int speakers = mg_key_chance(&noise, 0.75) ? 1 : 2 + mg_key_pick(&noise, SPEAKERS_MAX - 1);
    (void)keyless;
    if (!x)
        return false;
    for (int s = 0; s < speakers; s++)
        talk(&noise, x);
    if (mg_key_chance(&noise, 0.5))
        put_in_room(&noise, x);
    for (size_t i = 0; i < MG_KEY_TRACK_FRAMES; i++)
        peak = fabsf(x[i]) > peak ? fabsf(x[i]) : peak;
    double hiss = mg_key_chance(&noise, 0.5) ? exp(mg_key_random(&noise, -7, -3)) : 0;
    for (size_t i = 0; i < MG_KEY_TRACK_FRAMES; i++)
        x[i] = 0.5f * x[i] / peak + (float)(hiss * mg_key_gauss(&noise));
    *ret = (mg_key_track){.kind = MG_KEY_SPEECH, .frames = MG_KEY_TRACK_FRAMES, .x = x};
    return true;
}
