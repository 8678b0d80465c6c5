#include "dsp/tempo/tempo_confidence.h"

#include <math.h>

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

double mg_beat_confidence(double salience, double depth, double weight)
{
    return logistic(20 * (salience - 0.22) - 8 * (1 - weight)) * logistic(6 * (depth - 2.6));
}

double mg_grid_confidence(double phase_weight, double share)
{
    return phase_weight * (0.6 + 0.35 * share);
}

double mg_downbeat_confidence(double bar_weight, double phase_weight)
{
    return 0.9 * bar_weight * phase_weight;
}
