#include "dsp/tempo/tempo_octave.h"

#include "dsp/tempo/tempo_octave_model.h"

#include <math.h>

static const double lowest_bpm = 45, highest_bpm = 240;
static const double outside_profile = 4; /* log odds against a tempo outside the given range */
/* Where dance music is counted, and log odds for it while no profile says otherwise: patterns alone
 * cannot tell 70 from 140. */
static const double sweet_low_bpm = 86, sweet_high_bpm = 179, sweet = 0.7;
static const double same_tempo = 0.01;
static const double ratio[] = {1, 0.25, 1 / 3.0, 0.5, 2 / 3.0, 0.75, 4 / 3.0, 1.5, 2, 3, 4};
static const double auto_lag[] = {0.25, 1 / 3.0, 0.5, 2 / 3.0, 0.75, 1, 1.5, 2, 3, 4};
static const double cross_lag[] = {0.5, 1, 2};
enum { AUTO_LAGS = 10, CROSS_LAGS = 3 };

void mg_octave_features(const mg_tempogram *t, double beat_hz, double ret[MG_OCTAVE_FEATURES])
{
    double beat_s = 1 / beat_hz, octaves = log2(60 * beat_hz / 126);
    unsigned n = 0;
    for (unsigned band = MG_LAG_KICK; band <= MG_LAG_HAT; band++)
        for (unsigned i = 0; i < AUTO_LAGS; i++)
            ret[n++] = mg_tempogram_at(t, band, beat_s * auto_lag[i]);
    for (unsigned i = 0; i < CROSS_LAGS; i++) {
        ret[n++] = mg_tempogram_at(t, MG_LAG_KICK_SNARE, beat_s * cross_lag[i]);
        ret[n++] = mg_tempogram_at(t, MG_LAG_KICK_HAT, beat_s * cross_lag[i]);
    }
    ret[n++] = -octaves * octaves;
    ret[n++] = -fabs(octaves);
    ret[n++] = -fmax(0, log2(88 / (60 * beat_hz)));
    ret[n++] = -fmax(0, log2(60 * beat_hz / 175));
}

static double score(const double features[MG_OCTAVE_FEATURES])
{
    double sum = 0;
    for (unsigned i = 0; i < MG_OCTAVE_FEATURES; i++)
        sum += mg_octave_model[i] * features[i];
    return sum;
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
        double value = score(features);
        if ((low_bpm > 0 && bpm < low_bpm) || (high_bpm > 0 && bpm > high_bpm))
            value -= outside_profile;
        if (low_bpm <= 0 && high_bpm <= 0 && bpm >= sweet_low_bpm && bpm <= sweet_high_bpm)
            value += sweet;
        count = insert(ret, count, hz, value);
    }
    double top = ret[0].weight, sum = 0;
    for (unsigned i = 0; i < count; i++)
        sum += ret[i].weight = exp(ret[i].weight - top);
    for (unsigned i = 0; i < count; i++)
        ret[i].weight /= sum;
    return count;
}
