/* The findings as cards: what, how far outside, where, and what to do. */
#include "base/json_write.h"
#include "report/labels.h"
#include "report/page.h"

#include <math.h>
#include <string.h>

enum { PLACES_MAX = 6 };

/* The least digits, at most `most`, that show a value as it is. NAN needs none. */
static int digits_needed(double value, int most)
{
    int digits = 0;
    while (digits < most && !isnan(value) &&
           mg_json_rounded(value, digits) != mg_json_rounded(value, most))
        digits++;
    return digits;
}

/* Digits of a measured figure and its target, which all have as many. */
static int digits_of(const char *unit, double value, double low, double high)
{
    static const char *const tenths[] = {"dB", "LU", "LUFS", "dBTP", "dBFS", "s", "%", "BPM"};
    for (size_t i = 0; i < sizeof tenths / sizeof tenths[0]; i++) {
        if (strcmp(unit, tenths[i]) == 0)
            return 1;
    }
    if (strcmp(unit, "FS") == 0)
        return 4;
    if (strcmp(unit, "1") != 0)
        return fabs(value) >= 10.0 ? 0 : digits_needed(value, 1);
    const int of_bounds = digits_needed(low, 3) > digits_needed(high, 3) ? digits_needed(low, 3)
                                                                         : digits_needed(high, 3);
    const int own = digits_needed(value, 3);
    return own > of_bounds ? own : of_bounds;
}

/* The scale of a gauge. Decibels beyond an open target have 6 dB of room at least, so that half a
 * decibel too much looks like half a decibel. */
static mg_plot gauge_scale(const mg_page *page, const char *unit, double value, double low,
                           double high)
{
    const double least = fmin(value, fmin(low, high)), most = fmax(value, fmax(low, high));
    const double margin = fmax((most - least) * 0.25, 1e-9);
    mg_plot plot = {.out = page->out, .height = 14.0, .x_low = least - margin,
                    .x_high = most + margin, .y_high = 1.0};
    const bool decibels = strncmp(unit, "dB", 2) == 0 || strncmp(unit, "LU", 2) == 0;
    if (decibels && isnan(low) && value > high) {
        plot.x_low = high - 3.0;
        plot.x_high = fmax(plot.x_high, high + 6.0);
    } else if (decibels && isnan(high) && value < low) {
        plot.x_low = fmin(plot.x_low, low - 6.0);
        plot.x_high = low + 3.0;
    }
    return plot;
}

/* Where the value stands beside its target, on a scale that shows both. */
static void gauge(const mg_page *page, const json_t *item, double value, double low, double high)
{
    const char *severity = mg_page_severity(item);
    const mg_plot plot = gauge_scale(page, mg_view_text(item, "unit"), value, low, high);
    mg_buf_puts(page->out, "<svg class=\"gauge\" width=\"100%\" height=\"14\" aria-hidden=\"true\">"
                           "<rect class=\"rail\" y=\"4\" width=\"100%\" height=\"6\" rx=\"3\"/>"
                           "<svg y=\"4\" width=\"100%\" height=\"6\">");
    mg_plot_rect(&plot, "zone", isnan(low) ? plot.x_low : low, isnan(high) ? plot.x_high : high,
                 NAN, NAN);
    mg_buf_printf(page->out, "</svg><circle class=\"dot %s\" cy=\"7\" r=\"6\" cx=\"", severity);
    mg_svg_percent(page->out, mg_plot_x(&plot, value));
    mg_buf_puts(page->out, "\"/></svg>");
}

static void figures(const mg_page *page, const json_t *item)
{
    const char *unit = mg_view_text(item, "unit");
    const double value = mg_view_number(item, "measured"), delta = mg_view_number(item, "delta");
    const double low = mg_view_number(item, "target.low");
    const double high = mg_view_number(item, "target.high");
    if (isnan(value) || mg_is_praise(mg_view_text(item, "code")))
        return;
    const int digits = digits_of(unit, value, low, high);
    if ((!isnan(low) || !isnan(high)) && strcmp(mg_page_severity(item), "info") != 0)
        gauge(page, item, value, low, high);
    mg_buf_puts(page->out, "<dl class=\"figures\"><div><dt>Measured</dt><dd>");
    mg_html_value(page->out, value, digits, mg_unit_label(unit));
    mg_buf_puts(page->out, "</dd></div><div><dt>Target</dt><dd>");
    mg_html_range(page->out, low, high, digits, mg_unit_label(unit));
    mg_buf_puts(page->out, "</dd></div>");
    if (!isnan(delta)) {
        mg_buf_puts(page->out, "<div><dt>Difference</dt><dd>");
        mg_html_signed(page->out, delta, digits);
        mg_buf_puts(page->out, "</dd></div>");
    }
    mg_buf_puts(page->out, "</dl>");
}

static void place(const mg_page *page, const json_t *where)
{
    const double start_s = mg_view_number(where, "start_s"), end_s = mg_view_number(where, "end_s");
    const double low = mg_view_number(where, "low_hz"), high = mg_view_number(where, "high_hz");
    const double channel = mg_view_number(where, "channel");
    mg_buf_puts(page->out, "<li>");
    if (!isnan(start_s)) {
        mg_html_time(page->out, start_s, 1);
        if (end_s - start_s >= 0.1) {
            mg_buf_puts(page->out, "\xe2\x80\x93");
            mg_html_time(page->out, end_s, 1);
        }
    }
    if (!isnan(low) || !isnan(high)) {
        mg_buf_puts(page->out, isnan(start_s) ? "" : ", ");
        mg_html_hz(page->out, low);
        mg_buf_puts(page->out, "\xe2\x80\x93");
        mg_html_hz(page->out, high);
    }
    if (channel == 0.0 || channel == 1.0) {
        mg_buf_puts(page->out, channel == 0.0 ? " left" : " right");
    } else if (!isnan(channel)) {
        mg_buf_puts(page->out, " channel ");
        mg_html_number(page->out, channel + 1.0, 0);
    }
    mg_buf_puts(page->out, "</li>");
}

/* Neighbours that would read the same are shown once. */
static bool reads_the_same(const json_t *a, const json_t *b)
{
    static const char *const fields[] = {"end_s", "low_hz", "high_hz", "channel"};
    bool same = fabs(mg_view_number(a, "start_s") - mg_view_number(b, "start_s")) < 0.05;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const double x = mg_view_number(a, fields[i]), y = mg_view_number(b, fields[i]);
        same = same && (fabs(x - y) < 0.05 || (isnan(x) && isnan(y)));
    }
    return same;
}

static void places(const mg_page *page, const json_t *where)
{
    const size_t count = mg_view_count(where, "");
    size_t i = 0;
    if (count == 0)
        return;
    mg_buf_puts(page->out, "<ul class=\"places\" aria-label=\"Where\">");
    for (size_t shown = 0; i < count && shown < PLACES_MAX; i++) {
        if (i > 0 && reads_the_same(mg_view_item(where, i - 1), mg_view_item(where, i)))
            continue;
        place(page, mg_view_item(where, i));
        shown++;
    }
    if (i < count)
        mg_buf_printf(page->out, "<li>and %zu more</li>", count - i);
    mg_buf_puts(page->out, "</ul>");
}

/* What the target stands on, and what else the finding explains. */
static void small_print(const mg_page *page, const json_t *item)
{
    const json_t *also = mg_view(item, "also");
    const char *evidence = mg_view_text(item, "evidence");
    mg_buf_puts(page->out, "<p class=\"note\"><code>");
    mg_html_text(page->out, mg_view_text(item, "code"));
    mg_buf_puts(page->out, "</code>");
    for (size_t i = 0; i < mg_view_count(also, ""); i++) {
        const char *code = json_string_value(mg_view_item(also, i));
        mg_buf_puts(page->out, i == 0 ? ", which also explains <code>" : ", <code>");
        mg_html_text(page->out, code != NULL ? code : "");
        mg_buf_puts(page->out, "</code>");
    }
    if (strcmp(evidence, "prior") == 0)
        mg_buf_puts(page->out, "; the target is house practice, not a published figure");
    else if (strcmp(evidence, "published") == 0)
        mg_buf_puts(page->out, "; the target stands on published figures");
    if (mg_view_number(item, "confidence") < 0.995) {
        mg_buf_puts(page->out, "; ");
        mg_html_number(page->out, mg_view_number(item, "confidence") * 100.0, 0);
        mg_buf_puts(page->out, " % sure");
    }
    mg_buf_puts(page->out, "</p>");
}

static void card(const mg_page *page, const json_t *item)
{
    const char *severity = mg_page_severity(item), *advice = mg_view_text(item, "advice");
    mg_buf_printf(page->out, "<li class=\"finding %s\"><p class=\"head\"><span class=\"pill %s\">%s"
                             "</span> <span class=\"area\">",
                  severity, severity, severity);
    mg_html_area(page->out, mg_view_text(item, "code"));
    mg_buf_puts(page->out, "</span></p><h3>");
    mg_html_text(page->out, mg_view_text(item, "message"));
    mg_buf_puts(page->out, "</h3>");
    figures(page, item);
    places(page, mg_view(item, "where"));
    if (advice[0] != '\0') {
        mg_buf_puts(page->out, "<p class=\"advice\">");
        mg_html_text(page->out, advice);
        mg_buf_puts(page->out, "</p>");
    }
    small_print(page, item);
    mg_buf_puts(page->out, "</li>\n");
}

/* The list of the result has the most important first. */
void mg_page_feedback(const mg_page *page)
{
    const json_t *feedback = mg_view(page->result, "feedback");
    const size_t count = mg_view_count(feedback, "");
    const double total = mg_view_number(page->result, "feedback_total");
    mg_page_card(page, "feedback", "What to do");
    if (count == 0)
        mg_buf_puts(page->out, "<p class=\"fine\">Nothing to find fault with.</p>");
    else
        mg_buf_puts(page->out, "<ol class=\"findings\">\n");
    for (size_t i = 0; i < count; i++)
        card(page, mg_view_item(feedback, i));
    if (count > 0)
        mg_buf_puts(page->out, "</ol>");
    if (total > (double)count) {
        mg_buf_puts(page->out, "<p class=\"note\">");
        mg_html_number(page->out, total - (double)count, 0);
        mg_buf_puts(page->out, " lesser findings are left out.</p>");
    }
    mg_page_card_end(page);
}
