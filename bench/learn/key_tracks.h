/* Synthetic tracks of known key, or of none, from which the key weights are learnt. Number, and
 * nothing else, decides what a track is; the same number gives the same samples.
 */
#ifndef MG_BENCH_LEARN_KEY_TRACKS_H
#define MG_BENCH_LEARN_KEY_TRACKS_H

#include "bench/learn/key_voices.h"

enum { MG_KEY_TRACK_FRAMES = 36 * MG_KEY_RATE_HZ };

typedef struct mg_key_track {
    mg_key_kind kind;
    unsigned key; /* 0..11 major on C..B, 12..23 minor; meaningless for drums and noise */
    double cents; /* tuning */
    size_t frames; /* up to MG_KEY_TRACK_FRAMES */
    float *x;      /* mono, MG_KEY_RATE_HZ; to be freed */
} mg_key_track;

/** @param keyless  drums and noise instead of music
 *  @return false without memory */
bool mg_key_track_render(uint64_t number, bool keyless, mg_key_track *ret);
/** Techno alone: mostly a bass riff over drums. @param keyless  not used
 *  @return false without memory */
bool mg_key_riff_render(uint64_t number, bool keyless, mg_key_track *ret);

#endif
