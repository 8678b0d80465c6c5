#include "dsp/key/peaks.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const double rate_hz = 5512.5;
static float frame[MG_PEAKS_FRAME_MAX];

static void add_sine(double hz, double level, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        frame[i] += (float)(level * sin(2.0 * M_PI * hz * i / rate_hz + 0.7));
}

static mg_peaks *new_peaks(unsigned count)
{
    mg_peaks *peaks = NULL;
    memset(frame, 0, sizeof(frame));
    assert_int_equal(mg_peaks_new(&peaks, count, count == 4096 ? 12 : 6, rate_hz), MG_OK);
    return peaks;
}

static double cents(double hz, double reference_hz)
{
    return 1200.0 * log2(hz / reference_hz);
}

/* The peak of a steady sinusoid lies within two cents of it, from the bass up. */
static void test_frequency(void **state)
{
    static const unsigned lengths[] = {1024, 4096};
    (void)state;
    for (unsigned l = 0; l < 2; l++) {
        for (double hz = lengths[l] == 1024 ? 110.0 : 41.3; hz < 2100.0; hz *= 1.1234) {
            mg_peak found[MG_PEAKS_MAX];
            double power;
            mg_peaks *peaks = new_peaks(lengths[l]);
            add_sine(hz, 0.5, lengths[l]);
            size_t count = mg_peaks_find(peaks, frame, found, &power), best = 0;
            assert_true(count >= 1);
            for (size_t i = 1; i < count; i++)
                best = found[i].power > found[best].power ? i : best;
            assert_true(fabs(cents(found[best].hz, hz)) < 2.0);
            assert_true(found[best].sharp > 0.95f);
            assert_true(fabs(power / 0.125 - 1.0) < 0.02);
            mg_peaks_free(peaks);
        }
    }
}

/* Notes a semitone apart in the bass: the long frame tells them apart, the short one cannot an
 * octave lower, which is why both are taken. */
static void test_two_lengths(void **state)
{
    mg_peak found[MG_PEAKS_MAX];
    double power;
    (void)state;
    mg_peaks *peaks = new_peaks(4096);
    add_sine(110.0, 0.5, 4096);
    add_sine(116.54, 0.5, 4096);
    size_t count = mg_peaks_find(peaks, frame, found, &power);
    assert_int_equal(count, 2);
    assert_true(fabs(cents(found[0].hz, 110.0)) < 10.0);
    assert_true(fabs(cents(found[1].hz, 116.54)) < 10.0);
    mg_peaks_free(peaks);
    peaks = new_peaks(1024);
    add_sine(55.0, 0.5, 1024);
    add_sine(58.27, 0.5, 1024);
    assert_int_equal(mg_peaks_find(peaks, frame, found, &power), 1);
    mg_peaks_free(peaks);
}

static void test_silence_and_range(void **state)
{
    mg_peak found[MG_PEAKS_MAX];
    double power = 1;
    (void)state;
    mg_peaks *peaks = new_peaks(4096);
    assert_int_equal(mg_peaks_find(peaks, frame, found, &power), 0);
    assert_true(power == 0);
    add_sine(20.0, 0.5, 4096);
    add_sine(2400.0, 0.5, 4096);
    size_t count = mg_peaks_find(peaks, frame, found, &power);
    for (size_t i = 0; i < count; i++)
        assert_true(found[i].hz > 27.0f && found[i].hz < 2205.0f && found[i].power < 1e-3f);
    mg_peaks_free(peaks);
}

/* A kick whose pitch falls is hardly a note. */
static void test_sweep(void **state)
{
    mg_peak found[MG_PEAKS_MAX];
    double power, phase = 0, sharp = 0, all = 1e-9;
    (void)state;
    mg_peaks *peaks = new_peaks(1024);
    for (unsigned i = 0; i < 1024; i++) {
        phase += (50.0 + 300.0 * exp(-(double)i / rate_hz / 0.06)) / rate_hz;
        frame[i] = (float)sin(2.0 * M_PI * phase);
    }
    size_t count = mg_peaks_find(peaks, frame, found, &power);
    for (size_t i = 0; i < count; i++) {
        sharp += (double)(found[i].sharp * sqrtf(found[i].power));
        all += (double)sqrtf(found[i].power);
    }
    assert_true(sharp < 0.6 * all);
    mg_peaks_free(peaks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frequency),
        cmocka_unit_test(test_two_lengths),
        cmocka_unit_test(test_silence_and_range),
        cmocka_unit_test(test_sweep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
