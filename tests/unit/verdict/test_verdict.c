/* Scores and feedback of one judgement say the same. */
#include "tests/unit/test.h"
#include "tests/unit/verdict/fixture.h"

#include <math.h>
#include <string.h>

static mg_verdict judged(const mg_measures *m)
{
    const mg_profile profile = electronic("streaming");
    const mg_verdict_options options = {.excerpt = false};
    mg_verdict ret;
    mg_verdict_judge(m, &profile, &options, &ret);
    return ret;
}

static void peaks(mg_measures *m)
{
    m->loudness.true_peak_dbtp = mg_some(0.4);
}

static void chopped(mg_measures *m)
{
    m->technical.cut_end = true;
}

static void detuned(mg_measures *m)
{
    m->key.tuning_cents = mg_some(40.0);
}

static void thin(mg_measures *m)
{
    m->spectrum.loudest_band_share[1] = mg_some(0.09);
}

/* Each costs next to nothing, or has no part in a score. */
static const struct {
    void (*plant)(mg_measures *);
    const char *code;
    mg_score_id score;
} cases[] = {
    {peaks, "loudness.true_peak_over", MG_SCORE_LOUDNESS},
    {chopped, "technical.cut_end", MG_SCORE_TECHNICAL},
    {detuned, "key.detuned", MG_SCORE_OVERALL},
    {thin, "tonal.bass_low", MG_SCORE_LOW_END},
};

static void a_hundred_leaves_nothing_to_mend(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    mg_verdict v = judged(&m);
    for (unsigned s = 0; s < MG_SCORE_COUNT; s++)
        assert_true(v.scores.score[s].exact.v > 99.9);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        good_mix(&m);
        cases[i].plant(&m);
        v = judged(&m);
        assert_string_equal(v.feedback.items[0].code, cases[i].code);
        assert_int_equal(v.feedback.items[0].severity, MG_SEVERITY_MINOR);
        for (unsigned s = 0; s < MG_SCORE_COUNT; s++) {
            bool heeds = s == cases[i].score || s == MG_SCORE_OVERALL;
            assert_true(heeds ? v.scores.score[s].exact.v <= 99.0
                              : v.scores.score[s].exact.v > 99.9);
            if (s > MG_SCORE_OVERALL)
                assert_true(v.scores.score[0].parts[s - 1].measured.v == v.scores.score[s].exact.v);
        }
    }
}

static void a_remark_costs_nothing(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    m.loudness.true_peak_dbtp = mg_some(-0.5);
    mg_verdict v = judged(&m);
    assert_string_equal(v.feedback.items[0].code, "loudness.true_peak_over");
    assert_int_equal(v.feedback.items[0].severity, MG_SEVERITY_INFO);
    assert_true(v.scores.score[MG_SCORE_OVERALL].exact.v > 99.9);
}

/* What has no score has none beside an item either. */
static void null_stays_null(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    m.loudness.short_term_max_lufs = mg_none(MG_WHY_TOO_SHORT);
    m.loudness.true_peak_dbtp = mg_some(2.0);
    mg_verdict v = judged(&m);
    assert_int_equal(v.scores.score[MG_SCORE_OVERALL].exact.why, MG_WHY_TOO_SHORT);
    assert_int_equal(v.scores.score[MG_SCORE_LOUDNESS].exact.why, MG_WHY_TOO_SHORT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_leaves_nothing_to_mend),
        cmocka_unit_test(a_remark_costs_nothing),
        cmocka_unit_test(null_stays_null),
    };
    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
