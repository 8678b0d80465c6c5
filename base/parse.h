/* Checked, locale-free parsing of numbers. A value is taken only if the whole text is one and it
 * lies in the range; otherwise the result is untouched and false is returned. No leading or
 * trailing blanks, no sign where the range has no negative part. */
#ifndef MG_BASE_PARSE_H
#define MG_BASE_PARSE_H

#include <stdbool.h>
#include <stdint.h>

bool mg_parse_i64(const char *text, int64_t min, int64_t max, int64_t *ret);
bool mg_parse_double(const char *text, double min, double max, double *ret);
/* Bytes: "4096", "512K", "512M", "4G" (binary multiples). */
bool mg_parse_size(const char *text, int64_t min_bytes, int64_t max_bytes, int64_t *ret_bytes);
/* Seconds: "90", "90s", "15m", "12h", "7d". */
bool mg_parse_duration(const char *text, int64_t min_s, int64_t max_s, int64_t *ret_s);

#endif
