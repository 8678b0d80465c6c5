#include "base/json_write.h"

#include "tests/unit/test.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *number(double value, int digits, mg_buf *buf)
{
    mg_buf_clear(buf);
    mg_json json = MG_JSON_INIT(buf);
    mg_json_num(&json, NULL, value, digits);
    return mg_buf_text(buf);
}

static void numbers_are_fixed_point(void **state)
{
    (void)state;
    mg_buf buf = MG_BUF_INIT(64);
    assert_string_equal(number(-0.001, 2, &buf), "0.00");
    assert_string_equal(number(-0.0, 0, &buf), "0");
    assert_string_equal(number(1e-9, 9, &buf), "0.000000001");
    assert_string_equal(number(-14.005, 1, &buf), "-14.0");
    assert_string_equal(number(2.5, 0, &buf), "3");
    assert_string_equal(number(-2.5, 0, &buf), "-3");
    assert_string_equal(number(16049.0, -2, &buf), "16000");
    assert_string_equal(number(16050.0, -2, &buf), "16100");
    assert_string_equal(number(NAN, 2, &buf), "null");
    assert_string_equal(number(-INFINITY, 2, &buf), "null");
    assert_string_equal(number(1e300, 2, &buf), "null");
    mg_buf_done(&buf);
}

/* What is read back differs from what was written by at most half a unit of the last digit. */
static void numbers_read_back(void **state)
{
    (void)state;
    mg_buf buf = MG_BUF_INIT(64);
    srand(1);
    for (int i = 0; i < 20000; i++) {
        int digits = rand() % 7;
        double value = (rand() / (double)RAND_MAX - 0.5) * pow(10.0, rand() % 8);
        const char *text = number(value, digits, &buf);
        assert_null(strpbrk(text, "eE"));
        double read = atof(text);
        assert_true(fabs(read - value) <= 0.5000001 * pow(10.0, -digits));
        assert_true(read == mg_json_rounded(value, digits));
    }
    mg_buf_done(&buf);
}

static void strings_are_always_valid_json(void **state)
{
    (void)state;
    mg_buf buf = MG_BUF_INIT(65536);
    srand(2);
    for (int i = 0; i < 5000; i++) {
        char text[64];
        size_t len = (size_t)rand() % (sizeof text - 1);
        for (size_t k = 0; k < len; k++)
            text[k] = (char)(1 + rand() % 255);
        text[len] = '\0';
        mg_buf_clear(&buf);
        mg_json json = MG_JSON_INIT(&buf);
        mg_json_object(&json, NULL);
        mg_json_str(&json, "text", text);
        mg_json_array(&json, "list");
        mg_json_int(&json, NULL, INT64_MIN);
        mg_json_bool(&json, NULL, true);
        mg_json_null(&json, NULL);
        mg_json_array_end(&json);
        mg_json_object_end(&json);
        json_error_t error;
        json_t *parsed = json_loadb(buf.data, buf.len, 0, &error);
        assert_non_null(parsed);
        json_decref(parsed);
    }
    mg_buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_fixed_point),
        cmocka_unit_test(numbers_read_back),
        cmocka_unit_test(strings_are_always_valid_json),
    };
    return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
