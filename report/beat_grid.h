/* The beats of a result as a list of straight stretches, and cues on its downbeats. */
#ifndef MG_REPORT_BEAT_GRID_H
#define MG_REPORT_BEAT_GRID_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MG_STRETCHES_MAX = 1000 };

/* From beat `beat` at start_s on, one every period_s. */
typedef struct mg_stretch {
    double start_s, period_s;
    int64_t beat;
} mg_stretch;

typedef struct mg_beat_grid {
    size_t count; /* 0: there is no beat */
    mg_stretch stretches[MG_STRETCHES_MAX];
    bool constant;
    int beats_per_bar;  /* 4 where the result has none */
    int downbeat_index; /* 0..beats_per_bar-1; -1: not known */
    double end_s;       /* of the file */
} mg_beat_grid;

/** One stretch where the tempo is constant; else as few as pass every beat of tempo.beats_s within
 *  10 ms, each from a downbeat on where that is possible. */
void mg_beat_grid_read(const json_t *result, mg_beat_grid *ret);

/** Place of a beat in its bar, 1..beats_per_bar; 1 for the first beat of the file where the
 *  downbeat is not known. */
int mg_beat_in_bar(const mg_beat_grid *grid, int64_t beat);

/** The beat nearest to a time, a downbeat where downbeats are known, inside the file.
 *  @return its time in seconds; NAN without a grid */
double mg_beat_grid_snap(const mg_beat_grid *grid, double time_s);

/* ---- cues ---- */

typedef enum mg_cue_kind { MG_CUE_MIX_IN, MG_CUE_DROP, MG_CUE_MIX_OUT } mg_cue_kind;

typedef struct mg_cue {
    mg_cue_kind kind;
    double at_s;
    char name[24]; /* "Mix in", "Drop", "Drop 2", "Mix out" */
} mg_cue;

enum { MG_CUES_MAX = 8 }; /* hot cues that both programs have on their pads */

/** Phrase cues from structure.sections, in time order, each on the downbeat grid: mix-in is the
 *  start of the first section that lasts at least four bars and is not silent; a drop is the start
 *  of a drop section that does not follow another one (the first six); mix-out is the start of the
 *  outro (the first of those that end the file), or else the last place in the last section,
 *  counted from its start in steps of eight bars, that leaves sixteen. None without a grid: there
 *  is nothing to mix by.
 *  @return how many */
size_t mg_cues(const json_t *result, const mg_beat_grid *grid, mg_cue ret[MG_CUES_MAX]);

#endif
