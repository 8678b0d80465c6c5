/* Where everything over the kick falls: a kick against a bass note of the same strength. */
#include "dsp/tempo/odf_condition.h"
#include "dsp/tempo/odf_falls.h"
#include "dsp/tempo/onset.h"
#include "tests/unit/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 44100, SECONDS = 20 };
static const double beat_s = 0.5;

/* The largest value of a row within 40 ms of each beat, or of each place between two; the mean. */
static double mean_at(const mg_odf *odf, unsigned row, double phase)
{
    double sum = 0, count = 0;
    for (double at = beat_s * (2 + phase); at < SECONDS - 1; at += beat_s) {
        unsigned most = 0;
        for (double f = mg_odf_frame_at(odf, at - 0.04); f < mg_odf_frame_at(odf, at + 0.04); f++)
            most = mg_odf_get(odf, row, (size_t)f) > most ? mg_odf_get(odf, row, (size_t)f) : most;
        sum += most;
        count++;
    }
    return sum / count;
}

/* A low note of 110 ms: the kick falls in pitch, the bass has overtones and stays. */
static double kick(double t)
{
    double phase = 2 * M_PI * (50 * t + 3 * (1 - exp(-t / 0.02)));
    return t < 0 || t > 0.2 ? 0 : 0.5 * sin(phase) * exp(-t / 0.08);
}

static double bass(double t)
{
    double edge = fmin(1, fmin(t / 0.003, (0.11 - t) / 0.01)), x = 0;
    for (unsigned k = 1; k < 8; k++)
        x += sin(2 * M_PI * 55 * k * t) / k;
    return edge < 0 ? 0 : 0.5 * edge * x;
}

/* Kicks on the beats, bass between them, over a chord that gives way to the kicks or does not. */
static mg_odf history_of(double duck)
{
    static float x[RATE * SECONDS];
    for (size_t i = 0; i < RATE * SECONDS; i++) {
        double t = (double)i / RATE, beat = fmod(t, beat_s), back = fmin(1, beat / 0.3);
        double gain = 1 - duck * fmin(1, beat / 0.003) * (1 - back * back);
        double chord = sin(2 * M_PI * 330 * t) + sin(2 * M_PI * 415 * t) +
                       0.3 * sin(2 * M_PI * 3300 * t) + 0.2 * sin(2 * M_PI * 7000 * t);
        x[i] = (float)(kick(beat) + bass(beat - beat_s / 2) + 0.1 * gain * chord);
    }
    mg_odf odf = MG_ODF_INIT;
    mg_stream_info info = {.sample_rate_hz = RATE, .channels = 1};
    mg_onset *onset = NULL;
    mg_mono *streams = NULL;
    static _Alignas(MG_BLOCK_ALIGN) float part[MG_BLOCK_FRAMES];
    assert_int_equal(mg_onset_new(&onset, &info), MG_OK);
    assert_int_equal(mg_mono_new(&streams, RATE), MG_OK);
    for (size_t at = 0; at < RATE * SECONDS; at += MG_BLOCK_FRAMES) {
        size_t rest = RATE * SECONDS - at, count = rest < MG_BLOCK_FRAMES ? rest : MG_BLOCK_FRAMES;
        memcpy(part, x + at, count * sizeof(float));
        mg_block block = {
            .start_frame = at, .frames = count, .left = part, .right = part, .mid = part};
        assert_int_equal(mg_onset_push(onset, mg_mono_push(streams, &block), &odf), MG_OK);
    }
    assert_int_equal(mg_onset_push(onset, mg_mono_end(streams), &odf), MG_OK);
    assert_int_equal(mg_onset_flush(onset, &odf), MG_OK);
    mg_onset_free(onset);
    mg_mono_free(streams);
    double rms[MG_ODF_BANDS];
    assert_int_equal(mg_odf_condition(&odf, rms), MG_OK);
    return odf;
}

static void test_kick_and_bass(void **state)
{
    (void)state;
    for (unsigned ducks = 0; ducks < 2; ducks++) {
        mg_odf odf = history_of(ducks * 0.6);
        double rise = mean_at(&odf, MG_ODF_KICK, 0) / mean_at(&odf, MG_ODF_KICK, 0.5);
        assert_true(rise > 0.5 && rise < 2);
        assert_true(mean_at(&odf, MG_ODF_LEVEL, 0) > 100);
        assert_true(mean_at(&odf, MG_ODF_LEVEL, 0) > 4 * mean_at(&odf, MG_ODF_LEVEL, 0.5));
        mg_odf_done(&odf);
    }
}

static void push(mg_odf *odf, unsigned level, unsigned rise)
{
    uint8_t row[MG_ODF_ROWS] = {(uint8_t)rise};
    row[MG_ODF_LEVEL] = (uint8_t)level;
    assert_int_equal(mg_odf_push(odf, row), MG_OK);
}

static void falls(mg_odf *odf)
{
    uint8_t *level = malloc(odf->frames + 1);
    for (size_t i = 0; i < odf->frames; i++)
        level[i] = mg_odf_get(odf, MG_ODF_LEVEL, i);
    mg_odf_falls(odf, level);
    free(level);
}

/* 10 dB down at frame 100: 40 quarters, while all that is behind is low and what is before is not;
 * half as much where half is behind, or the lows rise by 2 dB. What rises, or strikes for 12 ms, is
 * no fall. */
static void test_step(void **state)
{
    (void)state;
    mg_odf odf = MG_ODF_INIT;
    for (unsigned i = 0; i < 300; i++)
        push(&odf,
             i >= 200 && i < 202 ? 160
             : i >= 250          ? 140
             : i < 100           ? 120
                                 : 100,
             i == 95   ? 8
             : i == 97 ? 0
                       : 200);
    falls(&odf);
    for (size_t i = 0; i < odf.frames; i++) {
        unsigned fall = mg_odf_get(&odf, MG_ODF_LEVEL, i);
        if (i <= 80 || i >= 102)
            assert_int_equal(fall, 0);
        else if (i >= 92 && i <= 101)
            assert_int_equal(fall, i == 95 ? 20 : i == 97 ? 0 : 40);
        else
            assert_true(fall > 0 && fall < 40);
    }
    assert_int_equal(mg_odf_get(&odf, MG_ODF_LEVEL, 86), 20);
    mg_odf_done(&odf);
}

/* Nothing, one frame, ends: what is not there is as it was last. */
static void test_short(void **state)
{
    (void)state;
    mg_odf odf = MG_ODF_INIT;
    mg_odf_falls(&odf, NULL);
    for (unsigned frames = 1; frames < 40; frames++) {
        push(&odf, 200, 100);
        falls(&odf);
        for (size_t i = 0; i < odf.frames; i++) {
            assert_int_equal(mg_odf_get(&odf, MG_ODF_LEVEL, i), 0);
            mg_odf_set(&odf, MG_ODF_LEVEL, i, 200);
        }
    }
    mg_odf_done(&odf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kick_and_bass),
        cmocka_unit_test(test_step),
        cmocka_unit_test(test_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
