/* Every sentence that a rule can say, with every number that changes its grammar. */
#include "tests/unit/test.h"
#include "tests/unit/verdict/fixture.h"

#include "base/json_write.h"
#include "verdict/feedback.h"

#include <ctype.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

enum { PURPOSES = 3 };
static const char *const purposes[PURPOSES] = {"club", "streaming", "premaster"};
static mg_profile profiles[PURPOSES];

/* What no sentence may hold. */
static const char *const wrong[] = {
    "(^|[^0-9.])1 (samples|runs|gaps|clicks|bars|places|overs|bits|silences)",
    "(Sub|Bass) [(][^)]*[)] hold ",
    "(mids|Mids|Highs) [(][^)]*[)] holds",
    "-0[.]0+([^0-9]|$)",
    "(^|[^a-z])(nan|inf)([^a-z]|$)",
    " by (about )?0([.]0+)? (dB|ms)",
    "only -",
    "(^|[^0-9.])0 a minute",
    "  | ,| [.]( |$)",
};

enum { WRONG = sizeof wrong / sizeof wrong[0] };
static regex_t patterns[WRONG];

static int compile_patterns(void **state)
{
    (void)state;
    for (size_t i = 0; i < WRONG; i++) {
        if (regcomp(&patterns[i], wrong[i], REG_EXTENDED | REG_NOSUB) != 0)
            return -1;
    }
    for (size_t p = 0; p < PURPOSES; p++)
        profiles[p] = electronic(purposes[p]);
    return 0;
}

static int free_patterns(void **state)
{
    (void)state;
    for (size_t i = 0; i < WRONG; i++)
        regfree(&patterns[i]);
    return 0;
}

static void sentence_is_sound(const char *code, const char *text)
{
    const size_t len = strlen(text);
    assert_true(len > 10 && len + 1 < MG_FEEDBACK_TEXT);
    if (islower((unsigned char)text[0]) || text[len - 1] != '.')
        fail_msg("%s: not a sentence: %s", code, text);
    for (size_t i = 0; i < WRONG; i++) {
        if (regexec(&patterns[i], text, 0, NULL, 0) == 0)
            fail_msg("%s: /%s/ in: %s", code, wrong[i], text);
    }
}

/* All items of these measures for all purposes. @return whether `code` was among them */
static bool all_sound(const mg_measures *m, const char *code)
{
    bool found = false;
    for (size_t p = 0; p < PURPOSES; p++) {
        mg_feedback feedback;
        mg_feedback_compute(m, &profiles[p], false, &feedback);
        for (unsigned i = 0; i < feedback.count; i++) {
            const mg_feedback_item *item = &feedback.items[i];
            sentence_is_sound(item->code, item->message);
            sentence_is_sound(item->code, item->advice);
            found = found || strcmp(item->code, code) == 0;
        }
    }
    return found;
}

/* One field from `from` to `to`; the code is heard somewhere on the way. */
static void walk(size_t at, double from, double to, unsigned steps, const char *code)
{
    bool found = false;
    for (unsigned i = 0; i <= steps; i++) {
        mg_measures m;
        good_mix(&m);
        *(mg_value *)(void *)((char *)&m + at) = mg_some(from + (to - from) * i / steps);
        found = all_sound(&m, code) || found;
    }
    if (!found)
        fail_msg("%s was never said", code);
}

#define WALK(field, from, to, steps, code) walk(offsetof(mg_measures, field), from, to, steps, code)

static void levels(void **state)
{
    (void)state;
    WALK(loudness.integrated_lufs, -4.0, 2.0, 150, "loudness.too_loud");
    WALK(loudness.integrated_lufs, -26.0, -9.0, 150, "loudness.too_quiet");
    WALK(loudness.true_peak_dbtp, -1.6, 3.0, 150, "loudness.true_peak_over");
    WALK(loudness.true_peak_dbtp, -1.6, 3.0, 40, "loudness.codec_over");
    WALK(loudness.psr_min_lu, 1.0, 9.0, 150, "dynamics.over_compressed");
    WALK(loudness.range_lu, 8.0, 30.0, 150, "dynamics.too_dynamic");
    WALK(stereo.mono_loss_db, 0.0, 25.0, 150, "stereo.mono_loss");
    WALK(stereo.mono_loss_db, 0.0, 1.0, 40, "stereo.mono_safe");
    WALK(stereo.balance_db, -5.0, 5.0, 150, "stereo.unbalanced");
    WALK(stereo.width, 0.0, 1.0, 150, "stereo.too_wide");
    WALK(stereo.width, 0.0, 0.1, 100, "stereo.narrow");
    WALK(technical.infrasonic_dbfs, -40.0, -3.0, 100, "technical.infrasonic");
    WALK(technical.hiss_dbfs, -70.0, -20.0, 100, "technical.noise_floor");
    WALK(technical.hum_dbfs, -70.0, -20.0, 100, "technical.hum");
    WALK(technical.effective_bits, 1.0, 24.0, 23, "technical.low_resolution");
    WALK(key.tuning_cents, -50.0, 50.0, 200, "key.detuned");
    WALK(tempo.bpm, 119.5, 121.0, 150, "tempo.not_integer");
}

static void every_band_in_and_out_of_its_range(void **state)
{
    (void)state;
    static const char *const codes[MG_BANDS][2] = {
        {"tonal.sub_low", "tonal.sub_high"},           {"tonal.bass_low", "tonal.bass_high"},
        {"tonal.low_mid_low", "tonal.low_mid_high"},   {"tonal.mid_low", "tonal.mid_high"},
        {"tonal.high_mid_low", "tonal.high_mid_high"}, {"tonal.high_low", "tonal.high_high"}};
    for (unsigned b = 0; b < MG_BANDS; b++) {
        bool found[2] = {false, false};
        for (double db = -70.0; db < 40.0; db += 0.63) {
            mg_measures m;
            good_mix(&m);
            m.spectrum.loudest_band_share[b] = mg_some(1.0 / (1.0 + pow(10.0, -db / 10.0)));
            found[0] = all_sound(&m, codes[b][0]) || found[0];
            found[1] = all_sound(&m, codes[b][1]) || found[1];
        }
        assert_true(found[0] && found[1]);
    }
}

static void one_two_and_many(void **state)
{
    (void)state;
    static const unsigned counts[] = {1, 2, 3, 20};
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
        const unsigned n = counts[k];
        mg_measures m;
        good_mix(&m);
        mg_technical_result *t = &m.technical;
        t->gap_count = t->gaps_total = t->click_count = t->clicks_total = n;
        for (unsigned i = 0; i < n; i++)
            t->gaps[i] = (mg_time_range){10.0 + i, 10.12 + i};
        t->nonfinite_samples = n;
        m.loudness.inter_sample_overs = n;
        m.loudness.true_peak_dbtp = mg_some(0.8);
        m.stereo.phase_section_count = n;
        for (unsigned i = 0; i < n; i++)
            m.stereo.phase_sections[i] = (mg_time_range){10.0 * i, 10.0 * i + 4.0};
        m.stereo.correlation_min = mg_some(-0.4);
        assert_true(all_sound(&m, "technical.gap") && all_sound(&m, "technical.click"));
        assert_true(all_sound(&m, "stereo.phase_section"));
        t->clipped_run_count = 1;
        t->clipped_runs_total = n;
        t->clipped_samples = 3 * n;
        static const double rates[] = {0.0, 0.3, 0.6, 1.0, 19.0, 30.0, 5000.0};
        for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
            t->clipped_per_minute_loudest = rates[r];
            assert_true(all_sound(&m, "technical.clipping"));
        }
    }
}

static void drops_intros_and_what_moves(void **state)
{
    (void)state;
    for (double at = -6.0; at <= 6.0; at += 0.25) {
        mg_measures m;
        good_mix(&m);
        mg_section sections[3] = {
            {.end_s = 1.875 * (at + 6.0), .label = MG_SECTION_INTRO, .confidence = 0.8},
            {.start_s = 60.0,
             .end_s = 90.0,
             .label = MG_SECTION_BREAK,
             .confidence = 0.8,
             .loudness_lufs = mg_some(-9.0)},
            {.start_s = 90.0,
             .end_s = 300.0,
             .label = MG_SECTION_DROP,
             .confidence = 0.8,
             .loudness_lufs = mg_some(-8.0)}};
        memcpy(m.structure.sections, sections, sizeof sections);
        m.structure.section_count = 3;
        m.structure.drop_contrast_lu = mg_some(at);
        m.tempo.period_s = mg_some(60.0 / 128.0);
        m.tempo.beats_per_bar = mg_some(4.0);
        assert_true(all_sound(&m, "dynamics.flat_drop") == (at < 2.0));
        assert_true(all_sound(&m, "structure.short_intro") || at > 0.0);
    }
    mg_measures m;
    good_mix(&m);
    mg_tempo_change map[] = {{0.0, 149.953, 0}, {28.0, 107.3, 71}, {29.6, 134.035, 74}};
    m.tempo.constant = false;
    m.tempo.max_error_ms = mg_some(862.0);
    assert_true(all_sound(&m, "tempo.unstable"));
    m.tempo.map = map;
    m.tempo.map_count = 3; /* the second only joins the beats of two tracks */
    mg_profile profile = electronic("club");
    mg_feedback feedback;
    mg_feedback_compute(&m, &profile, false, &feedback);
    for (unsigned i = 0; i < feedback.count; i++) {
        if (strcmp(feedback.items[i].code, "tempo.unstable") == 0)
            assert_non_null(strstr(feedback.items[i].message, " between 134.0 and 150.0 BPM"));
    }
    map[1] = (mg_tempo_change){28.0, 122.0, 71};
    map[2] = (mg_tempo_change){60.0, 174.0, 136};
    assert_true(all_sound(&m, "tempo.unstable"));
    mg_feedback_compute(&m, &profile, false, &feedback);
    for (unsigned i = 0; i < feedback.count; i++) {
        if (strcmp(feedback.items[i].code, "tempo.unstable") == 0) /* no hand wanders so far */
            assert_non_null(strstr(feedback.items[i].message, "changes between 122.0 and 174.0"));
    }
    mg_measures speech;
    good_mix(&speech);
    speech.tempo.bpm = mg_none(MG_WHY_NO_BEAT);
    speech.key.why = MG_WHY_NO_KEY;
    speech.technical.gap_count = speech.technical.gaps_total = 5;
    assert_true(all_sound(&speech, "technical.no_music") && all_sound(&speech, "technical.gap"));
    m.audio.duration_s = 0.3;
    m.loudness.short_term_max_lufs = mg_none(MG_WHY_TOO_SHORT);
    assert_true(all_sound(&m, "technical.too_short"));
    m.loudness.integrated_lufs = mg_some(-30.0);
    m.spectrum.loudest_band_share[2] = mg_some(0.9);
    mg_feedback_compute(&m, &profile, false, &feedback);
    for (unsigned i = 0; i < feedback.count; i++) { /* a sound is no mix that lacks something */
        assert_null(strstr(feedback.items[i].code, "tonal."));
        assert_null(strstr(feedback.items[i].code, "loudness.too_"));
    }
}

/* The figure of the text is that of `measured`, rounded once more, as the page shows it. */
static void a_text_says_what_the_figures_say(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        mg_measures m;
        char wanted[32];
        good_mix(&m);
        m.loudness.psr_min_lu = mg_some(2.9 + 0.00698 * i);
        mg_profile profile = electronic("club");
        mg_feedback feedback;
        mg_feedback_compute(&m, &profile, false, &feedback);
        const mg_feedback_item *item = &feedback.items[0];
        if (strcmp(item->code, "dynamics.over_compressed") != 0)
            continue;
        snprintf(wanted, sizeof wanted, "only %.1f LU",
                 mg_json_rounded(mg_json_rounded(item->measured.v, 2), 1));
        if (!strstr(item->message, wanted))
            fail_msg("%.4f: %s", item->measured.v, item->message);
    }
}

/* A little over is no reason to change a mix, and is not called one. */
static void a_hair_outside_is_a_remark(void **state)
{
    (void)state;
    mg_profile profile = electronic("club");
    const struct {
        size_t at;
        double hair, more;
    } cases[] = {
        {offsetof(mg_measures, loudness.psr_min_lu), profile.psr_min_lu.low - 0.3,
         profile.psr_min_lu.low - 0.6},
        {offsetof(mg_measures, loudness.integrated_lufs), profile.integrated_lufs.low - 0.3,
         profile.integrated_lufs.low - 0.6},
        {offsetof(mg_measures, loudness.integrated_lufs), profile.integrated_lufs.high + 0.3,
         profile.integrated_lufs.high + 0.6},
        {offsetof(mg_measures, spectrum.loudest_band_share[2]), 0.185, 0.25},
        {offsetof(mg_measures, stereo.width), 0.47, 0.53},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mg_measures m;
        mg_feedback feedback;
        good_mix(&m);
        *(mg_value *)(void *)((char *)&m + cases[i].at) = mg_some(cases[i].hair);
        mg_feedback_compute(&m, &profile, false, &feedback);
        assert_int_equal(feedback.items[0].severity, MG_SEVERITY_INFO);
        *(mg_value *)(void *)((char *)&m + cases[i].at) = mg_some(cases[i].more);
        mg_feedback_compute(&m, &profile, false, &feedback);
        assert_int_equal(feedback.items[0].severity, MG_SEVERITY_MINOR);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels),
        cmocka_unit_test(every_band_in_and_out_of_its_range),
        cmocka_unit_test(one_two_and_many),
        cmocka_unit_test(drops_intros_and_what_moves),
        cmocka_unit_test(a_text_says_what_the_figures_say),
        cmocka_unit_test(a_hair_outside_is_a_remark),
    };
    return cmocka_run_group_tests_name("feedback_words", tests, compile_patterns, free_patterns);
}
