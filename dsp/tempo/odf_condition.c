#include "dsp/tempo/odf_condition.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdlib.h>

static const double mean_half_s = 0.5, rms_half_s = 4.0;
static const double least_share = 0.25; /* of the RMS of the whole */
static const double least_rms = 2.0;    /* half a dB */

/* Sums over [i - half, i + half] of a row that is overwritten behind the middle: `old` keeps the
 * last half + 1 values as they were. */
typedef struct window {
    const mg_odf *odf;
    unsigned row;
    size_t half;
    uint8_t *old; /* ring of half + 1 */
    uint64_t sum, squares;
    size_t from, to;   /* the window is [from, to) */
    size_t head, tail; /* of the ring: next to write, oldest */
} window;

static void window_extend(window *w, size_t to)
{
    for (; w->to < to && w->to < w->odf->frames; w->to++) {
        uint64_t v = mg_odf_get(w->odf, w->row, w->to);
        w->sum += v;
        w->squares += v * v;
    }
}

/* Moves to middle i; to be called for 0, 1, 2, ... before frame i is overwritten. */
static void window_at(window *w, size_t i)
{
    window_extend(w, i + w->half + 1);
    while (w->from + w->half < i) {
        uint64_t v = w->old[w->tail];
        w->tail = w->tail == w->half ? 0 : w->tail + 1;
        w->sum -= v;
        w->squares -= v * v;
        w->from++;
    }
    w->old[w->head] = mg_odf_get(w->odf, w->row, i);
    w->head = w->head == w->half ? 0 : w->head + 1;
}

static double rms_of_row(const mg_odf *odf, unsigned row)
{
    uint64_t squares = 0;
    for (size_t i = 0; i < odf->frames; i++) {
        uint64_t v = mg_odf_get(odf, row, i);
        squares += v * v;
    }
    return odf->frames > 0 ? sqrt((double)squares / (double)odf->frames) : 0;
}

/* The window's figures change little from frame to frame: every few frames is enough. */
enum { EVERY = 8 };

static void subtract_mean(mg_odf *odf, window *w)
{
    int mean = 0;
    for (size_t i = 0; i < odf->frames; i++) {
        window_at(w, i);
        if (i % EVERY == 0)
            mean = (int)((w->sum + (w->to - w->from) / 2) / (w->to - w->from));
        int v = mg_odf_get(odf, w->row, i) - mean;
        mg_odf_set(odf, w->row, i, (uint8_t)(v > 0 ? v : 0));
    }
}

static void divide_by_rms(mg_odf *odf, window *w, double least)
{
    float scale = 0;
    for (size_t i = 0; i < odf->frames; i++) {
        window_at(w, i);
        if (i % EVERY == 0) {
            double rms = sqrt((double)w->squares / (double)(w->to - w->from));
            scale = (float)(MG_ODF_RMS / fmax(rms, least));
        }
        float v = mg_odf_get(odf, w->row, i) * scale + 0.5f;
        mg_odf_set(odf, w->row, i, (uint8_t)(v < 255 ? v : 255));
    }
}

mg_err mg_odf_condition(mg_odf *odf, double ret_rms[MG_ODF_BANDS])
{
    double rate = mg_odf_rate_hz(odf);
    size_t mean_half = (size_t)(mean_half_s * rate), rms_half = (size_t)(rms_half_s * rate);
    mg_autofree uint8_t *old = calloc(rms_half + 1, 1);
    if (old == NULL)
        return MG_E_NOMEM;
    for (unsigned b = 0; b < MG_ODF_BANDS; b++) {
        subtract_mean(odf, &(window){.odf = odf, .row = b, .half = mean_half, .old = old});
        ret_rms[b] = rms_of_row(odf, b);
        double least = fmax(least_rms, least_share * ret_rms[b]);
        divide_by_rms(odf, &(window){.odf = odf, .row = b, .half = rms_half, .old = old}, least);
    }
    return MG_OK;
}
