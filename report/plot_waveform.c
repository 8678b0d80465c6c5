/* The waveform with its sections, what is clipped, and the places of the findings. */
#include "base/cleanup.h"
#include "report/html_table.h"

#include <math.h>
#include <string.h>

enum { SECTIONS_PX = 26, WAVE_PX = 190, EVENTS_PX = 20, COLUMNS_MAX = 1024, BODY_COLUMNS = 500,
       CLIP_COLUMNS = 400 };

static const double page_px = 1000.0, phone_px = 320.0; /* least widths of a plot */

typedef struct outline {
    const json_t *data;
    size_t pixels, per_column, columns;
    double seconds_per_column;
} outline;

static outline outline_of(const mg_page *page)
{
    outline o = {.data = mg_view(page->result, "waveform.data")};
    const double frames = mg_view_number(page->result, "waveform.samples_per_pixel");
    const double rate = mg_view_number(page->result, "waveform.sample_rate");
    o.pixels = mg_view_count(o.data, "") / 2;
    o.per_column = (o.pixels + COLUMNS_MAX - 1) / COLUMNS_MAX;
    if (o.pixels > 0 && frames > 0.0 && rate > 0.0) {
        o.columns = (o.pixels + o.per_column - 1) / o.per_column;
        o.seconds_per_column = frames / rate * (double)o.per_column;
    }
    return o;
}

/* Height of a column's upper or lower edge, in px of the drawing. */
static double edge_px(const outline *o, size_t column, bool upper)
{
    double extreme = 0.0;
    for (size_t i = 0; i < o->per_column; i++) {
        const double v = mg_view_number_at(o->data, 2 * (column * o->per_column + i) + upper);
        if (i == 0 || (upper ? v > extreme : v < extreme))
            extreme = v;
    }
    /* at least a hair thick, so that silence is seen */
    extreme = upper ? fmax(extreme, 0.7) : fmin(extreme, -0.7);
    return SECTIONS_PX + WAVE_PX / 2.0 * (1.0 - fmin(fmax(extreme / 128.0, -1.0), 1.0));
}

/* From the least to the largest sample of each column. */
static void draw_peaks(const mg_plot *plot, const outline *o)
{
    mg_path path = mg_path_open(plot->out, "wave");
    for (int upper = 1; upper >= 0; upper--) {
        for (size_t i = 0; i < o->columns; i++) {
            const size_t column = upper ? i : o->columns - 1 - i;
            const double at_s = (double)column * o->seconds_per_column;
            mg_path_to(&path, MG_PLOT_UNITS * mg_plot_x(plot, at_s), edge_px(o, column, upper));
        }
    }
    mg_path_close(&path);
}

/* The loudness of 400 ms as an amplitude, 0 LUFS at full scale: the body inside of the peaks, which
 * shows what they hide, how dense the music is. Points lie in the middle of what they sum up. */
static void draw_body(const mg_page *page, const mg_plot *plot)
{
    const json_t *line = mg_view(page->result, "loudness.timeline");
    const json_t *values = mg_view(line, "momentary_lufs");
    const double start_s = mg_view_number(line, "momentary_start_s") - 0.2;
    const double step_s = mg_view_number(line, "step_s");
    const size_t count = mg_view_count(values, ""), each = count / BODY_COLUMNS + 1;
    const size_t columns = count / each;
    if (columns < 2)
        return;
    mg_path path = mg_path_open(plot->out, "wave-body");
    for (int upper = 1; upper >= 0; upper--) {
        for (size_t i = 0; i < columns; i++) {
            const size_t first = (upper ? i : columns - 1 - i) * each;
            double power = 0.0;
            for (size_t k = first; k < first + each; k++) {
                const double lufs = mg_view_number_at(values, k);
                power += isnan(lufs) ? 0.0 : pow(10.0, lufs / 10.0);
            }
            const double half_px = WAVE_PX / 2.0 * fmin(sqrt(power / (double)each), 1.0);
            const double at_s = start_s + step_s * ((double)first + (double)(each - 1) / 2.0);
            mg_path_to(&path, MG_PLOT_UNITS * mg_plot_x(plot, at_s),
                       SECTIONS_PX + WAVE_PX / 2.0 + (upper ? -half_px : half_px));
        }
    }
    mg_path_close(&path);
}

/* A section's name where it fits: on a page, and in the narrow picture of a phone. */
static void draw_section(const mg_page *page, const mg_plot *plot, const json_t *section)
{
    static const char *const known[] = {"intro", "build",  "drop",  "break",
                                        "verse", "chorus", "outro", "other"};
    const char *label = mg_view_text(section, "label"), *class = "other";
    const double from = mg_plot_x(plot, mg_view_number(section, "start_s"));
    const double to = mg_plot_x(plot, mg_view_number(section, "end_s"));
    const double wanted_px = 8.0 * (double)strlen(label) + 10.0;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        class = strcmp(label, known[i]) == 0 ? known[i] : class;
    if (!(to > from))
        return;
    mg_buf_puts(page->out, "<svg x=\"");
    mg_svg_percent(page->out, from);
    mg_buf_puts(page->out, "\" width=\"");
    mg_svg_percent(page->out, to - from);
    mg_buf_printf(page->out,
                  "\" height=\"20\"><rect class=\"section s-%s\" width=\"100%%\" height=\"20\"/>",
                  class);
    if ((to - from) * page_px > wanted_px && strcmp(class, "other") != 0) {
        const bool narrow = (to - from) * phone_px > wanted_px;
        mg_buf_printf(page->out, "<text class=\"label%s\" x=\"7\" y=\"14\">",
                      narrow ? "" : " wide");
        mg_html_text_cut(page->out, label, 12);
        mg_buf_puts(page->out, "</text>");
    }
    mg_buf_puts(page->out, "</svg>");
}

static void draw_sections(const mg_page *page, const mg_plot *plot)
{
    const json_t *sections = mg_view(page->result, "structure.sections");
    const size_t count = mg_view_count(sections, "");
    const char *first = mg_view_text(mg_view_item(sections, 0), "label");
    if (count == 1 && strcmp(first, "other") == 0)
        return; /* the whole, and no word for it */
    for (size_t i = 0; i < count; i++)
        draw_section(page, plot, mg_view_item(sections, i));
}

/* Strokes at both edges; one for many runs that stand in one place. */
static void draw_clipping(const mg_page *page, const mg_plot *plot)
{
    const json_t *runs = mg_view(page->result, "technical.clipped_runs");
    bool drawn[CLIP_COLUMNS + 1] = {false};
    if (mg_view_count(runs, "") == 0)
        return;
    for (size_t i = 0; i < mg_view_count(runs, ""); i++) {
        const double at_s = mg_view_number(mg_view_item(runs, i), "start_s");
        if (!isnan(at_s))
            drawn[(size_t)(mg_plot_x(plot, at_s) * CLIP_COLUMNS)] = true;
    }
    mg_plot_layer(plot);
    mg_path path = mg_path_open(page->out, "clip");
    for (size_t i = 0; i <= CLIP_COLUMNS; i++) {
        const double x = (double)(i * MG_PLOT_UNITS) / CLIP_COLUMNS;
        for (int edge = 0; edge < 2 && drawn[i]; edge++) {
            const double y = edge ? SECTIONS_PX + WAVE_PX - 9 : SECTIONS_PX;
            mg_path_to(&path, x, y);
            mg_path_to(&path, x, y + 9.0);
            mg_path_lift(&path);
        }
    }
    mg_path_close(&path);
    mg_plot_layer_end(plot);
}

/* One mark for each place of a finding; the gravest are drawn last, on top. Returns how many. */
static size_t draw_findings(const mg_page *page, const mg_plot *plot)
{
    const json_t *feedback = mg_view(page->result, "feedback");
    size_t drawn = 0;
    for (size_t left = mg_view_count(feedback, ""); left > 0; left--) {
        const json_t *item = mg_view_item(feedback, left - 1), *where = mg_view(item, "where");
        for (size_t i = 0; i < mg_view_count(where, ""); i++) {
            const double start_s = mg_view_number(mg_view_item(where, i), "start_s");
            const double end_s = mg_view_number(mg_view_item(where, i), "end_s");
            if (isnan(start_s) || end_s - start_s > 0.9 * page->duration_s)
                continue; /* nowhere, or everywhere */
            mg_buf_printf(page->out, "<line class=\"mark %s\" y1=\"%d\" y2=\"%d\" x1=\"",
                          mg_page_severity(item), SECTIONS_PX + WAVE_PX + EVENTS_PX / 2,
                          SECTIONS_PX + WAVE_PX + EVENTS_PX / 2);
            mg_svg_percent(page->out, mg_plot_x(plot, start_s));
            mg_buf_puts(page->out, "\" x2=\"");
            mg_svg_percent(page->out, mg_plot_x(plot, isnan(end_s) ? start_s : end_s));
            mg_buf_puts(page->out, "\"/>");
            drawn++;
        }
    }
    return drawn;
}

static void describe(const mg_page *page, mg_buf *ret)
{
    mg_html_time(ret, page->duration_s, 0);
    mg_buf_printf(ret, " long, %zu sections, ", mg_view_count(page->result, "structure.sections"));
    mg_html_number(ret, fmax(mg_view_number(page->result, "technical.clipped_runs_total"), 0.0), 0);
    mg_buf_puts(ret, " clipped places. The table below has the sections.");
}

static void sections_table(const mg_page *page)
{
    const json_t *sections = mg_view(page->result, "structure.sections");
    if (mg_view_count(sections, "") == 0)
        return;
    mg_table_open(page, "Sections", "#From|#To|Section|#Energy|#LUFS|#Correlation");
    for (size_t i = 0; i < mg_view_count(sections, ""); i++) {
        const json_t *section = mg_view_item(sections, i);
        mg_row_open(page);
        mg_cell_time(page, mg_view_number(section, "start_s"), 1);
        mg_cell_time(page, mg_view_number(section, "end_s"), 1);
        mg_cell_name(page, mg_view_text(section, "label"));
        mg_cell_number(page, mg_view_number(section, "energy"), 0);
        mg_cell_number(page, mg_view_number(section, "loudness_lufs"), 1);
        mg_cell_number(page, mg_view_number(section, "correlation"), 2);
        mg_row_close(page);
    }
    mg_table_close(page);
}

void mg_page_waveform(const mg_page *page)
{
    const outline o = outline_of(page);
    if (o.columns == 0)
        return;
    const mg_plot plot = {.out = page->out,
                          .height = SECTIONS_PX + WAVE_PX + EVENTS_PX,
                          .x_high = page->duration_s,
                          .y_high = 1.0};
    mg_auto(mg_buf_done) mg_buf desc = MG_BUF_INIT(512);
    describe(page, &desc);
    mg_page_card(page, "waveform", "Waveform");
    mg_buf_puts(page->out, "<figure>");
    mg_svg_open(page->out, "wave", plot.height + MG_PLOT_AXIS, "Waveform", mg_buf_text(&desc));
    mg_buf_printf(page->out, "<line class=\"grid\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>",
                  SECTIONS_PX + WAVE_PX / 2, SECTIONS_PX + WAVE_PX / 2);
    draw_sections(page, &plot);
    mg_plot_layer(&plot);
    draw_peaks(&plot, &o);
    draw_body(page, &plot);
    mg_plot_layer_end(&plot);
    draw_clipping(page, &plot);
    const size_t marks = draw_findings(page, &plot);
    mg_plot_time_axis(&plot);
    mg_svg_close(page->out);
    mg_buf_puts(page->out, "<figcaption class=\"legend\"><span class=\"k k-wave\">peaks</span>");
    if (!isnan(mg_view_number(page->result, "loudness.momentary_max_lufs")))
        mg_buf_puts(page->out, "<span class=\"k k-body\">loudness of 400 ms</span>");
    if (mg_view_count(page->result, "technical.clipped_runs") > 0)
        mg_buf_puts(page->out, "<span class=\"k k-clip\">clipped</span>");
    if (marks > 0)
        mg_buf_puts(page->out, "<span class=\"k k-mark\">places of the findings</span>");
    mg_buf_puts(page->out, "</figcaption></figure>");
    sections_table(page);
    mg_page_card_end(page);
}
