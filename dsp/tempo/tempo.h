/* Tempo and beat grid: from blocks of samples to mg_tempo_result.
 *
 * While pushing, only the onset history is kept (dsp/tempo/odf.h: 3.5 MiB an hour to 3 hours, no
 * more after that). The rest happens in mg_tempo_finish(): the strongest pulse
 * (dsp/tempo/tempo_pulse.h), which of its relatives is the beat (dsp/tempo/tempo_octave.h), where
 * the beat falls (dsp/tempo/beat_phase.h), the exact grid (dsp/tempo/grid_fit.h), or beats one by
 * one where the tempo moves (dsp/tempo/beats.h). Not thread-safe; one object per file. Objects
 * share nothing.
 */
#ifndef MG_DSP_TEMPO_TEMPO_H
#define MG_DSP_TEMPO_TEMPO_H

#include "base/error.h"
#include "dsp/block.h"
#include "dsp/measures.h"
#include "dsp/signal/mono.h"

typedef struct mg_tempo mg_tempo;

/** @param low_bpm, high_bpm  range in which the profile expects the tempo; 0: none. A preference
 *                            (dsp/tempo/tempo_octave.h), not a limit.
 *  @return MG_OK; MG_E_LIMITS_EXCEEDED (rate outside 8000..192000); MG_E_NOMEM */
mg_err mg_tempo_new(mg_tempo **ret, const mg_stream_info *info, double low_bpm, double high_bpm);
void mg_tempo_free(mg_tempo *tempo);

/** Feed what the mono streams gave, that of mg_mono_end() too. @return MG_OK; MG_E_NOMEM */
mg_err mg_tempo_push(mg_tempo *tempo, const mg_mono_part *part);

/** End the stream. May be called once.
 *  *ret is filled on success; its map and beats_s are owned by the caller (mg_measures_done()).
 *  Without a beat, bpm and what depends on it are null: silent (peak under -80 dBFS), too_short
 *  (under 4 s), no_beat.
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_tempo_finish(mg_tempo *tempo, mg_tempo_result *ret);

#endif
