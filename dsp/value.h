/* A measured value that may not exist. The reason travels with it, so that the result can say why
 * a field is null and nobody has to guess what NaN meant. */
#ifndef MG_DSP_VALUE_H
#define MG_DSP_VALUE_H

#include <math.h>
#include <stdbool.h>

/* X(SUFFIX, "id") - the ids of `reasons` in the result. */
#define MG_WHY_LIST(X)                                                                             \
    X(SILENT, "silent")                                                                            \
    X(TOO_SHORT, "too_short")                                                                      \
    X(MONO, "mono")                                                                                \
    X(NOT_STEREO, "not_stereo")                                                                    \
    X(NO_BEAT, "no_beat")                                                                          \
    X(NO_KEY, "no_key")                                                                            \
    X(ABOVE_BAND_LIMIT, "above_band_limit")                                                        \
    X(NOT_APPLICABLE, "not_applicable")                                                            \
    X(UNDECIDED, "undecided")

typedef enum mg_why {
    MG_WHY_PRESENT = 0, /* the value exists */
#define MG_WHY_ENUM(name, id) MG_WHY_##name,
    MG_WHY_LIST(MG_WHY_ENUM)
#undef MG_WHY_ENUM
        MG_WHY_COUNT
} mg_why;

typedef struct mg_value {
    double v;   /* meaningful only when why == MG_WHY_PRESENT; then finite */
    mg_why why;
} mg_value;

/* A value; a number that is not finite becomes "undecided" rather than leaking out. */
static inline mg_value mg_some(double v)
{
    return isfinite(v) ? (mg_value){.v = v} : (mg_value){.why = MG_WHY_UNDECIDED};
}

static inline mg_value mg_none(mg_why why)
{
    return (mg_value){.why = why};
}

static inline bool mg_has(mg_value value)
{
    return value.why == MG_WHY_PRESENT;
}

/* The number, or `fallback` where there is none. */
static inline double mg_or(mg_value value, double fallback)
{
    return mg_has(value) ? value.v : fallback;
}

#endif
