#include "dsp/tempo/tempo.h"

#include "base/cleanup.h"
#include "dsp/tempo/grid_fit.h"
#include "dsp/tempo/odf_condition.h"
#include "dsp/tempo/onset.h"
#include "dsp/tempo/part_beats.h"
#include "dsp/tempo/tempo_confidence.h"
#include "dsp/tempo/tempo_result.h"

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

/* First grid beat on which something starts. */
static double first_audible(const mg_odf *odf, const mg_grid *grid, double duration_s)
{
    for (long b = 0; b <= mg_grid_last_beat(grid, duration_s); b++)
        if (mg_grid_onset(odf, grid, b, slot_reach_s).level > 0)
            return grid->first_s + (double)b * grid->period_s;
    return grid->first_s;
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
    long first = lround((grid.first_s - phase->phase_s) / grid.period_s);
    mg_tempo_bar bar = mg_tempo_bar_of(t, phase, grid.period_s, first);
    mg_tempo_set_bar(r, &bar);
    return MG_OK;
}

/* Beats and map of a tempo that moves. */
static mg_err set_moving(mg_tempo_result *r, const mg_odf *odf, const mg_tempogram *t,
                         const mg_beat_clock *clock, const mg_phase_candidate *phase,
                         double duration_s)
{
    mg_auto(mg_beats_done) mg_beats beats = {0};
    mg_err err = mg_beats_init(&beats, odf, clock, phase->phase_s * clock->beat_hz, 0, duration_s);
    if (err != MG_OK)
        return err;
    r->grid_confidence = mg_some(mg_grid_confidence(phase->weight, beats.share));
    mg_tempo_bar bar = mg_tempo_bar_of(t, phase, 1 / clock->beat_hz, beats.first);
    mg_tempo_set_bar(r, &bar);
    r->max_error_ms = mg_some(1000 * mg_beat_clock_bend_s(clock));
    err = mg_tempo_set_beats(r, &beats);
    if (err == MG_OK)
        mg_tempo_set_middle(r, 60 * clock->beat_hz, duration_s);
    return err;
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
    return mg_tempo_set_beats(r, &beats);
}

/* The beats of a file that is one part. */
static mg_err set_grid(mg_tempo_result *r, const mg_odf *odf, const mg_tempogram *t,
                       const mg_beat_start *start, const mg_beat_clock *clock, double duration_s)
{
    mg_autofree mg_beat_profile *profile = calloc(1, sizeof(*profile));
    mg_phase_candidate phases[MG_PHASE_CANDIDATES_MAX];
    if (profile == NULL)
        return MG_E_NOMEM;
    mg_err err = mg_beat_profile_fold(profile, odf, clock, start);
    if (err != MG_OK)
        return err;
    mg_phase_weigh(profile, phases);
    if (clock->steps > 0)
        return set_moving(r, odf, t, clock, &phases[0], duration_s);
    err = set_constant(r, odf, t, clock, &phases[0], duration_s);
    return err == MG_OK && !r->constant ? set_grid_beats(r, duration_s) : err;
}

static mg_err analyse(mg_tempo *tempo, double duration_s, mg_tempo_result *r)
{
    mg_part_source source = {.odf = &tempo->odf,
                             .start = mg_beat_start_find(&tempo->odf),
                             .low_bpm = tempo->low_bpm,
                             .high_bpm = tempo->high_bpm,
                             .duration_s = duration_s};
    mg_auto(mg_tempo_level_done) mg_tempo_level level = {0};
    mg_auto(mg_pulse_course_done) mg_pulse_course course = {0};
    mg_auto(mg_beat_clock_done) mg_beat_clock clock = {0};
    mg_err err = mg_odf_condition(&tempo->odf, source.rms);
    if (err == MG_OK)
        err = mg_tempo_level_find(&level, &tempo->odf, source.rms, tempo->low_bpm, tempo->high_bpm,
                                  &course);
    if (err != MG_OK)
        return err;
    bool there = level.there >= 0.5, set = false;
    clock = mg_beat_clock_still(level.candidate[0].hz);
    if (there)
        err = mg_beat_clock_of(&clock, &tempo->odf, level.candidate[0].hz);
    if (err == MG_OK && (clock.steps > 0 || mg_parts_wanted(&course, &clock)))
        err = mg_part_beats_set(r, &source, &course, &set);
    if (err != MG_OK || set)
        return err;
    if (!there) {
        *r = mg_tempo_none(MG_WHY_NO_BEAT, 1 - level.there);
        return MG_OK;
    }
    err = set_grid(r, &tempo->odf, level.tempogram, &source.start, &clock, duration_s);
    if (err == MG_OK)
        mg_tempo_set_level(r, &level, mg_or(r->bpm, 60 * level.candidate[0].hz));
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
        r = mg_tempo_none(MG_WHY_SILENT, 1);
    else if (duration_s < least_s)
        r = mg_tempo_none(MG_WHY_TOO_SHORT, 0);
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
