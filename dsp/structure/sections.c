#include "dsp/structure/sections.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FEATURES = MG_BANDS + 2,
    UNITS_MAX = 4096,
    SIDE = 4, /* units on each side of a boundary, and the least between two */
};

static const double unit_without_grid_s = 2.0;
static const double bar_least_s = 0.8, bar_most_s = 8.0;
static const double least_novelty = 0.9;
static const double floor_power = 1e-12;
static const double feature_range_db = 30.0; /* under the highest of a band: all the same */

/* Units of time that sections are made of: bars, or 2 s. */
typedef struct unit_row {
    double first_s, unit_s; /* unit 0 ends at first_s + unit_s when first_s is in it */
    size_t count;
    mg_cell *sum;              /* owned */
    double (*feature)[FEATURES]; /* owned */
    double *novelty;           /* owned; of the boundary before unit i */
} unit_row;

static void units_done(unit_row *units)
{
    free(units->sum);
    free(units->feature);
    free(units->novelty);
}

/* Boundary before unit i; 0 for the first. */
static double unit_start_s(const unit_row *units, size_t i)
{
    return i == 0 ? 0.0 : units->first_s + ((double)i - 1.0) * units->unit_s;
}

static void choose_units(unit_row *units, const mg_cells *cells, double duration_s,
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
            units->unit_s = bar_s;
            units->first_s = tempo->first_beat_s.v +
                             mg_or(tempo->downbeat_index, 0.0) * tempo->period_s.v;
        }
    }
    while (units->unit_s < 2.0 * cell_s || duration_s / units->unit_s > UNITS_MAX - 2)
        units->unit_s *= 2.0;
    /* The first boundary lies in (0.1 units, 1.1 units]: no sliver at the start. */
    units->first_s -= floor((units->first_s - 0.1 * units->unit_s) / units->unit_s) *
                      units->unit_s;
    units->count = 1;
    while (unit_start_s(units, units->count) < duration_s - 0.1 * units->unit_s)
        units->count++;
}

/* Index of the unit that the time lies in. */
static size_t unit_of(const unit_row *units, double at_s)
{
    if (at_s < units->first_s)
        return 0;
    size_t i = 1 + (size_t)((at_s - units->first_s) / units->unit_s);
    return i < units->count ? i : units->count - 1;
}

static void measure_features(unit_row *units)
{
    double most[MG_BANDS];
    for (unsigned b = 0; b < MG_BANDS; b++)
        most[b] = -HUGE_VAL;
    for (size_t i = 0; i < units->count; i++) {
        const mg_cell *sum = &units->sum[i];
        for (unsigned b = 0; b < MG_BANDS; b++) {
            double frames = sum->frames > 0 ? sum->frames : 1.0;
            double db = 10.0 * log10(sum->band[b] / frames + floor_power);
            units->feature[i][b] = db;
            most[b] = db > most[b] ? db : most[b];
        }
    }
    for (size_t i = 0; i < units->count; i++) {
        const mg_cell *sum = &units->sum[i];
        double steps = sum->steps > 0 ? sum->steps : 1.0;
        for (unsigned b = 0; b < MG_BANDS; b++) {
            double under = units->feature[i][b] - most[b];
            units->feature[i][b] = fmax(under, -feature_range_db) / 10.0;
        }
        /* rates per step of the envelope (12 ms): 4 attacks or 1 kick a second count 1 */
        units->feature[i][MG_BANDS] = sum->onsets / steps / 0.048;
        units->feature[i][MG_BANDS + 1] = sum->kicks / steps / 0.012;
    }
}

static void measure_novelty(unit_row *units)
{
    for (size_t i = 1; i < units->count; i++) {
        size_t before = i < SIDE ? i : SIDE;
        size_t after = units->count - i < SIDE ? units->count - i : SIDE;
        double sum = 0;
        for (unsigned f = 0; f < FEATURES; f++) {
            double a = 0, b = 0;
            for (size_t j = 0; j < before; j++)
                a += units->feature[i - 1 - j][f] / (double)before;
            for (size_t j = 0; j < after; j++)
                b += units->feature[i + j][f] / (double)after;
            sum += (a - b) * (a - b);
        }
        units->novelty[i] = sqrt(sum);
    }
}

static mg_err units_init(unit_row *units, const mg_cells *cells, double duration_s,
                         const mg_tempo_result *tempo)
{
    const mg_cell *row = mg_cells_row(cells);
    double cell_s = mg_cells_cell_s(cells);
    choose_units(units, cells, duration_s, tempo);
    units->sum = calloc(units->count, sizeof(*units->sum));
    units->feature = calloc(units->count, sizeof(*units->feature));
    units->novelty = calloc(units->count, sizeof(*units->novelty));
    if (!units->sum || !units->feature || !units->novelty)
        return MG_E_NOMEM;
    for (size_t i = 0; i < mg_cells_count(cells); i++)
        mg_cell_add(&units->sum[unit_of(units, ((double)i + 0.5) * cell_s)], &row[i]);
    measure_features(units);
    measure_novelty(units);
    return MG_OK;
}

/* Greatest change first; none nearer than SIDE units to another or to the ends. */
static void pick_boundaries(const unit_row *units, bool *is_start, unsigned most)
{
    for (unsigned picked = 1; picked < most; picked++) {
        size_t best = 0;
        for (size_t i = SIDE; i + SIDE <= units->count; i++) {
            bool free_place = units->novelty[i] >= least_novelty &&
                              units->novelty[i] >= units->novelty[i - 1] &&
                              (i + 1 == units->count || units->novelty[i] >= units->novelty[i + 1]);
            for (size_t j = i - SIDE + 1; free_place && j < i + SIDE && j < units->count; j++)
                free_place = !is_start[j];
            if (free_place && (best == 0 || units->novelty[i] > units->novelty[best]))
                best = i;
        }
        if (best == 0)
            return;
        is_start[best] = true;
    }
}

double mg_sections_lufs(const mg_loudness *loudness, double start_s, double end_s)
{
    double sum = 0;
    size_t steps = mg_loudness_steps(loudness), count = 0;
    size_t from = (size_t)(start_s * 10.0 + 0.5), to = (size_t)(end_s * 10.0 + 0.5);
    /* A window belongs to where its middle is: it ends 0.2 s later. */
    for (size_t k = from + 1; k <= to + 1 && k < steps; k++) {
        double lufs = mg_loudness_momentary(loudness, k);
        if (lufs == -HUGE_VAL)
            continue;
        sum += pow(10.0, lufs / 10.0);
        count++;
    }
    return count && sum > 0 ? 10.0 * log10(sum / (double)count) : -HUGE_VAL;
}

/* Level of the two highest bands. */
static double high_db(const mg_cell *sum)
{
    double power = sum->band[MG_BANDS - 2] + sum->band[MG_BANDS - 1];
    return 10.0 * log10((sum->frames > 0 ? power / sum->frames : 0.0) + floor_power);
}

static void fill_facts(const unit_row *units, size_t from, size_t to, double end_s,
                       const mg_loudness *loudness, mg_section_facts *ret)
{
    mg_cell half[2] = {0};
    *ret = (mg_section_facts){.start_s = unit_start_s(units, from),
                              .end_s = end_s,
                              .novelty = units->novelty[from]};
    for (size_t i = from; i < to; i++)
        mg_cell_add(&half[i >= from + (to - from) / 2], &units->sum[i]);
    mg_cell_add(&ret->sum, &half[0]);
    mg_cell_add(&ret->sum, &half[1]);
    double middle_s = 0.5 * (ret->start_s + end_s);
    double first = mg_sections_lufs(loudness, ret->start_s, middle_s);
    double second = mg_sections_lufs(loudness, middle_s, end_s);
    ret->lufs = mg_sections_lufs(loudness, ret->start_s, end_s);
    ret->rise_lu = isfinite(first) && isfinite(second) ? second - first : 0.0;
    double high = high_db(&half[0]);
    ret->high_end_db = high_db(&half[1]);
    ret->high_rise_db = ret->high_end_db - high;
}

mg_err mg_sections_find(const mg_cells *cells, double duration_s, const mg_loudness *loudness,
                        const mg_tempo_result *tempo, mg_section_facts *ret, unsigned *ret_count)
{
    mg_auto(units_done) unit_row units = {0};
    mg_err err = units_init(&units, cells, duration_s, tempo);
    if (err)
        return err;
    mg_autofree bool *is_start = calloc(units.count, sizeof(*is_start));
    if (!is_start)
        return MG_E_NOMEM;
    pick_boundaries(&units, is_start, MG_SECTIONS_MAX);
    unsigned count = 0;
    for (size_t from = 0, i = 1; i <= units.count; i++) {
        if (i < units.count && !is_start[i])
            continue;
        double end_s = i < units.count ? unit_start_s(&units, i) : duration_s;
        fill_facts(&units, from, i, end_s, loudness, &ret[count++]);
        from = i;
    }
    *ret_count = count;
    return MG_OK;
}
