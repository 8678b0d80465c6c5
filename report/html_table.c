#include "report/html_table.h"

#include <math.h>
#include <string.h>

void mg_table_open(const mg_page *page, const char *caption, const char *columns)
{
    mg_buf_printf(page->out,
                  "<details class=\"data\"><summary>%s as a table</summary>"
                  "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\">"
                  "<table><thead><tr>",
                  caption, caption);
    while (*columns != '\0') {
        const bool number = *columns == '#';
        columns += number;
        const int len = (int)strcspn(columns, "|");
        mg_buf_printf(page->out, "<th scope=\"col\"%s>%.*s</th>", number ? " class=\"n\"" : "",
                      len, columns);
        columns += len + (columns[len] == '|');
    }
    mg_buf_puts(page->out, "</tr></thead><tbody>\n");
}

void mg_table_close(const mg_page *page)
{
    mg_buf_puts(page->out, "</tbody></table></div></details>\n");
}

void mg_row_open(const mg_page *page)
{
    mg_buf_puts(page->out, "<tr>");
}

void mg_row_close(const mg_page *page)
{
    mg_buf_puts(page->out, "</tr>\n");
}

static const char number_cell[] = "<td class=\"n\">";

void mg_cell_text(const mg_page *page, const char *text)
{
    mg_buf_puts(page->out, "<td>");
    mg_html_text(page->out, text);
    mg_buf_puts(page->out, "</td>");
}

void mg_cell_name(const mg_page *page, const char *name)
{
    mg_buf_puts(page->out, "<td>");
    mg_html_name(page->out, name);
    mg_buf_puts(page->out, "</td>");
}

void mg_cell_number(const mg_page *page, double value, int digits)
{
    mg_buf_puts(page->out, number_cell);
    mg_html_number(page->out, value, digits);
    mg_buf_puts(page->out, "</td>");
}

void mg_cell_time(const mg_page *page, double seconds, int digits)
{
    mg_buf_puts(page->out, number_cell);
    mg_html_time(page->out, seconds, digits);
    mg_buf_puts(page->out, "</td>");
}

void mg_cell_hz(const mg_page *page, double hz)
{
    mg_buf_puts(page->out, number_cell);
    mg_html_hz(page->out, hz);
    mg_buf_puts(page->out, "</td>");
}

void mg_cell_range(const mg_page *page, double low, double high, int digits)
{
    mg_buf_puts(page->out, number_cell);
    mg_html_range(page->out, low, high, digits, "");
    mg_buf_puts(page->out, "</td>");
}
