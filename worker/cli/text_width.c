#include "worker/cli/text_width.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1024 };

int mg_terminal_columns(FILE *stream, int fallback)
{
    struct winsize size;
    const int fd = fileno(stream);
    if (fd < 0 || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return fallback;
    return size.ws_col;
}

typedef struct range {
    uint32_t first, last;
} range;

static const range no_width[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x064b, 0x065f},
    {0x0900, 0x0902}, {0x093c, 0x093c}, {0x0941, 0x0948}, {0x0e31, 0x0e31}, {0x0e34, 0x0e3a},
    {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200d}, {0x20d0, 0x20ff},
    {0x3099, 0x309a}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xe0100, 0xe01ef},
};

static const range wide[] = {
    {0x1100, 0x115f}, {0x231a, 0x231b}, {0x23e9, 0x23ec}, {0x2e80, 0x303e}, {0x3041, 0x33ff},
    {0x3400, 0x4dbf}, {0x4e00, 0x9fff}, {0xa000, 0xa4cf}, {0xa960, 0xa97f}, {0xac00, 0xd7a3},
    {0xf900, 0xfaff}, {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1f64f},
    {0x1f680, 0x1f6ff}, {0x1f900, 0x1faff}, {0x20000, 0x3fffd},
};

static bool is_in(uint32_t c, const range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    }
    return false;
}

/* Of the well-formed character of `len` bytes. */
static int columns_of(const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;
    static const unsigned char lead_mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = p[0] & lead_mask[len];
    for (size_t i = 1; i < len; i++)
        c = c << 6 | (p[i] & 0x3f);
    if (is_in(c, no_width, sizeof no_width / sizeof no_width[0]))
        return 0;
    return is_in(c, wide, sizeof wide / sizeof wide[0]) ? 2 : 1;
}

int mg_text_columns(const char *text)
{
    int columns = 0;
    for (size_t len; *text != '\0' && (len = mg_utf8_length_at(text)) > 0; text += len)
        columns += columns_of(text, len);
    return columns;
}

/* Bytes of the longest beginning that fits. */
static size_t fitting(const char *text, int columns)
{
    size_t at = 0;
    for (size_t len; text[at] != '\0' && (len = mg_utf8_length_at(text + at)) > 0; at += len) {
        columns -= columns_of(text + at, len);
        if (columns < 0)
            break;
    }
    return at;
}

void mg_text_cut(const char *text, int columns, char *out, size_t size)
{
    char line[LINE_MAX_BYTES];
    mg_utf8_printable(text, line, sizeof line);
    if (mg_text_columns(line) <= columns)
        mg_utf8_printable(line, out, size);
    else
        snprintf(out, size, "%.*s…", (int)fitting(line, columns - 1), line);
}

void mg_text_cut_middle(const char *text, int columns, char *out, size_t size)
{
    char line[LINE_MAX_BYTES];
    mg_utf8_printable(text, line, sizeof line);
    int too_many = mg_text_columns(line) - columns;
    if (too_many <= 0) {
        mg_utf8_printable(line, out, size);
        return;
    }
    const size_t head = fitting(line, (columns - 1) * 2 / 3);
    const char *tail = line + head;
    for (size_t len; too_many >= 0 && *tail != '\0'; tail += len) {
        len = mg_utf8_length_at(tail);
        too_many -= columns_of(tail, len);
    }
    snprintf(out, size, "%.*s…%s", (int)head, line, tail);
}

void mg_text_pad(FILE *out, const char *printable, int columns)
{
    const int used = mg_text_columns(printable);
    fprintf(out, "%s%*s", printable, columns > used ? columns - used : 0, "");
}
