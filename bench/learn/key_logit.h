/* Conditional logit: a choice among candidates by the softmax of scores that are linear in the
 * features of each candidate. Fitted by maximum likelihood with a ridge penalty; the problem is
 * convex, Newton's method finds the one answer. The same cases give the same weights.
 */
#ifndef MG_BENCH_LEARN_KEY_LOGIT_H
#define MG_BENCH_LEARN_KEY_LOGIT_H

#include <stdbool.h>
#include <stddef.h>

enum { MG_LOGIT_CANDIDATES_MAX = 24 };

typedef struct mg_logit_case {
    const void *data;
    unsigned right;
    double weight;
} mg_logit_case;

typedef struct mg_logit {
    unsigned candidates, sets, size; /* candidate c has the weights of set c * sets / candidates */
    const double *ridge;             /* of each of `size` features */
    void (*vector)(const void *data, unsigned candidate, double *ret);
} mg_logit;

/** @param ret  sets * size weights
 *  @return false without memory */
bool mg_logit_fit(const mg_logit *logit, const mg_logit_case *cases, size_t count, double *ret);

#endif
