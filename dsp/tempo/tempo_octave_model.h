/* Choice of the metrical level: weights of mg_octave_features().
 * Written by bench/train_tempo.py; do not edit. */
#ifndef MG_DSP_TEMPO_TEMPO_OCTAVE_MODEL_H
#define MG_DSP_TEMPO_TEMPO_OCTAVE_MODEL_H

static const double mg_octave_model[50] = {
    0.077, -0.495, -1.389, -0.626, -0.069, 1.953, 0.358, -0.633, -1.120, 4.725, -1.971, -1.736,
    0.065, -0.224, -0.331, 1.150, -0.073, 0.537, 0.858, 1.889, -1.004, -1.707, -0.763, 0.752, 2.453,
    0.043, 0.139, 0.064, 0.649, 0.935, -1.184, -0.957, 0.523, -0.554, 0.743, 0.573, 0.976, 0.227,
    1.076, 1.537, -0.478, 0.256, 1.380, 0.642, 0.715, 0.952, 3.340, 2.801, 1.698, 0.025,
};

#endif
