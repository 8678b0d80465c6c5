/* Long-term average spectrum of one STFT, gated by loudness: each frame counts with the loudness
 * of the 400 ms block around its middle. Bins of 1 LU; memory is fixed. Not thread-safe.
 */
#ifndef MG_DSP_SPECTRUM_LTAS_H
#define MG_DSP_SPECTRUM_LTAS_H

#include "base/error.h"
#include "dsp/levels/loudness.h"

#include <stddef.h>
#include <stdint.h>

typedef struct mg_ltas mg_ltas;

/** @param bins  of each spectrum */
mg_err mg_ltas_new(mg_ltas **ret, unsigned sample_rate_hz, size_t bins);
void mg_ltas_free(mg_ltas *ltas);
/** Adds a frame; it is kept until the loudness around it is known.
 *  @param middle  position of the window's middle, frames at the sampling rate
 *  @param energy  `bins` values */
void mg_ltas_add(mg_ltas *ltas, const mg_loudness *loudness, int64_t middle, const float *energy);
/** Sum of the frames over the gate, after the last push of the loudness.
 *  @param ret  `bins` values   @return number of frames */
uint64_t mg_ltas_finish(mg_ltas *ltas, const mg_loudness *loudness, double gate_lufs, double *ret);

#endif
