#include "dsp/technical/gaps.h"

#include "dsp/signal/marks.h"
#include "dsp/signal/time_grid.h"

#include <math.h>
#include <string.h>

enum { RING = MG_GAP_SIDE_SUBBLOCKS + 1 };

static const float silent_peak = 1e-4f;   /* -80 dBFS */
static const double loud_square = 1e-4;   /* -40 dBFS */
static const double edge_ratio = 16.0;    /* the last millisecond at most 12 dB under the 40 ms */
static const double wave_ratio = 64.0;    /* 18 dB where the other edge jumps: a zero of a bass */
static const double similar_ratio = 10.0; /* both sides within 10 dB */
static const double jump_share = 0.0625;  /* of the mean square: a step of 1/4 of the RMS */
static const double mid_wave_share = 0.25;
static const double heard_square = 1e-6;  /* -60 dBFS */
static const double least_s = 0.010, most_s = 3.5;

void mg_gaps_init(mg_gaps *gaps, const mg_stream_info *info, const mg_kernels *kernels)
{
    *gaps = (mg_gaps){
        .kernels = kernels, .rate_hz = info->sample_rate_hz, .channels = info->channels};
}

static bool silent_at(const mg_gaps *g, const mg_block *block, ptrdiff_t i)
{
    for (unsigned c = 0; c < g->channels; c++) {
        if (fabsf(block->channel[c][i]) >= silent_peak)
            return false;
    }
    return true;
}

/* Sum of squares of frames [from, to), averaged over the channels. */
static double squares(const mg_gaps *g, const mg_block *block, ptrdiff_t from, ptrdiff_t to)
{
    double sum = 0.0;
    for (unsigned c = 0; c < g->channels; c++) {
        for (ptrdiff_t i = from; i < to; i++)
            sum += (double)block->channel[c][i] * (double)block->channel[c][i];
    }
    return sum / g->channels;
}

static double jump_at(const mg_gaps *g, const mg_block *block, ptrdiff_t i)
{
    double top = 0.0;
    for (unsigned c = 0; c < g->channels; c++)
        top = fmax(top, (double)block->channel[c][i] * (double)block->channel[c][i]);
    return top;
}

/* Loud up to both edges, similar on both, and one of them jumps. */
static bool cut_on_both_sides(const mg_gap *gap, double after, double first_ms)
{
    double before = gap->before_40, jump = jump_share * fmin(before, after);
    if (!(after > loud_square) || before > after * similar_ratio || after > before * similar_ratio)
        return false;
    bool jumps_before = gap->jump_before > jump, jumps_after = gap->jump_after > jump;
    return (jumps_before || jumps_after) &&
           gap->before_1 * (jumps_after ? wave_ratio : edge_ratio) > before &&
           first_ms * (jumps_before ? wave_ratio : edge_ratio) > after;
}

/* Cut off while loud, and what follows does not begin: it goes on quieter, as a decay that was
 * under way, or its first frame is as large as its first millisecond. */
static bool cut_then_under_way(const mg_gap *gap, double after, double first_ms)
{
    double before = gap->before_40;
    bool cut = gap->before_1 * edge_ratio > before && gap->jump_before > jump_share * before;
    bool goes_on = after < before && first_ms * edge_ratio > after;
    bool in_mid_wave = gap->jump_after > mid_wave_share * first_ms;
    return cut && first_ms > heard_square && (goes_on || in_mid_wave);
}

static bool is_dropout(const mg_gap *gap)
{
    if (gap->after_40_frames == 0 || gap->after_1_frames == 0)
        return false;
    double after = gap->after_40 / (double)gap->after_40_frames;
    double first_ms = gap->after_1 / (double)gap->after_1_frames;
    return gap->before_40 > loud_square && (cut_on_both_sides(gap, after, first_ms) ||
                                            cut_then_under_way(gap, after, first_ms));
}

static void judge_pending(mg_gaps *g)
{
    g->waiting = false;
    if (!is_dropout(&g->pending))
        return;
    g->total++;
    if (g->count < MG_GAPS_MAX)
        g->found[g->count++] = (mg_time_range){(double)g->pending.start / g->rate_hz,
                                               (double)g->pending.end / g->rate_hz};
}

static void take_subblock(mg_gaps *g, const mg_subblock *s)
{
    double square = 0.0;
    for (unsigned c = 0; c < g->channels; c++)
        square += s->square[c];
    square /= g->channels;
    uint64_t start = mg_subblock_frame(g->rate_hz, s->index);
    size_t slot = g->subblocks++ % RING;
    g->recent[slot] = square / s->frames;
    g->recent_start[slot] = start;
    g->recent_end[slot] = start + s->frames;
    if (!g->waiting || start < g->pending.end)
        return;
    g->pending.after_40 += square;
    g->pending.after_40_frames += s->frames;
    if (++g->pending.after_subblocks == MG_GAP_SIDE_SUBBLOCKS)
        judge_pending(g);
}

/* Mean square of the whole sub-blocks in the 60 ms before a frame. */
static double level_before(const mg_gaps *g, uint64_t frame)
{
    double sum = 0.0;
    unsigned n = 0;
    for (unsigned i = 0; i < RING && i < g->subblocks; i++) {
        if (g->recent_end[i] <= frame && g->recent_start[i] + g->rate_hz * 6 / 100 >= frame) {
            sum += g->recent[i];
            n++;
        }
    }
    return n ? sum / n : 0.0;
}

/* Silence was met at block frame `at`; its first frame may lie a little before. */
static void begin_silence(mg_gaps *g, const mg_block *block, ptrdiff_t at)
{
    ptrdiff_t ms = g->rate_hz / 1000;
    ptrdiff_t limit = at - MG_CELL_FRAMES;
    while (at > limit && (ptrdiff_t)block->start_frame + at > 0 && silent_at(g, block, at - 1))
        at--;
    if (g->waiting)
        judge_pending(g);
    g->silent = true;
    g->now = (mg_gap){.start = block->start_frame + (uint64_t)at};
    g->now.before_40 = level_before(g, g->now.start);
    g->now.before_1 = squares(g, block, at - ms, at) / (double)ms;
    g->now.jump_before = jump_at(g, block, at - 1);
}

static void end_silence(mg_gaps *g, const mg_block *block, ptrdiff_t at)
{
    while (silent_at(g, block, at))
        at++;
    g->silent = false;
    g->now.end = block->start_frame + (uint64_t)at;
    double length_s = (double)(g->now.end - g->now.start) / g->rate_hz;
    if (length_s < least_s || length_s > most_s || !(g->now.before_40 > loud_square))
        return;
    g->pending = g->now;
    g->pending.jump_after = jump_at(g, block, at);
    g->waiting = true;
}

/* Adds what this block holds of the first millisecond after the gap. */
static void measure_first_ms(mg_gaps *g, const mg_block *block)
{
    mg_gap *gap = &g->pending;
    uint64_t ms = g->rate_hz / 1000, block_end = block->start_frame + block->frames;
    uint64_t from = gap->end + gap->after_1_frames, to = gap->end + ms;
    if (to > block_end)
        to = block_end;
    if (from >= to || from < block->start_frame)
        return;
    gap->after_1 += squares(g, block, (ptrdiff_t)(from - block->start_frame),
                            (ptrdiff_t)(to - block->start_frame));
    gap->after_1_frames += to - from;
}

/* Marks the cells in which some channel is heard. */
static void mark_heard(const mg_gaps *g, const mg_scan *scan, size_t cells, uint32_t *ret_heard)
{
    uint32_t marks[MG_MARKS_WORDS(MG_SCAN_CELLS)];
    size_t words = MG_MARKS_WORDS(cells);
    memset(ret_heard, 0, words * sizeof *ret_heard);
    for (unsigned c = 0; c < g->channels; c++) {
        g->kernels->outside(scan->cell[c].peak, -1.0f, silent_peak, cells, marks);
        for (size_t i = 0; i < words; i++)
            ret_heard[i] |= marks[i];
    }
}

/* Looks at the sub-blocks from *next on that end at or before `frame`. */
static void take_subblocks(mg_gaps *g, const mg_scan *scan, uint64_t frame, size_t *next)
{
    for (; *next < scan->subblocks; (*next)++) {
        const mg_subblock *s = &scan->subblock[*next];
        if (mg_subblock_frame(g->rate_hz, s->index) + s->frames > frame)
            break;
        take_subblock(g, s);
    }
}

void mg_gaps_push(mg_gaps *gaps, const mg_block *block, const mg_scan *scan)
{
    mg_gaps *g = gaps;
    uint32_t heard[MG_MARKS_WORDS(MG_SCAN_CELLS)];
    size_t cells = block->frames / MG_CELL_FRAMES, next = 0;
    if (g->waiting)
        measure_first_ms(g, block);
    mark_heard(g, scan, cells, heard);
    for (size_t i = 0; (i = mg_marks_next(heard, i, cells, g->silent)) < cells;) {
        ptrdiff_t at = (ptrdiff_t)(i * MG_CELL_FRAMES);
        /* In time with the cells, so that "before" is before. */
        take_subblocks(g, scan, block->start_frame + (uint64_t)at, &next);
        if (!g->silent) {
            begin_silence(g, block, at);
        } else {
            end_silence(g, block, at);
            if (g->waiting)
                measure_first_ms(g, block);
        }
    }
    take_subblocks(g, scan, UINT64_MAX, &next);
    if (scan->last && g->waiting)
        judge_pending(g);
}

void mg_gaps_finish(const mg_gaps *gaps, mg_technical_result *result)
{
    result->gaps_total = gaps->total;
    result->gap_count = gaps->count;
    memcpy(result->gaps, gaps->found, gaps->count * sizeof *gaps->found);
}
