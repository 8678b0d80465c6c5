/* What the reports on a terminal share: a page with a width, labels, values, wrapped sentences.
 * Everything that comes from outside goes through mg_page_show() or mg_page_wrapped(). */
#ifndef MG_WORKER_CLI_TEXT_PAGE_H
#define MG_WORKER_CLI_TEXT_PAGE_H

#include <stdbool.h>
#include <stdio.h>

#define MG_BOLD "\033[1m"
#define MG_DIM "\033[2m"
#define MG_RED "\033[31m"
#define MG_YELLOW "\033[33m"
#define MG_GREEN "\033[32m"
#define MG_CYAN "\033[36m"
#define MG_RESET "\033[0m"

enum { MG_PAGE_LABEL = 11 }; /* columns of a label; its text begins after one space */

typedef struct mg_page {
    FILE *out;
    int columns;
    bool colour;
} mg_page;

/* One string of a result, fit for a terminal: an analyser may have written anything. */
typedef struct mg_printable {
    char text[512];
} mg_printable;
mg_printable mg_page_show(const char *raw);

/** The width of a report: the terminal's between 60 and 100 columns, 79 elsewhere. */
int mg_page_columns(FILE *out);
/** The code, or "" on a page without colours. */
const char *mg_page_style(const mg_page *page, const char *code);
void mg_page_label(const mg_page *page, const char *name);
/** A value with its unit, or "-" where there is none (NAN). `prefix` and `unit` may be "". */
void mg_page_value(const mg_page *page, const char *prefix, double value, int digits,
                   const char *unit);
/** Minutes and seconds; a tenth where it helps to find the place (digits 1). */
void mg_clock_text(double seconds, int digits, char out[32]);
/** Add to words[size], after the separator where there are some already; what does not fit is cut.
 */
void mg_page_join(char *words, size_t size, const char *separator, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/** " at 1:23.4", or nothing. */
void mg_page_at(const mg_page *page, double seconds);
/** Words between the columns `indent` and the page's width; the cursor stands at `indent`. Ends the
 *  line. */
void mg_page_wrapped(const mg_page *page, const char *words, int indent);

#endif
