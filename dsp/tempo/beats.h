/* Beats of a file whose tempo moves: one by one by dynamic programming, and the tempo map that
 * describes them. */
#ifndef MG_DSP_TEMPO_BEATS_H
#define MG_DSP_TEMPO_BEATS_H

#include "dsp/measures.h"
#include "dsp/tempo/odf.h"
#include "dsp/tempo/tempo_path.h"

typedef struct mg_beats {
    double *at_s; /* ascending; owned */
    size_t count;
} mg_beats;

/** Beats along a tempo path: the sequence that gathers the strongest onsets while its intervals
 *  stay near the path's (Ellis 2007), each moved onto the attack nearby.
 *  @param path  of the beat itself
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_beats_init(mg_beats *beats, const mg_odf *odf, const mg_tempo_path *path,
                     double duration_s);
void mg_beats_done(mg_beats *beats);

/** Piecewise constant tempo: as few pieces as keep every beat within 20 ms.
 *  @param ret_map  receives an array for free(); its first entry starts at 0
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_beats_map(const mg_beats *beats, mg_tempo_change **ret_map, unsigned *ret_count);

#endif
