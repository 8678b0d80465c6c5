#include "report/since_fields.h"

#include "report/result_view.h"

#include <math.h>
#include <string.h>

#define VALUE(name, words, unit, subject, digits)                                                  \
    {name, words, unit, MG_SINCE_##subject, digits, name, -1, NULL}
#define SCORE(name, words)                                                                         \
    {"scores." name, "Score, " words, "", MG_SINCE_SCORES, 0, "scores." name ".value", -1, NULL}
#define BAND(index, name, words)                                                                   \
    {"bands." name, words, "dB", MG_SINCE_SPECTRUM, 1, "spectrum.bands", index, "level_db"}

const mg_since_field mg_since_fields[MG_SINCE_FIELDS] = {
    SCORE("overall", "overall"),
    SCORE("loudness", "loudness"),
    SCORE("dynamics", "dynamics"),
    SCORE("tonal_balance", "tonal balance"),
    SCORE("low_end", "low end"),
    SCORE("stereo", "stereo"),
    SCORE("technical", "technical"),
    VALUE("loudness.integrated_lufs", "Integrated loudness", "LUFS", LOUDNESS, 2),
    VALUE("loudness.short_term_max_lufs", "Loudest 3 s", "LUFS", LOUDNESS, 2),
    VALUE("loudness.range_lu", "Loudness range", "LU", LOUDNESS, 2),
    VALUE("loudness.true_peak_dbtp", "True peak", "dBTP", LOUDNESS, 2),
    VALUE("loudness.plr_lu", "Peak over loudness (PLR)", "LU", LOUDNESS, 2),
    VALUE("loudness.psr_min_lu", "Least PSR", "LU", LOUDNESS, 2),
    VALUE("dynamics.dr", "DR", "", LOUDNESS, 1),
    VALUE("dynamics.crest_factor_db", "Crest factor", "dB", LOUDNESS, 2),
    BAND(0, "sub", "Sub, 20-60 Hz"),
    BAND(1, "bass", "Bass, 60-250 Hz"),
    BAND(2, "low_mid", "Low mids, 250-500 Hz"),
    BAND(3, "mid", "Mids, 500 Hz-2 kHz"),
    BAND(4, "high_mid", "High mids, 2-6 kHz"),
    BAND(5, "high", "Highs, 6-20 kHz"),
    VALUE("spectrum.tilt_db_per_octave", "Tilt", "dB/oct", SPECTRUM, 2),
    VALUE("spectrum.centroid_hz", "Centre of gravity", "Hz", SPECTRUM, 0),
    VALUE("spectrum.cutoff_hz", "Spectrum ends at", "Hz", SPECTRUM, 0),
    VALUE("stereo.correlation", "Correlation", "", STEREO, 3),
    VALUE("stereo.correlation_min", "Least correlation of 3 s", "", STEREO, 3),
    VALUE("stereo.width", "Width", "", STEREO, 3),
    VALUE("stereo.balance_db", "Balance, left over right", "dB", STEREO, 2),
    VALUE("stereo.mono_loss_db", "Lost in mono", "dB", STEREO, 2),
    VALUE("tempo.bpm", "Tempo", "BPM", OTHER, 2),
    VALUE("key.tuning_cents", "Tuning", "cents", OTHER, 1),
    VALUE("structure.energy", "Energy", "", OTHER, 0),
    VALUE("structure.drop_contrast_lu", "Drop over section before", "LU", OTHER, 1),
    VALUE("technical.clipped_samples", "Clipped samples", "", OTHER, 0),
    VALUE("technical.noise_floor_dbfs", "Noise floor", "dBFS", OTHER, 1),
    VALUE("audio.duration_s", "Length", "s", OTHER, 3),
};

const mg_since_field *mg_since_field_of(const char *name)
{
    for (size_t i = 0; i < MG_SINCE_FIELDS; i++) {
        if (strcmp(mg_since_fields[i].name, name) == 0)
            return &mg_since_fields[i];
    }
    return NULL;
}

double mg_since_value(const json_t *result, const mg_since_field *field)
{
    const json_t *at = mg_view(result, field->path);
    if (field->index >= 0)
        return mg_view_number(mg_view_item(at, (size_t)field->index), field->field);
    return mg_view_number(at, "");
}

bool mg_since_is_small(double change, int digits)
{
    return digits > 0 && fabs(change) < 4.5 * pow(10.0, -digits);
}
