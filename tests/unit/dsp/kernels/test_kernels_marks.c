/* The kernels that mark values, bit for bit and against their definition, and the walk of marks. */
#include "tests/unit/dsp/kernels/compare.h"

#include "dsp/signal/marks.h"

enum { WORDS = MG_MARKS_WORDS(LENGTH_MAX) };

/* As the kernels see it: subnormal numbers are 0. */
static float flushed(float x)
{
    return fabsf(x) < 1.17549435e-38f ? 0.0f : x;
}

static bool marked(const uint32_t *marks, size_t i)
{
    return marks[i / 32] >> i % 32 & 1;
}

static void compare_outside(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    static const float low[OFFSETS] = {-0.5f, -1.0f, 0.0f, -99.0f, -1.0f, -1e-30f, 0.3f, -0.9f};
    static const float high[OFFSETS] = {0.5f, 1.0f, 0.9f, 0.25f, 100.0f, 1e-30f, 0.2f, 0.0f};
    uint32_t a[WORDS + 1], b[WORDS + 1];
    memset(a, 0xa5, sizeof a);
    memcpy(b, a, sizeof a);
    mg_kernels_plain.outside(x, low[offset], high[offset], n, a);
    k->outside(x, low[offset], high[offset], n, b);
    assert_memory_equal(a, b, sizeof a);
    for (size_t i = 0; i < MG_MARKS_WORDS(n) * 32; i++) {
        bool out = i < n && (flushed(x[i]) <= low[offset] || flushed(x[i]) >= high[offset]);
        assert_int_equal(marked(a, i), out);
    }
    assert_int_equal(a[MG_MARKS_WORDS(n)], 0xa5a5a5a5);
}

static bool stands_out(const float *at, float least, float ratio)
{
    float top = flushed(at[0]), before = flushed(at[-1]), after = flushed(at[1]);
    bool out = top >= least && before < top && after <= top &&
               (before * ratio <= top || after * ratio <= top);
    for (int i = 2; i <= MG_STAND_OUT_REACH; i++)
        out = out && fmaxf(flushed(at[-i]), flushed(at[i])) * ratio <= top;
    return out;
}

/* Among noise as it is hardly one value stands out: a peak is put on every 20th. */
static void compare_stand_outs(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    static const float ratios[OFFSETS] = {1.5f, 1.0f, 1.5f, 2.0f, 1.5f, 1.2f, 1.5f, 0.1f};
    float y[MG_STAND_OUT_REACH + LENGTH_MAX + MG_STAND_OUT_REACH] = {0};
    const float *at = y + MG_STAND_OUT_REACH;
    uint32_t a[WORDS + 1], b[WORDS + 1];
    float least = offset == 2 ? 0.0f : 0.1f, ratio = ratios[offset];
    for (size_t i = 0; i < n + 2 * MG_STAND_OUT_REACH; i++)
        y[i] = x[i] * (i % 20 == offset ? 2.0f : i % 20 == offset + 1 ? 0.8f : 1.0f);
    memset(a, 0xa5, sizeof a);
    memcpy(b, a, sizeof a);
    mg_kernels_plain.stand_outs(at, least, ratio, n, a);
    k->stand_outs(at, least, ratio, n, b);
    assert_memory_equal(a, b, sizeof a);
    for (size_t i = 0; i < MG_MARKS_WORDS(n) * 32; i++)
        assert_int_equal(marked(a, i), i < n && stands_out(at + i, least, ratio));
    assert_int_equal(a[MG_MARKS_WORDS(n)], 0xa5a5a5a5);
}

static void test_stand_outs(void **state)
{
    (void)state;
    compare_all(compare_stand_outs);
}

static void compare_maxima(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    static const float leasts[OFFSETS] = {0.0f, 0.3f, -0.2f, 1e-31f, -99.0f, 0.99f, -1.0f, 1.0f};
    uint32_t a[WORDS + 1], b[WORDS + 1];
    float least = leasts[offset];
    memset(a, 0xa5, sizeof a);
    memcpy(b, a, sizeof a);
    mg_kernels_plain.maxima(x, least, n, a);
    k->maxima(x, least, n, b);
    assert_memory_equal(a, b, sizeof a);
    for (size_t i = 0; i < MG_MARKS_WORDS(n) * 32; i++) {
        float before = flushed(*(x + i - 1)), here = flushed(x[i]), after = flushed(x[i + 1]);
        assert_int_equal(marked(a, i), i < n && here > before && here >= after && here > least);
    }
    assert_int_equal(a[MG_MARKS_WORDS(n)], 0xa5a5a5a5);
}

static void test_maxima(void **state)
{
    (void)state;
    compare_all(compare_maxima);
}

static void test_outside(void **state)
{
    (void)state;
    compare_all(compare_outside);
}

/* Against a walk bit by bit, over rows that are empty, full and mixed. */
static void test_walking(void **state)
{
    (void)state;
    static const uint32_t rows[][3] = {
        {0, 0, 0}, {UINT32_MAX, UINT32_MAX, UINT32_MAX}, {0x80000001, 0, 0x10}, {0, 0x8000, 0}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        for (size_t n = 0; n <= 96; n++) {
            for (size_t from = 0; from <= n; from++) {
                for (unsigned value = 0; value < 2; value++) {
                    size_t next = from;
                    while (next < n && marked(rows[r], next) != value)
                        next++;
                    assert_int_equal(mg_marks_next(rows[r], from, n, value), next);
                }
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outside),
        cmocka_unit_test(test_stand_outs),
        cmocka_unit_test(test_maxima),
        cmocka_unit_test(test_walking),
    };
    return cmocka_run_group_tests_name("kernels_marks", tests, NULL, NULL);
}
