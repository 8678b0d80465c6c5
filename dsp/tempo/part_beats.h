/* Tempo and beats of a file of several parts (dsp/tempo/tempo_parts.h): each gets a metrical level
 * and beats of its own, as if it were a file. Then the beats are joined where the rhythm of one
 * part gives way to that of the next, on a beat of the later one and, where bars are known, so that
 * their count goes on. */
#ifndef MG_DSP_TEMPO_PART_BEATS_H
#define MG_DSP_TEMPO_PART_BEATS_H

#include "dsp/measures.h"
#include "dsp/tempo/part_levels.h"

#include <stdbool.h>

/** Everything about the tempo of a file that mg_parts_wanted() holds for one of several parts.
 *  @param ret_set  false: *r is as it was, for it is one part after all, or has no beat
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_part_beats_set(mg_tempo_result *r, const mg_part_source *source,
                         const mg_pulse_course *course, bool *ret_set);

#endif
