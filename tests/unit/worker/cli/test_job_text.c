/* How jobs are shown. */
#include "worker/cli/job_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static void spans_have_one_unit(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {-5, "0 ms"},
        {0, "0 ms"},
        {999, "999 ms"},
        {1000, "1 s"},
        {119999, "119 s"},
        {120000, "2 min"},
        {7199999, "119 min"},
        {7200000, "2 h"},
        {172799999, "47 h"},
        {172800000, "2 d"},
        {86400000LL * 400, "400 d"},
    };
    char out[24];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mg_span_text(cases[i].ms, out);
        assert_string_equal(out, cases[i].text);
    }
}

static void times_are_relative(void **state)
{
    (void)state;
    char out[32];
    mg_when_text(0, 1000000, out);
    assert_string_equal(out, "-");
    mg_when_text(1000500, 1000000, out);
    assert_string_equal(out, "now");
    mg_when_text(1030000, 1000000, out);
    assert_string_equal(out, "in 30 s");
    mg_when_text(1000000, 1000000 + 600000, out);
    assert_string_equal(out, "10 min ago");
    mg_when_text(1, INT64_MAX, out); /* does not overflow its place */
    assert_non_null(strstr(out, " d ago"));
}

static void a_job_is_one_json_object(void **state)
{
    (void)state;
    mg_job_row job = {.state = MG_JOB_RETRY_WAIT, .attempts = 2, .created_at_ms = 1};
    strcpy(job.spec.job_id, "01900000-0000-7000-8000-000000000001");
    strcpy(job.spec.filename, "a \"b\"\n.wav");
    strcpy(job.reason, "timeout");
    job.spec.priority = MG_PRIORITY_LOW;
    job.spec.size = -1;
    mg_buf line = MG_BUF_INIT(8192);
    mg_json json = MG_JSON_INIT(&line);
    mg_json_job(&json, NULL, &job);
    json_t *parsed = json_loads(mg_buf_text(&line), 0, NULL);
    assert_non_null(parsed);
    assert_null(strchr(mg_buf_text(&line), '\n'));
    assert_string_equal(json_string_value(json_object_get(parsed, "state")), "retry_wait");
    assert_string_equal(json_string_value(json_object_get(parsed, "priority")), "low");
    assert_string_equal(json_string_value(json_object_get(parsed, "filename")), "a \"b\"\n.wav");
    assert_string_equal(json_string_value(json_object_get(parsed, "created_at")),
                        "1970-01-01T00:00:00.001Z");
    assert_true(json_is_null(json_object_get(parsed, "ended_at")));
    assert_true(json_is_null(json_object_get(parsed, "size")));
    assert_true(json_is_null(json_object_get(parsed, "worker")));
    json_decref(parsed);
    mg_buf_done(&line);
}

static void operands_are_uuids(void **state)
{
    (void)state;
    char id[MG_UUID_SIZE] = "untouched";
    mg_errinfo err = {0};
    assert_int_equal(mg_job_operand("x\033[2J", id, &err), MG_E_NOT_FOUND);
    assert_null(strchr(err.text, '\033'));
    assert_string_equal(id, "untouched");
    assert_int_equal(mg_job_operand("01900000-0000-7000-8000-00000000000A", id, NULL), MG_OK);
    assert_string_equal(id, "01900000-0000-7000-8000-00000000000a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_have_one_unit),
        cmocka_unit_test(times_are_relative),
        cmocka_unit_test(a_job_is_one_json_object),
        cmocka_unit_test(operands_are_uuids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
