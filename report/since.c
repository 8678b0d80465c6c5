#include "report/since.h"

#include "report/result_view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const mg_trend_name[3] = {"better", "same", "worse"};

/* ---- feedback ---- */

static const char *code_of(const json_t *item)
{
    return mg_view_text(item, "code");
}

static bool stands_for(const json_t *item, const char *code)
{
    const json_t *also = mg_view(item, "also");
    for (size_t i = 0; i < mg_view_count(also, ""); i++) {
        const char *other = json_string_value(mg_view_item(also, i));
        if (other != NULL && strcmp(other, code) == 0)
            return true;
    }
    return false;
}

/* The item with this code, or one that stands for it; the former first. */
static const json_t *find_item(const json_t *feedback, const char *code)
{
    const json_t *merged = NULL;
    for (size_t i = 0; i < mg_view_count(feedback, ""); i++) {
        const json_t *item = mg_view_item(feedback, i);
        if (strcmp(code_of(item), code) == 0)
            return item;
        if (merged == NULL && stands_for(item, code))
            merged = item;
    }
    return merged;
}

static int severity_rank(const json_t *item)
{
    static const char *const names[] = {"info", "minor", "major", "critical"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(mg_view_text(item, "severity"), names[i]) == 0)
            return i;
    }
    return 0;
}

static mg_trend trend_of(const mg_since_item *item)
{
    const int severity = severity_rank(item->now) - severity_rank(item->before);
    const double before = fabs(mg_view_number(item->before, "delta"));
    const double now = fabs(mg_view_number(item->now, "delta"));
    if (severity != 0)
        return severity < 0 ? MG_TREND_BETTER : MG_TREND_WORSE;
    if (isnan(before) || isnan(now) || fabs(now - before) <= 0.05 * fmax(before, now))
        return MG_TREND_SAME;
    return now < before ? MG_TREND_BETTER : MG_TREND_WORSE;
}

/* Under different codes (one now stands for the other) the figures measure different things. */
static mg_since_item pair(const json_t *before, const json_t *now)
{
    mg_since_item item = {.before = before, .now = now, .change = NAN, .trend = MG_TREND_SAME};
    if (strcmp(code_of(before), code_of(now)) == 0) {
        item.change = mg_view_number(now, "measured") - mg_view_number(before, "measured");
        item.trend = trend_of(&item);
    }
    return item;
}

static void compare_feedback(const json_t *before, const json_t *now, mg_since *ret)
{
    for (size_t i = 0; i < mg_view_count(before, "") && i < MG_SINCE_ITEMS_MAX; i++) {
        const json_t *item = mg_view_item(before, i), *other = find_item(now, code_of(item));
        if (other == NULL)
            ret->resolved[ret->resolved_count++] = (mg_since_item){.before = item, .change = NAN};
        else
            ret->kept[ret->kept_count++] = pair(item, other);
    }
    for (size_t i = 0; i < mg_view_count(now, "") && i < MG_SINCE_ITEMS_MAX; i++) {
        const json_t *item = mg_view_item(now, i);
        if (find_item(before, code_of(item)) == NULL)
            ret->added[ret->added_count++] = (mg_since_item){.now = item, .change = NAN};
    }
}

/* ---- measures ---- */

/* `index` >= 0: of the array at `path`, the field `field`. */
static const struct measure {
    const char *name, *unit;
    int digits;
    const char *path;
    int index;
    const char *field;
} measures[] = {
    {"scores.overall", "", 0, "scores.overall.value", -1, NULL},
    {"scores.loudness", "", 0, "scores.loudness.value", -1, NULL},
    {"scores.dynamics", "", 0, "scores.dynamics.value", -1, NULL},
    {"scores.tonal_balance", "", 0, "scores.tonal_balance.value", -1, NULL},
    {"scores.low_end", "", 0, "scores.low_end.value", -1, NULL},
    {"scores.stereo", "", 0, "scores.stereo.value", -1, NULL},
    {"scores.technical", "", 0, "scores.technical.value", -1, NULL},
    {"loudness.integrated_lufs", "LUFS", 2, "loudness.integrated_lufs", -1, NULL},
    {"loudness.short_term_max_lufs", "LUFS", 2, "loudness.short_term_max_lufs", -1, NULL},
    {"loudness.range_lu", "LU", 2, "loudness.range_lu", -1, NULL},
    {"loudness.true_peak_dbtp", "dBTP", 2, "loudness.true_peak_dbtp", -1, NULL},
    {"loudness.plr_lu", "LU", 2, "loudness.plr_lu", -1, NULL},
    {"loudness.psr_min_lu", "LU", 2, "loudness.psr_min_lu", -1, NULL},
    {"dynamics.dr", "DR", 1, "dynamics.dr", -1, NULL},
    {"dynamics.crest_factor_db", "dB", 2, "dynamics.crest_factor_db", -1, NULL},
    {"bands.sub", "dB", 1, "spectrum.bands", 0, "level_db"},
    {"bands.bass", "dB", 1, "spectrum.bands", 1, "level_db"},
    {"bands.low_mid", "dB", 1, "spectrum.bands", 2, "level_db"},
    {"bands.mid", "dB", 1, "spectrum.bands", 3, "level_db"},
    {"bands.high_mid", "dB", 1, "spectrum.bands", 4, "level_db"},
    {"bands.high", "dB", 1, "spectrum.bands", 5, "level_db"},
    {"spectrum.tilt_db_per_octave", "dB/oct", 2, "spectrum.tilt_db_per_octave", -1, NULL},
    {"spectrum.centroid_hz", "Hz", 0, "spectrum.centroid_hz", -1, NULL},
    {"spectrum.cutoff_hz", "Hz", 0, "spectrum.cutoff_hz", -1, NULL},
    {"stereo.correlation", "", 3, "stereo.correlation", -1, NULL},
    {"stereo.correlation_min", "", 3, "stereo.correlation_min", -1, NULL},
    {"stereo.width", "", 3, "stereo.width", -1, NULL},
    {"stereo.balance_db", "dB", 2, "stereo.balance_db", -1, NULL},
    {"stereo.mono_loss_db", "dB", 2, "stereo.mono_loss_db", -1, NULL},
    {"tempo.bpm", "BPM", 2, "tempo.bpm", -1, NULL},
    {"key.tuning_cents", "cents", 1, "key.tuning_cents", -1, NULL},
    {"structure.energy", "", 0, "structure.energy", -1, NULL},
    {"structure.drop_contrast_lu", "LU", 1, "structure.drop_contrast_lu", -1, NULL},
    {"technical.clipped_samples", "samples", 0, "technical.clipped_samples", -1, NULL},
    {"technical.noise_floor_dbfs", "dBFS", 1, "technical.noise_floor_dbfs", -1, NULL},
    {"audio.duration_s", "s", 3, "audio.duration_s", -1, NULL},
};
_Static_assert(sizeof measures / sizeof measures[0] <= MG_SINCE_MEASURES_MAX, "list too short");

static double value_of(const json_t *result, const struct measure *m)
{
    if (m->index < 0)
        return mg_view_number(result, m->path);
    return mg_view_number(mg_view_item(mg_view(result, m->path), (size_t)m->index), m->field);
}

static void compare_measures(const json_t *before, const json_t *now, mg_since *ret)
{
    for (size_t i = 0; i < sizeof measures / sizeof measures[0]; i++) {
        const struct measure *m = &measures[i];
        const double was = mg_json_rounded(value_of(before, m), m->digits);
        const double is = mg_json_rounded(value_of(now, m), m->digits);
        const bool same = isnan(was) ? isnan(is) : fabs(is - was) < 1e-9;
        if (!same)
            ret->measures[ret->measure_count++] = (mg_since_measure){
                .name = m->name, .unit = m->unit, .digits = m->digits, .before = was, .now = is};
    }
}

/* ---- the whole ---- */

static bool same_text(const json_t *a, const json_t *b, const char *path)
{
    return strcmp(mg_view_text(a, path), mg_view_text(b, path)) == 0;
}

void mg_since_compare(const json_t *before, const json_t *now, mg_since *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->same_audio = same_text(before, now, "audio.sha256");
    ret->other_engine = !same_text(before, now, "engine.version");
    ret->other_profile = !same_text(before, now, "scores.overall.profile");
    ret->other_params = !ret->other_profile && !same_text(before, now, "engine.params_hash");
    compare_feedback(mg_view(before, "feedback"), mg_view(now, "feedback"), ret);
    compare_measures(before, now, ret);
}

void mg_since_number(double value, int digits, bool sign, char out[32])
{
    if (isnan(value))
        snprintf(out, 32, "-");
    else
        snprintf(out, 32, sign ? "%+.*f" : "%.*f", digits, mg_json_rounded(value, digits));
}

/* ---- JSON ---- */

static void write_warnings(mg_json *json, const mg_since *since)
{
    const struct {
        bool on;
        const char *id;
    } warnings[] = {{since->same_audio, "same_audio"},
                    {since->other_engine, "other_engine"},
                    {since->other_profile, "other_profile"},
                    {since->other_params, "other_params"}};
    mg_json_array(json, "warnings");
    for (size_t i = 0; i < sizeof warnings / sizeof warnings[0]; i++) {
        if (warnings[i].on)
            mg_json_str(json, NULL, warnings[i].id);
    }
    mg_json_array_end(json);
}

static void write_items(mg_json *json, const char *key, const mg_since_item *items, unsigned count)
{
    mg_json_array(json, key);
    for (unsigned i = 0; i < count; i++) {
        const json_t *item = items[i].now != NULL ? items[i].now : items[i].before;
        mg_json_object(json, NULL);
        mg_json_str(json, "code", code_of(item));
        mg_json_str(json, "severity", mg_view_text(item, "severity"));
        mg_json_str(json, "message", mg_view_text(item, "message"));
        mg_json_object_end(json);
    }
    mg_json_array_end(json);
}

static void write_kept(mg_json *json, const mg_since *since)
{
    mg_json_array(json, "unchanged");
    for (unsigned i = 0; i < since->kept_count; i++) {
        const mg_since_item *item = &since->kept[i];
        mg_json_object(json, NULL);
        mg_json_str(json, "code", code_of(item->before));
        mg_json_str(json, "now", code_of(item->now));
        mg_json_str(json, "severity_before", mg_view_text(item->before, "severity"));
        mg_json_str(json, "severity", mg_view_text(item->now, "severity"));
        mg_json_num(json, "change", item->change, 4);
        mg_json_str(json, "unit", mg_view_text(item->now, "unit"));
        mg_json_str(json, "trend", mg_trend_name[item->trend]);
        mg_json_object_end(json);
    }
    mg_json_array_end(json);
}

void mg_since_write(mg_json *json, const char *key, const mg_since *since)
{
    mg_json_object(json, key);
    write_warnings(json, since);
    write_items(json, "resolved", since->resolved, since->resolved_count);
    write_items(json, "new", since->added, since->added_count);
    write_kept(json, since);
    mg_json_array(json, "measures");
    for (unsigned i = 0; i < since->measure_count; i++) {
        const mg_since_measure *m = &since->measures[i];
        mg_json_object(json, NULL);
        mg_json_str(json, "name", m->name);
        mg_json_str(json, "unit", m->unit);
        mg_json_num(json, "before", m->before, m->digits);
        mg_json_num(json, "now", m->now, m->digits);
        mg_json_num(json, "change", m->now - m->before, m->digits);
        mg_json_object_end(json);
    }
    mg_json_array_end(json);
    mg_json_object_end(json);
}
