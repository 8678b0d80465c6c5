/* Gaps that belong to the music. Staccato, gated and chip sounds stop and start as hard as a
 * dropout does, but their rests end where a note begins, on the grid; a dropout ends anywhere.
 */
#ifndef MG_VERDICT_RESTS_H
#define MG_VERDICT_RESTS_H

#include "dsp/measures.h"

#include <stdbool.h>

/** Whether technical.gaps[index] ends within 10 ms of a sixteenth (or of what is nearest to 90 to
 *  180 ms at a very slow or fast tempo). By chance a gap does in one of six cases. */
bool mg_gap_ends_on_grid(const mg_measures *measures, unsigned index);

/** Whether the gaps are rests: at least four, and two thirds of them end on the grid. */
bool mg_gaps_are_rests(const mg_measures *measures);

/** Whether they are pauses of speech or between effects, cut by a gate or an editor: at least four,
 *  in what is no music (verdict/content.h). */
bool mg_gaps_are_pauses(const mg_measures *measures);

/** How long the gaps are together that are neither, in s. */
double mg_gaps_to_mend_s(const mg_measures *measures);

#endif
