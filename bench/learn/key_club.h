/* The tracks of bench/tracks in the form of key_tracks.h, drawn from the number: mastered club
 * tracks (club.h) of any genre, twist and tuning, and drum loops (track.h). */
#ifndef MG_BENCH_LEARN_KEY_CLUB_H
#define MG_BENCH_LEARN_KEY_CLUB_H

#include "bench/learn/key_tracks.h"

/** @param keyless  drums alone
 *  @return false without memory */
bool mg_key_club_render(uint64_t number, bool keyless, mg_key_track *ret);
/** One bar of drums, repeated; without a key.   @return false without memory */
bool mg_key_loop_render(uint64_t number, bool keyless, mg_key_track *ret);

#endif
