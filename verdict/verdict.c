#include "verdict/verdict.h"

#include <math.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

/* The score that judges what an item is about; OVERALL: none of the six does. */
static mg_score_id score_of(const char *code)
{
    static const struct {
        const char *begins;
        mg_score_id score;
    } areas[] = {
        {"loudness.", MG_SCORE_LOUDNESS},         {"dynamics.", MG_SCORE_DYNAMICS},
        {"tonal.sub_", MG_SCORE_LOW_END},         {"tonal.bass_", MG_SCORE_LOW_END},
        {"tonal.", MG_SCORE_TONAL_BALANCE},       {"stereo.low_end_", MG_SCORE_LOW_END},
        {"stereo.", MG_SCORE_STEREO},             {"technical.", MG_SCORE_TECHNICAL},
    };
    for (size_t i = 0; i < sizeof areas / sizeof areas[0]; i++) {
        if (strncmp(code, areas[i].begins, strlen(areas[i].begins)) == 0)
            return areas[i].score;
    }
    return MG_SCORE_OVERALL;
}

/* A hundred says that nothing is left to mend, so a score beside an item above a remark ends at 99,
 * however little the item weighs. */
static void heed_feedback(const mg_feedback *feedback, mg_scores *scores)
{
    static const double most = 99.0;
    mg_score *overall = &scores->score[MG_SCORE_OVERALL];
    for (unsigned i = 0; i < feedback->count; i++) {
        if (feedback->items[i].severity == MG_SEVERITY_INFO)
            continue;
        mg_score_id id = score_of(feedback->items[i].code);
        mg_score *score = &scores->score[id];
        score->exact.v = fmin(score->exact.v, most);
        overall->exact.v = fmin(overall->exact.v, most);
        if (id != MG_SCORE_OVERALL)
            overall->parts[id - 1].measured.v = overall->parts[id - 1].score.v = score->exact.v;
    }
}

void mg_verdict_judge(const mg_measures *measures, const mg_profile *profile,
                      const mg_verdict_options *options, mg_verdict *ret)
{
    ret->has_reference = false;
    mg_scores_compute(measures, profile, options->excerpt, &ret->scores);
    mg_feedback_compute(measures, profile, options->excerpt, &ret->feedback);
    heed_feedback(&ret->feedback, &ret->scores);
}

void mg_params_hash(const char *profile_json, const mg_verdict_options *options, char out[17])
{
    struct sha256_ctx sha;
    uint8_t digest[8];
    sha256_init(&sha);
    sha256_update(&sha, strlen(profile_json), (const uint8_t *)profile_json);
    const uint8_t flags[2] = {0, options->excerpt}; /* the NUL ends the text */
    sha256_update(&sha, sizeof flags, flags);
    sha256_digest(&sha, sizeof digest, digest);
    for (unsigned i = 0; i < sizeof digest; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}
