/* Loudness over time: short-term as a line, momentary as the range behind it. */
#include "base/cleanup.h"
#include "report/html_table.h"

#include <math.h>

enum { HEIGHT_PX = 230, COLUMNS = 500, TABLE_ROWS = 40 };

static const double floor_lufs = -70.0; /* the result has null for what lies below */

/* One curve of the timeline: value i ends at start_s + i * step_s. */
typedef struct curve {
    const json_t *values;
    size_t count;
    double start_s, step_s;
} curve;

static curve curve_of(const mg_page *page, const char *values, const char *start)
{
    const json_t *timeline = mg_view(page->result, "loudness.timeline");
    return (curve){.values = mg_view(timeline, values),
                   .count = mg_view_count(timeline, values),
                   .start_s = mg_view_number(timeline, start),
                   .step_s = mg_view_number(timeline, "step_s")};
}

static double value_at(const curve *c, size_t i)
{
    const double v = mg_view_number_at(c->values, i);
    return isnan(v) ? floor_lufs : v;
}

/* The axis: from 0 or above down to what all but the quietest twentieth of the track needs. */
static void choose_axis(const curve *momentary, double integrated, mg_plot *plot)
{
    unsigned below[71] = {0}; /* values under -k LUFS */
    double top = -2.0;
    for (size_t i = 0; i < momentary->count; i++) {
        const double v = value_at(momentary, i);
        top = fmax(top, v);
        below[(unsigned)fmin(fmax(-v, 0.0), 70.0)]++;
    }
    unsigned left = (unsigned)(momentary->count / 20), k = 70;
    while (k > 18 && below[k] <= left)
        left -= below[k--];
    const double lowest = isnan(integrated) ? -(double)k : fmin(-(double)k, integrated - 6.0);
    plot->y_high = ceil((top + 2.0) / 6.0) * 6.0;
    plot->y_low = fmax(floor((lowest - 1.0) / 6.0) * 6.0, -66.0);
}

/* From the least to the largest value of each column. */
static void draw_range(const mg_plot *plot, const curve *c)
{
    const size_t per_column = (c->count + COLUMNS - 1) / COLUMNS;
    if (c->count < 2)
        return;
    mg_path path = mg_path_open(plot->out, "momentary");
    const size_t columns = (c->count + per_column - 1) / per_column;
    for (int upper = 1; upper >= 0; upper--) {
        for (size_t i = 0; i < columns; i++) {
            const size_t column = upper ? i : columns - 1 - i;
            double extreme = NAN, at_s = NAN;
            const size_t end = (column + 1) * per_column < c->count ? (column + 1) * per_column
                                                                     : c->count;
            for (size_t k = column * per_column; k < end; k++) {
                extreme = upper ? fmax(extreme, value_at(c, k)) : fmin(extreme, value_at(c, k));
                at_s = c->start_s + (double)k * c->step_s;
            }
            mg_path_to(&path, MG_PLOT_UNITS * mg_plot_x(plot, at_s), mg_plot_y(plot, extreme));
        }
    }
    mg_path_close(&path);
}

/* `base_px` NAN: a line; else the area between the curve and that height. */
static void draw_curve(const mg_plot *plot, const char *class, const curve *c, double base_px)
{
    const size_t step = (c->count + COLUMNS - 1) / COLUMNS;
    double x = 0.0;
    if (c->count < 2)
        return;
    mg_path path = mg_path_open(plot->out, class);
    for (size_t i = 0; i < c->count; i += step) {
        x = MG_PLOT_UNITS * mg_plot_x(plot, c->start_s + (double)i * c->step_s);
        if (i == 0 && !isnan(base_px))
            mg_path_to(&path, x, base_px);
        mg_path_to(&path, x, mg_plot_y(plot, value_at(c, i)));
    }
    if (!isnan(base_px))
        mg_path_to(&path, x, base_px);
    mg_path_close(&path);
}

static void draw_integrated(const mg_plot *plot, double integrated)
{
    const double y = mg_plot_y(plot, integrated);
    if (isnan(integrated))
        return;
    mg_plot_line_at_y(plot, "integrated", integrated);
    mg_plot_text_open(plot, "value halo e", plot->x_high, y > 30.0 ? y - 6.0 : y + 16.0);
    mg_buf_puts(plot->out, "integrated ");
    mg_html_number(plot->out, integrated, 1);
    mg_plot_text_close(plot);
}

static void describe(const mg_page *page, double low, double high, mg_buf *ret)
{
    const json_t *l = mg_view(page->result, "loudness");
    mg_buf_puts(ret, "Integrated ");
    mg_html_value(ret, mg_view_number(l, "integrated_lufs"), 1, "LUFS");
    mg_buf_puts(ret, ", target ");
    mg_html_range(ret, low, high, 1, "LUFS");
    mg_buf_puts(ret, "; loudest 3 s ");
    mg_html_value(ret, mg_view_number(l, "short_term_max_lufs"), 1, "LUFS");
    mg_buf_puts(ret, " at ");
    mg_html_time(ret, mg_view_number(l, "short_term_max_at_s"), 1);
    mg_buf_puts(ret, "; loudest 400 ms ");
    mg_html_value(ret, mg_view_number(l, "momentary_max_lufs"), 1, "LUFS");
}

static double at_index(const curve *c, double i)
{
    return i >= 0.0 && i < (double)c->count ? mg_view_number_at(c->values, (size_t)i) : (double)NAN;
}

static void curve_table(const mg_page *page, const curve *short_term, const curve *momentary)
{
    const size_t step = short_term->count / TABLE_ROWS + 1;
    if (short_term->count == 0)
        return;
    mg_table_open(page, "Loudness over time", "#End of window|#Short-term LUFS|#Momentary LUFS");
    for (size_t i = 0; i < short_term->count; i += step) {
        const double at_s = short_term->start_s + (double)i * short_term->step_s;
        const double k = round((at_s - momentary->start_s) / momentary->step_s);
        mg_row_open(page);
        mg_cell_time(page, at_s, 1);
        mg_cell_number(page, mg_view_number_at(short_term->values, i), 1);
        mg_cell_number(page, at_index(momentary, k), 1);
        mg_row_close(page);
    }
    mg_table_close(page);
}

static void legend(const mg_page *page, bool target)
{
    mg_buf_puts(page->out, "<figcaption class=\"legend\"><span class=\"k k-short\">short-term, 3 s"
                           "</span><span class=\"k k-momentary\">momentary, 400 ms</span>"
                           "<span class=\"k k-integrated\">integrated, whole track</span>");
    if (target)
        mg_buf_puts(page->out, "<span class=\"k k-target\">target of the integrated</span>");
    mg_buf_puts(page->out, "</figcaption></figure>\n");
}

void mg_page_loudness(const mg_page *page)
{
    const curve momentary = curve_of(page, "momentary_lufs", "momentary_start_s");
    const curve short_term = curve_of(page, "short_term_lufs", "short_term_start_s");
    const json_t *part = mg_page_score_part(page, "loudness", "integrated_lufs");
    const double low = mg_view_number(part, "target.low");
    const double high = mg_view_number(part, "target.high");
    const double dual_mono = mg_view_number(page->result, "loudness.integrated_dual_mono_lufs");
    const double integrated = mg_view_number(page->result, "loudness.integrated_lufs");
    /* a mono file is judged as from two loudspeakers, 3 dB over its curve */
    const double shift = isnan(dual_mono) ? 0.0 : integrated - dual_mono;
    mg_plot plot = {.out = page->out, .height = HEIGHT_PX, .x_high = page->duration_s};
    if (momentary.count < 2 || isnan(mg_view_number(page->result, "loudness.momentary_max_lufs")))
        return; /* nothing to draw, or nothing to hear */
    choose_axis(&momentary, integrated, &plot);
    mg_auto(mg_buf_done) mg_buf desc = MG_BUF_INIT(1024);
    describe(page, low, high, &desc);
    mg_page_card(page, "", "Loudness over time");
    mg_buf_puts(page->out, "<figure>");
    mg_svg_open(page->out, "loudness", HEIGHT_PX + MG_PLOT_AXIS, "Loudness over time",
                mg_buf_text(&desc));
    if (part != NULL)
        mg_plot_rect(&plot, "target box", NAN, NAN, isnan(low) ? plot.y_low : low + shift,
                     isnan(high) ? plot.y_high : high + shift);
    mg_plot_layer(&plot);
    draw_range(&plot, &momentary);
    draw_curve(&plot, "short-area", &short_term, HEIGHT_PX);
    draw_curve(&plot, "short", &short_term, NAN);
    mg_plot_layer_end(&plot);
    mg_plot_y_axis(&plot, plot.y_high - plot.y_low > 42.0 ? 12.0 : 6.0, 0, "LUFS");
    draw_integrated(&plot, integrated);
    mg_plot_time_axis(&plot);
    mg_svg_close(page->out);
    legend(page, part != NULL);
    curve_table(page, &short_term, &momentary);
    mg_page_card_end(page);
}
