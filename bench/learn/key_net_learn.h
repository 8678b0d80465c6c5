/* Learning a network of dsp/key/key_net.h: Adam on the log loss of the true key, the rate rising
 * and falling along a cosine, a tenth of the pools hidden at a time, levels of treble, bass and
 * triads shaken and noise added. Everything is drawn from the seed: the same items and compiler
 * give the same network. */
#ifndef MG_BENCH_LEARN_KEY_NET_LEARN_H
#define MG_BENCH_LEARN_KEY_NET_LEARN_H

#include "dsp/key/key_net.h"

#include <stdbool.h>

typedef struct mg_key_net_item {
    unsigned kind, key; /* MG_KEYS: none */
    bool partial; /* may lack what tells a key from none: not asked */
    mg_key_view view; /* owned */
} mg_key_net_item;

/** Learns from scratch, `rounds` times through the items.
 *  @return false without memory */
bool mg_key_net_learn(const mg_key_net_item *items, size_t count, unsigned rounds, uint64_t seed,
                      mg_key_net *ret);

/** Gradient of the log loss of an item among the keys and none, for `hidden` pools (factor of each:
 *  0, or 1 over the share that is left) added to *gradient. @param course  12 of them
 *  @return the log loss */
double mg_key_net_slope(const mg_key_net *net, const mg_key_net_item *item, const float *hidden,
                        mg_key_net_course *course, mg_key_net *gradient);

#endif
