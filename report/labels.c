#include "report/labels.h"

#include "report/html_text.h"
#include "report/result_view.h"

#include <stdio.h>
#include <string.h>

typedef struct label {
    const char *id, *words;
} label;

static const label labels[] = {
    /* scores and their parts */
    {"tonal_balance", "Tonal balance"},
    {"low_end", "Low end"},
    {"integrated_lufs", "Integrated loudness"},
    {"short_term_max_lufs", "Loudest 3 s"},
    {"true_peak_dbtp", "True peak"},
    {"psr_min_lu", "Least PSR (peak over loudness)"},
    {"range_lu", "Loudness range"},
    {"sub_balance_db", "Sub, 20\xe2\x80\x93" "60 Hz"},
    {"bass_balance_db", "Bass, 60\xe2\x80\x93" "250 Hz"},
    {"low_mid_balance_db", "Low mids, 250\xe2\x80\x93" "500 Hz"},
    {"mid_balance_db", "Mids, 500 Hz\xe2\x80\x93" "2 kHz"},
    {"high_mid_balance_db", "High mids, 2\xe2\x80\x93" "6 kHz"},
    {"high_balance_db", "Highs, 6\xe2\x80\x93" "20 kHz"},
    {"resonance_db", "Strongest resonance"},
    {"low_end_mono_loss_db", "Low end lost in mono"},
    {"mono_loss_db", "Lost in mono"},
    {"balance_db", "Balance, left over right"},
    {"clipped_samples_per_minute", "Clipped samples"},
    {"dc_offset", "DC offset"},
    {"gaps_s", "Gaps"},
    {"silence_head_s", "Silence before"},
    {"silence_tail_s", "Silence after"},
    {"damage", "Damage of the file"},
    /* what is compared with a reference */
    {"momentary_max_lufs", "Loudest 400 ms"},
    {"sample_peak_dbfs", "Sample peak"},
    {"plr_lu", "Peak over loudness (PLR)"},
    {"crest_factor_db", "Crest factor"},
    {"dr", "DR"},
    {"rms_dbfs", "RMS"},
    {"tilt_db_per_octave", "Tilt of the spectrum"},
    {"centroid_hz", "Centre of gravity"},
    {"rolloff_hz", "95 % of the power lie below"},
    {"cutoff_hz", "Spectrum ends at"},
    {"correlation_min", "Least correlation of 3 s"},
    {"bpm", "Tempo"},
    {"tuning_cents", "Tuning"},
    {"drop_contrast_lu", "Drop over section before"},
    {"kick_hz", "Kick"},
    {"noise_floor_dbfs", "Noise floor"},
    {"infrasonic_dbfs", "Below 20 Hz"},
    {"hiss_dbfs", "Hiss in the quiet parts"},
    /* streaming services */
    {"apple_music", "Apple Music"},
    {"youtube", "YouTube"},
    {"tidal", "TIDAL"},
    {"amazon_music", "Amazon Music"},
    {"soundcloud", "SoundCloud"},
};

static const label areas[] = {{"tonal", "Tone"}, {"technical", "Technical"}};

static const label units[] = {{"1/min", "a minute"}, {"1", ""}, {"FS", "of full scale"},
                              {"dB/oct", "dB per octave"}, {"DR", ""}};

static const char *find(const label *table, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].id, id) == 0)
            return table[i].words;
    }
    return NULL;
}

#define FIND(table, id) find(table, sizeof(table) / sizeof(table)[0], id)

void mg_html_label(mg_buf *out, const char *id)
{
    const char *words = FIND(labels, id);
    if (words != NULL)
        mg_buf_puts(out, words);
    else
        mg_html_name(out, id);
}

void mg_html_area(mg_buf *out, const char *code)
{
    char area[32];
    snprintf(area, sizeof area, "%.*s", (int)strcspn(code, "."), code);
    const char *words = FIND(areas, area);
    if (words != NULL)
        mg_buf_puts(out, words);
    else
        mg_html_name(out, area);
}

bool mg_is_praise(const char *code)
{
    static const char *const praise[] = {"loudness.on_target", "tonal.balanced",
                                         "stereo.mono_safe", "tempo.steady"};
    for (size_t i = 0; i < sizeof praise / sizeof praise[0]; i++) {
        if (strcmp(code, praise[i]) == 0)
            return true;
    }
    return false;
}

bool mg_is_premaster(const json_t *result)
{
    const char *purpose = strrchr(mg_view_text(result, "scores.overall.profile"), '/');
    return purpose != NULL && strcmp(purpose, "/premaster") == 0;
}

const char *mg_no_score(const json_t *score)
{
    const char *why = mg_view_text(mg_view(score, "reasons"), "value");
    if (strcmp(why, "too_short") == 0)
        return "too short";
    if (strcmp(why, "not_applicable") == 0)
        return "no music";
    return strcmp(why, "silent") == 0 ? "silent" : "no score";
}

const char *mg_unit_label(const char *unit)
{
    const char *words = FIND(units, unit);
    return words != NULL ? words : unit;
}
