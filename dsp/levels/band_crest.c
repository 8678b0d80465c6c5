#include "dsp/levels/band_crest.h"

#include <math.h>
#include <stdlib.h>

typedef float f4 __attribute__((vector_size(16)));

enum {
    LANES = 4,   /* bands of one bank */
    SUM_RUN = 64 /* frames added up in single precision before they go to double */
};

/* Up to four bands at one rate, one per lane: a high-pass and a low-pass, in direct form I. */
typedef struct bank {
    f4 hb, ha1, ha2;           /* high-pass: numerator hb * (1, -2, 1) */
    f4 lb, la1, la2;           /* low-pass: numerator lb * (1, 2, 1) */
    f4 x1, x2, h1, h2, y1, y2;
    f4 peak, run;
    double square[LANES];
    unsigned in_run;
    uint64_t frames;
} bank;

/* Averages of `size` frames, kept between blocks. */
typedef struct averager {
    unsigned size, filled;
    float sum;
} averager;

struct mg_band_crest {
    unsigned rate_hz; /* of the file */
    averager first, by_4, by_16; /* to at most 50 kHz, then a quarter and a sixteenth of that */
    bank high, mid, low;
    float a[MG_BLOCK_FRAMES], b[MG_BLOCK_FRAMES / 4 + 1]; /* decimated blocks */
};

static void set_high_pass(bank *b, int lane, double hz, double rate_hz)
{
    double k = tan(M_PI * hz / rate_hz), a0 = 1.0 + M_SQRT2 * k + k * k;
    b->hb[lane] = (float)(1.0 / a0);
    b->ha1[lane] = (float)(2.0 * (k * k - 1.0) / a0);
    b->ha2[lane] = (float)((1.0 - M_SQRT2 * k + k * k) / a0);
}

static void set_low_pass(bank *b, int lane, double hz, double rate_hz)
{
    double k = tan(M_PI * hz / rate_hz), a0 = 1.0 + M_SQRT2 * k + k * k;
    b->lb[lane] = (float)(k * k / a0);
    b->la1[lane] = (float)(2.0 * (k * k - 1.0) / a0);
    b->la2[lane] = (float)((1.0 - M_SQRT2 * k + k * k) / a0);
}

/* Edges are kept under 0.45 of the bank's rate; bands that would suffer are null in the result. */
static void set_band(bank *b, int lane, int band, double rate_hz)
{
    set_high_pass(b, lane, fmin(mg_band_low_hz[band], 0.4 * rate_hz), rate_hz);
    set_low_pass(b, lane, fmin(mg_band_high_hz[band], 0.45 * rate_hz), rate_hz);
}

mg_err mg_band_crest_new(mg_band_crest **ret, const mg_stream_info *info)
{
    void *memory = NULL;
    if (posix_memalign(&memory, MG_BLOCK_ALIGN, sizeof(mg_band_crest)))
        return MG_E_NOMEM;
    mg_band_crest *crest = memory;
    *crest = (mg_band_crest){0};
    crest->rate_hz = info->sample_rate_hz;
    crest->first.size = info->sample_rate_hz > 100000 ? 4 : info->sample_rate_hz > 50000 ? 2 : 1;
    crest->by_4.size = 4;
    crest->by_16.size = 4;
    double rate_hz = (double)info->sample_rate_hz / crest->first.size;
    set_band(&crest->high, 0, 4, rate_hz);
    set_band(&crest->high, 1, 5, rate_hz);
    set_band(&crest->mid, 0, 3, rate_hz / 4.0);
    for (int band = 0; band < 3; band++)
        set_band(&crest->low, band, band, rate_hz / 16.0);
    *ret = crest;
    return MG_OK;
}

void mg_band_crest_free(mg_band_crest *crest)
{
    free(crest);
}

typedef int i4 __attribute__((vector_size(16)));

static inline f4 larger(f4 a, f4 b)
{
    i4 mask = a > b;
    return (f4)(((i4)a & mask) | ((i4)b & ~mask));
}

/* The state lives in registers for the length of a run. */
static void filter_run(bank *b, const float *in, size_t n)
{
    const f4 hb = b->hb, ha1 = b->ha1, ha2 = b->ha2, lb = b->lb, la1 = b->la1, la2 = b->la2;
    f4 x1 = b->x1, x2 = b->x2, h1 = b->h1, h2 = b->h2, y1 = b->y1, y2 = b->y2;
    f4 peak = b->peak, run = b->run;
    for (size_t i = 0; i < n; i++) {
        f4 x = {in[i], in[i], in[i], in[i]};
        f4 h = (hb * ((x - x1) - (x1 - x2)) - ha2 * h2) - ha1 * h1;
        f4 y = (lb * ((h + h1) + (h1 + h2)) - la2 * y2) - la1 * y1;
        f4 square = y * y;
        run += square;
        peak = larger(square, peak);
        x2 = x1;
        x1 = x;
        h2 = h1;
        h1 = h;
        y2 = y1;
        y1 = y;
    }
    b->x1 = x1;
    b->x2 = x2;
    b->h1 = h1;
    b->h2 = h2;
    b->y1 = y1;
    b->y2 = y2;
    b->peak = peak;
    b->run = run;
}

static void run_bank(bank *b, const float *in, size_t n)
{
    b->frames += n;
    while (n > 0) {
        size_t left = SUM_RUN - b->in_run, part = n < left ? n : left;
        filter_run(b, in, part);
        in += part;
        n -= part;
        b->in_run += (unsigned)part;
        if (b->in_run == SUM_RUN) {
            for (int lane = 0; lane < LANES; lane++)
                b->square[lane] += (double)b->run[lane];
            b->run = (f4){0};
            b->in_run = 0;
        }
    }
}

static size_t average(averager *a, const float *in, size_t n, float *out)
{
    size_t count = 0;
    float scale = 1.0f / (float)a->size;
    for (size_t i = 0; i < n; i++) {
        a->sum += in[i];
        if (++a->filled == a->size) {
            out[count++] = a->sum * scale;
            a->sum = 0.0f;
            a->filled = 0;
        }
    }
    return count;
}

void mg_band_crest_push(mg_band_crest *crest, const float *mid, size_t frames)
{
    float *a = crest->a, *b = crest->b;
    if (crest->first.size > 1) {
        frames = average(&crest->first, mid, frames, a);
        mid = a;
    }
    run_bank(&crest->high, mid, frames);
    frames = average(&crest->by_4, mid, frames, b);
    run_bank(&crest->mid, b, frames);
    frames = average(&crest->by_16, b, frames, a);
    run_bank(&crest->low, a, frames);
}

static mg_value lane_crest(const bank *b, int lane)
{
    if (b->frames == 0)
        return mg_none(MG_WHY_TOO_SHORT);
    double mean = (b->square[lane] + (double)b->run[lane]) / (double)b->frames;
    if (!(mean > 1e-9))
        return mg_none(MG_WHY_SILENT);
    return mg_some(fmax(0.0, 10.0 * log10((double)b->peak[lane] / mean)));
}

void mg_band_crest_finish(const mg_band_crest *crest, mg_value ret_db[MG_BANDS])
{
    for (int band = 0; band < 3; band++)
        ret_db[band] = lane_crest(&crest->low, band);
    ret_db[3] = lane_crest(&crest->mid, 0);
    ret_db[4] = lane_crest(&crest->high, 0);
    ret_db[5] = lane_crest(&crest->high, 1);
    for (int band = 0; band < MG_BANDS; band++) {
        if (crest->rate_hz < 44100 && mg_band_high_hz[band] > 0.45 * crest->rate_hz)
            ret_db[band] = mg_none(MG_WHY_ABOVE_BAND_LIMIT);
    }
}
