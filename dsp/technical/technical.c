#include "dsp/technical/technical.h"

#include "dsp/technical/clicks.h"
#include "dsp/technical/clipping.h"
#include "dsp/technical/edges.h"
#include "dsp/technical/gaps.h"
#include "dsp/technical/hum.h"
#include "dsp/signal/time_grid.h"

#include <math.h>
#include <stdlib.h>

/* Levels of 100 ms in tenths of a dB from -150 dBFS: a histogram instead of a history. */
enum { FLOOR_BINS = 2000, FLOOR_PER_DB = 10, FLOOR_LOWEST_DB = -150 };

struct mg_technical {
    unsigned channels;
    uint64_t frames;
    double sum[MG_MAX_CHANNELS];
    double step_square; /* of the step in work, mean over the channels */
    uint64_t step_frames;
    uint32_t floor[FLOOR_BINS];
    uint64_t floor_steps;
    mg_edges edges;
    mg_gaps gaps;
    mg_clicks clicks;
    mg_hum hum;
    mg_clipping *clipping;
};

mg_err mg_technical_new(mg_technical **ret, const mg_stream_info *info)
{
    mg_technical *t = calloc(1, sizeof *t);
    if (!t)
        return MG_E_NOMEM;
    mg_err err = mg_clipping_new(&t->clipping, info);
    if (err) {
        mg_technical_free(t);
        return err;
    }
    t->channels = info->channels;
    mg_edges_init(&t->edges, info);
    mg_gaps_init(&t->gaps, info);
    mg_clicks_init(&t->clicks, info);
    mg_hum_init(&t->hum, info);
    *ret = t;
    return MG_OK;
}

void mg_technical_free(mg_technical *technical)
{
    if (!technical)
        return;
    mg_clipping_free(technical->clipping);
    free(technical);
}

static void close_step(mg_technical *t)
{
    double square = t->step_square / (double)t->step_frames;
    t->step_square = 0.0;
    t->step_frames = 0;
    if (!(square > 0.0))
        return;
    double bin = (10.0 * log10(square) - FLOOR_LOWEST_DB) * FLOOR_PER_DB;
    t->floor[bin < 0.0 ? 0 : bin >= FLOOR_BINS ? FLOOR_BINS - 1 : (int)bin]++;
    t->floor_steps++;
}

static void add_subblock(mg_technical *t, const mg_subblock *s)
{
    double square = 0.0;
    for (unsigned c = 0; c < t->channels; c++) {
        t->sum[c] += s->sum[c];
        square += s->square[c];
    }
    t->frames += s->frames;
    t->step_square += square / t->channels;
    t->step_frames += s->frames;
    if (s->complete && (s->index + 1) % MG_SUBBLOCKS_PER_STEP == 0)
        close_step(t);
}

mg_err mg_technical_push(mg_technical *technical, const mg_block *block, const mg_scan *scan)
{
    mg_technical *t = technical;
    for (size_t i = 0; i < scan->subblocks; i++)
        add_subblock(t, &scan->subblock[i]);
    mg_edges_push(&t->edges, block, scan);
    mg_gaps_push(&t->gaps, block, scan);
    mg_clicks_push(&t->clicks, block, scan);
    mg_hum_push(&t->hum, block->mid, block->frames);
    return mg_clipping_push(t->clipping, block, scan);
}

/* The 5th percentile by nearest rank, at the middle of its bin. */
static mg_value noise_floor(const mg_technical *t)
{
    if (t->floor_steps == 0)
        return mg_none(t->frames ? MG_WHY_SILENT : MG_WHY_TOO_SHORT);
    uint64_t rank = (uint64_t)floor((double)(t->floor_steps - 1) * 0.05 + 0.5), seen = 0;
    for (int i = 0; i < FLOOR_BINS; i++) {
        seen += t->floor[i];
        if (seen > rank)
            return mg_some(FLOOR_LOWEST_DB + (i + 0.5) / FLOOR_PER_DB);
    }
    return mg_none(MG_WHY_SILENT);
}

mg_err mg_technical_finish(mg_technical *technical, const mg_loudness *loudness,
                           mg_technical_result *result)
{
    mg_technical *t = technical;
    result->channels = t->channels;
    for (unsigned c = 0; c < t->channels; c++)
        result->dc_offset[c] = t->frames ? t->sum[c] / (double)t->frames : 0.0;
    result->noise_floor_dbfs = noise_floor(t);
    mg_edges_finish(&t->edges, result);
    mg_gaps_finish(&t->gaps, result);
    mg_clicks_finish(&t->clicks, result);
    mg_hum_finish(&t->hum, result);
    mg_clipping_finish(t->clipping, loudness, result);
    return MG_OK;
}
