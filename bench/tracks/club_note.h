/* The synthesiser of the club generator: oscillators in unison, a filter with envelope and LFO,
 * drive. Basses, leads, stabs, plucks, pads and risers are settings of it. */
#ifndef MG_BENCH_TRACKS_CLUB_NOTE_H
#define MG_BENCH_TRACKS_CLUB_NOTE_H

#include "bench/tracks/synth.h"

typedef enum mg_note_wave {
    MG_NOTE_SINE,
    MG_NOTE_TRIANGLE,
    MG_NOTE_SAW,
    MG_NOTE_SQUARE,
    MG_NOTE_FM,    /* a sine bent by another at twice its frequency, less and less */
    MG_NOTE_ORGAN, /* drawbars */
    MG_NOTE_NOISE,
    MG_NOTE_WAVES,
} mg_note_wave;

typedef struct mg_note {
    mg_note_wave wave;
    double hz, glide_from_hz; /* glide_from_hz 0: none; it takes 60 ms */
    double length_s, attack_s, release_s;
    double decay_s; /* of the loudness, to nothing; 0: held */
    unsigned voices;
    double detune_cents;           /* of the outermost voice */
    double width;                  /* 0 mono .. 1 voices far left and right */
    double cutoff_hz;              /* 0: no filter */
    double resonance;              /* Q; 0.7 flat */
    double sweep_octaves, sweep_s; /* the cutoff starts that much higher and falls */
    double lfo_hz, lfo_octaves, lfo_phase;
    double drive; /* 0: clean */
    double level;
} mg_note;

/** Adds one note. `noise` gives phases and noise. */
void mg_note_play(mg_mix *mix, size_t at, const mg_note *note, mg_noise *noise);

#endif
