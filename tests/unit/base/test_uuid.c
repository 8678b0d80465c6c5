#include "base/uuid.h"

#include "tests/unit/test.h"

#include <string.h>

static void parses_both_cases_and_nothing_else(void **state)
{
    (void)state;
    char out[MG_UUID_SIZE] = "untouched";
    assert_true(mg_uuid_parse("0190A1B2-c3d4-7e5f-8a9b-0C1D2E3F4A5B", out));
    assert_string_equal(out, "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
    static const char *const bad[] = {"",
                                      "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5",
                                      "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5bb",
                                      "0190a1b2c3d4-7e5f-8a9b-0c1d2e3f4a5b00",
                                      "{190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b}",
                                      "g190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(mg_uuid_parse(bad[i], out));
}

static void version_7_is_unique_and_sorts_by_time(void **state)
{
    (void)state;
    char last[MG_UUID_SIZE] = "", now[MG_UUID_SIZE], parsed[MG_UUID_SIZE];
    for (int i = 0; i < 1000; i++) {
        assert_true(mg_uuid_v7(now));
        assert_true(mg_uuid_parse(now, parsed));
        assert_string_equal(now, parsed);
        assert_int_equal(now[14], '7');
        assert_non_null(strchr("89ab", now[19]));
        assert_true(strncmp(last, now, 13) <= 0);
        assert_string_not_equal(last, now);
        memcpy(last, now, sizeof last);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_both_cases_and_nothing_else),
        cmocka_unit_test(version_7_is_unique_and_sorts_by_time),
    };
    return cmocka_run_group_tests_name("uuid", tests, NULL, NULL);
}
