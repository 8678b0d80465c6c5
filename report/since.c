#include "report/since.h"

#include "report/labels.h"
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
    if (mg_is_praise(code_of(item->now)))
        return MG_TREND_SAME;
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

static void compare_measures(const json_t *before, const json_t *now, mg_since *ret)
{
    for (size_t i = 0; i < MG_SINCE_FIELDS; i++) {
        const mg_since_field *f = &mg_since_fields[i];
        const double was = mg_json_rounded(mg_since_value(before, f), f->digits);
        const double is = mg_json_rounded(mg_since_value(now, f), f->digits);
        const bool same = isnan(was) ? isnan(is) : fabs(is - was) < 1e-9;
        if (!same)
            ret->measures[ret->measure_count++] =
                (mg_since_measure){.field = f, .before = was, .now = is};
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
        mg_json_str(json, "name", m->field->name);
        mg_json_str(json, "unit", m->field->unit);
        mg_json_num(json, "before", m->before, m->field->digits);
        mg_json_num(json, "now", m->now, m->field->digits);
        mg_json_num(json, "change", m->now - m->before, m->field->digits);
        mg_json_object_end(json);
    }
    mg_json_array_end(json);
    mg_json_object_end(json);
}
