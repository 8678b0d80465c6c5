#include "dsp/tempo/grid_fit.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdlib.h>

enum {
    SHARP = 5,          /* attack levels: 5 dB; enough where many must agree */
    SHARP_ALONE = 8,    /* 8 dB: an attack that can stand for itself */
    LEAST_BEATS = 6,    /* fewer attacks than that decide nothing */
    POSITIONS = 4,      /* sixteenths in a beat */
    STRETCH_BEATS = 32, /* 8 bars */
};

static const double snap_s = 0.002;
static const double close_s = 0.004;
static const double drift_share = 0.0005;

mg_beat_onset mg_grid_onset(const mg_odf *odf, const mg_grid *grid, long beat, double reach_s)
{
    double beat_s = grid->first_s + (double)beat * grid->period_s;
    double from = floor(mg_odf_frame_at(odf, beat_s - reach_s));
    double to = ceil(mg_odf_frame_at(odf, beat_s + reach_s));
    mg_beat_onset best = {0};
    for (double f = fmax(from, 0); f <= to && f < (double)odf->frames; f++) {
        double at;
        unsigned level = mg_odf_attack(odf, (size_t)f, &at);
        if (level >= SHARP && level > best.level && fabs(at - beat_s) <= reach_s)
            best = (mg_beat_onset){at - beat_s, level};
    }
    return best;
}

void mg_grid_wrap(mg_grid *grid)
{
    grid->first_s -= floor(grid->first_s / grid->period_s) * grid->period_s;
    if (grid->first_s >= grid->period_s) /* rounding of a tiny negative phase */
        grid->first_s = 0;
}

long mg_grid_first_beat(const mg_grid *grid)
{
    return (long)ceil(-grid->first_s / grid->period_s);
}

long mg_grid_last_beat(const mg_grid *grid, double duration_s)
{
    return (long)floor((duration_s - grid->first_s) / grid->period_s);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof(values[0]), by_value);
    return count % 2 == 1 ? values[count / 2] : 0.5 * (values[count / 2 - 1] + values[count / 2]);
}

/* The middle of the densest 4 ms of sorted values: several sounds of one beat do not start
 * together, and what most beats share is the one that counts. */
static double densest(const double *sorted, size_t count)
{
    size_t best_from = 0, best_count = 0;
    for (size_t from = 0, to = 0; from < count; from++) {
        while (to < count && sorted[to] - sorted[from] <= close_s)
            to++;
        if (to - from > best_count) {
            best_count = to - from;
            best_from = from;
        }
    }
    double sum = 0;
    for (size_t i = best_from; i < best_from + best_count; i++)
        sum += sorted[i];
    return sum / (double)best_count;
}

/* Sums of a least-squares line through the attacks of one position inside the beat. */
typedef struct line {
    double offset_s; /* of the position's attacks, from its densest cluster */
    double n, sx, sy, sxx, sxy;
} line;

static void line_add(line *l, double x, double y)
{
    l->n++;
    l->sx += x;
    l->sy += y;
    l->sxx += x * x;
    l->sxy += x * y;
}

/* The grid of one sixteenth of each beat. */
static mg_grid grid_of(const mg_grid *grid, unsigned position)
{
    return (mg_grid){grid->period_s, grid->first_s + grid->period_s * position / POSITIONS};
}

/* Where the attacks of each position cluster, relative to the grid; NAN for too few. */
static void find_offsets(const mg_grid *grid, const mg_odf *odf, double duration_s, double reach_s,
                         double *errors, line lines[POSITIONS])
{
    for (unsigned k = 0; k < POSITIONS; k++) {
        mg_grid g = grid_of(grid, k);
        size_t count = 0;
        for (long b = mg_grid_first_beat(&g); b <= mg_grid_last_beat(&g, duration_s); b++) {
            mg_beat_onset onset = mg_grid_onset(odf, &g, b, reach_s);
            if (onset.level > 0)
                errors[count++] = onset.error_s;
        }
        qsort(errors, count, sizeof(errors[0]), by_value);
        lines[k].offset_s = count >= LEAST_BEATS ? densest(errors, count) : NAN;
    }
}

/* One round: a common slope through the attacks of all positions, each with its own offset (so
 * swing does not bend it), and the phase from those on the beat.
 * @return share of the attacks on beats that lie within close_s; 0 without */
static double regress(mg_grid *grid, const mg_odf *odf, double duration_s, double reach_s,
                      line lines[POSITIONS])
{
    double above = 0, below = 0, close = 0, found = 0, first = INFINITY, last = -INFINITY;
    double middle = floor(0.5 * duration_s / grid->period_s);
    for (unsigned k = 0; k < POSITIONS; k++) {
        line *l = &lines[k];
        *l = (line){.offset_s = l->offset_s};
        if (isnan(l->offset_s))
            continue;
        mg_grid g = grid_of(grid, k);
        g.first_s += l->offset_s;
        for (long b = mg_grid_first_beat(&g); b <= mg_grid_last_beat(&g, duration_s); b++) {
            mg_beat_onset onset = mg_grid_onset(odf, &g, b, fmax(reach_s, 0.02));
            if (onset.level > 0 && k == 0) {
                found++;
                close += fabs(onset.error_s) <= close_s;
            }
            if (onset.level == 0 || fabs(onset.error_s) > reach_s)
                continue;
            double x = (double)b - middle;
            first = fmin(first, x);
            last = fmax(last, x);
            line_add(l, x, onset.error_s);
        }
        if (l->n >= LEAST_BEATS) {
            above += l->sxy - l->sx * l->sy / l->n;
            below += l->sxx - l->sx * l->sx / l->n;
        }
    }
    /* The slope only where attacks span most of the file. */
    bool spans = below > 0 && (last - first) * grid->period_s > 0.5 * duration_s;
    double slope = spans ? above / below : 0;
    for (unsigned k = 0; k < POSITIONS; k++)
        if (lines[k].n > 0)
            lines[k].offset_s += (lines[k].sy - slope * lines[k].sx) / lines[k].n;
    grid->first_s -= slope * middle;
    grid->period_s += slope;
    return found > 0 ? close / found : 0;
}

mg_err mg_grid_fit(mg_grid *grid, const mg_odf *odf, double duration_s, double reach_s,
                   double *ret_share)
{
    *ret_share = 0;
    double beats = duration_s / grid->period_s + 3;
    mg_autofree double *errors = calloc((size_t)beats, sizeof(double));
    if (errors == NULL)
        return MG_E_NOMEM;
    line lines[POSITIONS] = {0};
    reach_s = fmin(reach_s, 0.1 * grid->period_s);
    find_offsets(grid, odf, duration_s, reach_s, errors, lines);
    static const double reaches_s[] = {0.010, 0.006, 0.004, 0.003};
    for (size_t i = 0; i < sizeof(reaches_s) / sizeof(reaches_s[0]); i++)
        *ret_share = regress(grid, odf, duration_s, reaches_s[i], lines);
    if (!isnan(lines[0].offset_s))
        grid->first_s += lines[0].offset_s;
    return MG_OK;
}

void mg_grid_snap(mg_grid *grid, double duration_s)
{
    double bpm = 60 / grid->period_s;
    double middle_beat = floor((0.5 * duration_s - grid->first_s) / grid->period_s);
    for (unsigned parts = 1; parts <= 2; parts++) { /* integers, then halves */
        double snapped = floor(bpm * parts + 0.5) / parts;
        double period = 60 / snapped;
        double beats = fmax(middle_beat, duration_s / grid->period_s - middle_beat);
        if (beats * fabs(period - grid->period_s) > snap_s)
            continue;
        grid->first_s += middle_beat * (grid->period_s - period);
        grid->period_s = period;
        return;
    }
}

/* Median of the attacks against the grid over one stretch; false where they do not agree. */
static bool check_stretch(const mg_grid *grid, const mg_odf *odf, long from, double reach_s,
                          double *ret_median)
{
    double errors[STRETCH_BEATS];
    size_t count = 0;
    for (long b = from; b < from + STRETCH_BEATS; b++) {
        mg_beat_onset onset = mg_grid_onset(odf, grid, b, reach_s);
        if (onset.level >= SHARP_ALONE)
            errors[count++] = onset.error_s;
    }
    if (count < STRETCH_BEATS / 2)
        return false;
    double middle = median(errors, count);
    for (size_t i = 0; i < count; i++)
        errors[i] = fabs(errors[i] - middle);
    *ret_median = middle;
    return median(errors, count) <= close_s;
}

mg_grid_check mg_grid_compare(const mg_grid *grid, const mg_odf *odf, double duration_s)
{
    mg_grid_check check = {.steady = true};
    long first = mg_grid_first_beat(grid), last = mg_grid_last_beat(grid, duration_s);
    /* A little under a quarter, so that sixteenths stay out. */
    double reach_s = fmin(0.2 * grid->period_s, 0.1), before = NAN;
    for (long b = first; b <= last; b += STRETCH_BEATS) {
        double middle;
        if (!check_stretch(grid, odf, b, reach_s, &middle)) {
            before = NAN;
            continue;
        }
        check.stretches++;
        check.max_error_s = fmax(check.max_error_s, fabs(middle));
        if (fabs(middle - before) > drift_share * STRETCH_BEATS * grid->period_s)
            check.steady = false;
        before = middle;
    }
    return check;
}
