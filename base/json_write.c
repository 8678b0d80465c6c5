#include "base/json_write.h"

#include "base/utf8.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

static void begin_value(mg_json *json, const char *key)
{
    if (json->depth > 0) {
        if (json->has_items[json->depth - 1])
            mg_buf_putc(json->out, ',');
        json->has_items[json->depth - 1] = true;
    }
    if (key) {
        mg_buf_putc(json->out, '"');
        mg_buf_puts(json->out, key);
        mg_buf_puts(json->out, "\":");
    }
}

static void open_level(mg_json *json, const char *key, char bracket)
{
    begin_value(json, key);
    mg_buf_putc(json->out, bracket);
    assert(json->depth < MG_JSON_MAX_DEPTH);
    json->has_items[json->depth++] = false;
}

static void close_level(mg_json *json, char bracket)
{
    assert(json->depth > 0);
    json->depth--;
    mg_buf_putc(json->out, bracket);
}

void mg_json_object(mg_json *json, const char *key)
{
    open_level(json, key, '{');
}

void mg_json_object_end(mg_json *json)
{
    close_level(json, '}');
}

void mg_json_array(mg_json *json, const char *key)
{
    open_level(json, key, '[');
}

void mg_json_array_end(mg_json *json)
{
    close_level(json, ']');
}

void mg_json_null(mg_json *json, const char *key)
{
    begin_value(json, key);
    mg_buf_puts(json->out, "null");
}

void mg_json_bool(mg_json *json, const char *key, bool value)
{
    begin_value(json, key);
    mg_buf_puts(json->out, value ? "true" : "false");
}

void mg_json_int(mg_json *json, const char *key, int64_t value)
{
    begin_value(json, key);
    mg_buf_printf(json->out, "%" PRId64, value);
}

static const double powers_of_ten[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

/* The value in units of its last digit; not finite where it would not fit an integer exactly. */
static double scaled(double value, int digits)
{
    assert(digits >= -9 && digits <= 9);
    double units =
        digits >= 0 ? value * powers_of_ten[digits] : value / powers_of_ten[-digits];
    units = round(units);
    return fabs(units) < 9007199254740992.0 ? units : (double)NAN;
}

double mg_json_rounded(double value, int digits)
{
    double units = scaled(value, digits) + 0.0;
    return digits >= 0 ? units / powers_of_ten[digits] : units * powers_of_ten[-digits];
}

void mg_json_num(mg_json *json, const char *key, double value, int digits)
{
    double units = isfinite(value) ? scaled(value, digits) : (double)NAN;
    if (!isfinite(units)) {
        mg_json_null(json, key);
        return;
    }
    begin_value(json, key);
    int64_t whole = (int64_t)fabs(units);
    if (units < 0)
        mg_buf_putc(json->out, '-');
    if (digits <= 0) {
        int64_t factor = (int64_t)powers_of_ten[-digits];
        mg_buf_printf(json->out, "%" PRId64, whole * factor);
        return;
    }
    int64_t factor = (int64_t)powers_of_ten[digits];
    mg_buf_printf(json->out, "%" PRId64 ".%0*" PRId64, whole / factor, digits, whole % factor);
}

void mg_json_str(mg_json *json, const char *key, const char *value)
{
    if (!value) {
        mg_json_null(json, key);
        return;
    }
    begin_value(json, key);
    mg_buf_putc(json->out, '"');
    for (const char *c = value; *c;) {
        size_t len = mg_utf8_length_at(c);
        if (len == 0) {
            mg_buf_puts(json->out, "\xef\xbf\xbd");
            c++;
        } else if (len == 1 && (*c == '"' || *c == '\\')) {
            mg_buf_putc(json->out, '\\');
            mg_buf_putc(json->out, *c++);
        } else if (len == 1 && ((unsigned char)*c < 0x20 || *c == 0x7f)) {
            mg_buf_printf(json->out, "\\u%04x", (unsigned char)*c++);
        } else {
            mg_buf_append(json->out, c, len);
            c += len;
        }
    }
    mg_buf_putc(json->out, '"');
}

void mg_json_raw(mg_json *json, const char *key, const char *text, size_t len)
{
    begin_value(json, key);
    mg_buf_append(json->out, text, len);
}
