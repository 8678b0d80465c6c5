#include "dsp/spectrum/gated.h"

#include "dsp/kernels/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct mg_gated {
    const mg_kernels *kernels;
    size_t width, bins;
    double bin_lu;
    uint64_t *count; /* per bin */
    double *sum;     /* [bin][width] */
};

size_t mg_gated_bins(double bin_lu)
{
    return (size_t)lround((MG_GATED_HIGH_LUFS - MG_GATED_LOW_LUFS) / bin_lu) + 1;
}

size_t mg_gated_bin(double bin_lu, double lufs)
{
    size_t last = mg_gated_bins(bin_lu) - 1;
    double place = floor((lufs - MG_GATED_LOW_LUFS) / bin_lu);
    if (!(place > 0.0))
        return 0;
    return place < (double)last ? (size_t)place : last;
}

size_t mg_gated_first_bin(double bin_lu, double gate_lufs)
{
    double place = ceil((gate_lufs - MG_GATED_LOW_LUFS) / bin_lu - 0.5);
    if (!(place > 0.0))
        return 0;
    size_t bins = mg_gated_bins(bin_lu);
    return place < (double)bins ? (size_t)place : bins;
}

mg_err mg_gated_new(mg_gated **ret, size_t width, double bin_lu)
{
    mg_gated *g = calloc(1, sizeof *g);
    if (!g)
        return MG_E_NOMEM;
    g->kernels = mg_kernels_best();
    g->width = width;
    g->bins = mg_gated_bins(bin_lu);
    g->bin_lu = bin_lu;
    g->count = calloc(g->bins, sizeof *g->count);
    g->sum = calloc(g->bins * width, sizeof *g->sum);
    if (!g->count || !g->sum) {
        mg_gated_free(g);
        return MG_E_NOMEM;
    }
    *ret = g;
    return MG_OK;
}

void mg_gated_free(mg_gated *gated)
{
    if (!gated)
        return;
    free(gated->count);
    free(gated->sum);
    free(gated);
}

void mg_gated_add(mg_gated *g, double lufs, const double *restrict values)
{
    if (!(lufs >= MG_GATED_LOW_LUFS))
        return;
    size_t bin = mg_gated_bin(g->bin_lu, lufs);
    double *restrict sum = g->sum + bin * g->width;
    g->count[bin]++;
    for (size_t i = 0; i < g->width; i++)
        sum[i] += values[i];
}

void mg_gated_add_floats(mg_gated *g, double lufs, const float *values)
{
    if (!(lufs >= MG_GATED_LOW_LUFS))
        return;
    size_t bin = mg_gated_bin(g->bin_lu, lufs);
    g->count[bin]++;
    g->kernels->add_wide(g->sum + bin * g->width, values, g->width);
}

uint64_t mg_gated_total(const mg_gated *g, double gate_lufs, double *ret)
{
    uint64_t count = 0;
    memset(ret, 0, g->width * sizeof *ret);
    for (size_t bin = mg_gated_first_bin(g->bin_lu, gate_lufs); bin < g->bins; bin++) {
        if (g->count[bin] == 0)
            continue;
        count += g->count[bin];
        for (size_t i = 0; i < g->width; i++)
            ret[i] += g->sum[bin * g->width + i];
    }
    return count;
}
