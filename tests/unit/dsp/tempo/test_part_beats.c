#include "tempo_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 22050 };

/* Tracks one after the other; each begins with a beat. */
static float *join_tracks(synth_track *tracks, size_t count, size_t *ret_frames)
{
    float *all = NULL;
    *ret_frames = 0;
    for (size_t i = 0; i < count; i++) {
        tracks[i].rate_hz = RATE;
        size_t frames = 0;
        float *x = synth_render(&tracks[i], &frames);
        assert_non_null(x);
        all = realloc(all, 2 * (*ret_frames + frames) * sizeof(float));
        assert_non_null(all);
        memcpy(all + 2 * *ret_frames, x, 2 * frames * sizeof(float));
        *ret_frames += frames;
        free(x);
    }
    return all;
}

static double bpm_at(const mg_tempo_result *r, double time_s)
{
    double bpm = 0;
    for (unsigned i = 0; i < r->map_count; i++)
        if (r->map[i].start_s <= time_s)
            bpm = r->map[i].bpm;
    return bpm;
}

static void check_order(const mg_tempo_result *r, double duration_s)
{
    for (unsigned i = 1; i < r->beat_count; i++)
        assert_true(r->beats_s[i] > r->beats_s[i - 1]);
    if (r->beat_count > 0) {
        assert_true(r->beats_s[0] >= 0);
        assert_true(r->beats_s[r->beat_count - 1] < duration_s);
    }
    for (unsigned i = 0; i < r->map_count; i++) {
        assert_true(i > 0 ? r->map[i].start_s > r->map[i - 1].start_s : r->map[i].start_s == 0);
        assert_true(i > 0 ? r->map[i].beat > r->map[i - 1].beat : r->map[i].beat == 0);
        assert_true(isfinite(r->map[i].bpm) && r->map[i].bpm > 0);
    }
    assert_true(r->constant == (r->map_count == 0) || !mg_has(r->bpm));
}

/* House at 122, drum and bass at 174: each at its own level, the border on a beat of the second. */
static void test_levels(void **state)
{
    (void)state;
    synth_track tracks[] = {
        {.style = SYNTH_HOUSE, .bpm = 122, .duration_s = 70, .seed = 1},
        {.style = SYNTH_TWO_STEP, .bpm = 174, .duration_s = 70, .seed = 2},
        {.style = SYNTH_HIP_HOP, .bpm = 92, .duration_s = 60, .seed = 3},
    };
    size_t frames;
    float *x = join_tracks(tracks, 3, &frames);
    mg_tempo_result r = tempo_of(x, frames, RATE, 0, 0);
    free(x);
    check_order(&r, 200);
    assert_false(r.constant);
    assert_true(fabs(bpm_at(&r, 35) - 122) < 0.02);
    assert_true(fabs(bpm_at(&r, 105) - 174) < 0.02);
    assert_true(fabs(bpm_at(&r, 170) - 92) < 0.02);
    assert_true(fabs(r.bpm.v - 122) < 0.02); /* the middle one */
    assert_true(fabs(r.candidates[0].bpm - r.bpm.v) < 1e-9 && r.confidence > 0.8);
    assert_true(mg_or(r.downbeat_index, 9) == 0);
    unsigned met = 0, all = 0;
    double start_s = 0;
    for (size_t i = 0; i < 3; start_s += tracks[i++].duration_s)
        for (long b = 0; b * 60 / tracks[i].bpm < tracks[i].duration_s; b++, all++) {
            double at_s = start_s + (double)b * 60 / tracks[i].bpm;
            for (unsigned k = 0; k < r.beat_count; k++)
                if (fabs(r.beats_s[k] - at_s) < 0.025) {
                    met++;
                    break;
                }
        }
    assert_true(met > 0.97 * all);
    tempo_result_done(&r);
}

/* A beat under half time and under a break is one part and stays constant. */
static void test_one_level(void **state)
{
    (void)state;
    synth_track tracks[] = {
        {.style = SYNTH_HOUSE, .bpm = 140, .duration_s = 240 / 140.0 * 40, .seed = 1},
        {.style = SYNTH_HALF_TIME, .bpm = 140, .duration_s = 240 / 140.0 * 40, .seed = 2},
        {.style = SYNTH_HOUSE,
         .bpm = 140,
         .duration_s = 240 / 140.0 * 60,
         .intro_bars = 24,
         .pad_gain = 1,
         .seed = 3},
    };
    size_t frames;
    float *x = join_tracks(tracks, 3, &frames);
    mg_tempo_result r = tempo_of(x, frames, RATE, 0, 0);
    free(x);
    assert_true(r.constant);
    assert_true(fabs(mg_or(r.bpm, 0) - 140) < 0.02);
    tempo_result_done(&r);
}

/* Two thirds exactly: tracks of 144 and 96, each sure of its level, are two parts, triplets not. */
static void test_crossed(void **state)
{
    (void)state;
    synth_track two[] = {
        {.style = SYNTH_TECHNO, .bpm = 144, .duration_s = 80, .pad_gain = 0.5, .seed = 1},
        {.style = SYNTH_ROCK, .bpm = 96, .duration_s = 80, .pad_gain = 0.5, .seed = 2},
    };
    synth_track triplets[] = {
        {.style = SYNTH_HOUSE, .bpm = 120, .duration_s = 80, .seed = 1},
        {.style = SYNTH_SHUFFLE, .bpm = 120, .duration_s = 80, .seed = 2},
    };
    size_t frames;
    float *x = join_tracks(two, 2, &frames);
    mg_tempo_result r = tempo_of(x, frames, RATE, 0, 0);
    free(x);
    check_order(&r, 160);
    assert_true(fabs(bpm_at(&r, 40) - 144) < 0.02);
    assert_true(fabs(bpm_at(&r, 120) - 96) < 0.02);
    tempo_result_done(&r);
    x = join_tracks(triplets, 2, &frames);
    r = tempo_of(x, frames, RATE, 0, 0);
    free(x);
    assert_true(fabs(mg_or(r.bpm, 0) - 120) < 0.1);
    assert_true(r.constant);
    tempo_result_done(&r);
}

/* Any tracks in any order: an end, and beats one after the other. */
static void test_any(void **state)
{
    (void)state;
    uint32_t dice = 11;
    for (unsigned run = 0; run < 8; run++) {
        synth_track tracks[5];
        double duration_s = 0;
        size_t count = 2 + run % 4, frames;
        for (size_t i = 0; i < count; i++) {
            tracks[i] = (synth_track){
                .style = (synth_style)(synth_random(&dice) * SYNTH_STYLES),
                .bpm = 60 + 120 * synth_random(&dice),
                .start_s = synth_random(&dice),
                .duration_s = floor(5 + 50 * synth_random(&dice)),
                .pad_gain = synth_random(&dice),
                .intro_bars = (unsigned)(8 * synth_random(&dice)),
                .variation = 0.4 * synth_random(&dice),
                .seed = dice,
            };
            duration_s += tracks[i].duration_s;
        }
        float *x = join_tracks(tracks, count, &frames);
        mg_tempo_result r = tempo_of(x, frames, RATE, 0, 0);
        free(x);
        check_order(&r, duration_s);
        tempo_result_done(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_one_level),
        cmocka_unit_test(test_crossed),
        cmocka_unit_test(test_any),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
