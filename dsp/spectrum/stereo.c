#include "dsp/spectrum/stereo.h"

#include "dsp/kernels/kernels.h"
#include "dsp/spectrum/gated.h"
#include "dsp/spectrum/phase_sections.h"
#include "dsp/spectrum/step_ring.h"
#include "dsp/signal/time_grid.h"

#include <math.h>
#include <stdlib.h>

static const double high_pass_hz = 5.0;
static const double silent_channel_power = 1e-8;    /* -80 dBFS */
static const double empty_band_share = 1e-9;        /* of the whole: nothing but leakage */
static const double dual_mono_difference = 0x1p-15; /* one step of 16 bits */
static const double dual_mono_correlation = 0.9995, dual_mono_balance_db = 0.1;
static const double inverted_correlation = -0.3, inverted_low_end = -0.95;
static const double counting_band_share = 1e-3, counting_low_end_share = 1e-2;
static const double heard_low_end_share = 1e-3;
static const double low_end_correlation = 0.9, low_end_side_db = -12.0;
enum { GROUP = 8, GROUPS = MG_BLOCK_FRAMES / GROUP, FOLD_GROUPS = 64 };
enum { LL, RR, LR, SUMS };

/* What is kept for each bin of loudness. */
typedef struct loudness_bin {
    float least_correlation, most_balance_db; /* of the 400 ms blocks */
    float window_correlation;                 /* least of the 3 s windows */
    uint32_t window_step;                     /* where that one ends */
} loudness_bin;

struct mg_stereo {
    const mg_kernels *kernels;
    mg_why why; /* PRESENT for two channels */
    unsigned rate_hz;
    uint64_t frames, step; /* step being filled */
    float follow;          /* share of the way to the new mean that the low-pass goes */
    float low[2];          /* its state */
    float offset[2][GROUPS];
    mg_step_ring sums;
    mg_gated *blocks;
    float most_difference;
    loudness_bin *bins;
    mg_phase_sections sections;
};

mg_err mg_stereo_new(mg_stereo **ret, const mg_stream_info *info)
{
    mg_stereo *s = calloc(1, sizeof *s);
    if (!s)
        return MG_E_NOMEM;
    s->kernels = mg_kernels_best();
    s->rate_hz = info->sample_rate_hz;
    s->why = info->channels == 2   ? MG_WHY_PRESENT
             : info->channels == 1 ? MG_WHY_MONO
                                   : MG_WHY_NOT_STEREO;
    s->follow = (float)-expm1(-2.0 * M_PI * high_pass_hz * GROUP / s->rate_hz);
    mg_err err = mg_step_ring_init(&s->sums, SUMS);
    if (err == MG_OK)
        err = mg_gated_new(&s->blocks, SUMS, MG_GATED_FINE_LU);
    size_t bins = mg_gated_bins(MG_GATED_FINE_LU);
    s->bins = malloc(bins * sizeof *s->bins);
    if (err != MG_OK || !s->bins) {
        mg_stereo_free(s);
        return MG_E_NOMEM;
    }
    for (size_t i = 0; i < bins; i++)
        s->bins[i] = (loudness_bin){.least_correlation = 2.0f, .window_correlation = 2.0f};
    *ret = s;
    return MG_OK;
}

void mg_stereo_free(mg_stereo *stereo)
{
    if (!stereo)
        return;
    mg_step_ring_done(&stereo->sums);
    mg_gated_free(stereo->blocks);
    free(stereo->bins);
    free(stereo);
}

/* The high-pass subtracts a low-pass that moves once in 8 frames: at 5 Hz its steps are far below
 * what counts, and the loop over the frames has no recursion left. */
static void follow_offsets(mg_stereo *s, const mg_block *b)
{
    const float *in[2] = {b->left, b->right};
    size_t groups = b->frames / GROUP;
    for (unsigned c = 0; c < 2; c++) {
        s->kernels->follow(in[c], s->follow, &s->low[c], groups, s->offset[c]);
        if (groups < GROUPS) /* for the last frames of the file */
            s->offset[c][groups] = s->low[c];
    }
}

static inline void add_frame(mg_pair_sums *a, unsigned lane, float left, float right,
                             float left_offset, float right_offset)
{
    float l = left - left_offset, r = right - right_offset;
    float d = fabsf(left - right);
    a->ll[lane] += l * l;
    a->rr[lane] += r * r;
    a->lr[lane] += l * r;
    a->difference[lane] = d > a->difference[lane] ? d : a->difference[lane];
}

static double fold(const float v[GROUP])
{
    return (((double)v[0] + v[4]) + ((double)v[2] + v[6])) +
           (((double)v[1] + v[5]) + ((double)v[3] + v[7]));
}

static void flush_lanes(mg_stereo *s, mg_pair_sums *a, double *sums)
{
    sums[LL] += fold(a->ll);
    sums[RR] += fold(a->rr);
    sums[LR] += fold(a->lr);
    for (unsigned i = 0; i < GROUP; i++) {
        if (a->difference[i] > s->most_difference)
            s->most_difference = a->difference[i];
    }
    *a = (mg_pair_sums){{0}, {0}, {0}, {0}};
}

/* Frames first..end-1 of the block, all of one step; lanes follow absolute positions. */
static void add_frames(mg_stereo *s, const mg_block *b, size_t first, size_t end, double *sums)
{
    mg_pair_sums a = {{0}, {0}, {0}, {0}};
    size_t i = first;
    for (; i < end && i % GROUP != 0; i++)
        add_frame(&a, i % GROUP, b->left[i], b->right[i], s->offset[0][i / GROUP],
                  s->offset[1][i / GROUP]);
    while (end - i >= GROUP && i < end) {
        size_t groups = (end - i) / GROUP;
        if (groups > FOLD_GROUPS)
            groups = FOLD_GROUPS;
        s->kernels->pairs(b->left + i, b->right + i, s->offset[0] + i / GROUP,
                          s->offset[1] + i / GROUP, groups, &a);
        flush_lanes(s, &a, sums);
        i += groups * GROUP;
    }
    for (; i < end; i++)
        add_frame(&a, i % GROUP, b->left[i], b->right[i], s->offset[0][i / GROUP],
                  s->offset[1][i / GROUP]);
    flush_lanes(s, &a, sums);
}

static bool correlation_of(const double sums[SUMS], double silent, double *ret)
{
    if (!(sums[LL] > silent && sums[RR] > silent))
        return false;
    *ret = fmin(fmax(sums[LR] / sqrt(sums[LL] * sums[RR]), -1.0), 1.0);
    return true;
}

static void close_block(mg_stereo *s, uint64_t step, double lufs)
{
    double sums[SUMS], correlation = 0.0;
    mg_step_ring_sum(&s->sums, step, MG_MOMENTARY_STEPS, sums);
    double silent = silent_channel_power * 0.1 * MG_MOMENTARY_STEPS * s->rate_hz;
    bool both = correlation_of(sums, silent, &correlation);
    mg_phase_sections_add(&s->sections, step, both && correlation < 0.0, lufs);
    if (!(lufs >= MG_GATED_LOW_LUFS))
        return;
    mg_gated_add(s->blocks, lufs, sums);
    loudness_bin *bin = &s->bins[mg_gated_bin(MG_GATED_FINE_LU, lufs)];
    double balance_db = both ? fabs(10.0 * log10(sums[LL] / sums[RR])) : 60.0;
    bin->least_correlation = fminf(bin->least_correlation, both ? (float)correlation : 0.0f);
    bin->most_balance_db = fmaxf(bin->most_balance_db, (float)balance_db);
}

static void close_window(mg_stereo *s, uint64_t step, double lufs)
{
    double sums[SUMS], correlation;
    if (!(lufs >= MG_GATED_LOW_LUFS))
        return;
    mg_step_ring_sum(&s->sums, step, MG_SHORT_TERM_STEPS, sums);
    double silent = silent_channel_power * 0.1 * MG_SHORT_TERM_STEPS * s->rate_hz;
    loudness_bin *bin = &s->bins[mg_gated_bin(MG_GATED_FINE_LU, lufs)];
    if (correlation_of(sums, silent, &correlation) &&
        (float)correlation < bin->window_correlation) {
        bin->window_correlation = (float)correlation;
        bin->window_step = (uint32_t)step;
    }
}

mg_err mg_stereo_push(mg_stereo *s, const mg_block *block, const mg_loudness *loudness)
{
    s->frames = block->start_frame + block->frames;
    if (s->why != MG_WHY_PRESENT)
        return MG_OK;
    follow_offsets(s, block);
    for (size_t at = 0; at < block->frames;) {
        uint64_t next = mg_step_frame(s->rate_hz, s->step + 1) - block->start_frame;
        size_t end = next < block->frames ? (size_t)next : block->frames;
        add_frames(s, block, at, end, mg_step_ring_at(&s->sums, s->step));
        at = end;
        if (next > end)
            break;
        if (s->step + 1 >= MG_MOMENTARY_STEPS)
            close_block(s, s->step, mg_loudness_momentary(loudness, (size_t)s->step));
        if (s->step + 1 >= MG_SHORT_TERM_STEPS)
            close_window(s, s->step, mg_loudness_short_term(loudness, (size_t)s->step));
        s->step++;
    }
    return MG_OK;
}

static mg_value width_of(double ll, double rr, double lr)
{
    double side = (ll + rr - 2.0 * lr) / 4.0, mid = (ll + rr + 2.0 * lr) / 4.0;
    return mid + side > 0.0 ? mg_some(fmax(side, 0.0) / (fmax(mid, 0.0) + fmax(side, 0.0)))
                            : mg_none(MG_WHY_SILENT);
}

/* 10 log10 of the channels' power over that of their sum at half power; 0..40 dB. */
static mg_value mono_loss_of(mg_cross c)
{
    double both = c.ll + c.rr;
    if (!(both > 0.0))
        return mg_none(MG_WHY_SILENT);
    double mono = fmax(0.5 * (both + 2.0 * c.lr), 1e-9 * both);
    return mg_some(fmin(fmax(10.0 * log10(both / mono), 0.0), 40.0));
}

static mg_stereo_band band_of(mg_cross c, double whole)
{
    mg_stereo_band band;
    double empty = empty_band_share * whole;
    if (!(c.ll + c.rr > empty)) {
        band.correlation = band.width = band.mono_loss_db = mg_none(MG_WHY_SILENT);
        return band;
    }
    double correlation;
    bool both = correlation_of((double[SUMS]){c.ll, c.rr, c.lr}, empty, &correlation);
    band.correlation = both ? mg_some(correlation) : mg_none(MG_WHY_SILENT);
    band.width = width_of(c.ll, c.rr, c.lr);
    band.mono_loss_db = mono_loss_of(c);
    return band;
}

static double whole_power(const mg_spectrum_cross *cross)
{
    double whole = 0.0;
    for (unsigned b = 0; b < cross->bands_in_range; b++)
        whole += cross->bands[b].ll + cross->bands[b].rr;
    return whole;
}

static bool low_end_holds(const mg_spectrum_cross *cross, double share)
{
    return cross->low_end.ll + cross->low_end.rr > share * whole_power(cross);
}

/* Stereo effects oppose the channels in some bands; only an inverted channel opposes them in all,
 * and in the low end, which mixes hold in the middle, as firmly as it was in phase before. Where
 * there is no low end the whole must be opposed that firmly. */
static bool polarity_inverted(const mg_stereo_result *r, const mg_spectrum_cross *cross)
{
    double whole = whole_power(cross), firm = mg_or(r->correlation, 0.0);
    if (firm > inverted_correlation)
        return false;
    for (unsigned b = 0; b < cross->bands_in_range; b++) {
        const mg_cross *c = &cross->bands[b];
        if (c->ll + c->rr > counting_band_share * whole && !(c->lr < 0.0))
            return false;
    }
    mg_cross c = cross->low_end;
    if (low_end_holds(cross, counting_low_end_share) &&
        !correlation_of((double[SUMS]){c.ll, c.rr, c.lr}, 0.0, &firm))
        return false;
    return firm <= inverted_low_end;
}

/* A low end that holds nothing has nothing out of place. */
static bool low_end_mono(const mg_spectrum_cross *cross)
{
    mg_cross c = cross->low_end;
    double correlation, empty = empty_band_share * whole_power(cross);
    if (!(c.ll + c.rr > empty))
        return true;
    double side = c.ll + c.rr - 2.0 * c.lr, mid = c.ll + c.rr + 2.0 * c.lr;
    return correlation_of((double[SUMS]){c.ll, c.rr, c.lr}, empty, &correlation) &&
           correlation >= low_end_correlation && side <= mid * pow(10.0, low_end_side_db / 10.0);
}

static bool dual_mono(const mg_stereo *s, double gate_lufs)
{
    if ((double)s->most_difference <= dual_mono_difference)
        return true;
    size_t bins = mg_gated_bins(MG_GATED_FINE_LU);
    for (size_t i = mg_gated_first_bin(MG_GATED_FINE_LU, gate_lufs); i < bins; i++) {
        if ((double)s->bins[i].least_correlation <= dual_mono_correlation ||
            (double)s->bins[i].most_balance_db >= dual_mono_balance_db)
            return false;
    }
    return true;
}

static void least_correlation(const mg_stereo *s, double gate_lufs, mg_stereo_result *r)
{
    size_t bins = mg_gated_bins(MG_GATED_FINE_LU);
    const loudness_bin *least = NULL;
    for (size_t i = mg_gated_first_bin(MG_GATED_FINE_LU, gate_lufs); i < bins; i++) {
        const loudness_bin *bin = &s->bins[i];
        if (bin->window_correlation > 1.0f)
            continue;
        if (!least || bin->window_correlation < least->window_correlation ||
            (bin->window_correlation == least->window_correlation &&
             bin->window_step < least->window_step))
            least = bin;
    }
    mg_why why = s->step < MG_SHORT_TERM_STEPS ? MG_WHY_TOO_SHORT : MG_WHY_SILENT;
    r->correlation_min = r->correlation_min_at_s = mg_none(why);
    if (!least)
        return;
    double first = (double)least->window_step + 1.0 - MG_SHORT_TERM_STEPS;
    r->correlation_min = mg_some((double)least->window_correlation);
    r->correlation_min_at_s = mg_some(first / 10.0);
}

static void fill_none(mg_stereo_result *r, mg_why why)
{
    mg_value none = mg_none(why);
    *r = (mg_stereo_result){.bools_why = why, .silent_channel = -1};
    r->correlation = r->correlation_min = r->correlation_min_at_s = none;
    r->width = r->balance_db = r->mono_loss_db = r->low_end_mono_loss_db = none;
    for (unsigned b = 0; b < MG_BANDS; b++)
        r->bands[b] = (mg_stereo_band){none, none, none};
}

static void from_spectrum(const mg_spectrum_cross *cross, mg_stereo_result *r)
{
    mg_cross k = cross->k_weighted;
    double balance_db = 10.0 * log10((k.ll + 1e-30) / (k.rr + 1e-30));
    r->balance_db = mg_some(fmin(fmax(balance_db, -60.0), 60.0));
    r->mono_loss_db = mono_loss_of(k);
    r->low_end_mono_loss_db = low_end_holds(cross, heard_low_end_share)
                                  ? mono_loss_of(cross->low_end)
                                  : mg_none(MG_WHY_NOT_APPLICABLE);
    double whole = whole_power(cross);
    mg_value beyond = mg_none(MG_WHY_ABOVE_BAND_LIMIT);
    for (unsigned b = 0; b < MG_BANDS; b++)
        r->bands[b] = b < cross->bands_in_range ? band_of(cross->bands[b], whole)
                                                : (mg_stereo_band){beyond, beyond, beyond};
}

mg_err mg_stereo_finish(mg_stereo *s, const mg_spectrum *spectrum, const mg_loudness *loudness,
                        mg_stereo_result *result)
{
    double sums[SUMS], correlation = 0.0;
    if (s->why != MG_WHY_PRESENT) {
        fill_none(result, s->why);
        return MG_OK;
    }
    double gate_lufs = mg_loudness_relative_gate(loudness);
    uint64_t blocks = mg_gated_total(s->blocks, gate_lufs, sums);
    fill_none(result, s->step < MG_MOMENTARY_STEPS ? MG_WHY_TOO_SHORT : MG_WHY_SILENT);
    if (blocks == 0)
        return MG_OK;
    mg_spectrum_cross cross = mg_spectrum_cross_powers(spectrum);
    double silent = silent_channel_power * 0.1 * MG_MOMENTARY_STEPS * s->rate_hz * (double)blocks;
    bool both = correlation_of(sums, silent, &correlation);
    result->correlation = both ? mg_some(correlation) : mg_none(MG_WHY_SILENT);
    result->width = width_of(sums[LL], sums[RR], sums[LR]);
    if (!both && (sums[LL] > silent) != (sums[RR] > silent))
        result->silent_channel = sums[LL] > silent ? 1 : 0;
    least_correlation(s, gate_lufs, result);
    from_spectrum(&cross, result);
    result->bools_why = MG_WHY_PRESENT;
    result->low_end_mono = low_end_mono(&cross);
    result->polarity_inverted = polarity_inverted(result, &cross);
    result->dual_mono = dual_mono(s, gate_lufs);
    result->phase_section_count =
        mg_phase_sections_finish(&s->sections, s->step, gate_lufs,
                                 (double)s->frames / s->rate_hz, result->phase_sections);
    return MG_OK;
}
