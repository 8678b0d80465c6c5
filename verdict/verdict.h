/* From numbers to a verdict: scores and feedback of one file against one profile.
 *
 * Pure functions over mg_measures (dsp/measures.h) and mg_profile; no samples, no clock, no state.
 * Scores: verdict/score.h has the formula. Feedback: verdict/feedback.h has the rule table.
 */
#ifndef MG_VERDICT_VERDICT_H
#define MG_VERDICT_VERDICT_H

#include "base/buf.h"
#include "verdict/feedback.h"
#include "verdict/profile.h"
#include "verdict/reference.h"
#include "verdict/score.h"

typedef struct mg_verdict {
    mg_scores scores;
    mg_feedback feedback;
    bool has_reference; /* set by whoever compares (verdict/reference.h) */
    mg_reference reference;
} mg_verdict;

typedef struct mg_verdict_options {
    bool excerpt; /* a cut-out: no cut or silence findings */
} mg_verdict_options;

void mg_verdict_judge(const mg_measures *measures, const mg_profile *profile,
                      const mg_verdict_options *options, mg_verdict *ret);

/** Write the whole result object (schema mixgauge.result/1) into *out (ceiling 2 MiB).
 *  @param params_hash  identifies profile and options, for engine.params_hash
 *  @return MG_OK; MG_E_LIMIT; MG_E_NOMEM */
mg_err mg_result_write(const mg_measures *measures, const mg_verdict *verdict,
                       const mg_profile *profile, const char *params_hash, mg_buf *out);

/** 16 hex digits over everything but the audio that decides a result: profile and options.
 *  out[17]. */
void mg_params_hash(const char *profile_json, const mg_verdict_options *options, char out[17]);

#endif
