/* Club tracks in mastered style, of known tempo, grid, key and form: genre and seed draw tempo,
 * key, sounds, patterns, harmony and arrangement; twists plant the cases that analysers stumble
 * over. The same recipe gives the same samples. Only for benchmarks, training and tests.
 */
#ifndef MG_BENCH_TRACKS_CLUB_H
#define MG_BENCH_TRACKS_CLUB_H

#include "base/error.h"
#include "bench/tracks/club_genre.h"
#include "bench/tracks/synth.h"

#include <stdbool.h>
#include <stdint.h>

/* X(SUFFIX, "name", "what it does") */
#define MG_TWIST_LIST(X)                                                                           \
    X(DOTTED_HATS, "dotted-hats", "hats every three sixteenths")                                   \
    X(TRIPLET_HATS, "triplet-hats", "hats in triplets over a straight beat")                       \
    X(OFFBEAT_BASS, "offbeat-bass", "loud bass between the beats, soft kick")                      \
    X(SWING, "swing", "sixteenths swung to 56-64 %")                                               \
    X(DRUMLESS_INTRO, "drumless-intro", "the first quarter without drums")                         \
    X(TEMPO_CHANGE, "tempo-change", "another tempo from the middle on")                            \
    X(RITARDANDO, "ritardando", "slows down over the last quarter")                                \
    X(DRIFT, "drift", "the tempo wanders by half a percent to one and a half")                     \
    X(MODULATION, "modulation", "moves up one to three semitones in the middle")                   \
    X(BORROWED, "borrowed", "one chord of the parallel key")                                       \
    X(BASS_ONLY, "bass-only", "no chords, no lead")                                                \
    X(PUMPING, "pumping", "everything ducks deeply under the kick")                                \
    X(KICKLESS_DROP, "kickless-drop", "half of the main part without kick")                        \
    X(BREAK_LAYER, "break-layer", "a sampled break over the drums")                                \
    X(VINYL, "vinyl", "crackle, hum and rumble")                                                   \
    X(EXCERPT, "excerpt", "begins and ends in mid-music")                                          \
    X(DRUMS_ONLY, "drums-only", "no bass, no chords, no lead: no key")                             \
    X(OFFBEAT_INTRO, "offbeat-intro", "begins with hats alone, between the beats")                 \
    X(OFFBEAT_HATS, "offbeat-hats", "open hats between the beats, as loud as the soft kick")       \
    X(OFFBEAT_STABS, "offbeat-stabs", "loud chords between the beats")                             \
    X(OFFBEAT_SWELL, "offbeat-swell", "loud pads that swell between the kicks")                    \
    X(UNPUMPED, "unpumped", "nothing ducks under the kick")

typedef enum mg_twist {
#define MG_TWIST_ENUM(name, id, text) MG_TWIST_##name,
    MG_TWIST_LIST(MG_TWIST_ENUM)
#undef MG_TWIST_ENUM
        MG_TWISTS
} mg_twist;

extern const char *const mg_twist_name[MG_TWISTS];
extern const char *const mg_twist_text[MG_TWISTS];

typedef struct mg_club_recipe {
    const mg_club_genre *genre;
    uint64_t seed;
    double bpm; /* 0: drawn */
    int tonic;  /* 0 = C .. 11 = B; -1: drawn, with the mode */
    bool minor;
    double cents; /* detuning of everything tonal */
    double seconds;
    double lufs;         /* integrated; 0: drawn, -9 .. -6 */
    double first_beat_s; /* of the first bar */
    unsigned rate_hz;
    bool twist[MG_TWISTS];
} mg_club_recipe;

enum { MG_CLUB_SECTIONS_MAX = 16, MG_CLUB_KEYS_MAX = 2, MG_CLUB_TEMPI_MAX = 2 };

typedef struct mg_club_section {
    const char *label; /* as in definitions of the result: intro, build, drop, break, outro */
    unsigned bar, bars;
    double start_s;
} mg_club_section;

/* What the track really is. */
typedef struct mg_club_truth {
    double bpm;     /* of the beginning */
    double end_bpm; /* the same unless it changes, slows down or drifts */
    bool constant;
    double first_beat_s, change_s; /* the first beat at t >= 0; change_s 0: no change at once */
    unsigned downbeat_index;       /* the first beat that begins a bar of four */
    double swing;                  /* share of a pair of sixteenths that the first one takes */
    double *beats_s;               /* every beat; owned, free() */
    size_t beats;
    unsigned keys;
    struct {
        int tonic;
        bool minor;
        double start_s;
    } key[MG_CLUB_KEYS_MAX]; /* keys is 0 for drums alone */
    unsigned sections;
    mg_club_section section[MG_CLUB_SECTIONS_MAX];
    double cents, lufs;
} mg_club_truth;

/** A genre's track of 60 s at 44.1 kHz, everything else drawn. */
mg_club_recipe mg_club_defaults(const mg_club_genre *genre, uint64_t seed);

/** @param ret        planes owned by the caller (mg_mix_done())
 *  @param ret_truth  truth->beats_s owned by the caller
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_club_render(const mg_club_recipe *recipe, mg_mix *ret, mg_club_truth *ret_truth);

#endif
