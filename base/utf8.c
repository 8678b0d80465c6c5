#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

/* Decodes one character; returns its length or 0. */
static size_t decode(const char *text, uint32_t *ret)
{
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80) {
        *ret = s[0];
        return 1;
    }
    static const struct {
        unsigned char mask, lead;
        uint32_t min;
    } forms[] = {{0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t extra = 1; extra <= 3; extra++) {
        if ((s[0] & forms[extra - 1].mask) != forms[extra - 1].lead)
            continue;
        uint32_t value = s[0] & (unsigned char)~forms[extra - 1].mask;
        for (size_t i = 1; i <= extra; i++) {
            if ((s[i] & 0xc0) != 0x80) /* also stops at the terminating NUL */
                return 0;
            value = value << 6 | (s[i] & 0x3f);
        }
        if (value < forms[extra - 1].min || value > 0x10ffff ||
            (value >= 0xd800 && value <= 0xdfff))
            return 0;
        *ret = value;
        return extra + 1;
    }
    return 0;
}

size_t mg_utf8_length_at(const char *text)
{
    uint32_t value;
    return decode(text, &value);
}

bool mg_utf8_valid(const char *text)
{
    while (*text) {
        size_t len = mg_utf8_length_at(text);
        if (len == 0)
            return false;
        text += len;
    }
    return true;
}

static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x200e && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x61c || c == 0xfeff;
}

void mg_utf8_printable(const char *text, char *out, size_t size)
{
    size_t used = 0;
    while (*text) {
        uint32_t value;
        size_t len = decode(text, &value);
        bool bad = len == 0 || is_control(value);
        size_t wanted = bad ? 1 : len;
        if (used + wanted >= size)
            break;
        if (bad)
            out[used] = '?';
        else
            memcpy(out + used, text, len);
        used += wanted;
        text += len ? len : 1;
    }
    out[used] = '\0';
}
