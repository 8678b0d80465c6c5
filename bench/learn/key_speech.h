/* People talking: voiced sounds whose pitch never rests, so that there is no key, however tonal
 * each of them is. One speaker, or some at once, in a room, with noise behind.
 */
#ifndef MG_BENCH_LEARN_KEY_SPEECH_H
#define MG_BENCH_LEARN_KEY_SPEECH_H

#include "bench/learn/key_tracks.h"

/** @param keyless  not used: there is no other kind
 *  @return false without memory */
bool mg_key_speech_render(uint64_t number, bool keyless, mg_key_track *ret);

#endif
