/* The key of short windows of a file: whether they agree on one, and key changes. */
#ifndef MG_DSP_KEY_KEY_SEGMENTS_H
#define MG_DSP_KEY_KEY_SEGMENTS_H

#include "dsp/key/key_features.h"

typedef struct mg_key_window {
    double weight; /* mean tonal weight of its slots, 0..1.5 */
    double tonal;  /* probability that it has a key */
    double log_probability[MG_KEYS];
} mg_key_window;

/* Half-overlapping windows of about 8 s. */
typedef struct mg_key_windows {
    size_t count;
    double hop_s;
    mg_key_window *window;      /* owned */
    const mg_pitch_slot *slots; /* the caller's, kept while windows are used */
    size_t slot_count;
    double slot_s;
} mg_key_windows;

/** @return MG_OK; MG_E_NOMEM */
mg_err mg_key_windows_init(mg_key_windows *windows, const mg_pitch_slot *slots, size_t count,
                           double slot_s, double tuning_strength);
void mg_key_windows_done(mg_key_windows *windows);

/** Fills the segments of `ret`, whose key is known: the most likely course of keys, where a change
 *  has a cost and is kept if the stretches on both of its sides, judged as wholes, speak for
 *  their own keys. A file without a change is one segment with the key and confidence of the whole.
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_key_windows_segments(const mg_key_windows *windows, double duration_s,
                               const mg_tempo_result *tempo, mg_key_result *ret);

#endif
