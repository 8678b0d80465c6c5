#include "dsp/tempo/odf_condition.h"

#include "base/cleanup.h"
#include "dsp/tempo/odf_falls.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double mean_half_s = 0.5, rms_half_s = 4.0;
static const double least_share = 0.25; /* of the RMS of the whole */
static const double least_rms = 2.0;    /* half a dB */

/* The window's figures change little from frame to frame: every few frames is enough. */
enum { EVERY = 8 };

/* Sums over [i - half, i + half] of one row as it was before it is overwritten. */
typedef struct window {
    const uint8_t *row;
    size_t frames, half;
    uint64_t sum, squares;
    size_t from, to; /* the window is [from, to) */
} window;

/* Moves on to middle i. */
static void window_at(window *w, size_t i)
{
    size_t to = i + w->half + 1 < w->frames ? i + w->half + 1 : w->frames;
    for (; w->to < to; w->to++) {
        unsigned v = w->row[w->to];
        w->sum += v;
        w->squares += v * v;
    }
    for (; w->from + w->half < i; w->from++) {
        unsigned v = w->row[w->from];
        w->sum -= v;
        w->squares -= v * v;
    }
}

static void load_row(const mg_odf *odf, unsigned row, uint8_t *ret)
{
    for (size_t i = 0; i < odf->frames; i += MG_ODF_CHUNK_FRAMES) {
        size_t rest = odf->frames - i;
        memcpy(ret + i, odf->chunks[i / MG_ODF_CHUNK_FRAMES][row],
               rest < MG_ODF_CHUNK_FRAMES ? rest : MG_ODF_CHUNK_FRAMES);
    }
}

static double rms_of_row(const uint8_t *row, size_t frames)
{
    uint64_t squares = 0;
    for (size_t i = 0; i < frames; i++)
        squares += (unsigned)row[i] * row[i];
    return frames > 0 ? sqrt((double)squares / (double)frames) : 0;
}

/* EVERY divides the chunk, so the frames of a group lie side by side. */
static uint8_t *group_at(mg_odf *odf, unsigned row, size_t i)
{
    return odf->chunks[i / MG_ODF_CHUNK_FRAMES][row] + i % MG_ODF_CHUNK_FRAMES;
}

static void subtract_mean(mg_odf *odf, unsigned row, window w)
{
    for (size_t i = 0; i < w.frames; i += EVERY) {
        uint8_t *out = group_at(odf, row, i);
        window_at(&w, i);
        int mean = (int)((w.sum + (w.to - w.from) / 2) / (w.to - w.from));
        for (size_t j = 0; j < EVERY && i + j < w.frames; j++) {
            int v = w.row[i + j] - mean;
            out[j] = (uint8_t)(v > 0 ? v : 0);
        }
    }
}

static void divide_by_rms(mg_odf *odf, unsigned row, window w, double least)
{
    for (size_t i = 0; i < w.frames; i += EVERY) {
        uint8_t *out = group_at(odf, row, i);
        window_at(&w, i);
        double rms = sqrt((double)w.squares / (double)(w.to - w.from));
        float scale = (float)(MG_ODF_RMS / fmax(rms, least));
        for (size_t j = 0; j < EVERY && i + j < w.frames; j++) {
            float v = w.row[i + j] * scale + 0.5f;
            out[j] = (uint8_t)(v < 255 ? v : 255);
        }
    }
}

/* @param row  room for a row
 *  @return its RMS without its local mean */
static double condition_row(mg_odf *odf, unsigned r, uint8_t *row)
{
    double rate = mg_odf_rate_hz(odf);
    size_t mean_half = (size_t)(mean_half_s * rate), rms_half = (size_t)(rms_half_s * rate);
    load_row(odf, r, row);
    subtract_mean(odf, r, (window){.row = row, .frames = odf->frames, .half = mean_half});
    load_row(odf, r, row);
    double rms = rms_of_row(row, odf->frames), least = fmax(least_rms, least_share * rms);
    divide_by_rms(odf, r, (window){.row = row, .frames = odf->frames, .half = rms_half}, least);
    return rms;
}

mg_err mg_odf_condition(mg_odf *odf, double ret_rms[MG_ODF_BANDS])
{
    mg_autofree uint8_t *row = malloc(odf->frames + 1);
    if (row == NULL)
        return MG_E_NOMEM;
    load_row(odf, MG_ODF_LEVEL, row);
    mg_odf_falls(odf, row);
    condition_row(odf, MG_ODF_LEVEL, row);
    for (unsigned b = 0; b < MG_ODF_BANDS; b++)
        ret_rms[b] = condition_row(odf, b, row);
    return MG_OK;
}
