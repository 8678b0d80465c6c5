/* Tonal balance of the gated programme: third-octaves, six bands, tilt, centroid, roll-off, where
 * the spectrum ends, resonances; and the cross-powers of the channels that dsp/spectrum/stereo.h
 * needs.
 *
 * "Gated" are the 400 ms blocks that pass both gates of BS.1770-5. Levels are means of the two
 * channels' powers, a full-scale sine in both reading 0 dB. Memory is fixed by the sampling rate
 * (under 6 MB at 192 kHz). One object per file; not thread-safe.
 */
#ifndef MG_DSP_SPECTRUM_SPECTRUM_H
#define MG_DSP_SPECTRUM_SPECTRUM_H

#include "base/error.h"
#include "dsp/spectrum/band_powers.h"
#include "dsp/block.h"
#include "dsp/levels/loudness.h"
#include "dsp/measures.h"

typedef struct mg_spectrum mg_spectrum;

/** @return MG_OK; MG_E_NOMEM */
mg_err mg_spectrum_new(mg_spectrum **ret, const mg_stream_info *info);
void mg_spectrum_free(mg_spectrum *spectrum);
/** The next block; the loudness has been fed the same block before. @return MG_OK */
mg_err mg_spectrum_push(mg_spectrum *spectrum, const mg_block *block, const mg_loudness *loudness);
/** After the last push, once. @return MG_OK; MG_E_NOMEM */
mg_err mg_spectrum_finish(mg_spectrum *spectrum, const mg_loudness *loudness,
                          mg_spectrum_result *result);

/* Cross-powers of the channels over the gated programme, for mg_stereo_finish(). */
typedef struct mg_spectrum_cross {
    bool any;                /* a block passed the gates; otherwise all is 0 */
    mg_cross bands[MG_BANDS];
    mg_cross low_end;        /* 20..120 Hz */
    mg_cross k_weighted;     /* everything, K-weighted */
    unsigned bands_in_range; /* those below the band limit of the sampling rate */
} mg_spectrum_cross;

/** Meaningful after mg_spectrum_finish(). */
mg_spectrum_cross mg_spectrum_cross_powers(const mg_spectrum *spectrum);

#endif
