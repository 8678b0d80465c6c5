/* Gaps: 10 ms to 3.5 s of near silence inside music, as a dropped buffer or a bad edit leaves.
 *
 * A stop that was composed has an end and a beginning: the sound decays, or a new one starts. A
 * dropout cuts on both sides. So a gap counts when every channel stays under -80 dBFS, it is over
 * -40 dBFS right up to the first edge, and either so is the other side, within 10 dB, and one edge
 * jumps (the other may then lie in a zero of a bass); or the first edge jumps and what follows,
 * over -60 dBFS, does not begin there: it goes on quieter, or its first frame is as large as its
 * first millisecond.
 * Caller's memory; not thread-safe.
 */
#ifndef MG_DSP_TECHNICAL_GAPS_H
#define MG_DSP_TECHNICAL_GAPS_H

#include "dsp/signal/scan.h"

enum { MG_GAP_SIDE_SUBBLOCKS = 4 /* 40 ms to either side */ };

/* What is known of the silence in work or of the gap that waits for its other side. */
typedef struct mg_gap {
    uint64_t start, end;           /* frames */
    double before_40, before_1;    /* mean squares of the 40 ms and of the 1 ms before */
    double jump_before, jump_after; /* the two edges' steps, squared */
    double after_40, after_1;      /* sums, then means */
    uint64_t after_1_frames;
    unsigned after_subblocks;
    uint64_t after_40_frames;
} mg_gap;

typedef struct mg_gaps {
    const mg_kernels *kernels;
    unsigned rate_hz, channels;
    bool silent, waiting;          /* in silence; a gap waits for its other side */
    mg_gap now, pending;
    double recent[MG_GAP_SIDE_SUBBLOCKS + 1]; /* mean squares of the last sub-blocks; ring */
    uint64_t recent_start[MG_GAP_SIDE_SUBBLOCKS + 1], recent_end[MG_GAP_SIDE_SUBBLOCKS + 1];
    uint64_t subblocks;
    uint64_t total;
    unsigned count;
    mg_time_range found[MG_GAPS_MAX]; /* the first ones */
} mg_gaps;

void mg_gaps_init(mg_gaps *gaps, const mg_stream_info *info, const mg_kernels *kernels);
void mg_gaps_push(mg_gaps *gaps, const mg_block *block, const mg_scan *scan);
/* Fills gaps*, gap_count. */
void mg_gaps_finish(const mg_gaps *gaps, mg_technical_result *result);

#endif
