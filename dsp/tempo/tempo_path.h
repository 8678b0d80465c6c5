/* The course of the tempo through a file: a pulse that may speed up or slow down, followed with the
 * Viterbi algorithm over windows of 8 s. */
#ifndef MG_DSP_TEMPO_TEMPO_PATH_H
#define MG_DSP_TEMPO_TEMPO_PATH_H

#include "dsp/tempo/tempo_fit.h"

typedef struct mg_tempo_path {
    size_t steps;
    double step_s;
    double *hz; /* per step, at (step + 0.5) * step_s; owned */
} mg_tempo_path;

/** @param reach  how far the tempo may move from the fit's pulse, as a share of it; at most 0.2
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_tempo_path_init(mg_tempo_path *path, const mg_tempo_fit *fit, double reach);
void mg_tempo_path_done(mg_tempo_path *path);

/** Pulses per second at a time. */
double mg_tempo_path_at(const mg_tempo_path *path, double time_s);

#endif
