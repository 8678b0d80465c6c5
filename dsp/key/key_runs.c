#include "dsp/key/key_runs.h"

size_t mg_key_runs_next(const mg_key_runs *runs, size_t i)
{
    while (i < runs->count && runs->at[i].key == MG_KEY_NONE)
        i++;
    return i;
}

void mg_key_runs_join(mg_key_runs *runs)
{
    size_t kept = 0;
    for (size_t i = 1; i < runs->count; i++) {
        if (runs->at[i].key == runs->at[kept].key)
            runs->at[kept].to = runs->at[i].to;
        else
            runs->at[++kept] = runs->at[i];
    }
    runs->count = runs->count ? kept + 1 : 0;
}

/* The side that ends or begins with run i: its length in cells. With a key it is given that. */
static size_t side_of(mg_key_runs *runs, size_t i, int step, const unsigned *key)
{
    unsigned own = runs->at[i].key;
    size_t cells = 0;
    for (; i < runs->count; i += (size_t)step) { /* before 0 it is as large as can be */
        mg_key_run *run = &runs->at[i];
        if (run->key == MG_KEY_NONE)
            continue;
        if (run->key != own)
            break;
        cells += run->to - run->from;
        run->key = key ? *key : own;
    }
    return cells;
}

mg_err mg_key_runs_settle(mg_key_runs *runs, double least, mg_key_evidence *evidence,
                          void *context)
{
    for (;;) {
        double weakest = least;
        size_t first = runs->count, second = first, i = mg_key_runs_next(runs, 0), k;
        for (; (k = mg_key_runs_next(runs, i + 1)) < runs->count; i = k) {
            double e = least;
            if (runs->at[i].key == runs->at[k].key)
                continue;
            mg_err err = evidence(context, &runs->at[i], &runs->at[k], &e);
            if (err)
                return err;
            if (e < weakest) {
                weakest = e;
                first = i;
                second = k;
            }
        }
        if (first == runs->count)
            return MG_OK;
        if (side_of(runs, first, -1, NULL) >= side_of(runs, second, 1, NULL))
            side_of(runs, second, 1, &runs->at[first].key);
        else
            side_of(runs, first, -1, &runs->at[second].key);
        mg_key_runs_join(runs);
    }
}
