/* What a file holds, as far as the verdicts on it depend on that. */
#ifndef MG_VERDICT_CONTENT_H
#define MG_VERDICT_CONTENT_H

#include "dsp/measures.h"

#include <stdbool.h>

/** Long enough for both, and neither a beat nor a key was found: speech, an effect, a recording of
 * a place, noise. A genre's ranges of tone do not hold for it. Of 64 recordings of music and 55
 *  rendered tracks, drum loops and pads among them, none is like that. */
bool mg_content_is_no_music(const mg_measures *measures);

#endif
