/* Every kernel of every table that this CPU runs, bit for bit against the plain one. */
#include "tests/unit/dsp/kernels/compare.h"

#include "dsp/signal/kweight.h"
#include "dsp/levels/peak_filter.h"

/* Designed once in main(). */
static mg_peak_filter filter;

static void compare_extremes(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    float a[2] = {0.01f * (float)offset, 0.0f}, b[2] = {a[0], a[1]}, low = a[0], high = a[1];
    mg_kernels_plain.extremes(x, n, &a[0], &a[1]);
    k->extremes(x, n, &b[0], &b[1]);
    assert_memory_equal(a, b, sizeof a);
    for (size_t i = 0; i < n; i++) {
        low = fminf(low, x[i]);
        high = fmaxf(high, x[i]);
    }
    assert_true(a[0] == low && a[1] == high);
}

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

static void compare_averages(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    (void)offset;
    float mean[2][LENGTH_MAX / 16 + 1];
    memset(mean, 0, sizeof mean);
    mg_kernels_plain.averages(x, n / 16, mean[0]);
    k->averages(x, n / 16, mean[1]);
    assert_memory_equal(mean[0], mean[1], sizeof mean[0]);
    for (size_t c = 0; c < n / 16; c++) {
        double sum = 0.0, size = 0.0;
        for (size_t i = 0; i < 16; i++) {
            sum += (double)x[16 * c + i];
            size += fabs((double)x[16 * c + i]);
        }
        assert_true(fabs((double)mean[0][c] - sum / 16.0) <= 1e-6 * size);
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

static void compare_half_band(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    static const size_t half_taps[OFFSETS] = {2, 3, 4, 6, 16, 1, 5, 17};
    static const float tap[17] = {0.31f,  -0.1f,  0.06f,  -0.04f,  0.02f,  -0.01f, 0.007f, -0.004f,
                                  0.003f, -2e-3f, 1e-3f,  -7e-4f,  4e-4f,  -2e-4f, 1e-4f,  -5e-5f,
                                  3e-5f};
    float y[2][LENGTH_MAX];
    size_t count = n / 2; /* odd reaches half_taps values further */
    mg_kernels_plain.half_band(tap, half_taps[offset], x + n / 2, x, y[0], count);
    k->half_band(tap, half_taps[offset], x + n / 2, x, y[1], count);
    assert_memory_equal(y[0], y[1], count * sizeof(float));
}

static void compare_split(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    (void)offset;
    float even[LENGTH_MAX / 2], odd[LENGTH_MAX / 2];
    k->split(x, even, odd, n / 2);
    for (size_t i = 0; i < n / 2; i++) {
        assert_memory_equal(&even[i], &x[2 * i], sizeof(float));
        assert_memory_equal(&odd[i], &x[2 * i + 1], sizeof(float));
    }
}

static void compare_window(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    float y[2][LENGTH_MAX];
    mg_kernels_plain.window(x, x + 1 + offset, y[0], n);
    k->window(x, x + 1 + offset, y[1], n);
    assert_memory_equal(y[0], y[1], n * sizeof(float));
}

static void compare_product(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    float y[2][LENGTH_MAX / 2];
    const float *b = offset % 2 ? x : x + 3; /* also of a value with itself */
    mg_kernels_plain.product(x, b, 0.3f, y[0], n / 2);
    k->product(x, b, 0.3f, y[1], n / 2);
    assert_memory_equal(y[0], y[1], n / 2 * sizeof(float));
}

static void compare_mix(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    float y[2][LENGTH_MAX];
    mg_kernels_plain.mix(x, 2.0f, x + offset, 1.0f / 3.0f, y[0], n);
    k->mix(x, 2.0f, x + offset, 1.0f / 3.0f, y[1], n);
    assert_memory_equal(y[0], y[1], n * sizeof(float));
}

static void compare_within(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    static const float odd[OFFSETS] = {0.0f,   1.0f, -1.0f, 1.0000001f, -1.0000001f,
                                       -1e30f, NAN,  HUGE_VALF};
    float y[LENGTH_MAX] = {0};
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] > 1.0f || x[i] < -1.0f ? 0.5f : x[i];
    assert_true(k->within(y, 1.0f, n));
    if (n == 0)
        return;
    y[n * 5 / 7] = odd[offset];
    assert_int_equal(k->within(y, 1.0f, n), offset < 3);
}

static void compare_pairs(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    mg_pair_sums a = {{0}, {0}, {0}, {0}}, b = a;
    mg_kernels_plain.pairs(x, x + offset, x + 5, x + 7, n / 8, &a);
    k->pairs(x, x + offset, x + 5, x + 7, n / 8, &b);
    assert_memory_equal(&a, &b, sizeof a);
}

/* Any taps do: the arithmetic is compared, not the filter. */
static void compare_bands(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    mg_bands_taps taps;
    float *tap = &taps.high_pass.gain[0];
    for (size_t i = 0; i < sizeof taps / sizeof *tap; i++)
        tap[i] = 0.02f * (float)((i * 7 + offset) % 11) - 0.1f;
    mg_bands_state a, b;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    float square[2][8] = {{0}}, peak[2][8] = {{0}};
    size_t groups = n / MG_BANDS_FRAMES % (MG_BANDS_GROUPS + 1);
    mg_kernels_plain.bands(&taps, &a, x, groups, square[0], peak[0]);
    k->bands(&taps, &b, x, groups, square[1], peak[1]);
    assert_memory_equal(&a, &b, sizeof a);
    assert_memory_equal(square[0], square[1], sizeof square[0]);
    assert_memory_equal(peak[0], peak[1], sizeof peak[0]);
}

/* With the taps of one section in both, against the recursion itself in double precision. */
static void test_bands_recursion(void **state)
{
    (void)state;
    const double a1 = -1.2, a2 = 0.5;
    double g[5] = {1.0, -a1};
    for (int i = 2; i < 5; i++)
        g[i] = -a1 * g[i - 1] - a2 * g[i - 2];
    mg_bands_taps taps;
    mg_section_taps *t = &taps.high_pass;
    for (int lane = 0; lane < 8; lane++) {
        int frame = lane / 2;
        t->gain[lane] = 0.1f;
        t->g1[lane] = frame >= 1 ? (float)g[1] : 0.0f;
        t->g2[lane] = frame >= 2 ? (float)g[2] : 0.0f;
        t->g3[lane] = frame >= 3 ? (float)g[3] : 0.0f;
        t->before[lane] = (float)g[frame + 1];
        t->before2[lane] = (float)(-a2 * g[frame]);
    }
    taps.low_pass = taps.high_pass;
    float x[4 * MG_BANDS_GROUPS], square[8] = {0}, peak[8] = {0};
    uint32_t seed = 7;
    fill(x, sizeof x / sizeof *x, 0, &seed);
    mg_bands_state s;
    memset(&s, 0, sizeof s);
    mg_kernels_best()->bands(&taps, &s, x, 20, square, peak);
    mg_kernels_best()->bands(&taps, &s, x + 80, MG_BANDS_GROUPS - 20, square, peak);
    double x1 = 0, x2 = 0, h1 = 0, h2 = 0, y1 = 0, y2 = 0, sum = 0, top = 0;
    for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
        double v = x[i], h = 0.1 * (v - 2.0 * x1 + x2) - a1 * h1 - a2 * h2;
        double y = 0.1 * (h + 2.0 * h1 + h2) - a1 * y1 - a2 * y2;
        sum += y * y;
        top = fmax(top, y * y);
        x2 = x1, x1 = v, h2 = h1, h1 = h, y2 = y1, y1 = y;
    }
    double got = 0, most = 0;
    for (int lane = 0; lane < 8; lane += 2) {
        got += (double)square[lane];
        most = fmax(most, (double)peak[lane]);
    }
    assert_true(fabs(got - sum) < 1e-5 * sum);
    assert_true(fabs(most - top) < 1e-5 * top);
    assert_true(square[1] == square[0] && square[7] == square[6]);
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

static void test_averages(void **state)
{
    (void)state;
    compare_all(compare_averages);
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

static void test_half_band(void **state)
{
    (void)state;
    compare_all(compare_half_band);
}

static void test_split(void **state)
{
    (void)state;
    compare_all(compare_split);
}

static void test_window(void **state)
{
    (void)state;
    compare_all(compare_window);
}

static void test_product(void **state)
{
    (void)state;
    compare_all(compare_product);
}

static void test_pairs(void **state)
{
    (void)state;
    compare_all(compare_pairs);
}

static void test_bands(void **state)
{
    (void)state;
    compare_all(compare_bands);
}

static void test_mix(void **state)
{
    (void)state;
    compare_all(compare_mix);
}

static void test_within(void **state)
{
    (void)state;
    compare_all(compare_within);
}

static void test_extremes(void **state)
{
    (void)state;
    compare_all(compare_extremes);
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
        cmocka_unit_test(test_half_band),   cmocka_unit_test(test_split),
        cmocka_unit_test(test_window),      cmocka_unit_test(test_product),
        cmocka_unit_test(test_pairs),       cmocka_unit_test(test_averages),
        cmocka_unit_test(test_bands),       cmocka_unit_test(test_bands_recursion),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_mix),         cmocka_unit_test(test_within),
        cmocka_unit_test(test_best_table_is_the_first),
    };
    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
