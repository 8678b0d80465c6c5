#include "dsp/tempo/tempo_octave.h"

#include "dsp/tempo/choice.h"
#include "dsp/tempo/tempo_octave_model.h"

#include <math.h>

static const double lowest_bpm = 45, highest_bpm = 240;
/* Log odds against a tempo outside the range that a profile expects: where half or double of it
 * lies inside, 650 to 1, since which of the two is counted is the genre's custom; any other, 4 to
 * 1, since a genre does not make three beats of two. Reached a tenth of an octave from the range.
 */
static const double outside_octave = 6.5, outside_ratio = 1.4, edge_octaves = 0.1;
static const double same_tempo = 0.01;
static const double ratio[] = {1, 0.25, 1 / 3.0, 0.5, 2 / 3.0, 0.75, 4 / 3.0, 1.5, 2, 3, 4};
static const double auto_lag[] = {0.25, 1 / 3.0, 0.5, 2 / 3.0, 0.75, 1, 1.5, 2, 3, 4};
static const double snare_lag[] = {0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4};
static const double hat_lag[] = {0.25, 0.5, 1, 2};
static const double harmonic[] = {0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4};
/* Corners of a prior of the tempo that is linear between them (on a logarithmic scale). */
static const double corner_bpm[] = {55, 65, 75, 85, 95, 110, 125, 140, 155, 170, 185, 205, 230};
enum {
    AUTO_LAGS = sizeof(auto_lag) / sizeof(auto_lag[0]),
    SNARE_LAGS = sizeof(snare_lag) / sizeof(snare_lag[0]),
    HAT_LAGS = sizeof(hat_lag) / sizeof(hat_lag[0]),
    HARMONICS = sizeof(harmonic) / sizeof(harmonic[0]),
    CORNERS = sizeof(corner_bpm) / sizeof(corner_bpm[0]),
};
_Static_assert(4 * AUTO_LAGS + SNARE_LAGS + HAT_LAGS + 4 * HARMONICS + CORNERS ==
                   MG_OCTAVE_FEATURES,
               "all features are counted");

void mg_octave_features(const mg_tempogram *t, double beat_hz, double ret[MG_OCTAVE_FEATURES])
{
    double beat_s = 1 / beat_hz;
    unsigned n = 0;
    for (unsigned band = MG_LAG_KICK; band <= MG_LAG_HAT; band++)
        for (unsigned i = 0; i < AUTO_LAGS; i++)
            ret[n++] = mg_tempogram_at(t, band, beat_s * auto_lag[i]);
    for (unsigned i = 0; i < SNARE_LAGS; i++)
        ret[n++] = mg_tempogram_at(t, MG_LAG_KICK_SNARE, beat_s * snare_lag[i]);
    for (unsigned i = 0; i < HAT_LAGS; i++)
        ret[n++] = mg_tempogram_at(t, MG_LAG_KICK_HAT, beat_s * hat_lag[i]);
    for (unsigned band = MG_LAG_KICK; band <= MG_LAG_HAT; band++)
        for (unsigned i = 0; i < HARMONICS; i++)
            ret[n++] = mg_tempogram_pulse(t, band, beat_hz * harmonic[i]);
    double bpm = fmin(fmax(60 * beat_hz, corner_bpm[0]), corner_bpm[CORNERS - 1]);
    for (unsigned i = 0; i < CORNERS; i++) {
        double below =
            i > 0 ? log2(bpm / corner_bpm[i - 1]) / log2(corner_bpm[i] / corner_bpm[i - 1]) : 1;
        double above = i + 1 < CORNERS
                           ? log2(corner_bpm[i + 1] / bpm) / log2(corner_bpm[i + 1] / corner_bpm[i])
                           : 1;
        ret[n++] = fmax(0, fmin(below, above));
    }
}

static const mg_choice_model model = {MG_OCTAVE_FEATURES, MG_OCTAVE_HIDDEN, mg_octave_weights};
_Static_assert(sizeof(mg_octave_weights) / sizeof(mg_octave_weights[0]) ==
                   MG_OCTAVE_HIDDEN * (MG_OCTAVE_FEATURES + 2) + MG_OCTAVE_FEATURES,
               "the weights are of these features");

/* 0 inside the range, 1 from edge_octaves outside. */
static double outside(double bpm, double low_bpm, double high_bpm)
{
    double octaves = 0;
    if (low_bpm > 0)
        octaves = fmax(octaves, log2(low_bpm / bpm));
    if (high_bpm > 0)
        octaves = fmax(octaves, log2(bpm / high_bpm));
    return fmin(1, octaves / edge_octaves);
}

static double against(double bpm, double low_bpm, double high_bpm)
{
    double relative =
        fmin(outside(bpm / 2, low_bpm, high_bpm), outside(2 * bpm, low_bpm, high_bpm));
    return outside(bpm, low_bpm, high_bpm) *
           (relative * outside_ratio + (1 - relative) * outside_octave);
}

/* Inserts by falling score; a tempo that is there already (a ratio of two pulses) stays alone. */
static unsigned insert(mg_octave_candidate *list, unsigned count, double hz, double value)
{
    for (unsigned i = 0; i < count; i++)
        if (fabs(list[i].hz / hz - 1) < same_tempo)
            return count;
    unsigned at = count++;
    for (; at > 0 && list[at - 1].weight < value; at--)
        list[at] = list[at - 1];
    list[at] = (mg_octave_candidate){hz, value};
    return count;
}

unsigned mg_octave_weigh(const mg_tempogram *t, const double *pulse_hz, unsigned pulses,
                         double low_bpm, double high_bpm,
                         mg_octave_candidate ret[MG_OCTAVE_CANDIDATES_MAX])
{
    enum { RATIOS = sizeof(ratio) / sizeof(ratio[0]) };
    unsigned count = 0;
    for (unsigned i = 0; i < pulses * RATIOS && count < MG_OCTAVE_CANDIDATES_MAX; i++) {
        double hz = pulse_hz[i / RATIOS] * ratio[i % RATIOS], bpm = 60 * hz;
        if (bpm < lowest_bpm || bpm > highest_bpm)
            continue;
        double features[MG_OCTAVE_FEATURES];
        mg_octave_features(t, hz, features);
        double value = mg_choice_score(&model, features) - against(bpm, low_bpm, high_bpm);
        count = insert(ret, count, hz, value);
    }
    double top = ret[0].weight, sum = 0;
    for (unsigned i = 0; i < count; i++)
        sum += ret[i].weight = exp(ret[i].weight - top);
    for (unsigned i = 0; i < count; i++)
        ret[i].weight /= sum;
    return count;
}
