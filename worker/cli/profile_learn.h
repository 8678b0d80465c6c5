/* A profile out of reference tracks: what their results have in common. */
#ifndef MG_WORKER_CLI_PROFILE_LEARN_H
#define MG_WORKER_CLI_PROFILE_LEARN_H

#include "base/buf.h"
#include "base/error.h"
#include "verdict/profile.h"

#include <stddef.h>

enum {
    MG_LEARN_TRACKS_MAX = 10000,
    MG_LEARN_TRACKS_FEW = 5, /* fewer say little */
    MG_LEARN_VALUES = 4 + MG_BANDS,
};

typedef struct mg_learn {
    size_t tracks;
    size_t count[MG_LEARN_VALUES];   /* of those that exist */
    double *values[MG_LEARN_VALUES]; /* owned; bands as balance in dB */
} mg_learn;

void mg_learn_done(mg_learn *learn);
/** The next track's result. @return MG_OK; MG_E_EMPTY_AUDIO: too short or silent, not taken;
 *  MG_E_INTERNAL: not a result; MG_E_LIMIT; MG_E_NOMEM */
mg_err mg_learn_add(mg_learn *learn, const char *result_json, size_t len);
/** Targets are the median -+ 1.28 standard deviations (estimated by the median deviation), which
 *  holds 80 % of normally spread values, but at least as wide as measuring and taste differ.
 *  @param base  gives what is not learnt: purpose, ceilings of the true peak, clipping_intended
 *  @return MG_OK; MG_E_EMPTY_AUDIO: no track had all that a profile needs; MG_E_NOMEM */
mg_err mg_learn_write(const mg_learn *learn, const mg_profile *base, mg_buf *out,
                      mg_errinfo *err);

#endif
