#include "worker/service/result_columns.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define ENGINE "{\"engine\":{\"version\":\"1.2\",\"params_hash\":\"ff\"}"

static mg_err parse(const char *json, mg_result_columns *ret, char sha256[65])
{
    return mg_result_columns_parse(json, strlen(json), ret, sha256, NULL);
}

static void takes_what_is_there(void **state)
{
    (void)state;
    mg_result_columns c;
    char sha256[65];
    assert_int_equal(
        parse(ENGINE ",\"audio\":{\"duration_s\":12.5,\"sha256\":\"abc\"},\"tempo\":{\"bpm\":128},"
                     "\"key\":{\"name\":\"A minor\",\"camelot\":\"8A\"},\"loudness\":"
                     "{\"integrated_lufs\":-9.25,\"true_peak_dbtp\":-0.5},"
                     "\"scores\":{\"overall\":{\"value\":81,\"profile\":\"x\"}}}",
              &c, sha256),
        MG_OK);
    assert_string_equal(c.engine_version, "1.2");
    assert_string_equal(c.params_hash, "ff");
    assert_string_equal(c.key, "A minor");
    assert_string_equal(c.camelot, "8A");
    assert_string_equal(sha256, "abc");
    assert_true(c.duration_s == 12.5 && c.bpm == 128 && c.integrated_lufs == -9.25);
    assert_true(c.true_peak_dbtp == -0.5);
    assert_int_equal(c.overall_score, 81);
    assert_int_equal(parse(ENGINE ",\"scores\":{\"overall\":73}}", &c, sha256), MG_OK);
    assert_int_equal(c.overall_score, 73);
}

static void null_and_nonsense_are_null(void **state)
{
    (void)state;
    static const char *const rests[] = {
        "}",
        ",\"audio\":null,\"tempo\":null,\"key\":null,\"loudness\":null,\"scores\":null}",
        ",\"audio\":7,\"tempo\":[],\"key\":\"x\",\"loudness\":true,\"scores\":{\"overall\":\"9\"}}",
        ",\"tempo\":{\"bpm\":null},\"key\":{\"name\":null,\"camelot\":\"123456789\"},"
        "\"scores\":{\"overall\":{\"value\":null}}}",
        ",\"tempo\":{\"bpm\":\"128\"},\"key\":{\"name\":\"a name that is too long for one\"},"
        "\"scores\":{\"overall\":{\"value\":101}}}",
    };
    for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++) {
        char json[400] = ENGINE, sha256[65];
        mg_result_columns c;
        strcat(json, rests[i]);
        assert_int_equal(parse(json, &c, sha256), MG_OK);
        assert_true(isnan(c.bpm) && isnan(c.duration_s) && isnan(c.integrated_lufs) &&
                    isnan(c.true_peak_dbtp));
        assert_int_equal(c.overall_score, -1);
        assert_string_equal(c.key, "");
        assert_string_equal(c.camelot, "");
        assert_string_equal(sha256, "");
    }
}

static void a_result_without_engine_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "{",
                                      "[]",
                                      "{}",
                                      "{\"engine\":{\"version\":\"1\"}}",
                                      "{\"engine\":{\"version\":1,\"params_hash\":\"x\"}}",
                                      ENGINE ",\"engine\":{}}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        mg_result_columns c;
        char sha256[65];
        assert_int_equal(parse(bad[i], &c, sha256), MG_E_INTERNAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_is_there),
        cmocka_unit_test(null_and_nonsense_are_null),
        cmocka_unit_test(a_result_without_engine_is_refused),
    };
    return cmocka_run_group_tests_name("result_columns", tests, NULL, NULL);
}
