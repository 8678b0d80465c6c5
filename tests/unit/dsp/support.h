/* Signals and shortcuts for the tests of the level and technical measures. */
#ifndef MG_TESTS_SUPPORT_H
#define MG_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dsp/analysis.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Interleaved frames that grow. */
typedef struct audio {
    mg_stream_info info;
    float *x;
    size_t frames, cap;
} audio;

static inline mg_stream_info layout(unsigned rate_hz, unsigned channels)
{
    static const mg_channel_role roles[MG_MAX_CHANNELS] = {
        MG_ROLE_LEFT,          MG_ROLE_RIGHT,         MG_ROLE_CENTRE, MG_ROLE_LFE,
        MG_ROLE_SURROUND_LEFT, MG_ROLE_SURROUND_RIGHT, MG_ROLE_OTHER,  MG_ROLE_OTHER};
    mg_stream_info info = {.sample_rate_hz = rate_hz, .channels = channels};
    memcpy(info.roles, roles, sizeof info.roles);
    if (channels == 1)
        info.roles[0] = MG_ROLE_CENTRE;
    return info;
}

static inline audio audio_new(unsigned rate_hz, unsigned channels)
{
    return (audio){.info = layout(rate_hz, channels)};
}

static inline void audio_free(audio *a)
{
    free(a->x);
    *a = (audio){0};
}

/* Room for more silent frames; returns the first of them. */
static inline float *audio_add(audio *a, size_t frames)
{
    size_t ch = a->info.channels;
    if (a->frames + frames >= a->cap) {
        a->cap = (a->frames + frames) * 2 + 1;
        a->x = realloc(a->x, a->cap * ch * sizeof(float));
        assert_non_null(a->x);
    }
    float *at = a->x + a->frames * ch;
    memset(at, 0, frames * ch * sizeof(float));
    a->frames += frames;
    return at;
}

static inline double from_db(double db)
{
    return pow(10.0, db / 20.0);
}

/* A sine of continuous phase over the whole stream, the same in all channels. */
static inline void audio_tone(audio *a, double hz, double dbfs, double seconds)
{
    size_t n = (size_t)(seconds * a->info.sample_rate_hz + 0.5), first = a->frames;
    float *x = audio_add(a, n);
    double gain = from_db(dbfs);
    for (size_t i = 0; i < n; i++) {
        double v = gain * sin(2.0 * M_PI * hz * (double)(first + i) / a->info.sample_rate_hz);
        for (unsigned c = 0; c < a->info.channels; c++)
            x[i * a->info.channels + c] = (float)v;
    }
}

static inline void audio_silence(audio *a, double seconds)
{
    audio_add(a, (size_t)(seconds * a->info.sample_rate_hz + 0.5));
}

static inline float noise(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (float)(int32_t)*seed / 2147483648.0f;
}

/* Something like music: kicks at 125 BPM, a bass that is ducked, hats that decay, a pad, and
 * different noise in each channel. Peaks stay under full scale. */
static inline void audio_music(audio *a, double seconds, uint32_t seed)
{
    unsigned rate = a->info.sample_rate_hz, ch = a->info.channels;
    size_t n = (size_t)(seconds * rate), first = a->frames;
    float *x = audio_add(a, n);
    double low[MG_MAX_CHANNELS] = {0};
    for (size_t i = 0; i < n; i++) {
        double t = (double)(first + i) / rate, beat = fmod(t, 0.48), half = fmod(t + 0.24, 0.48);
        double kick = 0.45 * exp(-beat * 18.0) * (1.0 - exp(-beat * 2000.0)) *
                      sin(2.0 * M_PI * (50.0 * beat + 4.0 * (1.0 - exp(-beat * 30.0))));
        double duck = 1.0 - exp(-beat * 12.0) * (1.0 - exp(-beat * 1500.0));
        double bass = 0.15 * duck * sin(2.0 * M_PI * 55.0 * t);
        double pad = 0.05 * (sin(2.0 * M_PI * 440.0 * t) + sin(2.0 * M_PI * 554.4 * t));
        double hat = 0.06 * exp(-half * 60.0) * (1.0 - exp(-half * 3000.0));
        for (unsigned c = 0; c < ch; c++) {
            double w = (double)noise(&seed);
            low[c] += 0.2 * (w - low[c]);
            x[i * ch + c] = (float)(kick + bass + pad + hat * w + 0.03 * low[c]);
        }
    }
}

/* The whole analysis in chunks of a size; fails the test on an error. */
static inline void analyse(const audio *a, unsigned stages, size_t chunk, mg_measures *ret)
{
    mg_analysis *analysis = NULL;
    mg_analysis_options options = {.stages = stages};
    mg_errinfo err = {0};
    *ret = (mg_measures){0};
    assert_int_equal(mg_analysis_new(&analysis, &a->info, &options, &err), MG_OK);
    for (size_t at = 0; at < a->frames; at += chunk) {
        size_t n = a->frames - at < chunk ? a->frames - at : chunk;
        assert_int_equal(mg_analysis_push(analysis, a->x + at * a->info.channels, n), MG_OK);
    }
    assert_int_equal(mg_analysis_finish(analysis, ret), MG_OK);
    mg_analysis_free(analysis);
}

static inline void near_value(mg_value value, double expected, double below, double above,
                              const char *what)
{
    if (!mg_has(value))
        fail_msg("%s is null (reason %d), expected %.3f", what, (int)value.why, expected);
    if (value.v < expected - below - 1e-9 || value.v > expected + above + 1e-9)
        fail_msg("%s is %.4f, expected %.4f", what, value.v, expected);
}

#endif
