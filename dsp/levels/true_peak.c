#include "dsp/levels/true_peak.h"

#include "dsp/signal/history.h"
#include "dsp/levels/peak_filter.h"
#include "dsp/signal/time_grid.h"

#include <math.h>
#include <stdlib.h>

/* Two cells after the one in work are in the filter's reach. */
enum { CELLS_AHEAD = 2, CELLS_AT_ONCE = 8 };

/* 10^(-0.69/20): at 4x and 0.45 fs a sine's nearest point lies at most 0.55 dB under its crest. */
static const float crest_share = 0.9236f;
/* Rounding of the interpolated sums, relative to the bound. */
static const float bound_slack = 1.00001f;

typedef struct channel_peak {
    float top;     /* largest of the 4x points */
    float refined; /* largest with the parabola */
    double at;     /* frame of `refined`, with its fraction */
    float sample;  /* largest sample */
    double last_over; /* frame of the last crest over 0 dBTP */
} channel_peak;

struct mg_true_peak {
    const mg_kernels *kernels;
    mg_peak_filter filter;
    unsigned rate_hz, channels;
    int64_t next_cell; /* absolute; starts at -1, whose ringing may be a peak as well */
    uint64_t step_end;
    float step_top, step_refined; /* of the step in work, all channels */
    mg_history steps;
    uint64_t frames, overs;
    channel_peak channel[MG_MAX_CHANNELS];
};

mg_err mg_true_peak_new(mg_true_peak **ret, const mg_stream_info *info, const mg_kernels *kernels)
{
    mg_true_peak *peak = calloc(1, sizeof *peak);
    if (!peak)
        return MG_E_NOMEM;
    peak->kernels = kernels;
    peak->filter = mg_peak_filter_design();
    peak->rate_hz = info->sample_rate_hz;
    peak->channels = info->channels;
    peak->next_cell = -1;
    peak->step_end = mg_step_frame(info->sample_rate_hz, 1);
    for (unsigned c = 0; c < info->channels; c++)
        peak->channel[c].last_over = -1e9;
    *ret = peak;
    return MG_OK;
}

void mg_true_peak_free(mg_true_peak *peak)
{
    if (!peak)
        return;
    mg_history_done(&peak->steps);
    free(peak);
}

/* A crest over 0 dBTP between samples that are both below 0 dBFS; one per millisecond. */
static void count_over(mg_true_peak *p, channel_peak *ch, double at, const float *x)
{
    if (fabsf(x[0]) >= 1.0f || fabsf(x[1]) >= 1.0f)
        return;
    if (at - ch->last_over > 0.001 * p->rate_hz)
        p->overs++;
    ch->last_over = at;
}

/* Looks at one crest of the 4x points: before, top and after, all turned positive. `at` is the
 * absolute frame of `top`, x the sample at or before it. */
static void take_crest(mg_true_peak *p, channel_peak *ch, float before, float top, float after,
                       double at, const float *x)
{
    double bow = 2.0 * top - before - after;
    double slope = (double)after - before;
    double refined = top, shift = 0.0;
    if (bow > 0.0) {
        refined += slope * slope / (8.0 * bow);
        shift = slope / (2.0 * bow);
    }
    if (refined > ch->refined) {
        ch->refined = (float)refined;
        ch->at = at + shift / 4.0;
    }
    if (refined > p->step_refined)
        p->step_refined = (float)refined;
    if (refined > 1.0)
        count_over(p, ch, at, x);
}

static float least(float a, float b)
{
    return a < b ? a : b;
}

static float most(float a, float b)
{
    return a > b ? a : b;
}

/* One of the 4x points with its neighbours: is it a crest? */
static void take_point(mg_true_peak *p, channel_peak *ch, const float *point, double at,
                       const float *x, float threshold)
{
    float top = fabsf(point[0]);
    if (top < threshold)
        return;
    float before = point[0] < 0 ? -point[-1] : point[-1];
    float after = point[0] < 0 ? -point[1] : point[1];
    if (top >= before && top > after)
        take_crest(p, ch, before, top, after, at, x);
}

/* Walks the 64 points of a cell; `start` is the absolute frame of x[0]. */
static void walk_crests(mg_true_peak *p, channel_peak *ch, const float *x,
                        float y[3][MG_CELL_FRAMES], double start, float threshold)
{
    float point[4 * MG_CELL_FRAMES + 2];
    for (int i = 0; i < MG_CELL_FRAMES; i++) {
        point[4 * i + 1] = x[i];
        point[4 * i + 2] = y[0][i];
        point[4 * i + 3] = y[1][i];
        point[4 * i + 4] = y[2][i];
    }
    point[0] = fabsf(x[0]) >= threshold ? mg_peak_filter_third(&p->filter.taps, x - 1) : 0.0f;
    point[4 * MG_CELL_FRAMES + 1] = x[MG_CELL_FRAMES];

    /* Of the 16 quarters most have no point that counts. */
    float highest[MG_CELL_FRAMES];
    for (int i = 0; i < MG_CELL_FRAMES; i++)
        highest[i] = most(most(fabsf(x[i]), fabsf(y[0][i])), most(fabsf(y[1][i]), fabsf(y[2][i])));
    for (int i = 0; i < MG_CELL_FRAMES; i++) {
        if (highest[i] < threshold)
            continue;
        for (int k = 0; k < 4; k++)
            take_point(p, ch, point + 4 * i + 1 + k, start + i + k / 4.0, x + i, threshold);
    }
}

static void search_cell(mg_true_peak *p, channel_peak *ch, const float *x, float sample_top,
                        double start)
{
    float y[3][MG_CELL_FRAMES];
    float top = p->kernels->interpolate(&p->filter.taps, x, y);
    if (sample_top > top)
        top = sample_top;
    if (top > ch->top)
        ch->top = top;
    if (top > p->step_top)
        p->step_top = top;
    float threshold = least(crest_share * least(ch->top, p->step_top), 1.0f);
    if (top >= threshold && top > 0.0f)
        walk_crests(p, ch, x, y, start, threshold);
}

/* Whether none of the CELLS_AT_ONCE cells from i can hold a point of the threshold; in eight lanes,
 * with a bound that takes the whole next cell for its first sample. */
static bool all_quiet(const mg_true_peak *p, const mg_scan_cells *cell, ptrdiff_t i,
                      float threshold)
{
    const float *peak = cell->peak + i, *bend = cell->bend + i;
    float bend_gain = p->filter.bend_gain, bound[CELLS_AT_ONCE], top = 0.0f;
    for (int k = 0; k < CELLS_AT_ONCE; k++) {
        float samples = most(peak[k], peak[k + 1]);
        float bends = most(bend[k - 1], most(bend[k], bend[k + 1]));
        bound[k] = (samples + bend_gain * bends) * bound_slack;
    }
    for (int k = 0; k < CELLS_AT_ONCE; k++)
        top = most(top, bound[k]);
    return top < threshold;
}

/* Cells [from, to) of the block, all in one step. Indices are relative to the block. */
static void search_cells(mg_true_peak *p, const mg_block *block, const mg_scan *scan,
                         ptrdiff_t from, ptrdiff_t to)
{
    for (unsigned c = 0; c < p->channels; c++) {
        channel_peak *ch = &p->channel[c];
        for (ptrdiff_t i = from; i < to; i++) {
            if (scan->cell[c].peak[i] > ch->sample)
                ch->sample = scan->cell[c].peak[i];
        }
        /* The samples are points of the 4x signal: they raise the bar before the search. */
        if (ch->sample > ch->top)
            ch->top = ch->sample;
    }
    for (unsigned c = 0; c < p->channels; c++) {
        for (ptrdiff_t i = from; i < to; i++) {
            if (scan->cell[c].peak[i] > p->step_top)
                p->step_top = scan->cell[c].peak[i];
        }
    }
    for (unsigned c = 0; c < p->channels; c++) {
        const float *peak = scan->cell[c].peak, *bend = scan->cell[c].bend;
        channel_peak *ch = &p->channel[c];
        for (ptrdiff_t i = from; i < to; i++) {
            float threshold = least(crest_share * least(ch->top, p->step_top), 1.0f);
            while ((i - from) % CELLS_AT_ONCE == 0 && i + CELLS_AT_ONCE <= to &&
                   all_quiet(p, &scan->cell[c], i, threshold))
                i += CELLS_AT_ONCE;
            if (i == to)
                break;
            const float *x = block->channel[c] + i * MG_CELL_FRAMES;
            float samples = most(peak[i], fabsf(x[MG_CELL_FRAMES]));
            float bends = most(bend[i - 1], most(bend[i], bend[i + 1]));
            float bound = (samples + p->filter.bend_gain * bends) * bound_slack;
            if (bound >= threshold && bound > 0.0f)
                search_cell(p, ch, x, peak[i],
                            (double)block->start_frame + (double)(i * MG_CELL_FRAMES));
        }
    }
}

static mg_err close_step(mg_true_peak *p)
{
    mg_err err = mg_history_add(&p->steps, fmaxf(p->step_refined, p->step_top));
    p->step_top = p->step_refined = 0.0f;
    p->step_end = mg_step_frame(p->rate_hz, p->steps.n + 1);
    return err;
}

mg_err mg_true_peak_push(mg_true_peak *peak, const mg_block *block, const mg_scan *scan)
{
    int64_t base = (int64_t)(block->start_frame / MG_CELL_FRAMES);
    int64_t stop = base + (int64_t)scan->cells - CELLS_AHEAD;
    peak->frames = block->start_frame + block->frames;
    while (peak->next_cell < stop) {
        int64_t first_after = (int64_t)((peak->step_end + MG_CELL_FRAMES - 1) / MG_CELL_FRAMES);
        int64_t to = first_after < stop ? first_after : stop;
        search_cells(peak, block, scan, (ptrdiff_t)(peak->next_cell - base),
                     (ptrdiff_t)(to - base));
        peak->next_cell = to;
        if (to == first_after) {
            mg_err err = close_step(peak);
            if (err)
                return err;
        }
    }
    return scan->last ? close_step(peak) : MG_OK;
}

size_t mg_true_peak_steps(const mg_true_peak *peak)
{
    return peak->steps.n;
}

float mg_true_peak_step(const mg_true_peak *peak, size_t step)
{
    return peak->steps.v[step];
}

/* Under -150 dB a level says no more than "silent". */
static mg_value level(float linear)
{
    return linear > 3.2e-8f ? mg_some(20.0 * log10(linear)) : mg_none(MG_WHY_SILENT);
}

mg_err mg_true_peak_finish(mg_true_peak *peak, mg_loudness_result *result)
{
    const channel_peak *best = &peak->channel[0];
    float sample = 0.0f;
    for (unsigned c = 0; c < peak->channels; c++) {
        channel_peak *ch = &peak->channel[c];
        if (ch->refined < ch->top)
            ch->refined = ch->top;
        if (ch->refined > best->refined)
            best = ch;
        if (ch->sample > sample)
            sample = ch->sample;
        result->true_peak_channels_dbtp[c] = level(ch->refined);
    }
    for (unsigned c = peak->channels; c < MG_MAX_CHANNELS; c++)
        result->true_peak_channels_dbtp[c] = mg_none(MG_WHY_NOT_APPLICABLE);
    result->true_peak_dbtp = level(best->refined);
    result->sample_peak_dbfs = level(sample);
    double last = peak->frames ? (double)peak->frames - 1.0 : 0.0;
    result->true_peak_at_s = mg_has(result->true_peak_dbtp)
                                 ? mg_some(fmin(fmax(best->at, 0.0), last) / peak->rate_hz)
                                 : mg_none(MG_WHY_SILENT);
    result->inter_sample_overs = peak->overs;
    return MG_OK;
}
