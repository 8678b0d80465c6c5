#include "dsp/tempo/grid_fit.h"

#include "base/cleanup.h"
#include "dsp/tempo/beat_onsets.h"

#include <math.h>
#include <stdlib.h>

enum {
    LEAST_BEATS = 6,    /* fewer attacks than that decide nothing */
    POSITIONS = 6,      /* in a beat */
    STRETCH_BEATS = 32, /* 8 bars */
};

static const double snap_s = 0.002; /* no beat moves further than that, ... */
/* ... and none further than the fit may err: so many standard errors for an integer, the likely
 * thing, and for a half; at least so much. */
static const double snap_errors[2] = {5, 2.5}, least_snap_s = 0.0005;
static const double close_s = 0.004;
static const double rough_s = 0.005, aside_s = 0.003; /* of a round that still moves the grid */
static const double drift_share = 0.0005;
static const double stretch_reach_s = 0.05, stretch_aside_s = 0.02; /* of a constant tempo */
static const double flux_error_s = 0.008;                           /* of mg_flux_offset() */

mg_beat_onset mg_grid_onset(const mg_odf *odf, const mg_grid *grid, long beat, double reach_s)
{
    double beat_s = grid->first_s + (double)beat * grid->period_s;
    double from = floor(mg_odf_frame_at(odf, beat_s - reach_s));
    double to = ceil(mg_odf_frame_at(odf, beat_s + reach_s));
    mg_beat_onset best = {0};
    for (double f = fmax(from, 0); f <= to && f < (double)odf->frames; f++) {
        double at;
        unsigned level = mg_odf_attack(odf, (size_t)f, &at);
        if (level >= MG_ATTACK_SHARP && level > best.level && fabs(at - beat_s) <= reach_s)
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

/* Where the attacks of each position cluster, relative to the grid; NAN for too few. Those of the
 * beats have to meet what the bands say; swing and delays may shift the others. */
static void find_offsets(const mg_grid *grid, const mg_odf *odf, double duration_s, double reach_s,
                         mg_near_attack *attacks, line lines[POSITIONS])
{
    for (unsigned k = 0; k < POSITIONS; k++) {
        mg_grid g = grid_of(grid, k);
        size_t count = 0;
        for (long b = mg_grid_first_beat(&g); b <= mg_grid_last_beat(&g, duration_s); b++)
            count += mg_attacks_near(odf, g.first_s + (double)b * g.period_s, reach_s,
                                     k == 0 ? flux_error_s : INFINITY, attacks + count);
        double weight;
        lines[k].offset_s = mg_attacks_densest(attacks, count, &weight);
        if (weight < LEAST_BEATS * MG_ATTACK_SHARP)
            lines[k].offset_s = NAN;
    }
}

/* The attack of a beat that an offset is taken from: while the grid may lie beside the attacks, the
 * nearest sharp one rather than the sharpest, which may be the edge of a low note that ends. */
static mg_beat_onset beat_attack(const mg_odf *odf, const mg_grid *grid, long beat, double reach_s)
{
    double look_s = fmax(reach_s, 0.02);
    if (reach_s <= rough_s)
        return mg_grid_onset(odf, grid, beat, look_s);
    mg_near_attack attacks[MG_NEAR_ATTACKS_MAX];
    double beat_s = grid->first_s + (double)beat * grid->period_s;
    size_t count = mg_attacks_near(odf, beat_s, look_s, aside_s, attacks), best = 0;
    for (size_t i = 1; i < count; i++)
        if (attacks[i].weight > attacks[best].weight)
            best = i;
    return count > 0 ? (mg_beat_onset){attacks[best].error_s, MG_ATTACK_SHARP} : (mg_beat_onset){0};
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
            mg_beat_onset onset = beat_attack(odf, &g, b, reach_s);
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
    size_t room = (size_t)(duration_s / grid->period_s) + 3, beats = 0;
    mg_autofree mg_near_attack *attacks = calloc(MG_NEAR_ATTACKS_MAX * room, sizeof(*attacks));
    mg_autofree double *beats_s = calloc(room, sizeof(double));
    if (attacks == NULL || beats_s == NULL)
        return MG_E_NOMEM;
    line lines[POSITIONS] = {0};
    reach_s = fmin(reach_s, 0.1 * grid->period_s);
    for (long b = mg_grid_first_beat(grid); b <= mg_grid_last_beat(grid, duration_s); b++)
        beats_s[beats++] = grid->first_s + (double)b * grid->period_s;
    grid->first_s += mg_flux_offset(odf, beats_s, beats, 0.5 * reach_s);
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

/* Where the attacks of one stretch cluster against the grid; false where they do not. */
static bool check_stretch(const mg_grid *grid, const mg_odf *odf, long from, double *ret_offset)
{
    mg_near_attack attacks[STRETCH_BEATS * MG_NEAR_ATTACKS_MAX];
    size_t count = 0;
    for (long b = from; b < from + STRETCH_BEATS; b++)
        count += mg_attacks_near(odf, grid->first_s + (double)b * grid->period_s, stretch_reach_s,
                                 stretch_aside_s, attacks + count);
    double weight, total = 0;
    for (size_t i = 0; i < count; i++)
        total += attacks[i].weight;
    *ret_offset = mg_attacks_densest(attacks, count, &weight);
    return weight > 0.5 * total && weight > 0.5 * STRETCH_BEATS * MG_ATTACK_SHARP;
}

mg_grid_check mg_grid_compare(const mg_grid *grid, const mg_odf *odf, double duration_s)
{
    mg_grid_check check = {.steady = true};
    long first = mg_grid_first_beat(grid), last = mg_grid_last_beat(grid, duration_s);
    double before = NAN;
    for (long b = first; b <= last; b += STRETCH_BEATS) {
        double middle;
        if (!check_stretch(grid, odf, b, &middle)) {
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
