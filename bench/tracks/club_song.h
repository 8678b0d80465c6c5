/* One club track as it was drawn, before it is played. */
#ifndef MG_BENCH_TRACKS_CLUB_SONG_H
#define MG_BENCH_TRACKS_CLUB_SONG_H

#include "bench/tracks/club.h"
#include "bench/tracks/club_clock.h"

enum { MG_SONG_PATTERN_MAX = 64, MG_SONG_CHORDS = 8, MG_SONG_RIFF = 16, MG_SONG_REST = -100 };

/* What plays in a section. */
typedef struct mg_song_part {
    double kick, snare, hat, open, perc, ghost, bass, chords, arp, lead; /* gains, 0: silent */
    bool riser;                                                          /* towards the end */
} mg_song_part;

typedef struct mg_song_chord {
    int root, third, fifth, extra; /* semitones; extra 0: a triad */
} mg_song_chord;

typedef struct mg_song {
    const mg_club_recipe *recipe;
    mg_noise draw;
    mg_club_clock clock;
    unsigned bars;
    unsigned sections;
    mg_club_section section[MG_CLUB_SECTIONS_MAX];
    mg_song_part part[MG_CLUB_SECTIONS_MAX];
    /* Drums: patterns with the changes of this track, and the level of each voice. */
    char kick[MG_SONG_PATTERN_MAX], snare[MG_SONG_PATTERN_MAX], hat[MG_SONG_PATTERN_MAX],
        open[MG_SONG_PATTERN_MAX], ghost[MG_SONG_PATTERN_MAX], perc[MG_SONG_PATTERN_MAX],
        bass[MG_SONG_PATTERN_MAX];
    unsigned hat_steps; /* per beat */
    double kick_level, snare_level, hat_level, open_level, ghost_level, perc_level;
    double human_s, human_gain; /* spread of time and loudness */
    bool rolls;                 /* hat rolls of trap */
    /* Tones. */
    int tonic;
    bool minor;
    unsigned modulation_bar; /* 0: none */
    int modulation;          /* semitones */
    mg_song_chord chord[MG_SONG_CHORDS];
    unsigned chords, bars_per_chord;
    mg_club_bass bass_kind;
    mg_club_chords chord_kind;
    double bass_level, sub_level, chord_level, arp_level, lead_level;
    double bass_cutoff_hz, chord_cutoff_hz, detune_cents;
    unsigned voices;
    int riff[MG_SONG_RIFF], arp_steps;
    char stabs[MG_SONG_PATTERN_MAX];
    /* Room and master. */
    double pump, room, room_s, drum_drive, limiter_share, lufs;
} mg_song;

/** Draws everything. */
void mg_song_draw(mg_song *song, const mg_club_recipe *recipe);

/** Section of a bar. */
unsigned mg_song_section_of(const mg_song *song, unsigned bar);

/** Gain of a pattern at a step, repeated for ever: X 1, x 0.7, o 0.45, . 0.22, else 0. */
double mg_song_step_gain(const char *pattern, unsigned long step);

#endif
