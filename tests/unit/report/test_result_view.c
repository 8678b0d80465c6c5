#include "report/result_view.h"

#include "tests/unit/test.h"

#include <math.h>
#include <string.h>

#define ENGINE "\"engine\":{\"schema\":\"mixgauge.result/1\"}"

static json_t *parsed(const char *json)
{
    json_t *root = NULL;
    assert_int_equal(mg_view_parse(json, strlen(json), &root, NULL), MG_OK);
    assert_non_null(root);
    return root;
}

static void reads_what_is_there(void **state)
{
    (void)state;
    json_t *root = parsed("{" ENGINE ",\"tempo\":{\"bpm\":128,\"grid\":{\"period_s\":0.46875},"
                          "\"constant\":true,\"beats_s\":[0.5,null,1.5]},"
                          "\"key\":{\"name\":\"A minor\"},\"dual\":false}");
    assert_true(mg_view_number(root, "tempo.bpm") == 128.0);
    assert_true(mg_view_number(root, "tempo.grid.period_s") == 0.46875);
    assert_string_equal(mg_view_text(root, "key.name"), "A minor");
    assert_true(mg_view_true(root, "tempo.constant"));
    assert_false(mg_view_false(root, "tempo.constant"));
    assert_true(mg_view_false(root, "dual"));
    assert_int_equal(mg_view_count(root, "tempo.beats_s"), 3);
    const json_t *beats = mg_view(root, "tempo.beats_s");
    assert_int_equal(mg_view_count(beats, ""), 3);
    assert_true(mg_view_number_at(beats, 2) == 1.5);
    assert_true(isnan(mg_view_number_at(beats, 1)));
    assert_true(isnan(mg_view_number_at(beats, 3)));
    assert_null(mg_view_item(beats, 1));
    assert_non_null(mg_view_item(beats, 0));
    json_decref(root);
}

/* Whatever a field holds, each getter gives a value of its own kind. */
static void what_is_not_there_reads_as_nothing(void **state)
{
    (void)state;
    static const char *const values[] = {"null", "\"x\"", "[]", "[1]",
                                         "{}",   "true",   "{\"b\":null}"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char json[200];
        snprintf(json, sizeof json, "{" ENGINE ",\"a\":%s}", values[i]);
        json_t *root = parsed(json);
        static const char *const paths[] = {"a.b", "a.b.c", "b", "b.c", ".", "engine.a"};
        for (size_t p = 0; p < sizeof paths / sizeof paths[0]; p++) {
            assert_true(isnan(mg_view_number(root, paths[p])));
            assert_string_equal(mg_view_text(root, paths[p]), "");
            assert_false(mg_view_false(root, paths[p]));
        }
        assert_true(isnan(mg_view_number(root, "a")));
        json_decref(root);
    }
    assert_null(mg_view(NULL, "a"));
    assert_true(isnan(mg_view_number(NULL, "a.b")));
    assert_string_equal(mg_view_text(NULL, "a"), "");
    assert_int_equal(mg_view_count(NULL, ""), 0);
    assert_null(mg_view_item(NULL, 0));
}

static void refuses_what_is_no_result(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "null", "[]", "{}", "{\"engine\":{\"schema\":\"x/2\"}}",
                                      "{" ENGINE, "{" ENGINE "," ENGINE "}", "{\"a\":\"\xff\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *root = NULL;
        mg_errinfo err = {0};
        assert_int_equal(mg_view_parse(bad[i], strlen(bad[i]), &root, &err), MG_E_SCHEMA);
        assert_null(root);
        assert_true(err.text[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_there),
        cmocka_unit_test(what_is_not_there_reads_as_nothing),
        cmocka_unit_test(refuses_what_is_no_result),
    };
    return cmocka_run_group_tests_name("result_view", tests, NULL, NULL);
}
