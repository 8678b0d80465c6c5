#include "tests/unit/report/page_check.h"

#include "tests/unit/test.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 64, IDS_MAX = 64, NAME_MAX_CHARS = 24 };

typedef struct tag {
    const char *start, *end; /* "<" and behind ">" */
    char name[NAME_MAX_CHARS];
    bool closes, empty;
} tag;

static bool is_void(const char *name)
{
    return strcmp(name, "meta") == 0 || strcmp(name, "link") == 0 || strcmp(name, "!doctype") == 0;
}

/* The next tag from `at` on; false: there is none. A ">" inside quotes does not end it. */
static bool next_tag(const char *at, tag *ret)
{
    const char *start = strchr(at, '<');
    if (start == NULL)
        return false;
    *ret = (tag){.start = start, .closes = start[1] == '/'};
    const char *c = start + 1 + ret->closes;
    for (size_t i = 0; i + 1 < sizeof ret->name && (isalnum((unsigned char)*c) || *c == '!'); i++)
        ret->name[i] = (char)tolower((unsigned char)*c++);
    if (ret->name[0] == '\0')
        fail_msg("a bare < at: %.60s", start);
    for (bool quoted = false; *c != '\0' && (quoted || *c != '>'); c++) {
        quoted = quoted != (*c == '"');
        if (!quoted && *c == '=' && c[1] != '"')
            fail_msg("an attribute without quotes in: %.80s", start);
    }
    assert_true(*c == '>');
    ret->empty = c[-1] == '/' || is_void(ret->name);
    ret->end = c + 1;
    return true;
}

static bool has(const tag *t, const char *needle)
{
    const char *found = strstr(t->start, needle);
    return found != NULL && found < t->end;
}

/* onload and its kind: words outside of quotes that begin so. */
static bool has_handler(const tag *t)
{
    bool quoted = false;
    for (const char *c = t->start; c < t->end; c++) {
        quoted = quoted != (*c == '"');
        if (!quoted && c[0] == ' ' && c[1] == 'o' && c[2] == 'n')
            return true;
    }
    return false;
}

static void check_tag(const tag *t)
{
    static const char *const forbidden[] = {"script", "iframe", "object", "embed", "img", "base",
                                            "form"};
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
        assert_string_not_equal(t->name, forbidden[i]);
    if (t->closes)
        return;
    assert_false(has(t, " style=") || has(t, " src=") || has(t, "://") || has_handler(t));
    if (has(t, " href="))
        assert_string_equal(t->name, "link");
}

static void check_id(const tag *t, char ids[IDS_MAX][NAME_MAX_CHARS], size_t *count)
{
    const char *at = strstr(t->start, " id=\"");
    if (at == NULL || at >= t->end)
        return;
    assert_true(*count < IDS_MAX);
    snprintf(ids[*count], NAME_MAX_CHARS, "%.*s", (int)strcspn(at + 5, "\""), at + 5);
    for (size_t i = 0; i < *count; i++)
        assert_string_not_equal(ids[i], ids[*count]);
    (*count)++;
}

void assert_page_sound(const char *html)
{
    char open[DEPTH_MAX][NAME_MAX_CHARS], ids[IDS_MAX][NAME_MAX_CHARS];
    size_t depth = 0, id_count = 0;
    tag t;
    assert_int_equal(strncmp(html, "<!DOCTYPE html>", 15), 0);
    for (const char *at = html; next_tag(at, &t); at = t.end) {
        check_tag(&t);
        if (!t.closes)
            check_id(&t, ids, &id_count);
        if (t.closes) {
            assert_true(depth > 0);
            assert_string_equal(open[--depth], t.name);
        } else if (!t.empty) {
            assert_true(depth < DEPTH_MAX);
            memcpy(open[depth++], t.name, sizeof t.name);
        }
    }
    assert_int_equal(depth, 0);
    static const char *const no_numbers[] = {"\"nan", ">nan", " nan", "-nan", ">inf<", "\"inf\"",
                                             "-inf"};
    for (size_t i = 0; i < sizeof no_numbers / sizeof no_numbers[0]; i++)
        assert_null(strstr(strstr(html, "</style>"), no_numbers[i]));
}

/* A tag with its path data summed up. */
static void put_tag(const tag *t, mg_buf *out)
{
    const char *data = strstr(t->start, " d=\"");
    if (has(t, "Content-Security-Policy")) {
        mg_buf_puts(out, "<meta policy>");
        return;
    }
    if (data == NULL || data >= t->end) {
        mg_buf_append(out, t->start, (size_t)(t->end - t->start));
        return;
    }
    const char *end = strchr(data + 4, '"');
    uint32_t sum = 2166136261u; /* FNV-1a */
    for (const char *c = data + 4; c < end; c++)
        sum = (sum ^ (unsigned char)*c) * 16777619u;
    mg_buf_append(out, t->start, (size_t)(data + 4 - t->start));
    mg_buf_printf(out, "%zu characters %08x", (size_t)(end - data - 4), sum);
    mg_buf_append(out, end, (size_t)(t->end - end));
}

void page_digest(const char *html, mg_buf *out)
{
    tag t;
    const char *at = html;
    for (; next_tag(at, &t); at = t.end) {
        const bool style_ends = t.closes && strcmp(t.name, "style") == 0;
        if (!style_ends)
            mg_buf_append(out, at, (size_t)(t.start - at));
        put_tag(&t, out);
        if (t.closes && *t.end != '\n')
            mg_buf_putc(out, '\n');
    }
    mg_buf_puts(out, at);
}

void page_skeleton(const char *html, mg_buf *out)
{
    tag t;
    for (const char *at = html; next_tag(at, &t); at = t.end) {
        mg_buf_append(out, t.start, (size_t)(t.end - t.start));
        mg_buf_putc(out, '\n');
    }
}
