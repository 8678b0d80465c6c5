/* Beats of a file whose tempo moves, one by one, and the tempo map that describes them. */
#ifndef MG_DSP_TEMPO_BEATS_H
#define MG_DSP_TEMPO_BEATS_H

#include "dsp/measures.h"
#include "dsp/tempo/odf.h"
#include "dsp/tempo/beat_clock.h"

typedef struct mg_beats {
    double *at_s; /* ascending; owned */
    size_t count;
    long first;   /* number of the first of them on the clock, from its phase */
    double share; /* of the beats, that have attacks around them to tell them exactly */
    size_t *part; /* [parts]: the beats with which later parts begin, ascending; owned or NULL */
    size_t parts;
} mg_beats;

/** Beats along a clock that follows the tempo, each stretch of some beats moved onto the attacks
 * that it has in common.
 *  @param phase          in beats of the clock: a beat falls here
 *  @param from_s, to_s   the beats of this stretch
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_beats_init(mg_beats *beats, const mg_odf *odf, const mg_beat_clock *clock, double phase,
                     double from_s, double to_s);
void mg_beats_done(mg_beats *beats);

/** Piecewise constant tempo: as few pieces as keep every beat within 20 ms. What joins the last
 * beat of a part to the next part is a piece of its own, so that neither tempo suffers from it.
 *  @param ret_map  receives an array for free(); its first entry starts at 0
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_beats_map(const mg_beats *beats, mg_tempo_change **ret_map, unsigned *ret_count);

#endif
