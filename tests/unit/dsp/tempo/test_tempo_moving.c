#include "tempo_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void check_map(const mg_tempo_result *r, double duration_s)
{
    assert_false(r->constant);
    assert_true(r->map_count >= 1 && r->map_count <= MG_TEMPO_MAP_MAX);
    assert_true(r->map[0].start_s == 0);
    for (unsigned i = 1; i < r->map_count; i++) {
        assert_true(r->map[i].start_s > r->map[i - 1].start_s);
        assert_true(r->map[i].beat > r->map[i - 1].beat);
    }
    assert_true(r->map[r->map_count - 1].start_s < duration_s);
    assert_true(r->beat_count > 8 && r->beats_total >= r->beat_count);
    for (unsigned i = 1; i < r->beat_count; i++)
        assert_true(r->beats_s[i] > r->beats_s[i - 1]);
    assert_true(r->beats_s[r->beat_count - 1] < duration_s);
}

static double bpm_at(const mg_tempo_result *r, double time_s)
{
    double bpm = 0;
    for (unsigned i = 0; i < r->map_count; i++)
        if (r->map[i].start_s <= time_s)
            bpm = r->map[i].bpm;
    return bpm;
}

/* 120 for 45 s, then 132. */
static void test_change(void **state)
{
    (void)state;
    synth_track track = {.style = SYNTH_HOUSE,
                         .bpm = 120,
                         .end_bpm = 132,
                         .change_s = 45,
                         .duration_s = 90,
                         .rate_hz = 44100,
                         .seed = 6};
    mg_tempo_result r = tempo_of_track(&track);
    check_map(&r, track.duration_s);
    assert_true(fabs(bpm_at(&r, 20) - 120) < 0.5);
    assert_true(fabs(bpm_at(&r, 70) - 132) < 0.5);
    assert_true(mg_or(r.bpm, 0) > 119 && mg_or(r.bpm, 0) < 133);
    tempo_result_done(&r);
}

/* A glide from 124 to 130 over a minute and a half. */
static void test_glide(void **state)
{
    (void)state;
    synth_track track = {.style = SYNTH_TECHNO,
                         .bpm = 124,
                         .end_bpm = 130,
                         .duration_s = 90,
                         .rate_hz = 44100,
                         .seed = 7};
    mg_tempo_result r = tempo_of_track(&track);
    check_map(&r, track.duration_s);
    assert_true(fabs(bpm_at(&r, 45) - 127) < 1);
    tempo_result_done(&r);
}

/* Two tracks one after the other, as in a mix: a beat all the same, and a map of both. */
static void test_two_tracks(void **state)
{
    (void)state;
    synth_track a = {
        .style = SYNTH_HOUSE, .bpm = 122, .duration_s = 60, .rate_hz = 44100, .seed = 1};
    synth_track b = {
        .style = SYNTH_TECHNO, .bpm = 138, .duration_s = 60, .rate_hz = 44100, .seed = 2};
    size_t frames_a = 0, frames_b = 0;
    float *x = synth_render(&a, &frames_a), *y = synth_render(&b, &frames_b);
    assert_non_null(x);
    assert_non_null(y);
    x = realloc(x, 2 * (frames_a + frames_b) * sizeof(float));
    assert_non_null(x);
    memcpy(x + 2 * frames_a, y, 2 * frames_b * sizeof(float));
    mg_tempo_result r = tempo_of(x, frames_a + frames_b, 44100, 0, 0);
    check_map(&r, 120);
    assert_true(fabs(bpm_at(&r, 30) - 122) < 0.5);
    assert_true(fabs(bpm_at(&r, 95) - 138) < 0.5);
    tempo_result_done(&r);
    free(x);
    free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_change),
        cmocka_unit_test(test_glide),
        cmocka_unit_test(test_two_tracks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
