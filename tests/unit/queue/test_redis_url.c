#include "queue/redis_link.h"
#include "queue/redis_url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void same(const char *a, const char *b)
{
    if (!a || !b)
        assert_ptr_equal(a, b);
    else
        assert_string_equal(a, b);
}

static void good_urls(void **state)
{
    (void)state;
    static const struct {
        const char *url, *address, *user, *password;
        int port, db;
        bool is_unix, tls;
    } rows[] = {
        {"redis://h", "h", NULL, NULL, 6379, 0, false, false},
        {"redis://h/", "h", NULL, NULL, 6379, 0, false, false},
        {"redis://h:1/15", "h", NULL, NULL, 1, 15, false, false},
        {"redis://:p%40%2f@h", "h", NULL, "p@/", 6379, 0, false, false},
        {"redis://u:p:q@h:7", "h", "u", "p:q", 7, 0, false, false},
        {"redis://u:a@b@h", "h", "u", "a@b", 6379, 0, false, false},
        {"redis://[::1]:9/2", "::1", NULL, NULL, 9, 2, false, false},
        {"redis://u:p@[fe80::1]", "fe80::1", "u", "p", 6379, 0, false, false},
        {"rediss://h", "h", NULL, NULL, 6379, 0, false, true},
        {"unix:///run/redis.sock", "/run/redis.sock", NULL, NULL, 0, 0, true, false},
        {"unix:///run/a@b?db=4", "/run/a@b", NULL, NULL, 0, 4, true, false},
        {"unix://u:p@/run/s", "/run/s", "u", "p", 0, 0, true, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mg_redis_url url;
        mg_errinfo err = {0};
        if (mg_redis_url_parse(rows[i].url, &url, &err) != MG_OK)
            fail_msg("%s: %s", rows[i].url, err.text);
        same(url.address, rows[i].address);
        same(url.user, rows[i].user);
        same(url.password, rows[i].password);
        assert_int_equal(url.db, rows[i].db);
        assert_int_equal(url.is_unix, rows[i].is_unix);
        assert_int_equal(url.tls, rows[i].tls);
        if (!url.is_unix)
            assert_int_equal(url.port, rows[i].port);
        mg_redis_url_done(&url);
    }
}

static void bad_urls(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "",
        "h:6379",
        "http://h",
        "redis://",
        "redis://:6379",
        "redis://h:0",
        "redis://h:65536",
        "redis://h:x",
        "redis://h/x",
        "redis://h/-1",
        "redis://[::1",
        "redis://[::1]x",
        "redis://secret@h",
        "redis://u:@h",
        "redis://u:%0@h",
        "redis://u:secret%00@h",
        "unix://run/s",
        "unix:///",
        "unix:///s?x=1",
        "unix:///s?db=x",
        "redis://h?db=1",
        "unix://secret@/s",
    };
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        mg_redis_url url = {.port = 42};
        mg_errinfo err = {0};
        if (mg_redis_url_parse(urls[i], &url, &err) != MG_E_CONFIG)
            fail_msg("accepted: %s", urls[i]);
        assert_int_equal(url.port, 42);
        assert_true(err.text[0]);
        assert_null(strstr(err.text, "secret"));
    }
}

static void tls_is_refused_clearly(void **state)
{
    (void)state;
    mg_redis *redis = NULL;
    mg_errinfo err = {0};
    assert_int_equal(mg_redis_new(&redis, "rediss://u:secret@h", "c", &err), MG_E_CONFIG);
    assert_null(redis);
    assert_non_null(strstr(err.text, "TLS"));
    assert_null(strstr(err.text, "secret"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_urls),
        cmocka_unit_test(bad_urls),
        cmocka_unit_test(tls_is_refused_clearly),
    };
    return cmocka_run_group_tests_name("redis_url", tests, NULL, NULL);
}
