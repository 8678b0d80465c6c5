/* The whole pass over levels and technical measures: chunking, odd inputs, memory. */
#include "tests/unit/dsp/support.h"

#include "dsp/levels/loudness_gate.h"

static const unsigned stages = MG_STAGE_LEVELS | MG_STAGE_TECHNICAL;

static void put(char *text, size_t size, const mg_value *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = strlen(text);
        snprintf(text + at, size - at, "%d:%a ", (int)v[i].why, mg_has(v[i]) ? v[i].v : 0.0);
    }
}

/* Every number to the last bit. */
static void print_all(const mg_measures *m, char *text, size_t size)
{
    const mg_loudness_result *l = &m->loudness;
    const mg_technical_result *t = &m->technical;
    mg_value v[] = {l->integrated_lufs, l->integrated_dual_mono_lufs, l->range_lu,
                    l->momentary_max_lufs, l->momentary_max_at_s, l->short_term_max_lufs,
                    l->short_term_max_at_s, l->true_peak_dbtp, l->true_peak_at_s,
                    l->sample_peak_dbfs, l->plr_lu, l->psr_min_lu, l->psr_min_at_s,
                    m->dynamics.crest_factor_db, m->dynamics.dr, m->dynamics.rms_dbfs,
                    t->clip_level_dbfs, t->hum_hz, t->hum_dbfs, t->infrasonic_dbfs,
                    t->noise_floor_dbfs};
    text[0] = '\0';
    put(text, size, v, sizeof v / sizeof *v);
    put(text, size, l->true_peak_channels_dbtp, MG_MAX_CHANNELS);
    put(text, size, m->dynamics.band_crest_db, MG_BANDS);
    size_t at = strlen(text);
    snprintf(text + at, size - at, "%llu %llu %llu %a %a %a %a %d%d %llu %llu %llu %a %a",
             (unsigned long long)l->inter_sample_overs, (unsigned long long)t->clipped_samples,
             (unsigned long long)t->clipped_runs_total, t->clipped_per_minute_loudest,
             t->silence_head_s, t->silence_tail_s, t->silent_share, t->cut_start, t->cut_end,
             (unsigned long long)t->gaps_total, (unsigned long long)t->clicks_total,
             (unsigned long long)t->nonfinite_samples, t->dc_offset[0], t->dc_offset[1]);
}

static void test_chunks_do_not_matter(void **state)
{
    (void)state;
    static const size_t chunks[] = {1, 7, 1152, 4096, 65536, 10000000};
    static const unsigned rates[] = {44100, 11025};
    for (int r = 0; r < 2; r++) {
        audio a = audio_new(rates[r], 2);
        audio_music(&a, 7.3, 21u);
        for (size_t i = 0; i < a.frames * 2; i++)
            a.x[i] = fminf(a.x[i] * 2.5f, 0.9f);
        memset(a.x + 2 * 3 * rates[r], 0, rates[r] / 5 * sizeof(float));
        a.x[4 * rates[r]] += 0.9f;
        char first[4096], text[4096];
        for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
            mg_measures m;
            analyse(&a, stages, chunks[i], &m);
            print_all(&m, text, sizeof text);
            if (i == 0)
                memcpy(first, text, sizeof first);
            assert_string_equal(text, first);
            mg_measures_done(&m);
        }
        audio_free(&a);
    }
}

static bool value_ok(mg_value v)
{
    return v.why < MG_WHY_COUNT && (!mg_has(v) || isfinite(v.v));
}

static void all_finite(const mg_measures *m)
{
    const mg_loudness_result *l = &m->loudness;
    const mg_technical_result *t = &m->technical;
    assert_true(value_ok(l->integrated_lufs) && value_ok(l->range_lu) && value_ok(l->plr_lu));
    assert_true(value_ok(l->momentary_max_lufs) && value_ok(l->short_term_max_lufs));
    assert_true(value_ok(l->true_peak_dbtp) && value_ok(l->psr_min_lu));
    assert_true(value_ok(m->dynamics.dr) && value_ok(m->dynamics.rms_dbfs));
    assert_true(value_ok(m->dynamics.crest_factor_db));
    for (int b = 0; b < MG_BANDS; b++)
        assert_true(value_ok(m->dynamics.band_crest_db[b]));
    assert_true(value_ok(t->infrasonic_dbfs) && value_ok(t->noise_floor_dbfs));
    assert_true(isfinite(t->dc_offset[0]) && isfinite(t->silent_share));
    assert_true(isfinite(t->silence_head_s) && isfinite(t->clipped_per_minute_loudest));
    for (unsigned i = 0; i < l->momentary_count; i++)
        assert_false(isnan(l->momentary_lufs[i]));
}

static void test_nothing_and_nearly_nothing(void **state)
{
    (void)state;
    static const size_t frames[] = {0, 1, 2, 15, 16, 17, 4095, 4096, 4097, 8192, 13230, 132300};
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        for (unsigned ch = 1; ch <= 8; ch += ch == 1 ? 1 : 6) {
            audio a = audio_new(44100, ch);
            mg_measures m;
            float *x = audio_add(&a, frames[i] + 1);
            for (size_t k = 0; k < frames[i] * ch; k++)
                x[k] = k % 2 ? 0.5f : -0.25f;
            a.frames = frames[i];
            analyse(&a, stages, 4096, &m);
            all_finite(&m);
            if (frames[i] < 17640)
                assert_int_equal(m.loudness.integrated_lufs.why, MG_WHY_TOO_SHORT);
            if (frames[i] < 132300)
                assert_int_equal(m.loudness.range_lu.why, MG_WHY_TOO_SHORT);
            assert_int_equal(mg_has(m.loudness.true_peak_dbtp), frames[i] > 0);
            mg_measures_done(&m);
            audio_free(&a);
        }
    }
}

static void test_silence_has_reasons(void **state)
{
    (void)state;
    audio a = audio_new(44100, 2);
    mg_measures m;
    audio_silence(&a, 7.0);
    analyse(&a, stages, 4096, &m);
    all_finite(&m);
    assert_int_equal(m.loudness.integrated_lufs.why, MG_WHY_SILENT);
    assert_int_equal(m.loudness.range_lu.why, MG_WHY_SILENT);
    assert_int_equal(m.loudness.true_peak_dbtp.why, MG_WHY_SILENT);
    assert_int_equal(m.loudness.momentary_max_lufs.why, MG_WHY_SILENT);
    assert_int_equal(m.dynamics.dr.why, MG_WHY_SILENT);
    assert_true(m.technical.silence_head_s == 7.0 && m.technical.silence_tail_s == 7.0);
    assert_true(m.technical.silent_share == 1.0);
    assert_int_equal(m.technical.clipped_samples, 0);
    mg_measures_done(&m);
    audio_free(&a);
}

static void test_square_and_offset_only(void **state)
{
    (void)state;
    for (int square = 0; square < 2; square++) {
        audio a = audio_new(44100, 2);
        mg_measures m;
        float *x = audio_add(&a, 44100 * 7);
        for (size_t i = 0; i < 2 * 44100 * 7; i++)
            x[i] = square ? (i / 200 % 2 ? 1.0f : -1.0f) : 0.3f;
        analyse(&a, stages, 4096, &m);
        all_finite(&m);
        near_value(m.dynamics.crest_factor_db, 0.0, 0.0, 0.001, "crest of a square");
        near_value(m.loudness.sample_peak_dbfs, square ? 0.0 : 20.0 * log10(0.3), 0.001, 0.001,
                   "sample peak");
        if (!square)
            assert_true(fabs(m.technical.dc_offset[1] - (double)0.3f) < 1e-9);
        mg_measures_done(&m);
        audio_free(&a);
    }
}

static void test_samples_that_are_no_numbers(void **state)
{
    (void)state;
    audio a = audio_new(44100, 2);
    mg_measures clean, dirty;
    audio_music(&a, 5.0, 2u);
    for (size_t i = 0; i < 30; i++)
        a.x[1000 + 977 * i] = 0.0f;
    analyse(&a, stages, 4096, &clean);
    for (size_t i = 0; i < 30; i++)
        a.x[1000 + 977 * i] = i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : -INFINITY;
    analyse(&a, stages, 1000, &dirty);
    assert_int_equal(dirty.technical.nonfinite_samples, 30);
    clean.technical.nonfinite_samples = 30;
    char first[4096], text[4096];
    print_all(&clean, first, sizeof first);
    print_all(&dirty, text, sizeof text);
    assert_string_equal(text, first);
    mg_measures_done(&clean);
    mg_measures_done(&dirty);
    /* Numbers beyond reason are held at +40 dBFS. */
    for (size_t i = 0; i < a.frames * 2; i++)
        a.x[i] = i % 2 ? 3e38f : -1e30f;
    analyse(&a, stages, 4096, &dirty);
    all_finite(&dirty);
    near_value(dirty.loudness.sample_peak_dbfs, 40.0, 0.001, 0.001, "limit");
    mg_measures_done(&dirty);
    audio_free(&a);
}

static void test_limits_are_refused(void **state)
{
    (void)state;
    mg_analysis *analysis = NULL;
    mg_analysis_options options = {.stages = stages};
    mg_stream_info info = layout(7999, 2);
    assert_int_equal(mg_analysis_new(&analysis, &info, &options, NULL), MG_E_LIMITS_EXCEEDED);
    info = layout(192001, 2);
    assert_int_equal(mg_analysis_new(&analysis, &info, &options, NULL), MG_E_LIMITS_EXCEEDED);
    info = layout(44100, 2);
    info.channels = 9;
    assert_int_equal(mg_analysis_new(&analysis, &info, &options, NULL), MG_E_LIMITS_EXCEEDED);
    info.channels = 0;
    assert_int_equal(mg_analysis_new(&analysis, &info, &options, NULL), MG_E_LIMITS_EXCEEDED);
    assert_null(analysis);
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

static void test_select_is_sorting(void **state)
{
    (void)state;
    uint32_t seed = 3;
    for (size_t n = 1; n < 200; n++) {
        float v[200], sorted[200];
        for (size_t i = 0; i < n; i++)
            v[i] = n % 3 ? noise(&seed) : (float)(int)(4.0f * noise(&seed));
        memcpy(sorted, v, sizeof v);
        qsort(sorted, n, sizeof *v, by_value);
        for (size_t k = 0; k < n; k += 1 + n / 7) {
            float copy[200];
            memcpy(copy, v, sizeof v);
            assert_true(mg_select(copy, n, k) == sorted[k]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chunks_do_not_matter),
        cmocka_unit_test(test_nothing_and_nearly_nothing),
        cmocka_unit_test(test_silence_has_reasons),
        cmocka_unit_test(test_square_and_offset_only),
        cmocka_unit_test(test_samples_that_are_no_numbers),
        cmocka_unit_test(test_limits_are_refused),
        cmocka_unit_test(test_select_is_sorting),
    };
    return cmocka_run_group_tests_name("levels", tests, NULL, NULL);
}
