/* From the spectral peaks of a file to the notes that were played: what the key is judged by.
 *
 * Each slot of the tonal history (dsp/key/chroma.h), moved to the file's own tuning and folded to
 * semitones, is explained as a sum of notes with eight partials by non-negative least squares (the
 * approach of NNLS chroma: Mauch and Dixon, "Approximate note transcription for the improved
 * identification of difficult chords", ISMIR 2010). So the fifth and third partials of a saw wave
 * do not count as notes of their own. The notes give a treble and a bass chroma and the
 * likelihood of the 24 major and minor triads.
 */
#ifndef MG_DSP_KEY_KEY_PITCH_H
#define MG_DSP_KEY_KEY_PITCH_H

#include "dsp/key/chroma.h"

enum { MG_CHORDS = 24 /* 0..11 major on C..B, 12..23 minor */ };

typedef struct mg_pitch_slot {
    float treble[12]; /* pitch classes from C; about MIDI 52..88 */
    float bass[12];   /* about MIDI 24..47 */
    float chord[MG_CHORDS]; /* adds up to 1 */
    float smooth[12]; /* treble + 0.7 bass, with half of each neighbouring slot */
    float plain[12];  /* semitones from MIDI 45 on as they are, not explained as notes */
    float weight;     /* 0..1.5: tonal strength relative to the mean of the file; 0 in silence */
    float harmonic;   /* 0..1: how much of what low notes should have overtones does */
    float low, low_on_grid; /* levels up to MIDI 50: all, and that near the twelve tones */
} mg_pitch_slot;

/** Transcribe the whole history.
 *  @param cents  where the file's notes lie (mg_chroma_tuning)
 *  @param ret    receives mg_chroma_count() slots, to be freed with free()
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_key_pitch(const mg_chroma *chroma, double cents, mg_pitch_slot **ret);

#endif
