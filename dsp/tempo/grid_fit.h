/* The exact beat grid: frequency and phase from where attacks start, beat by beat.
 *
 * Beat n of a grid falls at first_s + n * period_s. */
#ifndef MG_DSP_TEMPO_GRID_FIT_H
#define MG_DSP_TEMPO_GRID_FIT_H

#include "dsp/tempo/odf.h"

#include <stdbool.h>

typedef struct mg_grid {
    double period_s;
    double first_s;        /* 0 <= first_s < period_s after mg_grid_wrap() */
    double period_error_s; /* standard error of the period; INFINITY: not known */
} mg_grid;

/* The sharp attack that stands for a beat. */
typedef struct mg_beat_onset {
    double error_s; /* start of the attack minus the grid */
    unsigned level; /* sharpness; 0: there is none */
} mg_beat_onset;

/** The sharpest attack within +-reach_s of beat n. */
mg_beat_onset mg_grid_onset(const mg_odf *odf, const mg_grid *grid, long beat, double reach_s);

/** Number of the first and of the last beat inside the file. */
long mg_grid_first_beat(const mg_grid *grid);
long mg_grid_last_beat(const mg_grid *grid, double duration_s);

/** Moves *grid onto the attacks: first the phase (a median), then frequency and phase together
 *  (least squares over what lies within a few milliseconds, in rounds).
 *  @param reach_s  how far off the given grid may be, at most a quarter of a beat
 *  @param ret_share  share of the beats with an attack that lie within 4 ms of the new grid
 *  @return MG_OK; MG_E_NOMEM. Where too few beats have an attack *grid stays as it was. */
mg_err mg_grid_fit(mg_grid *grid, const mg_odf *odf, double duration_s, double reach_s,
                   double *ret_share);

/** Takes the nearest integer or half BPM where the fit allows it (within a few standard errors of
 * the period) and no beat of the file moves by more than 2 ms. */
void mg_grid_snap(mg_grid *grid, double duration_s);

/** 0 <= first_s < period_s. */
void mg_grid_wrap(mg_grid *grid);

typedef struct mg_grid_check {
    double max_error_s; /* largest distance of the attacks from the grid, of 8 bars together; 0
                           without any */
    bool steady;        /* no such stretch runs off by more than 0.05 % */
    unsigned stretches; /* that had attacks enough to tell */
} mg_grid_check;

/** Compares the grid with the attacks, stretch by stretch of 8 bars (32 beats). */
mg_grid_check mg_grid_compare(const mg_grid *grid, const mg_odf *odf, double duration_s);

#endif
