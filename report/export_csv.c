/* CSV after RFC 4180: comma, CR LF, quotes where they are needed, one line of names. Times are
 * ours: seconds from t = 0, the gapless start. */
#include "report/export_forms.h"

#include "base/utf8.h"
#include "report/result_view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Columns that are one field of the result each: "number" with its digits, or text. */
static const struct column {
    const char *name, *path;
    int digits; /* -1: text */
} columns[] = {
    {"duration_s", "audio.duration_s", 3},
    {"bpm", "tempo.bpm", 2},
    {"bpm_confidence", "tempo.confidence", 2},
    {"beat_period_s", "tempo.grid.period_s", 9},
    {"first_beat_s", "tempo.grid.first_beat_s", 6},
    {"downbeat_index", "tempo.grid.downbeat_index", 0},
    {"beats_per_bar", "tempo.grid.beats_per_bar", 0},
    {"key", "key.name", -1},
    {"camelot", "key.camelot", -1},
    {"open_key", "key.open_key", -1},
    {"key_confidence", "key.confidence", 2},
    {"tuning_cents", "key.tuning_cents", 1},
    {"energy", "structure.energy", 0},
    {"integrated_lufs", "loudness.integrated_lufs", 2},
    {"short_term_max_lufs", "loudness.short_term_max_lufs", 2},
    {"loudness_range_lu", "loudness.range_lu", 2},
    {"true_peak_dbtp", "loudness.true_peak_dbtp", 2},
    {"overall_score", "scores.overall.value", 0},
    {"start_offset_samples", "audio.start_offset_samples", 0},
    {"sample_rate_hz", "audio.sample_rate_hz", 0},
    {"sha256", "audio.sha256", -1},
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

/* A spreadsheet takes text that begins with one of these for a formula, and runs it; with an
 * apostrophe in front it stays text. */
static bool looks_like_formula(const char *text)
{
    return *text != '\0' && strchr("=+-@\t\r\n", *text) != NULL;
}

static void put_text(mg_buf *out, const char *text)
{
    const bool quoted = text[strcspn(text, ",\"\r\n")] != '\0' || looks_like_formula(text);
    if (quoted)
        mg_buf_putc(out, '"');
    if (looks_like_formula(text))
        mg_buf_putc(out, '\'');
    while (*text != '\0') {
        const size_t len = mg_utf8_length_at(text);
        if (len == 0)
            mg_buf_puts(out, "\xEF\xBF\xBD");
        else if (*text == '"')
            mg_buf_puts(out, "\"\"");
        else
            mg_buf_append(out, text, len);
        text += len == 0 ? 1 : len;
    }
    if (quoted)
        mg_buf_putc(out, '"');
}

static void put_number(mg_buf *out, double value, int digits)
{
    if (!isnan(value))
        mg_buf_printf(out, "%.*f", digits, value);
}

static void put_bool(mg_buf *out, const json_t *result, const char *path)
{
    const bool yes = mg_view_true(result, path), no = mg_view_false(result, path);
    mg_buf_puts(out, yes ? "yes" : no ? "no" : "");
}

/* "32.000; 96.000" */
static void put_cues(mg_buf *out, const mg_export_track *track, mg_cue_kind kind)
{
    bool several = false;
    for (size_t i = 0; i < track->cue_count; i++) {
        if (track->cues[i].kind != kind)
            continue;
        mg_buf_printf(out, "%s%.3f", several ? "; " : "", track->cues[i].at_s);
        several = true;
    }
}

/* Time of the first downbeat, where downbeats are known. */
static double first_downbeat_s(const mg_beat_grid *grid)
{
    if (grid->count == 0 || grid->downbeat_index < 0)
        return (double)NAN;
    return mg_beat_grid_snap(grid, 0.0);
}

void mg_csv_track(mg_buf *out, const mg_export_track *track)
{
    put_text(out, track->path);
    for (size_t i = 0; i < COLUMNS; i++) {
        mg_buf_putc(out, ',');
        if (columns[i].digits < 0)
            put_text(out, mg_view_text(track->result, columns[i].path));
        else
            put_number(out, mg_view_number(track->result, columns[i].path), columns[i].digits);
    }
    mg_buf_putc(out, ',');
    put_bool(out, track->result, "tempo.constant");
    mg_buf_putc(out, ',');
    put_number(out, first_downbeat_s(&track->grid), 6);
    for (int kind = MG_CUE_MIX_IN; kind <= MG_CUE_MIX_OUT; kind++) {
        mg_buf_putc(out, ',');
        put_cues(out, track, (mg_cue_kind)kind);
    }
    mg_buf_puts(out, "\r\n");
}

void mg_csv_document(mg_buf *out, const char *body)
{
    mg_buf_puts(out, "file");
    for (size_t i = 0; i < COLUMNS; i++)
        mg_buf_printf(out, ",%s", columns[i].name);
    mg_buf_puts(out, ",constant_tempo,first_downbeat_s,mix_in_s,drop_s,mix_out_s\r\n");
    mg_buf_puts(out, body);
}
