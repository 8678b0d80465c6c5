/* The documents; tests/e2e/test_export.py reads them back with parsers of others. */
#include "report/export.h"

#include "report/export_forms.h"
#include "report/xml_text.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

static const char result_format[] =
    "{\"audio\":{\"container\":\"wav\",\"codec\":\"pcm_s16\",\"duration_s\":%s,\"bytes\":2048,"
    "\"sample_rate_hz\":44100},\"tempo\":{\"bpm\":%s,\"constant\":true,\"grid\":{\"period_s\":%s,"
    "\"first_beat_s\":0.25,\"downbeat_index\":1,\"beats_per_bar\":4}},"
    "\"key\":{\"tonic\":\"F#\",\"mode\":\"minor\",\"camelot\":\"11A\",\"open_key\":\"4m\"}}";

/* Free the document with mg_buf_done(). */
static mg_buf document(mg_export_form form, const char *path, const char *json)
{
    mg_export export;
    mg_buf out = MG_BUF_INIT(1 << 20);
    json_t *root = json_loads(json, 0, NULL);
    assert_non_null(root);
    mg_export_init(&export, form);
    assert_int_equal(mg_export_add(&export, path, root), MG_OK);
    assert_int_equal(mg_export_finish(&export, &out), MG_OK);
    mg_export_done(&export);
    json_decref(root);
    return out;
}

static mg_buf with_grid(mg_export_form form, const char *duration, const char *bpm,
                        const char *period)
{
    char json[1000];
    snprintf(json, sizeof json, result_format, duration, bpm, period);
    return document(form, "/music/a b/x.wav", json);
}

static void holds(const mg_buf *out, const char *text)
{
    if (strstr(mg_buf_text(out), text) == NULL)
        fail_msg("no %s in\n%s", text, mg_buf_text(out));
}

static size_t count_of(const mg_buf *out, const char *text)
{
    size_t count = 0;
    for (const char *at = mg_buf_text(out); (at = strstr(at, text)) != NULL; at++)
        count++;
    return count;
}

static void forms_by_ending(void **state)
{
    (void)state;
    mg_export_form form;
    assert_true(mg_export_form_of("a.xml", &form) && form == MG_EXPORT_REKORDBOX);
    assert_true(mg_export_form_of("dir.x/A.NML", &form) && form == MG_EXPORT_TRAKTOR);
    assert_true(mg_export_form_of("./.csv", &form) && form == MG_EXPORT_CSV);
    static const char *const wrong[] = {"", "a", ".xml", "a.xmlx", "xml", "a.json"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(mg_export_form_of(wrong[i], &form));
}

static void one_tempo_where_two_digits_hold_it(void **state)
{
    (void)state;
    mg_buf out = with_grid(MG_EXPORT_REKORDBOX, "600", "120.00", "0.5");
    assert_int_equal(count_of(&out, "<TEMPO"), 1);
    holds(&out, "<TEMPO Inizio=\"0.250\" Bpm=\"120.00\" Metro=\"4/4\" Battito=\"4\"/>");
    holds(&out, "Tonality=\"F#m\"");
    holds(&out, "Location=\"file://localhost/music/a%20b/x.wav\"");
    mg_buf_done(&out);
}

/* 60 / 127.9963 BPM: written as 128.00 it would be 17 ms off after 10 minutes. */
static void further_tempi_where_rounding_would_drift(void **state)
{
    (void)state;
    const double period_s = 60.0 / 127.9963;
    mg_buf out = with_grid(MG_EXPORT_REKORDBOX, "600", "128.00", "0.468763551");
    const char *at = mg_buf_text(&out);
    double previous_s = 0.25;
    size_t count = 0;
    for (; (at = strstr(at, "Inizio=\"")) != NULL; at++, count++) {
        double at_s;
        int place;
        assert_int_equal(sscanf(at, "Inizio=\"%lf\" Bpm=\"128.00\" Metro=\"4/4\" Battito=\"%d\"",
                                &at_s, &place), 2);
        const double beats = (at_s - 0.25) / period_s, span = (at_s - previous_s) / period_s;
        assert_true(beats - (long)(beats + 0.5) < 0.003 && beats - (long)(beats + 0.5) > -0.003);
        assert_int_equal(place, 4); /* whole bars apart */
        /* how far the written grid had run away when it was anchored anew */
        const double drift_s = span * (period_s - 60.0 / 128.0);
        assert_true(drift_s < 0.0021);
        previous_s = at_s;
    }
    assert_true(count > 5 && count < 15);
    mg_buf_done(&out);
}

static void keys_of_traktor(void **state)
{
    (void)state;
    mg_buf out = with_grid(MG_EXPORT_TRAKTOR, "600", "120.00", "0.5");
    holds(&out, "<MUSICAL_KEY VALUE=\"18\">");
    holds(&out, "TYPE=\"4\" START=\"750.000000\"");
    holds(&out, "<LOCATION DIR=\"/:music/:a b/:\" FILE=\"x.wav\" VOLUME=\"Macintosh HD\">");
    mg_buf_done(&out);
}

static void a_track_without_anything(void **state)
{
    (void)state;
    for (int form = MG_EXPORT_REKORDBOX; form <= MG_EXPORT_CSV; form++) {
        mg_buf out = document((mg_export_form)form, "/x", "{}");
        assert_int_equal(count_of(&out, "nan"), 0);
        assert_int_equal(count_of(&out, "<TEMPO"), 0);
        assert_int_equal(count_of(&out, "<MUSICAL_KEY"), 0);
        mg_buf_done(&out);
    }
}

static void places_as_dj_programs_see_them(void **state)
{
    (void)state;
    static const struct {
        const char *path, *volume, *rest;
        bool windows;
    } rows[] = {
        {"/mnt/c/Users/a.mp3", "C:", "/Users/a.mp3", true},
        {"/mnt/D/a.mp3", "D:", "/a.mp3", true},
        {"/mnt/disk/a.mp3", "", "/mnt/disk/a.mp3", false},
        {"/mnt/c", "", "/mnt/c", false},
        {"/Volumes/DJ STICK/x/a.mp3", "DJ STICK", "/x/a.mp3", false},
        {"/Volumes/a.mp3", "", "/Volumes/a.mp3", false},
        {"/a.mp3", "", "/a.mp3", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char volume[256];
        bool windows;
        assert_string_equal(mg_export_place(rows[i].path, volume, &windows), rows[i].rest);
        assert_string_equal(volume, rows[i].volume);
        assert_true(windows == rows[i].windows);
    }
}

static void drives_and_disks_in_the_documents(void **state)
{
    (void)state;
    mg_buf out = document(MG_EXPORT_REKORDBOX, "/mnt/c/Music/a b.mp3", "{}");
    holds(&out, "Location=\"file://localhost/C:/Music/a%20b.mp3\"");
    mg_buf_done(&out);
    out = document(MG_EXPORT_TRAKTOR, "/mnt/c/Music/a b.mp3", "{}");
    holds(&out, "<LOCATION DIR=\"/:Music/:\" FILE=\"a b.mp3\" VOLUME=\"C:\">");
    mg_buf_done(&out);
    out = document(MG_EXPORT_REKORDBOX, "/Volumes/DJ STICK/a.mp3", "{}");
    holds(&out, "Location=\"file://localhost/Volumes/DJ%20STICK/a.mp3\"");
    mg_buf_done(&out);
    out = document(MG_EXPORT_TRAKTOR, "/Volumes/DJ STICK/a.mp3", "{}");
    holds(&out, "<LOCATION DIR=\"/:\" FILE=\"a.mp3\" VOLUME=\"DJ STICK\">");
    mg_buf_done(&out);
}

static void text_fit_for_xml(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"a<b>&\"c'", "a&lt;b&gt;&amp;&quot;c'"},
        {"1\t2\n3\r4", "1&#9;2&#10;3&#13;4"},
        {"\x01\x1f\x7f", "\xEF\xBF\xBD\xEF\xBF\xBD\x7f"},
        {"\xff\xc3", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xEF\xBF\xBE\xEF\xBF\xBF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xC3\xA4\xF0\x9F\x8E\xB9", "\xC3\xA4\xF0\x9F\x8E\xB9"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mg_buf out = MG_BUF_INIT(1000);
        mg_xml_text(&out, rows[i][0]);
        assert_string_equal(mg_buf_text(&out), rows[i][1]);
        mg_buf_done(&out);
    }
}

static void names_that_a_form_cannot_hold(void **state)
{
    (void)state;
    assert_true(mg_export_holds(MG_EXPORT_REKORDBOX, "/\xff\n"));
    assert_false(mg_export_holds(MG_EXPORT_TRAKTOR, "/a\nb"));
    assert_false(mg_export_holds(MG_EXPORT_TRAKTOR, "/\xff"));
    assert_false(mg_export_holds(MG_EXPORT_CSV, "/\xff"));
    assert_true(mg_export_holds(MG_EXPORT_CSV, "/a\nb"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_by_ending),
        cmocka_unit_test(one_tempo_where_two_digits_hold_it),
        cmocka_unit_test(further_tempi_where_rounding_would_drift),
        cmocka_unit_test(keys_of_traktor),
        cmocka_unit_test(a_track_without_anything),
        cmocka_unit_test(places_as_dj_programs_see_them),
        cmocka_unit_test(drives_and_disks_in_the_documents),
        cmocka_unit_test(text_fit_for_xml),
        cmocka_unit_test(names_that_a_form_cannot_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
