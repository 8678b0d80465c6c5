/* Stereo image of the gated programme: correlation, width, balance, what is lost in mono, by band
 * and over time. Only for files of two channels; others get the reason `mono` or `not_stereo`.
 *
 * Correlation and width are taken in the time domain after a high-pass at 5 Hz (first order), so
 * an offset does not count as a mono signal; balance, mono loss and the bands come from the
 * spectrum's cross-powers. Fixed memory. One object per file; not thread-safe.
 */
#ifndef MG_DSP_SPECTRUM_STEREO_H
#define MG_DSP_SPECTRUM_STEREO_H

#include "base/error.h"
#include "dsp/block.h"
#include "dsp/levels/loudness.h"
#include "dsp/measures.h"
#include "dsp/spectrum/spectrum.h"

typedef struct mg_stereo mg_stereo;

/** @return MG_OK; MG_E_NOMEM */
mg_err mg_stereo_new(mg_stereo **ret, const mg_stream_info *info);
void mg_stereo_free(mg_stereo *stereo);
/** The next block; the loudness has been fed the same block before. @return MG_OK */
mg_err mg_stereo_push(mg_stereo *stereo, const mg_block *block, const mg_loudness *loudness);
/** After the last push, once.
 *  @param spectrum  of the same file, finished before
 *  @return MG_OK */
mg_err mg_stereo_finish(mg_stereo *stereo, const mg_spectrum *spectrum,
                        const mg_loudness *loudness, mg_stereo_result *result);

#endif
