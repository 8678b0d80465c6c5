#include "report/xml_text.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

static const char replacement[] = "\xEF\xBF\xBD";

/* `text` begins a well-formed character of this length. */
static bool is_xml_char(const char *text, size_t len)
{
    const unsigned char c = (unsigned char)*text;
    if (len == 1)
        return c >= 0x20 || c == '\t' || c == '\n' || c == '\r';
    return !(len == 3 && (memcmp(text, "\xEF\xBF\xBE", 3) == 0 ||
                          memcmp(text, "\xEF\xBF\xBF", 3) == 0));
}

static const char *reference(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        return NULL;
    }
}

void mg_xml_text_n(mg_buf *out, const char *text, size_t size)
{
    const char *end = text + size;
    while (text < end) {
        const size_t len = mg_utf8_length_at(text);
        const char *escaped = len == 1 ? reference(*text) : NULL;
        if (len == 0 || !is_xml_char(text, len))
            mg_buf_puts(out, replacement);
        else if (escaped != NULL)
            mg_buf_puts(out, escaped);
        else
            mg_buf_append(out, text, len);
        text += len == 0 ? 1 : len;
    }
}

void mg_xml_text(mg_buf *out, const char *text)
{
    mg_xml_text_n(out, text, strlen(text));
}

void mg_xml_attribute(mg_buf *out, const char *name, const char *text)
{
    mg_buf_putc(out, ' ');
    mg_buf_puts(out, name);
    mg_buf_puts(out, "=\"");
    mg_xml_text(out, text);
    mg_buf_putc(out, '"');
}
