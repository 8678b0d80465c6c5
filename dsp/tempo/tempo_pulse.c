#include "dsp/tempo/tempo_pulse.h"

#include "base/cleanup.h"

#include <math.h>

static const double grid_step = 1.003;
static const double centre_bpm = 120, width_octaves = 0.9; /* broad: ratios are decided later */
static const double lag_error = 0.008;                     /* of a period found on lags of 12 ms */
static const double related = 0.03;

static mg_err make_exact(const mg_odf *odf, mg_pulse *pulse)
{
    mg_auto(mg_tempo_fit_done) mg_tempo_fit fit = {0};
    mg_err err = mg_tempo_fit_init(&fit, odf, pulse->hz);
    if (err == MG_OK)
        pulse->hz = mg_tempo_fit_best(&fit, lag_error, 0, fit.windows);
    return err;
}

static bool is_related(double hz, double to_hz)
{
    static const double ratio[] = {1, 0.25, 1 / 3.0, 0.5, 2 / 3.0, 0.75, 4 / 3.0, 1.5, 2, 3, 4};
    for (size_t i = 0; i < sizeof(ratio) / sizeof(ratio[0]); i++)
        if (fabs(hz / to_hz / ratio[i] - 1) < related)
            return true;
    return false;
}

/* The peak of salience times prior among what is not related to `apart_hz` (0: all). */
static mg_pulse strongest(const mg_tempogram *t, double apart_hz)
{
    double best = -1;
    mg_pulse pulse = {.hz = 1 / MG_PULSE_SHORTEST_S};
    for (double period = MG_PULSE_SHORTEST_S; period < MG_PULSE_LONGEST_S; period *= grid_step) {
        double octaves = log2(60 / period / centre_bpm) / width_octaves;
        double s = mg_tempogram_salience(t, period), value = s * exp(-0.5 * octaves * octaves);
        if (value <= best || (apart_hz > 0 && is_related(1 / period, apart_hz)))
            continue;
        best = value;
        pulse = (mg_pulse){.hz = 1 / period, .salience = fmax(0, s)};
    }
    return pulse;
}

mg_err mg_pulse_find(const mg_tempogram *t, const mg_odf *odf, mg_pulse ret[MG_PULSES_MAX])
{
    ret[0] = strongest(t, 0);
    mg_err err = make_exact(odf, &ret[0]);
    if (err != MG_OK)
        return err;
    ret[1] = strongest(t, ret[0].hz);
    return make_exact(odf, &ret[1]);
}
