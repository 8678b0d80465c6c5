#include "verdict/profile.h"

#include "base/embedded.h"
#include "base/utf8.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

extern const mg_embedded_text mg_embedded_profiles[]; /* sorted by name */

/* One error for the whole parse: the first field that does not fit, by its path. */
typedef struct parser {
    mg_errinfo *err;
    const char *within; /* the object being read; "" for the profile itself */
    bool failed;
} parser;

static void fail(parser *p, const char *field, const char *what)
{
    if (!p->failed)
        mg_fail(p->err, MG_E_CONFIG, 0, "profile: %s%s%s %s", p->within, *p->within ? "." : "",
                field, what);
    p->failed = true;
}

/* A misspelt field would silently leave its target out. `known` ends with NULL. */
static void refuse_unknown(parser *p, const json_t *object, const char *const *known)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value) {
        size_t i = 0;
        while (known[i] && strcmp(known[i], key) != 0)
            i++;
        char shown[48];
        mg_utf8_printable(key, shown, sizeof shown);
        if (!known[i])
            fail(p, shown, "is not a field of a profile");
    }
}

static const char *get_text(parser *p, const json_t *object, const char *field, size_t max)
{
    const char *text = json_string_value(json_object_get(object, field));
    if (!text || !*text || strlen(text) > max) {
        fail(p, field, "must be a text that is neither empty nor too long");
        return "";
    }
    return text;
}

static double get_number(parser *p, const json_t *object, const char *field, double min, double max,
                         bool optional)
{
    const json_t *value = json_object_get(object, field);
    if (optional && (!value || json_is_null(value)))
        return NAN;
    double number = json_number_value(value);
    if (!json_is_number(value) || !(number >= min && number <= max)) {
        char what[80];
        snprintf(what, sizeof what, "must be a number from %g to %g", min, max);
        fail(p, field, what);
        return min;
    }
    return number;
}

static void get_source(parser *p, const json_t *object, mg_target *ret)
{
    static const char *const names[] = {"measured", "published", "prior"};
    const char *evidence = get_text(p, object, "evidence", 16);
    bool known = false;
    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(evidence, names[i]) == 0) {
            ret->evidence = (mg_evidence)i;
            known = true;
        }
    }
    if (!known)
        fail(p, "evidence", "must be measured, published or prior");
    const char *source = get_text(p, object, "source", sizeof ret->source - 1);
    memcpy(ret->source, source, strlen(source) + 1);
    ret->tolerance = get_number(p, object, "tolerance", 1e-3, 1000.0, false);
}

static void get_target(parser *p, const json_t *parent, const char *field, double min, double max,
                       mg_target *ret)
{
    static const char *const known[] = {"low", "high", "tolerance", "evidence", "source", NULL};
    const json_t *object = json_object_get(parent, field);
    if (!json_is_object(object)) {
        fail(p, field, "is missing or not an object");
        return;
    }
    const char *before = p->within;
    p->within = field;
    ret->low = get_number(p, object, "low", min, max, true);
    ret->high = get_number(p, object, "high", min, max, true);
    get_source(p, object, ret);
    refuse_unknown(p, object, known);
    p->within = before;
    if (ret->low > ret->high || (isnan(ret->low) && isnan(ret->high)))
        fail(p, field, "needs a low or a high, and low at most high");
}

static void get_true_peak(parser *p, const json_t *parent, mg_profile *ret)
{
    static const char *const known[] = {"info",     "minor",  "major", "tolerance",
                                        "evidence", "source", NULL};
    const json_t *object = json_object_get(parent, "true_peak");
    if (!json_is_object(object)) {
        fail(p, "true_peak", "is missing or not an object");
        return;
    }
    p->within = "true_peak";
    mg_target target = {.low = NAN};
    get_source(p, object, &target);
    ret->true_peak_info = ret->true_peak_minor = ret->true_peak_major = target;
    ret->true_peak_info.high = get_number(p, object, "info", -60.0, 20.0, false);
    ret->true_peak_minor.high = get_number(p, object, "minor", -60.0, 20.0, false);
    ret->true_peak_major.high = get_number(p, object, "major", -60.0, 20.0, false);
    refuse_unknown(p, object, known);
    p->within = "";
    if (!(ret->true_peak_info.high <= ret->true_peak_minor.high &&
          ret->true_peak_minor.high <= ret->true_peak_major.high))
        fail(p, "true_peak", "must rise from info to major");
}

static void get_bands(parser *p, const json_t *parent, mg_profile *ret)
{
    const char *known[MG_BANDS + 1] = {NULL};
    const json_t *bands = json_object_get(parent, "band_share");
    p->within = "band_share";
    for (unsigned b = 0; b < MG_BANDS; b++) {
        known[b] = mg_band_name[b];
        get_target(p, bands, mg_band_name[b], 1e-5, 1.0, &ret->band_share[b]);
        if (isnan(ret->band_share[b].low) || isnan(ret->band_share[b].high))
            fail(p, mg_band_name[b], "needs a low and a high");
    }
    refuse_unknown(p, bands, known);
    p->within = "";
}

static void get_tempo(parser *p, const json_t *parent, mg_profile *ret)
{
    static const char *const known[] = {"low_bpm", "high_bpm", NULL};
    const json_t *tempo = json_object_get(parent, "tempo");
    if (!tempo)
        return;
    p->within = "tempo";
    ret->tempo_low_bpm = get_number(p, tempo, "low_bpm", 30.0, 300.0, false);
    ret->tempo_high_bpm = get_number(p, tempo, "high_bpm", 30.0, 300.0, false);
    refuse_unknown(p, tempo, known);
    p->within = "";
    if (ret->tempo_high_bpm < ret->tempo_low_bpm)
        fail(p, "tempo", "needs a low_bpm at most its high_bpm");
}

static const char *const root_fields[] = {"name",       "purpose",         "clipping_intended",
                                          "tempo",      "integrated_lufs", "short_term_max_lufs",
                                          "psr_min_lu", "range_lu",        "true_peak",
                                          "band_share", NULL};

mg_err mg_profile_parse(const char *json, size_t len, mg_profile *ret, mg_errinfo *err)
{
    json_error_t json_error;
    json_auto_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &json_error);
    if (!root)
        return mg_fail(err, MG_E_CONFIG, 0, "profile: not a JSON object (line %d: %s)",
                       json_error.line, json_error.text);
    if (!json_is_object(root))
        return mg_fail(err, MG_E_CONFIG, 0, "profile: not a JSON object but another value");
    parser p = {.err = err, .within = ""};
    mg_profile profile = {0};
    const char *name = get_text(&p, root, "name", sizeof profile.name - 1);
    memcpy(profile.name, name, strlen(name) + 1);
    const char *purpose = get_text(&p, root, "purpose", sizeof profile.purpose - 1);
    memcpy(profile.purpose, purpose, strlen(purpose) + 1);
    if (strcmp(purpose, "club") && strcmp(purpose, "streaming") && strcmp(purpose, "premaster"))
        fail(&p, "purpose", "must be club, streaming or premaster");
    const json_t *intended = json_object_get(root, "clipping_intended");
    if (intended && !json_is_boolean(intended))
        fail(&p, "clipping_intended", "must be true or false");
    profile.clipping_intended = json_is_true(intended);
    profile.has_integrated = json_object_get(root, "integrated_lufs") != NULL ||
                             json_object_get(root, "short_term_max_lufs") != NULL;
    if (profile.has_integrated) {
        get_target(&p, root, "integrated_lufs", -70.0, 20.0, &profile.integrated_lufs);
        get_target(&p, root, "short_term_max_lufs", -70.0, 20.0, &profile.short_term_max_lufs);
    }
    get_target(&p, root, "psr_min_lu", 0.0, 60.0, &profile.psr_min_lu);
    get_target(&p, root, "range_lu", 0.0, 80.0, &profile.range_lu);
    get_true_peak(&p, root, &profile);
    get_bands(&p, root, &profile);
    get_tempo(&p, root, &profile);
    refuse_unknown(&p, root, root_fields);
    if (p.failed)
        return MG_E_CONFIG;
    *ret = profile;
    return MG_OK;
}

const char *mg_profile_builtin(const char *name)
{
    size_t len = strlen(name);
    bool genre_only = strchr(name, '/') == NULL;
    for (const mg_embedded_text *row = mg_embedded_profiles; row->name; row++) {
        if (strncmp(row->name, name, len) != 0)
            continue;
        const char *rest = row->name + len;
        if (strcmp(rest, genre_only ? "/streaming.json" : ".json") == 0)
            return row->text;
    }
    return NULL;
}

size_t mg_profile_name_at(size_t index, char *out, size_t size)
{
    for (const mg_embedded_text *row = mg_embedded_profiles; row->name; row++) {
        if (index-- > 0)
            continue;
        size_t len = strlen(row->name) - strlen(".json");
        if (len >= size)
            len = size - 1;
        memcpy(out, row->name, len);
        out[len] = '\0';
        return len;
    }
    return 0;
}
