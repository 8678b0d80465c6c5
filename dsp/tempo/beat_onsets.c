#include "dsp/tempo/beat_onsets.h"

#include <math.h>
#include <stdlib.h>

enum { FOLD_HALF = 24, FOLD_BINS = 2 * FOLD_HALF + 1 };

static const double close_s = 0.004;
static const double fold_bin_s = 0.002;
static const double fold_kernel_s = 0.007; /* a frame and a little more: no bin stays empty */

size_t mg_attacks_near(const mg_odf *odf, double beat_s, double reach_s, double aside_s,
                       mg_near_attack ret[MG_NEAR_ATTACKS_MAX])
{
    double from = floor(mg_odf_frame_at(odf, beat_s - reach_s));
    double to = ceil(mg_odf_frame_at(odf, beat_s + reach_s));
    size_t count = 0;
    for (double f = fmax(from, 0); f <= to && f < (double)odf->frames; f++) {
        double at;
        unsigned level = mg_odf_attack(odf, (size_t)f, &at);
        if (level < MG_ATTACK_SHARP || fabs(at - beat_s) > reach_s || count == MG_NEAR_ATTACKS_MAX)
            continue;
        double off = (at - beat_s) / aside_s;
        ret[count].error_s = (float)(at - beat_s);
        ret[count++].weight = (float)(level * exp(-0.5 * off * off));
    }
    return count;
}

static int by_error(const void *a, const void *b)
{
    float x = ((const mg_near_attack *)a)->error_s, y = ((const mg_near_attack *)b)->error_s;
    return (x > y) - (x < y);
}

double mg_attacks_densest(mg_near_attack *attacks, size_t count, double *ret_weight)
{
    size_t best_from = 0, best_to = 0;
    double heaviest = 0, weight = 0, sum = 0;
    qsort(attacks, count, sizeof(attacks[0]), by_error);
    for (size_t from = 0, to = 0; from < count; from++) {
        while (to < count && attacks[to].error_s - attacks[from].error_s <= close_s)
            weight += attacks[to++].weight;
        if (weight > heaviest) {
            heaviest = weight;
            best_from = from;
            best_to = to;
        }
        weight -= attacks[from].weight;
    }
    for (size_t i = best_from; i < best_to; i++)
        sum += (double)attacks[i].weight * attacks[i].error_s;
    *ret_weight = heaviest;
    return heaviest > 0 ? sum / heaviest : 0;
}

/* The bands around the beats, folded: how strongly they rise at each distance. */
typedef struct fold {
    double sum[FOLD_BINS], weight[FOLD_BINS];
} fold;

/* Adds one frame to the bins nearby, with a triangle around it. */
static void fold_frame(fold *f, double at_s, double value)
{
    double from = ceil((at_s - fold_kernel_s) / fold_bin_s) + FOLD_HALF;
    double to = floor((at_s + fold_kernel_s) / fold_bin_s) + FOLD_HALF;
    for (int i = (int)fmax(from, 0); i <= (int)fmin(to, FOLD_BINS - 1); i++) {
        double w = 1 - fabs((i - FOLD_HALF) * fold_bin_s - at_s) / fold_kernel_s;
        f->sum[i] += w * value;
        f->weight[i] += w;
    }
}

static void fold_beat(fold *f, const mg_odf *odf, double beat_s)
{
    double span = FOLD_HALF * fold_bin_s;
    double from = floor(mg_odf_frame_at(odf, beat_s - span));
    double to = ceil(mg_odf_frame_at(odf, beat_s + span));
    for (double i = fmax(from, 0); i <= to && i < (double)odf->frames; i++) {
        double value = 0;
        for (unsigned band = 0; band < MG_ODF_BANDS; band++)
            value += mg_odf_get(odf, band, (size_t)i);
        fold_frame(f, mg_odf_time_s(odf, i) - beat_s, value);
    }
}

double mg_flux_offset(const mg_odf *odf, const double *beats_s, size_t count, double reach_s)
{
    fold f = {{0}, {0}};
    for (size_t i = 0; i < count; i++)
        fold_beat(&f, odf, beats_s[i] - MG_FLUX_LEAD_S);
    int best = FOLD_HALF;
    double most = 0;
    for (int i = 0; i < FOLD_BINS; i++)
        f.sum[i] /= fmax(f.weight[i], 1e-9);
    for (int i = 1; i < FOLD_BINS - 1; i++) {
        double off = (i - FOLD_HALF) * fold_bin_s / reach_s;
        double value = f.sum[i] * exp(-0.5 * off * off);
        if (value > most && f.sum[i] >= f.sum[i - 1] && f.sum[i] >= f.sum[i + 1]) {
            most = value;
            best = i;
        }
    }
    return (best - FOLD_HALF) * fold_bin_s;
}
