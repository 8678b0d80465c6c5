/* Mastered club tracks (club.h) in the form of key_tracks.h: genre, twists and tuning are drawn
 * from the number. */
#ifndef MG_BENCH_KEY_CLUB_H
#define MG_BENCH_KEY_CLUB_H

#include "key_tracks.h"

/** @param keyless  drums alone
 *  @return false without memory */
bool mg_key_club_render(uint64_t number, bool keyless, mg_key_track *ret);

#endif
