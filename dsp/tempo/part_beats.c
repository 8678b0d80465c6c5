#include "dsp/tempo/part_beats.h"

#include "base/cleanup.h"
#include "dsp/tempo/beat_onsets.h"
#include "dsp/tempo/tempo_confidence.h"
#include "dsp/tempo/tempo_result.h"

#include <math.h>
#include <stdlib.h>

enum {
    SLOTS = MG_PROFILE_SLOTS,
    BAR = MG_PHASE_BEATS,
    BESIDE = 6, /* beats to either side of a border that may follow it */
};

static const double border_reach_s = 15; /* by which borders may lie off */
static const double beyond_s = 5.0;      /* a border, beats are made, to have a choice */
/* What joining costs: being off the border by a beat, a step between the beats that is a beat too
 * long, bars that do not go on. */
static const double off_cost = 0.25, step_cost = 2.0, bar_cost = 3.0;
static const double shortest_step = 0.3; /* beats */

/* A part of the file. */
typedef struct part {
    mg_tempo_level level; /* without its tempogram */
    mg_beat_clock clock;
    mg_phase_candidate phase;
    mg_tempo_bar bar;
    float row[MG_ODF_BANDS][SLOTS]; /* its bar: mean 0, the sum of all squares 1 */
    double from_s, to_s;
    mg_beats beats;
    size_t from, to, at; /* beats that are taken, and their place among all */
} part;

typedef struct part_list {
    part *at;
    size_t count;
} part_list;

static void list_done(part_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        mg_tempo_level_done(&list->at[i].level);
        mg_beat_clock_done(&list->at[i].clock);
        mg_beats_done(&list->at[i].beats);
    }
    free(list->at);
}

static void keep_bar(part *p, const mg_beat_profile *profile)
{
    double squares = 0;
    for (unsigned b = 0; b < MG_ODF_BANDS; b++)
        for (unsigned s = 0; s < SLOTS; s++) {
            double v = profile->row[MG_PROFILE_ALL][b][s] - 1;
            squares += v * v;
        }
    for (unsigned b = 0; b < MG_ODF_BANDS; b++)
        for (unsigned s = 0; s < SLOTS && squares > 0; s++)
            p->row[b][s] = (float)((profile->row[MG_PROFILE_ALL][b][s] - 1) / sqrt(squares));
}

/* Level, clock and bar of a part. */
static mg_err hear(part *p, const mg_part_source *source)
{
    static const mg_beat_start none = {.at_s = (double)NAN};
    const mg_beat_start *start = p->from_s > 0 ? &none : &source->start;
    mg_odf view = mg_part_view(source, p->from_s, p->to_s);
    mg_autofree mg_beat_profile *profile = calloc(1, sizeof(*profile));
    mg_phase_candidate phases[MG_PHASE_CANDIDATES_MAX];
    if (profile == NULL)
        return MG_E_NOMEM;
    mg_err err = mg_part_level(&p->level, &view, source);
    if (err == MG_OK)
        err = mg_beat_clock_of(&p->clock, &view, p->level.candidate[0].hz);
    if (err == MG_OK)
        err = mg_beat_profile_fold(profile, &view, &p->clock, start);
    if (err != MG_OK)
        return err;
    mg_phase_weigh(profile, phases);
    p->phase = phases[0];
    p->bar = mg_tempo_bar_of(p->level.tempogram, &p->phase, 1 / p->clock.beat_hz, 0);
    keep_bar(p, profile);
    mg_tempo_level_done(&p->level);
    p->clock.origin_s = (double)(view.first - source->odf->first) / mg_odf_rate_hz(&view);
    return MG_OK;
}

/* How much of a frame is as in the bar of a part. */
static double likeness(const part *p, const mg_odf *odf, size_t frame)
{
    double at_s = mg_odf_time_s(odf, (double)frame) + MG_FLUX_LEAD_S;
    double bars = mg_beat_clock_beats(&p->clock, at_s) / BAR, sum = 0;
    unsigned slot = (unsigned)((bars - floor(bars)) * SLOTS) % SLOTS;
    for (unsigned b = 0; b < MG_ODF_BANDS; b++)
        sum += p->row[b][slot] * mg_odf_get(odf, b, frame);
    return sum;
}

/* Where the rhythm of one part gives way to that of the next. */
static double exact_border(const part *a, const part *b, const mg_odf *odf)
{
    double border_s = b->from_s;
    double from =
        mg_odf_frame_at(odf, border_s - fmin(border_reach_s, 0.4 * (a->to_s - a->from_s)));
    double to = mg_odf_frame_at(odf, border_s + fmin(border_reach_s, 0.4 * (b->to_s - b->from_s)));
    double sum = 0, best = -INFINITY;
    for (size_t i = (size_t)fmax(from, 0); i < (size_t)to && i < odf->frames; i++) {
        sum += likeness(a, odf, i) - likeness(b, odf, i);
        if (sum > best) {
            best = sum;
            border_s = mg_odf_time_s(odf, (double)i);
        }
    }
    return border_s;
}

/* The place of a beat in its bar, 0 .. 3; -1: not known. */
static int in_bar(const part *p, size_t beat)
{
    if (!mg_has(p->bar.downbeat_index))
        return -1;
    long number = (p->beats.first + (long)beat - (long)p->bar.downbeat_index.v) % BAR;
    return (int)(number < 0 ? number + BAR : number);
}

/* The beats of `a` that come before beat m of `b`, and what joining them so costs. */
static double join_cost(const part *a, const part *b, size_t m, size_t *ret_to)
{
    double beat_s = 1 / a->clock.beat_hz, at_s = b->beats.at_s[m], best = INFINITY;
    size_t n = a->beats.count;
    while (n > a->from && a->beats.at_s[n - 1] > at_s - shortest_step * beat_s)
        n--;
    *ret_to = n;
    double off = fabs(at_s - b->from_s) * b->clock.beat_hz;
    for (size_t i = n; i > a->from && i + BAR > n; i--) {
        double step = (at_s - a->beats.at_s[i - 1]) / beat_s;
        int before = in_bar(a, i - 1), after = in_bar(b, m);
        bool goes_on = before < 0 || after < 0 || (before + 1) % BAR == after;
        double cost = off_cost * off + step_cost * fabs(step - 1) + (goes_on ? 0 : bar_cost);
        if (cost < best) {
            best = cost;
            *ret_to = i;
        }
    }
    return best;
}

static void join(part *a, part *b)
{
    size_t middle = 0, to;
    while (middle < b->beats.count && b->beats.at_s[middle] < b->from_s)
        middle++;
    double best = INFINITY;
    b->from = middle;
    for (size_t m = middle > BESIDE ? middle - BESIDE : 0;
         m <= middle + BESIDE && m < b->beats.count; m++) {
        double cost = join_cost(a, b, m, &to);
        if (cost < best) {
            best = cost;
            b->from = m;
            a->to = to;
        }
    }
}

static mg_err make_beats(part_list *list, const mg_part_source *source)
{
    for (size_t i = 0; i < list->count; i++) {
        part *p = &list->at[i];
        mg_err err = mg_beats_init(
            &p->beats, source->odf, &p->clock, p->phase.phase_s * p->clock.beat_hz,
            fmax(0, p->from_s - beyond_s), fmin(source->duration_s, p->to_s + beyond_s));
        if (err != MG_OK)
            return err;
        p->to = p->beats.count;
        if (i > 0)
            join(p - 1, p);
    }
    return MG_OK;
}

/* All beats in one row; each comes after the one before it. */
static mg_err gather(part_list *list, mg_beats *ret)
{
    size_t room = 0;
    for (size_t i = 0; i < list->count; i++)
        room += list->at[i].beats.count;
    ret->at_s = calloc(room + 1, sizeof(double));
    ret->part = calloc(list->count, sizeof(size_t));
    if (ret->at_s == NULL || ret->part == NULL)
        return MG_E_NOMEM;
    for (size_t i = 0; i < list->count; i++) {
        part *p = &list->at[i];
        p->at = ret->count;
        if (p->at > 0)
            ret->part[ret->parts++] = p->at;
        double least_s = shortest_step / p->clock.beat_hz;
        for (size_t m = p->from; m < p->to; m++)
            if (ret->count == 0 || m > p->from ||
                p->beats.at_s[m] >= ret->at_s[ret->count - 1] + least_s)
                ret->at_s[ret->count++] = p->beats.at_s[m];
    }
    return MG_OK;
}

/* How far the best steady grid would be off. */
static double bend_s(const mg_beats *beats)
{
    double n = (double)beats->count, sx = 0, sy = 0, sxx = 0, sxy = 0, bend = 0;
    for (size_t i = 0; i < beats->count; i++) {
        sx += (double)i;
        sy += beats->at_s[i];
        sxx += (double)i * (double)i;
        sxy += (double)i * beats->at_s[i];
    }
    double below = n * sxx - sx * sx, slope = below > 0 ? (n * sxy - sx * sy) / below : 0;
    for (size_t i = 0; i < beats->count; i++)
        bend = fmax(bend, fabs(beats->at_s[i] - (sy - slope * sx) / n - slope * (double)i));
    return bend;
}

/* The bar that most of the time counts in. */
static mg_tempo_bar common_bar(const part_list *list, double duration_s)
{
    double weight[BAR] = {0};
    unsigned best = 0;
    for (size_t i = 0; i < list->count; i++) {
        const part *p = &list->at[i];
        if (p->to <= p->from || in_bar(p, p->from) < 0)
            continue;
        unsigned downbeat = (unsigned)((p->at + BAR - (size_t)in_bar(p, p->from)) % BAR);
        weight[downbeat] += (p->to_s - p->from_s) / duration_s * p->bar.downbeat_confidence.v;
    }
    for (unsigned i = 1; i < BAR; i++)
        best = weight[i] > weight[best] ? i : best;
    bool known = weight[best] >= 0.5;
    return (mg_tempo_bar){
        .downbeat_index = known ? mg_some(best) : mg_none(MG_WHY_UNDECIDED),
        .beats_per_bar = known ? mg_some(BAR) : mg_none(MG_WHY_UNDECIDED),
        .downbeat_confidence = mg_some(fmin(1, weight[best])),
    };
}

/* The part whose tempo is the middle one. */
static const part *middle_part(const part_list *list, const mg_tempo_result *r)
{
    size_t beat = 0;
    for (unsigned i = 0; i < r->map_count; i++)
        if (r->map[i].bpm == r->bpm.v)
            beat = (size_t)r->map[i].beat;
    const part *p = &list->at[0];
    for (size_t i = 1; i < list->count; i++)
        if (list->at[i].at <= beat)
            p = &list->at[i];
    return p;
}

static mg_err set_all(mg_tempo_result *r, part_list *list, double duration_s)
{
    mg_auto(mg_beats_done) mg_beats beats = {0};
    double sure = 0;
    mg_err err = gather(list, &beats);
    if (err != MG_OK)
        return err;
    for (size_t i = 0; i < list->count; i++) {
        const part *p = &list->at[i];
        sure += (p->to_s - p->from_s) / duration_s *
                mg_grid_confidence(p->phase.weight, p->beats.share);
    }
    mg_tempo_bar bar = common_bar(list, duration_s);
    mg_tempo_set_bar(r, &bar);
    r->grid_confidence = mg_some(sure);
    r->max_error_ms = mg_some(1000 * bend_s(&beats));
    err = mg_tempo_set_beats(r, &beats);
    if (err != MG_OK)
        return err;
    mg_tempo_set_middle(r, 60 * list->at[0].clock.beat_hz, duration_s);
    mg_tempo_set_level(r, &middle_part(list, r)->level, r->bpm.v);
    return MG_OK;
}

mg_err mg_part_beats_set(mg_tempo_result *r, const mg_part_source *source,
                         const mg_pulse_course *course, bool *ret_set)
{
    mg_auto(mg_parts_done) mg_tempo_parts parts = {0};
    mg_auto(list_done) part_list list = {0};
    *ret_set = false;
    mg_err err = mg_parts_find(&parts, course, source->odf);
    if (err == MG_OK)
        err = mg_parts_settle(&parts, source);
    if (err != MG_OK || parts.count < 2)
        return err;
    list.at = calloc(parts.count, sizeof(*list.at));
    if (list.at == NULL)
        return MG_E_NOMEM;
    double there = 0;
    for (; list.count < parts.count && err == MG_OK; list.count++) {
        size_t i = list.count;
        part *p = &list.at[i];
        p->from_s = i > 0 ? parts.border_s[i - 1] : 0;
        p->to_s = i + 1 < parts.count ? parts.border_s[i] : source->duration_s;
        err = hear(p, source);
        there += (p->to_s - p->from_s) / source->duration_s * p->level.there;
    }
    if (err != MG_OK || there < 0.5)
        return err;
    for (size_t i = 1; i < list.count; i++) {
        double border_s = exact_border(&list.at[i - 1], &list.at[i], source->odf);
        list.at[i - 1].to_s = list.at[i].from_s = border_s;
    }
    err = make_beats(&list, source);
    if (err == MG_OK)
        err = set_all(r, &list, source->duration_s);
    *ret_set = err == MG_OK;
    return err;
}
