/* Correlation, width and loss in mono, band by band: a table whose cells are bars. */
#include "report/html_table.h"

#include <math.h>

static const double loss_full_db = 6.0;

/* A bar between two shares of its cell. `zero` is where the scale begins. */
static void bar_cell(const mg_page *page, double value, int digits, double zero, double share,
                     bool bad)
{
    mg_buf_puts(page->out, "<td class=\"n bars\"><div class=\"meter\">");
    if (!isnan(value)) {
        const double end = fmin(fmax(share, 0.0), 1.0);
        mg_buf_puts(page->out, "<svg class=\"bar\" width=\"100%\" height=\"8\" "
                               "aria-hidden=\"true\"><rect class=\"rail\" width=\"100%\" "
                               "height=\"8\" rx=\"4\"/>");
        mg_buf_printf(page->out, "<rect class=\"%s\" height=\"8\" rx=\"4\" x=\"",
                      bad ? "fill-bad" : "fill");
        mg_svg_percent(page->out, fmin(zero, end));
        mg_buf_puts(page->out, "\" width=\"");
        mg_svg_percent(page->out, fmax(fabs(end - zero), 0.01));
        mg_buf_puts(page->out, "\"/></svg>");
    }
    mg_buf_puts(page->out, "<span>");
    mg_html_number(page->out, value, digits);
    mg_buf_puts(page->out, "</span></div></td>");
}

static void row(const mg_page *page, const char *name, const json_t *values)
{
    const double correlation = mg_view_number(values, "correlation");
    const double width = mg_view_number(values, "width");
    const double loss_db = mg_view_number(values, "mono_loss_db");
    mg_row_open(page);
    mg_buf_puts(page->out, "<th scope=\"row\">");
    mg_html_name(page->out, name);
    mg_buf_puts(page->out, "</th>");
    bar_cell(page, correlation, 2, 0.5, 0.5 + correlation / 2.0, correlation < 0.0);
    bar_cell(page, width, 2, 0.0, width, width > 0.5);
    bar_cell(page, loss_db, 1, 0.0, loss_db / loss_full_db, loss_db > 3.0);
    mg_row_close(page);
}

static void remark(const mg_page *page, const char *words)
{
    mg_buf_printf(page->out, "<li>%s</li>", words);
}

static void remarks(const mg_page *page, const json_t *stereo)
{
    const json_t *phase = mg_view(stereo, "phase_sections");
    mg_buf_puts(page->out, "<ul class=\"remarks\">");
    if (mg_view_true(stereo, "low_end_mono"))
        remark(page, "The low end is mono.");
    if (mg_view_false(stereo, "low_end_mono"))
        remark(page, "The low end is not mono.");
    if (mg_view_true(stereo, "polarity_inverted"))
        remark(page, "One channel has the wrong polarity.");
    if (mg_view_true(stereo, "dual_mono"))
        remark(page, "Both channels are the same.");
    if (!isnan(mg_view_number(stereo, "correlation_min"))) {
        mg_buf_puts(page->out, "<li>Least correlation of 3 s: ");
        mg_html_number(page->out, mg_view_number(stereo, "correlation_min"), 2);
        mg_buf_puts(page->out, " at ");
        mg_html_time(page->out, mg_view_number(stereo, "correlation_min_at_s"), 1);
        mg_buf_puts(page->out, "</li>");
    }
    for (size_t i = 0; i < mg_view_count(phase, "") && i < 5; i++) {
        mg_buf_puts(page->out, "<li>Out of phase from ");
        mg_html_time(page->out, mg_view_number(mg_view_item(phase, i), "start_s"), 1);
        mg_buf_puts(page->out, " to ");
        mg_html_time(page->out, mg_view_number(mg_view_item(phase, i), "end_s"), 1);
        mg_buf_puts(page->out, "</li>");
    }
    mg_buf_puts(page->out, "</ul>");
}

void mg_page_stereo(const mg_page *page)
{
    const json_t *stereo = mg_view(page->result, "stereo"), *bands = mg_view(stereo, "bands");
    if (isnan(mg_view_number(stereo, "correlation")) && isnan(mg_view_number(stereo, "width")))
        return;
    mg_page_card(page, "stereo-card", "Stereo");
    mg_buf_puts(page->out, "<table class=\"stereo\"><caption class=\"hidden\">Stereo by band"
                           "</caption><thead><tr><th scope=\"col\">Band</th>"
                           "<th scope=\"col\" class=\"n\">Correlation</th>"
                           "<th scope=\"col\" class=\"n\">Width</th>"
                           "<th scope=\"col\" class=\"n\">Lost in mono, dB</th>"
                           "</tr></thead><tbody>\n");
    row(page, "whole", stereo);
    for (size_t b = 0; b < mg_view_count(bands, ""); b++)
        row(page, mg_view_text(mg_view_item(bands, b), "band"), mg_view_item(bands, b));
    mg_buf_puts(page->out, "</tbody></table>");
    remarks(page, stereo);
    mg_page_card_end(page);
}
