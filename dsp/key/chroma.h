/* Tonal front end: a history of the spectral peaks of a file on a logarithmic frequency axis.
 *
 * The mono stream of 5..10 kHz (dsp/signal/mono.h) is cut into half-overlapping Hann frames of two
 * lengths: 4096 (0.74 s at 44.1 kHz) tells held notes and bass notes apart, 1024 (0.19 s) sees the
 * notes of fast riffs and arpeggios singly, where a long frame sees only how often they repeat.
 * Both count half. Of each frame only the spectral peaks are kept (dsp/key/peaks.h). A peak adds
 * the square root of its relative amplitude, after a tilt of +3 dB per octave up to 1 kHz, to a bin
 * of 20 cents, the more the steadier it is: so loud and soft passages, bass and leads count alike,
 * while noise and drums count little.
 *
 * The history has a fixed size: when it is full, pairs of slots are merged, so a slot is one hop
 * (0.37 s) up to 12 minutes and 24 s in a file of 12 hours. It takes 3 MB at most.
 * One object per file; not thread-safe.
 */
#ifndef MG_DSP_KEY_CHROMA_H
#define MG_DSP_KEY_CHROMA_H

#include "base/error.h"
#include "dsp/block.h"
#include "dsp/key/cents.h"
#include "dsp/signal/mono.h"

enum {
    MG_CHROMA_SLOTS = 2048,
    MG_CHROMA_PER_SEMITONE = 5,
    MG_CHROMA_SEMITONES = 76, /* from A0 (27.5 Hz, MIDI 21) to C7 (2093 Hz, MIDI 96) */
    MG_CHROMA_BINS = MG_CHROMA_SEMITONES * MG_CHROMA_PER_SEMITONE,
    MG_CHROMA_LOWEST_MIDI = 21,
};

typedef struct mg_chroma_slot {
    float power;               /* mean square of the frames, Hann-weighted */
    float bin[MG_CHROMA_BINS]; /* bin b is 27.5 Hz * 2^(b / 60) in the A = 440 Hz grid */
} mg_chroma_slot;

typedef struct mg_chroma mg_chroma;

/** @return MG_OK; MG_E_NOMEM */
mg_err mg_chroma_new(mg_chroma **ret, const mg_stream_info *info);
void mg_chroma_free(mg_chroma *chroma);
/** @return MG_OK; MG_E_NOMEM when the history cannot grow */
mg_err mg_chroma_push(mg_chroma *chroma, const mg_mono_part *part);
/** After the part of mg_mono_end(): forms the last frame with silence behind the end. Once, before
 *  the functions below. */
mg_err mg_chroma_finish(mg_chroma *chroma);

/* The history: slot i stands for the time from i * slot_s to (i + 1) * slot_s. */
size_t mg_chroma_count(const mg_chroma *chroma);
double mg_chroma_slot_s(const mg_chroma *chroma);
const mg_chroma_slot *mg_chroma_slots(const mg_chroma *chroma);
/* Deviations of all peaks; owned by the object. */
const mg_cents *mg_chroma_cents(const mg_chroma *chroma);
/** Where notes are told by: the mode of those deviations (mg_cents_mode, mg_cents_strength).
 *  @return false when there were no peaks */
bool mg_chroma_tuning(const mg_chroma *chroma, double *ret_cents, double *ret_strength);

#endif
