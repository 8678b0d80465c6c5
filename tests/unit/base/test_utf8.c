#include "base/utf8.h"

#include "tests/unit/test.h"

#include <string.h>

static void refuses_what_is_not_well_formed(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\xaf",
        "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xe2\x82", "a\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(mg_utf8_valid(bad[i]));
    assert_true(mg_utf8_valid("Grün ♯ 𝄞"));
    assert_true(mg_utf8_valid(""));
}

static void printable_cannot_harm_a_terminal(void **state)
{
    (void)state;
    char out[64];
    mg_utf8_printable("a\x1b[31m\n\xc2\x9b\xe2\x80\xae" "b\xff", out, sizeof out);
    assert_string_equal(out, "a?[31m???b?");
}

static void printable_is_cut_at_characters(void **state)
{
    (void)state;
    for (size_t size = 1; size < 20; size++) {
        char out[32];
        memset(out, 'Z', sizeof out);
        mg_utf8_printable("ä𝄞ö♯ü", out, size);
        assert_true(strlen(out) < size);
        assert_true(mg_utf8_valid(out));
        assert_int_equal(out[size], 'Z');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_is_not_well_formed),
        cmocka_unit_test(printable_cannot_harm_a_terminal),
        cmocka_unit_test(printable_is_cut_at_characters),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
