#include "bench/learn/tempo_learn.h"

#include "bench/tracks/synth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 16, HIDDEN_MAX = 64 };

static const double rate_first = 0.006, rate_last = 0.0006;

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

unsigned mg_learn_judge(const mg_learn_model *m, const mg_learn_set *set, const mg_learn_item *item,
                        double ret[MG_LEARN_CANDIDATES_MAX])
{
    double unit[HIDDEN_MAX], sum = 0;
    unsigned best = 0;
    for (unsigned c = 0; c < item->candidates; c++) {
        ret[c] = score_of(m, set->x + (size_t)(item->first + c) * set->inputs, unit);
        if (ret[c] > ret[best])
            best = c;
    }
    double top = ret[best];
    for (unsigned c = 0; c < item->candidates; c++)
        sum += ret[c] = exp(ret[c] - top);
    for (unsigned c = 0; c < item->candidates; c++)
        ret[c] /= sum;
    return best;
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

/* Adds the slope of one item's loss. */
static void add_slope(const mg_learn_model *m, const mg_learn_set *set, const mg_learn_item *item,
                      double *slope)
{
    double p[MG_LEARN_CANDIDATES_MAX], unit[HIDDEN_MAX], right = 0;
    unsigned n = m->inputs;
    mg_learn_judge(m, set, item, p);
    for (unsigned c = 0; c < item->candidates; c++)
        right += set->right[item->first + c] ? p[c] : 0;
    const double *out = m->w + (size_t)m->hidden * n + m->hidden;
    double *to_bias = slope + (size_t)m->hidden * n, *to_out = to_bias + m->hidden;
    double *to_linear = to_out + m->hidden;
    for (unsigned c = 0; c < item->candidates; c++) {
        const float *x = set->x + (size_t)(item->first + c) * n;
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

static void learn(const mg_learn_set *set, size_t *order, size_t count, unsigned rounds,
                  double decay, adam *a, mg_learn_model *m)
{
    mg_noise noise = {7};
    for (unsigned i = 0; i < m->hidden * m->inputs; i++)
        m->w[i] = mg_draw(&noise, -0.3, 0.3);
    for (unsigned h = 0; h < m->hidden; h++)
        m->w[m->hidden * (m->inputs + 1) + h] = mg_draw(&noise, -0.3, 0.3);
    for (unsigned round = 0; round < rounds; round++) {
        shuffle(order, count, &noise);
        double rate = rate_first * pow(rate_last / rate_first, (double)round / rounds);
        for (size_t i = 0; i < count; i += BATCH) {
            memset(a->slope, 0, mg_learn_size(m->inputs, m->hidden) * sizeof(double));
            for (size_t k = i; k < i + BATCH && k < count; k++)
                add_slope(m, set, &set->items[order[k]], a->slope);
            adam_step(a, m, rate, decay);
        }
    }
}

bool mg_learn(const mg_learn_set *set, unsigned left_out, unsigned hidden, unsigned rounds,
              double decay, mg_learn_model *ret)
{
    unsigned size = mg_learn_size(set->inputs, hidden);
    mg_learn_model m = {.inputs = set->inputs, .hidden = hidden, .w = calloc(size, sizeof(double))};
    adam a = {.slope = calloc(size, sizeof(double)),
              .mean = calloc(size, sizeof(double)),
              .square = calloc(size, sizeof(double))};
    size_t *order = calloc(set->count + 1, sizeof(size_t)), count = 0;
    bool ok = m.w && a.slope && a.mean && a.square && order;
    for (size_t i = 0; i < set->count && ok; i++)
        if (set->items[i].fold != left_out && has_right(set, &set->items[i]))
            order[count++] = i;
    if (ok)
        learn(set, order, count, rounds, decay, &a, &m);
    free(a.slope);
    free(a.mean);
    free(a.square);
    free(order);
    if (!ok) {
        free(m.w);
        return false;
    }
    *ret = m;
    return true;
}
