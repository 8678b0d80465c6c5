/* Where the lows strike and everything over them falls. A kick is short, and in club music it
 * pushes the rest down: a compressor listens to it ("sidechain"), the others come back before the
 * next one. So a tenth of a second behind a kick the level of what is over it is lower than just
 * before. Bass, chords and hats between the beats, however loud, raise it and last longer. */
#ifndef MG_DSP_TEMPO_ODF_FALLS_H
#define MG_DSP_TEMPO_ODF_FALLS_H

#include "dsp/tempo/odf.h"

/** Overwrites the row MG_ODF_LEVEL: by how much the mean level of 47 to 112 ms behind a frame lies
 *  under the least of 12 to 24 ms before it, quarters of a dB; 0 where it does not, less where the
 *  lows rise by less than 4 dB in the frame.
 *  @param odf    not conditioned yet
 *  @param level  [odf->frames]: a copy of the row */
void mg_odf_falls(mg_odf *odf, const uint8_t *level);

#endif
