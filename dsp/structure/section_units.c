#include "dsp/structure/section_units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { UNITS_MAX = 4096 };

static const double unit_without_grid_s = 2.0;
static const double bar_least_s = 0.8, bar_most_s = 8.0;
static const double floor_power = 1e-12;
static const double feature_range_db = 30.0; /* under the highest of a band: all the same */

double mg_section_high_db(const mg_cell *sum)
{
    return 10.0 * log10((sum->frames > 0 ? sum->high / sum->frames : 0.0) + floor_power);
}

static double floor_db(const mg_cell *sum)
{
    return sum->blocks > 0 ? sum->floor_db / sum->blocks : 10.0 * log10(floor_power);
}

void mg_section_units_done(mg_section_units *units)
{
    free(units->sum);
    free(units->feature);
}

double mg_section_unit_start_s(const mg_section_units *units, size_t i)
{
    return i == 0 ? 0.0 : units->first_s + ((double)i - 1.0) * units->unit_s;
}

static void choose_units(mg_section_units *units, const mg_cells *cells, double duration_s,
                         const mg_tempo_result *tempo)
{
    double cell_s = mg_cells_cell_s(cells);
    units->unit_s = unit_without_grid_s;
    units->first_s = units->unit_s;
    if (tempo && tempo->constant_why == MG_WHY_PRESENT && tempo->constant &&
        mg_has(tempo->period_s) && mg_has(tempo->first_beat_s)) {
        double beats = mg_or(tempo->beats_per_bar, 4.0);
        double bar_s = tempo->period_s.v * beats;
        if (bar_s >= bar_least_s && bar_s <= bar_most_s) {
            units->bars = true;
            units->unit_s = bar_s;
            units->first_s =
                tempo->first_beat_s.v + mg_or(tempo->downbeat_index, 0.0) * tempo->period_s.v;
        }
    }
    while (units->unit_s < 2.0 * cell_s || duration_s / units->unit_s > UNITS_MAX - 2)
        units->unit_s *= 2.0;
    /* The first boundary lies in (0.1 units, 1.1 units]: no sliver at the start. */
    units->first_s -= floor((units->first_s - 0.1 * units->unit_s) / units->unit_s) * units->unit_s;
    units->count = 1;
    while (mg_section_unit_start_s(units, units->count) < duration_s - 0.1 * units->unit_s)
        units->count++;
}

/* Index of the unit that the time lies in. */
static size_t unit_of(const mg_section_units *units, double at_s)
{
    if (at_s < units->first_s)
        return 0;
    size_t i = 1 + (size_t)((at_s - units->first_s) / units->unit_s);
    return i < units->count ? i : units->count - 1;
}

/* Levels to 30 dB under the highest of the file, in steps of 10 dB. */
static void set_levels(mg_section_units *units, unsigned feature)
{
    double most = -HUGE_VAL;
    for (size_t i = 0; i < units->count; i++)
        most = fmax(most, units->feature[i][feature]);
    for (size_t i = 0; i < units->count; i++)
        units->feature[i][feature] =
            fmax(units->feature[i][feature] - most, -feature_range_db) / 10.0;
}

/* What begins or ends within a unit says little of it: less than half takes its neighbour's. */
static void copy_to_slivers(mg_section_units *units)
{
    size_t last = units->count - 1;
    if (last == 0)
        return;
    if (units->sum[0].frames < 0.5 * units->sum[1].frames)
        memcpy(units->feature[0], units->feature[1], sizeof(units->feature[0]));
    if (units->sum[last].frames < 0.5 * units->sum[last - 1].frames)
        memcpy(units->feature[last], units->feature[last - 1], sizeof(units->feature[0]));
}

static void measure_features(mg_section_units *units)
{
    for (size_t i = 0; i < units->count; i++) {
        const mg_cell *sum = &units->sum[i];
        double *feature = units->feature[i];
        double frames = sum->frames > 0 ? sum->frames : 1.0;
        double steps = sum->steps > 0 ? sum->steps : 1.0;
        for (unsigned b = 0; b < MG_BANDS - 1; b++)
            feature[MG_UNIT_BAND + b] = 10.0 * log10(sum->band[b] / frames + floor_power);
        feature[MG_UNIT_HIGH] = mg_section_high_db(sum);
        feature[MG_UNIT_FLOOR] = floor_db(sum);
        /* steps of the envelope are 12 ms */
        feature[MG_UNIT_ATTACKS] = sum->onsets / steps / 0.048;
        feature[MG_UNIT_KICKS] = sum->kicks / steps / 0.012;
    }
    for (unsigned f = 0; f <= MG_UNIT_FLOOR; f++)
        set_levels(units, f);
    copy_to_slivers(units);
}

mg_err mg_section_units_init(mg_section_units *units, const mg_cells *cells, double duration_s,
                             const mg_tempo_result *tempo)
{
    const mg_cell *row = mg_cells_row(cells);
    double cell_s = mg_cells_cell_s(cells);
    choose_units(units, cells, duration_s, tempo);
    units->sum = calloc(units->count, sizeof(*units->sum));
    units->feature = calloc(units->count, sizeof(*units->feature));
    if (!units->sum || !units->feature)
        return MG_E_NOMEM;
    for (size_t i = 0; i < mg_cells_count(cells); i++)
        mg_cell_add(&units->sum[unit_of(units, ((double)i + 0.5) * cell_s)], &row[i]);
    measure_features(units);
    return MG_OK;
}
