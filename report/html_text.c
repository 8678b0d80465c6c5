#include "report/html_text.h"

#include "base/json_write.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char dash[] = "\xe2\x80\x93", minus[] = "\xe2\x88\x92", ellipsis[] = "\xe2\x80\xa6";
static const char narrow_space[] = "\xe2\x80\xaf";

static void escaped(mg_buf *out, const char *character)
{
    switch (*character) {
    case '&':
        mg_buf_puts(out, "&amp;");
        break;
    case '<':
        mg_buf_puts(out, "&lt;");
        break;
    case '>':
        mg_buf_puts(out, "&gt;");
        break;
    case '"':
        mg_buf_puts(out, "&quot;");
        break;
    case '\'':
        mg_buf_puts(out, "&#39;");
        break;
    default:
        mg_buf_puts(out, character);
    }
}

void mg_html_text_cut(mg_buf *out, const char *text, unsigned characters)
{
    while (*text != '\0') {
        char one[8], clean[8];
        const size_t len = mg_utf8_length_at(text), used = len > 0 ? len : 1;
        if (characters-- == 0) {
            mg_buf_puts(out, ellipsis);
            break;
        }
        memcpy(one, text, used);
        one[used] = '\0';
        mg_utf8_printable(one, clean, sizeof clean);
        escaped(out, clean);
        text += used;
    }
}

void mg_html_text(mg_buf *out, const char *text)
{
    mg_html_text_cut(out, text, MG_HTML_TEXT_MAX);
}

/* Digits before the point in threes, from five of them on. */
static void grouped(mg_buf *out, const char *digits)
{
    const size_t whole = strcspn(digits, ".");
    for (size_t i = 0; digits[i] != '\0'; i++) {
        if (whole >= 5 && i > 0 && i < whole && (whole - i) % 3 == 0)
            mg_buf_puts(out, narrow_space);
        mg_buf_putc(out, digits[i]);
    }
}

static void number(mg_buf *out, double value, int digits, const char *plus)
{
    char text[40];
    const double rounded = mg_json_rounded(value, digits);
    if (!isfinite(value) || !isfinite(rounded)) {
        mg_buf_puts(out, dash);
        return;
    }
    if (rounded != 0.0)
        mg_buf_puts(out, rounded < 0.0 ? minus : plus);
    snprintf(text, sizeof text, "%.*f", digits, fabs(rounded));
    grouped(out, text);
}

void mg_html_number(mg_buf *out, double value, int digits)
{
    number(out, value, digits, "");
}

void mg_html_signed(mg_buf *out, double value, int digits)
{
    number(out, value, digits, "+");
}

void mg_html_value(mg_buf *out, double value, int digits, const char *unit)
{
    mg_html_number(out, value, digits);
    if (isfinite(value) && unit[0] != '\0' && strcmp(unit, "1") != 0) {
        mg_buf_puts(out, narrow_space);
        mg_html_text(out, unit);
    }
}

void mg_html_range(mg_buf *out, double low, double high, int digits, const char *unit)
{
    if (isnan(low) && isnan(high)) {
        mg_buf_puts(out, dash);
    } else if (isnan(low) || isnan(high)) {
        mg_buf_puts(out, isnan(low) ? "at most " : "at least ");
        mg_html_value(out, isnan(low) ? high : low, digits, unit);
    } else {
        mg_html_number(out, low, digits);
        mg_buf_puts(out, " to ");
        mg_html_value(out, high, digits, unit);
    }
}

void mg_html_time(mg_buf *out, double seconds, int digits)
{
    const double scale = digits > 0 ? 10.0 : 1.0;
    const double units = round(fmax(seconds, 0.0) * scale);
    if (isnan(seconds) || !(units < 1e9)) {
        mg_buf_puts(out, dash);
        return;
    }
    const unsigned long tenths = (unsigned long)units, per_second = (unsigned long)scale;
    const unsigned long all = tenths / per_second;
    if (all >= 3600)
        mg_buf_printf(out, "%lu:%02lu:%02lu", all / 3600, all / 60 % 60, all % 60);
    else
        mg_buf_printf(out, "%lu:%02lu", all / 60, all % 60);
    if (digits > 0)
        mg_buf_printf(out, ".%lu", tenths % 10);
}

void mg_html_hz(mg_buf *out, double hz)
{
    if (hz >= 999.5)
        mg_html_value(out, hz / 1000.0, fmod(round(hz / 100.0), 10.0) == 0.0 ? 0 : 1, "kHz");
    else
        mg_html_value(out, hz, hz < 99.95 && fabs(hz - round(hz)) >= 0.05 ? 1 : 0, "Hz");
}

void mg_html_name(mg_buf *out, const char *name)
{
    char spaced[64];
    snprintf(spaced, sizeof spaced, "%s", name);
    for (char *c = spaced; *c != '\0'; c++)
        *c = *c == '_' ? ' ' : *c;
    if (spaced[0] >= 'a' && spaced[0] <= 'z')
        spaced[0] = (char)(spaced[0] - 'a' + 'A');
    mg_html_text(out, spaced);
}
