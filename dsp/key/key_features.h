/* Sums that a key is judged by, as one vector for each of the 24 keys. The vectors of all tonics
 * are rotations of the same numbers, so no key is preferred but for its mode. What judges
 * them: dsp/key/key_net.h.
 */
#ifndef MG_DSP_KEY_KEY_FEATURES_H
#define MG_DSP_KEY_KEY_FEATURES_H

#include "dsp/key/key_pitch.h"

enum {
    MG_KEYS = 24, /* 0..11 major on C..B, 12..23 minor */
    /* Of any stretch of music: treble chroma (roots), chroma, bass chroma, plain chroma (roots),
     * triads, 1. */
    MG_KEY_STRETCH = 12 + 12 + 12 + 12 + 24 + 1,
    /* And of how it goes: first and last seconds, entries, presence of the pitch classes,
     * motion of the harmony to and from the tonic triad, of the bass to tonic and dominant, and of
     * the harmony between other degrees. */
    MG_KEY_COURSE = 4 + 4 + 2 + 4 + 2 + 12 + 11 + 22 + 8,
    MG_KEY_WHOLE = MG_KEY_STRETCH + MG_KEY_COURSE,
};

/* Sums over a stretch, each normalised to 1. */
typedef struct mg_key_stretch {
    double treble[12], chroma[12], bass[12], plain[12], chord[MG_CHORDS];
    double weight; /* mean weight of its slots */
} mg_key_stretch;

typedef struct mg_key_course {
    double first[12], last[12];           /* chroma of the first and last tonal seconds */
    double first_bass[12], last_bass[12];
    double entry[12], entry_bass[12];     /* chroma after each rise of the tonal strength */
    double presence[12];                  /* share of slots in which a pitch class stands out */
    double motion[MG_CHORDS][MG_CHORDS];  /* [from][to] within 0.7 to 1.9 s */
    double bass_motion[12][12];           /* [from][to] within 0.4 to 1.9 s, adds up to 1 */
} mg_key_course;

void mg_key_stretch_sum(const mg_pitch_slot *slots, size_t count, mg_key_stretch *ret);
/** @return MG_OK; MG_E_NOMEM */
mg_err mg_key_course_sum(const mg_pitch_slot *slots, size_t count, mg_key_course *ret);

/* Vectors of key 0..23. */
void mg_key_stretch_vector(const mg_key_stretch *stretch, unsigned key, double *ret);
void mg_key_course_vector(const mg_key_course *course, unsigned key, double *ret);

#endif
