/* What one stage of an equaliser, set over a whole mix, does to the balance of a band: an advice is
 * to name the gain that reaches its target, not the distance to it. A bell falls towards the edges
 * of its band and lifts the neighbours as well, so that the balance moves by less than its gain.
 */
#ifndef MG_VERDICT_EQUALISER_H
#define MG_VERDICT_EQUALISER_H

#include "dsp/measures.h"

/* Of a bell, in every band but the highest, which takes a shelf of Q 0.707 from its lower edge. */
#define MG_EQUALISER_Q 0.7
/* More than this is not mended with an equaliser. */
#define MG_EQUALISER_MOST_DB 9.0

/** Middle of a band's bell, or the corner of the shelf, in Hz. */
double mg_equaliser_hz(unsigned band);

/** The gain that moves the balance of `band` in the loudest sections (mg_share_balance_db() of its
 *  share) by `wanted_db`, either sign, to a tenth and within MG_EQUALISER_MOST_DB; and the band's
 *  share, 0..1, after it. The power of a band is spread over its third octaves as in the whole
 *  programme. Bell and shelf: R. Bristow-Johnson's Audio EQ Cookbook, the analogue prototypes.
 *  Needs loudest_band_share of all bands; pure. */
void mg_equaliser_move(const mg_spectrum_result *spectrum, unsigned band, double wanted_db,
                       double *ret_gain_db, double *ret_share);

#endif
