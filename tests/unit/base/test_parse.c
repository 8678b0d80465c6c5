#include "base/parse.h"

#include "tests/unit/test.h"

#include <locale.h>
#include <stdio.h>

static void integers(void **state)
{
    (void)state;
    int64_t v = 42;
    static const char *const bad[] = {"",   " 1", "1 ", "+1", "0x10", "1e3", "--1", "-", "1.0",
                                      "99999999999999999999", "-99999999999999999999", "12a"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(mg_parse_i64(bad[i], INT64_MIN, INT64_MAX, &v));
        assert_int_equal(v, 42);
    }
    assert_true(mg_parse_i64("-9223372036854775808", INT64_MIN, INT64_MAX, &v));
    assert_true(v == INT64_MIN);
    assert_true(mg_parse_i64("9223372036854775807", INT64_MIN, INT64_MAX, &v));
    assert_true(v == INT64_MAX);
    assert_true(mg_parse_i64("007", 0, 10, &v));
    assert_int_equal(v, 7);
    assert_false(mg_parse_i64("11", 0, 10, &v));
    assert_false(mg_parse_i64("-1", 0, 10, &v));
}

static void doubles_ignore_the_locale(void **state)
{
    (void)state;
    setlocale(LC_ALL, "de_DE.UTF-8"); /* where it exists, its comma must not matter */
    double v = 1.0;
    assert_true(mg_parse_double("-3.25e1", -100, 100, &v));
    assert_true(v == -32.5);
    static const char *const bad[] = {"", "nan", "inf", "0x1p3", "1,5", "1.5x", " 1", "1e999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(mg_parse_double(bad[i], -1e308, 1e308, &v));
    assert_false(mg_parse_double("101", -100, 100, &v));
    setlocale(LC_ALL, "C");
}

static void sizes_and_durations(void **state)
{
    (void)state;
    int64_t v;
    assert_true(mg_parse_size("4G", 0, INT64_MAX, &v));
    assert_true(v == 4294967296);
    assert_true(mg_parse_size("512m", 0, INT64_MAX, &v));
    assert_true(v == 536870912);
    assert_true(mg_parse_duration("12h", 0, 86400, &v));
    assert_int_equal(v, 43200);
    assert_true(mg_parse_duration("7d", 0, INT64_MAX, &v));
    assert_int_equal(v, 604800);
    assert_false(mg_parse_duration("2d", 0, 86400, &v));
    assert_false(mg_parse_size("4GB", 0, INT64_MAX, &v));
    assert_false(mg_parse_size("9223372036854775807K", 0, INT64_MAX, &v));
    assert_false(mg_parse_size("K", 0, INT64_MAX, &v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers),
        cmocka_unit_test(doubles_ignore_the_locale),
        cmocka_unit_test(sizes_and_durations),
    };
    return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
