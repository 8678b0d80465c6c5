#include "base/error.h"

#include "tests/unit/test.h"

#include <string.h>

static void ids_are_unique_and_found_again(void **state)
{
    (void)state;
    for (int i = 0; i < MG_ERR_COUNT; i++) {
        mg_err found = MG_ERR_COUNT;
        assert_true(mg_err_from_id(mg_err_id((mg_err)i), &found));
        assert_int_equal(found, i);
        assert_true(strlen(mg_err_sentence((mg_err)i)) > 0);
    }
    mg_err untouched = MG_E_IO;
    assert_false(mg_err_from_id("no_such_id", &untouched));
    assert_int_equal(untouched, MG_E_IO);
}

static void exit_codes_are_those_of_the_contract(void **state)
{
    (void)state;
    assert_int_equal(mg_err_exit_code(MG_OK), 0);
    assert_int_equal(mg_err_exit_code(MG_E_USAGE), 64);
    assert_int_equal(mg_err_exit_code(MG_E_CORRUPT_AUDIO), 65);
    assert_int_equal(mg_err_exit_code(MG_E_NOT_FOUND), 66);
    assert_int_equal(mg_err_exit_code(MG_E_UNAVAILABLE), 69);
    assert_int_equal(mg_err_exit_code(MG_E_INTERNAL), 70);
    assert_int_equal(mg_err_exit_code(MG_E_IO), 74);
    assert_int_equal(mg_err_exit_code(MG_E_BUSY), 75);
    assert_int_equal(mg_err_exit_code(MG_E_PERMISSION), 77);
    assert_int_equal(mg_err_exit_code(MG_E_CONFIG), 78);
}

/* These ids stand in databases and in other people's programs: a rename breaks them. */
static void reasons_of_jobs_are_stable(void **state)
{
    (void)state;
    static const char *const reasons[] = {
        "unsupported_format", "corrupt_audio", "empty_audio",  "too_long",
        "too_large",          "limits_exceeded", "checksum_mismatch", "unsupported_version",
        "bad_message",        "user_erased",   "timeout",      "memory_limit",
        "decoder_crash",      "sandbox_violation", "internal", "worker_lost",
        "audio_missing"};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        mg_err err;
        assert_true(mg_err_from_id(reasons[i], &err));
        assert_true(mg_err_is_reason(err));
    }
    assert_false(mg_err_is_reason(MG_OK));
    assert_false(mg_err_is_reason(MG_E_USAGE));
}

static void first_error_wins(void **state)
{
    (void)state;
    mg_errinfo info = {0};
    assert_int_equal(mg_fail(&info, MG_E_IO, 5, "cannot read \"%s\"", "a\tb\x1b"), MG_E_IO);
    assert_int_equal(mg_fail(&info, MG_E_NOMEM, 0, "later"), MG_E_NOMEM);
    assert_int_equal(info.code, MG_E_IO);
    assert_int_equal(info.sys_errno, 5);
    assert_string_equal(info.text, "cannot read \"a?b?\"");
    assert_int_equal(mg_fail(NULL, MG_E_IO, 0, "nobody listens"), MG_E_IO);
    assert_string_equal(mg_errinfo_text(NULL, MG_E_TIMEOUT), mg_err_sentence(MG_E_TIMEOUT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_unique_and_found_again),
        cmocka_unit_test(exit_codes_are_those_of_the_contract),
        cmocka_unit_test(reasons_of_jobs_are_stable),
        cmocka_unit_test(first_error_wins),
    };
    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
