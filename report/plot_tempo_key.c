/* Tempo as a line over time, and the key of each stretch below it. */
#include "base/cleanup.h"
#include "base/json_write.h"
#include "report/html_table.h"
#include "report/music_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEMPO_PX = 120, GAP_PX = 8, STRIP_PX = 34, ROWS_MAX = 60, OTHERS_MAX = 3 };

static const double column_px = 300.0; /* least width of the plot */
static const double least_weight = 0.01; /* of another reading that is worth a word */

/* ---- tempo ---- */

static void choose_axis(const json_t *map, double bpm, mg_plot *plot)
{
    double low = isnan(bpm) ? 1e9 : bpm, high = isnan(bpm) ? 0.0 : bpm;
    for (size_t i = 0; i < mg_view_count(map, ""); i++) {
        const double v = mg_view_number(mg_view_item(map, i), "bpm");
        low = fmin(low, v);
        high = fmax(high, v);
    }
    const double margin = fmax((high - low) * 0.25, high * 0.02);
    plot->y_low = low - margin;
    plot->y_high = high + margin;
}

static double axis_step(const mg_plot *plot)
{
    static const double steps[] = {1.0, 2.0, 5.0, 10.0, 20.0, 50.0};
    const double wanted = (plot->y_high - plot->y_low) / 4.0;
    size_t i = 0;
    while (i + 1 < sizeof steps / sizeof steps[0] && steps[i] < wanted)
        i++;
    return steps[i];
}

/* Constant between its entries. */
static void draw_tempo(const mg_plot *plot, const json_t *map, double bpm)
{
    const size_t count = mg_view_count(map, "");
    mg_path path = mg_path_open(plot->out, "short");
    for (size_t i = 0; i < count; i++) {
        const json_t *now = mg_view_item(map, i), *next = mg_view_item(map, i + 1);
        const double y = mg_plot_y(plot, mg_view_number(now, "bpm"));
        const double end_s = next != NULL ? mg_view_number(next, "start_s") : plot->x_high;
        mg_path_to(&path, MG_PLOT_UNITS * mg_plot_x(plot, mg_view_number(now, "start_s")), y);
        mg_path_to(&path, MG_PLOT_UNITS * mg_plot_x(plot, end_s), y);
    }
    if (count == 0) {
        mg_path_to(&path, 0.0, mg_plot_y(plot, bpm));
        mg_path_to(&path, MG_PLOT_UNITS, mg_plot_y(plot, bpm));
    }
    mg_path_close(&path);
}

/* ---- key ---- */

/* One strip for a tempo that does not change: a line would say no more. */
static void draw_constant(const mg_page *page, double bpm)
{
    mg_buf_printf(page->out, "<rect class=\"section steady\" width=\"100%%\" height=\"%d\"/>"
                             "<text class=\"label\" x=\"9\" y=\"22\">",
                  STRIP_PX);
    mg_html_value(page->out, bpm, 2, "BPM");
    mg_buf_puts(page->out, " from start to end</text>");
}

static double text_px(const char *words)
{
    return 8.0 * (double)strlen(words) + 12.0;
}

/* A short stretch has its place on the wheel instead of its name. */
static void draw_key(const mg_page *page, const mg_plot *plot, const json_t *segment, double top_px)
{
    const char *name = mg_view_text(segment, "name");
    char camelot[4];
    const int place = mg_camelot_words(name, camelot);
    const double from = mg_plot_x(plot, mg_view_number(segment, "start_s"));
    const double to = mg_plot_x(plot, mg_view_number(segment, "end_s"));
    if (!(to > from))
        return;
    const char *words = name[0] != '\0' ? name : "no key";
    if (place > 0 && (to - from) * column_px <= text_px(words))
        words = camelot;
    mg_buf_printf(page->out, "<svg y=\"%.0f\" height=\"%d\" x=\"", top_px, STRIP_PX);
    mg_svg_percent(page->out, from);
    mg_buf_puts(page->out, "\" width=\"");
    mg_svg_percent(page->out, to - from);
    mg_buf_printf(page->out, "\"><rect class=\"section key h%d\" width=\"100%%\" height=\"%d\"/>",
                  place, STRIP_PX);
    if ((to - from) * column_px > text_px(words)) {
        mg_buf_puts(page->out, "<text class=\"label\" x=\"9\" y=\"22\">");
        mg_html_text_cut(page->out, words, 16);
        mg_buf_puts(page->out, "</text>");
    }
    mg_buf_puts(page->out, "</svg>");
}

/* ---- words and tables ---- */

static void describe(const mg_page *page, mg_buf *ret)
{
    const json_t *tempo = mg_view(page->result, "tempo"), *key = mg_view(page->result, "key");
    const char *name = mg_view_text(key, "name");
    mg_buf_puts(ret, "Tempo ");
    mg_html_value(ret, mg_view_number(tempo, "bpm"), 2, "BPM");
    mg_buf_puts(ret, mg_view_true(tempo, "constant") ? ", constant" : "");
    mg_buf_puts(ret, "; key ");
    mg_buf_puts(ret, name[0] != '\0' ? name : "not clear");
    mg_buf_printf(ret, ", %zu stretches.", mg_view_count(key, "segments"));
}

/* What else it could be, with its weight: the first of the candidates is the one that was taken. */
static void others(const mg_page *page, const json_t *candidates, bool tempo)
{
    size_t said = 0;
    for (size_t i = 1; i < mg_view_count(candidates, "") && said < OTHERS_MAX; i++) {
        const json_t *one = mg_view_item(candidates, i);
        const double weight = mg_view_number(one, "weight");
        if (!(weight >= least_weight))
            continue;
        mg_buf_puts(page->out, said++ > 0 ? ", " : "<li>Less likely: ");
        if (tempo)
            mg_html_value(page->out, mg_view_number(one, "bpm"), 2, "BPM");
        else
            mg_html_text(page->out, mg_view_text(one, "name"));
        mg_buf_puts(page->out, " (");
        mg_html_number(page->out, weight * 100.0, 0);
        mg_buf_puts(page->out, " %)");
    }
    if (said > 0)
        mg_buf_puts(page->out, "</li>");
}

/* "The tempo is 122.0 BPM from 0:00, 173.0 from 1:12" of a mix of several. */
static void steps_remark(const mg_page *page, const mg_tempo_step *steps, size_t count)
{
    mg_buf_puts(page->out, "<li>The tempo is ");
    for (size_t i = 0; i < count; i++) {
        mg_html_number(page->out, steps[i].bpm, 1);
        mg_buf_puts(page->out, i == 0 ? " BPM from " : " from ");
        mg_html_time(page->out, steps[i].start_s, 0);
        mg_buf_puts(page->out, i + 1 < count ? ", " : ".</li>");
    }
}

static void moving_remark(const mg_page *page)
{
    const json_t *tempo = mg_view(page->result, "tempo");
    mg_tempo_step steps[MG_TEMPO_STEPS_MAX];
    const size_t count = mg_tempo_steps(page->result, steps);
    double low, high;
    if (count > 0) {
        steps_remark(page, steps, count);
        return;
    }
    if (!mg_tempo_range(tempo, &low, &high)) {
        mg_buf_puts(page->out, "<li>The tempo is not constant.</li>");
        return;
    }
    mg_buf_puts(page->out, "<li>The tempo moves from ");
    mg_html_number(page->out, low, 1);
    mg_buf_puts(page->out, " to ");
    mg_html_value(page->out, high, 1, "BPM");
    mg_buf_puts(page->out, "; the middle one is ");
    mg_html_number(page->out, mg_view_number(tempo, "bpm"), 2);
    mg_buf_puts(page->out, ".</li>");
}

static void remarks(const mg_page *page, const json_t *tempo, const json_t *key)
{
    const double error_ms = mg_view_number(tempo, "grid.max_error_ms");
    mg_buf_puts(page->out, "<ul class=\"remarks\">");
    if (mg_view_true(tempo, "constant") && !isnan(error_ms)) {
        mg_buf_puts(page->out, "<li>The grid is constant and nowhere off by more than ");
        mg_html_value(page->out, error_ms, 1, "ms");
        mg_buf_puts(page->out, ".</li>");
    } else if (mg_view_false(tempo, "constant")) {
        moving_remark(page);
    }
    others(page, mg_view(tempo, "candidates"), true);
    if (!isnan(mg_view_number(key, "tuning_hz"))) {
        mg_buf_puts(page->out, "<li>Tuned to A = ");
        mg_html_value(page->out, mg_view_number(key, "tuning_hz"), 1, "Hz");
        mg_buf_puts(page->out, " (");
        const double cents = mg_json_rounded(mg_view_number(key, "tuning_cents"), 0);
        mg_html_signed(page->out, cents, 0);
        mg_buf_puts(page->out, fabs(cents) == 1.0 ? " cent)</li>" : " cents)</li>");
    }
    if (mg_key_change_count(key) == 0) /* else they are the keys of its segments */
        others(page, mg_view(key, "candidates"), false);
    mg_buf_puts(page->out, "</ul>");
}

static void tables(const mg_page *page, const json_t *map, const json_t *segments)
{
    const size_t step = mg_view_count(map, "") / ROWS_MAX + 1;
    if (mg_view_count(map, "") > 0) {
        mg_table_open(page, "Tempo over time", "#From|#BPM");
        for (size_t i = 0; i < mg_view_count(map, ""); i += step) {
            mg_row_open(page);
            mg_cell_time(page, mg_view_number(mg_view_item(map, i), "start_s"), 1);
            mg_cell_number(page, mg_view_number(mg_view_item(map, i), "bpm"), 2);
            mg_row_close(page);
        }
        mg_table_close(page);
    }
    if (mg_view_count(segments, "") > 0) {
        mg_table_open(page, "Key over time", "#From|#To|Key|Camelot|#Confidence, %");
        for (size_t i = 0; i < mg_view_count(segments, ""); i++) {
            const json_t *segment = mg_view_item(segments, i);
            const char *name = mg_view_text(segment, "name");
            char camelot[4];
            mg_camelot_words(name, camelot);
            mg_row_open(page);
            mg_cell_time(page, mg_view_number(segment, "start_s"), 1);
            mg_cell_time(page, mg_view_number(segment, "end_s"), 1);
            mg_cell_text(page, name[0] != '\0' ? name : "none");
            mg_cell_text(page, camelot);
            mg_cell_number(page, mg_view_number(segment, "confidence") * 100.0, 0);
            mg_row_close(page);
        }
        mg_table_close(page);
    }
}

void mg_page_tempo_key(const mg_page *page)
{
    const json_t *tempo = mg_view(page->result, "tempo"), *key = mg_view(page->result, "key");
    const json_t *map = mg_view(tempo, "tempo_map"), *segments = mg_view(key, "segments");
    const double bpm = mg_view_number(tempo, "bpm");
    const bool beat = !isnan(bpm) || mg_view_count(map, "") > 0;
    const bool line = mg_view_count(map, "") > 1 || mg_view_false(tempo, "constant");
    const double tempo_px = line ? TEMPO_PX : STRIP_PX;
    mg_plot plot = {.out = page->out, .height = tempo_px, .x_high = page->duration_s};
    if (!beat && mg_view_count(segments, "") == 0)
        return;
    mg_auto(mg_buf_done) mg_buf desc = MG_BUF_INIT(1024);
    describe(page, &desc);
    mg_page_card(page, "tempo", "Tempo and key");
    mg_buf_puts(page->out, "<figure>");
    mg_svg_open(page->out, "tempo", tempo_px + GAP_PX + STRIP_PX + MG_PLOT_AXIS,
                "Tempo and key over time", mg_buf_text(&desc));
    if (beat && line) {
        choose_axis(map, bpm, &plot);
        mg_plot_y_axis(&plot, axis_step(&plot), 0, "BPM");
        mg_plot_layer(&plot);
        draw_tempo(&plot, map, bpm);
        mg_plot_layer_end(&plot);
    } else if (beat) {
        draw_constant(page, bpm);
    } else {
        mg_plot_text_open(&plot, "tick", 0.0, tempo_px / 2.0 + 5.0);
        mg_buf_puts(page->out, "no clear beat");
        mg_plot_text_close(&plot);
    }
    for (size_t i = 0; i < mg_view_count(segments, ""); i++)
        draw_key(page, &plot, mg_view_item(segments, i), tempo_px + GAP_PX);
    plot.height = tempo_px + GAP_PX + STRIP_PX;
    mg_plot_time_axis(&plot);
    mg_svg_close(page->out);
    mg_buf_puts(page->out, "</figure>");
    remarks(page, tempo, key);
    tables(page, map, segments);
    mg_page_card_end(page);
}
