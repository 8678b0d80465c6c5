/* Clicks: impulses and steps of a few samples that stand alone.
 *
 * The second difference (bend) of an impulse is as large as the impulse, and over in a few samples;
 * an attack stays bright for milliseconds, and synthesised pulses come in rows. So a bend counts
 * when it is half as large again as all others within 20 ms, six times the mean of the 2 ms to
 * either side, of which but seven samples reach 0.3 of it, and when no impulse half as large comes
 * within 50 ms; and when what lies between leaves the wave and returns, or the wave jumps from one
 * sample to the next onto nothing much louder: edges of band-limited waves take several samples,
 * and drums begin. Bright loud music hides small clicks: nothing is reported then. More than one a
 * second belong to the music; the first and last 20 ms are edges of the file. Caller's memory;
 * not thread-safe.
 */
#ifndef MG_DSP_TECHNICAL_CLICKS_H
#define MG_DSP_TECHNICAL_CLICKS_H

#include "dsp/signal/scan.h"

/* Cells kept: 20 ms at 192 kHz, and those of a block that is looked at; a power of two. */
enum { MG_CLICK_HISTORY = 512 };

typedef struct mg_clicks {
    const mg_kernels *kernels;
    unsigned rate_hz, channels;
    int64_t next_cell, apart_cells; /* 20 ms */
    bool any, pending_alone; /* an impulse was met; the last one stands alone so far */
    mg_click pending;
    int64_t pending_cell;
    float pending_top;
    uint64_t frames, total;
    unsigned count;
    mg_click found[MG_CLICKS_MAX]; /* the first ones */
    float bend[MG_MAX_CHANNELS][MG_CLICK_HISTORY]; /* of cell i at i mod the size */
} mg_clicks;

void mg_clicks_init(mg_clicks *clicks, const mg_stream_info *info, const mg_kernels *kernels);
void mg_clicks_push(mg_clicks *clicks, const mg_block *block, const mg_scan *scan);
/* Fills clicks*, click_count. */
void mg_clicks_finish(const mg_clicks *clicks, mg_technical_result *result);

#endif
