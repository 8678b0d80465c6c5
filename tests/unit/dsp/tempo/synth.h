/* Renders of drum patterns with known tempo, for the tests of the tempo stage. Deterministic. */
#ifndef MG_TESTS_TEMPO_SYNTH_H
#define MG_TESTS_TEMPO_SYNTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum synth_style {
    SYNTH_CLICKS,
    SYNTH_HOUSE,        /* kick on every beat, clap on 2 and 4, off-beat hats */
    SYNTH_TECHNO,       /* kick on every beat, hats in sixteenths */
    SYNTH_TRANCE,       /* kick on every beat, bass on the other sixteenths */
    SYNTH_OFFBEAT_BASS, /* soft kick on the beats, loud bass between them */
    SYNTH_DOTTED,       /* kick on every beat, hats every three sixteenths */
    SYNTH_SWING,        /* house with swung sixteenths */
    SYNTH_TWO_STEP,     /* drum and bass: kick 1 and 3-and, snare 2 and 4 */
    SYNTH_JUNGLE,       /* chopped break at drum and bass tempo */
    SYNTH_HALF_TIME,    /* dubstep: snare on 3 */
    SYNTH_TRAP,         /* snare on 3, rolling hats */
    SYNTH_BREAKBEAT,    /* syncopated kick, snare 2 and 4 with ghosts */
    SYNTH_ROCK,         /* kick 1 and 3, snare 2 and 4, hats in eighths */
    SYNTH_HIP_HOP,      /* the same, slower and swung */
    SYNTH_DEMBOW,       /* kick on every beat, snare 3-3-2 */
    SYNTH_SHUFFLE,      /* twelve steps a bar: 6/8 or 12/8, beat = dotted quarter */
    SYNTH_RIDE,         /* twelve steps a bar, quick: swing with a ride cymbal and walking bass */
    SYNTH_STYLES
} synth_style;

typedef struct synth_track {
    synth_style style;
    double bpm;
    double start_s; /* time of beat 0 */
    double duration_s;
    unsigned rate_hz;
    uint32_t seed;
    unsigned intro_bars; /* of pad alone */
    double pad_gain;     /* 0: none */
    double melody_gain;  /* plucks on a grid of eighths */
    double variation;    /* 0..1: share of steps of the pattern that are changed at random */
    double end_bpm;      /* 0: constant; else the tempo glides to it */
    double change_s;     /* > 0: from here on end_bpm, at once */
} synth_track;

/** @return samples, interleaved stereo, free(); *ret_frames of them; NULL without memory */
float *synth_render(const synth_track *track, size_t *ret_frames);

/** Time of beat n (any sign) of a track of constant tempo. */
double synth_beat_s(const synth_track *track, long n);

/** 0..1, the next of a sequence. */
double synth_random(uint32_t *state);

#endif
