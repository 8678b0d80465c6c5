#include "report/since.h"

#include "report/result_view.h"
#include "report/since_words.h"
#include "tests/unit/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define RESULT(sha, profile, lufs, feedback)                                                       \
    "{\"engine\":{\"version\":\"1\",\"params_hash\":\"" profile "\"},"                             \
    "\"audio\":{\"sha256\":\"" sha "\"},\"loudness\":{\"integrated_lufs\":" lufs "},"              \
    "\"scores\":{\"overall\":{\"value\":80,\"profile\":\"" profile "\"}},"                         \
    "\"feedback\":[" feedback "]}"
#define ITEM(code, severity, measured, delta, also)                                                \
    "{\"code\":\"" code "\",\"severity\":\"" severity "\",\"message\":\"m\","                      \
    "\"measured\":" measured ",\"delta\":" delta ",\"unit\":\"dB\",\"also\":[" also "]}"

typedef struct changes {
    json_t *before, *now;
    mg_since since;
} changes;

static void compare(changes *c, const char *before, const char *now)
{
    c->before = json_loads(before, 0, NULL);
    c->now = json_loads(now, 0, NULL);
    assert_non_null(c->before);
    assert_non_null(c->now);
    mg_since_compare(c->before, c->now, &c->since);
}

static void done(changes *c)
{
    json_decref(c->before);
    json_decref(c->now);
}

static void an_edit(void **state)
{
    (void)state;
    changes c;
    compare(&c,
            RESULT("a", "p", "-9.0", ITEM("x.gone", "major", "1", "1", "")
                   "," ITEM("x.better", "minor", "5", "3", "") ","
                   ITEM("x.worse", "minor", "-5", "-1", "") ","
                   ITEM("x.same", "info", "5", "1", "")),
            RESULT("b", "p", "-9.5", ITEM("x.new", "major", "1", "1", "")
                   "," ITEM("x.better", "minor", "3", "1", "") ","
                   ITEM("x.worse", "minor", "-7", "-3", "") ","
                   ITEM("x.same", "info", "5", "1", "")));
    assert_int_equal(c.since.resolved_count, 1);
    assert_string_equal(mg_view_text(c.since.resolved[0].before, "code"), "x.gone");
    assert_int_equal(c.since.added_count, 1);
    assert_string_equal(mg_view_text(c.since.added[0].now, "code"), "x.new");
    assert_int_equal(c.since.kept_count, 3);
    assert_int_equal(c.since.kept[0].trend, MG_TREND_BETTER);
    assert_true(c.since.kept[0].change == -2.0);
    assert_int_equal(c.since.kept[1].trend, MG_TREND_WORSE);
    assert_int_equal(c.since.kept[2].trend, MG_TREND_SAME);
    assert_int_equal(c.since.measure_count, 1);
    assert_string_equal(c.since.measures[0].field->name, "loudness.integrated_lufs");
    assert_true(c.since.measures[0].now == -9.5);
    assert_false(c.since.same_audio || c.since.other_engine || c.since.other_profile ||
                 c.since.other_params);
    done(&c);
}

/* Severity counts before the figure: a target that was missed by less may matter more. */
static void severity_first(void **state)
{
    (void)state;
    changes c;
    compare(&c, RESULT("a", "p", "-9", ITEM("x.a", "major", "5", "3", "") ","
                       ITEM("x.b", "info", "5", "3", "")),
            RESULT("b", "p", "-9", ITEM("x.a", "minor", "7", "5", "") ","
                   ITEM("x.b", "critical", "3", "1", "")));
    assert_int_equal(c.since.kept[0].trend, MG_TREND_BETTER);
    assert_int_equal(c.since.kept[1].trend, MG_TREND_WORSE);
    done(&c);
}

static void a_merged_item_is_not_resolved(void **state)
{
    (void)state;
    changes c;
    compare(&c, RESULT("a", "p", "-9", ITEM("x.part", "minor", "5", "3", "")),
            RESULT("b", "p", "-9", ITEM("x.whole", "major", "1", "1", "\"x.part\"")));
    assert_int_equal(c.since.resolved_count, 0);
    assert_int_equal(c.since.kept_count, 1);
    assert_string_equal(mg_view_text(c.since.kept[0].now, "code"), "x.whole");
    assert_true(isnan(c.since.kept[0].change));
    assert_int_equal(c.since.added_count, 1); /* the whole is new */
    done(&c);
}

/* Praise that is gone was no fault, and praise that came is none; it is not graded. */
static void praise_is_not_a_fault(void **state)
{
    (void)state;
    changes c;
    assert_string_equal(mg_since_tag("tonal.balanced", true), "no longer");
    assert_string_equal(mg_since_tag("tonal.balanced", false), "now good");
    assert_string_equal(mg_since_tag("tonal.sub_high", true), "resolved");
    assert_string_equal(mg_since_tag("tonal.sub_high", false), "new");
    compare(&c, RESULT("a", "p", "-9", ITEM("tempo.steady", "info", "0.2", "-9.8", "")),
            RESULT("b", "p", "-9", ITEM("tempo.steady", "info", "5", "-5", "")));
    assert_int_equal(c.since.kept[0].trend, MG_TREND_SAME);
    done(&c);
}

static void every_warning_and_field_has_words(void **state)
{
    (void)state;
    const char *const ids[] = {"same_audio", "other_engine", "other_profile", "other_params"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        assert_non_null(mg_since_warning(ids[i]));
    assert_null(mg_since_warning("other"));
    for (size_t i = 0; i < MG_SINCE_FIELDS; i++) {
        const mg_since_field *f = &mg_since_fields[i];
        assert_ptr_equal(mg_since_field_of(f->name), f);
        assert_true(strlen(f->words) > 1 && strlen(f->words) <= 24); /* a column of the terminal */
    }
    assert_null(mg_since_field_of("loudness"));
    assert_true(mg_since_is_small(0.04, 2) && mg_since_is_small(-0.04, 2));
    assert_false(mg_since_is_small(0.05, 2) || mg_since_is_small(1.0, 0));
    assert_false(mg_since_is_small((double)NAN, 2));
}

static void what_else_differs_is_said(void **state)
{
    (void)state;
    changes c;
    compare(&c, RESULT("a", "p", "-9", ""), RESULT("a", "q", "null", ""));
    assert_true(c.since.same_audio);
    assert_true(c.since.other_profile);
    assert_false(c.since.other_params); /* said by the profile */
    assert_int_equal(c.since.measure_count, 1);
    assert_true(isnan(c.since.measures[0].now));
    done(&c);
}

/* Its JSON is what the schema says; tests/e2e/test_since.py checks that with a validator. */
static void writes_json(void **state)
{
    (void)state;
    changes c;
    mg_buf out = MG_BUF_INIT(1 << 16);
    mg_json json = MG_JSON_INIT(&out);
    compare(&c, RESULT("a", "p", "-9", ITEM("x.a", "major", "5", "3", "")),
            RESULT("b", "p", "null", ITEM("x.a", "major", "4", "2", "")));
    mg_since_write(&json, NULL, &c.since);
    assert_string_equal(
        mg_buf_text(&out),
        "{\"warnings\":[],\"resolved\":[],\"new\":[],\"unchanged\":["
        "{\"code\":\"x.a\",\"now\":\"x.a\",\"severity_before\":\"major\","
        "\"severity\":\"major\",\"change\":-1.0000,\"unit\":\"dB\",\"trend\":\"better\"}],"
        "\"measures\":[{\"name\":\"loudness.integrated_lufs\",\"unit\":\"LUFS\","
        "\"before\":-9.00,\"now\":null,\"change\":null}]}");
    mg_buf_done(&out);
    done(&c);
}

static void numbers_for_people(void **state)
{
    (void)state;
    char out[32];
    mg_since_number(-0.001, 2, true, out);
    assert_string_equal(out, "+0.00");
    mg_since_number(-1.255, 1, false, out);
    assert_string_equal(out, "-1.3");
    mg_since_number((double)NAN, 1, true, out);
    assert_string_equal(out, "-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_edit),
        cmocka_unit_test(severity_first),
        cmocka_unit_test(a_merged_item_is_not_resolved),
        cmocka_unit_test(praise_is_not_a_fault),
        cmocka_unit_test(every_warning_and_field_has_words),
        cmocka_unit_test(what_else_differs_is_said),
        cmocka_unit_test(writes_json),
        cmocka_unit_test(numbers_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
