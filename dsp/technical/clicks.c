#include "dsp/technical/clicks.h"

#include "dsp/signal/marks.h"

#include <math.h>
#include <string.h>

enum {
    REACH = MG_STAND_OUT_REACH, /* cells to either side that are looked at first */
    WIDTH_MOST = 7,             /* samples over a quarter of the largest bend */
    AROUND = 96,                /* samples to either side of which the mean is taken */
    CUT_REACH = 44,             /* a millisecond */
    CELLS_MOST = REACH + MG_SCAN_CELLS + MG_SCAN_CELL_TAIL, /* that are looked at in one block */
};

/* The cells that a block looks at, of each channel. */
typedef struct candidates {
    uint32_t any[MG_MARKS_WORDS(CELLS_MOST)];
    uint32_t marks[MG_MAX_CHANNELS][MG_MARKS_WORDS(CELLS_MOST)];
} candidates;

static const float stand_out = 1.5f;  /* over all other bends within 20 ms */
static const float over_mean = 6.0f;
static const float cut_rise = 1.5f;   /* what is louder behind a jump began there */
static const float part = 0.3f;        /* of it that no bend around may reach */
static const double apart_s = 0.02;
static const double alone_s = 0.05;   /* nearer ones are the edges of a waveform */
static const float small = 2.0f;      /* an impulse of less than 1 / small of a click is none */
static const float bend_least = 0.1f; /* -20 dBFS: less is not heard as a click in music */
static const double most_per_s = 1.0;

void mg_clicks_init(mg_clicks *clicks, const mg_stream_info *info, const mg_kernels *kernels)
{
    *clicks = (mg_clicks){
        .kernels = kernels, .rate_hz = info->sample_rate_hz, .channels = info->channels};
    clicks->apart_cells = (int64_t)(apart_s * info->sample_rate_hz / MG_CELL_FRAMES);
}

/* An impulse may straddle a border, but it does not reach into both neighbours. */
static void find_candidates(const mg_clicks *k, const mg_scan *scan, ptrdiff_t first, size_t n,
                            candidates *ret)
{
    size_t words = MG_MARKS_WORDS(n);
    memset(ret->any, 0, words * sizeof *ret->any);
    for (unsigned c = 0; c < k->channels; c++) {
        k->kernels->stand_outs(scan->cell[c].bend + first, bend_least, stand_out, n,
                               ret->marks[c]);
        for (size_t i = 0; i < words; i++)
            ret->any[i] |= ret->marks[c][i];
    }
}

/* Adds cells from next_cell on to the history. */
static void remember(mg_clicks *k, const mg_scan *scan, ptrdiff_t first, size_t n)
{
    size_t at = (size_t)k->next_cell % MG_CLICK_HISTORY, room = MG_CLICK_HISTORY - at;
    size_t early = n < room ? n : room;
    for (unsigned c = 0; c < k->channels; c++) {
        const float *bend = scan->cell[c].bend + first;
        memcpy(k->bend[c] + at, bend, early * sizeof *bend);
        memcpy(k->bend[c], bend + early, (n - early) * sizeof *bend);
    }
}

/* Of the cells before those that find_candidates() saw. */
static bool stands_out_of_past(const mg_clicks *k, unsigned channel, float top)
{
    for (int64_t i = REACH + 1; i <= k->apart_cells && i <= k->next_cell; i++) {
        if (k->bend[channel][(uint64_t)(k->next_cell - i) % MG_CLICK_HISTORY] * stand_out > top)
            return false;
    }
    return true;
}

static float bend_at(const float *x, int i)
{
    return fabsf(x[i] - 2.0f * x[i - 1] + x[i - 2]);
}

/* What lies between frames `first` - 1 and `last`, the bends of which are large: out and back
 * again, as a click of samples; or a jump from one sample to the next onto nothing louder, as a
 * cut. The edge of a saw takes several samples, a drum is louder than what was before. */
static bool is_spike_or_cut(const float *x, int first, int last)
{
    float before = x[first - 1], after = x[last], out = 0.0f;
    float high = fmaxf(before, after), low = fminf(before, after);
    for (int i = first; i < last; i++)
        out = fmaxf(out, fmaxf(x[i] - high, low - x[i]));
    if (out > high - low)
        return true;
    float loud = 0.0f, soft = 0.0f;
    for (int i = 0; i < CUT_REACH; i++) {
        loud += fabsf(x[first - 1 - i]);
        soft += fabsf(x[last + i]);
    }
    return last - first <= 1 && soft < cut_rise * loud;
}

/* Narrow, and far over the mean around it. x: the cell; reaches AROUND and some to both sides. */
static bool is_click(const float *x, float top)
{
    int first = AROUND, last = -AROUND;
    float sum = 0.0f;
    for (int i = -AROUND; i < MG_CELL_FRAMES + AROUND; i++) {
        float bend = bend_at(x, i);
        if (bend > part * top) {
            first = i < first ? i : first;
            last = i;
        } else {
            sum += bend;
        }
    }
    return last - first < WIDTH_MOST && sum * over_mean < top * (MG_CELL_FRAMES + 2 * AROUND) &&
           is_spike_or_cut(x, first, last);
}

/* Counts the pending click if nothing came near it. */
static void settle(mg_clicks *k)
{
    if (!k->pending_alone)
        return;
    k->pending_alone = false;
    if (k->pending_cell < k->apart_cells) /* the start of the file is an edge, not a click */
        return;
    k->total++;
    if (k->count < MG_CLICKS_MAX)
        k->found[k->count++] = k->pending;
}

/* Whether the impulse at hand goes on with the one before: the same click in another channel or
 * over a border of cells, or one so much smaller that it does not matter. */
static bool belongs_to_pending(const mg_clicks *k, float bend)
{
    double apart = (double)(k->next_cell - k->pending_cell) * MG_CELL_FRAMES / k->rate_hz;
    return k->any && apart < alone_s &&
           (k->next_cell - k->pending_cell <= 1 || bend * small < k->pending_top);
}

static void add_click(mg_clicks *k, unsigned channel, const float *x, float bend)
{
    if (belongs_to_pending(k, bend))
        return;
    float top = 0.0f, peak = 0.0f;
    int at = 0;
    for (int i = 0; i < MG_CELL_FRAMES; i++) {
        if (bend_at(x, i) > top) {
            top = bend_at(x, i);
            at = i - 1;
        }
        peak = fmaxf(peak, fabsf(x[i]));
    }
    peak = fmaxf(peak, fabsf(x[-1]));
    mg_click click = {
        .at_s = fmax(0.0, (double)(k->next_cell * MG_CELL_FRAMES + at)) / k->rate_hz,
        .channel = channel,
        .peak_dbfs = peak > 0.0f ? 20.0 * log10((double)peak) : -150.0,
    };
    bool alone = !k->any || click.at_s - k->pending.at_s >= alone_s ||
                 k->pending_top * small < bend;
    if (alone && click.at_s - k->pending.at_s >= alone_s)
        settle(k);
    k->pending = click;
    k->pending_cell = k->next_cell;
    k->pending_top = bend;
    k->any = true;
    k->pending_alone = alone;
}

/* Drops the pending click when something as sharp follows within 20 ms, among the cells from
 * next_cell to `end`. base: the block's first cell */
static void look_behind(mg_clicks *k, const mg_scan *scan, int64_t base, int64_t end)
{
    int64_t first = k->pending_cell + REACH + 1, stop = k->pending_cell + k->apart_cells + 1;
    const float *bend = scan->cell[k->pending.channel].bend;
    first = first > k->next_cell ? first : k->next_cell;
    stop = stop < end ? stop : end;
    for (int64_t i = first; i < stop && k->pending_alone; i++)
        k->pending_alone = bend[i - base] * stand_out <= k->pending_top;
}

/* Cell next_cell, which is marked in some channel. */
static void take_candidate(mg_clicks *k, const mg_block *block, const mg_scan *scan,
                           const candidates *found, size_t mark)
{
    ptrdiff_t i = (ptrdiff_t)(k->next_cell - (int64_t)(block->start_frame / MG_CELL_FRAMES));
    int best = -1;
    for (unsigned c = 0; c < k->channels; c++) {
        float bend = scan->cell[c].bend[i];
        if (mg_marks_next(found->marks[c], mark, mark + 1, 1) == mark &&
            (best < 0 || bend > scan->cell[best].bend[i]) && stands_out_of_past(k, c, bend) &&
            is_click(block->channel[c] + i * MG_CELL_FRAMES, bend))
            best = (int)c;
    }
    if (best >= 0)
        add_click(k, (unsigned)best, block->channel[best] + i * MG_CELL_FRAMES,
                  scan->cell[best].bend[i]);
}

void mg_clicks_push(mg_clicks *clicks, const mg_block *block, const mg_scan *scan)
{
    mg_clicks *k = clicks;
    int64_t base = (int64_t)(block->start_frame / MG_CELL_FRAMES), start = k->next_cell;
    int64_t stop = base + (int64_t)scan->cells - REACH;
    k->frames += block->frames;
    if (start < stop) {
        candidates found;
        size_t n = (size_t)(stop - start);
        find_candidates(k, scan, (ptrdiff_t)(start - base), n, &found);
        remember(k, scan, (ptrdiff_t)(start - base), n);
        for (size_t i = 0; (i = mg_marks_next(found.any, i, n, 1)) < n; i++) {
            look_behind(k, scan, base, start + (int64_t)i + 1);
            k->next_cell = start + (int64_t)i;
            take_candidate(k, block, scan, &found, i);
        }
        look_behind(k, scan, base, stop);
        k->next_cell = stop;
    }
    if (scan->last) {
        int64_t cells = (int64_t)(k->frames / MG_CELL_FRAMES);
        if (k->pending_cell + k->apart_cells > cells) /* and so is its end */
            k->pending_alone = false;
        settle(k);
    }
}

void mg_clicks_finish(const mg_clicks *clicks, mg_technical_result *result)
{
    double most = fmax(10.0, most_per_s * (double)clicks->frames / clicks->rate_hz);
    bool music = (double)clicks->total > most;
    result->clicks_total = music ? 0 : clicks->total;
    result->click_count = music ? 0 : clicks->count;
    memcpy(result->clicks, clicks->found, result->click_count * sizeof *clicks->found);
}
