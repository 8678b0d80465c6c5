#include "report/export_offset.h"

#include "tests/unit/test.h"

#include <math.h>
#include <stdio.h>

static json_t *audio(const char *codec, const char *tag, unsigned rate_hz, unsigned offset,
                     const char *warning)
{
    char json[300];
    snprintf(json, sizeof json,
             "{\"audio\":{\"codec\":\"%s\",\"mp3_tag\":%s,\"sample_rate_hz\":%u,"
             "\"start_offset_samples\":%u,\"warnings\":[%s]}}",
             codec, tag, rate_hz, offset, warning);
    json_t *root = json_loads(json, 0, NULL);
    assert_non_null(root);
    return root;
}

static void check(const char *tag, const char *warning, unsigned rate_hz, unsigned offset,
                  unsigned rekordbox_samples, unsigned traktor_samples)
{
    json_t *root = audio("mp3", tag, rate_hz, offset, warning);
    const double rekordbox_s = mg_export_offset_s(MG_DJ_REKORDBOX, root);
    const double traktor_s = mg_export_offset_s(MG_DJ_TRAKTOR, root);
    assert_true(fabs(rekordbox_s - (double)rekordbox_samples / rate_hz) < 1e-9);
    assert_true(fabs(traktor_s - (double)traktor_samples / rate_hz) < 1e-9);
    json_decref(root);
}

/* The table of docs/dj-export.md. Between the programs: 1152 samples, 26 ms, for tags without
 * LAME's and with a wrong checksum, else nothing. */
static void each_kind_of_tag(void **state)
{
    (void)state;
    check("\"none\"", "\"no_gapless_info\"", 44100, 0, 0, 0);
    check("\"vbri\"", "\"no_gapless_info\"", 44100, 0, 0, 0);
    check("\"xing\"", "\"no_gapless_info\"", 44100, 0, 0, 1152);
    check("\"lavc\"", "", 44100, 1105, 1105, 1105 + 1152);
    check("\"lame\"", "\"tag_crc_mismatch\"", 44100, 1105, 1105, 1105 + 1152);
    check("\"lame\"", "", 44100, 1105, 1105 + 1152, 1105 + 1152);
    check("\"lame\"", "\"truncated\",\"tag_crc_mismatch\"", 48000, 1105, 1105, 1105 + 1152);
}

static void short_frames_of_low_rates(void **state)
{
    (void)state;
    check("\"lame\"", "", 32000, 1105, 1105 + 1152, 1105 + 1152);
    check("\"lame\"", "", 24000, 1105, 1105 + 576, 1105 + 576);
    check("\"xing\"", "", 22050, 0, 0, 576);
    check("\"xing\"", "", 8000, 0, 0, 576);
}

static void other_formats_begin_where_we_do(void **state)
{
    (void)state;
    static const char *const codecs[] = {"pcm_s16", "pcm_f32", "flac"};
    for (size_t i = 0; i < 3; i++) {
        json_t *root = audio(codecs[i], "null", 44100, 0, "");
        assert_true(mg_export_offset_s(MG_DJ_REKORDBOX, root) == 0.0);
        assert_true(mg_export_offset_s(MG_DJ_TRAKTOR, root) == 0.0);
        json_decref(root);
    }
}

static void what_is_not_there_moves_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}", "{\"audio\":null}", "{\"audio\":{\"codec\":\"mp3\"}}",
        "{\"audio\":{\"codec\":\"mp3\",\"sample_rate_hz\":0,\"start_offset_samples\":5}}",
        "{\"audio\":{\"codec\":\"mp3\",\"sample_rate_hz\":44100,\"mp3_tag\":7,\"warnings\":[3]}}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        json_t *root = json_loads(texts[i], 0, NULL);
        assert_true(mg_export_offset_s(MG_DJ_REKORDBOX, root) == 0.0);
        assert_true(mg_export_offset_s(MG_DJ_TRAKTOR, root) == 0.0);
        json_decref(root);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_tag),
        cmocka_unit_test(short_frames_of_low_rates),
        cmocka_unit_test(other_formats_begin_where_we_do),
        cmocka_unit_test(what_is_not_there_moves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
