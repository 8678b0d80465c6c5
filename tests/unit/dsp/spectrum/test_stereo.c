#include "programme.h"

enum { RATE = 44100, SECONDS = 20, FRAMES = RATE * SECONDS };

typedef struct pair {
    float *l, *r;
} pair;

static pair noise_pair(void)
{
    pair p = {room(FRAMES), room(FRAMES)};
    fill_noise(p.l, FRAMES, 0.2, 11);
    fill_noise(p.r, FRAMES, 0.2, 12);
    return p;
}

static mg_stereo_result done(pair p)
{
    programme result = measure(RATE, 2, p.l, p.r, FRAMES);
    free(p.l);
    free(p.r);
    return result.stereo;
}

static void test_uncorrelated(void **state)
{
    (void)state;
    mg_stereo_result s = done(noise_pair());
    assert_near(s.correlation, 0.0, 0.005, "correlation");
    assert_near(s.width, 0.5, 0.005, "width");
    assert_near(s.balance_db, 0.0, 0.05, "balance");
    assert_near(s.mono_loss_db, 3.01, 0.05, "mono loss");
    for (unsigned b = 2; b < MG_BANDS; b++) {
        assert_near(s.bands[b].correlation, 0.0, 0.03, "band correlation");
        assert_near(s.bands[b].width, 0.5, 0.03, "band width");
        assert_near(s.bands[b].mono_loss_db, 3.01, 0.15, "band mono loss");
    }
    assert_int_equal(s.bools_why, MG_WHY_PRESENT);
    assert_false(s.low_end_mono || s.polarity_inverted || s.dual_mono);
    assert_int_equal(s.silent_channel, -1);
    assert_int_equal(s.phase_section_count, 0);
}

static void test_same_in_both(void **state)
{
    (void)state;
    pair p = noise_pair();
    memcpy(p.r, p.l, FRAMES * sizeof(float));
    mg_stereo_result s = done(p);
    assert_near(s.correlation, 1.0, 1e-4, "correlation");
    assert_near(s.correlation_min, 1.0, 1e-4, "least correlation");
    assert_near(s.width, 0.0, 1e-4, "width");
    assert_near(s.mono_loss_db, 0.0, 0.001, "mono loss");
    assert_true(s.dual_mono && s.low_end_mono);
    assert_false(s.polarity_inverted);
}

static void test_inverted(void **state)
{
    (void)state;
    pair p = noise_pair();
    for (size_t i = 0; i < FRAMES; i++)
        p.r[i] = -p.l[i];
    mg_stereo_result s = done(p);
    assert_near(s.correlation, -1.0, 1e-4, "correlation");
    assert_near(s.width, 1.0, 1e-4, "width");
    assert_near(s.mono_loss_db, 40.0, 1e-9, "mono loss");
    assert_true(s.polarity_inverted);
    assert_false(s.dual_mono || s.low_end_mono);
    assert_int_equal(s.phase_section_count, 1);
    assert_float_equal(s.phase_sections[0].start_s, 0.0, 1e-9);
    assert_float_equal(s.phase_sections[0].end_s, SECONDS, 1e-9);
}

/* Music with common bass and one channel turned over stays an inverted file. */
static void test_inverted_wide_mix(void **state)
{
    (void)state;
    pair p = noise_pair();
    for (size_t i = 0; i < FRAMES; i++)
        p.r[i] = 0.25f * p.r[i] - p.l[i];
    mg_stereo_result s = done(p);
    assert_near(s.correlation, -0.970, 0.005, "correlation");
    assert_true(s.polarity_inverted);
}

/* A wide synth with one side upside down over a bass in the middle is not an inverted file. */
static void test_opposed_synth_over_bass(void **state)
{
    (void)state;
    pair p = noise_pair();
    for (size_t i = 0; i < FRAMES; i++) {
        double bass = 0.1 * sin(2.0 * M_PI * fmod(50.0 / RATE * (double)i, 1.0));
        float synth = p.l[i];
        p.l[i] = (float)(synth + bass);
        p.r[i] = (float)(-synth + bass);
    }
    mg_stereo_result s = done(p);
    assert_true(s.correlation.v < -0.3);
    assert_true(s.bands[3].correlation.v < -0.99);
    assert_false(s.polarity_inverted);
    assert_true(s.low_end_mono_loss_db.v < 1.0);
}

static void test_unbalanced(void **state)
{
    (void)state;
    pair p = noise_pair();
    for (size_t i = 0; i < FRAMES; i++)
        p.r[i] = (float)(p.l[i] * pow(10.0, -4.0 / 20.0));
    mg_stereo_result s = done(p);
    assert_near(s.balance_db, 4.0, 0.02, "balance");
    assert_near(s.correlation, 1.0, 1e-4, "correlation");
    assert_false(s.dual_mono);
}

static void test_silent_channel(void **state)
{
    (void)state;
    for (int silent = 0; silent < 2; silent++) {
        pair p = noise_pair();
        memset(silent ? p.r : p.l, 0, FRAMES * sizeof(float));
        mg_stereo_result s = done(p);
        assert_int_equal(s.silent_channel, silent);
        assert_int_equal(s.correlation.why, MG_WHY_SILENT);
        assert_int_equal(s.correlation_min.why, MG_WHY_SILENT);
        assert_int_equal(s.bands[3].correlation.why, MG_WHY_SILENT);
        assert_near(s.balance_db, silent ? 60.0 : -60.0, 1e-9, "balance");
        assert_near(s.mono_loss_db, 3.01, 0.01, "mono loss");
        assert_false(s.dual_mono || s.polarity_inverted || s.low_end_mono);
    }
}

/* Bass turned by 90 degrees between the channels, the rest in mono. */
static void test_wide_bass(void **state)
{
    (void)state;
    pair p = noise_pair();
    for (size_t i = 0; i < FRAMES; i++) {
        double turn = 2.0 * M_PI * fmod(80.0 / RATE * (double)i, 1.0);
        p.l[i] = (float)(0.05 * p.l[i] + 0.3 * sin(turn));
        p.r[i] = (float)(p.l[i] - 0.3 * sin(turn) + 0.3 * cos(turn));
    }
    mg_stereo_result s = done(p);
    assert_false(s.low_end_mono);
    assert_near(s.bands[1].correlation, 0.0, 0.01, "bass correlation");
    assert_near(s.bands[1].mono_loss_db, 3.01, 0.05, "bass mono loss");
    assert_near(s.bands[4].correlation, 1.0, 0.01, "high correlation");
}

/* Three phase sections: a long one, one of 2 s that is too short, one too quiet to count. */
static void test_phase_sections(void **state)
{
    (void)state;
    pair p = noise_pair();
    for (size_t i = 0; i < FRAMES; i++) {
        double t = (double)i / RATE;
        bool turned = (t >= 3.0 && t < 8.0) || (t >= 10.0 && t < 12.0) || t >= 15.0;
        float gain = t >= 14.0 ? 0.05f : 1.0f;
        p.l[i] *= gain;
        p.r[i] = turned ? -p.l[i] : p.l[i];
    }
    mg_stereo_result s = done(p);
    assert_int_equal(s.phase_section_count, 1);
    assert_float_equal(s.phase_sections[0].start_s, 3.0, 0.11);
    assert_float_equal(s.phase_sections[0].end_s, 8.0, 0.11);
    assert_near(s.correlation_min, -1.0, 1e-3, "least correlation");
    assert_true(s.correlation_min_at_s.v >= 2.99 && s.correlation_min_at_s.v <= 5.01);
}

/* An offset is not a mono signal. */
static void test_offset(void **state)
{
    (void)state;
    pair p = noise_pair();
    for (size_t i = 0; i < FRAMES; i++) {
        p.l[i] += 0.3f;
        p.r[i] += 0.3f;
    }
    mg_stereo_result s = done(p);
    assert_near(s.correlation, 0.0, 0.01, "correlation");
}

static void test_not_stereo(void **state)
{
    (void)state;
    pair p = noise_pair();
    programme mono = measure(RATE, 1, p.l, NULL, FRAMES / 4);
    assert_int_equal(mono.stereo.correlation.why, MG_WHY_MONO);
    assert_int_equal(mono.stereo.bands[0].width.why, MG_WHY_MONO);
    assert_int_equal(mono.stereo.bools_why, MG_WHY_MONO);
    assert_int_equal(mono.stereo.silent_channel, -1);
    programme six = measure(RATE, 6, p.l, p.r, FRAMES / 4);
    assert_int_equal(six.stereo.correlation.why, MG_WHY_NOT_STEREO);
    assert_int_equal(six.stereo.bools_why, MG_WHY_NOT_STEREO);
    memset(p.l, 0, FRAMES * sizeof(float));
    programme silent = measure(RATE, 2, p.l, p.l, FRAMES / 4);
    assert_int_equal(silent.stereo.correlation.why, MG_WHY_SILENT);
    assert_int_equal(silent.stereo.bools_why, MG_WHY_SILENT);
    programme one = measure(RATE, 2, p.r, p.r, 1);
    assert_int_equal(one.stereo.width.why, MG_WHY_TOO_SHORT);
    programme two_s = measure(RATE, 2, p.r, p.r, RATE * 2);
    assert_int_equal(two_s.stereo.correlation_min.why, MG_WHY_TOO_SHORT);
    assert_near(two_s.stereo.correlation, 1.0, 1e-4, "correlation");
    free(p.l);
    free(p.r);
}

/* The same at every rate, with bands beyond the limit null. */
static void test_rates(void **state)
{
    (void)state;
    static const unsigned rates[] = {8000, 11025, 22050, 32000, 48000, 96000, 192000};
    for (unsigned i = 0; i < sizeof rates / sizeof *rates; i++) {
        size_t frames = rates[i] * 6u;
        pair p = {room(frames), room(frames)};
        fill_noise(p.l, frames, 0.2, 21);
        fill_noise(p.r, frames, 0.2, 22);
        for (size_t k = 0; k < frames; k++)
            p.r[k] = 0.5f * (p.l[k] + p.r[k]);
        mg_stereo_result s = measure(rates[i], 2, p.l, p.r, frames).stereo;
        assert_near(s.correlation, sqrt(0.5), 0.01, "correlation");
        assert_near(s.bands[2].correlation, sqrt(0.5), 0.05, "low mids");
        assert_near(s.balance_db, 3.01, 0.1, "balance");
        if (rates[i] < 44100)
            assert_int_equal(s.bands[5].width.why, MG_WHY_ABOVE_BAND_LIMIT);
        free(p.l);
        free(p.r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uncorrelated),
        cmocka_unit_test(test_same_in_both),
        cmocka_unit_test(test_inverted),
        cmocka_unit_test(test_inverted_wide_mix),
        cmocka_unit_test(test_opposed_synth_over_bass),
        cmocka_unit_test(test_unbalanced),
        cmocka_unit_test(test_silent_channel),
        cmocka_unit_test(test_wide_bass),
        cmocka_unit_test(test_phase_sections),
        cmocka_unit_test(test_offset),
        cmocka_unit_test(test_not_stereo),
        cmocka_unit_test(test_rates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
