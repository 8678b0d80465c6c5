/* The kick drum: when it falls, its fundamental, and how long it rings.
 *
 * Works on one decimated channel (1250..3000 Hz). The envelope of 35..150 Hz in steps of about
 * 6 ms gives the hits: a rise of 9 dB within 40 ms, to at least half the amplitude of recent
 * hits. Of each hit the stretch from 40 to 200 ms after its start, when the sweep of the
 * attack is over, adds its power spectrum to a mean over all hits; what changes from hit to hit,
 * such as a bass line, is smeared, what stays is the kick.
 * One object per file; not thread-safe; memory is fixed.
 */
#ifndef MG_DSP_STRUCTURE_KICK_H
#define MG_DSP_STRUCTURE_KICK_H

#include "base/error.h"
#include "dsp/measures.h"

typedef struct mg_kick mg_kick;

/** @return MG_OK; MG_E_NOMEM */
mg_err mg_kick_new(mg_kick **ret, double rate_hz);
void mg_kick_free(mg_kick *kick);
/** @return number of hits that began within these samples */
unsigned mg_kick_push(mg_kick *kick, const float *x, size_t count);
/** Fills the kick fields of *ret. Reasons: no_beat (fewer than 8 hits), undecided (no frequency
 *  that most hits share). `key` gives the tonic that kick_cents_from_key refers to (octaves
 *  removed, -600 < c <= 600; reason no_key) and the tuning that the note is named in. */
void mg_kick_finish(const mg_kick *kick, const mg_key_result *key, mg_structure_result *ret);

#endif
