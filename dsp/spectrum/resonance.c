#include "dsp/spectrum/resonance.h"

#include "dsp/kernels/kernels.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    PER_OCTAVE = 24,
    CELLS_MAX = 184,
    REACH = PER_OCTAVE / 2, /* the median is taken over half an octave to each side */
    PEAKS_MAX = 64,
};

static const double lowest_hz = 70.71067811865476; /* centre of cell 0 */
static const double search_low_hz = 140.0, search_high_hz = 10000.0;
static const double least_level_db = 6.0, least_share = 0.5, least_q = 10.0;
static const double company_db = 4.5; /* what counts as another peak */
static const double lead_db = 4.0;    /* over the second largest of the others */

/* Bins of one cell: whole ones between two that belong to it in part. */
typedef struct cell {
    unsigned input, first, last;
    float first_share, last_share;
} cell;

struct mg_resonance_search {
    const mg_kernels *kernels;
    unsigned cells, pace, frames; /* pace: frames of input 1 to a second */
    mg_resonance_input input[2];
    cell cell[CELLS_MAX];
    unsigned bins[2];          /* of each input that lie in a cell or below */
    float *sum[2];             /* since the last second ended */
    uint32_t seconds;          /* active ones */
    uint32_t there[CELLS_MAX]; /* seconds in which the cell stood out */
};

static double cell_centre_hz(double i)
{
    return lowest_hz * exp2(i / PER_OCTAVE);
}

/* Bin k covers k - 1/2 .. k + 1/2 bins. */
static cell cell_design(const mg_resonance_input *in, unsigned which, unsigned i)
{
    double low = cell_centre_hz(i - 0.5) / in->bin_hz + 0.5;
    double high = cell_centre_hz(i + 0.5) / in->bin_hz + 0.5;
    cell c = {.input = which, .first = (unsigned)low, .last = (unsigned)high};
    c.first_share = (float)(1.0 - (low - c.first));
    c.last_share = (float)(high - c.last);
    if (c.first == c.last)
        c.first_share += c.last_share - 1.0f;
    return c;
}

mg_err mg_resonance_new(mg_resonance_search **ret, unsigned sample_rate_hz,
                        const mg_resonance_input input[2], double split_hz,
                        double frames_per_second)
{
    mg_resonance_search *r = calloc(1, sizeof *r);
    if (!r)
        return MG_E_NOMEM;
    r->kernels = mg_kernels_best();
    r->pace = (unsigned)lround(frames_per_second);
    for (unsigned i = 0; i < 2; i++) {
        r->input[i] = input[i];
        r->sum[i] = calloc(input[i].bins, sizeof *r->sum[i]);
    }
    if (!r->sum[0] || !r->sum[1]) {
        mg_resonance_free(r);
        return MG_E_NOMEM;
    }
    for (unsigned i = 0; i < CELLS_MAX; i++) {
        double high_hz = cell_centre_hz(i + 0.5);
        unsigned which = high_hz <= split_hz ? 0 : 1;
        cell c = cell_design(&r->input[which], which, i);
        if (high_hz > 0.45 * sample_rate_hz || c.last >= input[which].bins)
            break;
        r->cell[r->cells++] = c;
        r->bins[which] = c.last + 1;
    }
    *ret = r;
    return MG_OK;
}

void mg_resonance_free(mg_resonance_search *search)
{
    if (!search)
        return;
    free(search->sum[0]);
    free(search->sum[1]);
    free(search);
}

static double to_db(double energy)
{
    return 10.0 * log10(energy + 1e-20);
}

static void insert_sorted(double *sorted, unsigned *count, double v)
{
    unsigned at = *count;
    while (at > 0 && sorted[at - 1] > v)
        at--;
    memmove(sorted + at + 1, sorted + at, (*count - at) * sizeof *sorted);
    sorted[at] = v;
    ++*count;
}

static void remove_sorted(double *sorted, unsigned *count, double v)
{
    unsigned at = 0;
    while (sorted[at] != v)
        at++;
    --*count;
    memmove(sorted + at, sorted + at + 1, (*count - at) * sizeof *sorted);
}

/* above[i] = db[i] - median of the cells within half an octave. */
static void over_median(const double *db, unsigned cells, double *above)
{
    double sorted[2 * REACH + 2];
    unsigned count = 0;
    for (unsigned i = 0; i < REACH && i < cells; i++)
        insert_sorted(sorted, &count, db[i]);
    for (unsigned i = 0; i < cells; i++) {
        if (i + REACH < cells)
            insert_sorted(sorted, &count, db[i + REACH]);
        if (i > REACH)
            remove_sorted(sorted, &count, db[i - REACH - 1]);
        above[i] = db[i] - sorted[count / 2];
    }
}

/* A second is over: count the cells that stand out, with a neighbour's help. */
static void end_second(mg_resonance_search *r)
{
    double db[CELLS_MAX], above[CELLS_MAX], total = 0.0;
    for (unsigned i = 0; i < r->cells; i++) {
        const cell *c = &r->cell[i];
        const float *sum = r->sum[c->input];
        float energy = c->first_share * sum[c->first];
        for (unsigned k = c->first + 1; k < c->last; k++)
            energy += sum[k];
        if (c->last > c->first)
            energy += c->last_share * sum[c->last];
        double scaled = (double)energy * r->input[c->input].scale;
        total += scaled;
        db[i] = to_db(scaled);
    }
    for (unsigned i = 0; i < 2; i++)
        memset(r->sum[i], 0, r->input[i].bins * sizeof *r->sum[i]);
    r->frames = 0;
    if (!(total > 1e-6)) /* nothing to hear at any sampling rate */
        return;
    r->seconds++;
    over_median(db, r->cells, above);
    for (unsigned i = 0; i < r->cells; i++) {
        double left = above[i > 0 ? i - 1 : 0], right = above[i + 1 < r->cells ? i + 1 : i];
        r->there[i] += fmax(above[i], fmax(left, right)) >= least_level_db;
    }
}

void mg_resonance_push(mg_resonance_search *r, unsigned input, const float *energy)
{
    r->kernels->add(r->sum[input], energy, r->bins[input]);
    if (input == 1 && ++r->frames == r->pace)
        end_second(r);
}

static double ltas_cell_db(const mg_resonance_search *r, const cell *c, const double *sum)
{
    double energy = (double)c->first_share * sum[c->first];
    for (unsigned k = c->first + 1; k < c->last; k++)
        energy += sum[k];
    if (c->last > c->first)
        energy += (double)c->last_share * sum[c->last];
    return to_db(energy * r->input[c->input].scale);
}

/* Cells from the peak to where the curve has fallen by 3 dB, in direction `step`. */
static double half_width(const double *above, unsigned cells, unsigned peak, int step)
{
    double level = above[peak] - 3.0;
    unsigned i = peak;
    while (i > 0 && i + 1 < cells && above[i] > level)
        i = (unsigned)((int)i + step);
    if (above[i] > level)
        return REACH; /* does not end within the range */
    double before = above[(unsigned)((int)i - step)];
    return fabs((double)i - (double)peak) - (level - above[i]) / (before - above[i]);
}

/* A peak of the long-term spectrum; `place` is its cell with a fraction. */
typedef struct peak {
    unsigned cell;
    double place, above_db, q, share;
} peak;

static unsigned find_peaks(const mg_resonance_search *r, const double *above, peak *ret)
{
    unsigned count = 0;
    for (unsigned i = 2; i + 2 < r->cells && count < PEAKS_MAX; i++) {
        double a = above[i - 1], b = above[i], c = above[i + 1];
        if (b < company_db || b < a || b <= c || b < above[i - 2] || b <= above[i + 2])
            continue;
        double bend = a - 2.0 * b + c;
        double shift = bend < 0.0 ? 0.5 * (a - c) / bend : 0.0;
        double width = half_width(above, r->cells, i, -1) + half_width(above, r->cells, i, 1);
        ret[count++] = (peak){
            .cell = i,
            .place = i + shift,
            .above_db = b,
            .q = 1.0 / (exp2(0.5 * width / PER_OCTAVE) - exp2(-0.5 * width / PER_OCTAVE)),
            .share = r->seconds > 0 ? (double)r->there[i] / r->seconds : 0.0,
        };
    }
    return count;
}

static bool is_harmonic_pair(double cells_apart)
{
    static const double ratio[] = {2.0, 3.0};
    for (unsigned i = 0; i < 2; i++) {
        if (fabs(fabs(cells_apart) - PER_OCTAVE * log2(ratio[i])) < 1.0)
            return true;
    }
    return false;
}

/* True when other peaks make this one look like a note among notes. */
static bool has_company(const peak *peaks, unsigned count, unsigned self)
{
    double largest = 0.0, second = 0.0;
    for (unsigned i = 0; i < count; i++) {
        double apart = peaks[i].place - peaks[self].place;
        if (i == self)
            continue;
        if (is_harmonic_pair(apart))
            return true;
        if (fabs(apart) > 1.5 * PER_OCTAVE)
            continue;
        if (peaks[i].above_db > largest) {
            second = largest;
            largest = peaks[i].above_db;
        } else if (peaks[i].above_db > second) {
            second = peaks[i].above_db;
        }
    }
    return second > 0.0 && peaks[self].above_db < second + lead_db;
}

static int by_level(const void *a, const void *b)
{
    const mg_resonance *x = a, *y = b;
    if (x->level_db != y->level_db)
        return x->level_db < y->level_db ? 1 : -1;
    return (x->hz > y->hz) - (x->hz < y->hz);
}

unsigned mg_resonance_finish(const mg_resonance_search *r, const double *low, const double *high,
                             mg_resonance *ret)
{
    double db[CELLS_MAX] = {0}, above[CELLS_MAX];
    const double *sum[2] = {low, high};
    for (unsigned i = 0; i < r->cells; i++)
        db[i] = ltas_cell_db(r, &r->cell[i], sum[r->cell[i].input]);
    over_median(db, r->cells, above);

    peak peaks[PEAKS_MAX];
    unsigned count = find_peaks(r, above, peaks);
    mg_resonance found[PEAKS_MAX];
    unsigned n = 0;
    for (unsigned i = 0; i < count; i++) {
        const peak *p = &peaks[i];
        double hz = cell_centre_hz(p->place);
        if (hz >= search_low_hz && hz <= search_high_hz && p->above_db >= least_level_db &&
            p->share >= least_share && p->q > least_q && !has_company(peaks, count, i))
            found[n++] = (mg_resonance){hz, p->above_db, p->q, p->share};
    }
    qsort(found, n, sizeof *found, by_level);
    if (n > MG_RESONANCES_MAX)
        n = MG_RESONANCES_MAX;
    memcpy(ret, found, n * sizeof *ret);
    return n;
}
