/* Slots of chords for the tests of the key stage. */
#ifndef MG_TESTS_UNIT_DSP_KEY_CHORDS_H
#define MG_TESTS_UNIT_DSP_KEY_CHORDS_H

#include "dsp/key/key_pitch.h"

#include <string.h>

static const double slot_s = 0.37;

/* Triads one after the other (0..11 major, 12..23 minor), each for some slots, `up` semitones
 * higher, at a level. */
static inline void play_each(mg_pitch_slot *slots, size_t length, const unsigned *triads,
                             size_t count, unsigned up, float level, size_t each)
{
    memset(slots, 0, length * sizeof(*slots));
    for (size_t i = 0; i < length; i++) {
        unsigned triad = triads[i / each % count], root = (triad + up) % 12;
        unsigned tones[3] = {root, (root + (triad < 12 ? 4 : 3)) % 12, (root + 7) % 12};
        slots[i].weight = 1;
        slots[i].bass[root] = level;
        slots[i].chord[root + (triad < 12 ? 0 : 12)] = 1;
        for (int t = 0; t < 3; t++) {
            slots[i].treble[tones[t]] = slots[i].smooth[tones[t]] = level;
            slots[i].plain[tones[t]] = level;
        }
    }
}

static inline void play(mg_pitch_slot *slots, size_t length, const unsigned *triads, size_t count,
                        unsigned up, float level)
{
    play_each(slots, length, triads, count, up, level, 5);
}

#endif
