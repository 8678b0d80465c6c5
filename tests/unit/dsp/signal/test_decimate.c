#include "dsp/signal/decimate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t run(unsigned factor, const float *x, size_t frames, size_t chunk, float *y)
{
    mg_decimate *d = NULL;
    assert_int_equal(mg_decimate_new(&d, factor), MG_OK);
    size_t n = 0;
    for (size_t at = 0; at < frames; at += chunk) {
        size_t count = frames - at < chunk ? frames - at : chunk;
        size_t out = mg_decimate_push(d, x + at, count, y + n);
        assert_true(out <= count / factor + 1);
        n += out;
    }
    size_t rest = mg_decimate_flush(d, y + n);
    assert_true(rest <= 64);
    mg_decimate_free(d);
    return n + rest;
}

/* Gain in dB of a sine at f (share of the input rate), seen at where it comes out. */
static double gain_db(unsigned factor, double f)
{
    enum { OUT = 1500, SKIP = 100 };
    size_t frames = (size_t)factor * OUT;
    float *x = malloc(frames * sizeof *x), *y = malloc((OUT + 70) * sizeof *y);
    assert_true(x && y);
    for (size_t i = 0; i < frames; i++)
        x[i] = (float)cos(2.0 * M_PI * fmod(f * (double)i, 1.0));
    assert_int_equal(run(factor, x, frames, frames, y), OUT);
    double re = 0.0, im = 0.0, weight = 0.0;
    for (size_t m = SKIP; m < OUT - SKIP; m++) {
        double w = 0.5 - 0.5 * cos(2.0 * M_PI * (double)(m - SKIP) / (OUT - 2 * SKIP));
        double turn = 2.0 * M_PI * fmod(f * factor * (double)m, 1.0);
        re += w * y[m] * cos(turn);
        im += w * y[m] * sin(turn);
        weight += w;
    }
    free(x);
    free(y);
    return 20.0 * log10(2.0 * hypot(re, im) / weight + 1e-30);
}

static void test_pass_band(void **state)
{
    (void)state;
    for (unsigned factor = 2; factor <= 64; factor *= 2) {
        for (double g = 0.01; g <= 0.4; g += 0.03)
            assert_float_equal(gain_db(factor, g / factor), 0.0, 0.05);
        assert_float_equal(gain_db(factor, 0.4 / factor), 0.0, 0.05);
    }
}

static void test_aliases(void **state)
{
    (void)state;
    for (unsigned factor = 2; factor <= 64; factor *= 2) {
        for (unsigned k = 1; k <= factor / 2; k++) {
            for (double g = -0.4; g <= 0.4; g += 0.1) {
                double f = (k + g) / factor;
                if (f <= 0.5 && fabs(g) > 0.01)
                    assert_true(gain_db(factor, f) < -80.0);
            }
        }
    }
}

static void test_alignment(void **state)
{
    (void)state;
    static float x[6400], y[3400];
    for (unsigned factor = 1; factor <= 64; factor *= 2) {
        for (unsigned at = 0; at <= 20; at += 4) { /* also next to both ends */
            size_t frames = 64 * 21, peak = 0;
            memset(x, 0, sizeof x);
            x[(size_t)64 * at] = 1.0f;
            size_t n = run(factor, x, frames, frames, y);
            for (size_t m = 0; m < n; m++) {
                if (y[m] > y[peak])
                    peak = m;
            }
            assert_int_equal(peak, 64 * at / factor);
            for (size_t m = 1; m <= peak && peak + m < n; m++) /* symmetrical: linear phase */
                assert_float_equal(y[peak - m], y[peak + m], 1e-7);
        }
    }
}

static void test_counts_and_chunks(void **state)
{
    (void)state;
    enum { MOST = 5000 };
    static float x[MOST], whole[MOST + 70], pieces[MOST + 70];
    uint32_t seed = 7;
    for (size_t i = 0; i < MOST; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)(seed >> 8) * 0x1p-24f - 0.5f;
    }
    static const size_t totals[] = {0, 1, 2, 63, 64, 65, 1023, 4097, MOST};
    static const size_t chunks[] = {1, 7, 64, 1152, 4096};
    for (unsigned factor = 1; factor <= 64; factor *= 2) {
        for (unsigned t = 0; t < sizeof totals / sizeof *totals; t++) {
            size_t n = run(factor, x, totals[t], MOST, whole);
            assert_int_equal(n, (totals[t] + factor - 1) / factor);
            for (unsigned c = 0; c < sizeof chunks / sizeof *chunks; c++) {
                assert_int_equal(run(factor, x, totals[t], chunks[c], pieces), n);
                assert_memory_equal(pieces, whole, n * sizeof(float));
            }
        }
    }
}

static void test_factors(void **state)
{
    (void)state;
    mg_decimate *d = NULL;
    static const unsigned wrong[] = {0, 3, 6, 128, 1u << 31};
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(mg_decimate_new(&d, wrong[i]), MG_E_LIMIT);
    assert_null(d);
    mg_decimate_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pass_band),
        cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_alignment),
        cmocka_unit_test(test_counts_and_chunks),
        cmocka_unit_test(test_factors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
