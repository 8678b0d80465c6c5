#include "dsp/levels/loudness.h"

#include "dsp/signal/history.h"
#include "dsp/signal/kweight.h"
#include "dsp/levels/loudness_gate.h"
#include "dsp/levels/sliding_sum.h"
#include "dsp/signal/time_grid.h"
#include "dsp/levels/true_peak.h"

#include <stdlib.h>
#include <string.h>

enum { PAIRS = (MG_MAX_CHANNELS + 1) / 2 };

static const double surround_weight = 1.41;
static const double range_short_s = 60.0; /* Tech 3342 asks for more */

/* Two channels that are filtered in one go; the second repeats the first when they do not pair. */
typedef struct channel_pair {
    unsigned channel[2];
    double weight[2]; /* of the second 0 when repeated */
    mg_kweight_state state;
} channel_pair;

/* The loudest full window so far. */
typedef struct window_max {
    double mean_square;
    uint64_t start_frame;
    bool any;
} window_max;

struct mg_loudness {
    const mg_kernels *kernels;
    mg_kweight_ahead taps;
    unsigned rate_hz, channels;
    unsigned pair_count;
    channel_pair pair[PAIRS];
    uint64_t frames;
    uint64_t subblock; /* the one being filled */
    double step_energy;
    mg_sliding_sum momentary, short_term;
    window_max momentary_max, short_term_max;
    mg_history steps; /* mean square of each step, channels weighted and summed */
};

static double role_weight(mg_channel_role role)
{
    switch (role) {
    case MG_ROLE_LFE:
        return 0.0;
    case MG_ROLE_SURROUND_LEFT:
    case MG_ROLE_SURROUND_RIGHT:
        return surround_weight;
    default:
        return 1.0;
    }
}

static void pair_channels(mg_loudness *l, const mg_stream_info *info)
{
    unsigned n = 0;
    for (unsigned c = 0; c < info->channels; c++) {
        double weight = role_weight(info->roles[c]);
        if (weight == 0.0)
            continue;
        channel_pair *pair = &l->pair[n / 2];
        pair->channel[n % 2] = c;
        pair->weight[n % 2] = weight;
        if (n % 2 == 0)
            pair->channel[1] = c;
        n++;
    }
    l->pair_count = (n + 1) / 2;
}

mg_err mg_loudness_new(mg_loudness **ret, const mg_stream_info *info, const mg_kernels *kernels)
{
    mg_loudness *l = calloc(1, sizeof *l);
    if (!l)
        return MG_E_NOMEM;
    l->kernels = kernels ? kernels : mg_kernels_best();
    const mg_kweight_taps taps = mg_kweight_design(info->sample_rate_hz);
    l->taps = mg_kweight_look_ahead(&taps);
    l->rate_hz = info->sample_rate_hz;
    l->channels = info->channels;
    l->momentary.n = MG_MOMENTARY_SUBBLOCKS;
    l->short_term.n = MG_SHORT_TERM_SUBBLOCKS;
    pair_channels(l, info);
    *ret = l;
    return MG_OK;
}

void mg_loudness_free(mg_loudness *loudness)
{
    if (!loudness)
        return;
    mg_history_done(&loudness->steps);
    free(loudness);
}

/* Frames of the `count` sub-blocks that end with sub-block `last`. */
static uint64_t window_start(const mg_loudness *l, uint64_t last, unsigned count)
{
    return mg_subblock_frame(l->rate_hz, last + 1 - count);
}

static void raise_max(const mg_loudness *l, window_max *max, double energy, unsigned count)
{
    uint64_t start = window_start(l, l->subblock, count);
    uint64_t end = mg_subblock_frame(l->rate_hz, l->subblock + 1);
    double mean_square = energy / (double)(end - start);
    if (!max->any || mean_square > max->mean_square)
        *max = (window_max){.mean_square = mean_square, .start_frame = start, .any = true};
}

static mg_err close_subblock(mg_loudness *l)
{
    double energy = 0.0, window;
    for (unsigned p = 0; p < l->pair_count; p++) {
        channel_pair *pair = &l->pair[p];
        double *sum = pair->state.energy;
        energy += pair->weight[0] * (sum[0] + sum[2]);
        energy += pair->weight[1] * (sum[1] + sum[3]);
        memset(sum, 0, sizeof pair->state.energy);
    }
    if (mg_sliding_sum_add(&l->momentary, energy, &window))
        raise_max(l, &l->momentary_max, window, MG_MOMENTARY_SUBBLOCKS);
    if (mg_sliding_sum_add(&l->short_term, energy, &window))
        raise_max(l, &l->short_term_max, window, MG_SHORT_TERM_SUBBLOCKS);

    mg_err err = MG_OK;
    l->step_energy += energy;
    l->subblock++;
    if (l->subblock % MG_SUBBLOCKS_PER_STEP == 0) {
        size_t step = l->steps.n;
        uint64_t n = mg_step_frame(l->rate_hz, step + 1) - mg_step_frame(l->rate_hz, step);
        err = mg_history_add(&l->steps, (float)(l->step_energy / (double)n));
        l->step_energy = 0.0;
    }
    return err;
}

mg_err mg_loudness_push(mg_loudness *loudness, const mg_block *block)
{
    mg_loudness *l = loudness;
    size_t at = 0;
    l->frames = block->start_frame + block->frames;
    while (at < block->frames) {
        uint64_t end = mg_subblock_frame(l->rate_hz, l->subblock + 1) - block->start_frame;
        size_t stop = end < block->frames ? (size_t)end : block->frames;
        for (unsigned p = 0; p < l->pair_count; p++) {
            channel_pair *pair = &l->pair[p];
            l->kernels->kweight(&l->taps, &pair->state, block->channel[pair->channel[0]] + at,
                                block->channel[pair->channel[1]] + at, stop - at);
        }
        at = stop;
        if (at == end) {
            mg_err err = close_subblock(l);
            if (err)
                return err;
        }
    }
    return MG_OK;
}

/* ---- history ---- */

/* Weighted mean square of the `count` steps that end with `last`; 0 when they are not all there. */
static double steps_mean(const mg_loudness *l, size_t last, size_t count)
{
    if (last + 1 < count || last >= l->steps.n)
        return 0.0;
    size_t first = last + 1 - count;
    double sum = 0.0;
    if (l->rate_hz % 10 == 0) {
        for (size_t i = first; i <= last; i++)
            sum += l->steps.v[i];
        return sum / (double)count;
    }
    for (size_t i = first; i <= last; i++) {
        uint64_t n = mg_step_frame(l->rate_hz, i + 1) - mg_step_frame(l->rate_hz, i);
        sum += (double)l->steps.v[i] * (double)n;
    }
    uint64_t frames = mg_step_frame(l->rate_hz, last + 1) - mg_step_frame(l->rate_hz, first);
    return sum / (double)frames;
}

size_t mg_loudness_steps(const mg_loudness *loudness)
{
    return loudness->steps.n;
}

double mg_loudness_momentary(const mg_loudness *loudness, size_t step)
{
    return mg_lufs(steps_mean(loudness, step, MG_MOMENTARY_STEPS));
}

double mg_loudness_short_term(const mg_loudness *loudness, size_t step)
{
    return mg_lufs(steps_mean(loudness, step, MG_SHORT_TERM_STEPS));
}

double mg_loudness_short_term_max(const mg_loudness *loudness)
{
    double max = 0.0;
    for (size_t i = MG_SHORT_TERM_STEPS - 1; i < loudness->steps.n; i++) {
        double z = steps_mean(loudness, i, MG_SHORT_TERM_STEPS);
        if (z > max)
            max = z;
    }
    return mg_lufs(max);
}

/* All gating blocks through one gate; `gain` multiplies each, for a mono file played on two
 * loudspeakers. */
static mg_gate gate_blocks(const mg_loudness *l, double above, double gain)
{
    mg_gate gate = {.above = above};
    for (size_t i = MG_MOMENTARY_STEPS - 1; i < l->steps.n; i++)
        mg_gate_add(&gate, gain * steps_mean(l, i, MG_MOMENTARY_STEPS));
    return gate;
}

static double relative_threshold(const mg_loudness *l, double gain)
{
    double absolute = mg_lufs_energy(-70.0);
    mg_gate gate = gate_blocks(l, absolute, gain);
    return gate.n ? fmax(absolute, gate.sum / (double)gate.n / 10.0) : absolute;
}

double mg_loudness_relative_gate(const mg_loudness *loudness)
{
    return mg_lufs(relative_threshold(loudness, 1.0));
}

/* ---- results ---- */

static mg_value integrated(const mg_loudness *l, double gain)
{
    if (l->steps.n < MG_MOMENTARY_STEPS)
        return mg_none(MG_WHY_TOO_SHORT);
    mg_gate gate = gate_blocks(l, relative_threshold(l, gain), gain);
    return gate.n ? mg_some(mg_lufs(gate.sum / (double)gate.n)) : mg_none(MG_WHY_SILENT);
}

static mg_err range(const mg_loudness *l, mg_value *ret)
{
    if (l->steps.n < MG_SHORT_TERM_STEPS) {
        *ret = mg_none(MG_WHY_TOO_SHORT);
        return MG_OK;
    }
    size_t n = l->steps.n - MG_SHORT_TERM_STEPS + 1;
    float *windows = malloc(n * sizeof *windows);
    if (!windows)
        return MG_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        windows[i] = (float)steps_mean(l, i + MG_SHORT_TERM_STEPS - 1, MG_SHORT_TERM_STEPS);
    *ret = mg_loudness_range(windows, n);
    free(windows);
    return MG_OK;
}

/* Below -150 LUFS a window counts as silent, like a peak below -150 dB. */
static void window_result(const mg_loudness *l, const window_max *max, mg_value *ret_lufs,
                          mg_value *ret_at_s)
{
    mg_why why = MG_WHY_PRESENT;
    if (!max->any)
        why = MG_WHY_TOO_SHORT;
    else if (max->mean_square < 1e-15)
        why = MG_WHY_SILENT;
    *ret_lufs = why ? mg_none(why) : mg_some(mg_lufs(max->mean_square));
    *ret_at_s = why ? mg_none(why) : mg_some((double)max->start_frame / l->rate_hz);
}

/* Smallest distance between points that keeps a timeline within its limit, in steps. */
static unsigned timeline_stride(size_t points)
{
    static const unsigned stride[] = {1, 2, 5, 10, 20, 50, 100};
    size_t i = 0;
    while (i + 1 < sizeof stride / sizeof *stride && (points + stride[i] - 1) / stride[i] >
                                                         MG_TIMELINE_MAX)
        i++;
    return stride[i];
}

/* Every stride-th window of `window` steps, as LUFS. */
static mg_err timeline(const mg_loudness *l, unsigned window, unsigned stride, float **ret,
                       unsigned *ret_count)
{
    size_t count = l->steps.n < window ? 0 : (l->steps.n - window) / stride + 1;
    if (count > MG_TIMELINE_MAX)
        count = MG_TIMELINE_MAX;
    if (count == 0)
        return MG_OK;
    float *v = malloc(count * sizeof *v);
    if (!v)
        return MG_E_NOMEM;
    for (size_t i = 0; i < count; i++) {
        double lufs = mg_lufs(steps_mean(l, i * stride + window - 1, window));
        v[i] = lufs >= -70.0 ? (float)lufs : (float)-HUGE_VAL;
    }
    *ret = v;
    *ret_count = (unsigned)count;
    return MG_OK;
}

static mg_err timelines(const mg_loudness *l, mg_loudness_result *r)
{
    size_t points = l->steps.n < MG_MOMENTARY_STEPS ? 0 : l->steps.n - MG_MOMENTARY_STEPS + 1;
    unsigned stride = timeline_stride(points);
    r->timeline_step_s = stride / 10.0;
    r->momentary_start_s = MG_MOMENTARY_STEPS / 10.0;
    r->short_term_start_s = MG_SHORT_TERM_STEPS / 10.0;
    mg_err err = timeline(l, MG_MOMENTARY_STEPS, stride, &r->momentary_lufs, &r->momentary_count);
    if (err)
        return err;
    return timeline(l, MG_SHORT_TERM_STEPS, stride, &r->short_term_lufs, &r->short_term_count);
}

/* Least distance of true peak and short-term loudness over the windows at most 10 LU under the
 * programme: a quiet passage has a large ratio of its own and says nothing about limiting. */
static void peak_ratios(const mg_loudness *l, const mg_true_peak *peak, mg_loudness_result *r)
{
    r->plr_lu = r->psr_min_lu = r->psr_min_at_s = mg_none(MG_WHY_NOT_APPLICABLE);
    if (!peak)
        return;
    if (!mg_has(r->integrated_lufs)) {
        r->plr_lu = r->psr_min_lu = r->psr_min_at_s = mg_none(r->integrated_lufs.why);
        return;
    }
    r->plr_lu = mg_some(r->true_peak_dbtp.v - r->integrated_lufs.v);
    double floor_energy = mg_lufs_energy(r->integrated_lufs.v - 10.0), least = HUGE_VAL;
    size_t least_at = 0;
    for (size_t i = MG_SHORT_TERM_STEPS - 1; i < l->steps.n; i++) {
        double z = steps_mean(l, i, MG_SHORT_TERM_STEPS);
        if (z < floor_energy)
            continue;
        size_t first = i + 1 - MG_SHORT_TERM_STEPS;
        float top = 0.0f;
        for (size_t k = first; k <= i && k < mg_true_peak_steps(peak); k++)
            top = fmaxf(top, mg_true_peak_step(peak, k));
        double ratio = 20.0 * log10(top) - mg_lufs(z);
        if (ratio < least) {
            least = ratio;
            least_at = first;
        }
    }
    bool any = isfinite(least);
    r->psr_min_lu = any ? mg_some(least) : mg_none(MG_WHY_TOO_SHORT);
    r->psr_min_at_s = any ? mg_some((double)mg_step_frame(l->rate_hz, least_at) / l->rate_hz)
                          : mg_none(MG_WHY_TOO_SHORT);
}

mg_err mg_loudness_finish(mg_loudness *loudness, const mg_true_peak *peak,
                          mg_loudness_result *result)
{
    const mg_loudness *l = loudness;
    result->integrated_lufs = integrated(l, 1.0);
    result->integrated_dual_mono_lufs =
        l->channels == 1 ? integrated(l, 2.0) : mg_none(MG_WHY_NOT_APPLICABLE);
    result->range_short = (double)l->frames < range_short_s * l->rate_hz;
    window_result(l, &l->momentary_max, &result->momentary_max_lufs, &result->momentary_max_at_s);
    window_result(l, &l->short_term_max, &result->short_term_max_lufs,
                  &result->short_term_max_at_s);
    peak_ratios(l, peak, result);
    mg_err err = range(l, &result->range_lu);
    return err ? err : timelines(l, result);
}
