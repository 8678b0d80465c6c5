#include "dsp/structure/section_cut.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdlib.h>

/* In squares of 10 dB, of 4 attacks or of a kick a second, summed over the units. */
static const double stretch_cost = 12.0;
static const double slope_cost = 2.0; /* a line is taken where it fits so much better */
static const double odd_cost = 2.0;   /* of a length that is no multiple of four bars */
/* In steps of 10 dB: what a swell rises and falls by at least; a range over that, it is clear. */
static const double break_off_least = 0.3, break_off_range = 0.3;
static const double floor_weight = 3.5; /* of the feature that risers and rolls show in most */

/* Sums over the units before one: of each feature, of its product with the unit's number, and of
 * the squares of all features together. */
typedef struct running {
    double x[MG_UNIT_FEATURES], tx[MG_UNIT_FEATURES], square;
} running;

static bool may_rise(unsigned feature)
{
    return feature >= MG_UNIT_HIGH - 1 && feature <= MG_UNIT_ATTACKS;
}

/* Sum of the squared deviations of `count` units from their means, or from lines. */
static double misfit(const running *from, const running *to, size_t first, size_t count)
{
    double n = (double)count, sum = to->square - from->square;
    double middle = (double)first + 0.5 * (n - 1.0), spread = n * (n * n - 1.0) / 12.0;
    for (unsigned f = 0; f < MG_UNIT_FEATURES; f++) {
        double x = to->x[f] - from->x[f];
        sum -= x * x / n;
        if (may_rise(f)) {
            double slope = to->tx[f] - from->tx[f] - middle * x;
            sum -= fmax(slope * slope / spread - slope_cost, 0.0);
        }
    }
    return sum;
}

/* Mean of the floor of a few units. */
static double floor_of(const mg_section_units *units, size_t from, size_t to)
{
    double sum = 0;
    for (size_t i = from; i < to; i++)
        sum += units->feature[i][MG_UNIT_FLOOR];
    return sum / (double)(to - from);
}

/* What a border before unit i costs less where a swell breaks off, as a share of a stretch. The
 * unit itself may hold a crash, so what follows counts from the next one on. */
static double break_off(const mg_section_units *units, size_t i)
{
    if (i < MG_CUT_LEAST + 1 || i + 3 > units->count) /* also the end of the file */
        return 0.0;
    size_t end = i + MG_CUT_LEAST < units->count ? i + MG_CUT_LEAST : units->count;
    double crest = floor_of(units, i - 2, i);
    double rise = crest - floor_of(units, i - MG_CUT_LEAST - 1, i - MG_CUT_LEAST + 1);
    double fall = crest - floor_of(units, i + 1, end);
    return fmax(0.0, fmin(1.0, (fmin(rise, fall) - break_off_least) / break_off_range));
}

/* Least cost of everything before each unit, and where the last stretch of it begins. */
static void find_cut(const running *sums, const mg_section_units *units, double cost, double *best,
                     size_t *from)
{
    size_t count = units->count;
    best[0] = 0;
    for (size_t end = 1; end <= count; end++) {
        best[end] = HUGE_VAL;
        from[end] = 0;
        double border = cost * (1.0 - break_off(units, end));
        size_t least = end < count ? MG_CUT_LEAST : 1; /* a short file is one stretch */
        for (size_t start = 0; start + least <= end; start++) {
            size_t length = end - start;
            bool odd = units->bars && start > 0 && end < count && length % 4 != 0;
            if (start > 0 && length < MG_CUT_LEAST)
                break;
            double total = best[start] + border + (odd ? odd_cost : 0.0) +
                           misfit(&sums[start], &sums[end], start, length);
            if (total < best[end]) {
                best[end] = total;
                from[end] = start;
            }
        }
    }
}

static void sum_up(const mg_section_units *units, running *sums)
{
    for (size_t i = 0; i < units->count; i++) {
        sums[i + 1] = sums[i];
        for (unsigned f = 0; f < MG_UNIT_FEATURES; f++) {
            double x = units->feature[i][f] * (f == MG_UNIT_FLOOR ? floor_weight : 1.0);
            sums[i + 1].x[f] += x;
            sums[i + 1].tx[f] += (double)i * x;
            sums[i + 1].square += x * x;
        }
    }
}

mg_err mg_section_cut(const mg_section_units *units, unsigned most, size_t *ret_start,
                      unsigned *ret_count)
{
    size_t count = units->count, stretches;
    mg_autofree running *sums = calloc(count + 1, sizeof(*sums));
    mg_autofree double *best = malloc((count + 1) * sizeof(*best));
    mg_autofree size_t *from = malloc((count + 1) * sizeof(*from));
    if (!sums || !best || !from)
        return MG_E_NOMEM;
    sum_up(units, sums);
    double cost = stretch_cost;
    do {
        find_cut(sums, units, cost, best, from);
        stretches = 0;
        for (size_t end = count; end > 0; end = from[end])
            stretches++;
        cost *= 2.0;
    } while (stretches > most);
    *ret_count = (unsigned)stretches;
    ret_start[stretches] = count;
    for (size_t end = count; end > 0; end = from[end])
        ret_start[--stretches] = from[end];
    return MG_OK;
}
