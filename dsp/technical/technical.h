/* Faults of the audio as such: clipping, offset, silence, cuts, gaps, clicks, hum, infrasound and
 * noise floor. Each has a file of its own; this one feeds them and fills the group.
 *
 * One object per stream; not thread-safe. Only clipping keeps a history (28 bytes a second).
 */
#ifndef MG_DSP_TECHNICAL_TECHNICAL_H
#define MG_DSP_TECHNICAL_TECHNICAL_H

#include "base/error.h"
#include "dsp/levels/loudness.h"
#include "dsp/signal/scan.h"

typedef struct mg_technical mg_technical;

/** @return MG_OK; MG_E_NOMEM */
mg_err mg_technical_new(mg_technical **ret, const mg_stream_info *info, const mg_kernels *kernels);
void mg_technical_free(mg_technical *technical);
/** Feed the next block with its scan. @return MG_OK; MG_E_NOMEM */
mg_err mg_technical_push(mg_technical *technical, const mg_block *block, const mg_scan *scan);
/** Fill *result but effective_bits and nonfinite_samples, which others know. */
mg_err mg_technical_finish(mg_technical *technical, const mg_loudness *loudness,
                           mg_technical_result *result);

#endif
