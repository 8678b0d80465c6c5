#include "dsp/levels/waveform.h"

#include <math.h>
#include <stdlib.h>

enum { UNIT_FRAMES = 256 }; /* divides a block */

struct mg_waveform {
    const mg_kernels *kernels;
    unsigned channels;
    uint64_t frames_per_pixel;
    unsigned count;
    float low[MG_WAVEFORM_MAX], high[MG_WAVEFORM_MAX];
};

mg_err mg_waveform_new(mg_waveform **ret, const mg_stream_info *info, const mg_kernels *kernels)
{
    mg_waveform *w = calloc(1, sizeof *w);
    if (!w)
        return MG_E_NOMEM;
    w->kernels = kernels;
    w->channels = info->channels;
    w->frames_per_pixel = UNIT_FRAMES;
    *ret = w;
    return MG_OK;
}

void mg_waveform_free(mg_waveform *waveform)
{
    free(waveform);
}

static void widen(mg_waveform *w, unsigned pixel, float low, float high)
{
    w->low[pixel] = low < w->low[pixel] ? low : w->low[pixel];
    w->high[pixel] = high > w->high[pixel] ? high : w->high[pixel];
}

/* Joins neighbours; all pixels are there. */
static void halve(mg_waveform *w)
{
    for (unsigned i = 0; i < MG_WAVEFORM_MAX / 2; i++) {
        w->low[i] = w->low[2 * i];
        w->high[i] = w->high[2 * i];
        widen(w, i, w->low[2 * i + 1], w->high[2 * i + 1]);
    }
    w->count = MG_WAVEFORM_MAX / 2;
    w->frames_per_pixel *= 2;
}

static void add_unit(mg_waveform *w, uint64_t frame, float low, float high)
{
    if (frame / w->frames_per_pixel == MG_WAVEFORM_MAX)
        halve(w);
    const unsigned pixel = (unsigned)(frame / w->frames_per_pixel);
    if (pixel == w->count) {
        w->low[pixel] = low;
        w->high[pixel] = high;
        w->count++;
    } else {
        widen(w, pixel, low, high);
    }
}

void mg_waveform_push(mg_waveform *waveform, const mg_block *block)
{
    for (size_t at = 0; at < block->frames; at += UNIT_FRAMES) {
        const size_t left = block->frames - at, n = left < UNIT_FRAMES ? left : UNIT_FRAMES;
        float low = block->channel[0][at], high = low;
        for (unsigned c = 0; c < waveform->channels; c++)
            waveform->kernels->extremes(block->channel[c] + at, n, &low, &high);
        add_unit(waveform, block->start_frame + at, low, high);
    }
}

static int8_t step(float x)
{
    return (int8_t)fmin(fmax(round((double)x * 128.0), -128.0), 127.0);
}

void mg_waveform_finish(const mg_waveform *waveform, mg_waveform_result *ret)
{
    ret->frames_per_pixel = waveform->frames_per_pixel;
    ret->count = waveform->count;
    for (unsigned i = 0; i < waveform->count; i++) {
        ret->low[i] = step(waveform->low[i]);
        ret->high[i] = step(waveform->high[i]);
    }
}
