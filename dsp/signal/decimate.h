/* Decimation by a power of two: a cascade of linear-phase half-band filters. One channel per
 * object; state is kept between calls, and the output depends on absolute positions only.
 *
 * Pass band to 0.40 of the output rate within 0.05 dB, everything that would alias into it at
 * least 80 dB down. The group delay is compensated: output m is the filtered input at frame
 * m * factor, so the first outputs are formed with silence before t = 0; mg_decimate_flush() gives
 * the outputs that were still waiting for input, formed with silence after the end.
 */
#ifndef MG_DSP_SIGNAL_DECIMATE_H
#define MG_DSP_SIGNAL_DECIMATE_H

#include "base/error.h"

#include <stddef.h>

typedef struct mg_decimate mg_decimate;

/** @param factor  1, 2, 4, ... 64 */
mg_err mg_decimate_new(mg_decimate **ret, unsigned factor);
void mg_decimate_free(mg_decimate *decimate);
/** Feed frames; writes at most frames / factor + 1 outputs. @return number of outputs */
size_t mg_decimate_push(mg_decimate *decimate, const float *in, size_t frames, float *out);
/** At the end: the remaining outputs, so that ceil(total / factor) came out in all.
 *  @param out  room for 64 outputs */
size_t mg_decimate_flush(mg_decimate *decimate, float *out);

#endif
