/* The kernels of spectra, bit for bit against the plain table, and that against simple loops. */
#include "tests/unit/dsp/kernels/compare.h"

static void compare_untangle(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    size_t h = n / 2;
    if (h < 2)
        return;
    float z[2][LENGTH_MAX + 2], power[2][LENGTH_MAX / 2 + 1];
    const float *w = x + 1 + offset;
    mg_kernels_plain.untangle(x, w, h, z[0]);
    k->untangle(x, w, h, z[1]);
    assert_memory_equal(z[0], z[1], (2 * h + 2) * sizeof(float));
    mg_kernels_plain.untangle_power(x, w, h, power[0]);
    k->untangle_power(x, w, h, power[1]);
    assert_memory_equal(power[0], power[1], (h + 1) * sizeof(float));
    for (size_t i = 0; i <= h; i++) {
        double re = z[0][2 * i], im = z[0][2 * i + 1], square = re * re + im * im;
        assert_true(fabs(square - power[0][i]) <= 1e-6 * square + 1e-36);
    }
}

static void compare_untangle_cross(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    enum { BINS = LENGTH_MAX / 2 + 1 };
    size_t h = n / 2;
    if (h < 2)
        return;
    float y[2][4][BINS], za[LENGTH_MAX + 2], zb[LENGTH_MAX + 2];
    const float *w = x + 1 + offset, *other = x + 5;
    for (unsigned t = 0; t < 2; t++) {
        const mg_kernels *table = t == 0 ? &mg_kernels_plain : k;
        table->untangle_cross(x, other, w, h, 0.3f, y[t][0], y[t][1], y[t][2], y[t][3]);
    }
    for (unsigned part = 0; part < 4; part++)
        assert_memory_equal(y[0][part], y[1][part], (h + 1) * sizeof(float));
    mg_kernels_plain.untangle(x, w, h, za);
    mg_kernels_plain.untangle(other, w, h, zb);
    for (size_t i = 0; i <= h && offset == 0; i++) {
        double a[2] = {za[2 * i], za[2 * i + 1]}, b[2] = {zb[2 * i], zb[2 * i + 1]};
        double aa = 0.3 * (a[0] * a[0] + a[1] * a[1]), bb = 0.3 * (b[0] * b[0] + b[1] * b[1]);
        double ab = 0.3 * (a[0] * b[0] + a[1] * b[1]), least = 1e-6 * (aa + bb) + 1e-36;
        assert_true(fabs(aa - y[0][0][i]) <= least && fabs(bb - y[0][1][i]) <= least);
        assert_true(fabs(ab - y[0][2][i]) <= least && fabs(aa + bb - y[0][3][i]) <= least);
    }
}

static void compare_dot(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    float sum = mg_kernels_plain.dot(x, x + offset, n);
    assert_true(k->dot(x, x + offset, n) == sum);
    double exact = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        exact += (double)x[i] * x[i + offset];
        size += fabs((double)x[i] * x[i + offset]);
    }
    assert_true(fabs(exact - sum) <= 1e-5 * size + 1e-36);
}

static void compare_add(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    float y[LENGTH_MAX];
    double wide[LENGTH_MAX];
    for (size_t i = 0; i < n; i++)
        wide[i] = y[i] = x[i + offset];
    k->add(y, x, n);
    k->add_wide(wide, x, n);
    for (size_t i = 0; i < n; i++)
        assert_true(y[i] == x[i + offset] + x[i] &&
                    wide[i] == (double)x[i + offset] + (double)x[i]);
}

static void compare_pieces(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    enum { PIECES = 5 };
    unsigned end = (unsigned)n;
    unsigned bound[PIECES + 1] = {end / 9, end / 9, end / 7, end / 4, end - end / 20, end};
    float sum[2][PIECES];
    mg_kernels_plain.pieces(x, bound, bound + 1, PIECES, sum[0]);
    k->pieces(x, bound, bound + 1, PIECES, sum[1]);
    assert_memory_equal(sum[0], sum[1], sizeof sum[0]);
    for (unsigned p = 0; p < PIECES && offset == 0; p++) {
        double exact = 0, size = 0;
        for (unsigned i = bound[p]; i < bound[p + 1]; i++) {
            exact += x[i];
            size += fabs((double)x[i]);
        }
        assert_true(fabs(exact - sum[0][p]) <= 1e-5 * size + 1e-36);
    }
}

static void compare_differences(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    enum { PIECES = 5 };
    unsigned end = (unsigned)n;
    unsigned bound[PIECES + 1] = {end / 9, end / 9, end / 7, end / 4, end - end / 20, end};
    float sum[2][PIECES + 1], square[LENGTH_MAX + 8] = {0};
    sum[0][PIECES] = sum[1][PIECES] = -7.0f;
    unsigned pieces = PIECES - offset % 2;
    mg_kernels_plain.differences(x, bound, pieces, sum[0]);
    k->differences(x, bound, pieces, sum[1]);
    assert_memory_equal(sum[0], sum[1], pieces * sizeof(float));
    assert_true(sum[0][PIECES] == -7.0f && sum[1][PIECES] == -7.0f);
    for (size_t i = 0; i < n; i++)
        square[i] = (x[i] - x[(ptrdiff_t)i - 1]) * (x[i] - x[(ptrdiff_t)i - 1]);
    mg_kernels_plain.pieces(square, bound, bound + 1, pieces, sum[1]);
    assert_memory_equal(sum[0], sum[1], pieces * sizeof(float));
}

static void compare_running(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    (void)offset;
    double sum[2][LENGTH_MAX + 2], one = 0.0, size = 0.0;
    sum[0][n + 1] = sum[1][n + 1] = -7.0;
    mg_kernels_plain.running(x, n, sum[0]);
    k->running(x, n, sum[1]);
    assert_memory_equal(sum[0], sum[1], (n + 2) * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        assert_true(fabs(sum[0][i] - one) <= 1e-12 * size);
        one += x[i];
        size += fabs((double)x[i]);
    }
    assert_true(sum[0][0] == 0.0 && sum[0][n + 1] == -7.0);
}

static void compare_peak(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    (void)offset;
    float top = 0;
    for (size_t i = 0; i < n; i++)
        top = fmaxf(top, fabsf(x[i]));
    assert_true(k->peak(x, n) == top);
}

static void compare_combine(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    size_t groups = offset + 1, rows = n / (8 * groups);
    float sum[2][8 * OFFSETS];
    const float *row[LENGTH_MAX / 8 + 1] = {NULL};
    for (size_t i = 0; i < rows; i++)
        row[i] = x + 8 * groups * i;
    mg_kernels_plain.combine(row, groups, x + 3, rows, sum[0]);
    k->combine(row, groups, x + 3, rows, sum[1]);
    assert_memory_equal(sum[0], sum[1], 8 * groups * sizeof(float));
    float one = 0;
    for (size_t i = 0; i < rows; i++)
        one += x[3 + i] * x[8 * groups * i + groups];
    assert_true(one == sum[0][groups]);
}

static void compare_log2s(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    (void)offset;
    float v[LENGTH_MAX] = {0}, y[2][LENGTH_MAX];
    for (size_t i = 0; i < n; i++)
        v[i] = x[i] * x[i] + 1e-30f;
    mg_kernels_plain.log2s(v, y[0], n);
    k->log2s(v, y[1], n);
    assert_memory_equal(y[0], y[1], n * sizeof(float));
    for (size_t i = 0; i < n && offset == 0; i++)
        assert_true(fabs((double)y[0][i] - log2((double)v[i])) < 3e-5 + 1e-7 * fabs(log2(v[i])));
}

static void test_untangle(void **state)
{
    (void)state;
    compare_all(compare_untangle);
}

static void test_untangle_cross(void **state)
{
    (void)state;
    compare_all(compare_untangle_cross);
}

static void test_dot(void **state)
{
    (void)state;
    compare_all(compare_dot);
}

static void test_add(void **state)
{
    (void)state;
    compare_all(compare_add);
}

static void test_pieces(void **state)
{
    (void)state;
    compare_all(compare_pieces);
}

static void test_differences(void **state)
{
    (void)state;
    compare_all(compare_differences);
}

static void test_running(void **state)
{
    (void)state;
    compare_all(compare_running);
}

static void test_peak(void **state)
{
    (void)state;
    compare_all(compare_peak);
}

static void test_combine(void **state)
{
    (void)state;
    compare_all(compare_combine);
}

static void test_log2s(void **state)
{
    (void)state;
    compare_all(compare_log2s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_untangle), cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_differences), cmocka_unit_test(test_peak),
        cmocka_unit_test(test_untangle_cross), cmocka_unit_test(test_dot),
        cmocka_unit_test(test_add),      cmocka_unit_test(test_running),
        cmocka_unit_test(test_combine),  cmocka_unit_test(test_log2s),
    };
    return cmocka_run_group_tests_name("kernels_spectra", tests, NULL, NULL);
}
