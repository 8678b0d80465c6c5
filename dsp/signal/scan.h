/* What several level measures need of every sample, taken once per block: peaks and curvature of
 * cells of 16 frames, and sums over sub-blocks of 10 ms.
 *
 * The analysis owns the scan and the sample buffers, and hands both on with each block. Around the
 * frames of a block each channel's buffer holds the MG_SCAN_HISTORY frames before them (silence
 * before t = 0) and, after the last block of a file, MG_SCAN_TAIL frames of silence.
 */
#ifndef MG_DSP_SIGNAL_SCAN_H
#define MG_DSP_SIGNAL_SCAN_H

#include "base/error.h"
#include "dsp/block.h"
#include "dsp/kernels/kernels.h"

enum {
    MG_SCAN_HISTORY = 256, /* frames readable before a block */
    MG_SCAN_TAIL = 64,     /* frames of silence after the last one */
    MG_SCAN_CELLS = MG_BLOCK_FRAMES / MG_CELL_FRAMES,
    MG_SCAN_CELL_HISTORY = MG_SCAN_HISTORY / MG_CELL_FRAMES,
    MG_SCAN_CELL_TAIL = MG_SCAN_TAIL / MG_CELL_FRAMES,
    MG_SCAN_SUBBLOCKS = MG_BLOCK_FRAMES / 80 + 2, /* most that end in a block, at 8 kHz */
};

/* A complete sub-block; index counts from t = 0. The last one of a file may be short. */
typedef struct mg_subblock {
    uint64_t index;
    unsigned frames;
    bool complete; /* all its frames are there */
    double sum[MG_MAX_CHANNELS];
    double square[MG_MAX_CHANNELS];
    float peak[MG_MAX_CHANNELS]; /* largest |x| */
} mg_subblock;

/* Of one channel: peak = max |x|, bend = max |x[i] - 2 x[i-1] + x[i-2]| over the cell's frames.
 * Both point at the block's first cell; MG_SCAN_CELL_HISTORY cells before it are there too. */
typedef struct mg_scan_cells {
    const float *peak, *bend;
} mg_scan_cells;

typedef struct mg_scan {
    bool last;         /* this block ends the file */
    size_t cells;      /* whole or begun in the block; in the last one also those of the tail */
    mg_scan_cells cell[MG_MAX_CHANNELS];
    size_t subblocks;  /* that end in the block */
    mg_subblock *subblock;
} mg_scan;

typedef struct mg_scanner mg_scanner;

mg_err mg_scanner_new(mg_scanner **ret, const mg_stream_info *info, const mg_kernels *kernels);
void mg_scanner_free(mg_scanner *scanner);
/** Scan the next block; `last` is true for the last one of the file.
 *  @return the scan, owned by the scanner, valid until the next call. Never fails */
const mg_scan *mg_scanner_push(mg_scanner *scanner, const mg_block *block, bool last);

#endif
