/* Every single figure of the result in tables, for who wants to look one up. */
#include "report/html_table.h"
#include "report/labels.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct measure {
    const char *field, *name, *unit;
    int digits;
} measure;

static const measure loudness[] = {
    {"integrated_lufs", "Integrated", "LUFS", 2},
    {"integrated_dual_mono_lufs", "Integrated, from two loudspeakers", "LUFS", 2},
    {"range_lu", "Range (LRA)", "LU", 2},
    {"short_term_max_lufs", "Loudest 3 s", "LUFS", 2},
    {"short_term_max_at_s", "Loudest 3 s begins at", "t", 1},
    {"momentary_max_lufs", "Loudest 400 ms", "LUFS", 2},
    {"momentary_max_at_s", "Loudest 400 ms begins at", "t", 1},
    {"true_peak_dbtp", "True peak", "dBTP", 2},
    {"true_peak_at_s", "True peak at", "t", 1},
    {"sample_peak_dbfs", "Sample peak", "dBFS", 2},
    {"plr_lu", "Peak over loudness (PLR)", "LU", 2},
    {"psr_min_lu", "Least peak over loudness of 3 s (PSR)", "LU", 2},
    {"psr_min_at_s", "Least PSR begins at", "t", 1},
    {NULL, NULL, NULL, 0},
};

static const measure dynamics[] = {
    {"crest_factor_db", "Crest factor", "dB", 2},
    {"dr", "DR", "", 1},
    {"rms_dbfs", "RMS", "dBFS", 2},
    {NULL, NULL, NULL, 0},
};

static const measure spectrum[] = {
    {"tilt_db_per_octave", "Tilt, 100 Hz to 10 kHz", "dB/oct", 2},
    {"centroid_hz", "Centre of gravity", "Hz", 0},
    {"rolloff_hz", "95 % of the power lie below", "Hz", 0},
    {"cutoff_hz", "Ends at", "Hz", 0},
    {"lossy_probability", "Came from a lossy file, probability", "", 2},
    {NULL, NULL, NULL, 0},
};

static const measure stereo[] = {
    {"correlation", "Correlation", "", 3},
    {"correlation_min", "Least correlation of 3 s", "", 3},
    {"correlation_min_at_s", "Least correlation begins at", "t", 1},
    {"width", "Width", "", 3},
    {"balance_db", "Balance, left over right", "dB", 2},
    {"mono_loss_db", "Lost in mono", "dB", 2},
    {"low_end_mono", "Low end is mono", "?", 0},
    {"polarity_inverted", "One channel of wrong polarity", "?", 0},
    {"dual_mono", "Both channels the same", "?", 0},
    {NULL, NULL, NULL, 0},
};

static const measure tempo[] = {
    {"bpm", "Tempo", "BPM", 2},
    {"confidence", "Confidence", "", 2},
    {"octave_confidence", "Confidence of the octave", "", 2},
    {"constant", "Constant", "?", 0},
    {"grid.period_s", "Beat", "s", 6},
    {"grid.first_beat_s", "First beat of the grid", "s", 6},
    {"grid.first_audible_beat_s", "First audible beat", "s", 6},
    {"grid.downbeat_index", "First bar begins at beat", "", 0},
    {"grid.beats_per_bar", "Beats a bar", "", 0},
    {"grid.confidence", "Confidence of the grid", "", 2},
    {"grid.max_error_ms", "Largest error of the grid", "ms", 1},
    {NULL, NULL, NULL, 0},
};

static const measure key[] = {
    {"name", "Key", "", 0},
    {"camelot", "Camelot", "", 0},
    {"open_key", "Open Key", "", 0},
    {"confidence", "Confidence", "", 2},
    {"tuning_hz", "Tuning, A", "Hz", 2},
    {"tuning_cents", "Tuning", "cents", 1},
    {NULL, NULL, NULL, 0},
};

static const measure structure[] = {
    {"energy", "Energy", "of 10", 0},
    {"drop_contrast_lu", "Drop over section before", "LU", 1},
    {"kick.hz", "Kick", "Hz", 1},
    {"kick.note", "Kick, note", "", 0},
    {"kick.cents_from_key", "Kick, distance from the tonic", "cents", 0},
    {"kick.length_ms", "Kick, length", "ms", 0},
    {NULL, NULL, NULL, 0},
};

static const measure technical[] = {
    {"clipped_samples", "Clipped samples", "", 0},
    {"clipped_runs_total", "Clipped runs", "", 0},
    {"clip_level_dbfs", "Clipped at", "dBFS", 2},
    {"inter_sample_overs", "Peaks between samples over full scale", "", 0},
    {"silence_head_s", "Silence before", "s", 3},
    {"silence_tail_s", "Silence after", "s", 3},
    {"silent_share", "Share of silence", "", 3},
    {"cut_start", "Starts in the middle of sound", "?", 0},
    {"cut_end", "Ends in the middle of sound", "?", 0},
    {"gaps_total", "Gaps", "", 0},
    {"clicks_total", "Clicks", "", 0},
    {"hum_hz", "Mains hum", "Hz", 0},
    {"hum_dbfs", "Level of the hum", "dBFS", 1},
    {"infrasonic_dbfs", "Below 20 Hz", "dBFS", 1},
    {"noise_floor_dbfs", "Noise floor", "dBFS", 1},
    {"effective_bits", "Effective bits", "", 0},
    {"nonfinite_samples", "Samples that are no numbers", "", 0},
    {NULL, NULL, NULL, 0},
};

static const measure audio[] = {
    {"container", "Container", "", 0},
    {"codec", "Codec", "", 0},
    {"sample_rate_hz", "Sampling rate", "Hz", 0},
    {"channels", "Channels", "", 0},
    {"bits_per_sample", "Bits a sample", "", 0},
    {"bitrate_kbps", "Bit rate", "kbit/s", 1},
    {"frames", "Frames", "", 0},
    {"duration_s", "Length", "s", 3},
    {"bytes", "Bytes", "", 0},
    {"encoder_delay_samples", "Encoder delay", "frames", 0},
    {"padding_samples", "Padding", "frames", 0},
    {NULL, NULL, NULL, 0},
};

/* The id in `reasons` of the object that holds the field; "" where there is none. */
static const char *reason(const json_t *object, const char *field)
{
    char path[80];
    const char *dot = strrchr(field, '.'), *leaf = dot != NULL ? dot + 1 : field;
    snprintf(path, sizeof path, "%.*sreasons.%s", (int)(leaf - field), field, leaf);
    return mg_view_text(object, path);
}

static void measure_value(const mg_page *page, const json_t *object, const measure *m)
{
    const json_t *value = mg_view(object, m->field);
    if (json_is_boolean(value)) {
        mg_buf_puts(page->out, json_is_true(value) ? "yes" : "no");
    } else if (json_is_string(value)) {
        mg_html_text(page->out, json_string_value(value));
    } else if (json_is_number(value) && m->unit[0] == 't') {
        mg_html_time(page->out, json_number_value(value), m->digits);
    } else if (json_is_number(value)) {
        mg_html_value(page->out, json_number_value(value), m->digits, m->unit);
    } else {
        mg_buf_puts(page->out, "<span class=\"none\">");
        if (reason(object, m->field)[0] != '\0')
            mg_html_name(page->out, reason(object, m->field));
        else
            mg_buf_puts(page->out, "\xe2\x80\x93");
        mg_buf_puts(page->out, "</span>");
    }
}

static void group(const mg_page *page, const char *field, const char *name, const measure *rows)
{
    const json_t *object = mg_view(page->result, field);
    mg_buf_printf(page->out, "<table class=\"measures\"><caption>%s</caption><tbody>\n", name);
    for (; rows->field != NULL; rows++) {
        mg_row_open(page);
        mg_buf_printf(page->out, "<th scope=\"row\">%s</th><td class=\"n\">", rows->name);
        measure_value(page, object, rows);
        mg_buf_puts(page->out, "</td>");
        mg_row_close(page);
    }
    mg_buf_puts(page->out, "</tbody></table>\n");
}

void mg_page_platforms(const mg_page *page)
{
    const json_t *list = mg_view(page->result, "loudness.platforms");
    if (isnan(mg_view_number(mg_view_item(list, 0), "gain_db")) || mg_is_premaster(page->result))
        return; /* nothing that could be turned up or down, or that is what will be played */
    mg_page_card(page, "platforms", "What streaming services do");
    mg_buf_puts(page->out, "<table><caption class=\"hidden\">Streaming services</caption><thead>"
                           "<tr><th scope=\"col\">Service</th>"
                           "<th scope=\"col\" class=\"n\">Target LUFS</th>"
                           "<th scope=\"col\" class=\"n\">Gain dB</th>"
                           "<th scope=\"col\" class=\"n\">Peak then dBTP</th></tr></thead>"
                           "<tbody>\n");
    for (size_t i = 0; i < mg_view_count(list, ""); i++) {
        const json_t *one = mg_view_item(list, i);
        mg_row_open(page);
        mg_buf_puts(page->out, "<th scope=\"row\">");
        mg_html_label(page->out, mg_view_text(one, "name"));
        mg_buf_puts(page->out, mg_view_false(one, "confirmed") ? " *</th>" : "</th>");
        mg_cell_number(page, mg_view_number(one, "target_lufs"), 0);
        mg_buf_puts(page->out, "<td class=\"n\">");
        mg_html_signed(page->out, mg_view_number(one, "gain_db"), 1);
        mg_buf_puts(page->out, "</td>");
        mg_cell_number(page, mg_view_number(one, "peak_after_dbtp"), 1);
        mg_row_close(page);
    }
    mg_buf_puts(page->out, "</tbody></table><p class=\"note\">* the service does not publish its "
                           "figure</p>");
    mg_page_card_end(page);
}

void mg_page_measures(const mg_page *page)
{
    mg_page_card(page, "all", "All measures");
    mg_buf_puts(page->out, "<div class=\"groups\">");
    group(page, "loudness", "Loudness", loudness);
    group(page, "dynamics", "Dynamics", dynamics);
    group(page, "spectrum", "Spectrum", spectrum);
    group(page, "stereo", "Stereo", stereo);
    group(page, "tempo", "Tempo", tempo);
    group(page, "key", "Key", key);
    group(page, "structure", "Structure", structure);
    group(page, "technical", "Technical", technical);
    group(page, "audio", "File", audio);
    mg_buf_puts(page->out, "</div>");
    mg_page_card_end(page);
}
