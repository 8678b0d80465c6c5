/* What stands for the measures of a stage that was not run (mg_analysis_options.stages): values
 * that are absent, with the reason "not applicable". Pure functions. */
#ifndef MG_DSP_LEFT_OUT_H
#define MG_DSP_LEFT_OUT_H

#include "dsp/measures.h"

/* Peaks and dynamics; loudness is always measured. */
void mg_levels_left_out(mg_measures *measures);
/* Spectrum and stereo. */
void mg_spectrum_left_out(mg_measures *measures);
/* Tempo, key and structure. */
void mg_music_left_out(mg_measures *measures);
void mg_technical_left_out(mg_technical_result *technical);

#endif
