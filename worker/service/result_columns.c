#include "worker/service/result_columns.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

static const json_t *member(const json_t *object, const char *area, const char *name)
{
    return json_object_get(json_object_get(object, area), name);
}

static double number(const json_t *value)
{
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

/* "" for what is not a text, or too long to be one of ours. */
static void text(const json_t *value, char *out, size_t size)
{
    out[0] = '\0';
    if (json_is_string(value) && json_string_length(value) < size)
        memcpy(out, json_string_value(value), json_string_length(value) + 1);
}

static int score(const json_t *value)
{
    if (json_is_object(value))
        value = json_object_get(value, "value");
    double points = number(value);
    return points >= 0 && points <= 100 ? (int)lround(points) : -1;
}

mg_err mg_result_columns_parse(const char *json, size_t len, mg_result_columns *ret,
                               char ret_sha256[65], mg_errinfo *err)
{
    json_error_t where;
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &where);
    if (!root)
        return mg_fail(err, MG_E_INTERNAL, 0, "the result is not JSON: %s", where.text);
    mg_result_columns columns;
    text(member(root, "engine", "version"), columns.engine_version, sizeof columns.engine_version);
    text(member(root, "engine", "params_hash"), columns.params_hash, sizeof columns.params_hash);
    columns.duration_s = number(member(root, "audio", "duration_s"));
    columns.bpm = number(member(root, "tempo", "bpm"));
    columns.integrated_lufs = number(member(root, "loudness", "integrated_lufs"));
    columns.true_peak_dbtp = number(member(root, "loudness", "true_peak_dbtp"));
    columns.overall_score = score(member(root, "scores", "overall"));
    text(member(root, "key", "name"), columns.key, sizeof columns.key);
    text(member(root, "key", "camelot"), columns.camelot, sizeof columns.camelot);
    text(member(root, "audio", "sha256"), ret_sha256, 65);
    json_decref(root);
    if (!columns.engine_version[0] || !columns.params_hash[0])
        return mg_fail(err, MG_E_INTERNAL, 0, "the result does not name its engine");
    *ret = columns;
    return MG_OK;
}
