#include "report/result_view.h"

#include <math.h>
#include <string.h>

mg_err mg_view_parse(const char *json, size_t len, json_t **ret, mg_errinfo *err)
{
    json_error_t at;
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &at);
    if (root == NULL && json_error_code(&at) == json_error_out_of_memory)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    if (root == NULL)
        return mg_fail(err, MG_E_SCHEMA, 0, "the result is not JSON: %s, line %d", at.text,
                       at.line);
    if (strcmp(mg_view_text(root, "engine.schema"), "mixgauge.result/1") != 0) {
        json_decref(root);
        return mg_fail(err, MG_E_SCHEMA, 0,
                       "the result is of a form that this program does not know");
    }
    *ret = root;
    return MG_OK;
}

static const json_t *present(const json_t *value)
{
    return json_is_null(value) ? NULL : value;
}

const json_t *mg_view(const json_t *object, const char *path)
{
    while (object != NULL && *path != '\0') {
        const size_t len = strcspn(path, ".");
        object = json_object_getn(object, path, len);
        path += len + (path[len] == '.');
    }
    return present(object);
}

double mg_view_number(const json_t *object, const char *path)
{
    const json_t *value = mg_view(object, path);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

const char *mg_view_text(const json_t *object, const char *path)
{
    const char *value = json_string_value(mg_view(object, path));
    return value != NULL ? value : "";
}

bool mg_view_true(const json_t *object, const char *path)
{
    return json_is_true(mg_view(object, path));
}

bool mg_view_false(const json_t *object, const char *path)
{
    return json_is_false(mg_view(object, path));
}

size_t mg_view_count(const json_t *object, const char *path)
{
    return json_array_size(mg_view(object, path));
}

const json_t *mg_view_item(const json_t *array, size_t index)
{
    return present(json_array_get(array, index));
}

double mg_view_number_at(const json_t *array, size_t index)
{
    const json_t *value = json_array_get(array, index);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}
