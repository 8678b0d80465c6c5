/* Music-like tracks of known tempo, key, loudness and faults. */
#ifndef MG_BENCH_TRACKS_TRACK_H
#define MG_BENCH_TRACKS_TRACK_H

#include "base/error.h"
#include "bench/tracks/synth.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* X(SUFFIX, "name", default BPM, has a beat, has a key, "what it is") */
#define MG_TRACK_LIST(X)                                                                           \
    X(FOUR_ON_FLOOR, "four-on-floor", 128, true, true, "house: kick on every beat, off-beat bass") \
    X(DRUM_AND_BASS, "drum-and-bass", 174, true, true, "two-step drums, reese bass")               \
    X(HALF_TIME, "half-time", 140, true, true, "dubstep: snare on the third beat, wobbling bass")  \
    X(AMBIENT, "ambient", 80, false, true, "slow chords and air, no drums")                        \
    X(DRUM_LOOP, "drum-loop", 125, true, false, "drums alone")                                     \
    X(CHORD_PAD, "chord-pad", 100, false, true, "held chords without a beat")

typedef enum mg_track_kind {
#define MG_TRACK_ENUM(name, id, bpm, beat, key, text) MG_TRACK_##name,
    MG_TRACK_LIST(MG_TRACK_ENUM)
#undef MG_TRACK_ENUM
        MG_TRACK_KINDS
} mg_track_kind;

/* X(SUFFIX, "name", "what it does") - planted after mixing, at clear strength */
#define MG_FAULT_LIST(X)                                                                           \
    X(NONE, "none", "nothing")                                                                     \
    X(CLIPPING, "clipping", "6 dB over full scale, cut at full scale")                             \
    X(DC_OFFSET, "dc-offset", "+0.02 on both channels")                                            \
    X(SILENCE_HEAD, "silence-head", "4 s of silence before the music")                             \
    X(SILENCE_TAIL, "silence-tail", "6 s of silence after the music")                              \
    X(GAP, "gap", "80 ms of silence in the middle")                                                \
    X(POLARITY, "polarity", "right channel upside down")                                           \
    X(UNBALANCED, "unbalanced", "right channel 4 dB down")                                         \
    X(DUAL_MONO, "dual-mono", "both channels the same")                                            \
    X(WIDE, "wide", "side signal 9 dB up")

typedef enum mg_fault {
#define MG_FAULT_ENUM(name, id, text) MG_FAULT_##name,
    MG_FAULT_LIST(MG_FAULT_ENUM)
#undef MG_FAULT_ENUM
        MG_FAULTS
} mg_fault;

typedef struct mg_track_recipe {
    mg_track_kind kind;
    mg_fault fault;
    double bpm;
    int tonic;  /* 0 = C .. 11 = B */
    bool minor;
    double seconds;
    double lufs;        /* integrated loudness before the fault */
    double cents;       /* detuning of everything tonal */
    double first_beat_s;
    unsigned rate_hz;
    uint64_t seed;
} mg_track_recipe;

extern const char *const mg_track_name[MG_TRACK_KINDS];
extern const char *const mg_track_text[MG_TRACK_KINDS];
extern const char *const mg_fault_name[MG_FAULTS];
extern const char *const mg_fault_text[MG_FAULTS];

/* The defaults of a kind: A minor, 60 s, -9 LUFS (ambient and pads -18), 44.1 kHz. */
mg_track_recipe mg_track_defaults(mg_track_kind kind);
bool mg_track_has_beat(mg_track_kind kind);
bool mg_track_has_key(mg_track_kind kind);

/** Plant a fault in a finished mix. */
void mg_track_plant(mg_mix *mix, mg_fault fault);

/** Render into a new mix. @param ret  planes owned by the caller (mg_mix_done) */
mg_err mg_track_render(const mg_track_recipe *recipe, mg_mix *ret);

#endif
