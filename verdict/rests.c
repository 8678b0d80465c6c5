#include "verdict/rests.h"

#include <math.h>

static const double longest_step_s = 0.18, tolerance_s = 0.01;

bool mg_gap_ends_on_grid(const mg_measures *measures, unsigned index)
{
    const mg_tempo_result *t = &measures->tempo;
    if (!mg_has(t->period_s) || !mg_has(t->first_beat_s) || !t->constant)
        return false;
    double step = t->period_s.v;
    while (step >= longest_step_s)
        step /= 2.0;
    double steps = (measures->technical.gaps[index].end_s - t->first_beat_s.v) / step;
    return fabs(steps - round(steps)) * step <= tolerance_s;
}

bool mg_gaps_are_rests(const mg_measures *measures)
{
    unsigned count = measures->technical.gap_count, on_grid = 0;
    for (unsigned i = 0; i < count; i++)
        on_grid += mg_gap_ends_on_grid(measures, i);
    return count >= 4 && 3 * on_grid >= 2 * count;
}
