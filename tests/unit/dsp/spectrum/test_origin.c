/* Where the audio came from, judged by the levels of cells alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dsp/spectrum/origin.h"

#include <math.h>
#include <stdlib.h>

static const double floor_db = -100.0;

/* A spectrum that falls by some dB an octave over 1 kHz, with a filter's gain in dB on top. */
static mg_cell_levels *levels_of(unsigned rate_hz, double slope_db, double (*gain_db)(double hz))
{
    mg_cell_levels *l = calloc(1, sizeof *l);
    assert_non_null(l);
    l->rate_hz = rate_hz;
    l->cells = rate_hz / 200 - 1;
    for (size_t i = 0; i < l->cells; i++) {
        double hz = 100.0 * (double)(i ? i : 1), ripple = i % 3 ? 0.4 : -0.8;
        double db = -slope_db * log2(fmax(hz, 1000.0) / 1000.0) + gain_db(hz);
        l->high_db[i] = fmax(db, floor_db) + ripple;
        l->middle_db[i] = fmax(db - 10.0, floor_db) + ripple;
    }
    size_t last = (size_t)floor(0.48 * rate_hz / 100.0);
    l->floor_db = floor_db;
    for (size_t i = last; i >= 20 && l->edge == 0; i--) {
        double above = 0.0;
        for (size_t k = 1; k <= 5; k++)
            above += l->high_db[i + k] / 5.0;
        if (l->high_db[i] > above + 20.0)
            l->edge = i;
    }
    return l;
}

static double wall_hz;

static double wall(double hz)
{
    return hz < wall_hz ? 0.0 : -200.0 * fmin(1.0, (hz - wall_hz) / 500.0);
}

static double pole_24(double hz)
{
    return -40.0 * log10(1.0 + pow(hz / wall_hz, 2.0));
}

static double none(double hz)
{
    return 0.0 * hz;
}

static void test_a_wall_at_half_of_a_lower_rate(void **state)
{
    (void)state;
    static const struct {
        unsigned rate_hz, from_hz;
        double wall_hz;
    } cases[] = {{44100, 22050, 10600.0}, {48000, 22050, 10700.0}, {48000, 44100, 21500.0},
                 {88200, 44100, 21400.0}, {96000, 44100, 21500.0}, {96000, 48000, 23400.0},
                 {192000, 96000, 46800.0}, {44100, 16000, 7600.0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        wall_hz = cases[i].wall_hz;
        mg_cell_levels *l = levels_of(cases[i].rate_hz, 6.0, wall);
        mg_upsampled u = mg_find_upsampled(l);
        if (!mg_has(u.from_hz) || u.from_hz.v != cases[i].from_hz)
            fail_msg("%u Hz: %.0f instead of %u", cases[i].rate_hz, u.from_hz.v, cases[i].from_hz);
        assert_true(u.confidence.v >= 0.9);
        free(l);
    }
}

static void test_other_ends_are_not_upsampled(void **state)
{
    (void)state;
    static const unsigned rates[] = {44100, 48000, 96000};
    static const double ends_hz[] = {9000.0, 13000.0, 14500.0, 17000.0, 18600.0, 20100.0};
    for (int r = 0; r < 3; r++) {
        mg_cell_levels *l = levels_of(rates[r], 6.0, none);
        assert_false(mg_has(mg_find_upsampled(l).from_hz));
        free(l);
        for (int i = 0; i < 6; i++) {
            wall_hz = ends_hz[i];
            l = levels_of(rates[r], 6.0, wall); /* as a codec or an equaliser cuts */
            assert_false(mg_has(mg_find_upsampled(l).from_hz));
            free(l);
            l = levels_of(rates[r], 6.0, pole_24);
            assert_false(mg_has(mg_find_upsampled(l).from_hz));
            free(l);
        }
    }
}

/* Analogue low-passes at any frequency: never a lossy source. */
static void test_dark_tracks_are_not_lossy(void **state)
{
    (void)state;
    for (wall_hz = 2000.0; wall_hz <= 20000.0; wall_hz += 500.0) {
        for (double slope = 0.0; slope <= 18.0; slope += 3.0) {
            mg_cell_levels *l = levels_of(44100, slope, pole_24);
            mg_value p = mg_lossy_probability(l);
            assert_true(mg_has(p) && p.v < 0.2);
            free(l);
        }
    }
}

static void test_low_rates_are_not_judged(void **state)
{
    (void)state;
    wall_hz = 12000.0;
    mg_cell_levels *l = levels_of(32000, 6.0, wall);
    assert_int_equal(mg_lossy_probability(l).why, MG_WHY_ABOVE_BAND_LIMIT);
    free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_wall_at_half_of_a_lower_rate),
        cmocka_unit_test(test_other_ends_are_not_upsampled),
        cmocka_unit_test(test_dark_tracks_are_not_lossy),
        cmocka_unit_test(test_low_rates_are_not_judged),
    };
    return cmocka_run_group_tests_name("origin", tests, NULL, NULL);
}
