/* Pieces of a known key, note by note: what the key weights learn cadences, modulations and voice
 * leading from. Three kinds, each in a file of its own, and what they share.
 */
#ifndef MG_BENCH_LEARN_KEY_SCORE_H
#define MG_BENCH_LEARN_KEY_SCORE_H

#include "bench/learn/key_harmony.h"

enum { MG_SCORE_NOTES_MAX = 8192, MG_CHORD_TONES_MAX = 5 };

typedef enum mg_score_part { MG_PART_LEAD, MG_PART_INNER, MG_PART_BASS, MG_PARTS } mg_score_part;

typedef struct mg_score_note {
    mg_score_part part;
    int pitch;         /* semitones over the tonic that lies in MIDI 54..65 */
    double at, length; /* beats */
} mg_score_note;

typedef struct mg_score {
    mg_noise *noise;
    bool minor;
    double beats;  /* length of the piece */
    int swing;     /* 1: the second of two eighths is late */
    bool soft;     /* without drums as a rule */
    size_t count;
    mg_score_note note[MG_SCORE_NOTES_MAX];
} mg_score;

/* A chord as it is written in tables: root over the tonic as a hexadecimal digit, quality (M major,
 * m minor, d diminished, 7 dominant, j major seventh, n minor seventh, h half and o whole
 * diminished seventh, p fifth alone). In four parts a third digit follows, the bass over the root.
 */
typedef struct mg_score_chord {
    int root, bass;
    char quality;
} mg_score_chord;

mg_score_chord mg_score_word(const char *text, int index, int size);
/** Tones over the root, in rising order. @return their number */
int mg_score_tones(char quality, int ret[MG_CHORD_TONES_MAX]);
bool mg_score_in_chord(mg_score_chord chord, int pitch);
/** The pitch of that class nearest to `near`. */
int mg_score_nearest(int pitch_class, int near);
/** A note; nothing when there is no room left. */
void mg_score_add(mg_score *score, mg_score_part part, int pitch, double at, double length);

/** Fill `score`, whose noise and mode are set, with a piece of at least that many beats. */
void mg_score_chorale(mg_score *score, double beats);
void mg_score_tune(mg_score *score, double beats);
void mg_score_band(mg_score *score, double beats);

#endif
