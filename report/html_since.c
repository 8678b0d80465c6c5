/* What an edit changed: the result's `since`, which compares it with an earlier version's. */
#include "report/html_table.h"
#include "report/labels.h"
#include "report/since.h"
#include "report/since_words.h"

#include <math.h>
#include <string.h>

/* ---- findings ---- */

/* The finding of this code in today's list; NULL: none. */
static const json_t *finding(const mg_page *page, const char *code)
{
    const json_t *feedback = mg_view(page->result, "feedback");
    for (size_t i = 0; i < mg_view_count(feedback, ""); i++) {
        if (strcmp(mg_view_text(mg_view_item(feedback, i), "code"), code) == 0)
            return mg_view_item(feedback, i);
    }
    return NULL;
}

/* `class` is the tag's looks: good, bad or even. */
static void change_open(const mg_page *page, const char *class, const char *tag, const char *words)
{
    mg_buf_printf(page->out, "<li><span class=\"tag t-%s\">%s</span><p>", class, tag);
    mg_html_text(page->out, words);
}

static void change_close(const mg_page *page)
{
    mg_buf_puts(page->out, "</p></li>\n");
}

static void items(const mg_page *page, const char *list_name, bool resolved)
{
    const json_t *list = mg_view(mg_view(page->result, "since"), list_name);
    for (size_t i = 0; i < mg_view_count(list, ""); i++) {
        const json_t *item = mg_view_item(list, i);
        const bool praise = mg_is_praise(mg_view_text(item, "code"));
        const bool remark = strcmp(mg_page_severity(item), "info") == 0;
        const char *class = resolved != praise ? "good" : remark && !praise ? "even" : "bad";
        change_open(page, class, mg_since_tag(mg_view_text(item, "code"), resolved),
                    mg_view_text(item, "message"));
        change_close(page);
    }
}

/* "-2.3 dB", and the severity if that changed. */
static void amount(const mg_page *page, const json_t *item, const char *trend)
{
    const char *unit = mg_view_text(item, "unit"), *was = mg_view_text(item, "severity_before");
    const double change = mg_view_number(item, "change");
    const bool other = strcmp(was, mg_view_text(item, "severity")) != 0;
    if (strcmp(trend, "same") == 0 && !other)
        return;
    mg_buf_puts(page->out, " <span class=\"by\">");
    if (!isnan(change)) {
        mg_html_signed(page->out, change, mg_since_digits(unit));
        if (mg_unit_label(unit)[0] != '\0') {
            mg_buf_putc(page->out, ' ');
            mg_html_text(page->out, mg_unit_label(unit));
        }
    }
    if (other) {
        mg_buf_puts(page->out, isnan(change) ? "was " : ", was ");
        mg_html_text(page->out, was);
    }
    mg_buf_puts(page->out, "</span>");
}

static void kept(const mg_page *page, const char *trend, const char *class)
{
    const json_t *list = mg_view(page->result, "since.unchanged");
    for (size_t i = 0; i < mg_view_count(list, ""); i++) {
        const json_t *item = mg_view_item(list, i);
        const char *code = mg_view_text(item, "now");
        if (strcmp(mg_view_text(item, "trend"), trend) != 0)
            continue;
        const json_t *now = finding(page, code);
        change_open(page, class, trend, now != NULL ? mg_view_text(now, "message") : code);
        amount(page, item, trend);
        change_close(page);
    }
}

/* ---- measures ---- */

static bool begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

/* The scores as a row of figures: now, and by how much they moved. */
static void scores(const mg_page *page, const json_t *measures)
{
    bool any = false;
    for (size_t i = 0; i < mg_view_count(measures, ""); i++) {
        const json_t *m = mg_view_item(measures, i);
        const double change = mg_view_number(m, "change");
        const char *name = mg_view_text(m, "name");
        if (!begins(name, "scores."))
            continue;
        mg_buf_puts(page->out, any ? "" : "<dl class=\"moved\">");
        any = true;
        mg_buf_puts(page->out, "<div><dt>");
        mg_html_label(page->out, name + strlen("scores."));
        mg_buf_puts(page->out, "</dt><dd>");
        mg_html_number(page->out, mg_view_number(m, "before"), 0);
        mg_buf_puts(page->out, " \xe2\x86\x92 <b>");
        mg_html_number(page->out, mg_view_number(m, "now"), 0);
        mg_buf_puts(page->out, "</b>");
        if (!isnan(change)) {
            mg_buf_printf(page->out, " <span class=\"tag t-%s\">", change > 0.0 ? "good" : "bad");
            mg_html_signed(page->out, change, 0);
            mg_buf_puts(page->out, "</span>");
        }
        mg_buf_puts(page->out, "</dd></div>\n");
    }
    if (any)
        mg_buf_puts(page->out, "</dl>\n");
}

static void measure_row(const mg_page *page, const json_t *m, const mg_since_field *field)
{
    mg_row_open(page);
    mg_buf_printf(page->out, "<th scope=\"row\">%s%s%s</th>", field->words,
                  field->unit[0] != '\0' ? ", " : "", mg_unit_label(field->unit));
    mg_cell_number(page, mg_view_number(m, "before"), field->digits);
    mg_cell_number(page, mg_view_number(m, "now"), field->digits);
    mg_buf_puts(page->out, "<td class=\"n\"><b>");
    mg_html_signed(page->out, mg_view_number(m, "change"), field->digits);
    mg_buf_puts(page->out, "</b></td>");
    mg_row_close(page);
}

/* The measures of one subject that moved by more than their last digit. */
static void group(const mg_page *page, const json_t *measures, const char *caption,
                  mg_since_subject subject)
{
    bool any = false;
    for (size_t i = 0; i < mg_view_count(measures, ""); i++) {
        const json_t *m = mg_view_item(measures, i);
        const mg_since_field *field = mg_since_field_of(mg_view_text(m, "name"));
        if (field == NULL || field->subject != subject ||
            mg_since_is_small(mg_view_number(m, "change"), field->digits))
            continue;
        if (!any)
            mg_buf_printf(page->out,
                          "<table class=\"measures\"><caption>%s</caption><thead><tr>"
                          "<th scope=\"col\">Measure</th><th scope=\"col\" class=\"n\">Before</th>"
                          "<th scope=\"col\" class=\"n\">Now</th>"
                          "<th scope=\"col\" class=\"n\">Change</th></tr></thead><tbody>\n",
                          caption);
        any = true;
        measure_row(page, m, field);
    }
    if (any)
        mg_buf_puts(page->out, "</tbody></table>\n");
}

/* ---- the card ---- */

static void warnings(const mg_page *page, const json_t *list)
{
    for (size_t i = 0; i < mg_view_count(list, ""); i++) {
        const char *id = json_string_value(mg_view_item(list, i));
        const char *words = id != NULL ? mg_since_warning(id) : NULL;
        if (words != NULL)
            mg_buf_printf(page->out, "<p class=\"note warn\">%s.</p>\n", words);
    }
}

void mg_page_since(const mg_page *page)
{
    const json_t *since = mg_view(page->result, "since");
    if (since == NULL)
        return;
    mg_page_card(page, "since", "Since the earlier version");
    warnings(page, mg_view(since, "warnings"));
    scores(page, mg_view(since, "measures"));
    mg_buf_puts(page->out, "<ul class=\"changes\">\n");
    items(page, "resolved", true);
    items(page, "new", false);
    kept(page, mg_trend_name[MG_TREND_WORSE], "bad");
    kept(page, mg_trend_name[MG_TREND_BETTER], "good");
    kept(page, mg_trend_name[MG_TREND_SAME], "even");
    mg_buf_puts(page->out, "</ul>");
    mg_page_card_end(page);
}

void mg_page_since_measures(const mg_page *page)
{
    const json_t *measures = mg_view(page->result, "since.measures");
    if (mg_view_count(measures, "") == 0)
        return;
    mg_page_card(page, "since measured", "What moved since the earlier version");
    mg_buf_puts(page->out, "<div class=\"groups\">\n");
    group(page, measures, "Loudness and dynamics", MG_SINCE_LOUDNESS);
    group(page, measures, "Spectrum", MG_SINCE_SPECTRUM);
    group(page, measures, "Stereo", MG_SINCE_STEREO);
    group(page, measures, "Music and file", MG_SINCE_OTHER);
    mg_buf_puts(page->out, "</div>");
    mg_page_card_end(page);
}
