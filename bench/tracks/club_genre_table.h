/* What the two tables of genres are written with. */
#ifndef MG_BENCH_TRACKS_CLUB_GENRE_TABLE_H
#define MG_BENCH_TRACKS_CLUB_GENRE_TABLE_H

#include "bench/tracks/club_genre.h"

#include <stddef.h>

#define KICKS(a, b, c)                                                                             \
    {                                                                                              \
        MG_SHOT_KICK_##a, MG_SHOT_KICK_##b, MG_SHOT_KICK_##c                                       \
    }
#define SNARES(a, b, c)                                                                            \
    {                                                                                              \
        MG_SHOT_##a, MG_SHOT_##b, MG_SHOT_##c                                                      \
    }
#define BASSES(a, b, c)                                                                            \
    {                                                                                              \
        MG_BASS_##a, MG_BASS_##b, MG_BASS_##c                                                      \
    }
#define CHORDS(a, b, c)                                                                            \
    {                                                                                              \
        MG_CHORDS_##a, MG_CHORDS_##b, MG_CHORDS_##c                                                \
    }

#define FOUR                                                                                       \
    {                                                                                              \
        "X---X---X---X---"                                                                         \
    }
#define OFF_HATS                                                                                   \
    {                                                                                              \
        "--X---X---X---X-", "--X---x---X---xo", NULL                                               \
    }
#define BACKBEAT                                                                                   \
    {                                                                                              \
        "----X-------X---"                                                                         \
    }

/* bench/tracks/club_genre_more.c */
extern const mg_club_genre mg_club_more_genres[];
extern const unsigned mg_club_more_genre_count;

#endif
