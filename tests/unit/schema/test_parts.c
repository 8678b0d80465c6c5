/* The parts of the store that need no database. What the store does is in tests/conformance. */
#include "schema/pg_connect.h"
#include "schema/store_impl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void sqlstates_have_a_meaning(void **state)
{
    (void)state;
    static const struct {
        const char *sqlstate;
        mg_err err;
    } cases[] = {
        {"40P01", MG_E_BUSY},        {"40001", MG_E_BUSY},        {"55P03", MG_E_BUSY},
        {"57014", MG_E_UNAVAILABLE}, {"57P01", MG_E_UNAVAILABLE}, {"57P03", MG_E_UNAVAILABLE},
        {"08006", MG_E_UNAVAILABLE}, {"53300", MG_E_UNAVAILABLE}, {"25006", MG_E_UNAVAILABLE},
        {"53100", MG_E_IO},          {"58030", MG_E_IO},          {"XX001", MG_E_IO},
        {"28P01", MG_E_CONFIG},      {"28000", MG_E_CONFIG},      {"3D000", MG_E_CONFIG},
        {"42501", MG_E_CONFIG},      {"57P04", MG_E_CONFIG},      {"42P01", MG_E_SCHEMA},
        {"3F000", MG_E_SCHEMA},      {"42703", MG_E_SCHEMA},      {"42883", MG_E_SCHEMA},
        {"23514", MG_E_INTERNAL},
        {"22021", MG_E_INTERNAL},    {"", MG_E_INTERNAL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (mg_pg_classify(cases[i].sqlstate) != cases[i].err)
            fail_msg("%s is %s", cases[i].sqlstate, mg_err_id(mg_pg_classify(cases[i].sqlstate)));
    }
}

/* FIPS 180-2, appendix B. */
static void sha256_is_sha256(void **state)
{
    (void)state;
    char hex[65];
    mg_sha256_hex("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    mg_sha256_hex("", 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void cells_are_cut_between_characters(void **state)
{
    (void)state;
    const char *cells[] = {"a\xc3\xa9\xf0\x9f\x8e\xb5z", NULL, "t", "0", "-42", "4x"};
    size_t lens[6] = {0};
    const mg_rows rows = {.count = 2, .columns = 3, .cell = cells, .len = lens};
    static const char *const cut[] = {"",
                                      "a",
                                      "a",
                                      "a\xc3\xa9",
                                      "a\xc3\xa9",
                                      "a\xc3\xa9",
                                      "a\xc3\xa9",
                                      "a\xc3\xa9\xf0\x9f\x8e\xb5",
                                      "a\xc3\xa9\xf0\x9f\x8e\xb5z"};
    char out[16];
    for (size_t size = 1; size <= 9; size++) {
        memset(out, '#', sizeof out);
        mg_rows_copy(&rows, 0, 0, out, size);
        assert_string_equal(out, cut[size - 1]);
        assert_int_equal(out[size], '#');
    }
    assert_true(mg_rows_null(&rows, 0, 1));
    assert_string_equal(mg_rows_text(&rows, 0, 1), "");
    assert_int_equal(mg_rows_int(&rows, 0, 1), 0);
    assert_true(mg_rows_bool(&rows, 0, 2));
    assert_false(mg_rows_bool(&rows, 1, 0));
    assert_int_equal(mg_rows_int(&rows, 1, 1), -42);
    assert_int_equal(mg_rows_int(&rows, 1, 2), 0);
}

static void what_is_not_given_is_null(void **state)
{
    (void)state;
    assert_true(mg_p_text("").null);
    assert_true(mg_p_text(NULL).null);
    assert_false(mg_p_text("x").null);
    assert_true(mg_p_real(NAN).null);
    assert_true(mg_p_real(INFINITY).null);
    assert_false(mg_p_real(0.0).null);
    assert_true(mg_p_int_unless(-1, -1).null);
    assert_false(mg_p_int_unless(0, -1).null);
    assert_false(mg_p_bytes("", 0).null);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sqlstates_have_a_meaning),
        cmocka_unit_test(sha256_is_sha256),
        cmocka_unit_test(cells_are_cut_between_characters),
        cmocka_unit_test(what_is_not_given_is_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
