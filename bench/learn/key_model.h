/* The weights of dsp/key/key_profiles.h as learnt from records, and how they do on others. */
#ifndef MG_BENCH_LEARN_KEY_MODEL_H
#define MG_BENCH_LEARN_KEY_MODEL_H

#include "bench/learn/key_record.h"

typedef struct mg_key_item {
    mg_key_record record;
    mg_key_record_window *window;     /* owned */
    double votes[MG_KEYS][MG_KEY_VOTES]; /* with the weights of the model at hand */
} mg_key_item;

typedef struct mg_key_items {
    mg_key_item *item;
    size_t count;
} mg_key_items;

/** Appends the records of a file of key-features. @return false when it cannot be read */
bool mg_key_items_read(mg_key_items *items, const char *path);
void mg_key_items_done(mg_key_items *items);

typedef struct mg_key_model {
    double window[2][MG_KEY_STRETCH];
    double whole[2][MG_KEY_WHOLE];
    double tonal_mean[MG_KEY_TONAL], tonal_spread[MG_KEY_TONAL], tonal[MG_KEY_TONAL_TERMS];
    double temperature;
} mg_key_model;

/** The weights of the library. */
void mg_key_model_installed(mg_key_model *ret);

/** Learns the window and whole weights from the items that `use` takes, and to tell these from
 *  `keyless` unless that is NULL. What learns from votes learns from those of windows not seen; the
 *  votes left behind are the model's.
 *  @return false without memory */
bool mg_key_model_learn(mg_key_model *model, mg_key_items *items, mg_key_items *keyless,
                        bool (*use)(const mg_key_item *item, size_t index, unsigned fold),
                        unsigned fold);

/** Probabilities of the keys, at that temperature. */
void mg_key_model_judge(const mg_key_model *model, const mg_key_item *item, double temperature,
                        double ret[MG_KEYS]);
/** Writes the votes of the windows that mg_key_model_judge() needs. */
void mg_key_model_vote(const mg_key_model *model, mg_key_items *items);
bool mg_key_model_is_tonal(const mg_key_model *model, const mg_key_item *item);
/** 1 for the right key, 0.5 a fifth off, 0.3 the relative, 0.2 the parallel (as MIREX counts). */
double mg_key_credit(unsigned found, unsigned truth);

#endif
