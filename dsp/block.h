/* The unit in which audio reaches every measure.
 *
 * The analysis cuts the stream into blocks of MG_BLOCK_FRAMES at absolute positions (multiples of
 * MG_BLOCK_FRAMES from t = 0), whatever chunks the decoder delivered; only the last block of a
 * file may be shorter. So every measure gives the same result for any chunking, and kernels that
 * work in 8 lanes over absolute positions never see a broken lane but at the end.
 */
#ifndef MG_DSP_BLOCK_H
#define MG_DSP_BLOCK_H

#include "dsp/measures.h"

#include <stddef.h>
#include <stdint.h>

enum { MG_BLOCK_FRAMES = 4096, MG_BLOCK_ALIGN = 64 /* bytes */ };

/* What each channel of a file is, in the file's order. */
typedef enum mg_channel_role {
    MG_ROLE_LEFT,
    MG_ROLE_RIGHT,
    MG_ROLE_CENTRE, /* also the channel of a mono file */
    MG_ROLE_LFE,
    MG_ROLE_SURROUND_LEFT, /* weight 1.41 in BS.1770 */
    MG_ROLE_SURROUND_RIGHT,
    MG_ROLE_OTHER, /* weight 1.0, not in the downmix */
} mg_channel_role;

typedef struct mg_stream_info {
    unsigned sample_rate_hz; /* 8000..192000 */
    unsigned channels;       /* 1..MG_MAX_CHANNELS */
    mg_channel_role roles[MG_MAX_CHANNELS];
} mg_stream_info;

/* Samples are finite (the analysis replaced others by 0 and counted them). All pointers are
 * MG_BLOCK_ALIGN-aligned, valid during the call only, and never written by a measure. Ahead of each
 * `channel` and of `mid` stand the frames before the block (dsp/signal/scan.h says how many); behind
 * it room for MG_SCAN_TAIL values can be read. */
typedef struct mg_block {
    uint64_t start_frame;                     /* multiple of MG_BLOCK_FRAMES */
    size_t frames;                            /* 1..MG_BLOCK_FRAMES */
    const float *channel[MG_MAX_CHANNELS];    /* planar, as in the file */
    const float *left, *right;                /* stereo downmix: L/R, mono twice, or C and
                                                 surrounds at -3 dB (no LFE) */
    const float *mid;                         /* (left + right) / 2 */
} mg_block;

#endif
