#include "worker/analyser/result_check.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    DEPTH_MAX = 8,        /* the deepest path of a result has 5 */
    ITEMS_MAX = 64,       /* of an array that the table does not name */
    KEYS_MAX = 64,        /* of an object */
    STRING_MAX = 1024,    /* bytes */
    PATH_MAX_CHARS = 160,
};
static const double number_max = 1e13; /* bytes and samples of the largest file fit */

typedef enum kind {
    OBJECT,
    ARRAY,
    STRING,
    NUMBER,
    NUMBER_OR_NULL,
    STRING_OR_NULL,
    OBJECT_OR_NULL
} kind;

/* For ARRAY `high` is the most items, for STRING the most bytes. */
typedef struct rule {
    const char *path;
    kind kind;
    double low, high;
} rule;

/* Rows without a dot are the top-level keys; all paths must be there. */
static const rule rules[] = {
    {"engine", OBJECT, 0, 0},
    {"engine.name", STRING, 0, 32},
    {"engine.version", STRING, 0, 32},
    {"engine.schema", STRING, 0, 32},
    {"engine.params_hash", STRING, 0, 64},
    {"audio", OBJECT, 0, 0},
    {"audio.container", STRING, 0, 16},
    {"audio.codec", STRING, 0, 32},
    {"audio.sample_rate_hz", NUMBER, 1, 1e6},
    {"audio.channels", NUMBER, 1, 64},
    {"audio.duration_s", NUMBER, 0, 1e6},
    {"audio.sha256", STRING, 0, 64},
    {"audio.warnings", ARRAY, 0, 32},
    {"loudness", OBJECT, 0, 0},
    {"loudness.integrated_lufs", NUMBER_OR_NULL, -100, 100},
    {"loudness.range_lu", NUMBER_OR_NULL, 0, 200},
    {"loudness.short_term_max_lufs", NUMBER_OR_NULL, -1000, 1000},
    {"loudness.momentary_max_lufs", NUMBER_OR_NULL, -1000, 1000},
    {"loudness.true_peak_dbtp", NUMBER_OR_NULL, -1000, 1000},
    {"loudness.timeline", OBJECT, 0, 0},
    {"loudness.timeline.momentary_lufs", ARRAY, 0, 6000},
    {"loudness.timeline.short_term_lufs", ARRAY, 0, 6000},
    {"loudness.platforms", ARRAY, 0, 32},
    {"dynamics", OBJECT, 0, 0},
    {"spectrum", OBJECT, 0, 0},
    {"spectrum.third_octave", ARRAY, 0, 31},
    {"spectrum.bands", ARRAY, 0, 6},
    {"spectrum.resonances", ARRAY, 0, 16},
    {"stereo", OBJECT, 0, 0},
    {"stereo.correlation", NUMBER_OR_NULL, -1, 1},
    {"stereo.width", NUMBER_OR_NULL, 0, 1},
    {"tempo", OBJECT, 0, 0},
    {"tempo.bpm", NUMBER_OR_NULL, 1, 1000},
    {"tempo.confidence", NUMBER, 0, 1},
    {"tempo.tempo_map", ARRAY, 0, 1000},
    {"tempo.beats_s", ARRAY, 0, 20000},
    {"key", OBJECT, 0, 0},
    {"key.name", STRING_OR_NULL, 0, 15},
    {"key.camelot", STRING_OR_NULL, 0, 3},
    {"key.confidence", NUMBER, 0, 1},
    {"key.segments", ARRAY, 0, 200},
    {"structure", OBJECT, 0, 0},
    {"structure.sections", ARRAY, 0, 200},
    {"structure.energy", NUMBER_OR_NULL, 1, 10},
    {"technical", OBJECT, 0, 0},
    {"technical.clipped_runs", ARRAY, 0, 500},
    {"technical.gaps", ARRAY, 0, 200},
    {"technical.clicks", ARRAY, 0, 200},
    {"waveform", OBJECT, 0, 0},
    {"waveform.samples_per_pixel", NUMBER, 256, 1e9},
    {"waveform.data", ARRAY, 0, 4096},
    {"scores", OBJECT, 0, 0},
    {"scores.overall.value", NUMBER_OR_NULL, 0, 100},
    {"scores.loudness.value", NUMBER_OR_NULL, 0, 100},
    {"scores.dynamics.value", NUMBER_OR_NULL, 0, 100},
    {"scores.tonal_balance.value", NUMBER_OR_NULL, 0, 100},
    {"scores.low_end.value", NUMBER_OR_NULL, 0, 100},
    {"scores.stereo.value", NUMBER_OR_NULL, 0, 100},
    {"scores.technical.value", NUMBER_OR_NULL, 0, 100},
    {"feedback", ARRAY, 0, 64},
    {"feedback_total", NUMBER, 0, 10000},
    {"reference", OBJECT_OR_NULL, 0, 0},
};
enum { RULES = sizeof rules / sizeof rules[0] };

static mg_err nonsense(mg_errinfo *err, const char *path, const char *what)
{
    return mg_fail(err, MG_E_INTERNAL, 0, "analyser answered nonsense: %s %s", path, what);
}

static bool is_kind(const json_t *value, kind wanted)
{
    switch (wanted) {
    case OBJECT:
        return json_is_object(value);
    case ARRAY:
        return json_is_array(value);
    case STRING:
        return json_is_string(value);
    case NUMBER:
        return json_is_number(value);
    case NUMBER_OR_NULL:
        return json_is_number(value) || json_is_null(value);
    case STRING_OR_NULL:
        return json_is_string(value) || json_is_null(value);
    case OBJECT_OR_NULL:
        return json_is_object(value) || json_is_null(value);
    }
    return false;
}

static const json_t *at_path(const json_t *root, const char *path)
{
    char name[64];
    while (root != NULL) {
        const size_t len = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)len, path);
        root = json_object_get(root, name);
        if (path[len] == '\0')
            return root;
        path += len + 1;
    }
    return NULL;
}

static mg_err check_rule(const json_t *root, const rule *row, mg_errinfo *err)
{
    const json_t *value = at_path(root, row->path);
    if (value == NULL)
        return nonsense(err, row->path, "is missing");
    if (!is_kind(value, row->kind))
        return nonsense(err, row->path, "has the wrong type");
    if (json_is_number(value) &&
        !(json_number_value(value) >= row->low && json_number_value(value) <= row->high))
        return nonsense(err, row->path, "is out of range");
    if (json_is_array(value) && json_array_size(value) > (size_t)row->high)
        return nonsense(err, row->path, "has too many items");
    if (json_is_string(value) && json_string_length(value) > (size_t)row->high)
        return nonsense(err, row->path, "is too long");
    return MG_OK;
}

static const rule *rule_for(const char *path)
{
    for (size_t i = 0; i < RULES; i++) {
        if (strcmp(rules[i].path, path) == 0)
            return &rules[i];
    }
    return NULL;
}

static mg_err check_any(const json_t *value, const char *path, unsigned depth, mg_errinfo *err);

static mg_err check_array(const json_t *array, const char *path, unsigned depth, mg_errinfo *err)
{
    char inner[PATH_MAX_CHARS];
    const rule *row = rule_for(path);
    if (row == NULL && json_array_size(array) > ITEMS_MAX)
        return nonsense(err, path, "has too many items");
    snprintf(inner, sizeof inner, "%s[]", path);
    for (size_t i = 0; i < json_array_size(array); i++) {
        mg_err result = check_any(json_array_get(array, i), inner, depth + 1, err);
        if (result != MG_OK)
            return result;
    }
    return MG_OK;
}

static mg_err check_object(json_t *object, const char *path, unsigned depth, mg_errinfo *err)
{
    char inner[PATH_MAX_CHARS];
    const char *key;
    json_t *value;
    if (json_object_size(object) > KEYS_MAX)
        return nonsense(err, path, "has too many keys");
    json_object_foreach(object, key, value) {
        if (strlen(key) > 63)
            return nonsense(err, path, "has a key that is too long");
        if (depth == 0 && rule_for(key) == NULL)
            return nonsense(err, key, "is not a key of a result");
        snprintf(inner, sizeof inner, "%s%s%s", path, depth > 0 ? "." : "", key);
        mg_err result = check_any(value, inner, depth + 1, err);
        if (result != MG_OK)
            return result;
    }
    return MG_OK;
}

/* What holds for every value wherever it stands. */
static mg_err check_any(const json_t *value, const char *path, unsigned depth, mg_errinfo *err)
{
    if (depth > DEPTH_MAX)
        return nonsense(err, path, "is nested too deeply");
    if (json_is_object(value))
        return check_object((json_t *)value, path, depth, err);
    if (json_is_array(value))
        return check_array(value, path, depth, err);
    if (json_is_number(value) && !(fabs(json_number_value(value)) <= number_max))
        return nonsense(err, path, "is out of range");
    if (json_is_string(value) && json_string_length(value) > STRING_MAX)
        return nonsense(err, path, "is too long");
    return MG_OK;
}

mg_err mg_result_check(const char *json, size_t len, mg_errinfo *err)
{
    json_error_t error;
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        if (json_error_code(&error) == json_error_out_of_memory)
            return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
        return mg_fail(err, MG_E_INTERNAL, 0, "analyser answered nonsense: %s at byte %d",
                       error.text, error.position);
    }
    mg_err result = MG_OK;
    if (!json_is_object(root))
        result = nonsense(err, "the result", "is not an object");
    if (result == MG_OK)
        result = check_any(root, "", 0, err);
    for (size_t i = 0; i < RULES && result == MG_OK; i++)
        result = check_rule(root, &rules[i], err);
    if (result == MG_OK &&
        strcmp(json_string_value(at_path(root, "engine.schema")), MG_RESULT_SCHEMA) != 0)
        result = nonsense(err, "engine.schema", "is not " MG_RESULT_SCHEMA);
    json_decref(root);
    return result;
}
