/* Musical key, tuning and key changes of a file (docs/measures.md, group `key`).
 *
 * A tonal history (dsp/key/chroma.h) is kept during the pass, and the tuning of both channels
 * (dsp/key/tuning.h); at the end the history is moved to where its notes lie and transcribed
 * (dsp/key/key_pitch.h), heard by a network (dsp/key/key_cells.h) and judged as a whole and in
 * windows, which tell where the key changes (dsp/key/key_segments.h). Where it does, the key is
 * that of the longest time. The confidence is a softmax over the 24 keys and none, at a
 * temperature that makes it a probability, and at most MG_KEY_CONFIDENCE_MAX. Drum loops and noise
 * have no key (MG_WHY_NO_KEY). One object per file; not thread-safe. The result does not depend on
 * how the input was cut.
 */
#ifndef MG_DSP_KEY_KEY_H
#define MG_DSP_KEY_KEY_H

#include "base/error.h"
#include "dsp/block.h"
#include "dsp/signal/mono.h"

/* Of 628 rendered tracks, limited club music among them, that are given this or more, 99 % are
 * right. */
#define MG_KEY_CONFIDENCE_MAX 0.97

typedef struct mg_key mg_key;

/** @param ret  receives the object, owned by the caller; untouched on failure
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_key_new(mg_key **ret, const mg_stream_info *info);
void mg_key_free(mg_key *key);
/** Feed the next block and what the mono streams gave for it; at last the part of mg_mono_end(),
 *  without a block (NULL).
 *  @return MG_OK; MG_E_NOMEM when the history cannot grow (at most 3 MB) */
mg_err mg_key_push(mg_key *key, const mg_block *block, const mg_mono_part *part);
/** End the pass; once. Reasons: silent (nothing above -100 dBFS), too_short (under 1.5 s),
 *  no_key. With a key, segments cover the file; their borders lie on bars where `tempo` (which may
 *  be NULL) has a constant grid with a downbeat.
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_key_finish(mg_key *key, const mg_tempo_result *tempo, mg_key_result *ret);

#endif
