#include "dsp/tempo/grid_fit.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdlib.h>

enum {
    SHARP = 5,          /* attack levels: 5 dB; enough where many must agree */
    SHARP_ALONE = 8,    /* 8 dB: an attack that can stand for itself */
    LEAST_BEATS = 6,    /* fewer attacks than that decide nothing */
    POSITIONS = 6,      /* in a beat */
    STRETCH_BEATS = 32, /* 8 bars */
    ATTACKS_PER_BEAT = 16,
};

static const double snap_s = 0.002; /* no beat moves further than that, ... */
/* ... and none further than the fit may err: so many standard errors for an integer, the likely
 * thing, and for a half; at least so much. */
static const double snap_errors[2] = {5, 2.5}, least_snap_s = 0.0002;
static const double close_s = 0.004;
static const double drift_share = 0.0005;
static const double flux_error_s = 0.008; /* of flux_offset() */
static const double flux_lead_s = 0.003;  /* as in beat_phase.c */

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

/* What surrounds the beats, folded: how strongly the bands rise at each distance from the grid. */
enum { FOLD_HALF = 24, FOLD_BINS = 2 * FOLD_HALF + 1 };

static const double fold_bin_s = 0.002;
static const double fold_kernel_s = 0.007; /* a frame and a little more: no bin stays empty */

/* Adds one frame to the bins nearby, with a triangle around it. */
static void fold_frame(double at_s, double value, double sum[FOLD_BINS], double weight[FOLD_BINS])
{
    for (int i = 0; i < FOLD_BINS; i++) {
        double w = 1 - fabs((i - FOLD_HALF) * fold_bin_s - at_s) / fold_kernel_s;
        if (w <= 0)
            continue;
        sum[i] += w * value;
        weight[i] += w;
    }
}

/* Where the bands rise most around the beats, within reach_s; 0 where they do not. Attacks that
 * echo a beat (the click of a kick behind its thump, a limiter that lets go) rise in none. */
static double flux_offset(const mg_grid *grid, const mg_odf *odf, double duration_s, double reach_s)
{
    double sum[FOLD_BINS] = {0}, weight[FOLD_BINS] = {0}, span = FOLD_HALF * fold_bin_s;
    for (long b = mg_grid_first_beat(grid); b <= mg_grid_last_beat(grid, duration_s); b++) {
        double beat_s = grid->first_s + (double)b * grid->period_s - flux_lead_s;
        double from = floor(mg_odf_frame_at(odf, beat_s - span));
        double to = ceil(mg_odf_frame_at(odf, beat_s + span));
        for (double f = fmax(from, 0); f <= to && f < (double)odf->frames; f++) {
            double value = 0;
            for (unsigned band = 0; band < MG_ODF_BANDS; band++)
                value += mg_odf_get(odf, band, (size_t)f);
            fold_frame(mg_odf_time_s(odf, f) - beat_s, value, sum, weight);
        }
    }
    int best = FOLD_HALF;
    double most = 0;
    for (int i = 0; i < FOLD_BINS; i++)
        sum[i] /= fmax(weight[i], 1e-9);
    for (int i = 1; i < FOLD_BINS - 1; i++) {
        double off = (i - FOLD_HALF) * fold_bin_s / reach_s, value = sum[i] * exp(-0.5 * off * off);
        if (value > most && sum[i] >= sum[i - 1] && sum[i] >= sum[i + 1]) {
            most = value;
            best = i;
        }
    }
    return (best - FOLD_HALF) * fold_bin_s;
}

/* An attack near a beat. */
typedef struct attack {
    double error_s, weight;
} attack;

static int by_error(const void *a, const void *b)
{
    double x = ((const attack *)a)->error_s, y = ((const attack *)b)->error_s;
    return (x > y) - (x < y);
}

/* The middle of the heaviest 4 ms of sorted attacks: several sounds of one beat do not start
 * together, and what most beats share is the one that counts. */
static double densest(const attack *sorted, size_t count, double *ret_weight)
{
    size_t best_from = 0, best_to = 0;
    double heaviest = 0, weight = 0, sum = 0;
    for (size_t from = 0, to = 0; from < count; from++) {
        while (to < count && sorted[to].error_s - sorted[from].error_s <= close_s)
            weight += sorted[to++].weight;
        if (weight > heaviest) {
            heaviest = weight;
            best_from = from;
            best_to = to;
        }
        weight -= sorted[from].weight;
    }
    for (size_t i = best_from; i < best_to; i++)
        sum += sorted[i].weight * sorted[i].error_s;
    *ret_weight = heaviest;
    return heaviest > 0 ? sum / heaviest : 0;
}

/* Sums of a least-squares line through the attacks of one position inside the beat. */
typedef struct line {
    double offset_s; /* of the position's attacks, from its densest cluster */
    double n, sx, sy, sxx, sxy, syy;
} line;

static void line_add(line *l, double x, double y)
{
    l->n++;
    l->sx += x;
    l->sy += y;
    l->sxx += x * x;
    l->sxy += x * y;
    l->syy += y * y;
}

/* Sixteenths and triplets. */
static const double position[POSITIONS] = {0, 1 / 4.0, 1 / 3.0, 1 / 2.0, 2 / 3.0, 3 / 4.0};

/* The grid of one position in each beat. */
static mg_grid grid_of(const mg_grid *grid, unsigned k)
{
    return (mg_grid){.period_s = grid->period_s,
                     .first_s = grid->first_s + grid->period_s * position[k]};
}

/* All attacks within reach_s of a beat; what lies aside_s off it weighs 0.6 as much.
 * @return their number */
static size_t add_attacks(const mg_odf *odf, double beat_s, double reach_s, double aside_s,
                          attack *ret)
{
    double from = floor(mg_odf_frame_at(odf, beat_s - reach_s));
    double to = ceil(mg_odf_frame_at(odf, beat_s + reach_s));
    size_t count = 0;
    for (double f = fmax(from, 0); f <= to && f < (double)odf->frames; f++) {
        double at;
        unsigned level = mg_odf_attack(odf, (size_t)f, &at);
        if (level < SHARP || fabs(at - beat_s) > reach_s || count == ATTACKS_PER_BEAT)
            continue;
        double off = (at - beat_s) / aside_s;
        ret[count++] = (attack){at - beat_s, level * exp(-0.5 * off * off)};
    }
    return count;
}

/* Where the attacks of each position cluster, relative to the grid; NAN for too few. Those of the
 * beats have to meet what the bands say; swing and delays may shift the others. */
static void find_offsets(const mg_grid *grid, const mg_odf *odf, double duration_s, double reach_s,
                         attack *attacks, line lines[POSITIONS])
{
    for (unsigned k = 0; k < POSITIONS; k++) {
        mg_grid g = grid_of(grid, k);
        size_t count = 0;
        for (long b = mg_grid_first_beat(&g); b <= mg_grid_last_beat(&g, duration_s); b++)
            count += add_attacks(odf, g.first_s + (double)b * g.period_s, reach_s,
                                 k == 0 ? flux_error_s : INFINITY, attacks + count);
        qsort(attacks, count, sizeof(attacks[0]), by_error);
        double weight;
        lines[k].offset_s = densest(attacks, count, &weight);
        if (weight < LEAST_BEATS * SHARP)
            lines[k].offset_s = NAN;
    }
}

/* One round: a common slope through the attacks of all positions, each with its own offset (so
 * swing does not bend it), and the phase from those on the beat.
 * @return share of the attacks on beats that lie within close_s; 0 without */
static double regress(mg_grid *grid, const mg_odf *odf, double duration_s, double reach_s,
                      line lines[POSITIONS])
{
    double above = 0, below = 0, squares = 0, count = 0, close = 0, found = 0, first = INFINITY,
           last = -INFINITY;
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
            squares += l->syy - l->sy * l->sy / l->n;
            count += l->n - 1;
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
    grid->period_error_s = spans && count > 1
                               ? sqrt(fmax(0, squares - slope * above) / (count - 1) / below)
                               : INFINITY;
    return found > 0 ? close / found : 0;
}

mg_err mg_grid_fit(mg_grid *grid, const mg_odf *odf, double duration_s, double reach_s,
                   double *ret_share)
{
    *ret_share = 0;
    double beats = duration_s / grid->period_s + 3;
    mg_autofree attack *attacks = calloc(ATTACKS_PER_BEAT * (size_t)beats, sizeof(*attacks));
    if (attacks == NULL)
        return MG_E_NOMEM;
    line lines[POSITIONS] = {0};
    reach_s = fmin(reach_s, 0.1 * grid->period_s);
    grid->first_s += flux_offset(grid, odf, duration_s, 0.5 * reach_s);
    find_offsets(grid, odf, duration_s, reach_s, attacks, lines);
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
    double beats = fmax(middle_beat, duration_s / grid->period_s - middle_beat);
    for (unsigned parts = 1; parts <= 2; parts++) { /* integers, then halves */
        double snapped = floor(bpm * parts + 0.5) / parts;
        double period = 60 / snapped;
        double sure = fmax(snap_errors[parts - 1] * grid->period_error_s, least_snap_s / beats);
        if (fabs(period - grid->period_s) > fmin(sure, snap_s / beats))
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
