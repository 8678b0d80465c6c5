/* Silence at the ends and inside, and audio that begins or ends in the middle of a sound.
 *
 * Silent is a sub-block of 10 ms whose peak is at most -60 dBFS in every channel; the share of
 * silence leaves out rests of less than a second between sounds. A start is cut when its 10 ms are
 * over -40 dBFS, at most 12 dB over and 18 dB under the adjoining second, and no attack. An attack
 * rises from nothing: slowly, or at once but from a zero and into a decay, as a kick on the first
 * beat does. A cut start that is louder than what follows may be a hit all the same: that is told
 * beside it.
 *
 * An end is cut when nothing fades in its last 30 ms and it is loud, or soft as the music was
 * before. Loud: over -40 dBFS, at most 12 dB over the second and 17 dB under the 100 ms before, and
 * either at most 18 dB under that second or at most 6 dB under those 100 ms. Soft: over -60 dBFS,
 * and less than 18 dB under the mean of 8 s or in a rest under that which two earlier ones were as
 * long and as soft as. Fading: the peak of the last millisecond is 6 dB under the RMS of the 20 ms
 * before the last 10, and the steps from frame to frame in the last 2 ms are 8 dB under those of
 * these 20 ms: where a bass goes through zero the wave is small, but it moves. Caller's memory; not
 * thread-safe.
 */
#ifndef MG_DSP_TECHNICAL_EDGES_H
#define MG_DSP_TECHNICAL_EDGES_H

#include "dsp/signal/scan.h"

enum {
    MG_EDGE_SUBBLOCKS = 100, /* the adjoining second */
    MG_EDGE_PAST = 800,      /* sub-blocks that are kept of the end: 8 s */
    MG_EDGE_RECENT_MS = 30,
    MG_EDGE_RECENT = 192 * MG_EDGE_RECENT_MS,
};

typedef struct mg_edges {
    unsigned rate_hz, channels;
    uint64_t frames, silent_frames; /* silences between sounds that count */
    bool heard;
    uint64_t first_loud_frame, last_loud_end;
    float start_peak, start_instant;   /* of the first millisecond and the first 0.1 ms */
    float start_first;                 /* of the very first frame */
    uint64_t subblocks;                /* complete ones */
    float head[MG_EDGE_SUBBLOCKS + 1]; /* mean squares of the first and of the last sub-blocks */
    float tail[MG_EDGE_PAST];          /* ring: sub-block k at k mod the size */
    float recent[2][MG_EDGE_RECENT];   /* left and right: the last 30 ms */
} mg_edges;

void mg_edges_init(mg_edges *edges, const mg_stream_info *info);
void mg_edges_push(mg_edges *edges, const mg_block *block, const mg_scan *scan);
/* Fills silence_*, silent_share, cut_*, starts_on_hit. */
void mg_edges_finish(const mg_edges *edges, mg_technical_result *result);

#endif
