#include "tests/unit/test.h"
#include "tests/unit/verdict/fixture.h"

#include "verdict/feedback.h"

#include <math.h>
#include <string.h>

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

/* A clean peak does not make a mix: what is too short to be heard as one has no score. */
static void what_is_too_short_has_no_score(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    m.loudness.short_term_max_lufs = mg_none(MG_WHY_TOO_SHORT);
    mg_profile profile = electronic("streaming");
    mg_scores scores;
    mg_scores_compute(&m, &profile, false, &scores);
    assert_int_equal(scores.score[MG_SCORE_OVERALL].exact.why, MG_WHY_TOO_SHORT);
    for (unsigned s = MG_SCORE_LOUDNESS; s <= MG_SCORE_LOW_END; s++)
        assert_int_equal(scores.score[s].exact.why, MG_WHY_TOO_SHORT);
    assert_true(mg_has(scores.score[MG_SCORE_TECHNICAL].exact));
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

/* ---- the same for every profile, and for the feedback ---- */

static mg_value *short_term(mg_measures *m)
{
    return &m->loudness.short_term_max_lufs;
}

static mg_value *low_end_loss(mg_measures *m)
{
    return &m->stereo.low_end_mono_loss_db;
}

typedef struct walk {
    mg_value *(*field)(mg_measures *);
    mg_score_id id;
    double start, step; /* start: inside the target of every profile with that purpose */
    const char *code;
} walk;

static const walk walks[] = {
    {integrated, MG_SCORE_LOUDNESS, -10.0, -0.25, "loudness.too_quiet"},
    {integrated, MG_SCORE_LOUDNESS, -10.0, 0.25, "loudness.too_loud"},
    {short_term, MG_SCORE_LOUDNESS, -7.0, 0.2, NULL},
    {true_peak, MG_SCORE_LOUDNESS, -1.5, 0.05, "loudness.true_peak_over"},
    {psr, MG_SCORE_DYNAMICS, 9.5, -0.1, "dynamics.over_compressed"},
    {mono_loss, MG_SCORE_STEREO, 0.5, 0.1, "stereo.mono_loss"},
    {low_end_loss, MG_SCORE_LOW_END, 0.1, 0.1, "stereo.low_end_wide"},
    {balance, MG_SCORE_STEREO, 0.0, 0.1, "stereo.unbalanced"},
    {balance, MG_SCORE_STEREO, 0.0, -0.1, "stereo.unbalanced"},
};

/* -1: not there. A code also counts where another item stands for it. */
static int severity_of(const mg_feedback *feedback, const char *code)
{
    for (unsigned i = 0; i < feedback->count; i++) {
        const mg_feedback_item *item = &feedback->items[i];
        if (strcmp(item->code, code) == 0)
            return (int)item->severity;
        for (unsigned k = 0; k < item->also_count; k++) {
            if (strcmp(item->also[k], code) == 0)
                return (int)item->severity;
        }
    }
    return -1;
}

/* What is planted more strongly never scores better nor is called less bad. */
static void take_walk(const mg_profile *profile, const walk *w)
{
    mg_measures m;
    good_mix(&m);
    m.stereo.low_end_mono = w->field != low_end_loss;
    double last = 101.0;
    int severity = -1;
    for (int i = 0; i < 150; i++) {
        mg_scores scores;
        mg_feedback feedback;
        *w->field(&m) = mg_some(w->start + i * w->step);
        mg_scores_compute(&m, profile, false, &scores);
        mg_feedback_compute(&m, profile, false, &feedback);
        double now = scores.score[w->id].exact.v;
        assert_true(now <= last + 1e-9);
        assert_true(i == 0 || last - now < 6.0);
        last = now;
        if (w->code && severity_of(&feedback, w->code) < severity)
            fail_msg("%s is called less bad when it is worse (%s)", w->code, profile->name);
        severity = w->code ? severity_of(&feedback, w->code) : severity;
    }
}

/* From the middle of the target outwards, by the band's own level. */
static void take_band_walk(const mg_profile *profile, unsigned b, int side)
{
    mg_measures m;
    good_mix(&m);
    mg_score_id id = b < 2 ? MG_SCORE_LOW_END : MG_SCORE_TONAL_BALANCE;
    double start = 0.5 * (mg_share_balance_db(profile->band_share[b].low) +
                          mg_share_balance_db(profile->band_share[b].high));
    double last = 101.0;
    for (int i = 0; i < 150; i++) {
        double ratio = pow(10.0, (start + side * 0.2 * i) / 10.0);
        mg_scores scores;
        m.spectrum.loudest_band_share[b] = mg_some(ratio / (1.0 + ratio));
        mg_scores_compute(&m, profile, false, &scores);
        double now = scores.score[id].exact.v;
        assert_true(now <= last + 1e-9 && (i == 0 || last - now < 6.0));
        last = now;
    }
    assert_true(last < 95.0); /* sub and bass too can be too much */
}

static void worse_is_worse_in_every_profile(void **state)
{
    (void)state;
    char name[65];
    for (size_t i = 0; mg_profile_name_at(i, name, sizeof name) > 0; i++) {
        mg_profile profile;
        const char *json = mg_profile_builtin(name);
        assert_int_equal(mg_profile_parse(json, strlen(json), &profile, NULL), MG_OK);
        for (size_t k = 0; k < sizeof walks / sizeof walks[0]; k++) {
            walk w = walks[k];
            if (w.field == integrated && profile.has_integrated)
                w.start = 0.5 * (profile.integrated_lufs.low + profile.integrated_lufs.high);
            if (w.field == short_term && profile.has_integrated)
                w.start = profile.short_term_max_lufs.high - 1.0;
            take_walk(&profile, &w);
        }
        for (unsigned b = 0; b < MG_BANDS; b++) {
            take_band_walk(&profile, b, 1);
            take_band_walk(&profile, b, -1);
        }
    }
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

/* What cannot be judged keeps its measures and has no points, neither as a whole nor in its parts. */
static void parts_of_a_null_score_have_no_points(void **state)
{
    (void)state;
    mg_measures m;
    mg_scores scores;
    mg_profile profile = electronic("club");
    good_mix(&m);
    m.loudness.short_term_max_lufs = mg_none(MG_WHY_TOO_SHORT);
    m.loudness.psr_min_lu = mg_none(MG_WHY_SILENT);
    mg_scores_compute(&m, &profile, false, &scores);
    unsigned nulls = 0;
    for (unsigned s = 0; s < MG_SCORE_COUNT; s++) {
        const mg_score *score = &scores.score[s];
        assert_true(mg_has(score->exact) == (s == MG_SCORE_STEREO || s == MG_SCORE_TECHNICAL));
        for (unsigned i = 0; i < score->part_count; i++) {
            const mg_score_part *part = &score->parts[i];
            assert_true(mg_has(part->score) == (mg_has(score->exact) && mg_has(part->measured)));
            nulls += !mg_has(part->score) && mg_has(part->measured);
        }
    }
    assert_true(nulls > 8);
    assert_int_equal(scores.score[MG_SCORE_DYNAMICS].parts[0].score.why, MG_WHY_SILENT);
    assert_int_equal(scores.score[MG_SCORE_DYNAMICS].parts[1].score.why, MG_WHY_TOO_SHORT);
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

/* Held chords have small peaks by nature: under -16 LUFS that costs ever less, without a step. */
static void small_peaks_cost_where_it_is_loud(void **state)
{
    (void)state;
    mg_profile streaming = electronic("streaming"), premaster = electronic("premaster");
    double last = -1.0;
    for (int i = 0; i <= 120; i++) {
        mg_measures m;
        mg_scores scores;
        good_mix(&m);
        m.loudness.psr_min_lu = mg_some(2.0);
        m.loudness.integrated_lufs = mg_some(-14.0 - 0.05 * i);
        mg_scores_compute(&m, &streaming, false, &scores);
        double now = scores.score[MG_SCORE_DYNAMICS].exact.v;
        assert_true(now >= last && (i == 0 || now - last < 5.0));
        last = now;
        mg_scores_compute(&m, &premaster, false, &scores);
        assert_true(scores.score[MG_SCORE_DYNAMICS].exact.v < 60.0);
    }
    assert_true(last > 80.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_mix_scores_full_marks),
        cmocka_unit_test(what_is_too_short_has_no_score),
        cmocka_unit_test(the_curve_is_the_documented_one),
        cmocka_unit_test(scores_fall_with_the_distance),
        cmocka_unit_test(worse_is_worse_in_every_profile),
        cmocka_unit_test(one_wrecked_part_cannot_hide),
        cmocka_unit_test(null_parts_drop_out),
        cmocka_unit_test(parts_of_a_null_score_have_no_points),
        cmocka_unit_test(mono_is_judged_as_played),
        cmocka_unit_test(small_peaks_cost_where_it_is_loud),
    };
    return cmocka_run_group_tests_name("score", tests, NULL, NULL);
}
