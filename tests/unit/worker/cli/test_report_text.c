/* The terminal's screen of the frozen results, held still as their pages are. */
#include "base/cleanup.h"
#include "base/buf.h"
#include "worker/cli/report_text.h"
#include "worker/cli/text_width.h"

#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const tracks[] = {"club", "premaster", "mono", "pads", "moving", "silent",
                                     "blip"};
enum { TRACKS = sizeof tracks / sizeof tracks[0], COLUMNS = 79, LINES_MAX = 60 };

static void read_golden(const char *track, const char *ending, mg_buf *ret)
{
    char path[512], part[8192];
    snprintf(path, sizeof path, "%s/%s%s", getenv("MG_GOLDEN"), track, ending);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    for (size_t n; (n = fread(part, 1, sizeof part, file)) > 0;)
        mg_buf_append(ret, part, n);
    fclose(file);
    assert_int_equal(mg_buf_err(ret), MG_OK);
}

/* Freed by the caller. */
static char *screen_of(const char *track, const char *title, bool colour)
{
    char *text = NULL;
    size_t size = 0;
    mg_auto(mg_buf_done) mg_buf json = MG_BUF_INIT(1 << 22);
    read_golden(track, ".json", &json);
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    assert_true(mg_report_text(file, json.data, json.len, title, colour));
    assert_int_equal(fclose(file), 0);
    return text;
}

static void keep(const char *track, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.txt", getenv("MG_GOLDEN"), track);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void screens_are_as_before(void **state)
{
    (void)state;
    for (size_t t = 0; t < TRACKS; t++) {
        mg_auto(mg_buf_done) mg_buf wanted = MG_BUF_INIT(1 << 20);
        mg_autofree char *text = screen_of(tracks[t], tracks[t], false);
        if (getenv("MG_UPDATE_GOLDEN") != NULL)
            keep(tracks[t], text);
        read_golden(tracks[t], ".txt", &wanted);
        assert_string_equal(text, mg_buf_text(&wanted));
    }
}

/* A copy without the sequences that colour it; they are all "ESC [ digits m". */
static void strip(const char *text, mg_buf *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '\033')
            text += strcspn(text, "m");
        else
            mg_buf_putc(out, *text);
    }
}

static void colours_change_nothing_else(void **state)
{
    (void)state;
    for (size_t t = 0; t < TRACKS; t++) {
        mg_auto(mg_buf_done) mg_buf bare = MG_BUF_INIT(1 << 20);
        mg_autofree char *plain = screen_of(tracks[t], tracks[t], false);
        mg_autofree char *coloured = screen_of(tracks[t], tracks[t], true);
        assert_null(strchr(plain, '\033'));
        assert_non_null(strchr(coloured, '\033'));
        strip(coloured, &bare);
        assert_string_equal(mg_buf_text(&bare), plain);
    }
}

static void screens_fit(void **state)
{
    (void)state;
    static const char title[] =
        "a/\xff\x1b[31m\xe2\x80\xae/very/long/name/that/goes/on/and/on/and/on/"
        "and/on/until/it/is/wider/than/any/terminal.wav";
    for (size_t t = 0; t < TRACKS; t++) {
        unsigned lines = 0;
        mg_autofree char *text = screen_of(tracks[t], title, false);
        assert_null(strchr(text, '\033'));
        assert_null(strstr(text, " nan")); /* but "resonance" may be */
        assert_null(strstr(text, "-nan"));
        assert_null(strstr(text, "-0 "));
        for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1, lines++) {
            *end = '\0';
            if (mg_text_columns(line) > COLUMNS)
                fail_msg("%s: \"%s\"", tracks[t], line);
        }
        assert_true(lines <= LINES_MAX);
    }
}

static void other_documents_are_refused(void **state)
{
    (void)state;
    char sink[64];
    FILE *file = fmemopen(sink, sizeof sink, "w");
    assert_non_null(file);
    assert_false(mg_report_text(file, "{}", 2, NULL, false));
    assert_false(mg_report_text(file, "x", 1, NULL, false));
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(screens_are_as_before),
        cmocka_unit_test(colours_change_nothing_else),
        cmocka_unit_test(screens_fit),
        cmocka_unit_test(other_documents_are_refused),
    };
    return cmocka_run_group_tests_name("report_text", tests, NULL, NULL);
}
