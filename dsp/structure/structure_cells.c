#include "dsp/structure/structure_cells.h"

#include "dsp/kernels/kernels.h"
#include "dsp/signal/fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDE = 1024, LOW = 512, GROW = 256, HISTORY = 4, STEP_MIN = 32 };

static const double cell_s = 0.25;
static const double step_s = 0.0116; /* of the high-frequency envelope */
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
    float power[WIDE / 2 + 8];                               /* `pieces` reads 7 behind */
    unsigned wide_bound[MG_BANDS - 3 + 1], low_bound[3 + 1]; /* first bins of the bands */
    bool right_turn;
    float low_frame[LOW];
    size_t low_fill;
    double low_band[3]; /* latest powers of sub, bass, low_mid */
    mg_kick *kick;
    unsigned step; /* frames */
    unsigned step_bound[MG_BLOCK_FRAMES / STEP_MIN + 1];
    float step_sum[MG_BLOCK_FRAMES / STEP_MIN];
    double past_db[HISTORY], crest_db;
    double steps_since_onset;
};

/* First bins of `count` bands and the end of the last. */
static void find_bounds(unsigned first_band, unsigned count, double hz_per_bin, unsigned n,
                        unsigned *ret)
{
    for (unsigned b = 0; b <= count; b++) {
        double hz =
            b < count ? mg_band_low_hz[first_band + b] : mg_band_high_hz[first_band + count - 1];
        ret[b] = (unsigned)ceil(fmin(hz / hz_per_bin, n / 2.0));
    }
}

mg_err mg_cells_new(mg_cells **ret, const mg_stream_info *info)
{
    mg_cells *c = calloc(1, sizeof(*c));
    if (!c)
        return MG_E_NOMEM;
    c->sample_rate_hz = info->sample_rate_hz;
    c->kernels = mg_kernels_best();
    c->merge = 1;
    c->blocks_per_cell = (unsigned)(cell_s * info->sample_rate_hz / MG_BLOCK_FRAMES + 0.5);
    if (c->blocks_per_cell == 0)
        c->blocks_per_cell = 1;
    double low_rate =
        (double)info->sample_rate_hz / mg_mono_factor(info->sample_rate_hz, MG_MONO_LOW);
    find_bounds(0, 3, low_rate / LOW, LOW, c->low_bound);
    find_bounds(3, MG_BANDS - 3, (double)info->sample_rate_hz / WIDE, WIDE, c->wide_bound);
    c->step = STEP_MIN; /* a power of two divides the block */
    while (c->step * 1.5 < step_s * info->sample_rate_hz)
        c->step *= 2;
    for (unsigned i = 0; i <= MG_BLOCK_FRAMES / c->step; i++)
        c->step_bound[i] = i * c->step;
    c->crest_db = -200.0;
    mg_err err = mg_fft_new(&c->wide, WIDE);
    if (!err)
        err = mg_fft_new(&c->low, LOW);
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
    to->high += from->high;
    to->floor_db += from->floor_db;
    to->blocks += from->blocks;
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

/* A block is short enough for sums in float, lane by lane. */
static void add_products(const mg_cells *c, const mg_block *block, mg_cell *cell)
{
    static const float no_offset[MG_BLOCK_FRAMES / 8] = {0};
    mg_pair_sums sums = {{0}, {0}, {0}, {0}};
    size_t whole = block->frames - block->frames % 8;
    c->kernels->pairs(block->left, block->right, no_offset, no_offset, whole / 8, &sums);
    for (size_t i = whole; i < block->frames; i++) {
        cell->ll += (double)block->left[i] * block->left[i];
        cell->rr += (double)block->right[i] * block->right[i];
        cell->lr += (double)block->left[i] * block->right[i];
    }
    for (unsigned lane = 0; lane < 8; lane++) {
        cell->ll += sums.ll[lane];
        cell->rr += sums.rr[lane];
        cell->lr += sums.lr[lane];
    }
}

/* Powers between bounds as those of sines (full scale = 1); a Hann window spreads a sine's power
 * over bins that sum to 1.5 of its crest. */
static void band_powers(const mg_cells *c, unsigned n, const unsigned *bound, double ret[3])
{
    float sum[3];
    c->kernels->pieces(c->power, bound, bound + 1, 3, sum);
    for (unsigned b = 0; b < 3; b++)
        ret[b] = sum[b] * (16.0 / ((double)n * n) / 1.5);
}

static void add_wide_bands(mg_cells *c, const mg_block *block, mg_cell *cell)
{
    const float *x = c->right_turn ? block->right : block->left;
    float *in = mg_fft_input(c->wide);
    double band[3];
    size_t from = block->frames >= WIDE ? (block->frames - WIDE) / 2 : 0;
    c->right_turn = !c->right_turn;
    size_t count = block->frames < WIDE ? block->frames : WIDE;
    c->kernels->window(x + from, c->wide_window, in, count);
    memset(in + count, 0, (WIDE - count) * sizeof(*in));
    mg_fft_power(c->wide, c->power);
    band_powers(c, WIDE, c->wide_bound, band);
    for (unsigned b = 0; b < 3; b++)
        cell->band[3 + b] += (double)block->frames * band[b];
}

/* The low bands change slowly: each block takes the latest powers. */
static unsigned add_low_bands(mg_cells *c, const mg_mono_part *part, mg_cell *cell)
{
    const float *x = part->x[MG_MONO_LOW];
    size_t count = part->frames[MG_MONO_LOW];
    for (size_t at = 0; at < count;) {
        size_t n = LOW - c->low_fill < count - at ? LOW - c->low_fill : count - at;
        memcpy(c->low_frame + c->low_fill, x + at, n * sizeof(float));
        c->low_fill += n;
        at += n;
        if (c->low_fill < LOW)
            break;
        c->kernels->window(c->low_frame, c->low_window, mg_fft_input(c->low), LOW);
        mg_fft_power(c->low, c->power);
        band_powers(c, LOW, c->low_bound, c->low_band);
        c->low_fill = 0;
    }
    for (unsigned b = 0; b < 3; b++)
        cell->band[b] += (double)part->frames[MG_MONO_FULL] * c->low_band[b];
    return mg_kick_push(c->kick, x, count);
}

/* One step of the high-frequency envelope: rises and onsets. @return its level in dB */
static double take_step(mg_cells *c, double power, mg_cell *cell)
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
    return db;
}

/* The first difference of the mono signal stands for its high frequencies. */
static void add_onsets(mg_cells *c, const mg_mono_part *part, mg_cell *cell)
{
    unsigned steps = (unsigned)part->frames[MG_MONO_FULL] / c->step;
    c->kernels->differences(part->x[MG_MONO_FULL], c->step_bound, steps, c->step_sum);
    double least_db = HUGE_VAL;
    for (unsigned i = 0; i < steps; i++) {
        cell->high += (double)c->step_sum[i];
        least_db = fmin(least_db, take_step(c, (double)c->step_sum[i] / c->step, cell));
    }
    if (steps == 0)
        return;
    cell->floor_db += (float)least_db;
    cell->blocks += 1.0f;
}

mg_err mg_cells_push(mg_cells *c, const mg_block *block, const mg_mono_part *part)
{
    mg_cell *cell = current_cell(c);
    if (!cell)
        return MG_E_NOMEM;
    cell->frames += (double)block->frames;
    add_products(c, block, cell);
    add_wide_bands(c, block, cell);
    cell->kicks += (float)add_low_bands(c, part, cell);
    add_onsets(c, part, cell);
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
