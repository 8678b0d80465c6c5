#include "dsp/spectrum/cutoff.h"

#include "dsp/kernels/kernels.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const double cell_hz = 100.0;
static const double lowest_edge_hz = 2000.0; /* a step below is tonal balance, not an end */

/* Levels are counted by the exponent and two bits of the fraction of a float: a logarithmic scale
 * of four steps to 3.01 dB that costs no logarithm. 2^-44 is under the noise of 24 bits. */
enum {
    LEVEL_SHIFT = 21,
    LEVEL_FIRST = (127 - 44) << 2,
    LEVELS = 60 * 4, /* to 2^16, over a full-scale sine in the longest window */
};

enum { CELLS_MAX = MG_CUTOFF_CELLS };

struct mg_cutoff {
    const mg_kernels *kernels;
    unsigned rate_hz;
    size_t cells;
    unsigned first[CELLS_MAX + 1]; /* first bin of each cell */
    uint32_t frames;
    uint32_t *count; /* [cell][level] */
    bool follows;    /* the frame before was active too; its levels: */
    uint8_t before[CELLS_MAX];
    uint32_t pairs;             /* of active frames in a row */
    uint32_t change[CELLS_MAX]; /* in levels, added over the pairs */
};

mg_err mg_cutoff_new(mg_cutoff **ret, unsigned sample_rate_hz, double bin_hz, size_t bins)
{
    mg_cutoff *c = calloc(1, sizeof *c);
    if (!c)
        return MG_E_NOMEM;
    c->kernels = mg_kernels_best();
    c->rate_hz = sample_rate_hz;
    /* Cell i is centred on i * 100 Hz; only whole cells below half the rate. */
    size_t bin = 0;
    for (size_t i = 0; i < CELLS_MAX; i++) {
        while (bin < bins && (double)bin * bin_hz < ((double)i - 0.5) * cell_hz)
            bin++;
        c->first[i] = (unsigned)bin;
        c->cells = i;
        if (((double)i + 0.5) * cell_hz > (double)(bins - 1) * bin_hz)
            break;
    }
    c->first[0] = 1; /* no offset in the lowest cell */
    c->count = calloc((c->cells + 1) * LEVELS, sizeof *c->count);
    if (!c->count) {
        mg_cutoff_free(c);
        return MG_E_NOMEM;
    }
    *ret = c;
    return MG_OK;
}

void mg_cutoff_free(mg_cutoff *cutoff)
{
    if (!cutoff)
        return;
    free(cutoff->count);
    free(cutoff);
}

static unsigned level_of(float energy)
{
    uint32_t bits;
    memcpy(&bits, &energy, sizeof bits);
    int level = (int)(bits >> LEVEL_SHIFT) - LEVEL_FIRST;
    return level < 0 ? 0 : level < LEVELS ? (unsigned)level : LEVELS - 1;
}

static double level_db(unsigned level)
{
    double fraction = 1.0 + ((level & 3) + 0.5) / 4.0;
    return 10.0 * log10(ldexp(fraction, (int)(level >> 2) - 44));
}

static void count_frame(mg_cutoff *c, const float *mean)
{
    uint8_t level[CELLS_MAX];
    c->frames++;
    c->pairs += c->follows;
    for (size_t i = 0; i < c->cells; i++)
        level[i] = (uint8_t)level_of(mean[i]);
    for (size_t i = 0; i < c->cells; i++)
        c->count[i * LEVELS + level[i]]++;
    for (size_t i = 0; i < c->cells && c->follows; i++)
        c->change[i] += (uint32_t)abs((int)level[i] - (int)c->before[i]);
    memcpy(c->before, level, c->cells);
}

void mg_cutoff_push(mg_cutoff *c, const float *energy, unsigned hop)
{
    float sum[CELLS_MAX], mean[CELLS_MAX], total = 0.0f;
    c->kernels->pieces(energy, c->first, c->first + 1, c->cells, sum);
    for (size_t i = 0; i < c->cells; i++) {
        total += sum[i];
        mean[i] = sum[i] / (float)(c->first[i + 1] - c->first[i]);
    }
    bool active = total > 2e-7f * (float)hop; /* two channels at -70 dBFS */
    if (active)
        count_frame(c, mean);
    c->follows = active;
}

/* By nearest rank. */
static double percentile_db(const mg_cutoff *c, size_t cell, uint64_t percent)
{
    const uint32_t *count = c->count + cell * LEVELS;
    uint64_t rank = (c->frames * percent + 99) / 100, below = 0;
    unsigned level = 0;
    while (level < LEVELS - 1 && (below += count[level]) < rank)
        level++;
    return level_db(level);
}

static double mean_db(const double *db, size_t first, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += db[first + i];
    return sum / (double)count;
}

/* 0 when there is none. */
static size_t find_edge(const mg_cutoff *c, const double *db)
{
    size_t last = (size_t)floor(0.48 * c->rate_hz / cell_hz);
    if (last > c->cells - 6)
        last = c->cells - 6;
    for (size_t i = last; (double)i * cell_hz >= lowest_edge_hz; i--) {
        if (db[i] > mean_db(db, i + 1, 5) + 20.0)
            return i;
    }
    return 0;
}

static double share_up_to(const mg_cutoff *c, size_t cell, double db)
{
    uint64_t below = 0;
    for (unsigned level = 0; level < LEVELS && level_db(level) <= db; level++)
        below += c->count[cell * LEVELS + level];
    return (double)below / c->frames;
}

bool mg_cutoff_levels(const mg_cutoff *c, mg_cell_levels *ret)
{
    enum { AFTER = 6, FLOOR_CELLS = 8 };
    if (c->frames == 0)
        return false;
    mg_cell_levels *l = ret;
    l->rate_hz = c->rate_hz;
    l->cells = c->cells;
    for (size_t i = 0; i < c->cells; i++) {
        l->high_db[i] = percentile_db(c, i, 99);
        l->middle_db[i] = percentile_db(c, i, 50);
        l->flicker_db[i] = c->pairs ? c->change[i] * (3.0103 / 4.0) / c->pairs : 0.0;
    }
    l->edge = find_edge(c, l->high_db);
    size_t first = l->edge + AFTER;
    size_t count = c->cells - first < FLOOR_CELLS ? c->cells - first : FLOOR_CELLS;
    l->floor_db = mean_db(l->high_db, first, count);
    for (size_t i = 0; i < c->cells; i++)
        l->empty[i] = l->edge > 0 ? share_up_to(c, i, l->floor_db + 3.0) : 0.0;
    return true;
}
