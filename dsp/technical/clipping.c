#include "dsp/technical/clipping.h"

#include "dsp/signal/marks.h"
#include "dsp/technical/clipped_runs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BINS = 128, /* kept under the extreme; a power of two */
    BELOW = 16, /* compared with the extreme */
    PILE_FACTOR = 10,
    RUN_LEAST = 3,
    CORNERED_LEAST = 5, /* at 44.1 kHz: shorter runs happen to have corners */
    PULSE_LEAST = 12,   /* the same: shorter ones are of clipped noise too */
    PER_UNIT = 32768, /* bins of full scale */
};

static const float jump_share = 0.35f; /* of the level */
static const double pulse_share = 0.6;

typedef struct run {
    uint64_t start;
    uint32_t samples; /* 0: no run in work */
    int32_t low;      /* bin of its lowest sample */
    bool negative;
    float rise;       /* of the two samples before it */
} run;

/* One sign: waves that are not symmetric may be cut on one side alone. */
typedef struct side {
    int32_t top;          /* bin of the extreme so far */
    float near;           /* from this level on a sample counts, or is over full scale */
    uint64_t count[BINS]; /* of bin b at b mod BINS, for top - BINS < b <= top */
    mg_run_set top_runs, under_runs; /* lowest sample in top, in top - 1 */
} side;

/* Clipped samples of one second, of runs in the bins `top` and top - 1 of each side, and over full
 * scale. */
typedef struct second_counts {
    int32_t top[2];
    uint32_t at_top[2], under_top[2], over;
} second_counts;

struct mg_clipping {
    const mg_kernels *kernels;
    unsigned rate_hz, channels;
    side side[2]; /* positive, negative */
    run at_extreme[MG_MAX_CHANNELS], over[MG_MAX_CHANNELS];
    mg_run_set over_runs; /* all samples >= 1 */
    uint64_t frames;
    second_counts *second; /* owned */
    size_t seconds, seconds_cap;
};

static void set_top(side *s, int32_t bin)
{
    s->top = bin;
    s->near = bin - BINS < PER_UNIT ? ((float)(bin - BINS) + 0.5f) / PER_UNIT : 1.0f;
}

mg_err mg_clipping_new(mg_clipping **ret, const mg_stream_info *info, const mg_kernels *kernels)
{
    mg_clipping *k = calloc(1, sizeof *k);
    if (!k)
        return MG_E_NOMEM;
    k->kernels = kernels;
    set_top(&k->side[0], 0);
    set_top(&k->side[1], 0);
    k->rate_hz = info->sample_rate_hz;
    k->channels = info->channels;
    *ret = k;
    return MG_OK;
}

void mg_clipping_free(mg_clipping *clipping)
{
    if (!clipping)
        return;
    free(clipping->second);
    free(clipping);
}

/* ---- following the extreme ---- */

static void raise_top(side *s, int32_t bin)
{
    int64_t grown = (int64_t)bin - s->top;
    for (int64_t b = 1; b <= grown && b <= BINS; b++)
        s->count[(uint32_t)(bin - b + 1) % BINS] = 0;
    if (grown == 1)
        s->under_runs = s->top_runs;
    else
        s->under_runs = (mg_run_set){.n = 0};
    s->top_runs = (mg_run_set){.n = 0};
    set_top(s, bin);
}

static second_counts *second_at(mg_clipping *k, uint64_t frame)
{
    size_t s = (size_t)(frame / k->rate_hz);
    if (s >= k->seconds_cap) {
        size_t cap = s + s / 2 + 64;
        second_counts *grown = realloc(k->second, cap * sizeof *grown);
        if (!grown)
            return NULL;
        k->second = grown;
        k->seconds_cap = cap;
    }
    if (s >= k->seconds) {
        memset(k->second + k->seconds, 0, (s + 1 - k->seconds) * sizeof *k->second);
        k->seconds = s + 1;
    }
    second_counts *at = &k->second[s];
    for (int i = 0; i < 2; i++) {
        int32_t top = k->side[i].top;
        if (at->top[i] == top)
            continue;
        at->under_top[i] = at->top[i] + 1 == top ? at->at_top[i] : 0;
        at->at_top[i] = 0;
        at->top[i] = top;
    }
    return at;
}

/* Whether a run ends in a corner at either side, within two samples: in a dense mix the next run
 * may begin behind a notch of one. A round crest that stays within two bins for n samples falls by
 * ((n/2 + 2)^2 / (n/2)^2 - 1) times that in the next two. */
static void judge_ends(const mg_clipping *k, const run *r, const float *after, const float *last,
                       mg_run_set *set)
{
    if ((uint64_t)r->samples * 44100 < (uint64_t)CORNERED_LEAST * k->rate_hz)
        return;
    double half = 0.5 * r->samples, beyond = (half + 2.0) / half;
    double least = fmax(5.4 * (beyond * beyond - 1.0), 4.0) / PER_UNIT;
    float fall = 0.0f;
    for (int i = 0; i < 2 && after + i <= last; i++)
        fall = fmaxf(fall, r->negative ? after[i] - after[-1] : after[-1] - after[i]);
    if ((double)r->rise > least || (double)fall > least)
        set->cornered += r->samples;
    if ((uint64_t)r->samples * 44100 >= (uint64_t)PULSE_LEAST * k->rate_hz &&
        fminf(r->rise, fall) > jump_share * (float)r->low / PER_UNIT)
        set->square += r->samples;
}

/* after: the first sample behind the run; last: the last one that can be read. */
static mg_err close_run(mg_clipping *k, run *r, unsigned channel, bool over, const float *after,
                        const float *last)
{
    run closed = *r;
    r->samples = 0;
    side *s = &k->side[closed.negative];
    if (closed.samples < RUN_LEAST || (!over && closed.low < s->top - 1))
        return MG_OK;
    second_counts *second = second_at(k, closed.start);
    if (!second)
        return MG_E_NOMEM;
    mg_run_set *set = over                   ? &k->over_runs
                      : closed.low == s->top ? &s->top_runs
                                             : &s->under_runs;
    if (over)
        second->over += closed.samples;
    else if (closed.low == s->top)
        second->at_top[closed.negative] += closed.samples;
    else
        second->under_top[closed.negative] += closed.samples;
    judge_ends(k, &closed, after, last, set);
    mg_run_set_add(set, &(mg_clipped_run){(double)closed.start / k->rate_hz, channel,
                                          closed.samples});
    return MG_OK;
}

static mg_err end_runs(mg_clipping *k, unsigned channel, const float *after, const float *last)
{
    mg_err err = MG_OK;
    if (k->at_extreme[channel].samples > 0)
        err = close_run(k, &k->at_extreme[channel], channel, false, after, last);
    if (!err && k->over[channel].samples > 0)
        err = close_run(k, &k->over[channel], channel, true, after, last);
    return err;
}

/* x[0] belongs to the run; x[-2] is read. */
static mg_err extend_run(mg_clipping *k, run *r, unsigned channel, bool over, int32_t bin,
                         const float *x, const float *last, uint64_t frame)
{
    mg_err err = MG_OK;
    bool negative = x[0] < 0.0f;
    /* A rising wave raises the extreme at every sample: what began lower does not count. */
    if (!over && r->low < k->side[r->negative].top - 1)
        r->samples = 0;
    if (r->samples > 0 && r->negative != negative)
        err = close_run(k, r, channel, over, x, last);
    if (r->samples == 0)
        *r = (run){.start = frame, .low = bin, .negative = negative,
                   .rise = negative ? fmaxf(x[-1], x[-2]) - x[0] : x[0] - fminf(x[-1], x[-2])};
    if (r->samples < UINT32_MAX)
        r->samples++;
    if (bin < r->low)
        r->low = bin;
    return err;
}

static bool in_run(const mg_clipping *k, unsigned channel)
{
    return k->at_extreme[channel].samples > 0 || k->over[channel].samples > 0;
}

static int32_t bin_of(float level)
{
    return (int32_t)(level * PER_UNIT + 0.5f);
}

static void count(side *s, int32_t bin)
{
    if (bin > s->top - BINS)
        s->count[(uint32_t)bin % BINS]++;
}

/* A sample at the extreme of its side or over full scale, or one that ends a run. */
static mg_err take_sample(mg_clipping *k, unsigned channel, const float *x, const float *last,
                          uint64_t frame)
{
    float level = fabsf(x[0]);
    side *s = &k->side[x[0] < 0.0f];
    int32_t bin = bin_of(level);
    if (bin > s->top)
        raise_top(s, bin);
    count(s, bin);
    run *at = &k->at_extreme[channel], *over = &k->over[channel];
    mg_err err = MG_OK;
    if (bin > 0 && bin >= s->top - 1)
        err = extend_run(k, at, channel, false, bin, x, last, frame);
    else if (at->samples > 0)
        err = close_run(k, at, channel, false, x, last);
    if (err)
        return err;
    if (level >= 1.0f)
        return extend_run(k, over, channel, true, bin, x, last, frame);
    return over->samples > 0 ? close_run(k, over, channel, true, x, last) : MG_OK;
}

static uint32_t mark_samples(const mg_clipping *k, const float *x, size_t n)
{
    uint32_t marks;
    k->kernels->outside(x, -k->side[1].near, k->side[0].near, n, &marks);
    return marks;
}

/* A cell without an extreme and without a sample over full scale. */
static void count_cell(mg_clipping *k, const float *x, size_t n)
{
    side *const up = &k->side[0], *const down = &k->side[1];
    for (uint32_t marks = mark_samples(k, x, n); marks != 0; marks &= marks - 1) {
        float v = x[__builtin_ctz(marks)];
        count(v < 0.0f ? down : up, bin_of(fabsf(v)));
    }
}

/* n: at most MG_MARKS_PER_WORD */
static mg_err take_cell(mg_clipping *k, unsigned channel, const float *x, size_t n,
                        const float *last, uint64_t frame)
{
    mg_err err = MG_OK;
    size_t next = 0; /* behind the last mark */
    for (uint32_t marks = mark_samples(k, x, n); marks != 0 && !err; marks &= marks - 1) {
        size_t i = (size_t)__builtin_ctz(marks);
        if (i > next && in_run(k, channel))
            err = end_runs(k, channel, x + next, last);
        if (!err)
            err = take_sample(k, channel, x + i, last, frame + i);
        next = i + 1;
    }
    return next < n && !err && in_run(k, channel) ? end_runs(k, channel, x + next, last) : err;
}

/* By the peak of a cell: that it has neither an extreme nor a sample over full scale. */
static bool only_counts(const mg_clipping *k, float peak)
{
    int32_t bin = bin_of(peak);
    return bin < k->side[0].top - 1 && bin < k->side[1].top - 1 && bin < PER_UNIT;
}

/* Most cells lie far under the extremes: they only end a run. */
static mg_err take_channel(mg_clipping *k, unsigned channel, const mg_block *block,
                           const float *peak)
{
    uint32_t marks[MG_MARKS_WORDS(MG_SCAN_CELLS)];
    const float *x = block->channel[channel], *last = x + block->frames - 1;
    size_t cells = (block->frames + MG_CELL_FRAMES - 1) / MG_CELL_FRAMES;
    size_t next = 0; /* behind the last marked cell */
    mg_err err = MG_OK;
    k->kernels->outside(peak, -1.0f, fminf(k->side[0].near, k->side[1].near), cells, marks);
    for (size_t cell; (cell = mg_marks_next(marks, next, cells, 1)) < cells && !err;) {
        size_t at = cell * MG_CELL_FRAMES, left = block->frames - at;
        size_t n = left < MG_CELL_FRAMES ? left : MG_CELL_FRAMES;
        bool counts = only_counts(k, peak[cell]);
        if ((counts || cell > next) && in_run(k, channel))
            err = end_runs(k, channel, x + next * MG_CELL_FRAMES, last);
        if (counts)
            count_cell(k, x + at, n);
        else if (!err)
            err = take_cell(k, channel, x + at, n, last, block->start_frame + at);
        next = cell + 1;
    }
    if (next < cells && !err && in_run(k, channel))
        err = end_runs(k, channel, x + next * MG_CELL_FRAMES, last);
    return err;
}

mg_err mg_clipping_push(mg_clipping *clipping, const mg_block *block, const mg_scan *scan)
{
    mg_clipping *k = clipping;
    k->frames = block->start_frame + block->frames;
    for (unsigned c = 0; c < k->channels; c++) {
        const float *last = block->channel[c] + block->frames - 1;
        mg_err err = take_channel(k, c, block, scan->cell[c].peak);
        if (!err && scan->last)
            err = end_runs(k, c, last + 1, last);
        if (err)
            return err;
    }
    return MG_OK;
}

/* ---- result ---- */

static uint64_t bin_count(const side *s, int32_t bin)
{
    return bin > 0 && bin > s->top - BINS ? s->count[(uint32_t)bin % BINS] : 0;
}

static bool piles_up(const side *s)
{
    uint64_t top = bin_count(s, s->top) + bin_count(s, s->top - 1), below = 0;
    for (int32_t b = s->top - 1 - BELOW; b < s->top - 1; b++)
        below += bin_count(s, b);
    /* Two bins against the mean of BELOW bins, and at least ten samples. */
    return top >= PILE_FACTOR && top * BELOW >= 2 * PILE_FACTOR * below;
}

static bool is_loud(const mg_loudness *loudness, size_t second, double threshold)
{
    return mg_loudness_short_term(loudness, 10 * (second + 2) - 1) >= threshold;
}

static double clipped_in(const second_counts *now, const side *s, int which)
{
    if (now->top[which] == s->top)
        return (double)now->at_top[which] + now->under_top[which];
    return now->top[which] + 1 == s->top ? now->at_top[which] : 0.0;
}

static double per_minute(const mg_clipping *k, const mg_loudness *loudness, bool over,
                         const bool cut[2])
{
    double threshold = mg_loudness_short_term_max(loudness) - 4.0;
    size_t whole = (size_t)(k->frames / k->rate_hz) + 1, loud = 0;
    double samples = 0.0, all = 0.0;
    for (size_t s = 0; s < whole; s++) {
        second_counts now = s < k->seconds ? k->second[s] : (second_counts){0};
        double clipped = over ? now.over : 0.0;
        for (int i = 0; i < 2 && !over; i++)
            clipped += cut[i] ? clipped_in(&now, &k->side[i], i) : 0.0;
        all += clipped;
        if (isfinite(threshold) && is_loud(loudness, s, threshold)) {
            samples += clipped;
            loud++;
        }
    }
    if (loud)
        return samples * 60.0 / (double)loud;
    return k->frames ? all * 60.0 * k->rate_hz / (double)k->frames : 0.0;
}

/* That the tops were cut rather than rounded, by the share of the samples that lie in runs of some
 * length with a corner; but not where the wave jumps to most tops and from them within two samples,
 * as pulses of chips and synthesisers do, unless at full scale, where nothing tells them apart. Hard
 * clipping by 1 to 6 dB gave 0.61 to 0.96, limiters and soft clippers 0 to 0.50, the latter only
 * with an attack of 0.1 ms. */
static double cut_probability(const mg_clipping *k, const bool pile[2])
{
    double samples = 0.0, cornered = 0.0, square = 0.0;
    for (int i = 0; i < 2; i++) {
        const side *s = &k->side[i];
        samples += pile[i] ? (double)(s->top_runs.samples + s->under_runs.samples) : 0.0;
        cornered += pile[i] ? (double)(s->top_runs.cornered + s->under_runs.cornered) : 0.0;
        if (pile[i] && s->top < PER_UNIT - 1)
            square += (double)(s->top_runs.square + s->under_runs.square);
    }
    if (square > pulse_share * samples)
        return 0.0;
    return samples > 0.0 ? 1.0 / (1.0 + exp((0.55 - cornered / samples) / 0.05)) : 0.0;
}

static double top_dbfs(const mg_clipping *k, const bool pile[2])
{
    int32_t top = 1;
    for (int i = 0; i < 2; i++)
        top = pile[i] && k->side[i].top > top ? k->side[i].top : top;
    return 20.0 * log10((double)top / PER_UNIT);
}

static void report_over(const mg_clipping *k, const mg_loudness *loudness,
                        mg_technical_result *result)
{
    mg_run_sets_list((const mg_run_set *[]){&k->over_runs}, 1, result);
    result->clip_kind = MG_CLIP_OVER;
    result->clip_confidence = mg_some(1.0);
    result->clipped_per_minute_loudest = per_minute(k, loudness, true, NULL);
    if (!mg_has(result->clip_level_dbfs) || result->clip_level_dbfs.v < 0.0)
        result->clip_level_dbfs = mg_some(0.0);
}

static void report_hard(const mg_clipping *k, const mg_loudness *loudness, const bool pile[2],
                        mg_technical_result *result)
{
    const mg_run_set *set[4];
    size_t sets = 0;
    for (int i = 0; i < 2; i++) {
        if (pile[i]) {
            set[sets++] = &k->side[i].top_runs;
            set[sets++] = &k->side[i].under_runs;
        }
    }
    mg_run_sets_list(set, sets, result);
    result->clipped_per_minute_loudest = per_minute(k, loudness, false, pile);
}

void mg_clipping_finish(mg_clipping *clipping, const mg_loudness *loudness,
                        mg_technical_result *result)
{
    const mg_clipping *k = clipping;
    result->clipped_samples = result->clipped_runs_total = 0;
    result->clipped_run_count = 0;
    result->clip_kind = MG_CLIP_NONE;
    result->clip_level_dbfs = result->clip_confidence = mg_none(MG_WHY_NOT_APPLICABLE);
    result->clipped_per_minute_loudest = 0.0;
    bool pile[2], beyond = k->side[0].top > PER_UNIT || k->side[1].top > PER_UNIT;
    for (int i = 0; i < 2; i++) {
        const side *s = &k->side[i];
        pile[i] = s->top_runs.runs + s->under_runs.runs > 0 && piles_up(s);
    }
    if (pile[0] || pile[1]) {
        double cut = cut_probability(k, pile);
        bool hard = cut >= 0.5;
        result->clip_kind = hard ? MG_CLIP_HARD : MG_CLIP_LIMITED;
        result->clip_confidence = mg_some(hard ? cut : 1.0 - cut);
        result->clip_level_dbfs = mg_some(top_dbfs(k, pile));
    }
    /* Runs over full scale hold those at an extreme that lies higher still. */
    if (beyond && k->over_runs.runs > 0)
        report_over(k, loudness, result);
    else if (result->clip_kind == MG_CLIP_HARD)
        report_hard(k, loudness, pile, result);
}
