/* Phase of the beat and of the bar: weights of mg_phase_features() and
 * mg_bar_features().
 * Written by bench/train_tempo.py; do not edit. */
#ifndef MG_DSP_TEMPO_BEAT_PHASE_MODEL_H
#define MG_DSP_TEMPO_BEAT_PHASE_MODEL_H

static const double mg_phase_model[22] = {
    2.335, 0.438, 0.048, 1.045, 3.917, -1.062, -1.984, 0.356, 0.861, 0.474, -0.516, -0.004, 1.492,
    -0.620, 0.007, -0.594, 1.234, 0.145, 0.169, 0.401, -0.116, 0.998,
};

static const double mg_bar_model[28] = {
    1.169, -0.421, -0.922, -0.486, 1.816, -1.332, -0.281, -0.975, -1.857, 1.157, 0.433, 0.009,
    0.231, 0.876, -1.150, 0.051, -0.393, 0.549, -0.136, 0.405, 0.247, 0.321, 0.125, -0.691, 0.147,
    0.565, 0.096, -0.385,
};

#endif
