/* What the genres of the club generator have in common: tempi, patterns, sounds. */
#ifndef MG_BENCH_TRACKS_CLUB_GENRE_H
#define MG_BENCH_TRACKS_CLUB_GENRE_H

#include "bench/tracks/club_shot.h"

#include <stdbool.h>

enum { MG_CLUB_VARIANTS = 6 };

typedef enum mg_club_bass {
    MG_BASS_SUB,   /* sine */
    MG_BASS_SAW,   /* low-passed */
    MG_BASS_REESE, /* detuned saws under a slow filter */
    MG_BASS_ACID,  /* resonant sweep on each note */
    MG_BASS_FM,
    MG_BASS_808,    /* long driven sine that glides */
    MG_BASS_WOBBLE, /* filter swings with the beat */
    MG_BASS_KINDS,
} mg_club_bass;

typedef enum mg_club_chords {
    MG_CHORDS_NONE,
    MG_CHORDS_PAD,
    MG_CHORDS_SUPERSAW,
    MG_CHORDS_STABS,
    MG_CHORDS_KEYS, /* electric piano or organ, struck */
    MG_CHORDS_PLUCK,
    MG_CHORDS_KINDS,
} mg_club_chords;

/* Patterns: one character a step, repeated for ever. Drums: X full, x, o, . softer and softer, -
 * none. Bass: X root, 5 fifth, 8 octave, _ goes on, - none. A missing variant ends the list. */
typedef struct mg_club_genre {
    const char *name, *text;
    double low_bpm, high_bpm;
    bool octave_fixed;  /* by the pattern; else by what the genre is counted in */
    unsigned steps;     /* per beat: 4, or 3 where the beat is a dotted quarter */
    double swing;       /* probability of swung sixteenths */
    double ghost_share; /* probability of ghost notes */
    double minor_share;
    const char *kick[MG_CLUB_VARIANTS], *snare[MG_CLUB_VARIANTS], *hat[MG_CLUB_VARIANTS],
        *open[MG_CLUB_VARIANTS], *ghost[MG_CLUB_VARIANTS], *perc[MG_CLUB_VARIANTS],
        *bass[MG_CLUB_VARIANTS];
    mg_shot_kind kick_kinds[3], snare_kinds[3]; /* drawn with the same chance each */
    mg_club_bass bass_kinds[3];
    mg_club_chords chord_kinds[3];
} mg_club_genre;

/* Those in the first table, club_genre.c; rhythms beside them are in club_genre_more.c. */
enum { MG_CLUB_GENRES_COMMON = 23 };

unsigned mg_club_genre_count(void);
/** @param index  below mg_club_genre_count() */
const mg_club_genre *mg_club_genre_at(unsigned index);

/** Whether anything strikes: pads have no beat. */
bool mg_club_has_beat(const mg_club_genre *genre);

/** @return the genre of that name, NULL if there is none */
const mg_club_genre *mg_club_genre_find(const char *name);

#endif
