/* Sidechain, room, saturation and a loud master for the club generator. */
#ifndef MG_BENCH_TRACKS_CLUB_MASTER_H
#define MG_BENCH_TRACKS_CLUB_MASTER_H

#include "bench/tracks/club_play.h"

/** The music ducks under each kick and recovers over a beat. */
void mg_club_duck(const mg_song *song, const mg_kick_times *kicks, mg_mix *music);

/** A reverberation, mixed in place. @return MG_OK; MG_E_NOMEM */
mg_err mg_club_room(const mg_song *song, mg_mix *mix, double share);

/** Crackle, hum and rumble of a record. */
void mg_club_vinyl(mg_mix *mix, mg_noise *noise);

/** Saturates, then limits to -0.3 dBFS at the loudness asked for, within 0.1 LU where the material
 *  can be made that loud. @param ret_lufs  what was reached */
mg_err mg_club_master(const mg_song *song, mg_mix *mix, double *ret_lufs);

#endif
