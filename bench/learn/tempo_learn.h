/* A model that chooses one of several candidates: each gets a score from its features by a small
 * network (linear plus one layer of tanh), the softmax of the scores are the probabilities. Learnt
 * by Adam on the logarithm of the probability of the right candidates, with fixed seeds and rounds:
 * the same items give the same numbers. Features may belong to rows, of which one is hidden from
 * the network now and then, so that it does not rest on one alone; several networks from other
 * seeds may be averaged to one (the mean of their scores). */
#ifndef MG_BENCH_LEARN_TEMPO_LEARN_H
#define MG_BENCH_LEARN_TEMPO_LEARN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MG_LEARN_CANDIDATES_MAX = 64 };

typedef struct mg_learn_item {
    unsigned candidates;
    unsigned first; /* row of the first candidate in mg_learn_set.x */
    unsigned group; /* where it comes from */
    unsigned fold;  /* with which it is left out */
    double weight;
} mg_learn_item;

typedef struct mg_learn_set {
    unsigned inputs;
    float *x;    /* [row][inputs] */
    bool *right; /* [row] */
    mg_learn_item *items;
    size_t count;
    unsigned rows;         /* 0: features belong to none */
    const uint8_t *row_of; /* [inputs]: bit r is set: the feature is gone with row r */
} mg_learn_set;

typedef struct mg_learn_plan {
    unsigned hidden, rounds;
    double decay;
    double hide;   /* probability that a row is hidden when an item is shown */
    unsigned nets; /* that are averaged */
} mg_learn_plan;

typedef struct mg_learn_model {
    unsigned inputs, hidden; /* of all networks */
    double *w; /* [hidden][inputs], [hidden] biases, [hidden] outputs, [inputs] linear; owned */
} mg_learn_model;

/** Numbers in mg_learn_model.w. */
unsigned mg_learn_size(unsigned inputs, unsigned hidden);

/** Learns from the items that are not left out.
 *  @param left_out  items of this fold
 *  @return false without memory */
bool mg_learn(const mg_learn_set *set, unsigned left_out, const mg_learn_plan *plan,
              mg_learn_model *ret);

/** Probabilities of an item's candidates. @return the likeliest */
unsigned mg_learn_judge(const mg_learn_model *model, const mg_learn_set *set,
                        const mg_learn_item *item, double ret[MG_LEARN_CANDIDATES_MAX]);

#endif
