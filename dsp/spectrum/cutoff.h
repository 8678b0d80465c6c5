/* Where the spectrum ends, and how its highest part behaves: what dsp/spectrum/origin.h judges by.
 *
 * In cells of 100 Hz the levels of all active frames are counted in a histogram; the 99th
 * percentile shows what the file ever reached at that frequency. The cutoff is the highest cell
 * that stands more than 20 dB over the mean (in dB) of the 500 Hz above it; below 2 kHz such a
 * step is tonal balance and does not count. Fixed memory; not thread-safe.
 */
#ifndef MG_DSP_SPECTRUM_CUTOFF_H
#define MG_DSP_SPECTRUM_CUTOFF_H

#include "base/error.h"
#include "dsp/value.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct mg_cutoff mg_cutoff;

/** @param bin_hz  spacing of the bins, below 100   @param bins  up to half the sampling rate */
mg_err mg_cutoff_new(mg_cutoff **ret, unsigned sample_rate_hz, double bin_hz, size_t bins);
void mg_cutoff_free(mg_cutoff *cutoff);
/** One frame: energy[k] of each bin, both channels added (mg_stft_frame), with 7 values behind that
 *  can be read. Frames below -70 dBFS do not count.
 *  @param hop  samples that the frame stands for */
void mg_cutoff_push(mg_cutoff *cutoff, const float *energy, unsigned hop);

enum { MG_CUTOFF_CELLS = 960 };

/* Cell i is centred on i * 100 Hz. */
typedef struct mg_cell_levels {
    unsigned rate_hz;
    size_t cells;
    size_t edge;     /* the cell of the cutoff; 0: none below 0.48 of the sampling rate */
    double floor_db; /* mean 99th percentile of the cells beyond the edge */
    double high_db[MG_CUTOFF_CELLS], middle_db[MG_CUTOFF_CELLS]; /* 99th and 50th percentile */
    double flicker_db[MG_CUTOFF_CELLS]; /* mean change from one active frame to the next */
    double empty[MG_CUTOFF_CELLS];      /* share of frames within 3 dB of the floor */
} mg_cell_levels;

/** @return false without an active frame: *ret is untouched */
bool mg_cutoff_levels(const mg_cutoff *cutoff, mg_cell_levels *ret);

#endif
