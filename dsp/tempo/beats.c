#include "dsp/tempo/beats.h"

#include "base/cleanup.h"
#include "dsp/tempo/beat_onsets.h"

#include <math.h>
#include <stdlib.h>

enum { ROUNDS = 2, STRETCH_MAX = 17 };

/* How many beats to either side move together, and how far attacks may be from where the beat was
 * thought to be. */
static const size_t around[ROUNDS] = {8, 3};
static const double reach_s[ROUNDS] = {0.040, 0.025}, aside_s[ROUNDS] = {0.015, 0.008};
static const double least_weight = 2.5 * MG_ATTACK_SHARP;
static const double map_tolerance_s = 0.020;

/* By how much the attacks around beat i lie off; NAN without enough of them. */
static double stretch_offset(const mg_beats *beats, const mg_odf *odf, size_t i, unsigned round)
{
    mg_near_attack attacks[STRETCH_MAX * MG_NEAR_ATTACKS_MAX];
    size_t count = 0, from = i > around[round] ? i - around[round] : 0;
    for (size_t b = from; b < beats->count && b <= i + around[round]; b++)
        count +=
            mg_attacks_near(odf, beats->at_s[b], reach_s[round], aside_s[round], attacks + count);
    double weight, offset = mg_attacks_densest(attacks, count, &weight);
    return weight < least_weight ? (double)NAN : offset;
}

/* Gives each gap the values beside it, on a line between them. */
static void fill_gaps(double *offset, size_t count)
{
    size_t last = count; /* none yet */
    for (size_t i = 0; i < count; i++) {
        if (isnan(offset[i]))
            continue;
        for (size_t k = last < count ? last + 1 : 0; k < i; k++)
            offset[k] = last < count ? offset[last] + (offset[i] - offset[last]) *
                                                          (double)(k - last) / (double)(i - last)
                                     : offset[i];
        last = i;
    }
    for (size_t k = last < count ? last + 1 : 0; k < count; k++)
        offset[k] = last < count ? offset[last] : 0;
}

static mg_err move_onto_attacks(mg_beats *beats, const mg_odf *odf)
{
    mg_autofree double *offset = calloc(beats->count + 1, sizeof(double));
    if (offset == NULL)
        return MG_E_NOMEM;
    double common = mg_flux_offset(odf, beats->at_s, beats->count, aside_s[0]);
    for (size_t i = 0; i < beats->count; i++)
        beats->at_s[i] += common;
    for (unsigned round = 0; round < ROUNDS; round++) {
        beats->share = 0;
        for (size_t i = 0; i < beats->count; i++) {
            offset[i] = stretch_offset(beats, odf, i, round);
            beats->share += isnan(offset[i]) ? 0 : 1 / (double)beats->count;
        }
        fill_gaps(offset, beats->count);
        for (size_t i = 0; i < beats->count; i++)
            beats->at_s[i] += offset[i];
    }
    return MG_OK;
}

mg_err mg_beats_init(mg_beats *beats, const mg_odf *odf, const mg_beat_clock *clock, double phase,
                     double from_s, double to_s)
{
    *beats = (mg_beats){0};
    double first = ceil(mg_beat_clock_beats(clock, from_s) - phase);
    double last = mg_beat_clock_beats(clock, to_s) - phase;
    if (last < first)
        return MG_OK;
    beats->at_s = calloc((size_t)(last - first) + 2, sizeof(double));
    if (beats->at_s == NULL)
        return MG_E_NOMEM;
    beats->first = (long)first;
    for (double b = first; b <= last; b++)
        beats->at_s[beats->count++] = mg_beat_clock_time_s(clock, b + phase);
    mg_err err = move_onto_attacks(beats, odf);
    if (err != MG_OK) {
        mg_beats_done(beats);
        return err;
    }
    if (beats->count > 0)
        beats->at_s[0] = fmax(from_s, beats->at_s[0]);
    while (beats->count > 0 && beats->at_s[beats->count - 1] >= to_s)
        beats->count--;
    return MG_OK;
}

void mg_beats_done(mg_beats *beats)
{
    free(beats->at_s);
    free(beats->part);
    *beats = (mg_beats){0};
}

/* Last beat, up to `end`, of the longest run that one line through beat `from` meets. */
static size_t straight_run(const mg_beats *beats, size_t from, size_t end)
{
    double low = 0, high = INFINITY;
    size_t to = from;
    for (size_t i = from + 1; i <= end; i++) {
        double n = (double)(i - from), rise = beats->at_s[i] - beats->at_s[from];
        double new_low = fmax(low, (rise - map_tolerance_s) / n);
        double new_high = fmin(high, (rise + map_tolerance_s) / n);
        if (new_low > new_high)
            break;
        low = new_low;
        high = new_high;
        to = i;
    }
    return to;
}

mg_err mg_beats_map(const mg_beats *beats, mg_tempo_change **ret_map, unsigned *ret_count)
{
    mg_autofree mg_tempo_change *map = calloc(MG_TEMPO_MAP_MAX, sizeof(*map));
    if (map == NULL)
        return MG_E_NOMEM;
    unsigned count = 0;
    for (size_t from = 0, part = 0; from + 1 < beats->count && count < MG_TEMPO_MAP_MAX;) {
        while (part < beats->parts && beats->part[part] <= from)
            part++;
        size_t end = (part < beats->parts ? beats->part[part] : beats->count) - 1;
        size_t to = end > from ? straight_run(beats, from, end) : from + 1;
        double period = (beats->at_s[to] - beats->at_s[from]) / (double)(to - from);
        map[count++] = (mg_tempo_change){
            .start_s = from == 0 ? 0 : beats->at_s[from],
            .bpm = 60 / fmax(period, 0.05),
            .beat = (int64_t)from,
        };
        from = to;
    }
    *ret_map = mg_steal(map);
    *ret_count = count;
    return MG_OK;
}
