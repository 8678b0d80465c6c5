/* The kernels that mark values, bit for bit and against their definition; and how marks are walked. */
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
        cmocka_unit_test(test_walking),
    };
    return cmocka_run_group_tests_name("kernels_marks", tests, NULL, NULL);
}
