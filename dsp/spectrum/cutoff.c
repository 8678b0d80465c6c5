#include "dsp/spectrum/cutoff.h"

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

enum { CELLS_MAX = 960, PERCENT = 99 };

struct mg_cutoff {
    unsigned rate_hz;
    size_t cells;
    unsigned first[CELLS_MAX + 1]; /* first bin of each cell */
    uint32_t frames;
    uint32_t *count; /* [cell][level] */
};

mg_err mg_cutoff_new(mg_cutoff **ret, unsigned sample_rate_hz, double bin_hz, size_t bins)
{
    mg_cutoff *c = calloc(1, sizeof *c);
    if (!c)
        return MG_E_NOMEM;
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

void mg_cutoff_push(mg_cutoff *c, const float *energy, unsigned hop)
{
    float mean[CELLS_MAX];
    float total = 0.0f;
    for (size_t i = 0; i < c->cells; i++) {
        float sum = 0.0f;
        unsigned first = c->first[i], end = c->first[i + 1];
        for (unsigned k = first; k < end; k++)
            sum += energy[k];
        total += sum;
        mean[i] = sum / (float)(end - first);
    }
    if (!(total > 2e-7f * (float)hop)) /* two channels at -70 dBFS */
        return;
    c->frames++;
    for (size_t i = 0; i < c->cells; i++)
        c->count[i * LEVELS + level_of(mean[i])]++;
}

/* Nearest rank. */
static void percentile_levels(const mg_cutoff *c, double *ret_db)
{
    uint64_t rank = ((uint64_t)c->frames * PERCENT + 99) / 100;
    for (size_t i = 0; i < c->cells; i++) {
        uint64_t below = 0;
        unsigned level = 0;
        while (level < LEVELS - 1 && (below += c->count[i * LEVELS + level]) < rank)
            level++;
        ret_db[i] = level_db(level);
    }
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

/* How far the spectrum falls beyond the straight line through the 4 kHz before the edge: a codec's
 * low-pass is a wall of some hundred Hz, whereas tape, microphones and equalisers roll off. */
static double excess_drop_db(const mg_cutoff *c, const double *db, size_t edge)
{
    enum { BEFORE = 40, GAP = 3, AFTER = 6, FLOOR_CELLS = 8 };
    double sx = 0.0, sy = 0.0, sxx = 0.0, sxy = 0.0;
    for (unsigned i = 0; i < BEFORE; i++) {
        double x = -(double)(GAP + i), y = db[edge - GAP - i];
        sx += x;
        sy += y;
        sxx += x * x;
        sxy += x * y;
    }
    double slope = (BEFORE * sxy - sx * sy) / (BEFORE * sxx - sx * sx);
    double at_edge = (sy - slope * sx) / BEFORE;
    if (slope > 0.0)
        slope = 0.0;
    size_t first = edge + AFTER;
    size_t count = c->cells - first < FLOOR_CELLS ? c->cells - first : FLOOR_CELLS;
    return at_edge + slope * (AFTER + 0.5 * FLOOR_CELLS) - mean_db(db, first, count);
}

/* Low-passes of LAME: 128 kbit/s near 16.5 kHz, 192 near 18.6, 320 near 20.1; other codecs lie
 * between 15.5 and 20.5 kHz. Above 19.8 kHz converters and resamplers cut as well, so an edge
 * there says less. */
static double probability(const mg_cutoff *c, const double *db, size_t edge)
{
    double hz = (double)edge * cell_hz;
    if (edge == 0 || hz < 15400.0 || hz > 20600.0)
        return 0.02;
    double excess = excess_drop_db(c, db, edge);
    double z = (excess - 22.0) / 3.5 - (hz > 19800.0 ? 1.5 : 0.0);
    double p = 1.0 / (1.0 + exp(-z));
    double most = hz > 19800.0 ? 0.80 : 0.97;
    return p < 0.02 ? 0.02 : p < most ? p : most;
}

void mg_cutoff_finish(const mg_cutoff *c, mg_value *ret_hz, mg_value *ret_probability)
{
    *ret_hz = *ret_probability = mg_none(MG_WHY_SILENT);
    if (c->frames == 0)
        return;
    double db[CELLS_MAX];
    percentile_levels(c, db);
    size_t edge = find_edge(c, db);
    *ret_hz = edge > 0 ? mg_some((double)edge * cell_hz) : mg_none(MG_WHY_NOT_APPLICABLE);
    *ret_probability = c->rate_hz >= 44100 ? mg_some(probability(c, db, edge))
                                           : mg_none(MG_WHY_ABOVE_BAND_LIMIT);
}
