/* A list of floats that grows with the duration: one value per step of 100 ms or more. */
#ifndef MG_DSP_SIGNAL_HISTORY_H
#define MG_DSP_SIGNAL_HISTORY_H

#include "base/error.h"

#include <stdlib.h>

typedef struct mg_history {
    float *v; /* owned */
    size_t n, cap;
} mg_history;

static inline mg_err mg_history_add(mg_history *history, float value)
{
    if (history->n == history->cap) {
        size_t cap = history->cap ? history->cap + history->cap / 2 : 512;
        float *grown = realloc(history->v, cap * sizeof *grown);
        if (!grown)
            return MG_E_NOMEM;
        history->v = grown;
        history->cap = cap;
    }
    history->v[history->n++] = value;
    return MG_OK;
}

static inline void mg_history_done(mg_history *history)
{
    free(history->v);
    *history = (mg_history){0};
}

#endif
