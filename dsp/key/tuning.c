#include "dsp/key/tuning.h"

#include "dsp/signal/decimate.h"
#include "dsp/signal/mono.h"

#include <stdlib.h>

enum {
    LONG = 4096, /* frames as in dsp/key/chroma.c */
    SHORT = 1024,
    LONG_HALF_MIN = 12,
    SHORT_HALF_MIN = 6,
    /* A filter that starts again in mid-music rings for less than that many of its outputs. */
    SETTLE = 64,
    ROUND = 5, /* stretches without a pause, as many with the spacing doubled, and so on */
    SPACING_MAX = 32,
    ROOM = SETTLE + LONG + 2 * MG_BLOCK_FRAMES,
};

/* Of a frame that each of the short ones in it counts: they see the notes of fast riffs. */
static const double short_share = 0.25;

typedef struct side {
    mg_decimate *decimate;
    float x[ROOM];
    size_t count;
} side;

struct mg_tuning {
    mg_peaks *long_peaks, *short_peaks;
    unsigned sides, factor;
    unsigned waiting; /* blocks before the next stretch */
    unsigned taken;   /* blocks of this one */
    unsigned done;    /* stretches of this round */
    unsigned spacing; /* in frames from the start of one to the next */
    mg_cents cents;
    side side[2];
};

mg_err mg_tuning_new(mg_tuning **ret, const mg_stream_info *info)
{
    mg_tuning *t = calloc(1, sizeof(*t));
    if (!t)
        return MG_E_NOMEM;
    t->spacing = 1;
    t->sides = info->channels == 1 ? 1 : 2;
    t->factor = mg_mono_factor(info->sample_rate_hz, MG_MONO_SLOW);
    double rate_hz = (double)info->sample_rate_hz / t->factor;
    mg_err err = mg_peaks_new(&t->long_peaks, LONG, LONG_HALF_MIN, rate_hz);
    if (!err)
        err = mg_peaks_new(&t->short_peaks, SHORT, SHORT_HALF_MIN, rate_hz);
    for (unsigned i = 0; i < t->sides && !err; i++)
        err = mg_decimate_new(&t->side[i].decimate, t->factor);
    if (err) {
        mg_tuning_free(t);
        return err;
    }
    *ret = t;
    return MG_OK;
}

void mg_tuning_free(mg_tuning *t)
{
    if (!t)
        return;
    mg_peaks_free(t->long_peaks);
    mg_peaks_free(t->short_peaks);
    for (unsigned i = 0; i < t->sides; i++)
        mg_decimate_free(t->side[i].decimate);
    free(t);
}

static void look_at(mg_tuning *t, const float *x)
{
    mg_peak peaks[MG_PEAKS_MAX];
    double power;
    size_t count = mg_peaks_find(t->long_peaks, x, peaks, &power);
    mg_cents_add(&t->cents, peaks, count, 1.0);
    for (size_t at = 0; at + SHORT <= LONG; at += SHORT) {
        count = mg_peaks_find(t->short_peaks, x + at, peaks, &power);
        mg_cents_add(&t->cents, peaks, count, short_share);
    }
}

void mg_tuning_push(mg_tuning *t, const mg_block *block)
{
    /* `factor` blocks make up a frame; one more settles the filters. */
    unsigned length = t->factor + 1;
    if (t->waiting > 0) {
        t->waiting--;
        return;
    }
    for (unsigned i = 0; i < t->sides; i++) {
        side *s = &t->side[i];
        s->count += mg_decimate_push(s->decimate, i ? block->right : block->left, block->frames,
                                     s->x + s->count);
    }
    if (++t->taken < length)
        return;
    for (unsigned i = 0; i < t->sides; i++) {
        if (t->side[i].count >= SETTLE + LONG)
            look_at(t, t->side[i].x + SETTLE);
        t->side[i].count = 0;
    }
    t->taken = 0;
    t->waiting = (t->spacing - 1) * t->factor;
    if (++t->done == ROUND && t->spacing < SPACING_MAX) {
        t->spacing *= 2;
        t->done = 0;
    }
}

const mg_cents *mg_tuning_sides(const mg_tuning *t)
{
    return &t->cents;
}
