#include "dsp/tempo/grid_fit.h"
#include "tempo_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void check_grid(const synth_track *track, double tolerance_s)
{
    mg_tempo_result r = tempo_of_track(track);
    assert_true(mg_has(r.bpm) && mg_has(r.period_s) && mg_has(r.first_beat_s));
    assert_true(r.first_beat_s.v >= 0 && r.first_beat_s.v < r.period_s.v);
    assert_true(fabs(r.period_s.v * r.bpm.v - 60) < 1e-9);
    assert_true(beat_error_s(track, r.first_beat_s.v) < tolerance_s);
    double beats = floor((track->duration_s - r.first_beat_s.v) / r.period_s.v);
    assert_true(beat_error_s(track, r.first_beat_s.v + beats * r.period_s.v) < tolerance_s);
    assert_true(r.constant);
    assert_true(mg_or(r.max_error_ms, 0) <= 10);
    assert_int_equal(r.map_count, 0);
    assert_int_equal(r.beat_count, 0);
    tempo_result_done(&r);
}

/* First and last beat of clicks and kicks at the note-on sample. */
static void test_clicks_and_kicks(void **state)
{
    (void)state;
    static const double start[] = {0, 0.1234, 0.5, 1.75};
    for (size_t i = 0; i < 4; i++) {
        check_grid(&(synth_track){.style = SYNTH_CLICKS,
                                  .bpm = 127.3,
                                  .start_s = start[i],
                                  .duration_s = 60,
                                  .rate_hz = 44100,
                                  .seed = 1},
                   0.002);
        check_grid(&(synth_track){.style = SYNTH_TECHNO,
                                  .bpm = 130,
                                  .start_s = start[i],
                                  .duration_s = 60,
                                  .rate_hz = 44100,
                                  .seed = 2},
                   0.002);
    }
}

static void test_mixes(void **state)
{
    (void)state;
    static const synth_style style[] = {SYNTH_HOUSE, SYNTH_TRANCE, SYNTH_TWO_STEP, SYNTH_ROCK,
                                        SYNTH_SWING};
    static const double bpm[] = {121.7, 138, 174, 104.4, 125};
    for (size_t i = 0; i < 5; i++)
        check_grid(&(synth_track){.style = style[i],
                                  .bpm = bpm[i],
                                  .start_s = 0.41,
                                  .duration_s = 60,
                                  .rate_hz = 44100,
                                  .seed = (uint32_t)i,
                                  .intro_bars = 4,
                                  .pad_gain = 1,
                                  .melody_gain = 0.5},
                   0.005);
}

/* Loud bass between the beats does not draw the grid half a beat away. */
static void test_offbeat_bass(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 4; seed++)
        check_grid(&(synth_track){.style = SYNTH_OFFBEAT_BASS,
                                  .bpm = 126 + 3.3 * seed,
                                  .start_s = 0.2,
                                  .duration_s = 60,
                                  .rate_hz = 44100,
                                  .seed = seed},
                   0.005);
}

/* Ten minutes: the last beat is where it should be, fractional tempo and all. */
static void test_long_track(void **state)
{
    (void)state;
    check_grid(&(synth_track){.style = SYNTH_HOUSE,
                              .bpm = 127.913,
                              .start_s = 0.3,
                              .duration_s = 600,
                              .rate_hz = 22050,
                              .seed = 9},
               0.005);
}

static double snapped_bpm(double bpm, double error, double duration_s)
{
    mg_grid grid = {.period_s = 60 / bpm, .first_s = 0.2, .period_error_s = error * 60 / bpm};
    double middle = floor((0.5 * duration_s - 0.2) / grid.period_s);
    double before_s = 0.2 + middle * grid.period_s;
    mg_grid_snap(&grid, duration_s);
    assert_true(fabs(grid.first_s + middle * grid.period_s - before_s) < 1e-9);
    return 60 / grid.period_s;
}

/* An integer or a half is taken only where the fit is not surer of something else. */
static void test_snap(void **state)
{
    (void)state;
    assert_true(fabs(snapped_bpm(127.9995, 2e-6, 60) - 128) < 1e-9);
    assert_true(fabs(snapped_bpm(174.502, 5e-6, 60) - 174.5) < 1e-9);
    assert_true(fabs(snapped_bpm(165.488, 2e-6, 60) - 165.488) < 1e-9);
    assert_true(fabs(snapped_bpm(128.004, 2e-6, 60) - 128.004) < 1e-9);
    assert_true(fabs(snapped_bpm(128.004, INFINITY, 60) - 128) < 1e-9); /* 0.9 ms */
    assert_true(fabs(snapped_bpm(128.01, INFINITY, 60) - 128.01) < 1e-9);
    assert_true(fabs(snapped_bpm(128.001, INFINITY, 600) - 128.001) < 1e-9);
}

/* The bar starts where the kick and the snare say, where they say it. */
static void test_downbeat(void **state)
{
    (void)state;
    synth_track track = {.style = SYNTH_TWO_STEP,
                         .bpm = 172,
                         .start_s = 0.9,
                         .duration_s = 60,
                         .rate_hz = 44100,
                         .seed = 3};
    mg_tempo_result r = tempo_of_track(&track);
    assert_true(mg_has(r.downbeat_index));
    assert_true(mg_or(r.beats_per_bar, 0) == 4);
    double at = r.first_beat_s.v + r.downbeat_index.v * r.period_s.v - track.start_s;
    double bars = at * track.bpm / 240;
    assert_true(fabs(bars - floor(bars + 0.5)) < 0.02);
    tempo_result_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clicks_and_kicks),
        cmocka_unit_test(test_mixes),
        cmocka_unit_test(test_offbeat_bass),
        cmocka_unit_test(test_long_track),
        cmocka_unit_test(test_snap),
        cmocka_unit_test(test_downbeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
