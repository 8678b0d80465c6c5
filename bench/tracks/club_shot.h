/* One-shot drums of the club generator: drawn once for a track, then played like samples. */
#ifndef MG_BENCH_TRACKS_CLUB_SHOT_H
#define MG_BENCH_TRACKS_CLUB_SHOT_H

#include "bench/tracks/synth.h"

#include <stdbool.h>

/* Mono, peak about 1. The attack begins at x[0]. */
typedef struct mg_shot {
    float *x; /* owned */
    size_t frames;
} mg_shot;

typedef enum mg_shot_kind {
    MG_SHOT_KICK_ROUND,    /* deep, soft: house */
    MG_SHOT_KICK_PUNCHY,   /* short with a click: techno, trance */
    MG_SHOT_KICK_LONG,     /* rings like a bass note: hip-hop, trap */
    MG_SHOT_KICK_HARD,     /* driven hard, with a pitched tail: hardstyle */
    MG_SHOT_KICK_ACOUSTIC, /* skin, beater and room: breaks */
    MG_SHOT_SNARE_DRUM,    /* noise and a tone */
    MG_SHOT_SNARE_CRACK,   /* tight and loud, tuned: drum and bass */
    MG_SHOT_SNARE_ACOUSTIC,
    MG_SHOT_CLAP, /* several bursts, the first at 0 */
    MG_SHOT_RIM,
    MG_SHOT_HAT_CLOSED,
    MG_SHOT_HAT_OPEN,
    MG_SHOT_RIDE,
    MG_SHOT_SHAKER, /* swells for some milliseconds */
    MG_SHOT_CRASH,
    MG_SHOT_CONGA,
    MG_SHOT_WOOD,
    MG_SHOT_BLIP, /* an electronic tone */
    MG_SHOT_TOM,
    MG_SHOT_KINDS,
} mg_shot_kind;

/** Draws the sound of one drum; two calls differ as two samples of a library do.
 *  @param ret  owned by the caller, free(ret->x)
 *  @return false without memory */
bool mg_shot_draw(mg_shot *ret, mg_shot_kind kind, unsigned rate_hz, mg_noise *draw);

/** Adds a shot at a frame. @param pan -1..1 */
void mg_shot_play(mg_mix *mix, size_t at, const mg_shot *shot, double gain, double pan);

#endif
