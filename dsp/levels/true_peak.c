#include "dsp/levels/true_peak.h"

#include "dsp/signal/history.h"
#include "dsp/levels/peak_filter.h"
#include "dsp/signal/time_grid.h"

#include <math.h>
#include <stdlib.h>

/* Two cells after the one in work are in the filter's reach. */
enum {
    CELLS_AHEAD = 2,
    CELLS_ROOM = CELLS_AHEAD + MG_SCAN_CELLS + MG_SCAN_CELL_TAIL, /* most searched in one go */
};

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
    float late;        /* last of the 4x points of the cell searched last */
    int64_t late_cell; /* that cell */
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
    float bound[MG_MAX_CHANNELS][CELLS_ROOM];
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
        peak->channel[c] = (channel_peak){.last_over = -1e9, .late_cell = INT64_MIN};
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

/* The smallest crest that may matter: neither a maximum of the channel or of the step nor over
 * 0 dBTP lies under it. */
static float bar_of(const mg_true_peak *p, const channel_peak *ch)
{
    return least(least(ch->top, p->step_top), 1.0f);
}

/* The same for a 4x point that is yet without its parabola. */
static float threshold_of(const mg_true_peak *p, const channel_peak *ch)
{
    return least(crest_share * least(ch->top, p->step_top), 1.0f);
}

/* Looks at the crests of a cell; `start` is the absolute frame of x[0], `before` the point ahead
 * of it. */
static void take_crests(mg_true_peak *p, channel_peak *ch, const float *x,
                        float y[3][MG_CELL_FRAMES], float before, double start)
{
    float bar = least(least(ch->refined, p->step_refined), 1.0f);
    unsigned crest[4];
    p->kernels->crests(x, y, before, threshold_of(p, ch), bar, crest);
    unsigned left = crest[0] | crest[1] | crest[2] | crest[3];
    while (left) {
        int i = __builtin_ctz(left);
        float point[6] = {i > 0 ? y[2][i - 1] : before, x[i], y[0][i], y[1][i], y[2][i], x[i + 1]};
        for (int k = 0; k < 4; k++) {
            const float *at = point + 1 + k;
            float sign = at[0] < 0 ? -1.0f : 1.0f;
            if (crest[k] >> i & 1)
                take_crest(p, ch, sign * at[-1], sign * at[0], sign * at[1], start + i + k / 4.0,
                           x + i);
        }
        left &= left - 1;
    }
}

/* Searches cell `cell` (absolute), which begins at x. */
static void search_cell(mg_true_peak *p, channel_peak *ch, const float *x, float sample_top,
                        int64_t cell)
{
    float y[3][MG_CELL_FRAMES];
    float top = most(p->kernels->interpolate(&p->filter.taps, x, y), sample_top);
    ch->top = most(ch->top, top);
    p->step_top = most(p->step_top, top);
    float threshold = threshold_of(p, ch);
    if (top >= threshold && top > 0.0f) {
        float before = 0.0f;
        if (fabsf(x[0]) >= threshold)
            before = ch->late_cell == cell - 1 ? ch->late
                                               : mg_peak_filter_third(&p->filter.taps, x - 1);
        take_crests(p, ch, x, y, before, (double)(cell * MG_CELL_FRAMES));
    }
    ch->late = y[2][MG_CELL_FRAMES - 1];
    ch->late_cell = cell;
}

/* Cells [from, to) of the block, all in one step. Indices are relative to the block. */
static void search_cells(mg_true_peak *p, const mg_block *block, const mg_scan *scan,
                         ptrdiff_t from, ptrdiff_t to)
{
    const size_t count = (size_t)(to - from);
    /* The samples are points of the 4x signal: they raise the bar before the search. */
    for (unsigned c = 0; c < p->channels; c++) {
        channel_peak *ch = &p->channel[c];
        float top = p->kernels->bounds(block->channel[c] + from * MG_CELL_FRAMES,
                                       scan->cell[c].peak + from, scan->cell[c].bend + from, count,
                                       p->filter.crest_gain, p->filter.crest_share * bound_slack,
                                       p->bound[c]);
        ch->sample = most(ch->sample, top);
        ch->top = most(ch->top, top);
        p->step_top = most(p->step_top, top);
    }
    const int64_t first = (int64_t)(block->start_frame / MG_CELL_FRAMES) + from;
    for (unsigned c = 0; c < p->channels; c++) {
        channel_peak *ch = &p->channel[c];
        const float *x = block->channel[c] + from * MG_CELL_FRAMES;
        const float *bound = p->bound[c];
        float bar = bar_of(p, ch);
        for (size_t i = 0; i < count; i++) {
            if (bound[i] < bar || bound[i] == 0.0f)
                continue;
            search_cell(p, ch, x + i * MG_CELL_FRAMES, scan->cell[c].peak[from + (ptrdiff_t)i],
                        first + (int64_t)i);
            bar = bar_of(p, ch);
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
