#include "dsp/spectrum/phase_sections.h"

#include "dsp/signal/time_grid.h"

#include <math.h>
#include <stdlib.h>

enum { STEPS_OVER_3_S = 31 };

static uint64_t length(const mg_phase_candidate *c)
{
    return c->end - c->first;
}

static void close_section(mg_phase_sections *s)
{
    s->open = false;
    if (length(&s->now) < STEPS_OVER_3_S)
        return;
    unsigned at = s->count;
    if (s->count < MG_PHASE_CANDIDATES_MAX) {
        s->count++;
    } else {
        at = 0;
        for (unsigned i = 1; i < s->count; i++) {
            if (length(&s->candidate[i]) < length(&s->candidate[at]))
                at = i;
        }
        if (length(&s->candidate[at]) >= length(&s->now))
            return;
    }
    s->candidate[at] = s->now;
}

void mg_phase_sections_add(mg_phase_sections *s, uint64_t step, bool negative,
                           double momentary_lufs)
{
    if (!negative) {
        if (s->open)
            close_section(s);
        return;
    }
    if (!s->open)
        s->now = (mg_phase_candidate){.first = step};
    s->open = true;
    s->now.end = step + 1;
    s->now.energy += pow(10.0, momentary_lufs / 10.0);
}

static int longest_first(const void *a, const void *b)
{
    const mg_phase_candidate *x = a, *y = b;
    if (length(x) != length(y))
        return length(x) < length(y) ? 1 : -1;
    return (x->first > y->first) - (x->first < y->first);
}

static int by_time(const void *a, const void *b)
{
    const mg_time_range *x = a, *y = b;
    return (x->start_s > y->start_s) - (x->start_s < y->start_s);
}

unsigned mg_phase_sections_finish(mg_phase_sections *s, uint64_t steps, double gate_lufs,
                                  double duration_s, mg_time_range *ret)
{
    if (s->open)
        close_section(s);
    qsort(s->candidate, s->count, sizeof *s->candidate, longest_first);
    unsigned count = 0;
    for (unsigned i = 0; i < s->count && count < MG_PHASE_SECTIONS_MAX; i++) {
        const mg_phase_candidate *c = &s->candidate[i];
        if (10.0 * log10(c->energy / (double)length(c)) < gate_lufs)
            continue;
        /* Block k is centred on the beginning of step k - 1 and stands for a step around it. */
        bool from_start = c->first < MG_MOMENTARY_STEPS, to_end = c->end >= steps;
        ret[count].start_s = from_start ? 0.0 : ((double)c->first - 1.5) / 10.0;
        ret[count].end_s = to_end ? duration_s : ((double)c->end - 1.5) / 10.0;
        count++;
    }
    qsort(ret, count, sizeof *ret, by_time);
    return count;
}
