#include "tempo_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Clicks from 60 to 200 BPM, whole and fractional. */
static void test_clicks(void **state)
{
    (void)state;
    static const double bpm[] = {60, 74.5, 87.3, 120, 127.5, 128.37, 160, 200};
    for (size_t i = 0; i < sizeof(bpm) / sizeof(bpm[0]); i++) {
        synth_track track = {.style = SYNTH_CLICKS,
                             .bpm = bpm[i],
                             .start_s = 0.2,
                             .duration_s = 60,
                             .rate_hz = 22050,
                             .seed = 1};
        mg_tempo_result r = tempo_of_track(&track);
        assert_true(mg_has(r.bpm));
        assert_true(bpm_error(r.bpm.v, bpm[i]) < 0.01);
        assert_true(r.constant);
        tempo_result_done(&r);
    }
}

/* Four on the floor: the octave stands from 90 to 180. */
static void test_four_on_the_floor(void **state)
{
    (void)state;
    static const double bpm[] = {92, 104.2, 118, 126.5, 133.7, 150, 176};
    static const synth_style style[] = {SYNTH_HOUSE, SYNTH_TECHNO, SYNTH_TRANCE};
    for (size_t i = 0; i < sizeof(bpm) / sizeof(bpm[0]); i++) {
        synth_track track = {.style = style[i % 3],
                             .bpm = bpm[i],
                             .start_s = 0.1 * (double)i,
                             .duration_s = 60,
                             .rate_hz = 44100,
                             .seed = (uint32_t)i,
                             .pad_gain = i % 2,
                             .melody_gain = i % 3 ? 0.5 : 0};
        mg_tempo_result r = tempo_of_track(&track);
        assert_true(mg_has(r.bpm));
        assert_true(fabs(r.bpm.v - bpm[i]) < 0.01);
        assert_true(r.confidence > 0.5 && mg_or(r.octave_confidence, 0) > 0.5);
        tempo_result_done(&r);
    }
}

/* Other patterns at the tempo at which their genre is counted. */
static void test_genres(void **state)
{
    (void)state;
    static const struct {
        synth_style style;
        double bpm;
    } cases[] = {
        {SYNTH_TWO_STEP, 174},  {SYNTH_TWO_STEP, 170.25}, {SYNTH_JUNGLE, 165},
        {SYNTH_HALF_TIME, 140}, {SYNTH_TRAP, 145},        {SYNTH_BREAKBEAT, 132},
        {SYNTH_ROCK, 112.8},    {SYNTH_SWING, 124},       {SYNTH_DOTTED, 128},
        {SYNTH_DEMBOW, 96},     {SYNTH_HIP_HOP, 92},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        synth_track track = {.style = cases[i].style,
                             .bpm = cases[i].bpm,
                             .start_s = 0.3,
                             .duration_s = 45,
                             .rate_hz = 32000,
                             .seed = (uint32_t)(50 + i),
                             .pad_gain = 0.5};
        mg_tempo_result r = tempo_of_track(&track);
        assert_true(mg_has(r.bpm));
        assert_true(fabs(r.bpm.v - cases[i].bpm) < 0.01);
        tempo_result_done(&r);
    }
}

/* The profile's range decides where the pattern does not. */
static void test_profile_range(void **state)
{
    (void)state;
    synth_track track = {
        .style = SYNTH_HALF_TIME, .bpm = 140, .duration_s = 40, .rate_hz = 44100, .seed = 3};
    size_t frames = 0;
    float *x = synth_render(&track, &frames);
    assert_non_null(x);
    mg_tempo_result low = tempo_of(x, frames, 44100, 60, 90);
    mg_tempo_result high = tempo_of(x, frames, 44100, 130, 150);
    free(x);
    assert_true(fabs(mg_or(low.bpm, 0) - 70) < 0.01);
    assert_true(fabs(mg_or(high.bpm, 0) - 140) < 0.01);
    tempo_result_done(&low);
    tempo_result_done(&high);
}

/* It does not where the pattern is clear: a kick on every beat stays what it is. */
static void test_profile_range_yields(void **state)
{
    (void)state;
    static const double ranges[][2] = {{155, 190}, {60, 65}, {80, 100}};
    synth_track track = {
        .style = SYNTH_HOUSE, .bpm = 124, .duration_s = 30, .rate_hz = 22050, .seed = 3};
    size_t frames = 0;
    float *x = synth_render(&track, &frames);
    assert_non_null(x);
    for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        mg_tempo_result r = tempo_of(x, frames, 22050, ranges[i][0], ranges[i][1]);
        assert_true(fabs(mg_or(r.bpm, 0) - 124) < 0.01);
        tempo_result_done(&r);
    }
    free(x);
}

static void test_weights_add_up(void **state)
{
    (void)state;
    synth_track track = {
        .style = SYNTH_BREAKBEAT, .bpm = 118, .duration_s = 20, .rate_hz = 44100, .seed = 8};
    mg_tempo_result r = tempo_of_track(&track);
    double sum = r.other_weight;
    assert_true(r.candidate_count >= 2);
    assert_int_equal(r.candidates[0].relation, MG_TEMPO_SAME);
    assert_true(fabs(r.candidates[0].bpm - mg_or(r.bpm, 0)) < 1e-9);
    for (unsigned i = 0; i < r.candidate_count; i++) {
        sum += r.candidates[i].weight;
        assert_true(r.candidates[i].weight >= 0);
        assert_true(i == 0 || r.candidates[i].weight <= r.candidates[i - 1].weight);
    }
    assert_true(fabs(sum - 1) < 1e-9);
    tempo_result_done(&r);
}

/* The same music at four sampling rates. */
static void test_rates_agree(void **state)
{
    (void)state;
    static const unsigned rate[] = {22050, 44100, 48000, 96000};
    mg_tempo_result first = {0};
    for (size_t i = 0; i < 4; i++) {
        synth_track track = {.style = SYNTH_HOUSE,
                             .bpm = 123.45,
                             .start_s = 0.25,
                             .duration_s = 60,
                             .rate_hz = rate[i],
                             .seed = 11};
        mg_tempo_result r = tempo_of_track(&track);
        assert_true(fabs(mg_or(r.bpm, 0) - 123.45) < 0.01);
        if (i == 0) {
            first = r;
            continue;
        }
        assert_true(fabs(r.bpm.v - first.bpm.v) < 0.005);
        assert_true(fabs(r.first_beat_s.v - first.first_beat_s.v) < 0.002);
        tempo_result_done(&r);
    }
    tempo_result_done(&first);
}

static void assert_same(const mg_tempo_result *a, const mg_tempo_result *b)
{
    assert_true(a->bpm.why == b->bpm.why && a->bpm.v == b->bpm.v);
    assert_true(a->confidence == b->confidence);
    assert_true(a->first_beat_s.v == b->first_beat_s.v);
    assert_true(a->max_error_ms.v == b->max_error_ms.v);
    assert_int_equal(a->candidate_count, b->candidate_count);
}

/* Two objects fed in turns give what each gives alone, in any order. */
static void test_objects_share_nothing(void **state)
{
    (void)state;
    synth_track tracks[2] = {
        {.style = SYNTH_HOUSE, .bpm = 124, .duration_s = 15, .rate_hz = 44100, .seed = 1},
        {.style = SYNTH_TWO_STEP, .bpm = 172, .duration_s = 15, .rate_hz = 44100, .seed = 2},
    };
    mg_stream_info info = {.sample_rate_hz = 44100, .channels = 2};
    float *x[2];
    size_t frames[2];
    mg_tempo *tempo[2];
    mg_mono *streams[2];
    mg_tempo_result alone[2], together[2];
    for (int i = 1; i >= 0; i--) {
        x[i] = synth_render(&tracks[i], &frames[i]);
        assert_non_null(x[i]);
        alone[i] = tempo_of(x[i], frames[i], 44100, 0, 0);
        assert_int_equal(mg_tempo_new(&tempo[i], &info, 0, 0), MG_OK);
        assert_int_equal(mg_mono_new(&streams[i], 44100), MG_OK);
    }
    for (size_t b = 0; b * MG_BLOCK_FRAMES < frames[0] + MG_BLOCK_FRAMES; b++)
        for (unsigned i = 0; i < 2; i++)
            tempo_push_block(tempo[i], streams[i], x[i], frames[i], b);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(mg_tempo_finish(tempo[i], &together[i]), MG_OK);
        assert_same(&alone[i], &together[i]);
        mg_tempo_free(tempo[i]);
        mg_mono_free(streams[i]);
        tempo_result_done(&alone[i]);
        tempo_result_done(&together[i]);
        free(x[i]);
    }
}

/* Level and an inverted channel do not change the tempo. */
static void test_gain_and_polarity(void **state)
{
    (void)state;
    synth_track track = {
        .style = SYNTH_TECHNO, .bpm = 131.2, .duration_s = 30, .rate_hz = 44100, .seed = 4};
    size_t frames = 0;
    float *x = synth_render(&track, &frames);
    assert_non_null(x);
    for (size_t i = 0; i < frames; i++) {
        x[2 * i] *= 0.01f;
        x[2 * i + 1] = -x[2 * i];
    }
    mg_tempo_result r = tempo_of(x, frames, 44100, 0, 0);
    free(x);
    assert_true(fabs(mg_or(r.bpm, 0) - 131.2) < 0.01);
    tempo_result_done(&r);
}

static void test_limits(void **state)
{
    (void)state;
    mg_tempo *tempo = NULL;
    mg_stream_info info = {.sample_rate_hz = 7999, .channels = 1};
    assert_int_equal(mg_tempo_new(&tempo, &info, 0, 0), MG_E_LIMITS_EXCEEDED);
    info.sample_rate_hz = 192001;
    assert_int_equal(mg_tempo_new(&tempo, &info, 0, 0), MG_E_LIMITS_EXCEEDED);
    assert_null(tempo);
    mg_tempo_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clicks),
        cmocka_unit_test(test_four_on_the_floor),
        cmocka_unit_test(test_genres),
        cmocka_unit_test(test_profile_range),
        cmocka_unit_test(test_profile_range_yields),
        cmocka_unit_test(test_weights_add_up),
        cmocka_unit_test(test_rates_agree),
        cmocka_unit_test(test_objects_share_nothing),
        cmocka_unit_test(test_gain_and_polarity),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
