/* Plays a drawn song into its buses. */
#ifndef MG_BENCH_TRACKS_CLUB_PLAY_H
#define MG_BENCH_TRACKS_CLUB_PLAY_H

#include "base/error.h"
#include "bench/tracks/club_song.h"

/* When the kick falls: what the sidechain follows. */
typedef struct mg_kick_times {
    size_t *frame; /* owned */
    size_t count, room;
} mg_kick_times;

/** Kick, snare, hats, percussion, ghosts, fills, crashes. @return MG_OK; MG_E_NOMEM */
mg_err mg_club_play_drums(const mg_song *song, mg_mix *drums, mg_kick_times *ret_kicks);

/** Bass, chords, arpeggio, lead, risers. */
void mg_club_play_tones(const mg_song *song, mg_mix *music);

#endif
