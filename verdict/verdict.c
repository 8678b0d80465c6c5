#include "verdict/verdict.h"

#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

void mg_verdict_judge(const mg_measures *measures, const mg_profile *profile,
                      const mg_verdict_options *options, mg_verdict *ret)
{
    ret->has_reference = false;
    mg_scores_compute(measures, profile, options->excerpt, &ret->scores);
    mg_feedback_compute(measures, profile, options->excerpt, &ret->feedback);
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
