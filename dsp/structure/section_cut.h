/* Cutting a row of units (section_units.h) into stretches that are alike within.
 *
 * Of all ways to cut, the one is taken whose stretches fit their units best: the sum of the squared
 * deviations of each feature from its mean over the stretch - or from a straight line, for those of
 * the high frequencies, which risers and rolls lift - plus a cost for each stretch, which is less
 * where a swell breaks off. What changes for a bar or two does not pay for a stretch of its own,
 * and a slow rise is one stretch. Found by dynamic programming over all pairs of borders: exact, in
 * time that grows with the square of the number of units.
 */
#ifndef MG_DSP_STRUCTURE_SECTION_CUT_H
#define MG_DSP_STRUCTURE_SECTION_CUT_H

#include "dsp/structure/section_units.h"

enum { MG_CUT_LEAST = 4 /* units of a stretch */ };

/** @param most  stretches at most, 1 or more
 *  @param ret_start  receives the first unit of each stretch and, behind them, the number of units
 *  @param ret_count  the number of stretches
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_section_cut(const mg_section_units *units, unsigned most, size_t *ret_start,
                      unsigned *ret_count);

#endif
