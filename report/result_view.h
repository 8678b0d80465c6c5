/* Reading a result, the JSON object of schema mixgauge.result/1, without a check at every step.
 *
 * A result comes from an analyser or a ledger and has passed the schema; still nothing here trusts
 * it: a value that is null, missing or of another type reads as "not there" (NAN, "", NULL, false,
 * 0), and so does everything below it. No getter allocates; what they return is owned by the
 * document. A document is only read, so several threads may read one.
 *
 * A path names fields from the object downwards, parted by full stops: "tempo.grid.period_s".
 */
#ifndef MG_REPORT_RESULT_VIEW_H
#define MG_REPORT_RESULT_VIEW_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** Parse the text of a result.
 *  @param ret  freed by the caller with json_decref()
 *  @return MG_OK; MG_E_SCHEMA when it is not JSON or not a
 *          mixgauge.result/1; MG_E_NOMEM */
mg_err mg_view_parse(const char *json, size_t len, json_t **ret, mg_errinfo *err);

/** The value at the path; NULL when it is not there or null. */
const json_t *mg_view(const json_t *object, const char *path);
/** The number at the path; NAN when it is not there. */
double mg_view_number(const json_t *object, const char *path);
/** The string at the path, UTF-8 with whatever characters the source had; "" when not there. */
const char *mg_view_text(const json_t *object, const char *path);
/** True if the value at the path is true; false if it is false, null or not there. */
bool mg_view_true(const json_t *object, const char *path);
/** True if the value at the path is false; false also if it is null or not there. */
bool mg_view_false(const json_t *object, const char *path);

/** Elements of the array at the path; 0 when it is not there. An empty path is the value itself. */
size_t mg_view_count(const json_t *object, const char *path);
/** An element of an array; NULL when it is not there or null. */
const json_t *mg_view_item(const json_t *array, size_t index);
/** A number of an array of numbers; NAN when it is not there or null. */
double mg_view_number_at(const json_t *array, size_t index);

#endif
