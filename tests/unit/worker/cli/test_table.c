/* Widths of text, and the table of many files. */
#include "base/utf8.h"
#include "worker/cli/text_page.h"
#include "worker/cli/text_width.h"
#include "worker/cli/track_table.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void columns_of_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int columns;
    } rows[] = {
        {"", 0}, {"abc", 3}, {"äöü", 3}, {"日本", 4}, {"e\u0301", 1}, {"🎹", 2}, {"–…", 2},
        {"한글", 4}, {"ＡＢ", 4}, {"т", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (mg_text_columns(rows[i].text) != rows[i].columns)
            fail_msg("%s: %d", rows[i].text, mg_text_columns(rows[i].text));
    }
}

static void cuts_where_it_must(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int columns;
        const char *end, *middle;
    } rows[] = {
        {"short", 10, "short", "short"},
        {"exactly ten", 11, "exactly ten", "exactly ten"},
        {"a long name.wav", 10, "a long na…", "a long….wav"},
        {"日本語の歌.wav", 8, "日本語…", "日本….wav"},
        {"a\nb\033c", 10, "a?b?c", "a?b?c"},
        {"bad\xff", 10, "bad?", "bad?"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[100];
        mg_text_cut(rows[i].text, rows[i].columns, out, sizeof out);
        assert_string_equal(out, rows[i].end);
        mg_text_cut_middle(rows[i].text, rows[i].columns, out, sizeof out);
        assert_true(mg_text_columns(out) <= rows[i].columns);
        assert_true(out[0] == rows[i].middle[0]);
    }
}

/* Of every text, at every width: within the width, and whole characters. */
static void cuts_are_whole_characters(void **state)
{
    (void)state;
    static const char *const texts[] = {"日本語の歌 – e\u0301dition 🎹🎹.wav", "äöüäöüäöü",
                                        "\xff\xfe\xfdmp3", "abc"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (int columns = 1; columns < 40; columns++) {
            char out[200];
            mg_text_cut(texts[i], columns, out, sizeof out);
            assert_true(mg_text_columns(out) <= columns);
            assert_true(mg_utf8_valid(out));
            mg_text_cut_middle(texts[i], columns, out, sizeof out);
            assert_true(mg_text_columns(out) <= columns);
        }
    }
}

static mg_track_summary track(const char *name, double score, unsigned critical)
{
    mg_track_summary t = {.name = name, .score = score, .lufs = -9.25, .true_peak_dbtp = 0.31,
                          .bpm = 128.0, .camelot = "8A", .critical = critical};
    if (critical > 0) {
        strcpy(t.problem, "One channel is upside down, which costs 6.1 dB in mono.");
        strcpy(t.brief, "inverted polarity");
    }
    return t;
}

static char *printed(int columns, bool colour, bool set, mg_track_summary *tracks, size_t count)
{
    char *out = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&out, &size);
    assert_non_null(file);
    const mg_track_table table = {.out = file, .columns = columns, .colour = colour};
    if (set)
        mg_track_table_set(&table, tracks, count);
    else
        mg_track_table_print(&table, tracks, count);
    fclose(file);
    return out;
}

static void no_line_is_wider_than_the_terminal(void **state)
{
    (void)state;
    for (int columns = 60; columns < 200; columns += 7) {
        mg_track_summary tracks[] = {
            track("/music/a/日本語 a long name that goes on and on and on.wav", 61.0, 1),
            track("/music/a/b/short.wav", 99.0, 0),
            track("/music/a/another rather long name of a track (extended mix).wav", NAN, 0)};
        for (int set = 0; set < 2; set++) {
            char *text = printed(columns, false, set, tracks, 3);
            for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
                *end = '\0';
                if (mg_text_columns(line) > columns)
                    fail_msg("%d columns of %d: %s", mg_text_columns(line), columns, line);
            }
            free(text);
        }
    }
}

static void the_table(void **state)
{
    (void)state;
    mg_track_summary tracks[] = {track("d/a.wav", 99.0, 0), track("d/b\033.wav", 61.0, 1)};
    char *text = printed(100, false, false, tracks, 2);
    static const char *const lines[] = {"score   LUFS   dBTP     BPM  key   file",
                                        "   61   -9.3   +0.3  128.00  8A    b?.wav",
                                        "critical: inverted polarity",
                                        "   99   -9.3   +0.3  128.00  8A    a.wav\n"};
    const char *at = text;
    for (size_t i = 0; i < 4; i++) {
        at = strstr(at, lines[i]);
        if (at == NULL)
            fail_msg("no \"%s\" where it should be in\n%s", lines[i], text);
    }
    assert_null(strchr(text, '\033'));
    free(text);
    text = printed(130, false, false, tracks, 2); /* where the sentence fits, it stands */
    assert_non_null(strstr(text, "critical: One channel is upside down, which costs 6.1 dB "
                                 "in mono\n")); /* no sentence: without its full stop */
    free(text);
    text = printed(100, true, false, tracks, 2);
    assert_non_null(strstr(text, "\033[31m"));
    free(text);
    text = printed(100, false, false, tracks, 0);
    assert_string_equal(text == NULL ? "" : text, "");
    free(text);
}

static void the_set(void **state)
{
    (void)state;
    mg_track_summary tracks[] = {track("d/a.wav", 99.0, 0), track("d/b.wav", 61.0, 0),
                                 track("d/c.wav", 61.0, 0)};
    tracks[1].lufs = -12.25;
    tracks[2].lufs = -6.25;
    tracks[1].bpm = 126.0;
    strcpy(tracks[2].camelot, "2B");
    char *text = printed(100, false, true, tracks, 3);
    static const char *const parts[] = {"3 tracks from -12.3 to -6.3 LUFS, 6.0 LU apart",
                                        "  +0.0    +0.3  a.wav", "b.wav (8A, +1.6 %)",
                                        "  +3.0    +3.3  b.wav", "a.wav (8A, -1.6 %)",
                                        "  -3.0    -2.7  c.wav"};
    for (size_t i = 0; i < 6; i++) {
        if (strstr(text, parts[i]) == NULL)
            fail_msg("no \"%s\" in\n%s", parts[i], text);
    }
    free(text);
    text = printed(100, false, true, tracks, 1); /* one track is no set */
    assert_string_equal(text == NULL ? "" : text, "");
    free(text);
}

static void words_that_do_not_fit_are_cut(void **state)
{
    (void)state;
    char words[16] = "";
    mg_page_join(words, sizeof words, ", ", "%s", "one");
    assert_string_equal(words, "one");
    mg_page_join(words, sizeof words, ", ", "%s", "two");
    assert_string_equal(words, "one, two");
    for (int i = 0; i < 5; i++)
        mg_page_join(words, sizeof words, ", ", "%s", "a long word");
    assert_int_equal(strlen(words), 15);
}

static void nothing_is_less_than_zero_by_a_sign_alone(void **state)
{
    (void)state;
    char text[64] = "";
    FILE *file = fmemopen(text, sizeof text, "w");
    assert_non_null(file);
    const mg_page page = {.out = file, .columns = 79};
    mg_page_value(&page, "balance ", -0.04, 1, "dB");
    mg_page_value(&page, ", ", -0.06, 1, "dB");
    mg_page_value(&page, ", ", NAN, 1, "dB");
    fclose(file);
    assert_string_equal(text, "balance 0.0 dB, -0.1 dB, -");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_of_texts),
        cmocka_unit_test(cuts_where_it_must),
        cmocka_unit_test(cuts_are_whole_characters),
        cmocka_unit_test(no_line_is_wider_than_the_terminal),
        cmocka_unit_test(the_table),
        cmocka_unit_test(the_set),
        cmocka_unit_test(words_that_do_not_fit_are_cut),
        cmocka_unit_test(nothing_is_less_than_zero_by_a_sign_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
