/* Where the key of a file changes. */
#ifndef MG_DSP_KEY_KEY_SEGMENTS_H
#define MG_DSP_KEY_KEY_SEGMENTS_H

#include "dsp/key/key_cells.h"

/** Finds the segments: the likeliest course of keys through windows of 12 to 24 s, where a change
 *  has a cost and is kept if the stretches on both of its sides, judged as wholes, speak for their
 *  own keys. Each segment has the key and confidence that it has as a whole.
 *  @param tempo  may be NULL; borders lie on its bars where the grid is constant with a downbeat
 *  @param probability  of the 24 keys and of none for the file as a whole; with segments it becomes
 *                      the mean of theirs, each by its length
 *  @param ret  receives the segments; none where the key does not change
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_key_segments_find(const mg_key_cells *cells, double duration_s,
                            const mg_tempo_result *tempo, double probability[MG_KEYS + 1],
                            mg_key_result *ret);

#endif
