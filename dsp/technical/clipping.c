#include "dsp/technical/clipping.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BINS = 128, /* kept under the extreme; a power of two */
    BELOW = 16, /* compared with the extreme */
    PILE_FACTOR = 10,
    RUN_LEAST = 3,
    PER_UNIT = 32768, /* bins of full scale */
};

/* Runs whose lowest sample lies in one bin: totals, and the longest in a heap whose root is the
 * first to go (shortest, then latest). */
typedef struct run_set {
    uint64_t samples, runs;
    unsigned n;
    mg_clipped_run longest[MG_CLIPPED_RUNS_MAX];
} run_set;

typedef struct run {
    uint64_t start;
    uint32_t samples; /* 0: no run in work */
    int32_t low;      /* bin of its lowest sample */
    bool negative;
} run;

/* Clipped samples of one second, of runs in the bins `top` and top - 1, and over full scale. */
typedef struct second_counts {
    int32_t top;
    uint32_t at_top, under_top, over;
} second_counts;

struct mg_clipping {
    unsigned rate_hz, channels;
    int32_t top; /* bin of the extreme so far */
    uint64_t count[BINS]; /* of bin b at b mod BINS, for top - BINS < b <= top */
    run at_extreme[MG_MAX_CHANNELS], over[MG_MAX_CHANNELS];
    run_set top_runs, under_runs, over_runs; /* lowest sample in top, in top - 1; all >= 1 */
    uint64_t frames;
    second_counts *second; /* owned */
    size_t seconds, seconds_cap;
};

mg_err mg_clipping_new(mg_clipping **ret, const mg_stream_info *info)
{
    mg_clipping *k = calloc(1, sizeof *k);
    if (!k)
        return MG_E_NOMEM;
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

/* ---- the longest runs ---- */

static bool goes_first(const mg_clipped_run *a, const mg_clipped_run *b)
{
    if (a->samples != b->samples)
        return a->samples < b->samples;
    return a->start_s != b->start_s ? a->start_s > b->start_s : a->channel > b->channel;
}

static void sink(run_set *set, unsigned i)
{
    for (;;) {
        unsigned first = i, left = 2 * i + 1, right = left + 1;
        if (left < set->n && goes_first(&set->longest[left], &set->longest[first]))
            first = left;
        if (right < set->n && goes_first(&set->longest[right], &set->longest[first]))
            first = right;
        if (first == i)
            return;
        mg_clipped_run t = set->longest[i];
        set->longest[i] = set->longest[first];
        set->longest[first] = t;
        i = first;
    }
}

static void add_run(run_set *set, const mg_clipped_run *r)
{
    set->runs++;
    set->samples += r->samples;
    if (set->n == MG_CLIPPED_RUNS_MAX) {
        if (goes_first(&set->longest[0], r)) {
            set->longest[0] = *r;
            sink(set, 0);
        }
        return;
    }
    unsigned i = set->n++;
    set->longest[i] = *r;
    while (i > 0 && goes_first(&set->longest[i], &set->longest[(i - 1) / 2])) {
        mg_clipped_run t = set->longest[i];
        set->longest[i] = set->longest[(i - 1) / 2];
        set->longest[(i - 1) / 2] = t;
        i = (i - 1) / 2;
    }
}

/* ---- following the extreme ---- */

static void raise_top(mg_clipping *k, int32_t bin)
{
    int64_t grown = (int64_t)bin - k->top;
    for (int64_t b = 1; b <= grown && b <= BINS; b++)
        k->count[(uint32_t)(bin - b + 1) % BINS] = 0;
    if (grown == 1)
        k->under_runs = k->top_runs;
    else
        k->under_runs = (run_set){.n = 0};
    k->top_runs = (run_set){.n = 0};
    k->top = bin;
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
    if (at->top != k->top) {
        at->under_top = at->top + 1 == k->top ? at->at_top : 0;
        at->at_top = 0;
        at->top = k->top;
    }
    return at;
}

static mg_err close_run(mg_clipping *k, run *r, unsigned channel, bool over)
{
    run closed = *r;
    r->samples = 0;
    if (closed.samples < RUN_LEAST || (!over && closed.low < k->top - 1))
        return MG_OK;
    second_counts *second = second_at(k, closed.start);
    if (!second)
        return MG_E_NOMEM;
    mg_clipped_run item = {(double)closed.start / k->rate_hz, channel, closed.samples};
    if (over) {
        second->over += closed.samples;
        add_run(&k->over_runs, &item);
    } else if (closed.low == k->top) {
        second->at_top += closed.samples;
        add_run(&k->top_runs, &item);
    } else {
        second->under_top += closed.samples;
        add_run(&k->under_runs, &item);
    }
    return MG_OK;
}

static mg_err extend_run(mg_clipping *k, run *r, unsigned channel, bool over, bool in,
                         bool negative, int32_t bin, uint64_t frame)
{
    mg_err err = MG_OK;
    /* A rising wave raises the extreme at every sample: what began lower does not count. */
    if (!over && r->low < k->top - 1)
        r->samples = 0;
    if (r->samples > 0 && (!in || r->negative != negative))
        err = close_run(k, r, channel, over);
    if (!in)
        return err;
    if (r->samples == 0)
        *r = (run){.start = frame, .low = bin, .negative = negative};
    if (r->samples < UINT32_MAX)
        r->samples++;
    if (bin < r->low)
        r->low = bin;
    return err;
}

static mg_err take_sample(mg_clipping *k, unsigned channel, float x, uint64_t frame)
{
    float level = fabsf(x);
    int32_t bin = (int32_t)(level * PER_UNIT + 0.5f);
    if (bin > k->top)
        raise_top(k, bin);
    if (bin > k->top - BINS)
        k->count[(uint32_t)bin % BINS]++;
    mg_err err = extend_run(k, &k->at_extreme[channel], channel, false,
                            bin > 0 && bin >= k->top - 1, x < 0.0f, bin, frame);
    if (err)
        return err;
    return extend_run(k, &k->over[channel], channel, true, level >= 1.0f, x < 0.0f, bin, frame);
}

static mg_err end_runs(mg_clipping *k, unsigned channel)
{
    mg_err err = MG_OK;
    if (k->at_extreme[channel].samples > 0)
        err = close_run(k, &k->at_extreme[channel], channel, false);
    if (!err && k->over[channel].samples > 0)
        err = close_run(k, &k->over[channel], channel, true);
    return err;
}

mg_err mg_clipping_push(mg_clipping *clipping, const mg_block *block, const mg_scan *scan)
{
    mg_clipping *k = clipping;
    k->frames = block->start_frame + block->frames;
    for (unsigned c = 0; c < k->channels; c++) {
        mg_err err = MG_OK;
        for (size_t at = 0; at < block->frames && !err; at += MG_CELL_FRAMES) {
            /* Most cells lie far under the extreme: they only end a run. */
            float near = (float)(k->top - BINS) / PER_UNIT;
            if (scan->cell[c].peak[at / MG_CELL_FRAMES] < near) {
                err = end_runs(k, c);
                continue;
            }
            size_t end = at + MG_CELL_FRAMES < block->frames ? at + MG_CELL_FRAMES : block->frames;
            for (size_t i = at; i < end && !err; i++)
                err = take_sample(k, c, block->channel[c][i], block->start_frame + i);
        }
        if (!err && scan->last)
            err = end_runs(k, c);
        if (err)
            return err;
    }
    return MG_OK;
}

/* ---- result ---- */

static uint64_t bin_count(const mg_clipping *k, int32_t bin)
{
    return bin > 0 && bin > k->top - BINS ? k->count[(uint32_t)bin % BINS] : 0;
}

static bool piles_up(const mg_clipping *k)
{
    uint64_t top = bin_count(k, k->top) + bin_count(k, k->top - 1), below = 0;
    for (int32_t b = k->top - 1 - BELOW; b < k->top - 1; b++)
        below += bin_count(k, b);
    /* Two bins against the mean of BELOW bins, and at least ten samples. */
    return top >= PILE_FACTOR && top * BELOW >= 2 * PILE_FACTOR * below;
}

static bool is_loud(const mg_loudness *loudness, size_t second, double threshold)
{
    return mg_loudness_short_term(loudness, 10 * (second + 2) - 1) >= threshold;
}

static double per_minute(const mg_clipping *k, const mg_loudness *loudness, bool over)
{
    double threshold = mg_loudness_short_term_max(loudness) - 4.0;
    size_t whole = (size_t)(k->frames / k->rate_hz) + 1, loud = 0;
    double samples = 0.0, all = 0.0;
    for (size_t s = 0; s < whole; s++) {
        second_counts now = s < k->seconds ? k->second[s] : (second_counts){0};
        double clipped = 0.0;
        if (over)
            clipped = now.over;
        else if (now.top == k->top)
            clipped = (double)now.at_top + now.under_top;
        else if (now.top + 1 == k->top)
            clipped = now.at_top;
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

static int by_length(const void *va, const void *vb)
{
    const mg_clipped_run *a = va, *b = vb;
    return goes_first(a, b) ? 1 : goes_first(b, a) ? -1 : 0;
}

/* The longest of one or two sets, in the order of the result. */
static void list_runs(const run_set *a, const run_set *b, mg_technical_result *result)
{
    mg_clipped_run all[2 * MG_CLIPPED_RUNS_MAX];
    unsigned n = a->n;
    memcpy(all, a->longest, a->n * sizeof *all);
    if (b) {
        memcpy(all + n, b->longest, b->n * sizeof *all);
        n += b->n;
    }
    qsort(all, n, sizeof *all, by_length);
    if (n > MG_CLIPPED_RUNS_MAX)
        n = MG_CLIPPED_RUNS_MAX;
    memcpy(result->clipped_runs, all, n * sizeof *all);
    result->clipped_run_count = n;
}

void mg_clipping_finish(mg_clipping *clipping, const mg_loudness *loudness,
                        mg_technical_result *result)
{
    const mg_clipping *k = clipping;
    bool over = k->top > PER_UNIT && k->over_runs.runs > 0;
    bool pile = k->top_runs.runs + k->under_runs.runs > 0 && piles_up(k);
    result->clipped_samples = result->clipped_runs_total = 0;
    result->clipped_run_count = 0;
    result->clip_level_dbfs = mg_none(MG_WHY_NOT_APPLICABLE);
    result->clipped_per_minute_loudest = 0.0;
    if (!over && !pile)
        return;
    /* Runs over full scale hold those at an extreme that lies higher still. */
    if (over) {
        result->clipped_samples = k->over_runs.samples;
        result->clipped_runs_total = k->over_runs.runs;
        list_runs(&k->over_runs, NULL, result);
    } else {
        result->clipped_samples = k->top_runs.samples + k->under_runs.samples;
        result->clipped_runs_total = k->top_runs.runs + k->under_runs.runs;
        list_runs(&k->top_runs, &k->under_runs, result);
    }
    result->clip_level_dbfs = mg_some(pile ? 20.0 * log10((double)k->top / PER_UNIT) : 0.0);
    result->clipped_per_minute_loudest = per_minute(k, loudness, over);
}
