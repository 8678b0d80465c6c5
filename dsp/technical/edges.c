#include "dsp/technical/edges.h"

#include <math.h>
#include <string.h>

enum { DECAY_SUBBLOCKS = 10 };

static const float silent_peak = 0.001f;  /* -60 dBFS */
static const double loud_square = 1e-4;   /* -40 dBFS */
static const double near_ratio = 15.8489; /* 12 dB */
/* A sound cut in two starts at full swing; one that begins rises from nothing. */
static const double attack_peak_share = 0.5, attack_instant_share = 0.1;
/* A drum on the first beat: from a zero, and 3 dB down after a tenth of a second. */
static const double drum_first_share = 0.1, drum_decay_ratio = 0.5;
/* Or one that is heard: over the second behind it by 4 dB, or by 1 dB and from a small value. */
static const double hit_ratio = 2.5119, soft_hit_ratio = 1.2589, hit_first_share = 0.6;
static const double cut_first_share = 0.25; /* of the RMS, at the very first frame: a bass */
static const double softer_ratio = 63.0957; /* 18 dB: between two drums */
static const double decay_ratio = 0.02; /* the last 10 ms 17 dB under the 100 ms before: a fade */
static const double steady_ratio = 4.0; /* 6 dB under them: not even a decay */
static const double faded_peak_share = 0.5, faded_motion_ratio = 6.3096; /* 8 dB */
static const double heard_square = 1e-6;                                 /* -60 dBFS */
static const double as_soft_ratio = 4.0; /* two rests of one piece */

void mg_edges_init(mg_edges *edges, const mg_stream_info *info)
{
    *edges = (mg_edges){.rate_hz = info->sample_rate_hz, .channels = info->channels};
}

static float block_peak(const mg_block *block, unsigned channels, ptrdiff_t from, ptrdiff_t to)
{
    float peak = 0.0f;
    for (unsigned c = 0; c < channels; c++) {
        for (ptrdiff_t i = from; i < to; i++)
            peak = fmaxf(peak, fabsf(block->channel[c][i]));
    }
    return peak;
}

static void add_subblock(mg_edges *e, const mg_subblock *s)
{
    float peak = 0.0f;
    double square = 0.0;
    for (unsigned c = 0; c < e->channels; c++) {
        peak = fmaxf(peak, s->peak[c]);
        square += s->square[c];
    }
    if (peak > silent_peak) {
        uint64_t silent = e->frames - e->last_loud_end;
        if (!e->heard)
            e->first_loud_frame = e->frames;
        else if (silent >= e->rate_hz) /* less is a rest between notes */
            e->silent_frames += silent;
        e->heard = true;
        e->last_loud_end = e->frames + s->frames;
    }
    e->frames += s->frames;
    if (!s->complete)
        return;
    float mean = (float)(square / s->frames / e->channels);
    if (e->subblocks <= MG_EDGE_SUBBLOCKS)
        e->head[e->subblocks] = mean;
    e->tail[e->subblocks % MG_EDGE_PAST] = mean;
    e->subblocks++;
}

static size_t recent_frames(const mg_edges *e, unsigned ms)
{
    return e->rate_hz * (size_t)ms / 1000;
}

static void keep_recent(mg_edges *e, const mg_block *block)
{
    size_t size = recent_frames(e, MG_EDGE_RECENT_MS);
    size_t added = block->frames < size ? block->frames : size, kept = size - added;
    for (int side = 0; side < 2; side++) {
        const float *x = side ? block->right : block->left;
        memmove(e->recent[side], e->recent[side] + added, kept * sizeof *x);
        memcpy(e->recent[side] + kept, x + block->frames - added, added * sizeof *x);
    }
}

void mg_edges_push(mg_edges *edges, const mg_block *block, const mg_scan *scan)
{
    size_t ms = edges->rate_hz / 1000;
    if (block->start_frame == 0) {
        size_t instant = ms / 10 + 1;
        edges->start_peak = block_peak(block, edges->channels, 0,
                                       (ptrdiff_t)(ms < block->frames ? ms : block->frames));
        edges->start_first = block_peak(block, edges->channels, 0, 1);
        edges->start_instant =
            block_peak(block, edges->channels, 0,
                       (ptrdiff_t)(instant < block->frames ? instant : block->frames));
    }
    for (size_t i = 0; i < scan->subblocks; i++)
        add_subblock(edges, &scan->subblock[i]);
    keep_recent(edges, block);
}

static bool stands_in_sound(double edge, double second)
{
    return edge > loud_square && edge < second * near_ratio && second < edge * softer_ratio;
}

static double head_mean(const mg_edges *e, int from, int to)
{
    double sum = 0.0;
    for (int i = from; i < to; i++)
        sum += (double)e->head[i];
    return sum / (to - from);
}

static bool starts_with_drum(const mg_edges *e, double rms)
{
    return (double)e->start_first < drum_first_share * rms &&
           head_mean(e, 10, 20) < drum_decay_ratio * head_mean(e, 0, 3);
}

static bool starts_on_hit(const mg_edges *e)
{
    double edge = (double)e->head[0], second = head_mean(e, 1, MG_EDGE_SUBBLOCKS + 1);
    return edge > hit_ratio * second || (edge > soft_hit_ratio * second &&
                                         (double)e->start_first < hit_first_share * sqrt(edge));
}

static bool cut_start(const mg_edges *e)
{
    double edge = (double)e->head[0], rms = sqrt(edge);
    return stands_in_sound(edge, head_mean(e, 1, MG_EDGE_SUBBLOCKS + 1)) &&
           ((double)e->start_peak > attack_peak_share * rms ||
            (double)e->start_first > cut_first_share * rms) &&
           (double)e->start_instant > attack_instant_share * rms && !starts_with_drum(e, rms);
}

/* The sub-block that ended `ago` sub-blocks before the last one did. */
static double tail_at(const mg_edges *e, size_t ago)
{
    return (double)e->tail[(e->subblocks - 1 - ago) % MG_EDGE_PAST];
}

static double tail_mean(const mg_edges *e, size_t from, size_t to)
{
    double sum = 0.0;
    for (size_t ago = from; ago < to; ago++)
        sum += tail_at(e, ago);
    return sum / (double)(to - from);
}

/* Mean square, and that of the steps from frame to frame, of what ends `to_ms` before the end. */
static void recent_level(const mg_edges *e, unsigned from_ms, unsigned to_ms, double *ret_square,
                         double *ret_motion)
{
    size_t size = recent_frames(e, MG_EDGE_RECENT_MS);
    size_t first = size - recent_frames(e, from_ms), last = size - recent_frames(e, to_ms);
    double square = 0.0, motion = 0.0;
    first = first ? first : 1;
    for (int side = 0; side < 2; side++) {
        const float *x = e->recent[side];
        for (size_t i = first; i < last; i++) {
            double step = (double)x[i] - (double)x[i - 1];
            square += (double)x[i] * (double)x[i];
            motion += step * step;
        }
    }
    *ret_square = square / (2.0 * (double)(last - first));
    *ret_motion = motion / (2.0 * (double)(last - first));
}

static bool fades_at_last(const mg_edges *e)
{
    double square, motion, last_square, last_motion, peak = 0.0;
    recent_level(e, 30, 10, &square, &motion);
    recent_level(e, 2, 0, &last_square, &last_motion);
    size_t size = recent_frames(e, MG_EDGE_RECENT_MS);
    for (size_t i = size - recent_frames(e, 1); i < size; i++)
        peak = fmax(peak, fmax(fabs((double)e->recent[0][i]), fabs((double)e->recent[1][i])));
    return peak <= faded_peak_share * sqrt(square) && last_motion * faded_motion_ratio <= motion;
}

/* Whether the file ends in a rest that two earlier ones were as long and as soft as. */
static bool ends_in_usual_rest(const mg_edges *e)
{
    size_t n = e->subblocks < MG_EDGE_PAST ? e->subblocks : MG_EDGE_PAST, length = 0, alike = 0;
    double rest = tail_mean(e, 0, n) / softer_ratio, edge = tail_at(e, 0);
    while (length < n && tail_at(e, length) < rest)
        length++;
    if (length == 0)
        return true; /* there is no rest at all */
    for (size_t ago = n, run = 0; ago > length;) {
        run = tail_at(e, --ago) < rest ? run + 1 : 0;
        alike += run == length && tail_at(e, ago) < edge * as_soft_ratio;
    }
    return alike >= 2;
}

static bool cut_end(const mg_edges *e)
{
    double edge = tail_at(e, 0), second = tail_mean(e, 1, MG_EDGE_SUBBLOCKS + 1);
    double before = tail_mean(e, 1, DECAY_SUBBLOCKS + 1);
    if (fades_at_last(e))
        return false;
    bool steady = second < edge * softer_ratio || before < edge * steady_ratio;
    bool loud = edge > loud_square && edge < second * near_ratio && edge > decay_ratio * before;
    return (loud && steady) || (edge > heard_square && ends_in_usual_rest(e));
}

void mg_edges_finish(const mg_edges *edges, mg_technical_result *result)
{
    double rate = edges->rate_hz, frames = (double)edges->frames;
    result->silence_head_s = (edges->heard ? (double)edges->first_loud_frame : frames) / rate;
    result->silence_tail_s = (edges->heard ? frames - (double)edges->last_loud_end : frames) / rate;
    double silent_s = (double)edges->silent_frames / rate + result->silence_head_s;
    if (edges->heard)
        silent_s += result->silence_tail_s;
    result->silent_share = edges->frames ? silent_s * rate / frames : 1.0;
    result->cut_start = result->cut_end = result->starts_on_hit = false;
    result->cut_why = MG_WHY_PRESENT;
    if (edges->subblocks <= MG_EDGE_SUBBLOCKS)
        result->cut_why = MG_WHY_TOO_SHORT;
    else if (!edges->heard)
        result->cut_why = MG_WHY_SILENT;
    if (result->cut_why)
        return;
    result->cut_start = cut_start(edges);
    result->starts_on_hit = result->cut_start && starts_on_hit(edges);
    result->cut_end = cut_end(edges);
}
