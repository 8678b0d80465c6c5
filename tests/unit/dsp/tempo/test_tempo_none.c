#include "dsp/tempo/tempo_confidence.h"
#include "tempo_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 44100 };

static void check_none(float *x, size_t frames, mg_why why)
{
    assert_non_null(x);
    mg_tempo_result r = tempo_of(x, frames, RATE, 0, 0);
    free(x);
    assert_int_equal(r.bpm.why, why);
    assert_int_equal(r.period_s.why, why);
    assert_int_equal(r.first_beat_s.why, why);
    assert_int_equal(r.constant_why, why);
    assert_int_equal(r.octave_confidence.why, why);
    assert_int_equal(r.candidate_count, 0);
    assert_true(r.confidence >= 0 && r.confidence <= 1);
    if (why == MG_WHY_NO_BEAT)
        assert_true(r.confidence > 0.5);
    tempo_result_done(&r);
}

static void test_silence(void **state)
{
    (void)state;
    check_none(calloc(2 * 20 * RATE, sizeof(float)), 20 * RATE, MG_WHY_SILENT);
}

static void test_empty_and_short(void **state)
{
    (void)state;
    check_none(calloc(2, sizeof(float)), 0, MG_WHY_SILENT);
    synth_track track = {.style = SYNTH_HOUSE, .bpm = 128, .duration_s = 3.5, .rate_hz = RATE};
    size_t frames = 0;
    float *x = synth_render(&track, &frames);
    check_none(x, frames, MG_WHY_TOO_SHORT);
}

static void test_noise(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed < 4; seed++) {
        size_t frames = 30 * RATE;
        float *x = malloc(2 * frames * sizeof(float));
        assert_non_null(x);
        uint32_t s = seed;
        for (size_t i = 0; i < 2 * frames; i++)
            x[i] = (float)(0.4 * synth_random(&s) - 0.2);
        check_none(x, frames, MG_WHY_NO_BEAT);
    }
}

/* Steady chords, and chords whose partials swell and beat. */
static void test_pads(void **state)
{
    (void)state;
    for (unsigned swell = 0; swell < 2; swell++) {
        size_t frames = 40 * RATE;
        float *x = malloc(2 * frames * sizeof(float));
        assert_non_null(x);
        for (size_t i = 0; i < frames; i++) {
            double t = (double)i / RATE, v = 0;
            for (unsigned h = 0; h < 4; h++)
                v += 0.06 * sin(2 * M_PI * 110 * (1 + 0.2501 * h) * t) *
                     (swell ? 0.6 + 0.4 * sin(2 * M_PI * t * (0.1 + 0.07 * h)) : 1);
            x[2 * i] = x[2 * i + 1] = (float)v;
        }
        check_none(x, frames, MG_WHY_NO_BEAT);
    }
}

/* Bursts at random times, four a second on average. */
static void test_random_bursts(void **state)
{
    (void)state;
    size_t frames = 60 * RATE;
    float *x = malloc(2 * frames * sizeof(float));
    assert_non_null(x);
    uint32_t seed = 12;
    double envelope = 0;
    for (size_t i = 0; i < frames; i++) {
        if (synth_random(&seed) < 4.0 / RATE)
            envelope = 0.2 + 0.6 * synth_random(&seed);
        x[2 * i] = x[2 * i + 1] = (float)(envelope * (2 * synth_random(&seed) - 1));
        envelope *= 0.9997;
    }
    check_none(x, frames, MG_WHY_NO_BEAT);
}

/* A techno recording, as it is and 40 cents up, as measured, whose tempo was held back by too steep
 * a curve of the weight; noise of any weight; tones that beat. */
static void test_weak_beats_count(void **state)
{
    (void)state;
    assert_true(mg_beat_confidence(0.340, 3.28, 0.741) > 0.5);
    assert_true(mg_beat_confidence(0.336, 3.32, 0.726) > 0.5);
    assert_true(mg_beat_confidence(0.10, 5, 1) < 0.1);
    assert_true(mg_beat_confidence(0.60, 1, 1) < 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_silence),       cmocka_unit_test(test_empty_and_short),
        cmocka_unit_test(test_noise),         cmocka_unit_test(test_pads),
        cmocka_unit_test(test_random_bursts), cmocka_unit_test(test_weak_beats_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
