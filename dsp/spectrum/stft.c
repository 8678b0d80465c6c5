#include "dsp/spectrum/stft.h"

#include "dsp/block.h"
#include "dsp/kernels/kernels.h"
#include "dsp/signal/fft.h"

#include <stdlib.h>
#include <string.h>

/* Room beyond one window, so that the rest is moved to the front only once in a few blocks. */
enum { SLACK = 4 * MG_BLOCK_FRAMES };

struct mg_stft {
    const mg_kernels *kernels;
    unsigned n, hop, bins;
    bool mono, ended;
    int64_t start; /* of the next frame */
    int64_t base;  /* position of x[.][0] */
    size_t len;    /* samples held */
    float *window;
    float *x[2];
    mg_fft *fft[2];
    float *ll, *rr, *lr;
};

mg_err mg_stft_new(mg_stft **ret, unsigned n, unsigned hop, unsigned bins, bool mono)
{
    mg_stft *s = calloc(1, sizeof *s);
    if (!s)
        return MG_E_NOMEM;
    s->kernels = mg_kernels_best();
    s->n = n;
    s->hop = hop;
    s->bins = bins;
    s->mono = mono;
    s->start = s->base = -(int64_t)(n - hop);
    s->len = n - hop; /* silence before t = 0 */
    s->window = malloc(n * sizeof(float));
    s->ll = malloc(bins * sizeof(float));
    s->rr = malloc(bins * sizeof(float));
    s->lr = malloc(bins * sizeof(float));
    bool ok = s->window && s->ll && s->rr && s->lr;
    mg_err err = MG_OK;
    for (unsigned c = 0; c < (mono ? 1 : 2); c++) {
        s->x[c] = calloc((size_t)n + SLACK, sizeof(float));
        ok = ok && s->x[c];
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
        free(stft->x[c]);
        mg_fft_free(stft->fft[c]);
    }
    free(stft->window);
    free(stft->ll);
    free(stft->rr);
    free(stft->lr);
    free(stft);
}

void mg_stft_push(mg_stft *s, const float *left, const float *right, size_t frames)
{
    if (s->len + frames > (size_t)s->n + SLACK) {
        size_t used = (size_t)(s->start - s->base);
        s->len -= used;
        s->base = s->start;
        for (unsigned c = 0; c < 2 && s->x[c]; c++)
            memmove(s->x[c], s->x[c] + used, s->len * sizeof(float));
    }
    memcpy(s->x[0] + s->len, left, frames * sizeof(float));
    if (s->x[1])
        memcpy(s->x[1] + s->len, right, frames * sizeof(float));
    s->len += frames;
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
    return stft->base + (int64_t)stft->len;
}

bool mg_stft_next(mg_stft *s, mg_stft_frame *ret)
{
    size_t offset = (size_t)(s->start - s->base);
    size_t held = s->len > offset ? s->len - offset : 0;
    if (held < s->n && (!s->ended || held == 0))
        return false;
    if (held > s->n)
        held = s->n;
    const float *z[2] = {NULL, NULL};
    for (unsigned c = 0; c < 2 && s->x[c]; c++) {
        float *in = mg_fft_input(s->fft[c]);
        s->kernels->window(s->x[c] + offset, s->window, in, held);
        memset(in + held, 0, (s->n - held) * sizeof *in);
        z[c] = mg_fft_forward(s->fft[c]);
    }
    float scale = 2.0f / (float)s->n;
    s->kernels->product(z[0], z[0], scale, s->ll, s->bins);
    if (!s->mono) {
        s->kernels->product(z[1], z[1], scale, s->rr, s->bins);
        s->kernels->product(z[0], z[1], scale, s->lr, s->bins);
    }
    *ret = (mg_stft_frame){
        .start = s->start,
        .left = mg_fft_input(s->fft[0]),
        .right = mg_fft_input(s->fft[s->mono ? 0 : 1]),
        .ll = s->ll,
        .rr = s->mono ? s->ll : s->rr,
        .lr = s->mono ? s->ll : s->lr,
    };
    s->start += s->hop;
    return true;
}
