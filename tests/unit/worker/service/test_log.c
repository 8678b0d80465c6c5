/* The log: one line per event, whatever the values hold. */
#include "worker/service/log.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

typedef struct fixture {
    int fd;
    mg_log *log;
    char text[200000];
} fixture;

static fixture *open_log(const char *level, const char *format)
{
    fixture *f = calloc(1, sizeof *f);
    f->fd = memfd_create("log", 0);
    assert_int_equal(mg_log_new(&f->log, level, format, f->fd, NULL), MG_OK);
    return f;
}

static const char *read_log(fixture *f)
{
    ssize_t len = pread(f->fd, f->text, sizeof f->text - 1, 0);
    f->text[len > 0 ? len : 0] = '\0';
    return f->text;
}

static void close_log(fixture *f)
{
    mg_log_free(f->log);
    close(f->fd);
    free(f);
}

/* The first line without its time. */
static void assert_line(fixture *f, const char *expected)
{
    const char *text = read_log(f);
    assert_int_equal(text[10], 'T');
    assert_int_equal(text[23], 'Z');
    assert_string_equal(text + 25, expected);
}

static void text_form(void **state)
{
    (void)state;
    fixture *f = open_log("info", "text");
    MG_LOG(f->log, MG_LOG_DEBUG, "hidden", MG_LOG_INT("n", 1));
    MG_LOG(f->log, MG_LOG_WARN, "job_failed", MG_LOG_STR("job", "0190f3a0-1111"),
           MG_LOG_INT("attempt", -2), MG_LOG_STR("detail", "it \"broke\""), MG_LOG_STR("none", ""));
    assert_line(
        f, "warn job_failed job=0190f3a0-1111 attempt=-2 detail=\"it \\\"broke\\\"\" none=\"\"\n");
    close_log(f);
}

static void values_cannot_forge(void **state)
{
    (void)state;
    static const struct {
        const char *value, *shown;
    } rows[] = {
        {"a\nerror forged x=1", "\"a\\nerror forged x=1\""},
        {"a b=c", "\"a b=c\""},
        {"x=y", "\"x=y\""},
        {"\x1b[31mred", "\"\\x1b[31mred\""},
        {"\r\t\x7f", "\"\\x0d\\t\\x7f\""},
        {"\xc2\x9b"
         "1m",
         "\"\\xc2\\x9b1m\""}, /* C1 control */
        {"\xe2\x80\xae"
         "evil",
         "\"\\xe2\\x80\\xaeevil\""}, /* right-to-left override */
        {"\xff\xfe", "\"\\xff\\xfe\""},
        {"back\\slash", "\"back\\\\slash\""},
        {"caf\xc3\xa9?", "\"caf\xc3\xa9?\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fixture *f = open_log("debug", "text");
        char expected[200];
        MG_LOG(f->log, MG_LOG_ERROR, "e", MG_LOG_STR("v", rows[i].value));
        snprintf(expected, sizeof expected, "error e v=%s\n", rows[i].shown);
        assert_line(f, expected);
        close_log(f);
    }
}

static void json_form(void **state)
{
    (void)state;
    fixture *f = open_log("debug", "json");
    MG_LOG(f->log, MG_LOG_INFO, "e", MG_LOG_STR("v", "a\n\"b\"\xff\x1b"), MG_LOG_INT("n", 7));
    json_t *line = json_loads(read_log(f), 0, NULL);
    assert_non_null(line);
    assert_string_equal(json_string_value(json_object_get(line, "level")), "info");
    assert_string_equal(json_string_value(json_object_get(line, "event")), "e");
    assert_string_equal(json_string_value(json_object_get(line, "v")), "a?\"b\"??");
    assert_int_equal(json_integer_value(json_object_get(line, "n")), 7);
    assert_null(strchr(strchr(f->text, '\n') + 1, '\n')); /* one line */
    json_decref(line);
    close_log(f);
}

static void every_byte_gives_one_clean_line(void **state)
{
    (void)state;
    static const char *const formats[] = {"text", "json"};
    for (int form = 0; form < 2; form++) {
        for (int a = 1; a < 256; a++) {
            fixture *f = open_log("debug", formats[form]);
            char value[] = {'x', (char)a, (char)(a * 7 | 1), 'y', '\0'};
            MG_LOG(f->log, MG_LOG_INFO, "e", MG_LOG_STR("v", value));
            const char *text = read_log(f);
            size_t len = strlen(text);
            assert_int_equal(text[len - 1], '\n');
            for (size_t i = 0; i + 1 < len; i++)
                assert_true((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
            assert_true(mg_utf8_valid(text));
            close_log(f);
        }
    }
}

static void long_values_are_cut(void **state)
{
    (void)state;
    static const char *const formats[] = {"text", "json"};
    char *value = malloc(100001);
    memset(value, '\n', 100000);
    value[100000] = '\0';
    for (int form = 0; form < 2; form++) {
        fixture *f = open_log("debug", formats[form]);
        MG_LOG(f->log, MG_LOG_INFO, "e", MG_LOG_STR("a", value), MG_LOG_STR("b", value),
               MG_LOG_STR("c", value), MG_LOG_STR("d", value), MG_LOG_STR("f", value));
        size_t len = strlen(read_log(f));
        assert_in_range(len, 1000, 8192);
        assert_int_equal(f->text[len - 1], '\n');
        close_log(f);
    }
    free(value);
}

static void *writer(void *argument)
{
    for (int i = 0; i < 200; i++)
        MG_LOG(argument, MG_LOG_INFO, "event", MG_LOG_STR("v", "0123456789 0123456789"));
    return NULL;
}

static void lines_of_threads_do_not_mix(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
    mg_log *log = NULL;
    assert_int_equal(mg_log_new(&log, "info", "text", ends[1], NULL), MG_OK);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, writer, log);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    close(ends[1]);
    FILE *in = fdopen(ends[0], "r");
    char line[300];
    int count = 0;
    while (fgets(line, sizeof line, in)) {
        assert_string_equal(line + 25, "info event v=\"0123456789 0123456789\"\n");
        count++;
    }
    assert_int_equal(count, 800);
    fclose(in);
    mg_log_free(log);
}

/* Nobody reads: the caller goes on, and what is lost is counted. */
static void a_reader_that_stops_holds_nobody(void **state)
{
    (void)state;
    enum { LINES = 3000 };
    int ends[2], got = 0, dropped = 0;
    char line[8192];
    mg_log *log;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(mg_log_new(&log, "info", "text", ends[1], NULL), MG_OK);
    int64_t began_ms = mg_mono_ms();
    for (int i = 0; i < LINES; i++)
        MG_LOG(log, MG_LOG_INFO, "event", MG_LOG_STR("v", "0123456789 0123456789"));
    assert_in_range(mg_mono_ms() - began_ms, 0, 5000);
    int flags = fcntl(ends[0], F_GETFL);
    assert_int_equal(fcntl(ends[0], F_SETFL, flags | O_NONBLOCK), 0);
    FILE *in = fdopen(ends[0], "r");
    while (fgets(line, sizeof line, in)) {
        assert_string_equal(line + 25, "info event v=\"0123456789 0123456789\"\n");
        got++;
    }
    assert_in_range(got, 500, LINES - 500);
    clearerr(in);
    MG_LOG(log, MG_LOG_INFO, "last", MG_LOG_INT("n", 1));
    assert_non_null(fgets(line, sizeof line, in));
    assert_int_equal(sscanf(line + 25, "warn log_dropped lines=%d", &dropped), 1);
    assert_int_equal(got + dropped, LINES);
    assert_non_null(fgets(line, sizeof line, in));
    assert_string_equal(line + 25, "info last n=1\n");
    mg_log_free(log);
    fclose(in);
    close(ends[1]);
}

static void bad_settings(void **state)
{
    (void)state;
    mg_log *log = NULL;
    assert_int_equal(mg_log_new(&log, "loud", "text", 2, NULL), MG_E_CONFIG);
    assert_int_equal(mg_log_new(&log, "info", "xml", 2, NULL), MG_E_CONFIG);
    assert_null(log);
    mg_log_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_form),           cmocka_unit_test(values_cannot_forge),
        cmocka_unit_test(json_form),           cmocka_unit_test(every_byte_gives_one_clean_line),
        cmocka_unit_test(long_values_are_cut), cmocka_unit_test(lines_of_threads_do_not_mix),
        cmocka_unit_test(a_reader_that_stops_holds_nobody),
        cmocka_unit_test(bad_settings),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
