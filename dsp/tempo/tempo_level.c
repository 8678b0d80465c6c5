#include "dsp/tempo/tempo_level.h"

#include "dsp/tempo/tempo_confidence.h"
#include "dsp/tempo/tempo_pulse.h"

#include <math.h>
#include <stdlib.h>

/* Onsets of music show in all bands; the beating of tones in one or two. */
static double depth_of(const double rms[MG_ODF_BANDS])
{
    double product = 1;
    for (unsigned b = 0; b < MG_ODF_BANDS; b++)
        product *= rms[b];
    return sqrt(sqrt(product));
}

mg_err mg_tempo_level_find(mg_tempo_level *level, const mg_odf *odf, const double rms[MG_ODF_BANDS],
                           double low_bpm, double high_bpm, mg_pulse_course *ret_course)
{
    *level = (mg_tempo_level){0};
    mg_pulse pulses[MG_PULSES_MAX];
    double hz[MG_PULSES_MAX];
    mg_err err = mg_tempogram_new(&level->tempogram, odf, ret_course);
    if (err == MG_OK)
        err = mg_pulse_find(level->tempogram, odf, pulses);
    if (err != MG_OK) {
        mg_tempo_level_done(level);
        return err;
    }
    for (unsigned i = 0; i < MG_PULSES_MAX; i++)
        hz[i] = pulses[i].hz;
    level->count =
        mg_octave_weigh(level->tempogram, hz, MG_PULSES_MAX, low_bpm, high_bpm, level->candidate);
    double salience = fmax(pulses[0].salience, level->tempogram->local_salience);
    level->there = mg_beat_confidence(salience, depth_of(rms), level->candidate[0].weight);
    return MG_OK;
}

void mg_tempo_level_done(mg_tempo_level *level)
{
    free(level->tempogram);
    level->tempogram = NULL;
}
