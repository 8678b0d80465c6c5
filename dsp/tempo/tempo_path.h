/* The course of the tempo through a file: a pulse that may speed up or slow down by a fifth,
 * followed with the Viterbi algorithm over windows of 8 s. */
#ifndef MG_DSP_TEMPO_TEMPO_PATH_H
#define MG_DSP_TEMPO_TEMPO_PATH_H

#include "dsp/tempo/tempo_fit.h"

typedef struct mg_tempo_path {
    size_t steps;
    double step_s;
    double *hz;       /* per step, at (step + 0.5) * step_s; owned */
    double coherence; /* 0..1: share of the onsets that keep the phase within a window */
    double still;     /* the same for a tempo that stays at the fit's pulse */
} mg_tempo_path;

/** @return MG_OK; MG_E_NOMEM */
mg_err mg_tempo_path_init(mg_tempo_path *path, const mg_tempo_fit *fit);
void mg_tempo_path_done(mg_tempo_path *path);

/** Pulses per second at a time. */
double mg_tempo_path_at(const mg_tempo_path *path, double time_s);

#endif
