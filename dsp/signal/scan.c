#include "dsp/signal/scan.h"

#include "dsp/signal/time_grid.h"

#include <stdlib.h>
#include <string.h>

enum { CELLS_ROOM = MG_SCAN_CELL_HISTORY + MG_SCAN_CELLS + MG_SCAN_CELL_TAIL };

struct mg_scanner {
    const mg_kernels *kernels;
    unsigned rate_hz, channels;
    size_t cells_before; /* cells of the block before */
    float peak[MG_MAX_CHANNELS][CELLS_ROOM], bend[MG_MAX_CHANNELS][CELLS_ROOM];
    uint64_t next_subblock; /* the one being filled */
    uint64_t filled_frames;
    mg_lane_sums sums[MG_MAX_CHANNELS];
    mg_subblock subblock[MG_SCAN_SUBBLOCKS + 1];
    mg_scan scan;
};

mg_err mg_scanner_new(mg_scanner **ret, const mg_stream_info *info, const mg_kernels *kernels)
{
    mg_scanner *scanner = calloc(1, sizeof *scanner);
    if (!scanner)
        return MG_E_NOMEM;
    scanner->kernels = kernels;
    scanner->rate_hz = info->sample_rate_hz;
    scanner->channels = info->channels;
    *ret = scanner;
    return MG_OK;
}

void mg_scanner_free(mg_scanner *scanner)
{
    free(scanner);
}

static void scan_cells(mg_scanner *s, const mg_block *block, bool last)
{
    size_t cells = (block->frames + MG_CELL_FRAMES - 1) / MG_CELL_FRAMES;
    if (last)
        cells += MG_SCAN_CELL_TAIL - 1; /* one less: a begun cell takes frames of the tail too */
    for (unsigned c = 0; c < s->channels; c++) {
        memmove(s->peak[c], s->peak[c] + s->cells_before, MG_SCAN_CELL_HISTORY * sizeof(float));
        memmove(s->bend[c], s->bend[c] + s->cells_before, MG_SCAN_CELL_HISTORY * sizeof(float));
        float *peak = s->peak[c] + MG_SCAN_CELL_HISTORY;
        float *bend = s->bend[c] + MG_SCAN_CELL_HISTORY;
        s->kernels->cells(block->channel[c], cells, peak, bend);
        s->scan.cell[c] = (mg_scan_cells){peak, bend};
    }
    s->scan.cells = s->cells_before = cells;
}

static void close_subblock(mg_scanner *s, bool complete)
{
    mg_subblock *b = &s->subblock[s->scan.subblocks++];
    b->index = s->next_subblock++;
    b->frames = (unsigned)s->filled_frames;
    b->complete = complete;
    for (unsigned c = 0; c < s->channels; c++) {
        b->sum[c] = mg_fold_sum(s->sums[c].sum);
        b->square[c] = mg_fold_sum(s->sums[c].square);
        b->peak[c] = mg_fold_max(s->sums[c].peak);
        s->sums[c] = (mg_lane_sums){0};
    }
    s->filled_frames = 0;
}

static void scan_subblocks(mg_scanner *s, const mg_block *block, bool last)
{
    s->scan.subblocks = 0;
    s->scan.subblock = s->subblock;
    size_t at = 0;
    while (at < block->frames) {
        uint64_t end = mg_subblock_frame(s->rate_hz, s->next_subblock + 1) - block->start_frame;
        size_t stop = end < block->frames ? (size_t)end : block->frames;
        unsigned lane = (unsigned)((block->start_frame + at) % 8);
        for (unsigned c = 0; c < s->channels; c++)
            s->kernels->sums(block->channel[c] + at, stop - at, lane, &s->sums[c]);
        s->filled_frames += stop - at;
        at = stop;
        if (at == end)
            close_subblock(s, true);
    }
    if (last && s->filled_frames > 0)
        close_subblock(s, false);
}

const mg_scan *mg_scanner_push(mg_scanner *scanner, const mg_block *block, bool last)
{
    scanner->scan.last = last;
    scan_cells(scanner, block, last);
    scan_subblocks(scanner, block, last);
    return &scanner->scan;
}
