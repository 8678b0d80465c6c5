/* Prints what the models of the tempo stage see of onset histories, for bench/learn/train_tempo.py.
 *
 *     tempo-features < HISTORIES
 *
 * Lines: "I name" opens an item; "C right bpm features" is a candidate tempo; "P right 0 features"
 * a candidate phase of the beat; "B right 0 features" a beat as the first of the bar. Phases and
 * bars come from tracks alone whose grid is known. */
#include "bench/learn/tempo_history.h"
#include "dsp/tempo/beat_phase.h"
#include "dsp/tempo/odf_condition.h"
#include "dsp/tempo/tempo_octave.h"
#include "dsp/tempo/tempo_pulse.h"

#include <math.h>
#include <stdlib.h>

static void print_line(char head, bool right, double bpm, const double *values, unsigned count)
{
    printf("%c %d %.5f", head, right, bpm);
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

static bool print_tempi(const mg_tempo_history *h)
{
    mg_tempogram *t = NULL;
    mg_pulse pulses[MG_PULSES_MAX];
    if (mg_tempogram_new(&t, &h->odf) != MG_OK || mg_pulse_find(t, &h->odf, pulses) != MG_OK)
        return false;
    double hz[MG_PULSES_MAX];
    for (unsigned i = 0; i < MG_PULSES_MAX; i++)
        hz[i] = pulses[i].hz;
    mg_octave_candidate c[MG_OCTAVE_CANDIDATES_MAX];
    unsigned count = mg_octave_weigh(t, hz, MG_PULSES_MAX, 0, 0, c);
    for (unsigned i = 0; i < count; i++) {
        double features[MG_OCTAVE_FEATURES], bpm = 60 * c[i].hz;
        mg_octave_features(t, c[i].hz, features);
        print_line('C', is_right(h, bpm), bpm, features, MG_OCTAVE_FEATURES);
    }
    free(t);
    return true;
}

static void print_grid(const mg_tempo_history *h)
{
    static mg_beat_profile profile;
    double beat_hz = h->bpm / 60;
    mg_beat_profile_fold(&profile, &h->odf, beat_hz);
    mg_phase_candidate c[MG_PHASE_CANDIDATES_MAX];
    unsigned count = mg_phase_weigh(&profile, c);
    for (unsigned i = 0; i < count; i++) {
        double off = (c[i].phase_s - h->first_beat_s) * beat_hz, features[MG_PHASE_FEATURES];
        bool right = fabs(off - floor(off + 0.5)) < 2.0 / MG_PHASE_SLOTS;
        mg_phase_features(&profile, (unsigned)(c[i].phase_s * beat_hz * MG_PHASE_SLOTS), features);
        print_line('P', right, 0, features, MG_PHASE_FEATURES);
    }
    unsigned slot = (unsigned)(h->first_beat_s * beat_hz * MG_PHASE_SLOTS);
    for (unsigned b = 0; b < MG_PHASE_BEATS && h->has_bar; b++) {
        double features[MG_BAR_FEATURES];
        mg_bar_features(&profile, slot, b, features);
        print_line('B', b == h->downbeat, 0, features, MG_BAR_FEATURES);
    }
}

int main(void)
{
    mg_tempo_history h;
    while (mg_history_read(stdin, &h)) {
        double rms[MG_ODF_BANDS];
        bool ok = mg_odf_condition(&h.odf, rms) == MG_OK;
        printf("I %s\n", h.name);
        ok = ok && (h.bpm <= 0 || print_tempi(&h));
        if (ok && h.has_grid && h.bpm > 0)
            print_grid(&h);
        mg_odf_done(&h.odf);
        if (!ok)
            return 70;
    }
    return feof(stdin) ? 0 : 65;
}
