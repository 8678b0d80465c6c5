/* The cut against every other way to cut, with the cost of each counted anew. */
#include "dsp/structure/section_cut.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { FEW = 22, MANY = 1500 };

/* As section_cut.c states them. */
static const double stretch_cost = 12.0, slope_cost = 2.0, odd_cost = 2.0, floor_weight = 3.5;

static double random_share(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 40) / 16777216.0;
}

static double value_at(const mg_section_units *units, size_t i, unsigned f)
{
    return units->feature[i][f] * (f == MG_UNIT_FLOOR ? floor_weight : 1.0);
}

/* Squared deviations of a stretch from the best constant, or from the best line where that pays. */
static double misfit(const mg_section_units *units, size_t from, size_t to, unsigned f)
{
    double n = (double)(to - from), mean = 0, slope = 0, spread = 0, flat = 0, line = 0;
    double middle = 0.5 * (double)(from + to - 1);
    for (size_t i = from; i < to; i++)
        mean += value_at(units, i, f) / n;
    for (size_t i = from; i < to; i++) {
        double t = (double)i - middle;
        slope += t * value_at(units, i, f);
        spread += t * t;
    }
    slope = spread > 0 ? slope / spread : 0;
    for (size_t i = from; i < to; i++) {
        double off = value_at(units, i, f) - mean, t = (double)i - middle;
        flat += off * off;
        line += (off - slope * t) * (off - slope * t);
    }
    bool may_rise =
        f == MG_UNIT_HIGH - 1 || f == MG_UNIT_HIGH || f == MG_UNIT_ATTACKS || f == MG_UNIT_FLOOR;
    return may_rise ? fmin(flat, line + slope_cost) : flat;
}

/* By how much what swelled breaks off before a unit: 0 at 3 dB, 1 at 6 dB. */
static double break_off(const mg_section_units *units, size_t i)
{
    if (i < 5 || i + 3 > units->count)
        return 0;
    size_t behind = i + 4 < units->count ? 3 : units->count - i - 1;
    double crest =
        0.5 * (units->feature[i - 2][MG_UNIT_FLOOR] + units->feature[i - 1][MG_UNIT_FLOOR]);
    double after = 0;
    double before =
        0.5 * (units->feature[i - 5][MG_UNIT_FLOOR] + units->feature[i - 4][MG_UNIT_FLOOR]);
    for (size_t k = 1; k <= behind; k++)
        after += units->feature[i + k][MG_UNIT_FLOOR] / (double)behind;
    return fmax(0.0, fmin(1.0, (crest - fmax(before, after) - 0.3) / 0.3));
}

static double cost_of(const mg_section_units *units, const size_t *start, unsigned count)
{
    double sum = 0;
    for (unsigned k = 0; k < count; k++) {
        size_t from = start[k], to = start[k + 1];
        bool inner = from > 0 && to < units->count;
        sum += stretch_cost * (1.0 - (to < units->count ? break_off(units, to) : 0.0));
        sum += (inner && units->bars && (to - from) % 4 != 0 ? odd_cost : 0.0);
        for (unsigned f = 0; f < MG_UNIT_FEATURES; f++)
            sum += misfit(units, from, to, f);
    }
    return sum;
}

/* Least cost of all ways to cut that begin with `start[0..count-1]`. */
static double least_cost(const mg_section_units *units, size_t *start, unsigned count)
{
    start[count] = units->count;
    double least = cost_of(units, start, count);
    for (size_t next = start[count - 1] + MG_CUT_LEAST; next + MG_CUT_LEAST <= units->count;
         next++) {
        start[count] = next;
        least = fmin(least, least_cost(units, start, count + 1));
    }
    return least;
}

/* Stretches of random length, level and slope. */
static void draw_units(mg_section_units *units, uint64_t *state)
{
    double level[MG_UNIT_FEATURES] = {0}, slope[MG_UNIT_FEATURES] = {0};
    for (size_t i = 0; i < units->count; i++) {
        bool new = i == 0 || random_share(state) < 0.12;
        for (unsigned f = 0; f < MG_UNIT_FEATURES; f++) {
            level[f] = new ? 3.0 * random_share(state) : level[f] + slope[f];
            slope[f] = new ? 0.3 * (random_share(state) - 0.5) : slope[f];
            units->feature[i][f] = level[f] + 0.5 * random_share(state);
        }
    }
}

static void test_exact(void **state)
{
    double feature[FEW][MG_UNIT_FEATURES];
    uint64_t seed = 1;
    unsigned cut = 0;
    (void)state;
    for (unsigned round = 0; round < 60; round++) {
        mg_section_units units = {.count = 1 + round % FEW, .bars = round % 2, .feature = feature};
        size_t start[FEW + 1], other[FEW + 1] = {0};
        unsigned count = 0;
        draw_units(&units, &seed);
        assert_int_equal(mg_section_cut(&units, FEW, start, &count), MG_OK);
        assert_true(count >= 1 && start[0] == 0 && start[count] == units.count);
        for (unsigned k = 0; k < count; k++)
            assert_true(start[k + 1] - start[k] >= MG_CUT_LEAST || count == 1);
        assert_true(fabs(cost_of(&units, start, count) - least_cost(&units, other, 1)) < 1e-9);
        cut += count > 1;
    }
    assert_true(cut > 20);
}

static void test_most(void **state)
{
    static double feature[MANY][MG_UNIT_FEATURES];
    mg_section_units units = {.count = MANY, .feature = feature};
    size_t start[4];
    unsigned count = 0;
    uint64_t seed = 7;
    (void)state;
    draw_units(&units, &seed);
    assert_int_equal(mg_section_cut(&units, 3, start, &count), MG_OK);
    assert_true(count >= 1 && count <= 3);
    assert_true(start[0] == 0 && start[count] == MANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_exact), cmocka_unit_test(test_most)};
    return cmocka_run_group_tests_name("section cut", tests, NULL, NULL);
}
