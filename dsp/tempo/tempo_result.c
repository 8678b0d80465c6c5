#include "dsp/tempo/tempo_result.h"

#include "base/cleanup.h"
#include "dsp/tempo/tempo_confidence.h"

#include <math.h>

static const double related = 0.02;

mg_tempo_result mg_tempo_none(mg_why why, double confidence)
{
    mg_value none = mg_none(why);
    return (mg_tempo_result){
        .bpm = none,
        .confidence = confidence,
        .octave_confidence = none,
        .other_weight = 1,
        .constant_why = why,
        .period_s = none,
        .first_beat_s = none,
        .first_audible_beat_s = none,
        .downbeat_index = none,
        .beats_per_bar = none,
        .downbeat_confidence = none,
        .grid_confidence = none,
        .max_error_ms = none,
    };
}

static mg_tempo_relation relation_of(double ratio)
{
    static const double value[MG_TEMPO_OTHER] = {
        [MG_TEMPO_SAME] = 1,
        [MG_TEMPO_THIRD] = 1 / 3.0,
        [MG_TEMPO_HALF] = 0.5,
        [MG_TEMPO_TWO_THIRDS] = 2 / 3.0,
        [MG_TEMPO_THREE_QUARTERS] = 0.75,
        [MG_TEMPO_FOUR_THIRDS] = 4 / 3.0,
        [MG_TEMPO_THREE_HALVES] = 1.5,
        [MG_TEMPO_DOUBLE] = 2,
        [MG_TEMPO_TRIPLE] = 3,
    };
    for (unsigned i = 0; i < MG_TEMPO_OTHER; i++)
        if (fabs(ratio / value[i] - 1) < related)
            return (mg_tempo_relation)i;
    return MG_TEMPO_OTHER;
}

void mg_tempo_set_level(mg_tempo_result *r, const mg_tempo_level *level, double bpm)
{
    const mg_octave_candidate *c = level->candidate;
    double octaves = 0, given = 0;
    for (unsigned i = 0; i < level->count; i++) {
        double ratio = c[i].hz / c[0].hz;
        if (relation_of(ratio) == MG_TEMPO_SAME || relation_of(ratio) == MG_TEMPO_HALF ||
            relation_of(ratio) == MG_TEMPO_DOUBLE || relation_of(ratio) == MG_TEMPO_THIRD ||
            relation_of(ratio) == MG_TEMPO_TRIPLE)
            octaves += c[i].weight;
        if (i >= MG_TEMPO_CANDIDATES_MAX)
            continue;
        double weight = c[i].weight * level->there;
        r->candidates[i] = (mg_tempo_candidate){bpm * ratio, weight, relation_of(ratio)};
        given += weight;
        r->candidate_count = i + 1;
    }
    r->other_weight = fmax(0, 1 - given);
    r->confidence = c[0].weight * level->there;
    r->octave_confidence = mg_some(c[0].weight / octaves);
}

mg_tempo_bar mg_tempo_bar_of(const mg_tempogram *t, const mg_phase_candidate *phase,
                             double period_s, long first)
{
    double lag3 = mg_tempogram_at(t, MG_LAG_ALL, 3 * period_s);
    double lag2 = mg_tempogram_at(t, MG_LAG_ALL, 2 * period_s);
    double lag4 = mg_tempogram_at(t, MG_LAG_ALL, 4 * period_s);
    long best = 0;
    for (long b = 1; b < MG_PHASE_BEATS; b++)
        if (phase->bar[b] > phase->bar[best])
            best = b;
    double confidence = mg_downbeat_confidence(phase->bar[best], phase->weight);
    bool three = lag3 > lag4 + 0.15 && lag3 > lag2 + 0.15;
    if (three || confidence < 0.5)
        return (mg_tempo_bar){
            .beats_per_bar = three ? mg_some(3) : mg_none(MG_WHY_UNDECIDED),
            .downbeat_index = mg_none(MG_WHY_UNDECIDED),
            .downbeat_confidence = mg_some(three ? 0 : confidence),
        };
    long index = (best - first) % MG_PHASE_BEATS;
    return (mg_tempo_bar){
        .beats_per_bar = mg_some(MG_PHASE_BEATS),
        .downbeat_index = mg_some((double)(index < 0 ? index + MG_PHASE_BEATS : index)),
        .downbeat_confidence = mg_some(confidence),
    };
}

void mg_tempo_set_bar(mg_tempo_result *r, const mg_tempo_bar *bar)
{
    r->beats_per_bar = bar->beats_per_bar;
    r->downbeat_index = bar->downbeat_index;
    r->downbeat_confidence = bar->downbeat_confidence;
}

mg_err mg_tempo_set_beats(mg_tempo_result *r, mg_beats *beats)
{
    mg_err err = mg_beats_map(beats, &r->map, &r->map_count);
    if (err != MG_OK)
        return err;
    r->constant = false;
    r->beats_total = beats->count;
    r->beat_count = (unsigned)(beats->count < MG_BEATS_MAX ? beats->count : MG_BEATS_MAX);
    r->beats_s = mg_steal(beats->at_s);
    return MG_OK;
}

static double median_bpm(const mg_tempo_change *map, unsigned count, double duration_s)
{
    double below = 0, bpm = 0;
    while (below < 0.5 * duration_s) { /* the next larger tempo, in turn */
        double next = INFINITY;
        for (unsigned i = 0; i < count; i++)
            if (map[i].bpm > bpm)
                next = fmin(next, map[i].bpm);
        if (isinf(next))
            return bpm;
        bpm = next;
        for (unsigned i = 0; i < count; i++)
            if (map[i].bpm == bpm)
                below += (i + 1 < count ? map[i + 1].start_s : duration_s) - map[i].start_s;
    }
    return bpm;
}

void mg_tempo_set_middle(mg_tempo_result *r, double otherwise_bpm, double duration_s)
{
    double first = r->beat_count > 0 ? r->beats_s[0] : 0;
    double bpm = r->map_count > 0 ? median_bpm(r->map, r->map_count, duration_s) : otherwise_bpm;
    r->bpm = mg_some(bpm);
    r->period_s = mg_some(60 / bpm);
    r->first_beat_s = mg_some(fmod(first, 60 / bpm));
    r->first_audible_beat_s = mg_some(first);
}
