#include "base/parse.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Digits with an optional minus; *end is what follows. */
static bool parse_integer(const char *text, int64_t *ret, const char **end)
{
    bool negative = *text == '-';
    const char *c = text + negative;
    if (*c < '0' || *c > '9')
        return false;
    int64_t value = 0;
    for (; *c >= '0' && *c <= '9'; c++) {
        if (__builtin_mul_overflow(value, 10, &value))
            return false;
        if (__builtin_sub_overflow(value, *c - '0', &value)) /* negative: reaches INT64_MIN */
            return false;
    }
    if (!negative && __builtin_sub_overflow((int64_t)0, value, &value))
        return false;
    *ret = value;
    *end = c;
    return true;
}

bool mg_parse_i64(const char *text, int64_t min, int64_t max, int64_t *ret)
{
    int64_t value;
    const char *end;
    if (!parse_integer(text, &value, &end) || *end || value < min || value > max)
        return false;
    *ret = value;
    return true;
}

bool mg_parse_double(const char *text, double min, double max, double *ret)
{
    /* strtod takes blanks, hexadecimal, "inf" and "nan", which nobody means in an option. */
    if (!*text || strspn(text, "0123456789+-.eE") != strlen(text))
        return false;
    static locale_t c_locale;
    locale_t locale = __atomic_load_n(&c_locale, __ATOMIC_ACQUIRE);
    if (!locale) {
        locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
        if (!locale)
            return false;
        locale_t expected = (locale_t)0;
        if (!__atomic_compare_exchange_n(&c_locale, &expected, locale, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_ACQUIRE)) {
            freelocale(locale);
            locale = expected;
        }
    }
    char *end;
    errno = 0;
    double value = strtod_l(text, &end, locale);
    if (end == text || *end || errno == ERANGE || !isfinite(value) || value < min || value > max)
        return false;
    *ret = value;
    return true;
}

static bool parse_scaled(const char *text, const char *units, const int64_t *factors, int64_t min,
                         int64_t max, int64_t *ret)
{
    int64_t value;
    const char *end;
    if (!parse_integer(text, &value, &end))
        return false;
    if (*end) {
        const char *unit = strchr(units, *end);
        if (!unit || end[1] || __builtin_mul_overflow(value, factors[unit - units], &value))
            return false;
    }
    if (value < min || value > max)
        return false;
    *ret = value;
    return true;
}

bool mg_parse_size(const char *text, int64_t min_bytes, int64_t max_bytes, int64_t *ret_bytes)
{
    static const int64_t factors[] = {1024, 1024, 1048576, 1048576, 1073741824, 1073741824};
    return parse_scaled(text, "kKmMgG", factors, min_bytes, max_bytes, ret_bytes);
}

bool mg_parse_duration(const char *text, int64_t min_s, int64_t max_s, int64_t *ret_s)
{
    static const int64_t factors[] = {1, 60, 3600, 86400};
    return parse_scaled(text, "smhd", factors, min_s, max_s, ret_s);
}
