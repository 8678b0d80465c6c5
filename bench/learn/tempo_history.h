/* Onset histories of tracks whose beat is known: what the tempo models are learnt from. */
#ifndef MG_BENCH_LEARN_TEMPO_HISTORY_H
#define MG_BENCH_LEARN_TEMPO_HISTORY_H

#include "dsp/tempo/odf.h"

#include <stdbool.h>
#include <stdio.h>

enum { MG_HISTORY_NAME = 64 };

typedef struct mg_tempo_history {
    char name[MG_HISTORY_NAME]; /* source first, then '/' */
    bool ambiguous;             /* another octave is as good */
    bool has_grid;              /* first_beat_s and downbeat are known */
    bool has_bar;               /* there is a bar to be heard */
    double bpm, first_beat_s;   /* bpm 0: no beat */
    unsigned downbeat;          /* beats after first_beat_s */
    mg_odf odf;                 /* as pushed: not conditioned; mg_odf_done() */
} mg_tempo_history;

/** Stereo samples to a history: the same path as an analysis takes.
 *  @return false without memory */
bool mg_history_of(const float *left, const float *right, size_t frames, unsigned rate_hz,
                   mg_odf *ret);

bool mg_history_write(const mg_tempo_history *history, FILE *out);
/** @return false at the end, or where the file is no history */
bool mg_history_read(FILE *in, mg_tempo_history *ret);

#endif
