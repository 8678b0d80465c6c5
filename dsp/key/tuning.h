/* The tuning of both channels alike. Voices of a detuned unison are spread over the stereo image,
 * as a rule the flat ones to one side: what hears one side louder (dsp/signal/mono.h) hears the
 * grid too high or too low. So stretches of each channel are looked at apart: at 44.1 kHz
 * 0.74 s, five of them without a pause, then ever rarer, after two minutes one in 24 s.
 *
 * One object per file; not thread-safe. The result does not depend on how the input was cut.
 */
#ifndef MG_DSP_KEY_TUNING_H
#define MG_DSP_KEY_TUNING_H

#include "base/error.h"
#include "dsp/block.h"
#include "dsp/key/cents.h"

typedef struct mg_tuning mg_tuning;

/** @return MG_OK; MG_E_NOMEM */
mg_err mg_tuning_new(mg_tuning **ret, const mg_stream_info *info);
void mg_tuning_free(mg_tuning *tuning);
void mg_tuning_push(mg_tuning *tuning, const mg_block *block);
/* Deviations of all stretches so far; owned by the object. */
const mg_cents *mg_tuning_sides(const mg_tuning *tuning);

#endif
