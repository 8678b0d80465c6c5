/* Between key-features and key-fit, on one machine: what is known of a track. */
#ifndef MG_BENCH_LEARN_KEY_RECORD_H
#define MG_BENCH_LEARN_KEY_RECORD_H

#include "dsp/key/key_features.h"

typedef struct mg_key_record {
    unsigned kind, key; /* key_harmony.h; truth */
    double true_cents, cents;
    double tonal[MG_KEY_TONAL_SOUND];
    mg_key_stretch stretch;
    double course[MG_KEYS][MG_KEY_COURSE];
    size_t windows; /* mg_key_record_window of that number follow */
} mg_key_record;

typedef struct mg_key_record_window {
    double weight;
    mg_key_stretch stretch;
} mg_key_record_window;

#endif
