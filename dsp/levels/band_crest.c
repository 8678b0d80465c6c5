#include "dsp/levels/band_crest.h"

#include "dsp/kernels/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEGMENTS = 8,
    BEFORE = MG_BAND_LEAD + 8, /* what band_pair reads of the past */
    BEHIND = 16,               /* and, in a last segment of one frame, behind the end */
    LOW_BANDS = 3,             /* from the lowest on, at most 4 */
};

/* The upper bands forget within MG_BAND_LEAD frames of their rate. */
typedef struct upper_bands {
    unsigned band[2];
    mg_band_taps taps[2];
    mg_band_sums sums[2];
    uint64_t frames;
} upper_bands;

struct mg_band_crest {
    const mg_kernels *kernels;
    unsigned rate_hz; /* of the file */
    unsigned first;   /* frames averaged beforehand, to at most 50 kHz */
    double gain[MG_BANDS]; /* of power, left out by the kernels */
    upper_bands high, mid; /* at the first rate, and at a quarter of it */
    mg_band_lanes low_taps; /* at a sixteenth */
    mg_band_state low_state;
    mg_band_lane_sums low_sums;
    uint64_t low_frames;
    float full[BEFORE + MG_BLOCK_FRAMES / 2 + BEHIND]; /* averages, when there are any */
    float quarter[BEFORE + MG_BLOCK_FRAMES / 4 + BEHIND];
    float sixteenth[4 + MG_BLOCK_FRAMES / 16];
};

/* Butterworth section of second order. @return its gain */
static double design_section(double hz, double rate_hz, bool high, double *ret1, double *ret2)
{
    double k = tan(M_PI * hz / rate_hz), a0 = 1.0 + M_SQRT2 * k + k * k;
    *ret1 = 2.0 * (k * k - 1.0) / a0;
    *ret2 = (1.0 - M_SQRT2 * k + k * k) / a0;
    return (high ? 1.0 : k * k) / a0;
}

typedef struct band_design {
    double high1, high2, low1, low2;
} band_design;

/* Edges are kept under 0.45 of the rate; bands that would suffer are null in the result. */
static band_design design_band(mg_band_crest *crest, unsigned band, unsigned factor)
{
    double rate_hz = (double)crest->rate_hz / (crest->first * factor);
    band_design t;
    double high = design_section(fmin(mg_band_low_hz[band], 0.4 * rate_hz), rate_hz, true,
                                 &t.high1, &t.high2);
    double low = design_section(fmin(mg_band_high_hz[band], 0.45 * rate_hz), rate_hz, false,
                                &t.low1, &t.low2);
    crest->gain[band] = high * low * high * low;
    return t;
}

static void design_upper(mg_band_crest *crest, upper_bands *u, unsigned band, unsigned other,
                         unsigned factor)
{
    u->band[0] = band;
    u->band[1] = other;
    for (unsigned i = 0; i < 2; i++) {
        const band_design d = design_band(crest, u->band[i], factor);
        u->taps[i] = (mg_band_taps){(float)d.high1, (float)d.high2, (float)d.low1, (float)d.low2};
    }
}

static void design_low(mg_band_crest *crest)
{
    mg_band_lanes *t = &crest->low_taps;
    for (unsigned band = 0; band < LOW_BANDS; band++) {
        const band_design d = design_band(crest, band, 16);
        t->high1[band] = d.high1;
        t->high2[band] = d.high2;
        t->low1[band] = d.low1;
        t->low2[band] = d.low2;
    }
}

mg_err mg_band_crest_new(mg_band_crest **ret, const mg_stream_info *info)
{
    mg_band_crest *crest = calloc(1, sizeof *crest);
    if (!crest)
        return MG_E_NOMEM;
    crest->kernels = mg_kernels_best();
    crest->rate_hz = info->sample_rate_hz;
    crest->first = info->sample_rate_hz > 100000 ? 4 : info->sample_rate_hz > 50000 ? 2 : 1;
    design_upper(crest, &crest->high, 4, 5, 1);
    design_upper(crest, &crest->mid, 3, 3, 4);
    design_low(crest);
    *ret = crest;
    return MG_OK;
}

void mg_band_crest_free(mg_band_crest *crest)
{
    free(crest);
}

static void add_sums(mg_band_sums *to, const mg_band_sums *from, size_t lanes)
{
    for (size_t i = 0; i < lanes; i++) {
        to->square[i] += from->square[i];
        to->peak[i] = from->peak[i] > to->peak[i] ? from->peak[i] : to->peak[i];
    }
}

/* The frames that do not fill eight segments are segments of one frame, the rest of which does
 * not count. BEFORE frames ahead of x are read, and BEHIND values behind the end. */
static void run_upper(const mg_kernels *kernels, upper_bands *u, const float *x, size_t n)
{
    const size_t segment = n / SEGMENTS, rest = n % SEGMENTS;
    u->frames += n;
    if (segment > 0)
        kernels->band_pair(u->taps, x, segment, u->sums);
    if (rest > 0) {
        mg_band_sums sums[2] = {{{0}, {0}}, {{0}, {0}}};
        kernels->band_pair(u->taps, x + n - rest, 1, sums);
        add_sums(&u->sums[0], &sums[0], rest);
        add_sums(&u->sums[1], &sums[1], rest);
    }
}

static void run_low(mg_band_crest *crest, size_t n)
{
    float *x = crest->sixteenth;
    crest->low_frames += n;
    crest->kernels->band_lanes(&crest->low_taps, &crest->low_state, x + 4, n, &crest->low_sums);
    memmove(x, x + n, 4 * sizeof *x);
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

/* The end of n frames becomes the past of the next. */
static void keep_past(float *buffer, size_t n)
{
    memmove(buffer, buffer + n, BEFORE * sizeof *buffer);
}

void mg_band_crest_push(mg_band_crest *crest, const float *mid, size_t frames)
{
    float *full = crest->full + BEFORE, *quarter = crest->quarter + BEFORE;
    const float *x = crest->first == 1 ? mid : full;
    size_t n = frames;
    if (crest->first == 4)
        n = average_by_4(mid, frames, full);
    else if (crest->first == 2)
        n = average_by_2(mid, frames, full);
    run_upper(crest->kernels, &crest->high, x, n);
    size_t quarters = average_by_4(x, n, quarter);
    run_upper(crest->kernels, &crest->mid, quarter, quarters);
    run_low(crest, average_by_4(quarter, quarters, crest->sixteenth + 4));
    if (crest->first > 1)
        keep_past(crest->full, n);
    keep_past(crest->quarter, quarters);
}

static mg_value crest_of(double square, double peak, uint64_t frames, double gain)
{
    if (frames == 0)
        return mg_none(MG_WHY_TOO_SHORT);
    double mean = square / (double)frames;
    if (!(mean * gain > 1e-9))
        return mg_none(MG_WHY_SILENT);
    return mg_some(fmax(0.0, 10.0 * log10(peak / mean)));
}

static void finish_upper(const mg_band_crest *crest, const upper_bands *u, mg_value *ret_db)
{
    for (unsigned i = 0; i < 2; i++) {
        const unsigned band = u->band[i];
        const double square = mg_fold_sum(u->sums[i].square);
        const float peak = mg_fold_max(u->sums[i].peak);
        ret_db[band] = crest_of(square, (double)peak, u->frames, crest->gain[band]);
    }
}

void mg_band_crest_finish(const mg_band_crest *crest, mg_value ret_db[MG_BANDS])
{
    finish_upper(crest, &crest->high, ret_db);
    finish_upper(crest, &crest->mid, ret_db);
    for (unsigned band = 0; band < LOW_BANDS; band++)
        ret_db[band] = crest_of(crest->low_sums.square[band], crest->low_sums.peak[band],
                                crest->low_frames, crest->gain[band]);
    for (int band = 0; band < MG_BANDS; band++) {
        if (crest->rate_hz < 44100 && mg_band_high_hz[band] > 0.45 * crest->rate_hz)
            ret_db[band] = mg_none(MG_WHY_ABOVE_BAND_LIMIT);
    }
}
