#include "dsp/technical/clicks.h"

#include <math.h>
#include <string.h>

enum { REACH = 8 /* cells to either side; half of what the scan keeps */ };

static const float stand_out = 6.0f;  /* over the largest second difference around */
static const double alone_s = 0.05;   /* nearer ones are the edges of a waveform */
static const float bend_least = 0.1f; /* -20 dBFS: less is not heard as a click in music */

void mg_clicks_init(mg_clicks *clicks, const mg_stream_info *info)
{
    *clicks = (mg_clicks){.rate_hz = info->sample_rate_hz, .channels = info->channels};
}

static bool is_click(const float *bend)
{
    float top = bend[0], around = 0.0f;
    if (top < bend_least || bend[-1] >= top || bend[1] > top)
        return false;
    /* An impulse may straddle a border, but it does not reach into both neighbours. */
    if (bend[-1] * stand_out > top && bend[1] * stand_out > top)
        return false;
    for (int i = 2; i <= REACH; i++)
        around = fmaxf(around, fmaxf(bend[-i], bend[i]));
    return top > stand_out * around;
}

/* Counts the pending click if nothing came near it. */
static void settle(mg_clicks *k)
{
    if (!k->pending_alone)
        return;
    k->pending_alone = false;
    k->total++;
    if (k->count < MG_CLICKS_MAX)
        k->found[k->count++] = k->pending;
}

static void add_click(mg_clicks *k, unsigned channel, int64_t cell, const float *x)
{
    float top = 0.0f, peak = 0.0f;
    int at = 0;
    for (int i = 0; i < MG_CELL_FRAMES; i++) {
        float bend = fabsf(x[i] - 2.0f * x[i - 1] + x[i - 2]);
        if (bend > top) {
            top = bend;
            at = i - 1;
        }
        peak = fmaxf(peak, fabsf(x[i]));
    }
    peak = fmaxf(peak, fabsf(x[-1]));
    mg_click click = {
        .at_s = fmax(0.0, (double)(cell * MG_CELL_FRAMES + at)) / k->rate_hz,
        .channel = channel,
        .peak_dbfs = peak > 0.0f ? 20.0 * log10((double)peak) : -150.0,
    };
    bool alone = !k->any || click.at_s - k->pending.at_s >= alone_s;
    if (alone)
        settle(k);
    k->pending = click;
    k->any = true;
    k->pending_alone = alone;
}

void mg_clicks_push(mg_clicks *clicks, const mg_block *block, const mg_scan *scan)
{
    int64_t base = (int64_t)(block->start_frame / MG_CELL_FRAMES);
    int64_t stop = base + (int64_t)scan->cells - REACH;
    for (; clicks->next_cell < stop; clicks->next_cell++) {
        ptrdiff_t i = (ptrdiff_t)(clicks->next_cell - base);
        int best = -1;
        for (unsigned c = 0; c < clicks->channels; c++) {
            const float *bend = scan->cell[c].bend;
            if (is_click(bend + i) && (best < 0 || bend[i] > scan->cell[best].bend[i]))
                best = (int)c;
        }
        if (best >= 0)
            add_click(clicks, (unsigned)best, clicks->next_cell,
                      block->channel[best] + i * MG_CELL_FRAMES);
    }
    if (scan->last)
        settle(clicks);
}

void mg_clicks_finish(const mg_clicks *clicks, mg_technical_result *result)
{
    result->clicks_total = clicks->total;
    result->click_count = clicks->count;
    memcpy(result->clicks, clicks->found, clicks->count * sizeof *clicks->found);
}
