/* The check of results, and the report that is made of one. */
#include "worker/cli/report_text.h"
#include "worker/analyser/result_check.h"

#include "tests/unit/worker/cli/sample_result.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static mg_err check(const char *json)
{
    return mg_result_check(json, strlen(json), NULL);
}

/* The sample with one stretch of text replaced. */
static char *altered(const char *from, const char *to)
{
    const char *at = strstr(SAMPLE_RESULT, from);
    char *out = NULL;
    assert_non_null(at);
    assert_true(asprintf(&out, "%.*s%s%s", (int)(at - SAMPLE_RESULT), SAMPLE_RESULT, to,
                         at + strlen(from)) > 0);
    return out;
}

static void refuse(const char *from, const char *to, const char *what)
{
    mg_errinfo err = {0};
    char *json = altered(from, to);
    if (mg_result_check(json, strlen(json), &err) != MG_E_INTERNAL ||
        strstr(err.text, "analyser answered nonsense") == NULL || strstr(err.text, what) == NULL)
        fail_msg("%s -> %s: %s", from, to, err.text);
    free(json);
}

static void the_sample_passes(void **state)
{
    (void)state;
    mg_errinfo err = {0};
    const mg_err result = mg_result_check(SAMPLE_RESULT, strlen(SAMPLE_RESULT), &err);
    if (result != MG_OK)
        fail_msg("%s", err.text);
}

static void wrong_ones_are_refused(void **state)
{
    (void)state;
    refuse("mixgauge.result/1", "mixgauge.result/2", "engine.schema");
    refuse("\"tempo\":", "\"tempi\":", "tempi is not a key");
    refuse("-8.42", "\"loud\"", "loudness.integrated_lufs has the wrong type");
    refuse("-8.42", "1e308", "out of range");
    refuse("-8.42", "1e999", "");
    refuse("-8.42", "NaN", "");
    refuse("127.98", "-127.98", "tempo.bpm is out of range");
    refuse("\"value\":78", "\"value\":101", "scores.overall.value is out of range");
    refuse("\"feedback\":[", "\"feedback\":[[[[[[[[[[]]]]]]]]],", "nested too deeply");
    refuse("\"platforms\":[]", "\"platforms\":{}", "loudness.platforms has the wrong type");
    refuse("\"reference\":null", "\"reference\":null,\"reference\":null", "");
    refuse("\"reference\":null", "\"extra\":1", "extra is not a key");
    refuse("A minor", "A\\u0000minor", "");
    refuse("A minor", "A\xff", "");
    refuse("A minor", "A minor and much more", "key.name is too long");
    refuse(",\"reference\":null}", "", "");
    refuse(",\"reference\":null}", "}", "reference is missing");
    refuse("{\"engine\"", "[{\"engine\"", "");
    refuse("\"reference\":null}", "\"reference\":null} x", "");
    assert_int_equal(check("[]"), MG_E_INTERNAL);
    assert_int_equal(check("null"), MG_E_INTERNAL);
    assert_int_equal(check(""), MG_E_INTERNAL);
}

static void lists_are_bounded(void **state)
{
    (void)state;
    char list[2000] = "\"gaps\":[0";
    for (int i = 0; i < 200; i++)
        strcat(list, ",0");
    strcat(list, "]");
    refuse("\"gaps\":[]", list, "technical.gaps has too many items");
    /* and those that the table does not name */
    char other[2000] = "\"gaps\":[],\"new\":[0";
    for (int i = 0; i < 64; i++)
        strcat(other, ",0");
    strcat(other, "]");
    refuse("\"gaps\":[]", other, "technical.new has too many items");
}

/* Deep nesting must not exhaust the stack. */
static void deep_nesting_is_refused(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    char *json = malloc(2 * DEPTH + 1);
    assert_non_null(json);
    memset(json, '[', DEPTH);
    memset(json + DEPTH, ']', DEPTH);
    json[2 * (size_t)DEPTH] = '\0';
    assert_int_equal(check(json), MG_E_INTERNAL);
    free(json);
}

/* Change, cut and repeat bytes at random: whatever passes must still be printable. */
static void random_changes_do_no_harm(void **state)
{
    (void)state;
    uint32_t seed = 77;
    const size_t len = strlen(SAMPLE_RESULT);
    char *json = malloc(len + 1);
    FILE *sink = fopen("/dev/null", "w");
    assert_non_null(json);
    assert_non_null(sink);
    int passed = 0;
    for (int round = 0; round < 3000; round++) {
        memcpy(json, SAMPLE_RESULT, len + 1);
        for (int i = 0; i < 1 + round % 3; i++) {
            seed = seed * 1664525u + 1013904223u;
            json[(seed >> 8) % len] = "0123456789-.,:{}[]\"aeltrun"[(seed >> 4) % 26];
        }
        const size_t used = round % 5 == 0 ? (seed >> 3) % len : len;
        if (mg_result_check(json, used, NULL) == MG_OK) {
            passed++;
            assert_true(mg_report_text(sink, json, used, "x", true));
        } else {
            (void)mg_report_text(sink, json, used, NULL, false);
        }
    }
    assert_true(passed > 0 && passed < 3000);
    fclose(sink);
    free(json);
}

static char *report(const char *json, const char *title, bool colour)
{
    char *out = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&out, &size);
    assert_non_null(file);
    const bool done = mg_report_text(file, json, strlen(json), title, colour);
    fclose(file);
    if (!done) {
        free(out);
        return NULL;
    }
    return out;
}

static void the_report_says_what_matters(void **state)
{
    (void)state;
    static const char *const wanted[] = {
        "my song.wav\n",
        "44.1 kHz",
        "2 channels",
        "16 bit",
        "4:06",
        "truncated",
        "SCORE        78  of 100, for house/club",
        "loudness    91 #########.  dynamics    70 #######...",
        "technical    -\n",
        "Structure   energy 7 of 10\n",
        "-8.4 LUFS",
        "range 6.1 LU",
        "loudest 3 s -6.3 LUFS at 1:23.3",
        "0.4 dBTP at 1:30.1",
        "PLR) 8.8 LU",
        "least PSR 6.2 LU",
        "DR 6",
        "127.98 BPM, 93 % sure",
        "A minor (8A), 81 % sure",
        "439.2 Hz (-3 cents)",
        "sub 31, bass 45, ",
        "low mid -",
        "tilt -4.4 dB per octave",
        "correlation 0.82",
        "low end mono",
        "major       True peak is 0.4 dBTP.",
        "at 1:30.1\n",
        "Lower the ceiling.",
        "info        Narrow.",
    };
    char *text = report(SAMPLE_RESULT, "my song.wav", false);
    assert_non_null(text);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (strstr(text, wanted[i]) == NULL)
            fail_msg("\"%s\" is not in:\n%s", wanted[i], text);
    }
    assert_null(strchr(text, '\033'));
    free(text);
    text = report(SAMPLE_RESULT, "x", true);
    assert_non_null(strstr(text, "\033[31m"));
    free(text);
}

/* Nothing that an analyser or a file name holds may reach a terminal as a control character. */
static void the_report_is_printable(void **state)
{
    (void)state;
    static const char *const places[] = {"A minor", "house/club", "pcm_s16", "truncated",
                                         "major", "True peak is 0.4 dBTP.", "Lower the ceiling."};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char *json = altered(places[i], "a\\u001b[2Jb\\nc");
        char *text = report(json, "evil\033]0;title\a\n.wav", false);
        assert_non_null(text);
        assert_null(strchr(text, '\033'));
        assert_null(strchr(text, '\a'));
        assert_non_null(strstr(text, "evil?]0;title??.wav\n"));
        free(text);
        free(json);
    }
}

static void the_report_takes_only_results(void **state)
{
    (void)state;
    assert_null(report("{}", "x", false));
    assert_null(report("nope", "x", false));
    assert_null(report("{\"engine\":{\"schema\":\"mixgauge.result/2\"}}", "x", false));
    /* a result of a later minor version may lack or add things */
    char *text = report("{\"engine\":{\"schema\":\"mixgauge.result/1\"}}", NULL, false);
    assert_non_null(text);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_passes),
        cmocka_unit_test(wrong_ones_are_refused),
        cmocka_unit_test(lists_are_bounded),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(random_changes_do_no_harm),
        cmocka_unit_test(the_report_says_what_matters),
        cmocka_unit_test(the_report_is_printable),
        cmocka_unit_test(the_report_takes_only_results),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
