/* Silence at the ends and inside, and audio that begins or ends in the middle of a sound.
 *
 * Silent is a sub-block of 10 ms whose peak is at most -60 dBFS in every channel; the share of
 * silence leaves out rests of less than a second between sounds. An end is cut when its 10 ms are
 * over -40 dBFS, at most 12 dB over and 18 dB under the adjoining second, and show neither an
 * attack (start) nor a fade (end) inside. An attack rises from nothing: slowly, or at once but from
 * a zero and into a decay, as a kick on the first beat does. A cut start that is louder than what
 * follows may be a hit all the same: that is told beside it. Caller's memory; not thread-safe.
 */
#ifndef MG_DSP_TECHNICAL_EDGES_H
#define MG_DSP_TECHNICAL_EDGES_H

#include "dsp/signal/scan.h"

enum { MG_EDGE_SUBBLOCKS = 100 /* the adjoining second */ };

typedef struct mg_edges {
    unsigned rate_hz, channels;
    uint64_t frames, silent_frames; /* silences between sounds that count */
    bool heard;
    uint64_t first_loud_frame, last_loud_end;
    float start_peak, start_instant; /* of the first millisecond and the first 0.1 ms */
    float start_first;               /* of the very first frame */
    float end_peak;                  /* of the last millisecond */
    uint64_t subblocks;              /* complete ones */
    float head[MG_EDGE_SUBBLOCKS + 1]; /* mean squares of the first and of the last sub-blocks */
    float tail[MG_EDGE_SUBBLOCKS + 1]; /* ring: sub-block k at k mod the size */
} mg_edges;

void mg_edges_init(mg_edges *edges, const mg_stream_info *info);
void mg_edges_push(mg_edges *edges, const mg_block *block, const mg_scan *scan);
/* Fills silence_*, silent_share, cut_*, starts_on_hit. */
void mg_edges_finish(const mg_edges *edges, mg_technical_result *result);

#endif
