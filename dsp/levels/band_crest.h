/* Crest factor of the six bands of the mid signal: sample peak over RMS of the whole file.
 *
 * Each band is a second-order Butterworth high-pass and low-pass; the lower bands run on averages
 * of 4 and of 16 frames, far above their edges. One object per stream, no allocation after _new.
 */
#ifndef MG_DSP_LEVELS_BAND_CREST_H
#define MG_DSP_LEVELS_BAND_CREST_H

#include "base/error.h"
#include "dsp/block.h"

typedef struct mg_band_crest mg_band_crest;

mg_err mg_band_crest_new(mg_band_crest **ret, const mg_stream_info *info);
void mg_band_crest_free(mg_band_crest *crest);
/** mid: block->mid. */
void mg_band_crest_push(mg_band_crest *crest, const float *mid, size_t frames);
/** One value per band in dB; none (silent) under -90 dBFS RMS, none (above_band_limit) where the
 *  band reaches over 0.45 of a sampling rate under 44.1 kHz. */
void mg_band_crest_finish(const mg_band_crest *crest, mg_value ret_db[MG_BANDS]);

#endif
