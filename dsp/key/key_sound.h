/* How tonal a stretch sounds: tells music with a key from drums and noise. What judges it:
 * dsp/key/key_net.h.
 */
#ifndef MG_DSP_KEY_KEY_SOUND_H
#define MG_DSP_KEY_KEY_SOUND_H

#include "dsp/key/key_pitch.h"

enum { MG_KEY_TONAL_SOUND = 14 };

/** Mean strength of treble and bass notes per slot, similarity of neighbouring slots' treble and
 *  bass, evenness (e = entropy / log 12) of the treble as -ln(1.005 - e) and of the bass chroma,
 *  mean probability of the likeliest triad, strength of the tuning (mg_chroma_tuning) as
 *  ln(0.02 + s), evenness of all pitch classes as that of the treble, share of the four likeliest
 *  triads, correlation with the profile of the key that fits best, overtones under low notes, share
 *  of the levels up to MIDI 50 that lies on the twelve-tone grid, share of the bass that is not its
 *  main pitch class. The logarithms spread out what lies near the end of its range in drums and
 *  noise. */
void mg_key_tonal_sound(const mg_pitch_slot *slots, size_t count, double tuning_strength,
                        double ret[MG_KEY_TONAL_SOUND]);

#endif
