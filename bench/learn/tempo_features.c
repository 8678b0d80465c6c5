/* Prints what the models of the tempo stage see of onset histories, for bench/learn/train_tempo.py.
 *
 *     tempo-features < HISTORIES
 *
 * Lines: "I name" opens an item; "C right bpm features" is a candidate tempo; "P right 0 features"
 * a place where a bar may begin. `right` is 2 for the right ones, 1 for a beat that begins no bar,
 * else 0. Places come from tracks alone whose grid is known. */
#include "bench/learn/tempo_history.h"
#include "bench/tracks/synth.h"
#include "dsp/tempo/beat_phase.h"
#include "dsp/tempo/odf_condition.h"
#include "dsp/tempo/tempo_octave.h"
#include "dsp/tempo/tempo_pulse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void print_line(char head, unsigned right, double bpm, const double *values, unsigned count)
{
    printf("%c %u %.5f", head, right, bpm);
    for (unsigned i = 0; i < count; i++)
        printf(" %.4f", values[i]);
    printf("\n");
}

static bool is_right(const mg_tempo_history *h, double bpm)
{
    static const double octave[] = {1, 2, 3, 1 / 2.0, 1 / 3.0};
    for (unsigned i = 0; i < (h->ambiguous ? 5u : 1u); i++)
        if (fabs(bpm / (h->bpm * octave[i]) - 1) < 0.02)
            return true;
    return false;
}

/* By tempo: the order of their weights would be that of the weights that are replaced. */
static int by_tempo(const void *a, const void *b)
{
    double x = ((const mg_octave_candidate *)a)->hz, y = ((const mg_octave_candidate *)b)->hz;
    return (x > y) - (x < y);
}

static bool print_tempi(const mg_tempo_history *h)
{
    mg_tempogram *t = NULL;
    mg_pulse pulses[MG_PULSES_MAX];
    if (mg_tempogram_new(&t, &h->odf, NULL) != MG_OK || mg_pulse_find(t, &h->odf, pulses) != MG_OK)
        return false;
    double hz[MG_PULSES_MAX];
    for (unsigned i = 0; i < MG_PULSES_MAX; i++)
        hz[i] = pulses[i].hz;
    mg_octave_candidate c[MG_OCTAVE_CANDIDATES_MAX];
    unsigned count = mg_octave_weigh(t, hz, MG_PULSES_MAX, 0, 0, c);
    qsort(c, count, sizeof(c[0]), by_tempo);
    for (unsigned i = 0; i < count; i++) {
        double features[MG_OCTAVE_FEATURES], bpm = 60 * c[i].hz;
        mg_octave_features(t, c[i].hz, features);
        print_line('C', is_right(h, bpm) ? 2 : 0, bpm, features, MG_OCTAVE_FEATURES);
    }
    free(t);
    return true;
}

/* Of the tracks so many are told to begin anywhere, as excerpts do: in what people upload there are
 * more of them, and beginnings off the beat, than in the renders. */
static const double begins_anywhere = 0.15;

/* In all renders but some the level falls with the kick; in other music where notes end. */
static const double falls_anywhere = 0.07;

static void turn_falls(mg_beat_profile *profile, unsigned slots)
{
    for (unsigned part = 0; part < MG_PROFILE_PARTS; part++) {
        double *row = profile->row[part][MG_ODF_LEVEL], old[MG_PROFILE_SLOTS];
        memcpy(old, row, sizeof(old));
        for (unsigned s = 0; s < MG_PROFILE_SLOTS; s++)
            row[s] = old[(s + slots) % MG_PROFILE_SLOTS];
    }
}

/* Slow tempi are read at double now and then, fast ones at half; so many are learnt that way. */
static const double slow_bpm = 80, fast_bpm = 150, misread = 0.3;

/* @param level  of the tempo that is taken for its own: 1, or 2 or half where there is a bar. At
 * half the beats are the first and third of each bar, at double bars begin with them. */
static bool print_grid(const mg_tempo_history *h, double level, mg_beat_start start, mg_noise *draw)
{
    static mg_beat_profile profile;
    double beat_hz = level * h->bpm / 60, first_s = h->first_beat_s;
    double downbeat = floor(level * h->downbeat), bar_beats = level < 1 ? 2 : MG_PHASE_BEATS;
    if (level < 1)
        first_s += h->downbeat % 2 * 60 / h->bpm;
    mg_beat_clock clock = mg_beat_clock_still(beat_hz);
    if (mg_draw_chance(draw, begins_anywhere))
        start.at_s = mg_draw(draw, 0, MG_PHASE_BEATS / beat_hz);
    if (mg_beat_profile_fold(&profile, &h->odf, &clock, &start) != MG_OK)
        return false;
    if (mg_draw_chance(draw, falls_anywhere))
        turn_falls(&profile, mg_draw_pick(draw, MG_PROFILE_SLOTS));
    unsigned slots[MG_PHASE_CANDIDATES_MAX], count = mg_phase_slots(&profile, slots);
    for (unsigned i = 0; i < count * MG_PHASE_BEATS; i++) {
        unsigned slot = slots[i / MG_PHASE_BEATS], beat = i % MG_PHASE_BEATS;
        double features[MG_PHASE_FEATURES];
        double off = (slot + 0.5) / MG_PHASE_SLOTS - first_s * beat_hz;
        bool right = fabs(off - floor(off + 0.5)) < 2.0 / MG_PHASE_SLOTS;
        double bars = (off + beat - downbeat) / bar_beats;
        bool bar = !h->has_bar || fabs(bars - floor(bars + 0.5)) < 0.5 / bar_beats;
        mg_phase_features(&profile, slot + beat * MG_PHASE_SLOTS, features);
        print_line('P', right + (right && bar), 0, features, MG_PHASE_FEATURES);
    }
    return true;
}

/* The grid of the tempo, and that of another level where the tempo may be read at it. */
static bool print_grids(const mg_tempo_history *h, mg_beat_start start, mg_noise *draw)
{
    double other = h->bpm < slow_bpm ? 2 : h->bpm > fast_bpm ? 0.5 : 1;
    if (!print_grid(h, 1, start, draw))
        return false;
    if (other == 1 || !h->has_bar || !mg_draw_chance(draw, misread))
        return true;
    printf("I %s\n", h->name);
    return print_grid(h, other, start, draw);
}

int main(void)
{
    mg_tempo_history h;
    mg_noise draw = {1};
    while (mg_history_read(stdin, &h)) {
        double rms[MG_ODF_BANDS];
        mg_beat_start start = mg_beat_start_find(&h.odf);
        bool ok = mg_odf_condition(&h.odf, rms) == MG_OK;
        printf("I %s\n", h.name);
        ok = ok && (h.bpm <= 0 || print_tempi(&h));
        if (ok && h.has_grid && h.bpm > 0)
            ok = print_grids(&h, start, &draw);
        mg_odf_done(&h.odf);
        if (!ok)
            return 70;
    }
    return feof(stdin) ? 0 : 65;
}
