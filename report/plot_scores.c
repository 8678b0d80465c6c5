/* The six scores as bars; each unfolds into the parts that it is made of. */
#include "report/html_table.h"
#include "report/labels.h"

#include <math.h>
#include <string.h>

static int digits_of(const char *unit, double high)
{
    static const struct {
        const char *unit;
        int digits;
    } other[] = {{"FS", 4}, {"1", 2}, {"s", 2}, {"1/min", 0}};
    if (strcmp(unit, "1") == 0 && high == 0.0)
        return 0; /* a count of what should not be */
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        if (strcmp(unit, other[i].unit) == 0)
            return other[i].digits;
    }
    return 1;
}

static void part_row(const mg_page *page, const json_t *part)
{
    const char *unit = mg_view_text(part, "unit");
    const double measured = mg_view_number(part, "measured");
    const double low = mg_view_number(part, "target.low");
    const double high = mg_view_number(part, "target.high");
    mg_row_open(page);
    mg_buf_puts(page->out, "<th scope=\"row\">");
    mg_html_label(page->out, mg_view_text(part, "name"));
    mg_buf_puts(page->out, "</th><td class=\"n\">");
    mg_html_value(page->out, measured, digits_of(unit, high), mg_unit_label(unit));
    mg_buf_puts(page->out, "</td>");
    mg_cell_range(page, low, high, digits_of(unit, high));
    mg_cell_number(page, mg_view_number(part, "score"), 0);
    mg_row_close(page);
}

static void score(const mg_page *page, const char *name)
{
    const json_t *item = mg_view(mg_view(page->result, "scores"), name);
    const json_t *parts = mg_view(item, "parts");
    const double value = mg_view_number(item, "value");
    if (item == NULL)
        return;
    mg_buf_puts(page->out, "<details class=\"score\"><summary><span class=\"name\">");
    mg_html_label(page->out, name);
    mg_buf_printf(page->out, "</span><svg class=\"bar\" width=\"100%%\" height=\"8\" "
                             "aria-hidden=\"true\"><rect class=\"rail\" width=\"100%%\" "
                             "height=\"8\" rx=\"4\"/><rect class=\"g-%s\" height=\"8\" rx=\"4\" "
                             "width=\"",
                  mg_page_grade(value));
    mg_svg_percent(page->out, isnan(value) ? 0.0 : value / 100.0);
    mg_buf_puts(page->out, "\"/></svg><b>");
    mg_html_number(page->out, value, 0);
    mg_buf_puts(page->out, "</b></summary><table><thead><tr><th scope=\"col\">Part</th>"
                           "<th scope=\"col\" class=\"n\">Measured</th>"
                           "<th scope=\"col\" class=\"n\">Target</th>"
                           "<th scope=\"col\" class=\"n\">Points</th></tr></thead><tbody>\n");
    bool unjudged = false;
    for (size_t i = 0; i < mg_view_count(parts, ""); i++) {
        const json_t *part = mg_view_item(parts, i);
        part_row(page, part);
        unjudged |=
            !isnan(mg_view_number(part, "measured")) && isnan(mg_view_number(part, "score"));
    }
    mg_buf_puts(page->out, "</tbody></table>");
    if (unjudged)
        mg_buf_printf(page->out, "<p class=\"note\">Measured, but not judged: %s.</p>",
                      mg_no_score(item));
    mg_buf_puts(page->out, "</details>\n");
}

void mg_page_scores(const mg_page *page)
{
    static const char *const names[] = {"loudness", "dynamics", "tonal_balance",
                                        "low_end",  "stereo",   "technical"};
    mg_page_card(page, "scores", "Scores");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        score(page, names[i]);
    mg_buf_puts(page->out, "<p class=\"note\">100 is inside every target of the profile. A score "
                           "does not say whether music is good.</p>");
    mg_page_card_end(page);
}
