#include "tests/unit/test.h"
#include "tests/unit/verdict/fixture.h"

#include <math.h>

static double score_of(const mg_measures *m, mg_score_id id)
{
    mg_profile profile = electronic("club");
    mg_scores scores;
    mg_scores_compute(m, &profile, false, &scores);
    assert_int_equal(scores.score[id].exact.why, MG_WHY_PRESENT);
    return scores.score[id].exact.v;
}

static void a_good_mix_scores_full_marks(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    for (int s = 0; s < MG_SCORE_COUNT; s++)
        assert_true(score_of(&m, (mg_score_id)s) > 99.9);
}

static void the_curve_is_the_documented_one(void **state)
{
    (void)state;
    assert_true(mg_score_curve(0.0, 2.0) == 100.0);
    assert_true(fabs(mg_score_curve(2.0, 2.0) - 60.0) < 1e-9);
    assert_true(mg_target_distance(-3.0, NAN, -1.0) == 0.0);
    assert_true(mg_target_distance(1.0, NAN, -1.0) == 2.0);
    assert_true(mg_target_distance(-3.0, -2.0, NAN) == 1.0);
}

/* Moving one measure away from its target never raises its score or the overall one, and small
 * steps make small changes. */
static void falls_monotonically(mg_value *(*field)(mg_measures *), double start, double step,
                                mg_score_id id)
{
    mg_measures m;
    good_mix(&m);
    double last = 101.0, last_overall = 101.0;
    for (int i = 0; i < 200; i++) {
        *field(&m) = mg_some(start + i * step);
        double now = score_of(&m, id), overall = score_of(&m, MG_SCORE_OVERALL);
        assert_true(now <= last + 1e-9 && overall <= last_overall + 1e-9);
        assert_true(now >= 0.0 && now <= 100.0);
        if (i > 0)
            assert_true(last - now < 3.0);
        last = now;
        last_overall = overall;
    }
    assert_true(last < 99.0);
}

static mg_value *integrated(mg_measures *m)
{
    return &m->loudness.integrated_lufs;
}

static mg_value *true_peak(mg_measures *m)
{
    return &m->loudness.true_peak_dbtp;
}

static mg_value *psr(mg_measures *m)
{
    return &m->loudness.psr_min_lu;
}

static mg_value *mono_loss(mg_measures *m)
{
    return &m->stereo.mono_loss_db;
}

static mg_value *balance(mg_measures *m)
{
    return &m->stereo.balance_db;
}

static mg_value *low_mid(mg_measures *m)
{
    return &m->spectrum.loudest_band_share[2];
}

static void scores_fall_with_the_distance(void **state)
{
    (void)state;
    falls_monotonically(integrated, -8.0, -0.1, MG_SCORE_LOUDNESS);
    falls_monotonically(integrated, -8.0, 0.1, MG_SCORE_LOUDNESS);
    falls_monotonically(true_peak, -1.2, 0.05, MG_SCORE_LOUDNESS);
    falls_monotonically(psr, 6.0, -0.05, MG_SCORE_DYNAMICS);
    falls_monotonically(mono_loss, 0.8, 0.1, MG_SCORE_STEREO);
    falls_monotonically(balance, 0.1, -0.1, MG_SCORE_STEREO);
    falls_monotonically(low_mid, 0.06, 0.004, MG_SCORE_TONAL_BALANCE);
}

static void one_wrecked_part_cannot_hide(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    m.stereo.mono_loss_db = mg_some(30.0);
    m.stereo.correlation = mg_some(-1.0);
    m.stereo.width = mg_some(1.0);
    m.stereo.balance_db = mg_some(30.0);
    double worst = score_of(&m, MG_SCORE_STEREO);
    assert_true(worst < 20.0);
    assert_true(score_of(&m, MG_SCORE_OVERALL) <= 40.0 + 0.6 * worst + 1e-9);
}

static void null_parts_drop_out(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    m.stereo.correlation = m.stereo.width = m.stereo.balance_db = m.stereo.mono_loss_db =
        mg_none(MG_WHY_MONO);
    mg_profile profile = electronic("club");
    mg_scores scores;
    mg_scores_compute(&m, &profile, false, &scores);
    assert_int_equal(scores.score[MG_SCORE_STEREO].exact.why, MG_WHY_MONO);
    assert_true(scores.score[MG_SCORE_OVERALL].exact.v > 99.9);
}

/* The same programme in a mono file reads 3.01 LU less and is judged as it will be heard. */
static void mono_is_judged_as_played(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    m.loudness.integrated_lufs.v = -4.0;
    m.loudness.short_term_max_lufs.v = -2.0;
    double stereo = score_of(&m, MG_SCORE_LOUDNESS);
    assert_true(stereo < 99.0);
    m.audio.channels = 1;
    m.loudness.integrated_dual_mono_lufs = m.loudness.integrated_lufs;
    m.loudness.integrated_lufs.v -= 10.0 * log10(2.0);
    m.loudness.short_term_max_lufs.v -= 10.0 * log10(2.0);
    assert_true(fabs(score_of(&m, MG_SCORE_LOUDNESS) - stereo) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_mix_scores_full_marks),
        cmocka_unit_test(the_curve_is_the_documented_one),
        cmocka_unit_test(scores_fall_with_the_distance),
        cmocka_unit_test(one_wrecked_part_cannot_hide),
        cmocka_unit_test(null_parts_drop_out),
        cmocka_unit_test(mono_is_judged_as_played),
    };
    return cmocka_run_group_tests_name("score", tests, NULL, NULL);
}
