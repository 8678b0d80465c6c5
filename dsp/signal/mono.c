#include "dsp/signal/mono.h"

#include "dsp/kernels/kernels.h"
#include "dsp/signal/decimate.h"

#include <stdlib.h>

enum { FACTOR_MAX = 64, LEAD = MG_BLOCK_ALIGN / sizeof(float) };

static const double least_rate_hz[MG_MONO_RATES] = {
    [MG_MONO_FULL] = 1e9, [MG_MONO_FAST] = 22050, [MG_MONO_SLOW] = 5000, [MG_MONO_LOW] = 1250};

struct mg_mono {
    const mg_kernels *kernels;
    mg_decimate *decimate[MG_MONO_RATES]; /* from the rate before; NULL: the same rate */
    mg_mono_part part;
    float full[LEAD + MG_BLOCK_FRAMES]; /* the last of the lead is the sample before the block */
    float out[MG_MONO_RATES][MG_MONO_PART_MAX];
};

unsigned mg_mono_factor(unsigned sample_rate_hz, mg_mono_rate rate)
{
    unsigned factor = 1;
    while (factor < FACTOR_MAX && sample_rate_hz / (factor * 2.0) >= least_rate_hz[rate])
        factor *= 2;
    return factor;
}

mg_err mg_mono_new(mg_mono **ret, unsigned sample_rate_hz)
{
    mg_mono *m = calloc(1, sizeof(*m));
    if (!m)
        return MG_E_NOMEM;
    m->kernels = mg_kernels_best();
    m->part.x[MG_MONO_FULL] = m->full + LEAD;
    for (mg_mono_rate r = MG_MONO_FAST; r < MG_MONO_RATES; r++) {
        unsigned ratio = mg_mono_factor(sample_rate_hz, r) / mg_mono_factor(sample_rate_hz, r - 1);
        m->part.x[r] = ratio == 1 ? m->part.x[r - 1] : m->out[r];
        mg_err err = ratio == 1 ? MG_OK : mg_decimate_new(&m->decimate[r], ratio);
        if (err) {
            mg_mono_free(m);
            return err;
        }
    }
    *ret = m;
    return MG_OK;
}

void mg_mono_free(mg_mono *m)
{
    if (!m)
        return;
    for (unsigned r = 0; r < MG_MONO_RATES; r++)
        mg_decimate_free(m->decimate[r]);
    free(m);
}

/* Each stream from the one before; at the end also what the decimators still hold. */
static const mg_mono_part *decimate(mg_mono *m, bool end)
{
    mg_mono_part *p = &m->part;
    for (mg_mono_rate r = MG_MONO_FAST; r < MG_MONO_RATES; r++) {
        p->frames[r] = p->frames[r - 1];
        if (!m->decimate[r])
            continue;
        p->frames[r] = mg_decimate_push(m->decimate[r], p->x[r - 1], p->frames[r - 1], m->out[r]);
        if (end)
            p->frames[r] += mg_decimate_flush(m->decimate[r], m->out[r] + p->frames[r]);
    }
    return p;
}

const mg_mono_part *mg_mono_push(mg_mono *m, const mg_block *block)
{
    float *x = m->full + LEAD;
    if (m->part.frames[MG_MONO_FULL] > 0)
        x[-1] = x[m->part.frames[MG_MONO_FULL] - 1];
    m->kernels->mix(block->left, 2.0f, block->right, 1.0f / 3.0f, x, block->frames);
    m->part.frames[MG_MONO_FULL] = block->frames;
    return decimate(m, false);
}

const mg_mono_part *mg_mono_end(mg_mono *m)
{
    m->part.frames[MG_MONO_FULL] = 0;
    return decimate(m, true);
}
