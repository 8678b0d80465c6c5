#include "dsp/structure/energy.h"

#include <math.h>

static double at_most(double value, double limit)
{
    return value < limit ? value : limit;
}

int mg_energy(const mg_energy_parts *p)
{
    double z = -3.0;
    z += 1.3 * at_most(p->onsets_per_s / 6.0, 1.5);
    z += 1.5 * at_most(p->kick, 1.0);
    z += 1.2 * at_most(p->sub_share / 0.3, 1.5);
    z += 0.8 * at_most(p->flux_db / 4.0, 1.5);
    z -= 0.12 * at_most(p->spread_lu, 12.0);
    if (p->bpm > 0)
        z += 1.2 * (fmax(70.0, at_most(p->bpm, 180.0)) - 110.0) / 60.0;
    z -= 0.18 * at_most(p->below_lu, 20.0);
    return (int)floor(1.0 + 9.0 / (1.0 + exp(-z)) + 0.5);
}
