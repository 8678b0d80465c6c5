#include "worker/cli/text_page.h"

#include "base/json_write.h"
#include "base/utf8.h"
#include "worker/cli/text_width.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

enum { COLUMNS = 79, COLUMNS_MIN = 60, COLUMNS_MAX = 100 };

int mg_page_columns(FILE *out)
{
    const int columns = mg_terminal_columns(out, COLUMNS);
    return columns > COLUMNS_MAX ? COLUMNS_MAX : columns < COLUMNS_MIN ? COLUMNS_MIN : columns;
}

mg_printable mg_page_show(const char *raw)
{
    mg_printable ret;
    mg_utf8_printable(raw, ret.text, sizeof ret.text);
    return ret;
}

const char *mg_page_style(const mg_page *page, const char *code)
{
    return page->colour ? code : "";
}

void mg_page_label(const mg_page *page, const char *name)
{
    fprintf(page->out, "%s%-*s%s ", mg_page_style(page, MG_BOLD), MG_PAGE_LABEL, name,
            mg_page_style(page, MG_RESET));
}

void mg_page_value(const mg_page *page, const char *prefix, double value, int digits,
                   const char *unit)
{
    const char *space = unit[0] != '\0' ? " " : "";
    if (isnan(value))
        fprintf(page->out, "%s-", prefix);
    else
        fprintf(page->out, "%s%.*f%s%s", prefix, digits, mg_json_rounded(value, digits), space,
                unit);
}

void mg_clock_text(double seconds, int digits, char out[32])
{
    const double scale = digits > 0 ? 10.0 : 1.0;
    const double rounded = floor(fmax(seconds, 0.0) * scale + 0.5) / scale;
    const unsigned hours = (unsigned)(rounded / 3600.0);
    const unsigned minutes = (unsigned)((rounded - hours * 3600.0) / 60.0);
    const double rest = rounded - hours * 3600.0 - minutes * 60.0;
    const int width = digits > 0 ? 4 : 2;
    if (hours > 0)
        snprintf(out, 32, "%u:%02u:%0*.*f", hours, minutes, width, digits, rest);
    else
        snprintf(out, 32, "%u:%0*.*f", minutes, width, digits, rest);
}

void mg_page_join(char *words, size_t size, const char *separator, const char *format, ...)
{
    va_list args;
    size_t used = strlen(words);
    if (used > 0)
        snprintf(words + used, size - used, "%s", separator);
    used = strlen(words);
    va_start(args, format);
    vsnprintf(words + used, size - used, format, args);
    va_end(args);
}

void mg_page_at(const mg_page *page, double seconds)
{
    char shown[32];
    if (isnan(seconds))
        return;
    mg_clock_text(seconds, 1, shown);
    fprintf(page->out, " at %s", shown);
}

void mg_page_wrapped(const mg_page *page, const char *words, int indent)
{
    const mg_printable shown = mg_page_show(words);
    const char *at = shown.text;
    int column = indent;
    while (*(at += strspn(at, " ")) != '\0') {
        char word[sizeof shown.text];
        const size_t len = strcspn(at, " ");
        snprintf(word, sizeof word, "%.*s", (int)len, at);
        const int columns = mg_text_columns(word);
        if (column > indent && column + 1 + columns > page->columns) {
            fprintf(page->out, "\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', page->out);
            column++;
        }
        fputs(word, page->out);
        column += columns;
        at += len;
    }
    fputc('\n', page->out);
}
