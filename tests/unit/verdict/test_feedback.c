#include "tests/unit/test.h"
#include "tests/unit/verdict/fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static mg_feedback feedback_of(const mg_measures *m, const char *purpose, bool excerpt)
{
    mg_profile profile = electronic(purpose);
    mg_feedback feedback;
    mg_feedback_compute(m, &profile, excerpt, &feedback);
    return feedback;
}

static const mg_feedback_item *find(const mg_feedback *feedback, const char *code)
{
    for (unsigned i = 0; i < feedback->count; i++) {
        if (strcmp(feedback->items[i].code, code) == 0)
            return &feedback->items[i];
    }
    return NULL;
}

static void a_good_mix_gets_no_complaint(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    static const char *const purposes[] = {"club", "streaming"};
    for (int i = 0; i < 2; i++) {
        mg_feedback feedback = feedback_of(&m, purposes[i], false);
        for (unsigned k = 0; k < feedback.count; k++)
            assert_int_equal(feedback.items[k].severity, MG_SEVERITY_INFO);
    }
}

typedef struct fault {
    const char *code;
    mg_severity at_least;
    void (*plant)(mg_measures *m);
} fault;

static void quiet(mg_measures *m)
{
    m->loudness.integrated_lufs = mg_some(-22.0);
}

static void loud(mg_measures *m)
{
    m->loudness.integrated_lufs = mg_some(-3.0);
}

static void peak(mg_measures *m)
{
    m->loudness.true_peak_dbtp = mg_some(2.5);
}

static void squashed(mg_measures *m)
{
    m->loudness.psr_min_lu = mg_some(3.0);
}

static void mud(mg_measures *m)
{
    m->spectrum.loudest_band_share[2] = mg_some(0.35);
}

static void dull(mg_measures *m)
{
    m->spectrum.loudest_band_share[5] = mg_some(0.0005);
}

static void upside_down(mg_measures *m)
{
    m->stereo.polarity_inverted = true;
    m->stereo.correlation = mg_some(-0.95);
    m->stereo.mono_loss_db = mg_some(15.0);
}

static void hollow(mg_measures *m)
{
    m->stereo.mono_loss_db = mg_some(22.0);
}

static void wide_bass(mg_measures *m)
{
    m->stereo.low_end_mono = false;
    m->stereo.low_end_mono_loss_db = mg_some(4.0);
}

static void one_sided(mg_measures *m)
{
    m->stereo.balance_db = mg_some(4.0);
}

static void dead_channel(mg_measures *m)
{
    m->stereo.silent_channel = 1;
}

static void clipped(mg_measures *m)
{
    m->technical.clipped_samples = 90000;
    m->technical.clipped_runs_total = 9000;
    m->technical.clipped_per_minute_loudest = 18000.0;
    m->technical.clipped_run_count = 1;
    m->technical.clipped_runs[0] = (mg_clipped_run){.start_s = 3.0, .samples = 40};
}

static void clipped_before(mg_measures *m)
{
    clipped(m);
    m->technical.clip_kind = MG_CLIP_HARD;
    m->technical.clip_level_dbfs = mg_some(-6.0);
}

static void offset(mg_measures *m)
{
    m->technical.dc_offset[1] = -0.12;
}

static void hole(mg_measures *m)
{
    m->technical.gaps_total = m->technical.gap_count = 1;
    m->technical.gaps[0] = (mg_time_range){100.0, 100.12};
}

static void late(mg_measures *m)
{
    m->technical.silence_head_s = 4.0;
}

static void chopped(mg_measures *m)
{
    m->technical.cut_end = true;
}

static void broken(mg_measures *m)
{
    m->audio.warnings = 1u << MG_WARN_TRUNCATED;
}

static void rumbling(mg_measures *m)
{
    m->technical.infrasonic_dbfs = mg_some(-22.0);
}

static void hissing(mg_measures *m)
{
    m->technical.hiss_dbfs = mg_some(-48.0);
}

static void stretched(mg_measures *m)
{
    m->spectrum.upsampled_from_hz = mg_some(22050.0);
    m->spectrum.upsampled_confidence = mg_some(0.95);
}

static void crushed(mg_measures *m)
{
    m->technical.effective_bits = mg_some(10.0);
}

static void sharp(mg_measures *m)
{
    m->key.tuning_cents = mg_some(35.0);
}

static const fault faults[] = {
    {"loudness.too_quiet", MG_SEVERITY_MINOR, quiet},
    {"loudness.too_loud", MG_SEVERITY_MINOR, loud},
    {"loudness.true_peak_over", MG_SEVERITY_MAJOR, peak},
    {"dynamics.over_compressed", MG_SEVERITY_MINOR, squashed},
    {"tonal.low_mid_high", MG_SEVERITY_MINOR, mud},
    {"tonal.high_low", MG_SEVERITY_MINOR, dull},
    {"stereo.polarity_inverted", MG_SEVERITY_CRITICAL, upside_down},
    {"stereo.mono_loss", MG_SEVERITY_CRITICAL, hollow},
    {"stereo.low_end_wide", MG_SEVERITY_MAJOR, wide_bass},
    {"stereo.unbalanced", MG_SEVERITY_MAJOR, one_sided},
    {"stereo.channel_silent", MG_SEVERITY_CRITICAL, dead_channel},
    {"technical.clipping", MG_SEVERITY_MAJOR, clipped},
    {"technical.clipped_source", MG_SEVERITY_MINOR, clipped_before},
    {"technical.dc_offset", MG_SEVERITY_MAJOR, offset},
    {"technical.gap", MG_SEVERITY_CRITICAL, hole},
    {"technical.silence_head", MG_SEVERITY_MINOR, late},
    {"technical.cut_end", MG_SEVERITY_MINOR, chopped},
    {"technical.truncated", MG_SEVERITY_CRITICAL, broken},
    {"technical.infrasonic", MG_SEVERITY_MINOR, rumbling},
    {"technical.noise_floor", MG_SEVERITY_MINOR, hissing},
    {"technical.upsampled", MG_SEVERITY_MINOR, stretched},
    {"technical.low_resolution", MG_SEVERITY_MINOR, crushed},
    {"key.detuned", MG_SEVERITY_MINOR, sharp},
};

static void each_fault_is_named_with_advice(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        mg_measures m;
        good_mix(&m);
        faults[i].plant(&m);
        mg_feedback feedback = feedback_of(&m, "club", false);
        const mg_feedback_item *item = find(&feedback, faults[i].code);
        if (!item)
            fail_msg("%s was not found", faults[i].code);
        assert_true(item->severity >= faults[i].at_least);
        assert_true(strlen(item->message) > 10 && strlen(item->advice) > 10);
        assert_true(strlen(item->message) + 1 < MG_FEEDBACK_TEXT); /* nothing was cut off */
        assert_true(strlen(item->advice) + 1 < MG_FEEDBACK_TEXT);
        if (mg_has(item->measured))
            assert_true(item->measured.v < item->low || item->measured.v > item->high);
    }
}

/* A synthesizer that puts one side upside down loses much in mono, but nothing is broken. */
static void wide_is_not_inverted(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    m.stereo.correlation = mg_some(-0.8);
    m.stereo.mono_loss_db = mg_some(10.0);
    m.stereo.phase_section_count = 1;
    m.stereo.phase_sections[0] = (mg_time_range){10.0, 60.0};
    for (unsigned b = 2; b < MG_BANDS; b++)
        m.stereo.bands[b].correlation = mg_some(-0.85);
    mg_feedback feedback = feedback_of(&m, "club", false);
    const mg_feedback_item *item = find(&feedback, "stereo.mono_loss");
    assert_non_null(item);
    assert_int_equal(item->severity, MG_SEVERITY_MAJOR);
    assert_null(find(&feedback, "stereo.polarity_inverted"));
    assert_null(find(&feedback, "stereo.phase_section"));
    assert_int_equal(item->also_count, 2); /* what it stands for, and where */
    assert_string_equal(item->also[0], "stereo.polarity_inverted");
    assert_string_equal(item->also[1], "stereo.phase_section");
    assert_true(item->where[item->where_count - 1].end_s == 60.0);
}

/* Where the low end is opposed too it may be a channel: said, but not called a fact. */
static void what_may_be_inverted_is_said_with_the_loss(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    m.stereo.correlation = mg_some(-0.5);
    m.stereo.mono_loss_db = mg_some(6.0);
    for (unsigned b = 0; b < MG_BANDS; b++)
        m.stereo.bands[b].correlation = mg_some(-0.5);
    mg_feedback feedback = feedback_of(&m, "club", false);
    const mg_feedback_item *item = find(&feedback, "stereo.mono_loss");
    assert_non_null(item);
    assert_int_equal(item->severity, MG_SEVERITY_MAJOR);
    assert_non_null(strstr(item->message, "probably one channel"));
    assert_string_equal(item->also[0], "stereo.polarity_inverted");
    m.stereo.bands[0].correlation = m.stereo.bands[1].correlation = mg_some(0.9);
    feedback = feedback_of(&m, "club", false);
    item = find(&feedback, "stereo.mono_loss");
    assert_non_null(item);
    assert_null(strstr(item->message, "probably one channel"));
}

/* A held pad has small peaks by nature; only what is loud can be called limited. */
static void dense_but_quiet_is_info(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    squashed(&m);
    m.loudness.integrated_lufs = mg_some(-18.0);
    mg_feedback feedback = feedback_of(&m, "streaming", false);
    const mg_feedback_item *item = find(&feedback, "dynamics.over_compressed");
    assert_non_null(item);
    assert_int_equal(item->severity, MG_SEVERITY_INFO);
    feedback = feedback_of(&m, "premaster", false);
    assert_int_equal(find(&feedback, "dynamics.over_compressed")->severity, MG_SEVERITY_MINOR);
}

static mg_feedback feedback_in(const char *name, const mg_measures *m)
{
    mg_profile profile;
    const char *json = mg_profile_builtin(name);
    assert_non_null(json);
    assert_int_equal(mg_profile_parse(json, strlen(json), &profile, NULL), MG_OK);
    mg_feedback feedback;
    mg_feedback_compute(m, &profile, false, &feedback);
    return feedback;
}

/* A pad without sub is told so; an equaliser cannot raise what is not there. */
static void an_empty_band_is_not_to_be_raised(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    m.spectrum.loudest_band_share[0] = mg_some(1e-5);
    mg_feedback feedback = feedback_in("ambient/streaming", &m);
    const mg_feedback_item *item = find(&feedback, "tonal.sub_low");
    assert_non_null(item);
    assert_int_equal(item->severity, MG_SEVERITY_INFO);
    assert_null(strstr(item->advice, "Raise"));
    m.spectrum.loudest_band_share[0] = mg_some(1e-4); /* little outside */
    feedback = feedback_in("ambient/streaming", &m);
    item = find(&feedback, "tonal.sub_low");
    assert_non_null(item);
    assert_non_null(strstr(item->advice, "can do without"));
    feedback = feedback_in("techno/club", &m);
    assert_int_equal(find(&feedback, "tonal.sub_low")->severity, MG_SEVERITY_MINOR);
}

/* What is sent to mastering needs no limiter, and no flat top can be undone there. */
static void a_premaster_is_not_told_to_limit(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    clipped(&m);
    m.technical.clipped_per_minute_loudest = 30.0;
    peak(&m);
    mg_feedback feedback = feedback_in("house/premaster", &m);
    assert_int_equal(find(&feedback, "technical.clipping")->severity, MG_SEVERITY_MAJOR);
    for (unsigned i = 0; i < feedback.count; i++) {
        assert_null(strstr(feedback.items[i].advice, "limiter's ceiling"));
        assert_null(strstr(feedback.items[i].code, "loudness.too_"));
    }
    feedback = feedback_in("house/club", &m);
    assert_int_equal(find(&feedback, "technical.clipping")->severity, MG_SEVERITY_MINOR);
    feedback = feedback_in("dubstep/club", &m);
    assert_int_equal(find(&feedback, "technical.clipping")->severity, MG_SEVERITY_INFO);
}

/* One cause, one item, as bad as the worst that it explains. */
static void an_inverted_channel_is_one_item(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    upside_down(&m);
    wide_bass(&m);
    m.stereo.width = mg_some(0.95);
    mg_feedback feedback = feedback_of(&m, "club", false);
    const mg_feedback_item *item = find(&feedback, "stereo.polarity_inverted");
    assert_non_null(item);
    assert_int_equal(item->severity, MG_SEVERITY_CRITICAL);
    assert_int_equal(item->also_count, 3);
    for (unsigned i = 0; i < feedback.count; i++) {
        if (&feedback.items[i] != item)
            assert_null(strstr(feedback.items[i].code, "stereo."));
    }
    assert_int_equal(feedback.total, feedback.count);
}

static void taste_is_never_critical(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        mg_measures m;
        good_mix(&m);
        faults[i].plant(&m);
        mg_feedback feedback = feedback_of(&m, "club", false);
        for (unsigned k = 0; k < feedback.count; k++) {
            const mg_feedback_item *item = &feedback.items[k];
            if (strncmp(item->code, "loudness.", 9) == 0 ||
                strncmp(item->code, "dynamics.", 9) == 0 || strncmp(item->code, "tonal.", 6) == 0)
                assert_true(item->severity < MG_SEVERITY_CRITICAL);
            if (k > 0)
                assert_true(feedback.items[k - 1].severity >= item->severity);
        }
    }
}

static void an_excerpt_is_not_told_that_it_is_cut(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    chopped(&m);
    late(&m);
    mg_feedback feedback = feedback_of(&m, "club", true);
    assert_null(find(&feedback, "technical.cut_end"));
    assert_null(find(&feedback, "technical.silence_head"));
}

static void streaming_does_not_call_loud_a_fault(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    loud(&m);
    mg_feedback feedback = feedback_of(&m, "streaming", false);
    assert_int_equal(find(&feedback, "loudness.too_loud")->severity, MG_SEVERITY_INFO);
    feedback = feedback_of(&m, "premaster", false);
    assert_null(find(&feedback, "loudness.too_loud"));
    assert_null(find(&feedback, "loudness.too_quiet"));
}

/* Speech is not told to add a sub. */
/* The key of a mix of tracks is none that one could check by ear. */
static void a_key_that_changes_is_no_guess(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    m.key.confidence = 0.3;
    m.key.candidates[0] = (mg_key_candidate){.tonic = 9, .mode = MG_MINOR, .weight = 0.3};
    m.key.candidates[1] = (mg_key_candidate){.tonic = 0, .mode = MG_MAJOR, .weight = 0.25};
    m.key.candidate_count = 2;
    m.key.segment_count = 3;
    m.key.segments[0] = (mg_key_segment){.end_s = 100, .known = true, .tonic = 9, .mode = MG_MINOR};
    m.key.segments[1] = (mg_key_segment){.start_s = 100, .end_s = 130};
    m.key.segments[2] = m.key.segments[0];
    m.key.segments[2].start_s = 130;
    m.key.segments[2].end_s = 300;
    mg_feedback feedback = feedback_of(&m, "streaming", false);
    assert_non_null(find(&feedback, "key.unclear"));
    m.key.segments[2].tonic = 4;
    feedback = feedback_of(&m, "streaming", false);
    assert_null(find(&feedback, "key.unclear"));
}

static void what_is_no_music_is_not_measured_by_its_ranges(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    m.spectrum.loudest_band_share[0] = mg_some(1e-5);
    dull(&m);
    m.tempo.bpm = mg_none(MG_WHY_NO_BEAT);
    mg_feedback feedback = feedback_of(&m, "streaming", false);
    assert_null(find(&feedback, "technical.no_music")); /* it has a key */
    assert_non_null(find(&feedback, "tonal.high_low"));
    m.key.why = MG_WHY_NO_KEY;
    feedback = feedback_of(&m, "streaming", false);
    assert_int_equal(find(&feedback, "technical.no_music")->severity, MG_SEVERITY_INFO);
    for (unsigned i = 0; i < feedback.count; i++)
        assert_null(strstr(feedback.items[i].code, "tonal."));
    mg_scores scores;
    mg_profile profile = electronic("streaming");
    mg_scores_compute(&m, &profile, false, &scores);
    assert_int_equal(scores.score[MG_SCORE_TONAL_BALANCE].exact.why, MG_WHY_NOT_APPLICABLE);
    assert_int_equal(scores.score[MG_SCORE_LOW_END].exact.why, MG_WHY_NOT_APPLICABLE);
    assert_true(scores.score[MG_SCORE_OVERALL].exact.v > 99.9);
    m.tempo.bpm = mg_none(MG_WHY_TOO_SHORT); /* then nobody knows */
    feedback = feedback_of(&m, "streaming", false);
    assert_null(find(&feedback, "technical.no_music"));
}

/* A peak that leaves room needs no limiter, and is told what it then reaches. */
static void what_has_room_is_turned_up_without_a_limiter(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    m.loudness.integrated_lufs = mg_some(-19.5);
    m.loudness.true_peak_dbtp = mg_some(-6.0);
    mg_feedback feedback = feedback_of(&m, "streaming", false);
    const char *advice = find(&feedback, "loudness.too_quiet")->advice;
    assert_non_null(strstr(advice, "up by 3.5 dB"));
    assert_non_null(strstr(advice, "-16.0 LUFS and -2.5 dBTP"));
    m.loudness.true_peak_dbtp = mg_some(-2.0);
    feedback = feedback_of(&m, "streaming", false);
    assert_non_null(strstr(find(&feedback, "loudness.too_quiet")->advice, "last limiter"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_mix_gets_no_complaint),
        cmocka_unit_test(each_fault_is_named_with_advice),
        cmocka_unit_test(wide_is_not_inverted),
        cmocka_unit_test(what_may_be_inverted_is_said_with_the_loss),
        cmocka_unit_test(dense_but_quiet_is_info),
        cmocka_unit_test(an_empty_band_is_not_to_be_raised),
        cmocka_unit_test(a_premaster_is_not_told_to_limit),
        cmocka_unit_test(an_inverted_channel_is_one_item),
        cmocka_unit_test(taste_is_never_critical),
        cmocka_unit_test(an_excerpt_is_not_told_that_it_is_cut),
        cmocka_unit_test(a_key_that_changes_is_no_guess),
        cmocka_unit_test(what_is_no_music_is_not_measured_by_its_ranges),
        cmocka_unit_test(what_has_room_is_turned_up_without_a_limiter),
        cmocka_unit_test(streaming_does_not_call_loud_a_fault),
    };
    return cmocka_run_group_tests_name("feedback", tests, NULL, NULL);
}
