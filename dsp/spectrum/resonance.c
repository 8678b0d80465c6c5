#include "dsp/spectrum/resonance.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    CELLS_MAX = MG_RESONANCE_CELLS,
    INNER = 4, OUTER = 14, /* the surroundings, cells to either side */
    STEPS = 96,            /* of the histogram, a quarter of a power of two (0.75 dB) each */
    SHORT_PACE = 3,        /* of the short windows every third is looked at */
};

static const double first_hz[2] = {71.0, 250.0};
static const double last_hz[2] = {530.0, 11500.0};
static const double low_step = -12.0, per_step = 0.25; /* powers of two */
static const double least_density_db = -135.0;         /* over the noise of 16 bits */
static const double out_db = 6.0;
static const double db_per_two = 3.010299956639812;
static const double least_probability = 0.5, least_height_db = 5.0;
static const double most_height_db = 28.0; /* more is a tone, whatever it looks like */

/* Bins of one cell: whole ones between two that belong to it in part; shares add up to 1. */
typedef struct cell {
    unsigned first, last;
    float first_share, last_share, share;
} cell;

/* The cells INNER..OUTER away that exist: left0 <= i < left1 and right0 <= i < right1. */
typedef struct around {
    uint8_t left0, left1, right0, right1;
    float share;
} around;

typedef struct view {
    unsigned cells, bins, pace, until_next;
    float least; /* surroundings below hold nothing; power of two */
    float scale_two; /* added to a power of two of energy: density */
    cell cell[CELLS_MAX];
    around around[CELLS_MAX];
    float *level; /* [bins]: powers of two of the frame at hand */
    uint32_t frames, active[CELLS_MAX];
    double sum[CELLS_MAX]; /* of the levels while active */
    uint32_t count[CELLS_MAX][STEPS];
} view;

struct mg_resonance_search {
    view view[2];
};

mg_resonance_input mg_resonance_input_for(const mg_transform_shape *shape,
                                          unsigned sample_rate_hz)
{
    double rate_hz = (double)sample_rate_hz / shape->factor;
    double pass = shape->factor > 1 ? 0.40 : 0.45; /* of the decimator; of a recording */
    return (mg_resonance_input){shape->bin_hz, pass * rate_hz, shape->hop};
}

static double centre_hz(unsigned which, double i)
{
    return first_hz[which] * exp2(i / MG_RESONANCE_PER_OCTAVE);
}

/* Bin k covers k - 1/2 .. k + 1/2 bins. */
static cell cell_design(double bin_hz, unsigned which, unsigned i)
{
    double low = centre_hz(which, i - 0.5) / bin_hz + 0.5;
    double high = centre_hz(which, i + 0.5) / bin_hz + 0.5, width = high - low;
    cell c = {.first = (unsigned)low, .last = (unsigned)high, .share = (float)(1.0 / width)};
    c.first_share = (float)((1.0 - (low - c.first)) / width);
    c.last_share = (float)((high - c.last) / width);
    if (c.first == c.last) {
        c.first_share = 1.0f;
        c.last_share = 0.0f;
    }
    return c;
}

static around around_design(unsigned cells, unsigned i)
{
    unsigned l0 = i > OUTER ? i - OUTER : 0, l1 = i + 1 > INNER ? i + 1 - INNER : 0;
    unsigned r0 = i + INNER < cells ? i + INNER : cells;
    unsigned r1 = i + OUTER + 1 < cells ? i + OUTER + 1 : cells;
    return (around){(uint8_t)l0, (uint8_t)l1, (uint8_t)r0, (uint8_t)r1,
                    1.0f / (float)(l1 - l0 + r1 - r0)};
}

static mg_err view_init(view *v, const mg_resonance_input *in, unsigned which)
{
    v->pace = which == 1 ? SHORT_PACE : 1;
    v->scale_two = (float)-log2(in->bin_hz * in->hop);
    v->least = (float)(least_density_db / db_per_two) - v->scale_two;
    for (unsigned i = 0; i < CELLS_MAX; i++) {
        double high_hz = centre_hz(which, i + 0.5);
        if (high_hz > fmin(in->high_hz, last_hz[which]))
            break;
        v->cell[v->cells++] = cell_design(in->bin_hz, which, i);
        v->bins = v->cell[i].last + 1;
    }
    for (unsigned i = 0; i < v->cells; i++)
        v->around[i] = around_design(v->cells, i);
    v->level = malloc((v->bins + 1) * sizeof *v->level);
    return v->level ? MG_OK : MG_E_NOMEM;
}

mg_err mg_resonance_new(mg_resonance_search **ret, const mg_resonance_input input[2])
{
    mg_resonance_search *r = calloc(1, sizeof *r);
    if (!r)
        return MG_E_NOMEM;
    for (unsigned i = 0; i < 2; i++) {
        mg_err err = view_init(&r->view[i], &input[i], i);
        if (err != MG_OK) {
            mg_resonance_free(r);
            return err;
        }
    }
    *ret = r;
    return MG_OK;
}

void mg_resonance_free(mg_resonance_search *search)
{
    if (!search)
        return;
    free(search->view[0].level);
    free(search->view[1].level);
    free(search);
}

/* The bits of a float, read as an integer, are its power of two with a straight line between whole
 * ones: at most 0.26 dB too low, and no logarithm. */
static void take_levels(const float *restrict energy, float *restrict level, unsigned bins)
{
    for (unsigned k = 0; k < bins; k++) {
        int32_t bits;
        memcpy(&bits, energy + k, sizeof bits);
        level[k] = (float)bits * 0x1p-23f - 127.0f;
    }
}

static float cell_level(const cell *c, const float *level)
{
    float sum = 0.0f;
    for (unsigned k = c->first + 1; k < c->last; k++)
        sum += level[k];
    return sum * c->share + c->first_share * level[c->first] + c->last_share * level[c->last];
}

void mg_resonance_push(mg_resonance_search *search, unsigned input, const float *energy)
{
    view *v = &search->view[input];
    if (v->until_next > 0) {
        v->until_next--;
        return;
    }
    v->until_next = v->pace - 1;
    v->frames++;
    take_levels(energy, v->level, v->bins);
    float level[CELLS_MAX], running[CELLS_MAX + 1] = {0};
    for (unsigned i = 0; i < v->cells; i++) {
        level[i] = cell_level(&v->cell[i], v->level);
        running[i + 1] = running[i] + level[i];
    }
    for (unsigned i = 0; i < v->cells; i++) {
        const around *a = &v->around[i];
        float mean = ((running[a->left1] - running[a->left0]) +
                      (running[a->right1] - running[a->right0])) * a->share;
        if (!(mean > v->least))
            continue;
        float place = (level[i] - mean - (float)low_step) * (float)(1.0 / per_step);
        place = place > 0.0f ? place : 0.0f;
        v->count[i][place < STEPS - 1 ? (unsigned)place : STEPS - 1]++;
        v->active[i]++;
        v->sum[i] += (double)level[i];
    }
}

/* Straight within a step. */
static double quantile_db(const uint32_t *count, uint32_t total, double share)
{
    double rank = share * total, below = 0.0;
    unsigned i = 0;
    while (i < STEPS - 1 && below + count[i] < rank)
        below += count[i++];
    double inside = count[i] > 0 ? (rank - below) / count[i] : 0.5;
    return db_per_two * (low_step + per_step * (i + fmin(inside, 1.0)));
}

static double share_over(const uint32_t *count, uint32_t total, double db)
{
    unsigned first = (unsigned)lround((db / db_per_two - low_step) / per_step);
    uint32_t over = 0;
    for (unsigned i = first; i < STEPS; i++)
        over += count[i];
    return (double)over / total;
}

static void view_curve(const view *v, unsigned which, mg_resonance_curve *ret)
{
    static const double share[MG_RESONANCE_QUANTILES] = {0.05, 0.10, 0.25, 0.50, 0.75, 0.90};
    enum { FRAMES_LEAST = 6 };
    *ret = (mg_resonance_curve){.cells = v->cells, .first_hz = first_hz[which]};
    for (unsigned i = 0; i < v->cells; i++) {
        uint32_t active = v->active[i];
        ret->level_db[i] = least_density_db;
        if (active < FRAMES_LEAST)
            continue;
        for (unsigned k = 0; k < MG_RESONANCE_QUANTILES; k++)
            ret->quantile_db[k][i] = quantile_db(v->count[i], active, share[k]);
        ret->level_db[i] = db_per_two * (v->sum[i] / active + (double)v->scale_two);
        ret->active[i] = (double)active / v->frames;
        ret->stands_out[i] = share_over(v->count[i], active, out_db);
    }
}

void mg_resonance_curves(const mg_resonance_search *search, mg_resonance_curve ret[2])
{
    for (unsigned i = 0; i < 2; i++)
        view_curve(&search->view[i], i, &ret[i]);
}

static int by_level(const void *a, const void *b)
{
    const mg_resonance *x = a, *y = b;
    if (x->level_db != y->level_db)
        return x->level_db < y->level_db ? 1 : -1;
    return (x->hz > y->hz) - (x->hz < y->hz);
}

unsigned mg_resonance_finish(const mg_resonance_search *search, mg_resonance *ret)
{
    mg_resonance_curve curve[2];
    mg_resonance_candidate candidate[MG_RESONANCE_CANDIDATES];
    mg_resonance found[MG_RESONANCE_CANDIDATES];
    unsigned n = 0;
    mg_resonance_curves(search, curve);
    unsigned count = mg_resonance_candidates(curve, candidate);
    for (unsigned i = 0; i < count; i++) {
        const mg_resonance_candidate *c = &candidate[i];
        double probability = mg_resonance_probability(c);
        if (probability >= least_probability && c->height_db >= least_height_db &&
            c->height_db <= most_height_db)
            found[n++] = (mg_resonance){c->hz, c->height_db, c->q, c->stands_out, probability};
    }
    qsort(found, n, sizeof *found, by_level);
    if (n > MG_RESONANCES_MAX)
        n = MG_RESONANCES_MAX;
    memcpy(ret, found, n * sizeof *ret);
    return n;
}
