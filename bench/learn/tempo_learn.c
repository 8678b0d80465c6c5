#include "bench/learn/tempo_learn.h"

#include "bench/tracks/synth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 16, HIDDEN_MAX = 64 };

static const double rate_first = 0.006, rate_last = 0.0006;
static const uint64_t seed_first = 7;

unsigned mg_learn_size(unsigned inputs, unsigned hidden)
{
    return hidden * (inputs + 2) + inputs;
}

/* @return score; ret_unit: outputs of the hidden units */
static double score_of(const mg_learn_model *m, const float *x, double ret_unit[HIDDEN_MAX])
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
        ret_unit[h] = tanh(sum);
        score += out[h] * ret_unit[h];
    }
    return score;
}

/* Probabilities of candidates whose features are x. */
static unsigned judge(const mg_learn_model *m, const float *x, unsigned candidates,
                      double ret[MG_LEARN_CANDIDATES_MAX])
{
    double unit[HIDDEN_MAX], sum = 0;
    unsigned best = 0;
    for (unsigned c = 0; c < candidates; c++) {
        ret[c] = score_of(m, x + (size_t)c * m->inputs, unit);
        if (ret[c] > ret[best])
            best = c;
    }
    double top = ret[best];
    for (unsigned c = 0; c < candidates; c++)
        sum += ret[c] = exp(ret[c] - top);
    for (unsigned c = 0; c < candidates; c++)
        ret[c] /= sum;
    return best;
}

unsigned mg_learn_judge(const mg_learn_model *m, const mg_learn_set *set, const mg_learn_item *item,
                        double ret[MG_LEARN_CANDIDATES_MAX])
{
    return judge(m, set->x + (size_t)item->first * set->inputs, item->candidates, ret);
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
static void add_slope(const mg_learn_model *m, const mg_learn_set *set, const mg_learn_item *item,
                      const float *shown, double *slope)
{
    double p[MG_LEARN_CANDIDATES_MAX], unit[HIDDEN_MAX], right = 0;
    unsigned n = m->inputs;
    judge(m, shown, item->candidates, p);
    for (unsigned c = 0; c < item->candidates; c++)
        right += set->right[item->first + c] ? p[c] : 0;
    const double *out = m->w + (size_t)m->hidden * n + m->hidden;
    double *to_bias = slope + (size_t)m->hidden * n, *to_out = to_bias + m->hidden;
    double *to_linear = to_out + m->hidden;
    for (unsigned c = 0; c < item->candidates; c++) {
        const float *x = shown + (size_t)c * n;
        double d = p[c] - (set->right[item->first + c] ? p[c] / fmax(right, 1e-12) : 0);
        d *= item->weight;
        if (fabs(d) < 1e-5)
            continue;
        score_of(m, x, unit);
        for (unsigned i = 0; i < n; i++)
            to_linear[i] += d * (double)x[i];
        for (unsigned h = 0; h < m->hidden; h++) {
            double back = d * out[h] * (1 - unit[h] * unit[h]);
            double *to = slope + (size_t)h * n;
            to_out[h] += d * unit[h];
            to_bias[h] += back;
            for (unsigned i = 0; i < n; i++)
                to[i] += back * (double)x[i];
        }
    }
}

typedef struct adam {
    double *slope, *mean, *square;
    unsigned long step;
} adam;

static void adam_step(adam *a, mg_learn_model *m, double rate, double decay)
{
    unsigned size = mg_learn_size(m->inputs, m->hidden);
    a->step++;
    double mean_scale = 1 - pow(0.9, (double)a->step), scale = 1 - pow(0.99, (double)a->step);
    for (unsigned i = 0; i < size; i++) {
        double d = a->slope[i] / BATCH;
        a->mean[i] = 0.9 * a->mean[i] + 0.1 * d;
        a->square[i] = 0.99 * a->square[i] + 0.01 * d * d;
        m->w[i] -= rate * (a->mean[i] / mean_scale / (sqrt(a->square[i] / scale) + 1e-6) +
                           decay * m->w[i]);
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

static void learn(learner *l, mg_learn_model *m, uint64_t seed)
{
    mg_noise noise = {seed};
    unsigned size = mg_learn_size(m->inputs, m->hidden);
    adam *a = &l->adam;
    memset(m->w, 0, size * sizeof(double));
    memset(a->mean, 0, size * sizeof(double));
    memset(a->square, 0, size * sizeof(double));
    a->step = 0;
    for (unsigned i = 0; i < m->hidden * m->inputs; i++)
        m->w[i] = mg_draw(&noise, -0.3, 0.3);
    for (unsigned h = 0; h < m->hidden; h++)
        m->w[m->hidden * (m->inputs + 1) + h] = mg_draw(&noise, -0.3, 0.3);
    for (unsigned round = 0; round < l->plan->rounds; round++) {
        shuffle(l->order, l->count, &noise);
        double rate = rate_first * pow(rate_last / rate_first, (double)round / l->plan->rounds);
        for (size_t i = 0; i < l->count; i += BATCH) {
            memset(a->slope, 0, size * sizeof(double));
            for (size_t k = i; k < i + BATCH && k < l->count; k++) {
                const mg_learn_item *item = &l->set->items[l->order[k]];
                add_slope(m, l->set, item, show(l->set, item, l->plan->hide, &noise, l->room),
                          a->slope);
            }
            adam_step(a, m, rate, l->plan->decay);
        }
    }
}

/* Puts a network among the others: the score of all is the mean. */
static void add_net(mg_learn_model *all, unsigned at, unsigned nets, const mg_learn_model *m)
{
    unsigned n = m->inputs, hidden = m->hidden;
    const double *bias = m->w + (size_t)hidden * n, *out = bias + hidden, *linear = out + hidden;
    double *to_bias = all->w + (size_t)all->hidden * n, *to_out = to_bias + all->hidden;
    double *to_linear = to_out + all->hidden;
    memcpy(all->w + (size_t)at * hidden * n, m->w, (size_t)hidden * n * sizeof(double));
    for (unsigned h = 0; h < hidden; h++) {
        to_bias[at * hidden + h] = bias[h];
        to_out[at * hidden + h] = out[h] / nets;
    }
    for (unsigned i = 0; i < n; i++)
        to_linear[i] += linear[i] / nets;
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
    unsigned size = mg_learn_size(set->inputs, plan->hidden), hidden = plan->nets * plan->hidden;
    if (hidden > HIDDEN_MAX)
        return false;
    mg_learn_model all = {set->inputs, hidden,
                          calloc(mg_learn_size(set->inputs, hidden), sizeof(double))};
    mg_learn_model one = {set->inputs, plan->hidden, calloc(size, sizeof(double))};
    learner l = {.set = set,
                 .plan = plan,
                 .order = calloc(set->count + 1, sizeof(size_t)),
                 .adam = {.slope = calloc(size, sizeof(double)),
                          .mean = calloc(size, sizeof(double)),
                          .square = calloc(size, sizeof(double))},
                 .room = calloc((size_t)MG_LEARN_CANDIDATES_MAX * set->inputs, sizeof(float))};
    bool ok = all.w && one.w && l.order && l.adam.slope && l.adam.mean && l.adam.square && l.room;
    for (unsigned k = 0; k < plan->nets && ok; k++) {
        l.count = 0;
        for (size_t i = 0; i < set->count; i++)
            if (set->items[i].fold != left_out && has_right(set, &set->items[i]))
                l.order[l.count++] = i;
        learn(&l, &one, seed_first + k);
        add_net(&all, k, plan->nets, &one);
    }
    free_learner(&l);
    free(one.w);
    if (!ok) {
        free(all.w);
        return false;
    }
    *ret = all;
    return true;
}
