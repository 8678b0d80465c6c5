#include "dsp/technical/technical.h"

#include "dsp/technical/clicks.h"
#include "dsp/technical/clipping.h"
#include "dsp/technical/edges.h"
#include "dsp/technical/gaps.h"
#include "dsp/technical/hum.h"
#include "dsp/technical/infrasound.h"
#include "dsp/technical/low_stream.h"
#include "dsp/technical/noise_floor.h"

#include <stdlib.h>

struct mg_technical {
    unsigned channels;
    uint64_t frames;
    double sum[MG_MAX_CHANNELS];
    mg_noise_floor floor;
    mg_edges edges;
    mg_gaps gaps;
    mg_clicks clicks;
    mg_low_stream low;
    mg_hum hum;
    mg_infrasound infrasound;
    mg_clipping *clipping;
};

mg_err mg_technical_new(mg_technical **ret, const mg_stream_info *info, const mg_kernels *kernels)
{
    mg_technical *t = calloc(1, sizeof *t);
    if (!t)
        return MG_E_NOMEM;
    mg_err err = mg_clipping_new(&t->clipping, info, kernels);
    if (err) {
        mg_technical_free(t);
        return err;
    }
    t->channels = info->channels;
    mg_noise_floor_init(&t->floor, info);
    mg_edges_init(&t->edges, info);
    mg_gaps_init(&t->gaps, info, kernels);
    mg_clicks_init(&t->clicks, info, kernels);
    mg_low_stream_init(&t->low, info->sample_rate_hz, kernels);
    mg_hum_init(&t->hum, t->low.rate_hz);
    mg_infrasound_init(&t->infrasound, t->low.rate_hz, kernels);
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

static void add_subblock(mg_technical *t, const mg_subblock *s)
{
    for (unsigned c = 0; c < t->channels; c++)
        t->sum[c] += s->sum[c];
    t->frames += s->frames;
}

mg_err mg_technical_push(mg_technical *technical, const mg_block *block, const mg_scan *scan)
{
    mg_technical *t = technical;
    for (size_t i = 0; i < scan->subblocks; i++)
        add_subblock(t, &scan->subblock[i]);
    mg_noise_floor_push(&t->floor, block, scan);
    mg_edges_push(&t->edges, block, scan);
    mg_gaps_push(&t->gaps, block, scan);
    mg_clicks_push(&t->clicks, block, scan);
    size_t low = mg_low_stream_push(&t->low, block->mid, block->frames);
    mg_hum_push(&t->hum, t->low.out, low);
    mg_infrasound_push(&t->infrasound, t->low.out, low);
    return mg_clipping_push(t->clipping, block, scan);
}

mg_err mg_technical_finish(mg_technical *technical, const mg_loudness *loudness,
                           mg_technical_result *result)
{
    mg_technical *t = technical;
    result->channels = t->channels;
    for (unsigned c = 0; c < t->channels; c++)
        result->dc_offset[c] = t->frames ? t->sum[c] / (double)t->frames : 0.0;
    mg_noise_floor_finish(&t->floor, result);
    mg_edges_finish(&t->edges, result);
    mg_gaps_finish(&t->gaps, result);
    mg_clicks_finish(&t->clicks, result);
    mg_hum_finish(&t->hum, result);
    result->infrasonic_dbfs = mg_infrasound_dbfs(&t->infrasound);
    mg_clipping_finish(t->clipping, loudness, result);
    return MG_OK;
}
