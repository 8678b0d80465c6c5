#include "dsp/technical/edges.h"

#include <math.h>

enum { RING = MG_EDGE_SUBBLOCKS + 1, DECAY_SUBBLOCKS = 10 };

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
    if (e->subblocks < RING)
        e->head[e->subblocks] = mean;
    e->tail[e->subblocks % RING] = mean;
    e->subblocks++;
}

void mg_edges_push(mg_edges *edges, const mg_block *block, const mg_scan *scan)
{
    size_t ms = edges->rate_hz / 1000;
    if (block->start_frame == 0) {
        size_t instant = ms / 10 + 1;
        edges->start_peak = block_peak(block, edges->channels, 0,
                                       (ptrdiff_t)(ms < block->frames ? ms : block->frames));
        edges->start_first = block_peak(block, edges->channels, 0, 1);
        edges->start_instant = block_peak(
            block, edges->channels, 0,
            (ptrdiff_t)(instant < block->frames ? instant : block->frames));
    }
    for (size_t i = 0; i < scan->subblocks; i++)
        add_subblock(edges, &scan->subblock[i]);
    if (scan->last) {
        ptrdiff_t end = (ptrdiff_t)block->frames;
        edges->end_peak = block_peak(block, edges->channels, end - (ptrdiff_t)ms, end);
    }
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

static bool cut_end(const mg_edges *e)
{
    double edge = (double)e->tail[(e->subblocks - 1) % RING], second = 0.0, before = 0.0;
    for (uint64_t i = 1; i <= MG_EDGE_SUBBLOCKS; i++) {
        double mean = (double)e->tail[(e->subblocks - 1 - i) % RING];
        second += mean;
        if (i <= DECAY_SUBBLOCKS)
            before += mean;
    }
    return stands_in_sound(edge, second / MG_EDGE_SUBBLOCKS) &&
           edge > decay_ratio * before / DECAY_SUBBLOCKS &&
           (double)e->end_peak > attack_peak_share * sqrt(edge);
}

void mg_edges_finish(const mg_edges *edges, mg_technical_result *result)
{
    double rate = edges->rate_hz, frames = (double)edges->frames;
    result->silence_head_s = (edges->heard ? (double)edges->first_loud_frame : frames) / rate;
    result->silence_tail_s =
        (edges->heard ? frames - (double)edges->last_loud_end : frames) / rate;
    double silent_s = (double)edges->silent_frames / rate + result->silence_head_s;
    if (edges->heard)
        silent_s += result->silence_tail_s;
    result->silent_share = edges->frames ? silent_s * rate / frames : 1.0;
    result->cut_start = result->cut_end = result->starts_on_hit = false;
    result->cut_why = MG_WHY_PRESENT;
    if (edges->subblocks < RING)
        result->cut_why = MG_WHY_TOO_SHORT;
    else if (!edges->heard)
        result->cut_why = MG_WHY_SILENT;
    if (result->cut_why)
        return;
    result->cut_start = cut_start(edges);
    result->starts_on_hit = result->cut_start && starts_on_hit(edges);
    result->cut_end = cut_end(edges);
}
