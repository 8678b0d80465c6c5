/* Parts of a file whose pulses have nothing to do with each other, as the tracks of a mix.
 *
 * One metrical level, and a tempo that moves by a fifth at most, serve a whole file well until its
 * tempo leaps further. mg_parts_wanted() sees that the beats of the whole leave a stretch
 * unexplained; mg_parts_find() follows the strongest pulse along the file (Viterbi over the windows
 * of dsp/tempo/tempogram.h, where it may drift or, at a price, leap) and makes a border of each
 * leap to a pulse that is not that of before, nor twice or half of it: half time or a thin beat are
 * no other part. Where the two are at 2 : 3, 3 : 4 or 1 : 3 it may be triplets or another track:
 * such a border is not sure. */
#ifndef MG_DSP_TEMPO_TEMPO_PARTS_H
#define MG_DSP_TEMPO_TEMPO_PARTS_H

#include "dsp/tempo/beat_clock.h"
#include "dsp/tempo/tempogram.h"

#include <stdbool.h>

#define MG_PART_LEAST_S 30.0

typedef struct mg_tempo_parts {
    size_t count;
    double *border_s; /* [count - 1], ascending, within some seconds; owned */
    bool *sure;       /* [count - 1]; owned */
} mg_tempo_parts;

/** Whether something repeats strongly, for half a minute, that neither the clock's beat nor its
 * half or double explains. */
bool mg_parts_wanted(const mg_pulse_course *course, const mg_beat_clock *clock);

/** @param odf  conditioned
 *  @return MG_OK (count 1: one part after all); MG_E_NOMEM */
mg_err mg_parts_find(mg_tempo_parts *parts, const mg_pulse_course *course, const mg_odf *odf);
/** Makes one part of those on both sides of border i. */
void mg_parts_merge(mg_tempo_parts *parts, size_t border);
void mg_parts_done(mg_tempo_parts *parts);

#endif
