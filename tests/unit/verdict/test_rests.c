/* Rests with hard edges against dropouts. */
#include "tests/unit/test.h"
#include "tests/unit/verdict/fixture.h"

#include "verdict/feedback.h"
#include "verdict/rests.h"
#include "verdict/score.h"

#include <stdlib.h>
#include <string.h>

/* 120 BPM, the first beat at 0.2 s. */
static void track(mg_measures *m)
{
    good_mix(m);
    m->tempo.period_s = mg_some(0.5);
    m->tempo.first_beat_s = mg_some(0.2);
}

static void add_gap(mg_measures *m, double end_s, double length_s)
{
    mg_technical_result *t = &m->technical;
    t->gaps[t->gap_count++] = (mg_time_range){end_s - length_s, end_s};
    t->gaps_total++;
}

static mg_severity severity_of(const mg_measures *m)
{
    mg_profile profile = electronic("club");
    mg_feedback feedback;
    mg_feedback_compute(m, &profile, false, &feedback);
    for (unsigned i = 0; i < feedback.count; i++) {
        if (strcmp(feedback.items[i].code, "technical.gap") == 0)
            return feedback.items[i].severity;
    }
    fail_msg("no gap was named");
    return MG_SEVERITY_INFO;
}

static double technical_score(const mg_measures *m)
{
    mg_profile profile = electronic("club");
    mg_scores scores;
    mg_scores_compute(m, &profile, false, &scores);
    return scores.score[MG_SCORE_TECHNICAL].exact.v;
}

static void rests_on_the_grid_are_no_fault(void **state)
{
    (void)state;
    mg_measures m;
    track(&m);
    for (int i = 0; i < 12; i++)
        add_gap(&m, 10.2 + 0.125 * (7 * i) + (i % 3 - 1) * 0.008, 0.06 + 0.01 * i);
    assert_true(mg_gaps_are_rests(&m));
    assert_int_equal(severity_of(&m), MG_SEVERITY_INFO);
    assert_true(technical_score(&m) > 99.9);
    add_gap(&m, 30.26, 0.2); /* one that is none among them still costs */
    assert_true(technical_score(&m) < 95.0);
}

static void without_a_grid_or_in_small_number_they_are(void **state)
{
    (void)state;
    mg_measures m;
    track(&m);
    for (int i = 0; i < 3; i++)
        add_gap(&m, 10.2 + 0.5 * i, 0.12);
    assert_false(mg_gaps_are_rests(&m));
    assert_int_equal(severity_of(&m), MG_SEVERITY_MAJOR); /* might be: not called critical */
    add_gap(&m, 20.2, 0.12);
    assert_true(mg_gaps_are_rests(&m));
    m.tempo.constant = false;
    assert_false(mg_gaps_are_rests(&m));
    m.tempo.constant = true;
    m.tempo.period_s = m.tempo.first_beat_s = mg_none(MG_WHY_NO_BEAT);
    assert_false(mg_gaps_are_rests(&m));
    assert_int_equal(severity_of(&m), MG_SEVERITY_CRITICAL);
}

/* Four dropouts at any time are taken for rests in less than one of twenty tracks, at any tempo. */
static void dropouts_are_hardly_ever_taken_for_rests(void **state)
{
    (void)state;
    srand(3);
    unsigned taken = 0, tracks = 2000;
    for (unsigned i = 0; i < tracks; i++) {
        mg_measures m;
        track(&m);
        m.tempo.period_s = mg_some(0.3 + 0.7 * rand() / RAND_MAX);
        for (int k = 0; k < 4; k++)
            add_gap(&m, 10.0 + 200.0 * rand() / RAND_MAX, 0.05);
        taken += mg_gaps_are_rests(&m);
    }
    assert_true(taken < tracks / 20);
}

/* Words with nothing between them, as a gate or a synthetic voice leaves them. */
static void pauses_of_what_is_no_music_are_no_fault(void **state)
{
    (void)state;
    mg_measures m;
    track(&m);
    for (int i = 0; i < 4; i++)
        add_gap(&m, 10.23 + 1.37 * i, 0.3);
    assert_false(mg_gaps_are_pauses(&m));
    assert_true(mg_gaps_to_mend_s(&m) > 1.1);
    m.tempo.bpm = m.tempo.period_s = m.tempo.first_beat_s = mg_none(MG_WHY_NO_BEAT);
    assert_false(mg_gaps_are_pauses(&m)); /* it has a key: held chords do not pause so */
    assert_int_equal(severity_of(&m), MG_SEVERITY_CRITICAL);
    m.key.why = MG_WHY_NO_KEY;
    assert_true(mg_gaps_are_pauses(&m));
    assert_int_equal(severity_of(&m), MG_SEVERITY_INFO);
    assert_true(mg_gaps_to_mend_s(&m) == 0.0);
    m.technical.gap_count = 3;
    assert_false(mg_gaps_are_pauses(&m));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rests_on_the_grid_are_no_fault),
        cmocka_unit_test(without_a_grid_or_in_small_number_they_are),
        cmocka_unit_test(pauses_of_what_is_no_music_are_no_fault),
        cmocka_unit_test(dropouts_are_hardly_ever_taken_for_rests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
