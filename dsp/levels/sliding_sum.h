/* Sum of the last n values, in constant time and without drift: the window is the end of one
 * chunk of n values, whose suffix sums were formed when it was full, plus the beginning of the
 * next. Nothing is ever subtracted, so rounding does not pile up over hours. */
#ifndef MG_DSP_LEVELS_SLIDING_SUM_H
#define MG_DSP_LEVELS_SLIDING_SUM_H

#include <stdbool.h>

enum { MG_SLIDING_SUM_MAX = 300 };

typedef struct mg_sliding_sum {
    unsigned n, filled; /* values in the current chunk */
    bool full;          /* a whole chunk lies behind */
    double prefix;
    double chunk[MG_SLIDING_SUM_MAX];
    double suffix[MG_SLIDING_SUM_MAX + 1]; /* of the chunk before; [n] stays 0 */
} mg_sliding_sum;

/* Adds a value. @return true when n values have been there; then *ret is their sum */
static inline bool mg_sliding_sum_add(mg_sliding_sum *s, double value, double *ret)
{
    s->chunk[s->filled++] = value;
    s->prefix += value;
    if (!s->full && s->filled < s->n)
        return false;
    *ret = s->suffix[s->filled] + s->prefix;
    if (s->filled == s->n) {
        double sum = 0.0;
        for (unsigned i = s->n; i-- > 0;)
            s->suffix[i] = sum += s->chunk[i];
        s->filled = 0;
        s->prefix = 0.0;
        s->full = true;
    }
    return true;
}

#endif
