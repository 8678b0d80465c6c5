#include "queue/redis_url.h"

#include "base/parse.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static mg_err bad(mg_errinfo *err, const char *why)
{
    return mg_fail(err, MG_E_CONFIG, 0, "the queue's URL is malformed: %s", why);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decodes in place; false for a broken escape or a NUL. */
static bool decode(char *text)
{
    char *out = text;
    for (const char *c = text; *c; c++) {
        if (*c != '%') {
            *out++ = *c;
            continue;
        }
        int high = hex_digit(c[1]);
        int low = high < 0 ? -1 : hex_digit(c[2]);
        if (low < 0 || high * 16 + low == 0)
            return false;
        *out++ = (char)(high * 16 + low);
        c += 2;
    }
    *out = '\0';
    return true;
}

static bool parse_db(const char *text, int *ret)
{
    int64_t db;
    if (!mg_parse_i64(text, 0, 1000000, &db))
        return false;
    *ret = (int)db;
    return true;
}

/* "[user]:password@" before the address; returns what follows it, NULL when malformed. */
static char *take_credentials(char *rest, mg_redis_url *url)
{
    size_t authority = url->is_unix ? strlen(rest) : strcspn(rest, "/?");
    if (url->is_unix && rest[0] == '/')
        return rest; /* an '@' belongs to the path */
    char *at = NULL;
    for (size_t i = 0; i < authority; i++) {
        if (rest[i] == '@')
            at = rest + i;
    }
    if (!at)
        return rest;
    *at = '\0';
    char *colon = strchr(rest, ':');
    if (!colon)
        return NULL;
    *colon = '\0';
    if (!decode(rest) || !decode(colon + 1) || !colon[1])
        return NULL;
    url->user = *rest ? rest : NULL;
    url->password = colon + 1;
    return at + 1;
}

static mg_err parse_path(char *rest, mg_redis_url *url, mg_errinfo *err)
{
    char *query = strchr(rest, '?');
    if (query) {
        *query++ = '\0';
        if (strncmp(query, "db=", 3) != 0 || !parse_db(query + 3, &url->db))
            return bad(err, "after '?' only db=NUMBER is known");
    }
    if (rest[0] != '/' || !rest[1] || !decode(rest))
        return bad(err, "a unix socket is written unix:///PATH");
    url->address = rest;
    return MG_OK;
}

static mg_err parse_host(char *rest, mg_redis_url *url, mg_errinfo *err)
{
    char *slash = strchr(rest, '/');
    if (slash) {
        *slash = '\0';
        if (slash[1] && !parse_db(slash + 1, &url->db))
            return bad(err, "the database is a number");
    }
    char *port = NULL;
    if (*rest == '[') {
        char *end = strchr(++rest, ']');
        if (!end || (end[1] && end[1] != ':'))
            return bad(err, "an IPv6 address stands in [brackets]");
        *end = '\0';
        port = end[1] ? end + 2 : NULL;
    } else {
        char *colon = strchr(rest, ':');
        if (colon) {
            *colon = '\0';
            port = colon + 1;
        }
    }
    int64_t number = 6379;
    if (!*rest || strpbrk(rest, " ?#@"))
        return bad(err, "no host");
    if (port && !mg_parse_i64(port, 1, 65535, &number))
        return bad(err, "the port is a number up to 65535");
    url->port = (int)number;
    url->address = rest;
    return MG_OK;
}

mg_err mg_redis_url_parse(const char *url, mg_redis_url *ret, mg_errinfo *err)
{
    static const struct {
        const char *scheme;
        bool is_unix, tls;
    } schemes[] = {
        {"redis://", false, false}, {"rediss://", false, true}, {"unix://", true, false}};

    mg_redis_url parsed = {0};
    const char *rest = NULL;
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t len = strlen(schemes[i].scheme);
        if (strncmp(url, schemes[i].scheme, len) == 0) {
            rest = url + len;
            parsed.is_unix = schemes[i].is_unix;
            parsed.tls = schemes[i].tls;
        }
    }
    if (!rest)
        return bad(err, "it begins with redis://, rediss:// or unix://");
    char *copy = strdup(rest);
    if (!copy)
        return MG_E_NOMEM;
    parsed.storage = copy;
    parsed.storage_len = strlen(rest) + 1;
    mg_err code;
    char *address = take_credentials(copy, &parsed);
    if (!address)
        code = bad(err, "credentials are written USER:PASSWORD@, percent-encoded");
    else if (parsed.is_unix)
        code = parse_path(address, &parsed, err);
    else
        code = parse_host(address, &parsed, err);
    if (code != MG_OK) {
        mg_redis_url_done(&parsed);
        return code;
    }
    *ret = parsed;
    return MG_OK;
}

void mg_redis_url_done(mg_redis_url *url)
{
    if (url->storage) {
        explicit_bzero(url->storage, url->storage_len);
        free(url->storage);
    }
    *url = (mg_redis_url){0};
}
