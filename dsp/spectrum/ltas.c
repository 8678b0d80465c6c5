#include "dsp/spectrum/ltas.h"

#include "dsp/spectrum/gated.h"
#include "dsp/signal/time_grid.h"

#include <stdlib.h>
#include <string.h>

/* A frame waits for the block around it, at most 0.3 s, and frames are at least 0.05 s apart. */
enum { PENDING = 16 };

struct mg_ltas {
    unsigned rate_hz;
    size_t bins;
    mg_gated *gated;
    unsigned pending, oldest;
    uint64_t step[PENDING]; /* whose block decides about the frame */
    float *energy;          /* [PENDING][bins] */
};

mg_err mg_ltas_new(mg_ltas **ret, unsigned sample_rate_hz, size_t bins)
{
    mg_ltas *l = calloc(1, sizeof *l);
    if (!l)
        return MG_E_NOMEM;
    l->rate_hz = sample_rate_hz;
    l->bins = bins;
    l->energy = malloc(PENDING * bins * sizeof *l->energy);
    mg_err err = mg_gated_new(&l->gated, bins, MG_GATED_COARSE_LU);
    if (!l->energy || err != MG_OK) {
        mg_ltas_free(l);
        return MG_E_NOMEM;
    }
    *ret = l;
    return MG_OK;
}

void mg_ltas_free(mg_ltas *ltas)
{
    if (!ltas)
        return;
    mg_gated_free(ltas->gated);
    free(ltas->energy);
    free(ltas);
}

static void settle_oldest(mg_ltas *l, const mg_loudness *loudness)
{
    uint64_t steps = mg_loudness_steps(loudness);
    uint64_t step = l->step[l->oldest];
    if (steps > 0 && step >= steps) /* the end of the file: the last block decides */
        step = steps - 1;
    if (step < steps)
        mg_gated_add_floats(l->gated, mg_loudness_momentary(loudness, (size_t)step),
                            l->energy + l->oldest * l->bins);
    l->oldest = (l->oldest + 1) % PENDING;
    l->pending--;
}

void mg_ltas_add(mg_ltas *l, const mg_loudness *loudness, int64_t middle, const float *energy)
{
    if (l->pending == PENDING)
        settle_oldest(l, loudness);
    unsigned slot = (l->oldest + l->pending) % PENDING;
    /* The block that ends with step q + 1 is centred on the beginning of step q. */
    uint64_t at = middle > 0 ? (uint64_t)middle : 0;
    uint64_t step = (at * 10 + l->rate_hz / 2) / l->rate_hz + 1;
    l->step[slot] = step > MG_MOMENTARY_STEPS - 1 ? step : MG_MOMENTARY_STEPS - 1;
    memcpy(l->energy + slot * l->bins, energy, l->bins * sizeof *energy);
    l->pending++;
    while (l->pending > 0 && l->step[l->oldest] < mg_loudness_steps(loudness))
        settle_oldest(l, loudness);
}

uint64_t mg_ltas_finish(mg_ltas *l, const mg_loudness *loudness, double gate_lufs, double *ret)
{
    while (l->pending > 0)
        settle_oldest(l, loudness);
    return mg_gated_total(l->gated, gate_lufs, ret);
}
