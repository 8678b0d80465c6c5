/* What the network of dsp/key/key_net.h hears of a file, kept in cells of some 3 s, so that any
 * stretch of it - the whole, a window, a section in a key of its own - can be judged by the same
 * network without hearing it again: means over time are sums of cells. In a file of more than 50
 * minutes the cells are longer, so that there are at most MG_KEY_CELLS_MAX of them (5 MB).
 *
 * Objects are not thread-safe; judging does not change them. */
#ifndef MG_DSP_KEY_KEY_CELLS_H
#define MG_DSP_KEY_KEY_CELLS_H

#include "dsp/key/key_net.h"

enum { MG_KEY_CELLS_MAX = 1024 };

/* Sum of the harmony of frames, each times its weight over the largest weight so far. */
typedef struct mg_key_focus_sum {
    float log_most, weight, harmony[MG_KEY_NET_HARMONY];
} mg_key_focus_sum;

typedef struct mg_key_cell {
    float frames, harmony[12][MG_KEY_NET_HARMONY]; /* of each tonic */
    mg_key_focus_sum focus[12][MG_KEY_NET_FOCI];
} mg_key_cell;

typedef struct mg_key_cells {
    size_t count, each; /* cells; slots of one, but for the last */
    double cell_s;
    mg_key_cell *cell; /* owned */
    const mg_pitch_slot *slots; /* the caller's, kept while the cells are used */
    size_t slot_count;
    double tuning_strength;
} mg_key_cells;

/** @param count  at least 1
 *  @param slot_s  length of a slot
 *  @param tuning_strength  mg_chroma_tuning()
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_key_cells_init(mg_key_cells *cells, const mg_pitch_slot *slots, size_t count,
                         double slot_s, double tuning_strength);
void mg_key_cells_done(mg_key_cells *cells);

/** Probabilities of the 24 keys and of none for the cells from..to-1, at least one.
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_key_cells_judge(const mg_key_cells *cells, size_t from, size_t to,
                          double ret_probability[MG_KEYS + 1]);

#endif
