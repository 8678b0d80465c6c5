#include "bench/learn/key_logit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 40 };

static const double least_gain = 1e-9;

/* Of the mean penalised loss at one point. */
typedef struct slope {
    unsigned all;  /* sets * size */
    double *first; /* gradient */
    double *second; /* Hessian, lower triangle */
    double *vectors, *mean, *step, *trial;
} slope;

static void slope_done(slope *s)
{
    free(s->first);
    free(s->second);
    free(s->vectors);
    free(s->mean);
    free(s->step);
    free(s->trial);
}

static bool slope_init(slope *s, const mg_logit *logit)
{
    size_t all = (size_t)logit->sets * logit->size;
    s->all = (unsigned)all;
    s->first = calloc(all, sizeof(double));
    s->second = calloc(all * all, sizeof(double));
    s->vectors = calloc((size_t)logit->candidates * logit->size, sizeof(double));
    s->mean = calloc(all, sizeof(double));
    s->step = calloc(all, sizeof(double));
    s->trial = calloc(all, sizeof(double));
    return s->first && s->second && s->vectors && s->mean && s->step && s->trial;
}

static void add_square(double *matrix, unsigned all, unsigned at, const double *x, unsigned size,
                       double weight)
{
    for (unsigned i = 0; i < size; i++) {
        double *row = matrix + (size_t)(at + i) * all + at, scaled = weight * x[i];
        if (scaled == 0)
            continue;
        for (unsigned j = 0; j <= i; j++)
            row[j] += scaled * x[j];
    }
}

/* Probabilities of the candidates. @return loss */
static double judge(const mg_logit *logit, const mg_logit_case *one, const double *weights,
                    double *vectors, double *ret)
{
    double best = -INFINITY, sum = 0;
    for (unsigned c = 0; c < logit->candidates; c++) {
        const double *w = weights + (size_t)(c * logit->sets / logit->candidates) * logit->size;
        double *x = vectors + (size_t)c * logit->size;
        logit->vector(one->data, c, x);
        ret[c] = 0;
        for (unsigned i = 0; i < logit->size; i++)
            ret[c] += w[i] * x[i];
        best = ret[c] > best ? ret[c] : best;
    }
    double right = ret[one->right];
    for (unsigned c = 0; c < logit->candidates; c++)
        sum += ret[c] = exp(ret[c] - best);
    for (unsigned c = 0; c < logit->candidates; c++)
        ret[c] /= sum;
    return log(sum) + best - right;
}

static void add_case(const mg_logit *logit, const mg_logit_case *one, double weight,
                     const double *p, slope *s)
{
    memset(s->mean, 0, s->all * sizeof(double));
    for (unsigned c = 0; c < logit->candidates; c++) {
        unsigned at = c * logit->sets / logit->candidates * logit->size;
        const double *x = s->vectors + (size_t)c * logit->size;
        for (unsigned i = 0; i < logit->size; i++) {
            s->mean[at + i] += p[c] * x[i];
            s->first[at + i] += weight * (p[c] - (c == one->right ? 1.0 : 0.0)) * x[i];
        }
        if (p[c] > 1e-9)
            add_square(s->second, s->all, at, x, logit->size, weight * p[c]);
    }
    add_square(s->second, s->all, 0, s->mean, s->all, -weight);
}

/* @return mean loss with its penalty; the slope is filled when asked for */
static double survey(const mg_logit *logit, const mg_logit_case *cases, size_t count,
                     const double *weights, bool derive, slope *s)
{
    double p[MG_LOGIT_CANDIDATES_MAX], loss = 0, total = 0;
    for (size_t i = 0; i < count; i++)
        total += cases[i].weight;
    if (derive) {
        memset(s->first, 0, s->all * sizeof(double));
        memset(s->second, 0, (size_t)s->all * s->all * sizeof(double));
    }
    for (size_t i = 0; i < count; i++) {
        double weight = cases[i].weight / total;
        loss += weight * judge(logit, &cases[i], weights, s->vectors, p);
        if (derive)
            add_case(logit, &cases[i], weight, p, s);
    }
    for (unsigned i = 0; i < s->all; i++) {
        double ridge = logit->ridge[i % logit->size];
        loss += 0.5 * ridge * weights[i] * weights[i];
        if (derive) {
            s->first[i] += ridge * weights[i];
            s->second[(size_t)i * s->all + i] += ridge;
        }
    }
    return loss;
}

/* Solves second * step = first by Cholesky's decomposition, which replaces second. */
static void solve(slope *s)
{
    unsigned n = s->all;
    double *a = s->second;
    for (unsigned i = 0; i < n; i++) {
        for (unsigned j = 0; j <= i; j++) {
            double sum = a[(size_t)i * n + j];
            for (unsigned k = 0; k < j; k++)
                sum -= a[(size_t)i * n + k] * a[(size_t)j * n + k];
            a[(size_t)i * n + j] =
                i == j ? sqrt(sum > 1e-12 ? sum : 1e-12) : sum / a[(size_t)j * n + j];
        }
    }
    for (unsigned i = 0; i < n; i++) {
        double sum = s->first[i];
        for (unsigned k = 0; k < i; k++)
            sum -= a[(size_t)i * n + k] * s->step[k];
        s->step[i] = sum / a[(size_t)i * n + i];
    }
    for (unsigned i = n; i-- > 0;) {
        double sum = s->step[i];
        for (unsigned k = i + 1; k < n; k++)
            sum -= a[(size_t)k * n + i] * s->step[k];
        s->step[i] = sum / a[(size_t)i * n + i];
    }
}

bool mg_logit_fit(const mg_logit *logit, const mg_logit_case *cases, size_t count, double *ret)
{
    slope s = {0};
    if (!slope_init(&s, logit)) {
        slope_done(&s);
        return false;
    }
    memset(ret, 0, s.all * sizeof(double));
    for (int turn = 0; turn < STEPS_MAX; turn++) {
        double loss = survey(logit, cases, count, ret, true, &s), next = INFINITY;
        solve(&s);
        for (double length = 1.0; length > 1e-3; length *= 0.5) {
            for (unsigned i = 0; i < s.all; i++)
                s.trial[i] = ret[i] - length * s.step[i];
            next = survey(logit, cases, count, s.trial, false, &s);
            if (next < loss)
                break;
        }
        if (!(next < loss))
            break;
        memcpy(ret, s.trial, s.all * sizeof(double));
        if (loss - next < least_gain * loss)
            break;
    }
    slope_done(&s);
    return true;
}
