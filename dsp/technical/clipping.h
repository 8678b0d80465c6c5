/* Clipping: runs of at least three samples of one sign within 2^-15 of the file's own extreme on
 * that side, where the extreme piles up; and in files that go over full scale, runs at |x| >= 1.
 *
 * An extreme piles up when its two bins of 2^-15 hold ten times as many samples a bin as the 16
 * bins below; a sine's crest reaches four times. Hard clipping has corners: the wave arrives or
 * leaves with a slope. A limiter, or one sound repeated at its peak, piles up as well, but its tops
 * are round. So the share of clipped samples in runs with a corner tells the kinds apart. The
 * extreme is known only at the end, so runs are kept by the bin of their lowest sample and
 * forgotten as soon as a higher sample proves them too low: memory is bounded, but for 28 bytes a
 * second of the clipped samples' distribution.
 *
 * One object per stream; not thread-safe.
 */
#ifndef MG_DSP_TECHNICAL_CLIPPING_H
#define MG_DSP_TECHNICAL_CLIPPING_H

#include "base/error.h"
#include "dsp/levels/loudness.h"
#include "dsp/signal/scan.h"

typedef struct mg_clipping mg_clipping;

mg_err mg_clipping_new(mg_clipping **ret, const mg_stream_info *info, const mg_kernels *kernels);
void mg_clipping_free(mg_clipping *clipping);
mg_err mg_clipping_push(mg_clipping *clipping, const mg_block *block, const mg_scan *scan);
/** Fills clipped_* and clip_*. The loudest sections are the seconds around which the
 *  short-term loudness is within 4 LU of its maximum; the whole file when there are none. */
void mg_clipping_finish(mg_clipping *clipping, const mg_loudness *loudness,
                        mg_technical_result *result);

#endif
