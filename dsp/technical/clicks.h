/* Clicks: impulses of a few samples that stand alone.
 *
 * The second difference of an impulse is as large as the impulse, and over in a few samples; the
 * attack of a drum stays bright for milliseconds. So a cell of 16 frames counts when its largest
 * second difference is far over that of all cells within 8 cells but its direct neighbours, and
 * when no other impulse comes within 50 ms: a pulse wave in the bass is a row of them. Loud bright
 * music hides small clicks: nothing is reported then. Caller's memory; not thread-safe.
 */
#ifndef MG_DSP_TECHNICAL_CLICKS_H
#define MG_DSP_TECHNICAL_CLICKS_H

#include "dsp/signal/scan.h"

typedef struct mg_clicks {
    unsigned rate_hz, channels;
    int64_t next_cell;
    bool any, pending_alone; /* an impulse was met; the last one stands alone so far */
    mg_click pending;
    uint64_t total;
    unsigned count;
    mg_click found[MG_CLICKS_MAX]; /* the first ones */
} mg_clicks;

void mg_clicks_init(mg_clicks *clicks, const mg_stream_info *info);
void mg_clicks_push(mg_clicks *clicks, const mg_block *block, const mg_scan *scan);
/* Fills clicks*, click_count. */
void mg_clicks_finish(const mg_clicks *clicks, mg_technical_result *result);

#endif
