#include "dsp/technical/clipped_runs.h"

#include <stdlib.h>
#include <string.h>

static bool goes_first(const mg_clipped_run *a, const mg_clipped_run *b)
{
    if (a->samples != b->samples)
        return a->samples < b->samples;
    return a->start_s != b->start_s ? a->start_s > b->start_s : a->channel > b->channel;
}

static void sink(mg_run_set *set, unsigned i)
{
    for (;;) {
        unsigned first = i, left = 2 * i + 1, right = left + 1;
        if (left < set->n && goes_first(&set->longest[left], &set->longest[first]))
            first = left;
        if (right < set->n && goes_first(&set->longest[right], &set->longest[first]))
            first = right;
        if (first == i)
            return;
        mg_clipped_run t = set->longest[i];
        set->longest[i] = set->longest[first];
        set->longest[first] = t;
        i = first;
    }
}

void mg_run_set_add(mg_run_set *set, const mg_clipped_run *r)
{
    set->runs++;
    set->samples += r->samples;
    if (set->n == MG_CLIPPED_RUNS_MAX) {
        if (goes_first(&set->longest[0], r)) {
            set->longest[0] = *r;
            sink(set, 0);
        }
        return;
    }
    unsigned i = set->n++;
    set->longest[i] = *r;
    while (i > 0 && goes_first(&set->longest[i], &set->longest[(i - 1) / 2])) {
        mg_clipped_run t = set->longest[i];
        set->longest[i] = set->longest[(i - 1) / 2];
        set->longest[(i - 1) / 2] = t;
        i = (i - 1) / 2;
    }
}

static int by_length(const void *va, const void *vb)
{
    const mg_clipped_run *a = va, *b = vb;
    return goes_first(a, b) ? 1 : goes_first(b, a) ? -1 : 0;
}

void mg_run_sets_list(const mg_run_set *const *sets, size_t count, mg_technical_result *result)
{
    mg_clipped_run all[MG_RUN_SETS_MAX * MG_CLIPPED_RUNS_MAX];
    unsigned n = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(all + n, sets[i]->longest, sets[i]->n * sizeof *all);
        n += sets[i]->n;
        result->clipped_samples += sets[i]->samples;
        result->clipped_runs_total += sets[i]->runs;
    }
    qsort(all, n, sizeof *all, by_length);
    if (n > MG_CLIPPED_RUNS_MAX)
        n = MG_CLIPPED_RUNS_MAX;
    memcpy(result->clipped_runs, all, n * sizeof *all);
    result->clipped_run_count = n;
}
