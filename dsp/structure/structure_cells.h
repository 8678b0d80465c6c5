/* What the structure of a file is found from: a row of cells of about a quarter of a second.
 *
 * A cell is a whole number of blocks. When there are MG_CELLS_MAX, pairs are merged, so the memory
 * is fixed (0.8 MB) and a cell is 0.28 s up to 38 minutes at 44.1 kHz and 9 s after 12 hours.
 * Band powers are those of the mean of both channels; above 500 Hz they are read from 1024
 * frames of each block, left and right by turns, below from the mono
 * stream of 1.25..3 kHz (dsp/signal/mono.h).
 * One object per file; not thread-safe.
 */
#ifndef MG_DSP_STRUCTURE_STRUCTURE_CELLS_H
#define MG_DSP_STRUCTURE_STRUCTURE_CELLS_H

#include "base/error.h"
#include "dsp/block.h"
#include "dsp/signal/mono.h"
#include "dsp/structure/kick.h"

enum { MG_CELLS_MAX = 8192 };

/* Sums over `frames`; means after division by them. */
typedef struct mg_cell {
    double frames;
    double band[MG_BANDS]; /* power x frames, full-scale sine = 1 */
    double ll, rr, lr;
    float onsets, kicks;
    float flux_db;  /* sum of the rises, in dB */
    float steps;    /* of the high-frequency envelope */
    double high;    /* power of that envelope x frames */
    float floor_db; /* sum over its blocks of the least of that envelope, -120 dB at least */
    float blocks;   /* that have one */
} mg_cell;

typedef struct mg_cells mg_cells;

/** @return MG_OK; MG_E_NOMEM */
mg_err mg_cells_new(mg_cells **ret, const mg_stream_info *info);
void mg_cells_free(mg_cells *cells);
/** A block and what the mono streams gave for it. @return MG_OK; MG_E_NOMEM */
mg_err mg_cells_push(mg_cells *cells, const mg_block *block, const mg_mono_part *part);
size_t mg_cells_count(const mg_cells *cells);
/* Length of each but the last. */
double mg_cells_cell_s(const mg_cells *cells);
const mg_cell *mg_cells_row(const mg_cells *cells);
const mg_kick *mg_cells_kick(const mg_cells *cells);
void mg_cell_add(mg_cell *to, const mg_cell *from);

#endif
