#include "verdict/rests.h"

#include "verdict/content.h"

#include <math.h>

enum { SOME = 4 };
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
    return count >= SOME && 3 * on_grid >= 2 * count;
}

bool mg_gaps_are_pauses(const mg_measures *measures)
{
    return measures->technical.gap_count >= SOME && mg_content_is_no_music(measures);
}

double mg_gaps_to_mend_s(const mg_measures *measures)
{
    const mg_technical_result *t = &measures->technical;
    const bool rests = mg_gaps_are_rests(measures);
    double sum_s = 0.0;
    if (mg_gaps_are_pauses(measures))
        return 0.0;
    for (unsigned i = 0; i < t->gap_count; i++) {
        if (!rests || !mg_gap_ends_on_grid(measures, i))
            sum_s += t->gaps[i].end_s - t->gaps[i].start_s;
    }
    return sum_s;
}
