/* The third-octave spectrum against the profile's target for each of the six bands. */
#include "base/cleanup.h"
#include "report/html_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { HEIGHT_PX = 250, THIRDS_MAX = 64, BANDS_MAX = 16 };

static const double span_db = 54.0, low_hz = 18.0, high_hz = 22400.0;

typedef struct spectrum {
    size_t count;
    double hz[THIRDS_MAX], level_db[THIRDS_MAX]; /* only what exists, rising */
} spectrum;

/* A band with its target, in the loudest sections: its share of the power, and its balance, the
 * level over that of the five other bands together. */
typedef struct band {
    const char *name;
    double low_hz, high_hz, share, balance_db, target_low_db, target_high_db;
} band;

static spectrum read_spectrum(const json_t *thirds)
{
    spectrum s = {0};
    for (size_t i = 0; i < mg_view_count(thirds, "") && s.count < THIRDS_MAX; i++) {
        const double hz = mg_view_number(mg_view_item(thirds, i), "hz");
        const double level_db = mg_view_number(mg_view_item(thirds, i), "level_db");
        if (hz > 0.0 && !isnan(level_db)) {
            s.hz[s.count] = hz;
            s.level_db[s.count++] = level_db;
        }
    }
    return s;
}

/* The reference's levels, played as loud as the track: what the result has is the difference. */
static spectrum read_reference(const mg_page *page, const spectrum *track)
{
    spectrum s = {0};
    const json_t *thirds = mg_view(page->result, "reference.third_octave");
    for (size_t i = 0, k = 0; i < mg_view_count(thirds, "") && k < track->count; i++) {
        const double hz = mg_view_number(mg_view_item(thirds, i), "hz");
        const double more_db = mg_view_number(mg_view_item(thirds, i), "level_db");
        while (k < track->count && track->hz[k] < hz * 0.99)
            k++;
        if (k == track->count || track->hz[k] > hz * 1.01 || isnan(more_db))
            continue;
        s.hz[s.count] = track->hz[k];
        s.level_db[s.count++] = track->level_db[k++] - more_db;
    }
    return s;
}

/* Speech and effects have no balance that a target could be held against. */
static bool is_judged(const mg_page *page)
{
    const json_t *scores = mg_view(page->result, "scores");
    return !isnan(mg_view_number(scores, "tonal_balance.value")) ||
           !isnan(mg_view_number(scores, "low_end.value"));
}

static band read_band(const mg_page *page, const json_t *item)
{
    char part_name[48];
    band b = {.name = mg_view_text(item, "band"),
              .low_hz = mg_view_number(item, "low_hz"),
              .high_hz = mg_view_number(item, "high_hz"),
              .share = mg_view_number(item, "loudest_share")};
    snprintf(part_name, sizeof part_name, "%.30s_balance_db", b.name);
    const json_t *part = mg_page_score_part(page, "tonal_balance", part_name);
    if (part == NULL)
        part = mg_page_score_part(page, "low_end", part_name);
    b.balance_db = mg_view_number(part, "measured");
    const json_t *target = is_judged(page) ? mg_view(part, "target") : NULL;
    b.target_low_db = mg_view_number(target, "low");
    b.target_high_db = mg_view_number(target, "high");
    return b;
}

/* The level of the whole: a band's share is of this. */
static double total_db(const spectrum *s)
{
    double power = 0.0;
    for (size_t i = 0; i < s->count; i++)
        power += pow(10.0, s->level_db[i] / 10.0);
    return 10.0 * log10(power);
}

/* The share of the whole, in dB, of a band that stands so far over the rest. */
static double share_db(double balance_db)
{
    return balance_db - 10.0 * log10(1.0 + pow(10.0, balance_db / 10.0));
}

/* Where a band stands against its target, in words. */
static const char *verdict(const band *b)
{
    if (isnan(b->balance_db) || isnan(b->target_low_db) || isnan(b->target_high_db))
        return "";
    if (b->balance_db > b->target_high_db)
        return "over";
    return b->balance_db < b->target_low_db ? "under" : "ok";
}

/* The level of each third-octave of a band whose power is spread evenly. */
static double spread_db(const band *b, double total)
{
    return total - 10.0 * log10(10.0 * log10(b->high_hz / b->low_hz));
}

/* The target of a band as a box, and the band itself as a bar: in the box, or out of it. */
static void draw_band(const mg_plot *plot, const band *b, double total)
{
    const double each_db = spread_db(b, total), half_db = 1.5 * span_db / HEIGHT_PX;
    if (isnan(b->target_low_db) || isnan(b->target_high_db) || !(b->high_hz > b->low_hz))
        return;
    mg_plot_rect(plot, "target box", b->low_hz, b->high_hz, each_db + share_db(b->target_low_db),
                 each_db + share_db(b->target_high_db));
    const double level_db = each_db + share_db(b->balance_db);
    if (!isnan(level_db))
        mg_plot_rect(plot, strcmp(verdict(b), "ok") == 0 ? "band" : "band out", b->low_hz,
                     b->high_hz, level_db - half_db, level_db + half_db);
}

/* A smooth curve through the points: cubic pieces whose slopes do not overshoot (Fritsch and
 * Carlson 1980), as Bezier curves. */
static void draw_curve(const mg_plot *plot, const char *class, const spectrum *s, double base_px)
{
    double x[THIRDS_MAX], y[THIRDS_MAX], slope[THIRDS_MAX] = {0};
    if (s->count < 2)
        return;
    for (size_t i = 0; i < s->count; i++) {
        x[i] = MG_PLOT_UNITS * mg_plot_x(plot, s->hz[i]);
        y[i] = mg_plot_y(plot, s->level_db[i]);
    }
    for (size_t i = 1; i + 1 < s->count; i++) {
        const double before = (y[i] - y[i - 1]) / (x[i] - x[i - 1]);
        const double after = (y[i + 1] - y[i]) / (x[i + 1] - x[i]);
        slope[i] = before * after > 0.0 ? 2.0 * before * after / (before + after) : 0.0;
    }
    mg_path path = mg_path_open(plot->out, class);
    if (!isnan(base_px))
        mg_path_to(&path, x[0], base_px);
    mg_path_to(&path, x[0], y[0]);
    for (size_t i = 1; i < s->count; i++) {
        const double third = (x[i] - x[i - 1]) / 3.0;
        const double cx[3] = {x[i - 1] + third, x[i] - third, x[i]};
        const double cy[3] = {y[i - 1] + slope[i - 1] * third, y[i] - slope[i] * third, y[i]};
        mg_path_curve(&path, cx, cy);
    }
    if (!isnan(base_px))
        mg_path_to(&path, x[s->count - 1], base_px);
    mg_path_close(&path);
}

static void frequency_axis(const mg_plot *plot)
{
    static const double ticks_hz[] = {20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000};
    for (size_t i = 0; i < sizeof ticks_hz / sizeof ticks_hz[0]; i++) {
        const bool decade = ticks_hz[i] == 100 || ticks_hz[i] == 1000 || ticks_hz[i] == 10000;
        mg_buf_puts(plot->out, "<line class=\"grid\" y1=\"0\" x1=\"");
        mg_svg_percent(plot->out, mg_plot_x(plot, ticks_hz[i]));
        mg_buf_puts(plot->out, "\" x2=\"");
        mg_svg_percent(plot->out, mg_plot_x(plot, ticks_hz[i]));
        mg_buf_printf(plot->out, "\" y2=\"%.0f\"/>", plot->height);
        mg_plot_text_open(plot, decade || ticks_hz[i] == 20 ? "tick m" : "tick m wide", ticks_hz[i],
                          plot->height + 17.0);
        mg_buf_printf(plot->out, ticks_hz[i] < 1000 ? "%.0f" : "%.0fk",
                      ticks_hz[i] < 1000 ? ticks_hz[i] : ticks_hz[i] / 1000.0);
        mg_plot_text_close(plot);
    }
}

static void band_name(const mg_plot *plot, const band *b)
{
    mg_plot_text_open(plot, "tick m wide", sqrt(b->low_hz * b->high_hz), 13.0);
    mg_html_name(plot->out, b->name);
    mg_plot_text_close(plot);
}

static void draw_resonances(const mg_page *page, const mg_plot *plot, const spectrum *s)
{
    const json_t *list = mg_view(page->result, "spectrum.resonances");
    for (size_t i = 0; i < mg_view_count(list, ""); i++) {
        const double hz = mg_view_number(mg_view_item(list, i), "hz");
        double level_db = NAN;
        for (size_t k = 0; k < s->count && !(s->hz[k] > hz * 1.122); k++)
            level_db = s->level_db[k];
        if (!(hz > 0.0) || isnan(level_db))
            continue;
        mg_buf_puts(page->out, "<circle class=\"resonance\" r=\"5\" cx=\"");
        mg_svg_percent(page->out, mg_plot_x(plot, hz));
        mg_buf_puts(page->out, "\" cy=\"");
        mg_svg_number(page->out, fmax(mg_plot_y(plot, level_db) - 8.0, 6.0));
        mg_buf_puts(page->out, "\"/>");
    }
}

static void describe(const mg_page *page, mg_buf *ret)
{
    const json_t *s = mg_view(page->result, "spectrum");
    mg_buf_puts(ret, "Tilt ");
    mg_html_value(ret, mg_view_number(s, "tilt_db_per_octave"), 1, "dB per octave");
    mg_buf_puts(ret, ", centre of gravity ");
    mg_html_hz(ret, mg_view_number(s, "centroid_hz"));
    mg_buf_printf(ret, ", %zu resonances. The tables below have every third-octave and band.",
                  mg_view_count(s, "resonances"));
}

/* Compared with a reference, each third-octave has its difference too. */
static void thirds_table(const mg_page *page)
{
    const json_t *thirds = mg_view(page->result, "spectrum.third_octave");
    const json_t *reference = mg_view(page->result, "reference.third_octave");
    mg_table_open(page, "Third-octaves",
                  reference != NULL ? "#Centre|#Level, dB|#Over the reference, dB"
                                    : "#Centre|#Level, dB");
    for (size_t i = 0; i < mg_view_count(thirds, ""); i++) {
        mg_row_open(page);
        mg_cell_hz(page, mg_view_number(mg_view_item(thirds, i), "hz"));
        mg_cell_number(page, mg_view_number(mg_view_item(thirds, i), "level_db"), 1);
        if (reference != NULL)
            mg_cell_number(page, mg_view_number(mg_view_item(reference, i), "level_db"), 1);
        mg_row_close(page);
    }
    mg_table_close(page);
}

static void tables(const mg_page *page, const band *bands, size_t count)
{
    mg_table_open(page, "Bands of the loudest sections",
                  "Band|#Share, %|#Over the rest, dB|#Target, dB|Verdict");
    for (size_t b = 0; b < count; b++) {
        mg_row_open(page);
        mg_cell_name(page, bands[b].name);
        mg_cell_number(page, bands[b].share * 100.0, bands[b].share < 0.01 ? 2 : 1);
        mg_cell_number(page, bands[b].balance_db, 1);
        mg_cell_range(page, bands[b].target_low_db, bands[b].target_high_db, 1);
        mg_cell_text(page, verdict(&bands[b]));
        mg_row_close(page);
    }
    mg_table_close(page);
    thirds_table(page);
}

static void legend(const mg_page *page, bool judged)
{
    mg_buf_puts(page->out, "<figcaption class=\"legend\"><span class=\"k k-short\">third-octaves"
                           "</span>");
    if (judged)
        mg_buf_puts(page->out, "<span class=\"k k-target\">target of each band</span>"
                               "<span class=\"k k-band\">the band, its power spread evenly</span>");
    if (mg_view_count(page->result, "reference.third_octave") > 0)
        mg_buf_puts(page->out, "<span class=\"k k-reference\">reference, equally loud</span>");
    if (mg_view_count(page->result, "spectrum.resonances") > 0)
        mg_buf_puts(page->out, "<span class=\"k k-resonance\">resonance</span>");
    mg_buf_puts(page->out, "</figcaption></figure>\n");
}

void mg_page_spectrum(const mg_page *page)
{
    const json_t *items = mg_view(page->result, "spectrum.bands");
    const spectrum s = read_spectrum(mg_view(page->result, "spectrum.third_octave"));
    const spectrum reference = read_reference(page, &s);
    const size_t all = mg_view_count(items, ""), count = all < BANDS_MAX ? all : BANDS_MAX;
    band bands[BANDS_MAX];
    double top = -200.0;
    if (s.count < 2)
        return;
    for (size_t b = 0; b < count; b++)
        bands[b] = read_band(page, mg_view_item(items, b));
    for (size_t i = 0; i < s.count; i++)
        top = fmax(top, s.level_db[i]);
    mg_plot plot = {.out = page->out, .height = HEIGHT_PX, .x_low = low_hz, .x_high = high_hz,
                    .x_log = true, .y_high = ceil((top + 6.0) / 6.0) * 6.0};
    plot.y_low = plot.y_high - span_db;
    mg_auto(mg_buf_done) mg_buf desc = MG_BUF_INIT(1024);
    describe(page, &desc);
    mg_page_card(page, "", "Spectrum");
    mg_buf_puts(page->out, "<figure>");
    mg_svg_open(page->out, "spectrum", HEIGHT_PX + MG_PLOT_AXIS, "Third-octave spectrum",
                mg_buf_text(&desc));
    for (size_t b = 0; b < count; b++)
        draw_band(&plot, &bands[b], total_db(&s));
    frequency_axis(&plot);
    mg_plot_layer(&plot);
    draw_curve(&plot, "short-area", &s, HEIGHT_PX);
    draw_curve(&plot, "reference", &reference, NAN);
    draw_curve(&plot, "short", &s, NAN);
    mg_plot_layer_end(&plot);
    draw_resonances(page, &plot, &s);
    for (size_t b = 0; b < count; b++)
        band_name(&plot, &bands[b]);
    mg_plot_y_axis(&plot, 12.0, 0, "dB");
    mg_svg_close(page->out);
    legend(page, is_judged(page));
    tables(page, bands, count);
    mg_page_card_end(page);
}
