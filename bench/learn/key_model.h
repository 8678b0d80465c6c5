/* The weights of dsp/key/key_profiles.h as learnt from rendered tracks, and how they do on others.
 */
#ifndef MG_BENCH_LEARN_KEY_MODEL_H
#define MG_BENCH_LEARN_KEY_MODEL_H

#include "dsp/key/key_features.h"

#include <stdbool.h>

typedef struct mg_key_item_window {
    double weight;
    mg_key_stretch stretch;
} mg_key_item_window;

typedef struct mg_key_item {
    unsigned kind, key; /* key_harmony.h; truth */
    double sound[MG_KEY_TONAL_SOUND];
    size_t windows;
    mg_key_item_window *window;          /* owned */
    double votes[MG_KEYS][MG_KEY_VOTES]; /* with the weights of the model at hand */
} mg_key_item;

typedef struct mg_key_items {
    mg_key_item *item;
    size_t count;
} mg_key_items;

/** Appends the tracks of a file of key-render. @return false when it cannot be read */
bool mg_key_items_read(mg_key_items *items, const char *path);
void mg_key_items_done(mg_key_items *items);

typedef struct mg_key_model {
    double window[2][MG_KEY_STRETCH];
    double tonal_mean[MG_KEY_TONAL], tonal_spread[MG_KEY_TONAL], tonal[MG_KEY_TONAL_TERMS];
} mg_key_model;

/** The weights of the library. */
void mg_key_model_installed(mg_key_model *ret);

/** Learns the weights of windows, and to tell the items from `keyless`: that from the votes of
 *  windows not seen, as they will be of unknown files. The votes left behind are the model's.
 *  @return false without memory */
bool mg_key_model_learn(mg_key_model *model, mg_key_items *items, mg_key_items *keyless);

/** Writes the votes of the windows that mg_key_model_is_tonal() needs. */
void mg_key_model_vote(const mg_key_model *model, mg_key_items *items);
bool mg_key_model_is_tonal(const mg_key_model *model, const mg_key_item *item);

#endif
