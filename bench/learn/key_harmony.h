/* Chord successions of a known key, for the tracks that the key weights are learnt from. */
#ifndef MG_BENCH_LEARN_KEY_HARMONY_H
#define MG_BENCH_LEARN_KEY_HARMONY_H

#include "bench/tracks/synth.h"

#include <stdbool.h>

typedef enum mg_key_kind {
    MG_KEY_TRANCE,
    MG_KEY_HOUSE,
    MG_KEY_TECHNO, /* mostly kick and bass alone */
    MG_KEY_DNB,
    MG_KEY_DUBSTEP,
    MG_KEY_POP,
    MG_KEY_ARP,
    MG_KEY_LOFI,
    MG_KEY_FOLK,    /* tunes over chords with cadences */
    MG_KEY_PHRASES, /* four-part phrases with cadences and passing modulations */
    MG_KEY_CLUB,    /* mastered club tracks of every genre (club.h) */
    MG_KEY_CHORALE, /* pieces of key_score.h */
    MG_KEY_TUNE,
    MG_KEY_BAND,
    MG_KEY_TONAL_KINDS,
    MG_KEY_DRUMS = MG_KEY_TONAL_KINDS, /* the kinds without a key */
    MG_KEY_NOISE,
    MG_KEY_CLUB_DRUMS, /* club tracks without bass, chords and lead */
    MG_KEY_LOOPS,      /* one bar of drums again and again (track.h) */
    MG_KEY_SPEECH,     /* people talking (key_speech.h) */
    MG_KEY_KINDS,
} mg_key_kind;

extern const char *const mg_key_kind_name[MG_KEY_KINDS];

/* Root in semitones over the tonic, 0..11; quality 'M' major, 'm' minor, 'd' diminished. */
typedef struct mg_key_chord {
    int root;
    char quality;
} mg_key_chord;

/* All choices of the track generator come from these. */
double mg_key_random(mg_noise *noise, double low, double high);
bool mg_key_chance(mg_noise *noise, double probability);
int mg_key_pick(mg_noise *noise, int count); /* 0..count-1 */

/** Fills `count` chords in a key of that mode, in the manner of the kind. */
void mg_key_harmony(mg_noise *noise, mg_key_kind kind, bool minor, mg_key_chord *ret, int count);

#endif
