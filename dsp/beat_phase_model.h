/* Coefficients of the beat phase and of the downbeat, in the order of mg_phase_features() and
 * mg_bar_features(). Written by
 * bench/train_tempo.py; do not edit. */
#ifndef MG_DSP_BEAT_PHASE_MODEL_H
#define MG_DSP_BEAT_PHASE_MODEL_H

static const double mg_phase_model[22] = {
    1.588, 0.493, 0.175, 1.490, 3.268, -1.795, -1.969, 1.141, 0.349, 0.109, -0.268, 0.398, 1.663,
    -0.378, 0.024, -0.412, 1.657, 0.801, -0.549, -0.509, -0.464, 0.421,
};

static const double mg_bar_model[28] = {
    1.437, -0.814, -0.945, -0.538, 3.514, -0.963, -1.544, -1.421, -2.496, 2.372, 0.288, -0.689,
    0.531, 0.014, -0.801, 0.285, -0.479, 0.256, -0.364, 0.502, 0.135, 0.463, -0.034, -0.103, 0.294,
    0.572, -0.291, -0.405,
};

#endif
