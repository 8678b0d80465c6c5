/* Loudness against EBU Tech 3341 and 3342 and against libebur128. */
#include "tests/unit/dsp/support.h"

#include "dsp/signal/kweight.h"

#include <ebur128.h>

static const unsigned rates[] = {44100, 48000, 96000};
enum { RATES = 3 };

static void test_kweight_is_the_table_of_the_standard(void **state)
{
    (void)state;
    mg_kweight_taps k = mg_kweight_design(48000);
    assert_true(fabs(k.b0 - 1.53512485958697) < 1e-9);
    assert_true(fabs(k.b1 + 2.69169618940638) < 1e-9);
    assert_true(fabs(k.b2 - 1.19839281085285) < 1e-9);
    assert_true(fabs(k.a1 + 1.69065929318241) < 1e-9);
    assert_true(fabs(k.a2 - 0.73248077421585) < 1e-9);
    assert_true(fabs(k.c1 + 1.99004745483398) < 1e-9);
    assert_true(fabs(k.c2 - 0.99007225036621) < 1e-9);
}

/* Tones in 1 kHz stereo, as pairs of level and length. */
static void tones(audio *a, const double (*part)[2], size_t n)
{
    for (size_t i = 0; i < n; i++)
        audio_tone(a, 1000.0, part[i][0], part[i][1]);
}

static void expect_integrated(unsigned rate, const double (*part)[2], size_t n, double lufs,
                              bool steady)
{
    audio a = audio_new(rate, 2);
    mg_measures m;
    tones(&a, part, n);
    analyse(&a, MG_STAGE_LEVELS, 10000, &m);
    near_value(m.loudness.integrated_lufs, lufs, 0.1, 0.1, "integrated");
    if (steady) {
        near_value(m.loudness.momentary_max_lufs, lufs, 0.1, 0.1, "momentary");
        near_value(m.loudness.short_term_max_lufs, lufs, 0.1, 0.1, "short-term");
    }
    mg_measures_done(&m);
    audio_free(&a);
}

static void test_3341_cases_1_to_5(void **state)
{
    (void)state;
    static const double c1[][2] = {{-23, 20}};
    static const double c2[][2] = {{-33, 20}};
    static const double c3[][2] = {{-36, 10}, {-23, 60}, {-36, 10}};
    static const double c4[][2] = {{-72, 10}, {-36, 10}, {-23, 60}, {-36, 10}, {-72, 10}};
    static const double c5[][2] = {{-26, 20}, {-20, 20.1}, {-26, 20}};
    for (int r = 0; r < RATES; r++) {
        expect_integrated(rates[r], c1, 1, -23.0, true);
        expect_integrated(rates[r], c2, 1, -33.0, true);
        expect_integrated(rates[r], c3, 3, -23.0, false);
        expect_integrated(rates[r], c4, 5, -23.0, false);
        expect_integrated(rates[r], c5, 3, -23.0, false);
    }
    /* A rate whose sub-blocks differ by a frame. */
    expect_integrated(22050, c5, 3, -23.0, false);
    expect_integrated(11025, c3, 3, -23.0, false);
}

static void test_3341_case_6_surround(void **state)
{
    (void)state;
    static const double level[6] = {-28, -28, -24, -HUGE_VAL, -30, -30};
    for (int r = 0; r < RATES; r++) {
        audio a = audio_new(rates[r], 6);
        mg_measures m;
        audio_tone(&a, 1000.0, 0.0, 20.0);
        for (size_t i = 0; i < a.frames * 6; i++)
            a.x[i] *= (float)from_db(level[i % 6]);
        analyse(&a, MG_STAGE_LEVELS, 4096, &m);
        near_value(m.loudness.integrated_lufs, -23.0, 0.1, 0.1, "5.1 integrated");
        mg_measures_done(&m);
        /* A loud LFE changes the true peak, not the loudness. */
        for (size_t i = 0; i < a.frames; i++)
            a.x[i * 6 + 3] = (float)(0.9 * sin(2.0 * M_PI * 50.0 * (double)i / rates[r]));
        analyse(&a, MG_STAGE_LEVELS, 4096, &m);
        near_value(m.loudness.integrated_lufs, -23.0, 0.1, 0.1, "5.1 integrated with LFE");
        near_value(m.loudness.true_peak_dbtp, 20.0 * log10(0.9), 0.1, 0.1, "LFE peak");
        mg_measures_done(&m);
        audio_free(&a);
    }
}

static void expect_windows(unsigned rate, const double (*part)[2], int times, unsigned from,
                           bool short_term)
{
    audio a = audio_new(rate, 2);
    mg_measures m;
    for (int i = 0; i < times; i++)
        tones(&a, part, 2);
    analyse(&a, MG_STAGE_LEVELS, 10000, &m);
    const mg_loudness_result *l = &m.loudness;
    near_value(short_term ? l->short_term_max_lufs : l->momentary_max_lufs, -23.0, 0.1, 0.1,
               "window maximum");
    const float *line = short_term ? l->short_term_lufs : l->momentary_lufs;
    unsigned n = short_term ? l->short_term_count : l->momentary_count;
    assert_true(n > from);
    for (unsigned i = from; i < n; i++)
        assert_true(fabs((double)line[i] + 23.0) <= 0.1);
    mg_measures_done(&m);
    audio_free(&a);
}

static void test_3341_cases_9_and_12(void **state)
{
    (void)state;
    static const double c9[][2] = {{-20, 1.34}, {-30, 1.66}};
    static const double c12[][2] = {{-20, 0.18}, {-30, 0.22}};
    for (int r = 0; r < RATES; r++) {
        expect_windows(rates[r], c9, 5, 0, true);
        expect_windows(rates[r], c12, 25, 6, false);
    }
}

/* Cases 10 and 13: a burst as long as the window, at any offset to the measuring grid. */
static void expect_burst(unsigned rate, double offset, double length, bool short_term)
{
    audio a = audio_new(rate, 2);
    mg_measures m;
    audio_silence(&a, offset);
    audio_tone(&a, 1000.0, -23.0, length);
    audio_silence(&a, 1.0);
    analyse(&a, MG_STAGE_LEVELS, 10000, &m);
    near_value(short_term ? m.loudness.short_term_max_lufs : m.loudness.momentary_max_lufs, -23.0,
               0.1, 0.1, "burst");
    near_value(short_term ? m.loudness.short_term_max_at_s : m.loudness.momentary_max_at_s, offset,
               0.0101, 0.0101, "burst start");
    mg_measures_done(&m);
    audio_free(&a);
}

static void test_3341_cases_10_and_13(void **state)
{
    (void)state;
    for (int r = 0; r < RATES; r++) {
        for (int i = 0; i < 20; i++) {
            expect_burst(rates[r], i * 0.15, 3.0, true);
            expect_burst(rates[r], i * 0.02, 0.4, false);
            expect_burst(rates[r], i * 0.0213, 0.4, false);
        }
    }
}

static void expect_range(unsigned rate, const double (*part)[2], size_t n, double lu)
{
    audio a = audio_new(rate, 2);
    mg_measures m;
    tones(&a, part, n);
    analyse(&a, MG_STAGE_LEVELS, 10000, &m);
    near_value(m.loudness.range_lu, lu, 0.1, 0.1, "range");
    assert_int_equal(m.loudness.range_short, n * 20 < 60);
    mg_measures_done(&m);
    audio_free(&a);
}

static void test_3342_cases(void **state)
{
    (void)state;
    static const double c1[][2] = {{-20, 20}, {-30, 20}};
    static const double c2[][2] = {{-20, 20}, {-15, 20}};
    static const double c3[][2] = {{-40, 20}, {-20, 20}};
    static const double c4[][2] = {{-50, 20}, {-35, 20}, {-20, 20}, {-35, 20}, {-50, 20}};
    for (int r = 0; r < RATES; r++) {
        expect_range(rates[r], c1, 2, 10.0);
        expect_range(rates[r], c2, 2, 5.0);
        expect_range(rates[r], c3, 2, 20.0);
        expect_range(rates[r], c4, 5, 15.0);
    }
}

static void test_against_libebur128(void **state)
{
    (void)state;
    static const unsigned channels[] = {1, 2, 6};
    static const unsigned more_rates[] = {8000, 44100, 48000, 192000};
    for (int r = 0; r < 4; r++) {
        for (int k = 0; k < 3; k++) {
            audio a = audio_new(more_rates[r], channels[k]);
            mg_measures m;
            audio_music(&a, 9.0, 7u + (unsigned)k);
            /* A quiet half puts the relative gate to work. */
            size_t loud = a.frames;
            audio_music(&a, 9.0, 99u);
            for (size_t i = loud * channels[k]; i < a.frames * channels[k]; i++)
                a.x[i] *= 0.1f;
            analyse(&a, MG_STAGE_LEVELS, 4096, &m);
            ebur128_state *e = ebur128_init(channels[k], more_rates[r], EBUR128_MODE_I);
            assert_non_null(e);
            assert_int_equal(ebur128_add_frames_float(e, a.x, a.frames), EBUR128_SUCCESS);
            double lufs = 0.0;
            assert_int_equal(ebur128_loudness_global(e, &lufs), EBUR128_SUCCESS);
            ebur128_destroy(&e);
            near_value(m.loudness.integrated_lufs, lufs, 0.05, 0.05, "libebur128");
            if (channels[k] == 1)
                near_value(m.loudness.integrated_dual_mono_lufs, lufs + 3.01, 0.1, 0.1,
                           "dual mono");
            mg_measures_done(&m);
            audio_free(&a);
        }
    }
}

static void test_timeline_keeps_its_limit(void **state)
{
    (void)state;
    audio a = audio_new(8000, 1);
    mg_measures m;
    audio_tone(&a, 400.0, -20.0, 700.0);
    analyse(&a, MG_STAGE_LEVELS, 65536, &m);
    const mg_loudness_result *l = &m.loudness;
    assert_true(l->timeline_step_s == 0.2);
    assert_int_equal(l->momentary_count, (7000 - 4) / 2 + 1);
    assert_int_equal(l->short_term_count, (7000 - 30) / 2 + 1);
    assert_true(l->momentary_start_s == 0.4 && l->short_term_start_s == 3.0);
    mg_measures_done(&m);
    audio_free(&a);
}

static void test_peak_ratios_of_a_sine(void **state)
{
    (void)state;
    audio a = audio_new(48000, 2);
    mg_measures m;
    audio_tone(&a, 997.0, -20.0, 10.0);
    analyse(&a, MG_STAGE_LEVELS, 4096, &m);
    /* A stereo sine of -20 dBFS reads -20 LUFS: both ratios are 0. */
    near_value(m.loudness.integrated_lufs, -20.0, 0.05, 0.05, "sine");
    near_value(m.loudness.plr_lu, 0.0, 0.1, 0.1, "PLR");
    near_value(m.loudness.psr_min_lu, 0.0, 0.1, 0.1, "PSR");
    near_value(m.dynamics.rms_dbfs, -23.01, 0.01, 0.01, "RMS");
    near_value(m.dynamics.crest_factor_db, 3.01, 0.01, 0.01, "crest");
    near_value(m.dynamics.dr, 0.0, 0.05, 0.05, "DR");
    mg_measures_done(&m);
    audio_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kweight_is_the_table_of_the_standard),
        cmocka_unit_test(test_3341_cases_1_to_5),
        cmocka_unit_test(test_3341_case_6_surround),
        cmocka_unit_test(test_3341_cases_9_and_12),
        cmocka_unit_test(test_3341_cases_10_and_13),
        cmocka_unit_test(test_3342_cases),
        cmocka_unit_test(test_against_libebur128),
        cmocka_unit_test(test_timeline_keeps_its_limit),
        cmocka_unit_test(test_peak_ratios_of_a_sine),
    };
    return cmocka_run_group_tests_name("loudness", tests, NULL, NULL);
}
