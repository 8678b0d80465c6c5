/* Conditioning of the onset history: what is left are the onsets, at a level that quiet intros and
 * loud drops share. In place; a second copy is held of one row at a time. */
#ifndef MG_DSP_TEMPO_ODF_CONDITION_H
#define MG_DSP_TEMPO_ODF_CONDITION_H

#include "dsp/tempo/odf.h"

enum { MG_ODF_RMS = 24 }; /* the byte that stands for the RMS of the surroundings */

/** Per band: subtract the mean of the surrounding second, keep what is positive, divide by the RMS
 *  of the surrounding eight seconds (but at least a quarter of the RMS of the whole history).
 *  Row MG_ODF_LEVEL is turned into its falls first. Row MG_ODF_ATTACK is left alone.
 *  @param ret_rms  RMS of each band before scaling, quarters of a dB
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_odf_condition(mg_odf *odf, double ret_rms[MG_ODF_BANDS]);

#endif
