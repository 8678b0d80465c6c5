/* A rendered track as the key stage sees it, and files of such tracks: between key-slots and
 * key-net-fit, on one machine. */
#ifndef MG_BENCH_LEARN_KEY_SLOTS_H
#define MG_BENCH_LEARN_KEY_SLOTS_H

#include "dsp/key/key_pitch.h"

#include <stdbool.h>
#include <stdio.h>

typedef struct mg_key_slots {
    unsigned kind, key;        /* key_harmony.h; truth */
    double true_cents, cents;  /* tuning: truth, and as found */
    double strength, slot_s;   /* mg_chroma_tuning(), length of a slot */
    size_t count;
    mg_pitch_slot *slot;       /* owned; NULL in a track without peaks */
} mg_key_slots;

/** Transcribes mono samples.
 *  @param ret  cents, strength, slot_s, count and slots; to be freed with mg_key_slots_done()
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_key_slots_init(mg_key_slots *ret, const float *x, size_t frames, unsigned rate_hz);
void mg_key_slots_done(mg_key_slots *slots);

/** @return false when it could not be written, or at the end of the file or when it is damaged */
bool mg_key_slots_write(const mg_key_slots *slots, FILE *file);
bool mg_key_slots_read(mg_key_slots *ret, FILE *file);

#endif
