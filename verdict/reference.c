#include "verdict/reference.h"

#include "verdict/json_group.h"

#include <stddef.h>
#include <string.h>

/* ---- comparing ---- */

static const struct field {
    const char *name, *unit;
    int digits;
    bool matched;
    size_t at; /* of the mg_value in mg_measures */
} fields[] = {
#define FIELD(group, name, unit, digits, matched)                                                  \
    {#group "." #name, unit, digits, matched, offsetof(mg_measures, group.name)}
    FIELD(loudness, momentary_max_lufs, "LUFS", 2, true),
    FIELD(loudness, short_term_max_lufs, "LUFS", 2, true),
    FIELD(loudness, range_lu, "LU", 2, false),
    FIELD(loudness, true_peak_dbtp, "dBTP", 2, true),
    FIELD(loudness, sample_peak_dbfs, "dBFS", 2, true),
    FIELD(loudness, plr_lu, "LU", 2, false),
    FIELD(loudness, psr_min_lu, "LU", 2, false),
    FIELD(dynamics, crest_factor_db, "dB", 2, false),
    FIELD(dynamics, dr, "DR", 1, false),
    FIELD(dynamics, rms_dbfs, "dBFS", 2, true),
    FIELD(spectrum, tilt_db_per_octave, "dB/oct", 2, false),
    FIELD(spectrum, centroid_hz, "Hz", 0, false),
    FIELD(spectrum, rolloff_hz, "Hz", 0, false),
    FIELD(spectrum, cutoff_hz, "Hz", 0, false),
    FIELD(stereo, correlation, "1", 3, false),
    FIELD(stereo, correlation_min, "1", 3, false),
    FIELD(stereo, width, "1", 3, false),
    FIELD(stereo, balance_db, "dB", 2, false),
    FIELD(stereo, mono_loss_db, "dB", 2, false),
    FIELD(tempo, bpm, "BPM", 2, false),
    FIELD(key, tuning_cents, "cents", 1, false),
    FIELD(structure, energy, "1", 0, false),
    FIELD(structure, drop_contrast_lu, "LU", 1, false),
    FIELD(structure, kick_hz, "Hz", 1, false),
    FIELD(technical, noise_floor_dbfs, "dBFS", 1, true),
    FIELD(technical, infrasonic_dbfs, "dBFS", 1, true),
#undef FIELD
};
_Static_assert(sizeof fields / sizeof fields[0] <= MG_REFERENCE_MEASURES_MAX, "list too short");

static mg_value minus(mg_value a, mg_value b)
{
    if (!mg_has(a) || !mg_has(b))
        return mg_none(mg_has(a) ? b.why : a.why);
    return mg_some(a.v - b.v);
}

/* Levels: the reference's after the gain. */
static mg_value level_minus(mg_value track, mg_value reference, mg_value gain)
{
    return minus(minus(track, reference), gain);
}

static const mg_value *field_of(const mg_measures *measures, size_t at)
{
    return (const mg_value *)(const void *)((const char *)measures + at);
}

static mg_value programme(const mg_measures *m)
{
    return m->audio.channels == 1 ? m->loudness.integrated_dual_mono_lufs
                                  : m->loudness.integrated_lufs;
}

static void compare_band(const mg_measures *track, const mg_measures *reference, unsigned b,
                         mg_value gain, mg_reference_band *ret)
{
    const mg_stereo_band *a = &track->stereo.bands[b], *o = &reference->stereo.bands[b];
    *ret = (mg_reference_band){
        .level_db = level_minus(track->spectrum.band_db[b], reference->spectrum.band_db[b], gain),
        .share = minus(track->spectrum.band_share[b], reference->spectrum.band_share[b]),
        .loudest_share = minus(track->spectrum.loudest_band_share[b],
                               reference->spectrum.loudest_band_share[b]),
        .crest_db = minus(track->dynamics.band_crest_db[b], reference->dynamics.band_crest_db[b]),
        .correlation = minus(a->correlation, o->correlation),
        .width = minus(a->width, o->width),
        .mono_loss_db = minus(a->mono_loss_db, o->mono_loss_db),
    };
}

void mg_reference_compare(const mg_measures *track, const mg_measures *reference,
                          mg_reference *ret)
{
    const mg_key_result *key = &reference->key;
    const mg_value gain = minus(programme(track), programme(reference));
    memset(ret, 0, sizeof *ret);
    memcpy(ret->sha256, reference->audio.sha256, sizeof ret->sha256);
    ret->duration_s = reference->audio.duration_s;
    ret->sample_rate_hz = reference->audio.sample_rate_hz;
    ret->channels = reference->audio.channels;
    ret->integrated_lufs = programme(reference);
    ret->gain_db = gain;
    ret->key_why = key->why;
    ret->key = key->why == MG_WHY_PRESENT ? mg_key_name(key->tonic, key->mode) : "";
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const struct field *f = &fields[i];
        const mg_value a = *field_of(track, f->at), b = *field_of(reference, f->at);
        ret->measures[ret->measure_count++] = (mg_reference_measure){
            .name = f->name, .unit = f->unit, .digits = f->digits, .matched = f->matched,
            .track = a, .reference = b,
            .difference = f->matched ? level_minus(a, b, gain) : minus(a, b)};
    }
    for (unsigned b = 0; b < MG_BANDS; b++)
        compare_band(track, reference, b, gain, &ret->bands[b]);
    for (unsigned t = 0; t < MG_THIRD_OCTAVES; t++)
        ret->third_octave_db[t] = level_minus(track->spectrum.third_octave_db[t],
                                              reference->spectrum.third_octave_db[t], gain);
}

/* ---- writing ---- */

static void write_measure(mg_json *json, const mg_reference_measure *m)
{
    group g = open_group(json, NULL);
    mg_json_str(json, "name", m->name);
    mg_json_str(json, "unit", m->unit);
    mg_json_bool(json, "matched", m->matched);
    put(&g, "track", m->track, m->digits);
    put(&g, "reference", m->reference, m->digits);
    put(&g, "difference", m->difference, m->digits);
    close_group(&g);
}

static void write_band(mg_json *json, const mg_reference_band *band, const char *name)
{
    group g = open_group(json, NULL);
    mg_json_str(json, "band", name);
    put(&g, "level_db", band->level_db, 1);
    put(&g, "share", band->share, 4);
    put(&g, "loudest_share", band->loudest_share, 4);
    put(&g, "crest_db", band->crest_db, 2);
    put(&g, "correlation", band->correlation, 3);
    put(&g, "width", band->width, 3);
    put(&g, "mono_loss_db", band->mono_loss_db, 2);
    close_group(&g);
}

static void write_spectrum(mg_json *json, const mg_reference *reference)
{
    mg_json_array(json, "bands");
    for (unsigned b = 0; b < MG_BANDS; b++)
        write_band(json, &reference->bands[b], mg_band_name[b]);
    mg_json_array_end(json);
    mg_json_array(json, "third_octave");
    for (unsigned t = 0; t < MG_THIRD_OCTAVES; t++) {
        group g = open_group(json, NULL);
        mg_json_num(json, "hz", mg_third_octave_hz(t), 1);
        put(&g, "level_db", reference->third_octave_db[t], 1);
        close_group(&g);
    }
    mg_json_array_end(json);
}

void mg_reference_write(mg_json *json, const char *key, const mg_reference *reference)
{
    group g = open_group(json, key);
    mg_json_str(json, "sha256", reference->sha256);
    mg_json_num(json, "duration_s", reference->duration_s, 6);
    mg_json_int(json, "sample_rate_hz", reference->sample_rate_hz);
    mg_json_int(json, "channels", reference->channels);
    put(&g, "integrated_lufs", reference->integrated_lufs, 2);
    if (reference->key_why == MG_WHY_PRESENT)
        mg_json_str(json, "key", reference->key);
    else
        put_null(&g, "key", reference->key_why);
    put(&g, "gain_db", reference->gain_db, 2);
    mg_json_array(json, "measures");
    for (unsigned i = 0; i < reference->measure_count; i++)
        write_measure(json, &reference->measures[i]);
    mg_json_array_end(json);
    write_spectrum(json, reference);
    close_group(&g);
}
