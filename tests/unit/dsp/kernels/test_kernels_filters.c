/* The recursive filters, bit for bit, and against the plain recursion in double precision. */
#include "tests/unit/dsp/kernels/compare.h"

#include "dsp/signal/kweight.h"

static void compare_kweight(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    const mg_kweight_taps taps = mg_kweight_design(44100);
    const mg_kweight_ahead ahead = mg_kweight_look_ahead(&taps);
    mg_kweight_state a, b;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    mg_kernels_plain.kweight(&ahead, &a, x, x + offset, n);
    k->kweight(&ahead, &b, x, x + offset, n);
    assert_memory_equal(&a, &b, sizeof a);
    if (offset != n % OFFSETS)
        return;
    /* In two parts the same as in one; the order of the sums wants an even first. */
    size_t first = n / 3 / 2 * 2;
    memset(&b, 0, sizeof b);
    k->kweight(&ahead, &b, x, x + offset, first);
    k->kweight(&ahead, &b, x + first, x + offset + first, n - first);
    assert_memory_equal(&a, &b, sizeof a);
}

static void test_kweight(void **state)
{
    (void)state;
    compare_all(compare_kweight);
}

/* The filter as the recommendation writes it, of one channel. @return the energy */
static double direct_form(const mg_kweight_taps *t, const float *x, size_t n)
{
    double x1 = 0, x2 = 0, w1 = 0, w2 = 0, y1 = 0, y2 = 0, energy = 0;
    for (size_t i = 0; i < n; i++) {
        double v = x[i];
        double w = t->b0 * v + t->b1 * x1 + t->b2 * x2 - t->a1 * w1 - t->a2 * w2;
        double y = w - 2.0 * w1 + w2 - t->c1 * y1 - t->c2 * y2;
        energy += y * y;
        x2 = x1, x1 = v, w2 = w1, w1 = w, y2 = y1, y1 = y;
    }
    return energy;
}

/* Half a second of noise on an offset, in calls of every length. */
static void test_kweight_is_the_direct_form(void **state)
{
    (void)state;
    enum { ROOM = 96000, HISTORY = 16 };
    static const unsigned rates[] = {8000, 22050, 44100, 48000, 96000, 192000};
    static float left[HISTORY + ROOM], right[HISTORY + ROOM];
    uint32_t seed = 3;
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        const size_t n = rates[r] / 2;
        for (size_t i = HISTORY; i < HISTORY + n; i++) {
            left[i] = 0.3f + 0.2f * noise(&seed);
            right[i] = 0.01f * noise(&seed);
        }
        const mg_kweight_taps taps = mg_kweight_design(rates[r]);
        const mg_kweight_ahead ahead = mg_kweight_look_ahead(&taps);
        mg_kweight_state s;
        memset(&s, 0, sizeof s);
        for (size_t at = 0, length = 1; at < n; at += length, length = length % 450 + 1) {
            size_t some = n - at < length ? n - at : length;
            mg_kernels_best()->kweight(&ahead, &s, left + HISTORY + at, right + HISTORY + at, some);
        }
        double a = direct_form(&taps, left + HISTORY, n);
        double b = direct_form(&taps, right + HISTORY, n);
        assert_true(fabs(s.energy[0] + s.energy[2] - a) < 1e-9 * a);
        assert_true(fabs(s.energy[1] + s.energy[3] - b) < 1e-9 * b);
    }
}

/* Butterworth sections of one octave around 0.1 of the rate. */
static const mg_band_taps octave = {-1.1429805f, 0.4128016f, -0.7478f, 0.2722f};
static const mg_band_taps above = {-0.3695f, 0.1958f, 0.3695f, 0.1958f};

static void compare_band_pair(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    if (n % 8 != 0)
        return;
    const mg_band_taps taps[2] = {octave, above};
    mg_band_sums a[2] = {{{0.5}, {0.25f * (float)offset}}, {{0}, {0}}}, b[2] = {a[0], a[1]};
    mg_kernels_plain.band_pair(taps, x, n / 8, a);
    k->band_pair(taps, x, n / 8, b);
    assert_memory_equal(a, b, sizeof a);
}

static void test_band_pair(void **state)
{
    (void)state;
    compare_all(compare_band_pair);
}

static void compare_band_lanes(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    mg_band_lanes taps;
    for (int i = 0; i < 4; i++) {
        const mg_band_taps *t = i % 2 ? &octave : &above;
        taps.high1[i] = (double)t->high1 * (1.0 - 0.01 * i);
        taps.high2[i] = (double)t->high2;
        taps.low1[i] = (double)t->low1;
        taps.low2[i] = (double)t->low2;
    }
    mg_band_state a = {.h1 = {0.1 * offset}}, b = a;
    mg_band_lane_sums sums[2] = {{{0}, {0}}, {{0}, {0}}};
    mg_kernels_plain.band_lanes(&taps, &a, x, n, &sums[0]);
    k->band_lanes(&taps, &b, x, n, &sums[1]);
    assert_memory_equal(&a, &b, sizeof a);
    assert_memory_equal(&sums[0], &sums[1], sizeof sums[0]);
}

static void test_band_lanes(void **state)
{
    (void)state;
    compare_all(compare_band_lanes);
}

/* Both kernels do what the recursion does over the whole of a signal that began long before. */
static void test_bands_are_the_recursion(void **state)
{
    (void)state;
    enum { BEFORE = 2000, FRAMES = 8 * 77, SIZE = BEFORE + FRAMES };
    static float x[4 + SIZE + 16];
    uint32_t seed = 7;
    fill(x + 4, SIZE, 0, &seed);
    double h1 = 0, h2 = 0, y1 = 0, y2 = 0, sum = 0, top = 0;
    const double a1 = (double)octave.high1, a2 = (double)octave.high2;
    const double b1 = (double)octave.low1, b2 = (double)octave.low2;
    for (size_t i = 4; i < 4 + SIZE; i++) {
        double v = (double)x[i] - 2.0 * (double)x[i - 2] + (double)x[i - 4];
        double h = v - a1 * h1 - a2 * h2, y = h - b1 * y1 - b2 * y2;
        if (i >= 4 + BEFORE) {
            sum += y * y;
            top = fmax(top, y * y);
        }
        h2 = h1, h1 = h, y2 = y1, y1 = y;
    }
    const mg_band_taps taps[2] = {above, octave};
    mg_band_sums pair[2] = {{{0}, {0}}, {{0}, {0}}};
    mg_kernels_best()->band_pair(taps, x + 4 + BEFORE, FRAMES / 8, pair);
    assert_true(fabs(mg_fold_sum(pair[1].square) - sum) < 1e-5 * sum);
    assert_true(fabs((double)mg_fold_max(pair[1].peak) - top) < 1e-5 * top);

    mg_band_lanes lanes = {.high1 = {0, a1}, .high2 = {0, a2}, .low1 = {0, b1}, .low2 = {0, b2}};
    mg_band_state s;
    memset(&s, 0, sizeof s);
    mg_band_lane_sums sums = {{0}, {0}};
    mg_kernels_best()->band_lanes(&lanes, &s, x + 4, BEFORE, &sums);
    sums = (mg_band_lane_sums){{0}, {0}};
    mg_kernels_best()->band_lanes(&lanes, &s, x + 4 + BEFORE, FRAMES, &sums);
    assert_true(fabs(sums.square[1] - sum) < 1e-12 * sum);
    assert_true(fabs(sums.peak[1] - top) < 1e-12 * top);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kweight),   cmocka_unit_test(test_kweight_is_the_direct_form),
        cmocka_unit_test(test_band_pair), cmocka_unit_test(test_band_lanes),
        cmocka_unit_test(test_bands_are_the_recursion),
    };
    return cmocka_run_group_tests_name("kernels_filters", tests, NULL, NULL);
}
