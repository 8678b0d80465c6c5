/* Feeds a synthesised programme to loudness, spectrum and stereo as the analysis does. */
#ifndef MG_TESTS_DSP_PROGRAMME_H
#define MG_TESTS_DSP_PROGRAMME_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dsp/signal/scan.h"
#include "dsp/spectrum/spectrum.h"
#include "dsp/spectrum/stereo.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct programme {
    mg_spectrum_result spectrum;
    mg_stereo_result stereo;
} programme;

/* right NULL: a mono file. channels over 2: the pair is the downmix of such a file. */
static inline programme measure(unsigned rate_hz, unsigned channels, const float *left,
                                const float *right, size_t frames)
{
    mg_stream_info info = {.sample_rate_hz = rate_hz, .channels = channels};
    for (unsigned c = 0; c < channels; c++)
        info.roles[c] = channels == 1 ? MG_ROLE_CENTRE : c == 0 ? MG_ROLE_LEFT
                        : c == 1 ? MG_ROLE_RIGHT : MG_ROLE_OTHER;
    programme p;
    mg_loudness *loudness = NULL;
    mg_spectrum *spectrum = NULL;
    mg_stereo *stereo = NULL;
    assert_int_equal(mg_loudness_new(&loudness, &info, NULL), MG_OK);
    assert_int_equal(mg_spectrum_new(&spectrum, &info), MG_OK);
    assert_int_equal(mg_stereo_new(&stereo, &info), MG_OK);
    /* 3 aligned rows, each behind the frames before it. */
    enum { ROW = MG_SCAN_HISTORY + MG_BLOCK_FRAMES };
    float *rows = aligned_alloc(MG_BLOCK_ALIGN, 3 * ROW * sizeof(float));
    assert_non_null(rows);
    memset(rows, 0, 3 * ROW * sizeof(float));
    float *l = rows + MG_SCAN_HISTORY, *r = l + ROW, *mid = r + ROW;
    for (size_t at = 0; at < frames; at += MG_BLOCK_FRAMES) {
        size_t n = frames - at < MG_BLOCK_FRAMES ? frames - at : MG_BLOCK_FRAMES;
        memcpy(l, left + at, n * sizeof(float));
        memcpy(r, (right ? right : left) + at, n * sizeof(float));
        for (size_t i = 0; i < n; i++)
            mid[i] = 0.5f * (l[i] + r[i]);
        mg_block block = {.start_frame = at, .frames = n, .left = l, .right = r, .mid = mid};
        for (unsigned c = 0; c < channels; c++)
            block.channel[c] = c == 0 ? l : r;
        assert_int_equal(mg_loudness_push(loudness, &block), MG_OK);
        assert_int_equal(mg_spectrum_push(spectrum, &block, loudness), MG_OK);
        assert_int_equal(mg_stereo_push(stereo, &block, loudness), MG_OK);
        for (int row = 0; row < 3; row++)
            memmove(rows + row * ROW, rows + row * ROW + n, MG_SCAN_HISTORY * sizeof(float));
    }
    assert_int_equal(mg_spectrum_finish(spectrum, loudness, &p.spectrum), MG_OK);
    assert_int_equal(mg_stereo_finish(stereo, spectrum, loudness, &p.stereo), MG_OK);
    mg_stereo_free(stereo);
    mg_spectrum_free(spectrum);
    mg_loudness_free(loudness);
    free(rows);
    return p;
}

static inline float *room(size_t frames)
{
    float *x = calloc(frames, sizeof *x);
    assert_non_null(x);
    return x;
}

/* Uniform in -1..1 (power 1/3), from a 64-bit congruential generator (Knuth's MMIX constants). */
static inline double noise(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(int64_t)*seed * 0x1p-63;
}

static inline void fill_noise(float *x, size_t frames, double gain, uint64_t seed)
{
    for (size_t i = 0; i < frames; i++)
        x[i] = (float)(gain * noise(&seed));
}

static inline void fill_sine(float *x, size_t frames, double gain, double hz, double rate_hz)
{
    for (size_t i = 0; i < frames; i++)
        x[i] = (float)(gain * sin(2.0 * M_PI * fmod(hz / rate_hz * (double)i, 1.0)));
}

static inline void assert_near(mg_value value, double expected, double tolerance,
                               const char *what)
{
    if (!mg_has(value) || !(fabs(value.v - expected) <= tolerance))
        fail_msg("%s: %.4f (why %d), expected %.4f +- %.4f", what, value.v, value.why, expected,
                 tolerance);
}

/* Pink noise by Kellet's sum of one-pole filters, within 0.05 dB of -3.01 dB/octave above 10 Hz
 * at 44.1 kHz (public domain, musicdsp.org no. 76). */
static inline void fill_pink(float *x, size_t frames, uint64_t seed)
{
    static const double pole[] = {0.99886, 0.99332, 0.96900, 0.86650, 0.55000, -0.7616};
    static const double gain[] = {0.0555179, 0.0750759, 0.1538520,
                                  0.3104856, 0.5329522, -0.0168980};
    double b[7] = {0};
    for (size_t i = 0; i < frames; i++) {
        double white = noise(&seed), sum = b[6] + white * 0.5362;
        for (unsigned k = 0; k < 6; k++)
            sum += b[k] = pole[k] * b[k] + white * gain[k];
        b[6] = white * 0.115926;
        x[i] = (float)(0.05 * sum);
    }
}

/* A biquad in place; coefficients normalised by a0. */
static inline void biquad(float *x, size_t frames, const double b[3], const double a[2])
{
    double s1 = 0.0, s2 = 0.0;
    for (size_t i = 0; i < frames; i++) {
        double in = x[i], y = b[0] * in + s1;
        s1 = b[1] * in - a[0] * y + s2;
        s2 = b[2] * in - a[1] * y;
        x[i] = (float)y;
    }
}

#endif
