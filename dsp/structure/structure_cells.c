#include "dsp/structure/structure_cells.h"

#include "dsp/kernels/kernels.h"
#include "dsp/signal/decimate.h"
#include "dsp/signal/fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDE = 1024, LOW = 512, LANES = 8, GROW = 256, HISTORY = 4 };

static const double cell_s = 0.25;
static const double low_rate_hz = 1250.0; /* least rate of the decimated channel */
static const double step_s = 0.0116;      /* of the high-frequency envelope */
static const double onset_rise_db = 6.0;
static const double onset_under_crest_db = 25.0;
static const double onset_gap_s = 0.05;
static const double crest_fall_db_per_s = 6.0;
static const double floor_power = 1e-12;

struct mg_cells {
    const mg_kernels *kernels;
    unsigned sample_rate_hz, blocks_per_cell, blocks_in_cell;
    unsigned merge; /* base cells per cell */
    mg_cell *row;
    size_t count, capacity;
    mg_fft *wide, *low;
    float wide_window[WIDE], low_window[LOW];
    float power[WIDE / 2 + 1];
    bool right_turn;
    mg_decimate *decimate;
    double low_hz_per_bin;
    float with_last[1 + MG_BLOCK_FRAMES]; /* the last mono sample of the block before, the block */
    float *mono;                          /* with_last + 1 */
    float quarter[MG_BLOCK_FRAMES / 4];
    float out[MG_BLOCK_FRAMES + 64];
    bool by_quarters;
    float low_frame[LOW];
    size_t low_fill;
    double low_band[3]; /* latest powers of sub, bass, low_mid */
    mg_kick *kick;
    unsigned step;
    double past_db[HISTORY], crest_db;
    double steps_since_onset;
};

mg_err mg_cells_new(mg_cells **ret, const mg_stream_info *info)
{
    mg_cells *c = calloc(1, sizeof(*c));
    unsigned factor = 1;
    if (!c)
        return MG_E_NOMEM;
    c->sample_rate_hz = info->sample_rate_hz;
    c->kernels = mg_kernels_best();
    c->merge = 1;
    c->blocks_per_cell = (unsigned)(cell_s * info->sample_rate_hz / MG_BLOCK_FRAMES + 0.5);
    if (c->blocks_per_cell == 0)
        c->blocks_per_cell = 1;
    while (factor < 64 && info->sample_rate_hz / (factor * 2.0) >= low_rate_hz)
        factor *= 2;
    double low_rate = (double)info->sample_rate_hz / factor;
    c->mono = c->with_last + 1;
    c->by_quarters = factor >= 16;
    c->low_hz_per_bin = low_rate / LOW;
    c->step = 32; /* a power of two divides the block */
    while (c->step * 1.5 < step_s * info->sample_rate_hz)
        c->step *= 2;
    c->crest_db = -200.0;
    mg_err err = mg_fft_new(&c->wide, WIDE);
    if (!err)
        err = mg_fft_new(&c->low, LOW);
    if (!err)
        err = mg_decimate_new(&c->decimate, c->by_quarters ? factor / 4 : factor);
    if (!err)
        err = mg_kick_new(&c->kick, low_rate);
    if (err) {
        mg_cells_free(c);
        return err;
    }
    mg_window_hann(c->wide_window, WIDE);
    mg_window_hann(c->low_window, LOW);
    *ret = c;
    return MG_OK;
}

void mg_cells_free(mg_cells *c)
{
    if (!c)
        return;
    mg_fft_free(c->wide);
    mg_fft_free(c->low);
    mg_decimate_free(c->decimate);
    mg_kick_free(c->kick);
    free(c->row);
    free(c);
}

void mg_cell_add(mg_cell *to, const mg_cell *from)
{
    to->frames += from->frames;
    for (unsigned b = 0; b < MG_BANDS; b++)
        to->band[b] += from->band[b];
    to->ll += from->ll;
    to->rr += from->rr;
    to->lr += from->lr;
    to->onsets += from->onsets;
    to->kicks += from->kicks;
    to->flux_db += from->flux_db;
    to->steps += from->steps;
}

static void merge_pairs(mg_cells *c)
{
    for (size_t i = 0; i < c->count / 2; i++) {
        mg_cell sum = c->row[2 * i];
        mg_cell_add(&sum, &c->row[2 * i + 1]);
        c->row[i] = sum;
    }
    c->count /= 2;
    c->merge *= 2;
}

static mg_cell *current_cell(mg_cells *c)
{
    if (c->blocks_in_cell > 0 && c->blocks_in_cell < c->blocks_per_cell * c->merge) {
        c->blocks_in_cell++;
        return &c->row[c->count - 1];
    }
    if (c->count == MG_CELLS_MAX)
        merge_pairs(c);
    if (c->count == c->capacity) {
        size_t capacity = c->capacity + GROW;
        mg_cell *row = realloc(c->row, capacity * sizeof(*row));
        if (!row)
            return NULL;
        c->row = row;
        c->capacity = capacity;
    }
    c->row[c->count] = (mg_cell){0};
    c->blocks_in_cell = 1;
    return &c->row[c->count++];
}

/* Four lanes of float, which every compiler here turns into one register. */
typedef float lanes __attribute__((vector_size(4 * sizeof(float))));

static inline lanes load(const float *p)
{
    lanes v;
    memcpy(&v, p, sizeof(v));
    return v;
}

/* A block is short enough for sums in float; they are folded in one fixed order. */
static double fold(lanes a, lanes b)
{
    lanes v = a + b;
    return ((double)v[0] + v[2]) + ((double)v[1] + v[3]);
}

static void add_products(const mg_block *block, mg_cell *cell)
{
    lanes ll[2] = {{0}}, rr[2] = {{0}}, lr[2] = {{0}};
    size_t whole = block->frames - block->frames % LANES;
    for (size_t i = 0; i < whole; i += LANES) {
        for (size_t h = 0; h < 2; h++) {
            lanes l = load(block->left + i + 4 * h), r = load(block->right + i + 4 * h);
            ll[h] += l * l;
            rr[h] += r * r;
            lr[h] += l * r;
        }
    }
    for (size_t i = whole; i < block->frames; i++) {
        cell->ll += (double)block->left[i] * block->left[i];
        cell->rr += (double)block->right[i] * block->right[i];
        cell->lr += (double)block->left[i] * block->right[i];
    }
    cell->ll += fold(ll[0], ll[1]);
    cell->rr += fold(rr[0], rr[1]);
    cell->lr += fold(lr[0], lr[1]);
}

/* Power of the bins between two frequencies as that of sines (full scale = 1); a Hann window
 * spreads a sine's power over bins that sum to 1.5 of its crest. */
static double band_power(const float *power, unsigned n, double hz_per_bin, double low_hz,
                         double high_hz)
{
    double sum = 0, scale = 16.0 / ((double)n * n) / 1.5;
    unsigned from = (unsigned)ceil(low_hz / hz_per_bin), to = (unsigned)ceil(high_hz / hz_per_bin);
    if (to > n / 2)
        to = n / 2;
    for (unsigned k = from; k < to; k++)
        sum += power[k];
    return sum * scale;
}

static void add_wide_bands(mg_cells *c, const mg_block *block, mg_cell *cell)
{
    const float *x = c->right_turn ? block->right : block->left;
    float *in = mg_fft_input(c->wide);
    double hz = (double)c->sample_rate_hz / WIDE;
    size_t from = block->frames >= WIDE ? (block->frames - WIDE) / 2 : 0;
    c->right_turn = !c->right_turn;
    for (size_t i = 0; i < WIDE; i++)
        in[i] = from + i < block->frames ? x[from + i] * c->wide_window[i] : 0.0f;
    mg_fft_power(c->wide, c->power);
    for (unsigned b = 3; b < MG_BANDS; b++)
        cell->band[b] += (double)block->frames * band_power(c->power, WIDE, hz, mg_band_low_hz[b],
                                                            mg_band_high_hz[b]);
}

/* Means of four frames first, where the filters would cost most: what they fold into the range up
 * to 600 Hz comes from 5 kHz and above and is 22 dB lower or more. */
static size_t decimate(mg_cells *c, size_t frames)
{
    if (!c->by_quarters)
        return mg_decimate_push(c->decimate, c->mono, frames, c->out);
    size_t quarters = frames / 4;
    for (size_t i = 0; i < quarters; i++) {
        const float *x = c->mono + 4 * i;
        c->quarter[i] = 0.25f * ((x[0] + x[1]) + (x[2] + x[3]));
    }
    return mg_decimate_push(c->decimate, c->quarter, quarters, c->out);
}

static void mix(mg_cells *c, const mg_block *block)
{
    c->kernels->mix(block->left, 2.0f, block->right, 1.0f / 3.0f, c->mono, block->frames);
}

/* The low bands change slowly: each block takes the latest powers. */
static unsigned add_low_bands(mg_cells *c, const mg_block *block, mg_cell *cell)
{
    size_t count = decimate(c, block->frames);
    for (size_t at = 0; at < count;) {
        size_t n = LOW - c->low_fill < count - at ? LOW - c->low_fill : count - at;
        memcpy(c->low_frame + c->low_fill, c->out + at, n * sizeof(float));
        c->low_fill += n;
        at += n;
        if (c->low_fill < LOW)
            break;
        float *in = mg_fft_input(c->low), power[LOW / 2 + 1];
        for (size_t i = 0; i < LOW; i++)
            in[i] = c->low_frame[i] * c->low_window[i];
        mg_fft_power(c->low, power);
        for (unsigned b = 0; b < 3; b++)
            c->low_band[b] = band_power(power, LOW, c->low_hz_per_bin, mg_band_low_hz[b],
                                        mg_band_high_hz[b]);
        c->low_fill = 0;
    }
    for (unsigned b = 0; b < 3; b++)
        cell->band[b] += (double)block->frames * c->low_band[b];
    return mg_kick_push(c->kick, c->out, count);
}

/* One step of the high-frequency envelope: rises and onsets. */
static void take_step(mg_cells *c, double power, mg_cell *cell)
{
    double db = 10.0 * log10(power + floor_power), before = c->past_db[0];
    for (unsigned i = 1; i < HISTORY; i++)
        before = c->past_db[i] > before ? c->past_db[i] : before;
    double step_length_s = (double)c->step / c->sample_rate_hz;
    c->crest_db -= crest_fall_db_per_s * step_length_s;
    c->crest_db = db > c->crest_db ? db : c->crest_db;
    c->steps_since_onset += 1.0;
    cell->steps += 1.0f;
    if (db > c->past_db[HISTORY - 1] && db > c->crest_db - onset_under_crest_db)
        cell->flux_db += (float)fmin(db - c->past_db[HISTORY - 1], 30.0);
    if (db - before > onset_rise_db && db > c->crest_db - onset_under_crest_db &&
        c->steps_since_onset * step_length_s >= onset_gap_s) {
        cell->onsets += 1.0f;
        c->steps_since_onset = 0;
    }
    memmove(c->past_db, c->past_db + 1, (HISTORY - 1) * sizeof(*c->past_db));
    c->past_db[HISTORY - 1] = db;
}

/* The first difference of the mono signal stands for its high frequencies. */
static void add_onsets(mg_cells *c, const mg_block *block, mg_cell *cell)
{
    for (size_t at = 0; at + c->step <= block->frames; at += c->step) {
        const float *x = c->mono + at; /* x[-1] is there */
        lanes sum[2] = {{0}};
        for (size_t i = 0; i < c->step; i += LANES) {
            for (size_t h = 0; h < 2; h++) {
                lanes d = load(x + i + 4 * h) - load(x + i + 4 * h - 1);
                sum[h] += d * d;
            }
        }
        take_step(c, fold(sum[0], sum[1]) / c->step, cell);
    }
}

mg_err mg_cells_push(mg_cells *c, const mg_block *block)
{
    mg_cell *cell = current_cell(c);
    if (!cell)
        return MG_E_NOMEM;
    cell->frames += (double)block->frames;
    mix(c, block);
    add_products(block, cell);
    add_wide_bands(c, block, cell);
    cell->kicks += (float)add_low_bands(c, block, cell);
    add_onsets(c, block, cell);
    c->with_last[0] = c->mono[block->frames - 1];
    return MG_OK;
}

size_t mg_cells_count(const mg_cells *c)
{
    return c->count;
}

double mg_cells_cell_s(const mg_cells *c)
{
    return (double)c->blocks_per_cell * c->merge * MG_BLOCK_FRAMES / c->sample_rate_hz;
}

const mg_cell *mg_cells_row(const mg_cells *c)
{
    return c->row;
}

const mg_kick *mg_cells_kick(const mg_cells *c)
{
    return c->kick;
}
