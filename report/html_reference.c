/* The track beside a reference: what is more, what is less, both played equally loud. */
#include "report/html_table.h"
#include "report/labels.h"

#include <math.h>
#include <string.h>

static int digits_of(const char *unit, double track)
{
    if (strcmp(unit, "Hz") == 0)
        return 0;
    return strcmp(unit, "1") != 0 ? 1 : track > 1.0 ? 0 : 2;
}

static void unit_words(const mg_page *page, const char *unit)
{
    const char *words = mg_unit_label(unit);
    if (words[0] == '\0')
        return;
    mg_buf_puts(page->out, ", ");
    mg_html_text(page->out, words);
}

static void measure_row(const mg_page *page, const json_t *measure)
{
    const char *path = mg_view_text(measure, "name"), *dot = strrchr(path, '.');
    const char *unit = mg_view_text(measure, "unit");
    const int digits = digits_of(unit, mg_view_number(measure, "track"));
    if (isnan(mg_view_number(measure, "difference")))
        return;
    mg_row_open(page);
    mg_buf_puts(page->out, "<th scope=\"row\">");
    mg_html_label(page->out, dot != NULL ? dot + 1 : path);
    unit_words(page, unit);
    mg_buf_puts(page->out, "</th>");
    mg_cell_number(page, mg_view_number(measure, "track"), digits);
    mg_cell_number(page, mg_view_number(measure, "reference"), digits);
    mg_buf_puts(page->out, "<td class=\"n\"><b>");
    mg_html_signed(page->out, mg_view_number(measure, "difference"), digits);
    mg_buf_puts(page->out, "</b></td>");
    mg_row_close(page);
}

static void introduction(const mg_page *page, const json_t *reference)
{
    const char *key = mg_view_text(reference, "key");
    const double duration_s = mg_view_number(reference, "duration_s");
    if (isnan(mg_view_number(reference, "gain_db"))) {
        mg_buf_puts(page->out, "<p class=\"note\">One of the two is too short or silent: they "
                               "cannot be made equally loud, and levels have no difference.</p>");
        return;
    }
    mg_buf_puts(page->out, "<p class=\"note\">A reference of ");
    mg_html_time(page->out, duration_s, duration_s < 10.0);
    mg_buf_puts(page->out, " at ");
    mg_html_value(page->out, mg_view_number(reference, "integrated_lufs"), 1, "LUFS");
    if (key[0] != '\0') {
        mg_buf_puts(page->out, " in ");
        mg_html_text(page->out, key);
    }
    mg_buf_puts(page->out, ", turned by ");
    mg_html_signed(page->out, mg_view_number(reference, "gain_db"), 1);
    mg_buf_puts(page->out, " dB to play as loud as the track. Differences are the track minus "
                           "the reference after that.</p>");
}

void mg_page_reference(const mg_page *page)
{
    const json_t *reference = mg_view(page->result, "reference");
    const json_t *measures = mg_view(reference, "measures");
    if (mg_view_count(measures, "") == 0)
        return;
    mg_page_card(page, "beside", "Beside the reference");
    introduction(page, reference);
    mg_buf_puts(page->out, "<table><caption class=\"hidden\">Beside the reference</caption><thead>"
                           "<tr><th scope=\"col\">Measure</th><th scope=\"col\" class=\"n\">Track"
                           "</th><th scope=\"col\" class=\"n\">Reference</th>"
                           "<th scope=\"col\" class=\"n\">Difference</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < mg_view_count(measures, ""); i++)
        measure_row(page, mg_view_item(measures, i));
    mg_buf_puts(page->out, "</tbody></table>");
    mg_page_card_end(page);
}
