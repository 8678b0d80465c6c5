#include "dsp/block.h"
#include "dsp/signal/fft.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

/* O(n^2) in double, by a table of the n-th roots of unity. */
static double snr_db(unsigned n)
{
    mg_fft *fft = NULL;
    assert_int_equal(mg_fft_new(&fft, n), MG_OK);
    float *x = mg_fft_input(fft);
    assert_int_equal((uintptr_t)x % MG_BLOCK_ALIGN, 0);
    uint32_t seed = n;
    for (unsigned i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)(seed >> 8) * 0x1p-24f - 0.5f;
    }
    const float *z = mg_fft_forward(fft);
    float *power = malloc((n / 2 + 1) * sizeof *power);
    double *root = malloc(n * sizeof *root);
    assert_true(power && root);
    mg_fft_power(fft, power);
    for (unsigned i = 0; i < n; i++)
        root[i] = cos(2.0 * M_PI * i / n);
    double signal = 0.0, error = 0.0;
    for (unsigned k = 0; k <= n / 2; k += 1 + n / 200) {
        double re = 0.0, im = 0.0;
        for (unsigned i = 0; i < n; i++) {
            unsigned turn = (unsigned)((uint64_t)i * k % n);
            re += x[i] * root[turn];
            im -= x[i] * root[(turn + n - n / 4) % n]; /* sine, exact where 4 divides n */
        }
        signal += re * re + im * im;
        error += (re - z[2 * k]) * (re - z[2 * k]) + (im - z[2 * k + 1]) * (im - z[2 * k + 1]);
        assert_float_equal(power[k], re * re + im * im, 1e-4 * (re * re + im * im) + 1e-6);
    }
    mg_fft_free(fft);
    free(power);
    free(root);
    return 10.0 * log10(signal / (error + 1e-300));
}

static void test_against_dft(void **state)
{
    (void)state;
    static const unsigned lengths[] = {16, 256, 800, 1024, 1200, 2048, 2400, 4096, 4800, 8192};
    for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++)
        assert_true(snr_db(lengths[i]) > 125.0);
}

static void test_lengths(void **state)
{
    (void)state;
    mg_fft *fft = NULL;
    static const unsigned wrong[] = {0, 1, 8, 15, 17, 22, 49, 65538, 131072};
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(mg_fft_new(&fft, wrong[i]), MG_E_LIMIT);
        assert_null(fft);
    }
    for (unsigned n = 1; n <= MG_FFT_MAX; n += 37) {
        unsigned good = mg_fft_good_length(n);
        assert_true(good >= n && good <= MG_FFT_MAX && (good < 2 * n || good <= 16));
    }
    assert_int_equal(mg_fft_good_length(4097), 5120);
    assert_int_equal(mg_fft_good_length(3969), 4096);
    mg_fft_free(NULL);
}

static void test_same_bits(void **state)
{
    (void)state;
    mg_fft *a = NULL, *b = NULL;
    assert_int_equal(mg_fft_new(&a, 4800), MG_OK);
    assert_int_equal(mg_fft_new(&b, 4800), MG_OK);
    for (unsigned i = 0; i < 4800; i++)
        mg_fft_input(a)[i] = mg_fft_input(b)[i] = (float)((i * 7919u) % 1000u) * 1e-3f - 0.5f;
    const float *za = mg_fft_forward(a), *zb = mg_fft_forward(b);
    assert_memory_equal(za, zb, 4802 * sizeof(float));
    assert_memory_equal(mg_fft_input(a), mg_fft_input(b), 4800 * sizeof(float));
    mg_fft_free(a);
    mg_fft_free(b);
}

static void test_windows(void **state)
{
    (void)state;
    static float w[4096];
    mg_window_hann(w, 4096);
    assert_float_equal(w[0], 0.0, 1e-7);
    assert_float_equal(w[2048], 1.0, 1e-7);
    static const size_t hops[] = {2048, 3072, 4000, 4096};
    for (unsigned h = 0; h < 4; h++) {
        size_t hop = hops[h];
        mg_window_power(w, 4096, hop);
        for (size_t i = 0; i < hop; i++) {
            double sum = (double)w[i] * w[i];
            if (i + hop < 4096)
                sum += (double)w[i + hop] * w[i + hop];
            assert_float_equal(sum, 1.0, 1e-6);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_dft),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
