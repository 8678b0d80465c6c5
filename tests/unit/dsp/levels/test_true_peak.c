/* True peak against analytic sines, EBU Tech 3341 and a search without shortcuts. */
#include "tests/unit/dsp/support.h"

#include "dsp/levels/peak_filter.h"

static const unsigned rates[] = {44100, 48000, 96000};
enum { RATES = 3 };

/* A sine that fades in and out, so that its ends do not ring. */
static void faded_sine(audio *a, double cycles_per_frame, double phase, double amplitude,
                       size_t frames)
{
    float *x = audio_add(a, frames);
    unsigned ch = a->info.channels;
    for (size_t i = 0; i < frames; i++) {
        double edge = fmin((double)i, (double)(frames - 1 - i)) / 1000.0;
        double gain = edge < 1.0 ? 0.5 - 0.5 * cos(M_PI * edge) : 1.0;
        double v = amplitude * gain * sin(2.0 * M_PI * cycles_per_frame * (double)i + phase);
        for (unsigned c = 0; c < ch; c++)
            x[i * ch + c] = (float)v;
    }
}

static double peak_of(const audio *a)
{
    mg_measures m;
    analyse(a, MG_STAGE_LEVELS, 4096, &m);
    double v = m.loudness.true_peak_dbtp.v;
    assert_true(mg_has(m.loudness.true_peak_dbtp));
    mg_measures_done(&m);
    return v;
}

static void test_3341_cases_15_to_19(void **state)
{
    (void)state;
    static const double part[5][4] = {/* fs / n, degrees, amplitude, dBTP */
                                      {4, 0, 0.5, -6.0},
                                      {4, 45, 0.5, -6.0},
                                      {6, 60, 0.5, -6.0},
                                      {8, 67.5, 0.5, -6.0},
                                      {4, 45, 1.41, 3.0}};
    for (int r = 0; r < RATES; r++) {
        for (int i = 0; i < 5; i++) {
            audio a = audio_new(rates[r], 2);
            faded_sine(&a, 1.0 / part[i][0], part[i][1] * M_PI / 180.0, part[i][2], 30000);
            mg_value v = mg_some(peak_of(&a));
            near_value(v, part[i][3], 0.4, 0.2, "3341 true peak");
            near_value(v, 20.0 * log10(part[i][2]), 0.1, 0.1, "analytic true peak");
            audio_free(&a);
        }
    }
}

/* Cases 20 to 23: a tone of half scale with one cycle of full scale, made at 4 fs, low-passed and
 * decimated from each of the four offsets. */
static void test_3341_cases_20_to_23(void **state)
{
    (void)state;
    enum { N = 16000, HALF = 128 };
    double *fine = calloc(N, sizeof *fine), *low = calloc(N, sizeof *low);
    assert_non_null(fine);
    assert_non_null(low);
    for (int i = 0; i < N; i++) {
        double edge = fmin(i, N - 1 - i) / 2000.0, fade = edge < 1.0 ? edge : 1.0;
        bool full = i >= 8000 && i < 8016;
        fine[i] = (full ? 1.0 : 0.5) * fade * sin(2.0 * M_PI * i / 16.0);
    }
    double top = 0.0;
    for (int i = HALF; i < N - HALF; i++) {
        for (int k = -HALF; k <= HALF; k++) {
            double w = 0.5 + 0.5 * cos(M_PI * k / (HALF + 1.0)), c = 0.45 / 4.0;
            double h = k ? sin(2.0 * M_PI * c * k) / (M_PI * k) : 2.0 * c;
            low[i] += h * w * fine[i + k];
        }
        top = fmax(top, fabs(low[i]));
    }
    for (int r = 0; r < RATES; r++) {
        for (int offset = 0; offset < 4; offset++) {
            audio a = audio_new(rates[r], 2);
            float *x = audio_add(&a, N / 4);
            for (int i = 0; i < N / 4; i++)
                x[2 * i] = x[2 * i + 1] = (float)low[4 * i + offset];
            mg_value v = mg_some(peak_of(&a));
            near_value(v, 0.0, 0.4, 0.2, "full-scale cycle");
            near_value(v, 20.0 * log10(top), 0.1, 0.1, "full-scale cycle against 4 fs");
            audio_free(&a);
        }
    }
    free(fine);
    free(low);
}

static void test_sines_to_0_45_fs_in_any_phase(void **state)
{
    (void)state;
    uint32_t seed = 4711;
    double worst_low = 0.0, worst_high = 0.0;
    for (int i = 0; i < 400; i++) {
        double f = 0.0005 + 0.4495 * (i / 399.0);
        double phase = M_PI * (double)noise(&seed);
        audio a = audio_new(44100, 1);
        faded_sine(&a, f, phase, 0.8, 6000);
        double error = peak_of(&a) - 20.0 * log10(0.8);
        worst_low = fmin(worst_low, error);
        worst_high = fmax(worst_high, error);
        audio_free(&a);
    }
    print_message("# sines: %.4f .. %+.4f dB\n", worst_low, worst_high);
    assert_true(worst_low >= -0.1 && worst_high <= 0.1);
}

static void test_filter_is_flat_to_0_45_fs(void **state)
{
    (void)state;
    mg_peak_filter f = mg_peak_filter_design();
    for (double q = 0.0; q <= 0.45; q += 0.0005) {
        double half = 0.0, even = 0.0, odd = 0.0;
        for (int k = 0; k < MG_PEAK_PAIRS; k++) {
            double w = 2.0 * M_PI * q * (k + 0.5);
            half += 2.0 * (double)f.taps.half[k] * cos(w);
            even += 2.0 * (double)f.taps.even[k] * cos(w);
            odd += 2.0 * (double)f.taps.odd[k] * sin(w);
        }
        assert_true(fabs(20.0 * log10(half)) <= 0.03);
        assert_true(fabs(20.0 * log10(hypot(even, odd))) <= 0.03);
    }
}

/* The 4x points by brute force in double, of frames -20 to 20 behind the end. */
static double *all_points(const audio *a, unsigned channel, size_t *ret_count)
{
    mg_peak_filter f = mg_peak_filter_design();
    unsigned ch = a->info.channels;
    double *point = calloc(4 * (a->frames + 40), sizeof *point), *to = point;
    assert_non_null(point);
    for (ptrdiff_t n = -20; n < (ptrdiff_t)a->frames + 20; n++, to += 4) {
        double half = 0.0, even = 0.0, odd = 0.0;
        for (ptrdiff_t k = 0; k < MG_PEAK_PAIRS; k++) {
            ptrdiff_t l = n - k, r = n + 1 + k, end = (ptrdiff_t)a->frames;
            double left = l >= 0 && l < end ? (double)a->x[(size_t)l * ch + channel] : 0.0;
            double right = r >= 0 && r < end ? (double)a->x[(size_t)r * ch + channel] : 0.0;
            half += (double)f.taps.half[k] * (left + right);
            even += (double)f.taps.even[k] * (left + right);
            odd += (double)f.taps.odd[k] * (left - right);
            if (k == 0)
                to[0] = left;
        }
        to[1] = even + odd;
        to[2] = half;
        to[3] = even - odd;
    }
    *ret_count = (size_t)(to - point);
    return point;
}

/* The largest crest, with the parabola through it where it is within 0.69 dB of the largest point:
 * what is skipped must not have been larger. */
static double full_search(const audio *a, unsigned channel)
{
    size_t count;
    double *point = all_points(a, channel, &count), top = 0.0, best = 0.0;
    for (size_t i = 0; i < count; i++)
        top = fmax(top, fabs(point[i]));
    best = top;
    for (size_t i = 1; i + 1 < count; i++) {
        double sign = point[i] < 0.0 ? -1.0 : 1.0, here = fabs(point[i]);
        double before = sign * point[i - 1], after = sign * point[i + 1];
        double bow = 2.0 * here - before - after, slope = after - before;
        if (here >= 0.9236 * top && here >= before && here > after && bow > 0.0)
            best = fmax(best, here + slope * slope / (8.0 * bow));
    }
    free(point);
    return best;
}

static void test_nothing_larger_is_skipped(void **state)
{
    (void)state;
    uint32_t seed = 5;
    for (int trial = 0; trial < 24; trial++) {
        audio a = audio_new(44100, 2);
        mg_measures m;
        size_t n = 300 + (size_t)trial * 997;
        float *x = audio_add(&a, n);
        double smooth = 0.0;
        for (size_t i = 0; i < n; i++) {
            double w = (double)noise(&seed);
            smooth += (trial % 4 ? 0.08 : 1.0) * (w - smooth);
            x[2 * i] = (float)(trial % 3 ? smooth : w * (trial % 5 ? 1.0 : (i % 700) / 700.0));
            x[2 * i + 1] = (float)(0.3 * w + 0.6 * smooth);
        }
        analyse(&a, MG_STAGE_LEVELS, 4096, &m);
        for (unsigned c = 0; c < 2; c++) {
            double top = 20.0 * log10(full_search(&a, c));
            near_value(m.loudness.true_peak_channels_dbtp[c], top, 0.0001, 0.0001, "channel peak");
        }
        mg_measures_done(&m);
        audio_free(&a);
    }
}

static void test_position_and_channel(void **state)
{
    (void)state;
    audio a = audio_new(48000, 2);
    mg_measures m;
    float *x = audio_add(&a, 48000);
    for (size_t i = 0; i < 48000; i++) {
        double d = ((double)i - 30000.5) / 20.0, e = ((double)i - 9000.0) / 20.0;
        x[2 * i] = (float)(0.4 * exp(-e * e));
        x[2 * i + 1] = (float)(0.8 * exp(-d * d));
    }
    analyse(&a, MG_STAGE_LEVELS, 4096, &m);
    near_value(m.loudness.true_peak_at_s, 30000.5 / 48000.0, 1e-5, 1e-5, "position");
    near_value(m.loudness.true_peak_channels_dbtp[0], 20.0 * log10(0.4), 0.01, 0.01, "left");
    near_value(m.loudness.true_peak_channels_dbtp[1], 20.0 * log10(0.8), 0.01, 0.01, "right");
    assert_int_equal(m.loudness.true_peak_channels_dbtp[2].why, MG_WHY_NOT_APPLICABLE);
    mg_measures_done(&m);
    audio_free(&a);
}

static void test_inter_sample_overs_are_counted(void **state)
{
    (void)state;
    /* fs/4 at 45 degrees: samples at 0.707 of the crest. Three bursts of 1.2 dBTP. */
    audio a = audio_new(44100, 1);
    mg_measures m;
    for (int i = 0; i < 3; i++) {
        audio_add(&a, 4000);
        float *x = audio_add(&a, 60);
        for (int k = 0; k < 60; k++) {
            double w = sin(M_PI * (k + 0.5) / 60.0);
            x[k] = (float)(1.15 * w * w * sin(M_PI / 2.0 * k + M_PI / 4.0));
        }
    }
    audio_add(&a, 4000);
    analyse(&a, MG_STAGE_LEVELS, 4096, &m);
    assert_int_equal(m.loudness.inter_sample_overs, 3);
    mg_measures_done(&m);
    /* Nothing over 0 dBTP: none. */
    for (size_t i = 0; i < a.frames; i++)
        a.x[i] *= 0.8f;
    analyse(&a, MG_STAGE_LEVELS, 4096, &m);
    assert_int_equal(m.loudness.inter_sample_overs, 0);
    mg_measures_done(&m);
    audio_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_3341_cases_15_to_19),
        cmocka_unit_test(test_3341_cases_20_to_23),
        cmocka_unit_test(test_sines_to_0_45_fs_in_any_phase),
        cmocka_unit_test(test_filter_is_flat_to_0_45_fs),
        cmocka_unit_test(test_nothing_larger_is_skipped),
        cmocka_unit_test(test_position_and_channel),
        cmocka_unit_test(test_inter_sample_overs_are_counted),
    };
    return cmocka_run_group_tests_name("true_peak", tests, NULL, NULL);
}
