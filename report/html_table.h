/* Tables of a report page, cell by cell. */
#ifndef MG_REPORT_HTML_TABLE_H
#define MG_REPORT_HTML_TABLE_H

#include "report/page.h"

/* The folded table behind a plot.
 * @param caption  static text
 * @param columns  heads parted by '|'; a leading '#' marks a column of numbers: "Time|#LUFS" */
void mg_table_open(const mg_page *page, const char *caption, const char *columns);
void mg_table_close(const mg_page *page);

void mg_row_open(const mg_page *page);
void mg_row_close(const mg_page *page);
/* The cells of a row; each escapes and formats as mg_html_text() and its kin. */
void mg_cell_text(const mg_page *page, const char *text);
void mg_cell_name(const mg_page *page, const char *name);
void mg_cell_number(const mg_page *page, double value, int digits);
void mg_cell_time(const mg_page *page, double seconds, int digits);
void mg_cell_hz(const mg_page *page, double hz);
void mg_cell_range(const mg_page *page, double low, double high, int digits);

#endif
