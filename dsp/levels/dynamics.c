#include "dsp/levels/dynamics.h"

#include "dsp/levels/band_crest.h"
#include "dsp/signal/history.h"
#include "dsp/levels/loudness_gate.h"

#include <math.h>
#include <stdlib.h>

enum { DR_SUBBLOCKS = 300 };

static const double silent_square = 1e-15; /* -150 dBFS */

typedef struct channel_dynamics {
    double square; /* whole file */
    float peak;
    double block_square; /* of the DR block in work */
    float block_peak, highest, second; /* block peaks */
    mg_history blocks;   /* mean square of each DR block */
} channel_dynamics;

struct mg_dynamics {
    unsigned channels;
    uint64_t frames;
    uint64_t block_frames;
    mg_band_crest *bands;
    channel_dynamics channel[MG_MAX_CHANNELS];
};

mg_err mg_dynamics_new(mg_dynamics **ret, const mg_stream_info *info)
{
    mg_dynamics *d = calloc(1, sizeof *d);
    if (!d)
        return MG_E_NOMEM;
    d->channels = info->channels;
    mg_err err = mg_band_crest_new(&d->bands, info);
    if (err) {
        mg_dynamics_free(d);
        return err;
    }
    *ret = d;
    return MG_OK;
}

void mg_dynamics_free(mg_dynamics *dynamics)
{
    if (!dynamics)
        return;
    for (unsigned c = 0; c < dynamics->channels; c++)
        mg_history_done(&dynamics->channel[c].blocks);
    mg_band_crest_free(dynamics->bands);
    free(dynamics);
}

static mg_err close_dr_block(mg_dynamics *d)
{
    for (unsigned c = 0; c < d->channels; c++) {
        channel_dynamics *ch = &d->channel[c];
        mg_err err =
            mg_history_add(&ch->blocks, (float)(ch->block_square / (double)d->block_frames));
        if (err)
            return err;
        if (ch->block_peak > ch->highest) {
            ch->second = ch->highest;
            ch->highest = ch->block_peak;
        } else if (ch->block_peak > ch->second) {
            ch->second = ch->block_peak;
        }
        ch->block_square = 0.0;
        ch->block_peak = 0.0f;
    }
    d->block_frames = 0;
    return MG_OK;
}

static mg_err add_subblock(mg_dynamics *d, const mg_subblock *s)
{
    d->frames += s->frames;
    d->block_frames += s->frames;
    for (unsigned c = 0; c < d->channels; c++) {
        channel_dynamics *ch = &d->channel[c];
        ch->square += s->square[c];
        ch->block_square += s->square[c];
        ch->peak = fmaxf(ch->peak, s->peak[c]);
        ch->block_peak = fmaxf(ch->block_peak, s->peak[c]);
    }
    if (s->complete && (s->index + 1) % DR_SUBBLOCKS == 0)
        return close_dr_block(d);
    return MG_OK;
}

mg_err mg_dynamics_push(mg_dynamics *dynamics, const mg_block *block, const mg_scan *scan)
{
    for (size_t i = 0; i < scan->subblocks; i++) {
        mg_err err = add_subblock(dynamics, &scan->subblock[i]);
        if (err)
            return err;
    }
    mg_band_crest_push(dynamics->bands, block->mid, block->frames);
    return MG_OK;
}

/* DR of one channel. @return false when it is silent */
static bool channel_dr(channel_dynamics *ch, double *ret)
{
    size_t n = ch->blocks.n, top = n / 5 > 0 ? n / 5 : 1;
    /* After the selection the `top` largest stand at the end, in some order that depends on the
     * values alone. */
    mg_select(ch->blocks.v, n, n - top);
    double sum = 0.0;
    for (size_t i = n - top; i < n; i++)
        sum += 2.0 * (double)ch->blocks.v[i];
    double loud = sum / (double)top;
    if (!(loud > silent_square) || !(ch->second > 0.0f))
        return false;
    *ret = 20.0 * log10((double)ch->second) - 10.0 * log10(loud);
    return true;
}

static mg_value dr(mg_dynamics *d)
{
    if (d->channel[0].blocks.n < 2)
        return mg_none(MG_WHY_TOO_SHORT);
    double sum = 0.0, one = 0.0;
    unsigned heard = 0;
    for (unsigned c = 0; c < d->channels; c++) {
        if (channel_dr(&d->channel[c], &one)) {
            sum += one;
            heard++;
        }
    }
    return heard ? mg_some(fmax(0.0, sum / heard)) : mg_none(MG_WHY_SILENT);
}

mg_err mg_dynamics_finish(mg_dynamics *dynamics, mg_dynamics_result *result)
{
    mg_dynamics *d = dynamics;
    double square = 0.0;
    const channel_dynamics *loudest = &d->channel[0];
    for (unsigned c = 0; c < d->channels; c++) {
        square += d->channel[c].square;
        if (d->channel[c].peak > loudest->peak)
            loudest = &d->channel[c];
    }
    mg_why why = MG_WHY_PRESENT;
    double frames = (double)d->frames;
    if (d->frames == 0)
        why = MG_WHY_TOO_SHORT;
    else if (!(square / frames / d->channels > silent_square))
        why = MG_WHY_SILENT;
    result->rms_dbfs =
        why ? mg_none(why) : mg_some(10.0 * log10(square / frames / d->channels));
    result->crest_factor_db =
        why ? mg_none(why)
            : mg_some(fmax(0.0, 20.0 * log10((double)loudest->peak) -
                                    10.0 * log10(loudest->square / frames)));
    result->dr = dr(d);
    mg_band_crest_finish(d->bands, result->band_crest_db);
    return MG_OK;
}
