/* The outline of the waveform for pictures and web players: least and largest sample of each pixel
 * over all channels, so that neither a channel nor what cancels in a sum is hidden.
 *
 * A pixel is 256 frames; whenever there would be more than MG_WAVEFORM_MAX of them, neighbours are
 * joined, so that the memory does not grow with the file. Whatever chunks the samples came in, the
 * outline is the same. One object per stream, no allocation after _new.
 */
#ifndef MG_DSP_LEVELS_WAVEFORM_H
#define MG_DSP_LEVELS_WAVEFORM_H

#include "base/error.h"
#include "dsp/block.h"
#include "dsp/kernels/kernels.h"

typedef struct mg_waveform mg_waveform;

mg_err mg_waveform_new(mg_waveform **ret, const mg_stream_info *info, const mg_kernels *kernels);
void mg_waveform_free(mg_waveform *waveform);
void mg_waveform_push(mg_waveform *waveform, const mg_block *block);
/** Samples become 8-bit steps: x 128, rounded half away from zero, cut to -128..127. */
void mg_waveform_finish(const mg_waveform *waveform, mg_waveform_result *ret);

#endif
