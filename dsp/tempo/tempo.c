#include "dsp/tempo/tempo.h"

#include "base/cleanup.h"
#include "dsp/tempo/beat_phase.h"
#include "dsp/tempo/beats.h"
#include "dsp/tempo/grid_fit.h"
#include "dsp/tempo/odf_condition.h"
#include "dsp/tempo/onset.h"
#include "dsp/tempo/tempo_confidence.h"
#include "dsp/tempo/tempo_octave.h"
#include "dsp/tempo/tempo_pulse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct mg_tempo {
    mg_onset *onset;
    mg_odf odf;
    double rate_hz, low_bpm, high_bpm;
    uint64_t frames;
};

static const double least_s = 4.0;
static const float silent_peak = 1e-4f; /* -80 dBFS */
static const double slot_reach_s = 0.03;
static const double constant_error_s = 0.010;
static const double beat_error = 0.003; /* of a ratio of a pulse that is exact */
static const double related = 0.02;

mg_err mg_tempo_new(mg_tempo **ret, const mg_stream_info *info, double low_bpm, double high_bpm)
{
    mg_tempo *tempo = calloc(1, sizeof(*tempo));
    if (tempo == NULL)
        return MG_E_NOMEM;
    tempo->odf = MG_ODF_INIT;
    tempo->rate_hz = info->sample_rate_hz;
    tempo->low_bpm = low_bpm;
    tempo->high_bpm = high_bpm;
    mg_err err = mg_onset_new(&tempo->onset, info);
    if (err != MG_OK) {
        mg_tempo_free(tempo);
        return err;
    }
    *ret = tempo;
    return MG_OK;
}

void mg_tempo_free(mg_tempo *tempo)
{
    if (tempo == NULL)
        return;
    mg_onset_free(tempo->onset);
    mg_odf_done(&tempo->odf);
    free(tempo);
}

mg_err mg_tempo_push(mg_tempo *tempo, const mg_mono_part *part)
{
    tempo->frames += part->frames[MG_MONO_FULL];
    return mg_onset_push(tempo->onset, part, &tempo->odf);
}

static void set_none(mg_tempo_result *r, mg_why why, double confidence)
{
    mg_value none = mg_none(why);
    *r = (mg_tempo_result){
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

/* Candidates and the two confidences, from the octave stage's weights. */
static void set_candidates(mg_tempo_result *r, const mg_octave_candidate *c, unsigned count,
                           double bpm, double family)
{
    double octaves = 0, given = 0;
    for (unsigned i = 0; i < count; i++) {
        double ratio = c[i].hz / c[0].hz;
        if (relation_of(ratio) == MG_TEMPO_SAME || relation_of(ratio) == MG_TEMPO_HALF ||
            relation_of(ratio) == MG_TEMPO_DOUBLE || relation_of(ratio) == MG_TEMPO_THIRD ||
            relation_of(ratio) == MG_TEMPO_TRIPLE)
            octaves += c[i].weight;
        if (i >= MG_TEMPO_CANDIDATES_MAX)
            continue;
        r->candidates[i] =
            (mg_tempo_candidate){bpm * ratio, c[i].weight * family, relation_of(ratio)};
        given += c[i].weight * family;
        r->candidate_count = i + 1;
    }
    r->other_weight = fmax(0, 1 - given);
    r->confidence = c[0].weight * family;
    r->octave_confidence = mg_some(c[0].weight / octaves);
}

/* First grid beat on which something starts. */
static double first_audible(const mg_odf *odf, const mg_grid *grid, double duration_s)
{
    for (long b = 0; b <= mg_grid_last_beat(grid, duration_s); b++)
        if (mg_grid_onset(odf, grid, b, slot_reach_s).level > 0)
            return grid->first_s + (double)b * grid->period_s;
    return grid->first_s;
}

/* The bar of the likeliest phase.
 * @param first  number of the first beat, counted from the candidate's phase */
static void set_bar(mg_tempo_result *r, const mg_tempogram *t, const mg_phase_candidate *phase,
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
    if (three || confidence < 0.5) {
        r->beats_per_bar = three ? mg_some(3) : mg_none(MG_WHY_UNDECIDED);
        r->downbeat_index = mg_none(MG_WHY_UNDECIDED);
        r->downbeat_confidence = mg_some(three ? 0 : confidence);
        return;
    }
    long index = (best - first) % MG_PHASE_BEATS;
    r->beats_per_bar = mg_some(MG_PHASE_BEATS);
    r->downbeat_index = mg_some((double)(index < 0 ? index + MG_PHASE_BEATS : index));
    r->downbeat_confidence = mg_some(confidence);
}

/* Everything of a tempo that stays. */
static mg_err set_constant(mg_tempo_result *r, const mg_odf *odf, const mg_tempogram *t,
                           const mg_beat_clock *clock, const mg_phase_candidate *phase,
                           double duration_s)
{
    mg_grid grid = {.period_s = 1 / clock->beat_hz, .first_s = phase->phase_s};
    double share;
    mg_err err = mg_grid_fit(&grid, odf, duration_s, slot_reach_s, &share);
    if (err != MG_OK)
        return err;
    mg_grid_snap(&grid, duration_s);
    mg_grid_wrap(&grid);
    mg_grid_check check = mg_grid_compare(&grid, odf, duration_s);
    r->constant = check.steady && check.max_error_s <= constant_error_s;
    r->bpm = mg_some(60 / grid.period_s);
    r->period_s = mg_some(grid.period_s);
    r->first_beat_s = mg_some(grid.first_s);
    r->first_audible_beat_s = mg_some(first_audible(odf, &grid, duration_s));
    r->max_error_ms =
        check.stretches > 0 ? mg_some(1000 * check.max_error_s) : mg_none(MG_WHY_UNDECIDED);
    r->grid_confidence = mg_some(mg_grid_confidence(phase->weight, share));
    /* The exact grid may have moved the candidate's first beat past t = 0. */
    set_bar(r, t, phase, grid.period_s, lround((grid.first_s - phase->phase_s) / grid.period_s));
    return MG_OK;
}

/* Takes the beats over. */
static mg_err set_beats(mg_tempo_result *r, mg_beats *beats)
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

/* The tempo below and above which equal times of the file lie. */
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

/* Beats and map of a tempo that moves. */
static mg_err set_moving(mg_tempo_result *r, const mg_odf *odf, const mg_tempogram *t,
                         const mg_beat_clock *clock, const mg_phase_candidate *phase,
                         double duration_s)
{
    mg_auto(mg_beats_done) mg_beats beats = {0};
    mg_err err = mg_beats_init(&beats, odf, clock, phase->phase_s * clock->beat_hz, duration_s);
    if (err != MG_OK)
        return err;
    double first = beats.count > 0 ? beats.at_s[0] : 0;
    long number = beats.first;
    r->grid_confidence = mg_some(mg_grid_confidence(phase->weight, beats.share));
    err = set_beats(r, &beats);
    if (err != MG_OK)
        return err;
    double bpm =
        r->map_count > 0 ? median_bpm(r->map, r->map_count, duration_s) : 60 * clock->beat_hz;
    r->bpm = mg_some(bpm);
    r->period_s = mg_some(60 / bpm);
    r->first_beat_s = mg_some(fmod(first, 60 / bpm));
    r->first_audible_beat_s = mg_some(first);
    r->max_error_ms = mg_some(1000 * mg_beat_clock_bend_s(clock));
    set_bar(r, t, phase, 1 / clock->beat_hz, number);
    return MG_OK;
}

/* The grid's own beats, where it is not constant and yet no other course of the tempo shows. */
static mg_err set_grid_beats(mg_tempo_result *r, double duration_s)
{
    mg_auto(mg_beats_done) mg_beats beats = {0};
    double left = (duration_s - r->first_beat_s.v) / r->period_s.v;
    if (left < 1)
        return MG_OK;
    beats.count = (size_t)ceil(left);
    beats.at_s = calloc(beats.count, sizeof(double));
    if (beats.at_s == NULL)
        return MG_E_NOMEM;
    for (size_t i = 0; i < beats.count; i++)
        beats.at_s[i] = r->first_beat_s.v + (double)i * r->period_s.v;
    return set_beats(r, &beats);
}

/* Onsets of music show in all bands; the beating of tones in one or two. */
static double depth_of(const double rms[MG_ODF_BANDS])
{
    double product = 1;
    for (unsigned b = 0; b < MG_ODF_BANDS; b++)
        product *= rms[b];
    return sqrt(sqrt(product));
}

/* The beats of a tempo that is known roughly. */
static mg_err set_grid(mg_tempo_result *r, const mg_odf *odf, const mg_tempogram *t,
                       const mg_beat_start *start, double beat_hz, double duration_s)
{
    mg_auto(mg_tempo_fit_done) mg_tempo_fit fit = {0};
    mg_auto(mg_beat_clock_done) mg_beat_clock clock = {0};
    mg_autofree mg_beat_profile *profile = calloc(1, sizeof(*profile));
    mg_phase_candidate phases[MG_PHASE_CANDIDATES_MAX];
    if (profile == NULL)
        return MG_E_NOMEM;
    mg_err err = mg_tempo_fit_init(&fit, odf, beat_hz);
    if (err == MG_OK)
        err = mg_beat_clock_find(&clock, &fit, mg_tempo_fit_best(&fit, beat_error, 0, fit.windows));
    if (err == MG_OK)
        err = mg_beat_profile_fold(profile, odf, &clock, start);
    if (err != MG_OK)
        return err;
    mg_phase_weigh(profile, phases);
    if (clock.steps > 0)
        return set_moving(r, odf, t, &clock, &phases[0], duration_s);
    err = set_constant(r, odf, t, &clock, &phases[0], duration_s);
    return err == MG_OK && !r->constant ? set_grid_beats(r, duration_s) : err;
}

static mg_err analyse(mg_tempo *tempo, double duration_s, mg_tempo_result *r)
{
    double rms[MG_ODF_BANDS];
    mg_autofree mg_tempogram *t = NULL;
    mg_pulse pulses[MG_PULSES_MAX];
    mg_beat_start start = mg_beat_start_find(&tempo->odf);
    mg_err err = mg_odf_condition(&tempo->odf, rms);
    if (err == MG_OK)
        err = mg_tempogram_new(&t, &tempo->odf);
    if (err == MG_OK)
        err = mg_pulse_find(t, &tempo->odf, pulses);
    if (err != MG_OK)
        return err;
    mg_octave_candidate c[MG_OCTAVE_CANDIDATES_MAX];
    double hz[MG_PULSES_MAX];
    for (unsigned i = 0; i < MG_PULSES_MAX; i++)
        hz[i] = pulses[i].hz;
    unsigned count = mg_octave_weigh(t, hz, MG_PULSES_MAX, tempo->low_bpm, tempo->high_bpm, c);
    double salience = fmax(pulses[0].salience, t->local_salience);
    double there = mg_beat_confidence(salience, depth_of(rms), c[0].weight);
    if (there < 0.5) {
        set_none(r, MG_WHY_NO_BEAT, 1 - there);
        return MG_OK;
    }
    err = set_grid(r, &tempo->odf, t, &start, c[0].hz, duration_s);
    if (err == MG_OK)
        set_candidates(r, c, count, mg_or(r->bpm, 60 * c[0].hz), there);
    return err;
}

mg_err mg_tempo_finish(mg_tempo *tempo, mg_tempo_result *ret)
{
    mg_err err = mg_onset_flush(tempo->onset, &tempo->odf);
    if (err != MG_OK)
        return err;
    double duration_s = (double)tempo->frames / tempo->rate_hz;
    mg_tempo_result r = {0};
    if (mg_onset_peak(tempo->onset) < silent_peak)
        set_none(&r, MG_WHY_SILENT, 1);
    else if (duration_s < least_s)
        set_none(&r, MG_WHY_TOO_SHORT, 0);
    else
        err = analyse(tempo, duration_s, &r);
    if (err != MG_OK) {
        free(r.map);
        free(r.beats_s);
        return err;
    }
    *ret = r;
    return MG_OK;
}
