/* Coefficients of the choice of the metrical level, in the order of mg_octave_features(). Written by
 * bench/train_tempo.py; do not edit. */
#ifndef MG_DSP_TEMPO_OCTAVE_MODEL_H
#define MG_DSP_TEMPO_OCTAVE_MODEL_H

static const double mg_octave_model[50] = {
    0.152, -0.431, -1.227, -0.587, -0.316, 2.086, 0.251, -0.940, -0.845, 5.034, -1.876, -1.409,
    0.277, -0.240, 0.212, 1.172, -0.210, 0.674, 0.646, 1.967, -0.950, -1.178, -0.736, 0.754, 2.632,
    0.612, 0.152, -0.233, 0.876, 0.893, -1.339, -0.842, 0.532, -0.378, 0.775, 0.795, 1.211, -0.086,
    0.929, 1.547, -0.197, 0.468, 0.907, 0.089, 0.875, 1.114, 3.197, 2.662, 1.852, -0.250,
};

#endif
