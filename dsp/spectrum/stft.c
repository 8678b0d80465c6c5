#include "dsp/spectrum/stft.h"

#include "dsp/block.h"
#include "dsp/kernels/kernels.h"
#include "dsp/signal/fft.h"

#include <stdlib.h>
#include <string.h>

struct mg_stft {
    const mg_kernels *kernels;
    unsigned n, hop;
    bool mono, ended;
    int64_t start; /* of the next frame */
    int64_t base;  /* position of held[.][0] */
    size_t len;    /* samples held, less than a window */
    size_t fresh;  /* samples of the last push, which follow those held */
    float *window;
    float *held[2];
    const float *in[2]; /* of the last push */
    mg_fft *fft[2];
    float *ll, *rr, *lr, *sum; /* n / 2 + 1 */
};

mg_err mg_stft_new(mg_stft **ret, unsigned n, unsigned hop, bool mono)
{
    mg_stft *s = calloc(1, sizeof *s);
    if (!s)
        return MG_E_NOMEM;
    s->kernels = mg_kernels_best();
    s->n = n;
    s->hop = hop;
    s->mono = mono;
    s->start = s->base = -(int64_t)(n - hop);
    s->len = n - hop; /* silence before t = 0 */
    s->window = malloc(n * sizeof(float));
    float **out[] = {&s->ll, &s->rr, &s->lr, &s->sum};
    bool ok = s->window;
    for (unsigned i = 0; i < 4; i++) {
        *out[i] = calloc(n / 2 + 8, sizeof(float)); /* the kernel `pieces` reads 7 behind */
        ok = ok && *out[i];
    }
    mg_err err = MG_OK;
    for (unsigned c = 0; c < (mono ? 1 : 2); c++) {
        s->held[c] = calloc(n, sizeof(float));
        ok = ok && s->held[c];
        if (err == MG_OK)
            err = mg_fft_new(&s->fft[c], n);
    }
    if (!ok || err != MG_OK) {
        mg_stft_free(s);
        return err != MG_OK ? err : MG_E_NOMEM;
    }
    mg_window_power(s->window, n, hop);
    *ret = s;
    return MG_OK;
}

void mg_stft_free(mg_stft *stft)
{
    if (!stft)
        return;
    for (unsigned c = 0; c < 2; c++) {
        free(stft->held[c]);
        mg_fft_free(stft->fft[c]);
    }
    free(stft->window);
    free(stft->ll);
    free(stft->rr);
    free(stft->lr);
    free(stft->sum);
    free(stft);
}

void mg_stft_push(mg_stft *s, const float *left, const float *right, size_t frames)
{
    s->in[0] = left;
    s->in[1] = right;
    s->fresh = frames;
}

void mg_stft_end(mg_stft *stft)
{
    stft->ended = true;
}

int64_t mg_stft_covered(const mg_stft *stft)
{
    return stft->start;
}

int64_t mg_stft_total(const mg_stft *stft)
{
    return stft->base + (int64_t)(stft->len + stft->fresh);
}

/* Keeps what the next frame needs of the samples pushed. */
static void hold_rest(mg_stft *s)
{
    size_t used = (size_t)(s->start - s->base);
    size_t gone = used < s->len ? used : s->len, skip = used - gone;
    for (unsigned c = 0; c < 2 && s->held[c]; c++) {
        if (gone > 0)
            memmove(s->held[c], s->held[c] + gone, (s->len - gone) * sizeof(float));
        if (s->fresh > skip)
            memcpy(s->held[c] + s->len - gone, s->in[c] + skip, (s->fresh - skip) * sizeof(float));
    }
    s->len += s->fresh - used;
    s->base = s->start;
    s->fresh = 0;
}

/* Windowed samples of the next frame, of which `count` are there, and silence behind them. */
static void load_frame(mg_stft *s, unsigned c, size_t offset, size_t count)
{
    float *to = mg_fft_input(s->fft[c]);
    size_t held = offset < s->len ? s->len - offset : 0;
    held = held < count ? held : count;
    if (held > 0)
        s->kernels->window(s->held[c] + offset, s->window, to, held);
    if (count > held)
        s->kernels->window(s->in[c] + (offset + held - s->len), s->window + held, to + held,
                           count - held);
    memset(to + count, 0, (s->n - count) * sizeof *to);
}

bool mg_stft_next(mg_stft *s, mg_stft_frame *ret)
{
    size_t offset = (size_t)(s->start - s->base), all = s->len + s->fresh;
    size_t count = all > offset ? all - offset : 0;
    if (count < s->n && (!s->ended || count == 0)) {
        if (!s->ended)
            hold_rest(s);
        return false;
    }
    if (count > s->n)
        count = s->n;
    for (unsigned c = 0; c < 2 && s->held[c]; c++)
        load_frame(s, c, offset, count);
    mg_fft *left = s->fft[0], *right = s->fft[s->mono ? 0 : 1];
    mg_fft_cross(left, right, 2.0f / (float)s->n, s->ll, s->rr, s->lr, s->sum);
    *ret = (mg_stft_frame){
        .start = s->start,
        .left = mg_fft_input(left),
        .right = mg_fft_input(right),
        .ll = s->ll,
        .rr = s->rr,
        .lr = s->lr,
        .sum = s->sum,
    };
    s->start += s->hop;
    return true;
}
