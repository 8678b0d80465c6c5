/* Onset strength of the audio in four bands, and where inside each frame the sharpest attack lies.
 *
 * A short STFT (21 ms Hann, 170 frames a second, so the same at every sampling rate) on the mono
 * stream of 22-44 kHz (dsp/signal/mono.h); its power is gathered into bands of about a third of an
 * octave, taken to log2 over a floor that follows the loudest second, and aubio's spectral flux
 * (`specflux`) sums the rises of each group of bands; the mean of all but the kick's is the level.
 * The sub-frame position of attacks comes from the energy of the differentiated waveform in steps
 * of 0.74 ms.
 *
 * Not thread-safe; one object per file.
 */
#ifndef MG_DSP_TEMPO_ONSET_H
#define MG_DSP_TEMPO_ONSET_H

#include "base/error.h"
#include "dsp/signal/mono.h"
#include "dsp/tempo/odf.h"

typedef struct mg_onset mg_onset;

/** @param info  sampling rate 8000..192000
 *  @return MG_OK; MG_E_LIMITS_EXCEEDED; MG_E_NOMEM */
mg_err mg_onset_new(mg_onset **ret, const mg_stream_info *info);
void mg_onset_free(mg_onset *onset);

/** Feed what the mono streams gave; finished frames are appended to *odf.
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_onset_push(mg_onset *onset, const mg_mono_part *part, mg_odf *odf);

/** After the part of mg_mono_end(): the frames whose window reaches past the end, formed with
 *  silence.
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_onset_flush(mg_onset *onset, mg_odf *odf);

/** Largest absolute value of the input so far. */
float mg_onset_peak(const mg_onset *onset);

#endif
