/* The kernels of the true-peak search, bit for bit, and against their definition. */
#include "tests/unit/dsp/kernels/compare.h"

#include "dsp/levels/peak_filter.h"

enum { CELLS_MAX = LENGTH_MAX / MG_CELL_FRAMES };

/* Designed once in main(). */
static mg_peak_filter filter;

static void compare_cells(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    (void)offset;
    float peak[2][LENGTH_MAX / 16 + 1], bend[2][LENGTH_MAX / 16 + 1];
    memset(peak, 0, sizeof peak);
    memset(bend, 0, sizeof bend);
    mg_kernels_plain.cells(x, n / 16, peak[0], bend[0]);
    k->cells(x, n / 16, peak[1], bend[1]);
    assert_memory_equal(peak[0], peak[1], sizeof peak[0]);
    assert_memory_equal(bend[0], bend[1], sizeof bend[0]);
    for (size_t c = 0; c < n / 16; c++) {
        float top = 0.0f;
        for (size_t i = 0; i < 16; i++)
            top = fmaxf(top, fabsf(x[16 * c + i]));
        assert_true(top == peak[0][c]);
    }
}

static void compare_interpolate(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    (void)offset;
    float y[2][3][MG_CELL_FRAMES];
    const float *at = x + n % 512;
    float a = mg_kernels_plain.interpolate(&filter.taps, at, y[0]);
    float b = k->interpolate(&filter.taps, at, y[1]);
    assert_true(a == b);
    assert_memory_equal(y[0], y[1], sizeof y[0]);
}

static void compare_bounds(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    float peak[CELLS_MAX], bends[CELLS_MAX + 2], *bend = bends + 1, bound[2][CELLS_MAX];
    size_t cells = n / MG_CELL_FRAMES;
    mg_kernels_plain.cells(x, cells, peak, bend);
    bends[0] = 0.1f * (float)offset;
    bends[1 + cells] = 0.05f;
    float a = mg_kernels_plain.bounds(x, peak, bend, cells, 0.49f, 1.00001f, bound[0]);
    float b = k->bounds(x, peak, bend, cells, 0.49f, 1.00001f, bound[1]);
    assert_memory_equal(bound[0], bound[1], cells * sizeof(float));
    float top = 0.0f;
    for (size_t c = 0; c < cells; c++) {
        float sample = fmaxf(peak[c], fabsf(x[(c + 1) * MG_CELL_FRAMES]));
        float most = fmaxf(fmaxf(bends[c], bends[c + 1]), bends[c + 2]);
        assert_true(bound[0][c] == (sample + 0.49f * most) * 1.00001f);
        top = fmaxf(top, peak[c]);
    }
    assert_true(a == b && a == top);
}

/* Whether point p[0] is a crest that counts, as kernels.h says it. */
static bool is_crest(const float *p, float threshold, float bar)
{
    float sign = copysignf(1.0f, p[0]), top = fabsf(p[0]), before = sign * p[-1];
    float after = sign * p[1];
    float bow = ((top + top) - before) - after;
    return top >= threshold && top >= before && top > after &&
           (top + bow * 0.125f) * 1.00001f > bar;
}

static void compare_crests(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    static const float part[OFFSETS] = {0.0f, 0.1f, 0.5f, 0.9f, 1.0f, 0.9f, 0.5f, 1e-3f};
    float y[3][MG_CELL_FRAMES];
    const float *at = x + n % 512;
    float before = n % 2 ? at[-1] : 0.0f;
    float top = mg_kernels_plain.interpolate(&filter.taps, at, y);
    float threshold = part[offset] * top, bar = part[(offset + n) % OFFSETS] * top;
    unsigned a[4], b[4];
    mg_kernels_plain.crests(at, y, before, threshold, bar, a);
    k->crests(at, y, before, threshold, bar, b);
    assert_memory_equal(a, b, sizeof a);
    float point[4 * MG_CELL_FRAMES + 2] = {before};
    for (int i = 0; i < MG_CELL_FRAMES; i++) {
        point[4 * i + 1] = at[i];
        for (int p = 0; p < 3; p++)
            point[4 * i + 2 + p] = y[p][i];
    }
    point[4 * MG_CELL_FRAMES + 1] = at[MG_CELL_FRAMES];
    for (int i = 0; i < 4 * MG_CELL_FRAMES; i++)
        assert_int_equal(a[i % 4] >> i / 4 & 1, is_crest(point + 1 + i, threshold, bar));
}

static void test_cells(void **state)
{
    (void)state;
    compare_all(compare_cells);
}

static void test_interpolate(void **state)
{
    (void)state;
    compare_all(compare_interpolate);
}

static void test_bounds(void **state)
{
    (void)state;
    compare_all(compare_bounds);
}

static void test_crests(void **state)
{
    (void)state;
    compare_all(compare_crests);
}

/* What the search leaves out rests on this: no interpolated point lies over the bound. */
static void test_no_point_over_the_bound(void **state)
{
    (void)state;
    static float x[MARGIN + LENGTH_MAX + MARGIN];
    const mg_kernels *k = mg_kernels_best();
    uint32_t seed = 5;
    for (int kind = 0; kind < 3; kind++) {
        for (int round = 0; round < 50; round++) {
            float peak[CELLS_MAX + 2], bend[CELLS_MAX + 2], bound[CELLS_MAX], y[3][MG_CELL_FRAMES];
            fill(x, sizeof x / sizeof *x, kind, &seed);
            const float *at = x + MARGIN;
            k->cells(at - MG_CELL_FRAMES, CELLS_MAX + 2, peak, bend);
            k->bounds(at, peak + 1, bend + 1, CELLS_MAX, filter.bend_gain, 1.00001f, bound);
            for (size_t c = 0; c < CELLS_MAX; c++)
                assert_true(k->interpolate(&filter.taps, at + c * MG_CELL_FRAMES, y) <= bound[c]);
        }
    }
}

int main(void)
{
    filter = mg_peak_filter_design();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells),  cmocka_unit_test(test_interpolate),
        cmocka_unit_test(test_bounds), cmocka_unit_test(test_crests),
        cmocka_unit_test(test_no_point_over_the_bound),
    };
    return cmocka_run_group_tests_name("kernels_peaks", tests, NULL, NULL);
}
