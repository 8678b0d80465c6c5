#include "base/buf.h"

#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void holds_exactly_its_ceiling(void **state)
{
    (void)state;
    for (size_t max = 0; max < 600; max += 7) {
        mg_buf buf = MG_BUF_INIT(max);
        for (size_t i = 0; i < max; i++)
            mg_buf_putc(&buf, 'x');
        assert_int_equal(mg_buf_err(&buf), MG_OK);
        assert_int_equal(buf.len, max);
        mg_buf_putc(&buf, 'y');
        assert_int_equal(mg_buf_err(&buf), MG_E_LIMIT);
        assert_int_equal(buf.len, max);
        assert_int_equal(strlen(mg_buf_text(&buf)), max);
        assert_null(mg_buf_steal(&buf));
        mg_buf_done(&buf);
    }
}

static void an_error_sticks_until_cleared(void **state)
{
    (void)state;
    mg_buf buf = MG_BUF_INIT(4);
    mg_buf_puts(&buf, "abc");
    mg_buf_puts(&buf, "de");
    mg_buf_puts(&buf, "f"); /* would fit, but the text is already incomplete */
    assert_string_equal(mg_buf_text(&buf), "abc");
    mg_buf_clear(&buf);
    mg_buf_printf(&buf, "%d", 1234);
    assert_string_equal(mg_buf_text(&buf), "1234");
    char *text = mg_buf_steal(&buf);
    assert_string_equal(text, "1234");
    free(text);
    assert_string_equal(mg_buf_text(&buf), "");
    mg_buf_done(&buf);
}

static void printf_grows_over_any_boundary(void **state)
{
    (void)state;
    mg_buf buf = MG_BUF_INIT(100000);
    size_t expected = 0;
    for (int i = 0; i < 1000; i++) {
        mg_buf_printf(&buf, "%0*d,", i % 90 + 1, i);
        char one[128];
        expected += (size_t)snprintf(one, sizeof one, "%0*d,", i % 90 + 1, i);
    }
    assert_int_equal(mg_buf_err(&buf), MG_OK);
    assert_int_equal(buf.len, expected);
    mg_buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_exactly_its_ceiling),
        cmocka_unit_test(an_error_sticks_until_cleared),
        cmocka_unit_test(printf_grows_over_any_boundary),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
