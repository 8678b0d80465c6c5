#include "bench/learn/tempo_learn.h"

#include "bench/tracks/synth.h"
#include "dsp/tempo/choice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 16, LANES_MAX = 68 /* hidden units and the score, by fours */ };

/* Wider vectors where the machine has them; no sum changes its order by that. */
#if defined(__x86_64__) && defined(__has_attribute)
#if __has_attribute(target_clones)
#define VECTORS __attribute__((target_clones("avx2", "default")))
#endif
#endif
#ifndef VECTORS
#define VECTORS
#endif

static const double rate_first = 0.006, rate_last = 0.0006;
static const uint64_t seed_first = 7;

unsigned mg_learn_size(unsigned inputs, unsigned hidden)
{
    return hidden * (inputs + 2) + inputs;
}

/* A network while it is learnt: for each input what goes to every hidden unit and, behind them, to
 * the score; then the biases, and what the units add to the score. A row is a loop without a jump,
 * which compilers turn into vectors; every sum keeps its order. */
typedef struct net {
    unsigned inputs, hidden, lanes; /* numbers in a row */
    double *w;                      /* [inputs + 2][lanes] */
} net;

static size_t net_size(const net *n)
{
    return (size_t)(n->inputs + 2) * n->lanes;
}

/* @return score; ret_unit: outputs of the hidden units */
VECTORS static double score_of(const net *n, const float *x, double ret_unit[LANES_MAX])
{
    const double *bias = n->w + (size_t)n->inputs * n->lanes, *out = bias + n->lanes;
    unsigned lanes = n->lanes;
    double sum[LANES_MAX];
    memcpy(sum, bias, lanes * sizeof(double));
    for (unsigned i = 0; i < n->inputs; i++) {
        const double *w = n->w + (size_t)i * lanes;
        double value = (double)x[i];
        for (unsigned k = 0; k < lanes; k++)
            sum[k] += w[k] * value;
    }
    double score = sum[n->hidden];
    for (unsigned h = 0; h < n->hidden; h++) {
        ret_unit[h] = tanh(sum[h]);
        score += out[h] * ret_unit[h];
    }
    return score;
}

/* Adds `back` times the inputs to the slopes of each row. */
VECTORS static void add_rows(const net *n, const float *x, const double back[LANES_MAX],
                             double *slope)
{
    unsigned lanes = n->lanes;
    for (unsigned i = 0; i < n->inputs; i++) {
        double *to = slope + (size_t)i * lanes, value = (double)x[i];
        for (unsigned k = 0; k < lanes; k++)
            to[k] += back[k] * value;
    }
}

static double score_of_model(const mg_learn_model *m, const float *x)
{
    const double *bias = m->w + (size_t)m->hidden * m->inputs, *out = bias + m->hidden;
    const double *linear = out + m->hidden;
    double score = 0;
    for (unsigned i = 0; i < m->inputs; i++)
        score += linear[i] * (double)x[i];
    for (unsigned h = 0; h < m->hidden; h++) {
        const double *w = m->w + (size_t)h * m->inputs;
        double sum = bias[h];
        for (unsigned i = 0; i < m->inputs; i++)
            sum += w[i] * (double)x[i];
        score += out[h] * tanh(sum);
    }
    return score;
}

unsigned mg_learn_judge(const mg_learn_model *m, const mg_learn_set *set, const mg_learn_item *item,
                        double ret[MG_LEARN_CANDIDATES_MAX])
{
    for (unsigned c = 0; c < item->candidates; c++)
        ret[c] = score_of_model(m, set->x + (size_t)(item->first + c) * set->inputs);
    return mg_choice_softmax(ret, item->candidates);
}

static bool has_right(const mg_learn_set *set, const mg_learn_item *item)
{
    bool any = false, all = true;
    for (unsigned c = 0; c < item->candidates; c++) {
        any = any || set->right[item->first + c];
        all = all && set->right[item->first + c];
    }
    return any && !all;
}

/* Adds the slope of one item's loss. @param shown  features of its candidates */
static void add_slope(const net *n, const mg_learn_set *set, const mg_learn_item *item,
                      const float *shown, double *slope)
{
    double p[MG_LEARN_CANDIDATES_MAX], unit[MG_LEARN_CANDIDATES_MAX][LANES_MAX], right = 0;
    for (unsigned c = 0; c < item->candidates; c++)
        p[c] = score_of(n, shown + (size_t)c * n->inputs, unit[c]);
    mg_choice_softmax(p, item->candidates);
    for (unsigned c = 0; c < item->candidates; c++)
        right += set->right[item->first + c] ? p[c] : 0;
    const double *out = n->w + (size_t)(n->inputs + 1) * n->lanes;
    double *to_bias = slope + (size_t)n->inputs * n->lanes, *to_out = to_bias + n->lanes;
    for (unsigned c = 0; c < item->candidates; c++) {
        double d = p[c] - (set->right[item->first + c] ? p[c] / fmax(right, 1e-12) : 0);
        double back[LANES_MAX] = {0};
        d *= item->weight;
        if (fabs(d) < 1e-5)
            continue;
        for (unsigned h = 0; h < n->hidden; h++) {
            back[h] = d * out[h] * (1 - unit[c][h] * unit[c][h]);
            to_out[h] += d * unit[c][h];
            to_bias[h] += back[h];
        }
        back[n->hidden] = d;
        add_rows(n, shown + (size_t)c * n->inputs, back, slope);
    }
}

typedef struct adam {
    double *slope, *mean, *square;
    unsigned long step;
} adam;

VECTORS static void adam_step(adam *a, net *n, double rate, double decay)
{
    size_t size = net_size(n);
    double *slope = a->slope, *means = a->mean, *squares = a->square, *w = n->w;
    a->step++;
    double mean_scale = 1 - pow(0.9, (double)a->step), scale = 1 - pow(0.99, (double)a->step);
    for (size_t i = 0; i < size; i++) {
        double d = slope[i] / BATCH;
        means[i] = 0.9 * means[i] + 0.1 * d;
        squares[i] = 0.99 * squares[i] + 0.01 * d * d;
        w[i] -= rate * (means[i] / mean_scale / (sqrt(squares[i] / scale) + 1e-6) + decay * w[i]);
    }
}

static void shuffle(size_t *order, size_t count, mg_noise *noise)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = mg_draw_pick(noise, (unsigned)i), other = order[k];
        order[k] = order[i - 1];
        order[i - 1] = other;
    }
}

/* The features of an item, now and then without one of the rows. */
static const float *show(const mg_learn_set *set, const mg_learn_item *item, double hide,
                         mg_noise *noise, float *room)
{
    const float *x = set->x + (size_t)item->first * set->inputs;
    if (set->rows == 0 || hide <= 0 || !mg_draw_chance(noise, hide))
        return x;
    unsigned gone = 1u << mg_draw_pick(noise, set->rows);
    for (size_t i = 0; i < (size_t)item->candidates * set->inputs; i++)
        room[i] = (set->row_of[i % set->inputs] & gone) != 0 ? 0 : x[i];
    return room;
}

/* The items that are learnt from, and room for one network. */
typedef struct learner {
    const mg_learn_set *set;
    const mg_learn_plan *plan;
    size_t *order, count;
    adam adam;
    float *room; /* of one item */
} learner;

/* Small random weights of the units; the others begin at 0. */
static void draw_weights(net *n, mg_noise *noise)
{
    memset(n->w, 0, net_size(n) * sizeof(double));
    for (unsigned h = 0; h < n->hidden; h++)
        for (unsigned i = 0; i < n->inputs; i++)
            n->w[(size_t)i * n->lanes + h] = mg_draw(noise, -0.3, 0.3);
    for (unsigned h = 0; h < n->hidden; h++)
        n->w[(size_t)(n->inputs + 1) * n->lanes + h] = mg_draw(noise, -0.3, 0.3);
}

static void learn(learner *l, net *n, uint64_t seed)
{
    mg_noise noise = {seed};
    size_t size = net_size(n) * sizeof(double);
    adam *a = &l->adam;
    draw_weights(n, &noise);
    memset(a->mean, 0, size);
    memset(a->square, 0, size);
    a->step = 0;
    for (unsigned round = 0; round < l->plan->rounds; round++) {
        shuffle(l->order, l->count, &noise);
        double rate = rate_first * pow(rate_last / rate_first, (double)round / l->plan->rounds);
        for (size_t i = 0; i < l->count; i += BATCH) {
            memset(a->slope, 0, size);
            for (size_t k = i; k < i + BATCH && k < l->count; k++) {
                const mg_learn_item *item = &l->set->items[l->order[k]];
                add_slope(n, l->set, item, show(l->set, item, l->plan->hide, &noise, l->room),
                          a->slope);
            }
            adam_step(a, n, rate, l->plan->decay);
        }
    }
}

/* Puts a network among the others: the score of all is the mean. */
static void add_net(mg_learn_model *all, unsigned at, unsigned nets, const net *n)
{
    unsigned hidden = n->hidden;
    const double *bias = n->w + (size_t)n->inputs * n->lanes, *out = bias + n->lanes;
    double *to = all->w + (size_t)at * hidden * n->inputs;
    double *to_bias = all->w + (size_t)all->hidden * n->inputs, *to_out = to_bias + all->hidden;
    double *to_linear = to_out + all->hidden;
    for (unsigned h = 0; h < hidden; h++) {
        for (unsigned i = 0; i < n->inputs; i++)
            to[(size_t)h * n->inputs + i] = n->w[(size_t)i * n->lanes + h];
        to_bias[at * hidden + h] = bias[h];
        to_out[at * hidden + h] = out[h] / nets;
    }
    for (unsigned i = 0; i < n->inputs; i++)
        to_linear[i] += n->w[(size_t)i * n->lanes + hidden] / nets;
}

static void free_learner(learner *l)
{
    free(l->order);
    free(l->adam.slope);
    free(l->adam.mean);
    free(l->adam.square);
    free(l->room);
}

bool mg_learn(const mg_learn_set *set, unsigned left_out, const mg_learn_plan *plan,
              mg_learn_model *ret)
{
    unsigned hidden = plan->nets * plan->hidden;
    net n = {set->inputs, plan->hidden, (plan->hidden + 1 + 3) / 4 * 4, NULL};
    if (n.lanes > LANES_MAX)
        return false;
    n.w = calloc(net_size(&n), sizeof(double));
    mg_learn_model all = {set->inputs, hidden,
                          calloc(mg_learn_size(set->inputs, hidden), sizeof(double))};
    learner l = {.set = set,
                 .plan = plan,
                 .order = calloc(set->count + 1, sizeof(size_t)),
                 .adam = {.slope = calloc(net_size(&n), sizeof(double)),
                          .mean = calloc(net_size(&n), sizeof(double)),
                          .square = calloc(net_size(&n), sizeof(double))},
                 .room = calloc((size_t)MG_LEARN_CANDIDATES_MAX * set->inputs, sizeof(float))};
    bool ok = all.w && n.w && l.order && l.adam.slope && l.adam.mean && l.adam.square && l.room;
    for (unsigned k = 0; k < plan->nets && ok; k++) {
        l.count = 0;
        for (size_t i = 0; i < set->count; i++)
            if (set->items[i].fold != left_out && has_right(set, &set->items[i]))
                l.order[l.count++] = i;
        learn(&l, &n, seed_first + k);
        add_net(&all, k, plan->nets, &n);
    }
    free_learner(&l);
    free(n.w);
    if (!ok) {
        free(all.w);
        return false;
    }
    *ret = all;
    return true;
}
