#include "dsp/levels/band_crest.h"

#include "dsp/kernels/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PAIRS = 4, NO_BAND = MG_BANDS };

/* Two bands that are filtered in one go, on averages of `factor` frames of the first one's. */
static const struct {
    unsigned factor, band[2];
} plan[PAIRS] = {{1, {4, 5}}, {4, {3, NO_BAND}}, {16, {0, 1}}, {16, {2, NO_BAND}}};

typedef struct band_pair {
    mg_bands_taps taps;
    mg_bands_state state;
    double square[2];
    float peak[8];
    uint64_t frames;
} band_pair;

struct mg_band_crest {
    const mg_kernels *kernels;
    unsigned rate_hz; /* of the file */
    unsigned first;   /* frames averaged beforehand, to at most 50 kHz */
    band_pair pair[PAIRS];
    float a[MG_BLOCK_FRAMES / 2], b[MG_BLOCK_FRAMES / 4]; /* averages */
};

/* Butterworth section of second order in one lane of each frame. */
static void set_section(mg_section_taps *t, unsigned band, double hz, double rate_hz, bool high)
{
    double k = tan(M_PI * hz / rate_hz), a0 = 1.0 + M_SQRT2 * k + k * k;
    double a1 = 2.0 * (k * k - 1.0) / a0, a2 = (1.0 - M_SQRT2 * k + k * k) / a0;
    double g[MG_BANDS_FRAMES + 1] = {1.0, -a1};
    for (int i = 2; i <= MG_BANDS_FRAMES; i++)
        g[i] = -a1 * g[i - 1] - a2 * g[i - 2];
    for (unsigned frame = 0; frame < MG_BANDS_FRAMES; frame++) {
        unsigned lane = 2 * frame + band;
        t->gain[lane] = (float)((high ? 1.0 : k * k) / a0);
        t->g1[lane] = frame >= 1 ? (float)g[1] : 0.0f;
        t->g2[lane] = frame >= 2 ? (float)g[2] : 0.0f;
        t->g3[lane] = frame >= 3 ? (float)g[3] : 0.0f;
        t->before[lane] = (float)g[frame + 1];
        t->before2[lane] = (float)(-a2 * g[frame]);
    }
}

/* Edges are kept under 0.45 of the pair's rate; bands that would suffer are null in the result. */
static void set_band(band_pair *pair, unsigned lane, unsigned band, double rate_hz)
{
    set_section(&pair->taps.high_pass, lane, fmin(mg_band_low_hz[band], 0.4 * rate_hz), rate_hz,
                true);
    set_section(&pair->taps.low_pass, lane, fmin(mg_band_high_hz[band], 0.45 * rate_hz), rate_hz,
                false);
}

mg_err mg_band_crest_new(mg_band_crest **ret, const mg_stream_info *info)
{
    mg_band_crest *crest = calloc(1, sizeof *crest);
    if (!crest)
        return MG_E_NOMEM;
    crest->kernels = mg_kernels_best();
    crest->rate_hz = info->sample_rate_hz;
    crest->first = info->sample_rate_hz > 100000 ? 4 : info->sample_rate_hz > 50000 ? 2 : 1;
    for (unsigned p = 0; p < PAIRS; p++) {
        double rate_hz = (double)info->sample_rate_hz / (crest->first * plan[p].factor);
        for (unsigned lane = 0; lane < 2; lane++) {
            if (plan[p].band[lane] != NO_BAND)
                set_band(&crest->pair[p], lane, plan[p].band[lane], rate_hz);
        }
    }
    *ret = crest;
    return MG_OK;
}

void mg_band_crest_free(mg_band_crest *crest)
{
    free(crest);
}

/* The last frames of a file do not fill a group: the rest is silence, whose output is not counted.
 */
static void run_rest(const mg_kernels *kernels, band_pair *p, const float *x, size_t n)
{
    float in[MG_BANDS_FRAMES] = {0}, square[8] = {0}, peak[8] = {0};
    memcpy(in, x, n * sizeof *in);
    kernels->bands(&p->taps, &p->state, in, 1, square, peak);
    for (size_t i = 0; i < 2 * n; i++) {
        float power = p->state.y[i] * p->state.y[i];
        p->square[i % 2] += (double)power;
        p->peak[i % 2] = power > p->peak[i % 2] ? power : p->peak[i % 2];
    }
}

/* Sums of one run are short enough for single precision. */
static void run_pair(const mg_kernels *kernels, band_pair *p, const float *x, size_t n)
{
    p->frames += n;
    while (n >= MG_BANDS_FRAMES) {
        size_t groups = n / MG_BANDS_FRAMES;
        if (groups > MG_BANDS_GROUPS)
            groups = MG_BANDS_GROUPS;
        float square[8] = {0};
        kernels->bands(&p->taps, &p->state, x, groups, square, p->peak);
        for (unsigned b = 0; b < 2; b++)
            p->square[b] += ((double)square[b] + (double)square[b + 4]) +
                            ((double)square[b + 2] + (double)square[b + 6]);
        x += groups * MG_BANDS_FRAMES;
        n -= groups * MG_BANDS_FRAMES;
    }
    if (n > 0)
        run_rest(kernels, p, x, n);
}

/* Blocks hold whole groups of every size but at the end, where what does not fill one is dropped.
 * @return number of averages; out may not be in */
static size_t average_by_2(const float *restrict in, size_t n, float *restrict out)
{
    for (size_t i = 0; i < n / 2; i++)
        out[i] = 0.5f * (in[2 * i] + in[2 * i + 1]);
    return n / 2;
}

static size_t average_by_4(const float *restrict in, size_t n, float *restrict out)
{
    for (size_t i = 0; i < n / 4; i++) {
        const float *x = in + 4 * i;
        out[i] = 0.25f * ((x[0] + x[1]) + (x[2] + x[3]));
    }
    return n / 4;
}

void mg_band_crest_push(mg_band_crest *crest, const float *mid, size_t frames)
{
    float *a = crest->a, *b = crest->b;
    band_pair *pair = crest->pair;
    if (crest->first > 1) {
        frames = crest->first == 2 ? average_by_2(mid, frames, a) : average_by_4(mid, frames, a);
        mid = a;
    }
    run_pair(crest->kernels, &pair[0], mid, frames);
    frames = average_by_4(mid, frames, b);
    run_pair(crest->kernels, &pair[1], b, frames);
    frames = average_by_4(b, frames, a);
    run_pair(crest->kernels, &pair[2], a, frames);
    run_pair(crest->kernels, &pair[3], a, frames);
}

static mg_value lane_crest(const band_pair *p, unsigned lane)
{
    if (p->frames == 0)
        return mg_none(MG_WHY_TOO_SHORT);
    double mean = p->square[lane] / (double)p->frames;
    if (!(mean > 1e-9))
        return mg_none(MG_WHY_SILENT);
    float peak = 0.0f;
    for (unsigned i = lane; i < 8; i += 2)
        peak = p->peak[i] > peak ? p->peak[i] : peak;
    return mg_some(fmax(0.0, 10.0 * log10((double)peak / mean)));
}

void mg_band_crest_finish(const mg_band_crest *crest, mg_value ret_db[MG_BANDS])
{
    for (unsigned p = 0; p < PAIRS; p++) {
        for (unsigned lane = 0; lane < 2; lane++) {
            if (plan[p].band[lane] != NO_BAND)
                ret_db[plan[p].band[lane]] = lane_crest(&crest->pair[p], lane);
        }
    }
    for (int band = 0; band < MG_BANDS; band++) {
        if (crest->rate_hz < 44100 && mg_band_high_hz[band] > 0.45 * crest->rate_hz)
            ret_db[band] = mg_none(MG_WHY_ABOVE_BAND_LIMIT);
    }
}
