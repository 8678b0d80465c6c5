/* A streaming JSON writer on a bounded buffer. Not thread-safe.
 *
 * It writes what the contracts ask for: keys in the order given, numbers in fixed-point notation
 * with a stated number of digits (never an exponent, never -0), `null` for a value that is not
 * finite. Strings are escaped and forced to valid UTF-8 (bad bytes become U+FFFD). Commas and
 * nesting are the writer's business; an unbalanced document is a programming error (assert).
 *
 * A NULL key means "element of an array" (or the document itself).
 */
#ifndef MG_BASE_JSON_WRITE_H
#define MG_BASE_JSON_WRITE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum { MG_JSON_MAX_DEPTH = 16 };

typedef struct mg_json {
    mg_buf *out;
    unsigned depth;
    bool has_items[MG_JSON_MAX_DEPTH];
} mg_json;

#define MG_JSON_INIT(buf) ((mg_json){.out = (buf)})

void mg_json_object(mg_json *json, const char *key);
void mg_json_object_end(mg_json *json);
void mg_json_array(mg_json *json, const char *key);
void mg_json_array_end(mg_json *json);
void mg_json_null(mg_json *json, const char *key);
void mg_json_bool(mg_json *json, const char *key, bool value);
void mg_json_int(mg_json *json, const char *key, int64_t value);
/* Rounds half away from zero to `digits` places (0..9). A negative `digits` rounds to tens (-1),
 * hundreds (-2), ... Values that are not finite are written as null. */
void mg_json_num(mg_json *json, const char *key, double value, int digits);
/* NULL is written as null. */
void mg_json_str(mg_json *json, const char *key, const char *value);
/* `text` must be one JSON value; it is written as it is. */
void mg_json_raw(mg_json *json, const char *key, const char *text, size_t len);

/* The value as mg_json_num() writes it, for what must agree with the document. */
double mg_json_rounded(double value, int digits);

#endif
