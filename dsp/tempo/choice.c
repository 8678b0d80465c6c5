#include "dsp/tempo/choice.h"

#include <math.h>

static double dot(const float *w, const double *x, unsigned count)
{
    double sum = 0;
    for (unsigned i = 0; i < count; i++)
        sum += (double)w[i] * x[i];
    return sum;
}

double mg_choice_score(const mg_choice_model *m, const double *features)
{
    const float *bias = m->w + m->hidden * m->inputs, *out = bias + m->hidden;
    double score = dot(out + m->hidden, features, m->inputs);
    for (unsigned h = 0; h < m->hidden; h++)
        score +=
            (double)out[h] * tanh((double)bias[h] + dot(m->w + h * m->inputs, features, m->inputs));
    return score;
}

unsigned mg_choice_softmax(double *scores, unsigned count)
{
    unsigned best = 0;
    double sum = 0;
    for (unsigned i = 1; i < count; i++)
        if (scores[i] > scores[best])
            best = i;
    double top = scores[best];
    for (unsigned i = 0; i < count; i++)
        sum += scores[i] = exp(scores[i] - top);
    for (unsigned i = 0; i < count; i++)
        scores[i] /= sum;
    return best;
}
