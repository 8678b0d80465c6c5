/* Excerpts of the pieces of key_score.h, played by synthesizers, most with drums: 18 to 36 s from
 * anywhere in the piece. Their key is that of the piece, whatever the excerpt passes through.
 */
#ifndef MG_BENCH_LEARN_KEY_PLAYERS_H
#define MG_BENCH_LEARN_KEY_PLAYERS_H

#include "bench/learn/key_tracks.h"

/** The same number gives the same samples. @param keyless  not used: there are none
 *  @return false without memory */
bool mg_key_piece_render(uint64_t number, bool keyless, mg_key_track *ret);

#endif
