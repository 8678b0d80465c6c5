/* Every kernel of every table that this CPU runs, bit for bit against the plain one. */
#include "tests/unit/dsp/support.h"

#include "dsp/fpenv.h"
#include "dsp/kernels/kernels.h"
#include "dsp/signal/kweight.h"
#include "dsp/levels/peak_filter.h"

enum { LENGTH_MAX = 1030, OFFSETS = 8, MARGIN = 64 };

/* Values that hurt: denormals, zeros of both signs, full scale, far over it, and noise. */
static void fill(float *x, size_t n, int kind, uint32_t *seed)
{
    static const float odd[] = {0.0f, -0.0f, 1e-40f, -1e-40f, 1.0f, -1.0f, 100.0f, -100.0f, 1e-38f};
    for (size_t i = 0; i < n; i++) {
        float v = noise(seed);
        if (kind == 1)
            v = odd[(size_t)((v + 1.0f) * 4.4f)];
        else if (kind == 2)
            v = v < 0 ? -1.0f : 1.0f;
        else if (kind == 3)
            v *= 1e-30f;
        x[i] = v;
    }
}

/* Designed once in main(). */
static mg_peak_filter filter;

typedef void compare(const mg_kernels *k, const float *x, size_t n, unsigned offset);

static void compare_sums(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    mg_lane_sums a = {{0}, {0}, {0}}, b = a;
    mg_kernels_plain.sums(x, n, offset, &a);
    k->sums(x, n, offset, &b);
    assert_memory_equal(&a, &b, sizeof a);
}

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

static void compare_kweight(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    mg_kweight_taps taps = mg_kweight_design(44100);
    mg_kweight_state a, b;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    mg_kernels_plain.kweight(&taps, &a, x, x + offset, n);
    k->kweight(&taps, &b, x, x + offset, n);
    assert_memory_equal(&a, &b, sizeof a);
    /* In two parts the same as in one. */
    memset(&b, 0, sizeof b);
    k->kweight(&taps, &b, x, x + offset, n / 3);
    k->kweight(&taps, &b, x + n / 3, x + offset + n / 3, n - n / 3);
    assert_memory_equal(&a, &b, sizeof a);
}

static void compare_all(compare *check)
{
    static float x[MARGIN + LENGTH_MAX + OFFSETS + MARGIN];
    uint32_t seed = 20260101;
    unsigned fp = mg_fpenv_enter();
    for (unsigned t = 0; mg_kernels_at(t); t++) {
        for (int kind = 0; kind < 4; kind++) {
            fill(x, sizeof x / sizeof *x, kind, &seed);
            for (size_t n = 0; n <= LENGTH_MAX; n++) {
                for (unsigned offset = 0; offset < OFFSETS; offset++)
                    check(mg_kernels_at(t), x + MARGIN + offset, n, offset);
            }
        }
    }
    mg_fpenv_leave(fp);
}

static void test_sums(void **state)
{
    (void)state;
    compare_all(compare_sums);
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

static void test_kweight(void **state)
{
    (void)state;
    compare_all(compare_kweight);
}

static void test_best_table_is_the_first(void **state)
{
    (void)state;
    assert_ptr_equal(mg_kernels_best(), mg_kernels_at(0));
    unsigned n = 0;
    while (mg_kernels_at(n))
        n++;
    assert_true(n >= 1);
    assert_string_equal(mg_kernels_at(n - 1)->name, "plain");
    print_message("# kernels: %s\n", mg_kernels_best()->name);
}

int main(void)
{
    filter = mg_peak_filter_design();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_interpolate), cmocka_unit_test(test_kweight),
        cmocka_unit_test(test_best_table_is_the_first),
    };
    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
