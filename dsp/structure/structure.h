/* Sections of a track, its energy and its kick (docs/measures.md, group `structure`).
 *
 * The file is cut on bar lines (every 2 s without a grid) into the stretches that bands, attacks,
 * kick and what sounds between attacks differ between and keep to within
 * (dsp/structure/section_cut.h); of two stretches of one name side by side that are hardly apart
 * for eight bars, one is made.
 * Sections are compared with the main part: the medians, by time, of those with a kick within
 * 2.5 LU of the loudest. What lacks bands, loudness or kick before the first or after the last
 * section that does not is intro and outro; in between, what is 2 LU softer or has neither kick nor
 * low end is a break, and the rest of it a drop, which with all of the kick and low end may be 4 LU
 * softer. What swells between the attacks, as noise and rolls do, and breaks off where a drop
 * begins is a build, as is what is less than full and gets brighter or louder up to a drop.
 * Everything is `other` without a kick, in files under 12 s, where no section differs, and where an
 * outro would be more than two fifths of the file. The confidences of labels are set by hand, not
 * fitted. One object per file; not thread-safe. The result does not depend on how the input was
 * cut.
 */
#ifndef MG_DSP_STRUCTURE_STRUCTURE_H
#define MG_DSP_STRUCTURE_STRUCTURE_H

#include "base/error.h"
#include "dsp/block.h"
#include "dsp/levels/loudness.h"
#include "dsp/signal/mono.h"

typedef struct mg_structure mg_structure;

/** @return MG_OK; MG_E_NOMEM */
mg_err mg_structure_new(mg_structure **ret, const mg_stream_info *info);
void mg_structure_free(mg_structure *structure);
/** Feed the next block and what the mono streams gave for it; the part of mg_mono_end() is not
 *  needed.
 *  @return MG_OK; MG_E_NOMEM when the history cannot grow (at most 0.8 MB) */
mg_err mg_structure_push(mg_structure *structure, const mg_block *block,
                         const mg_mono_part *part);
/** End the pass; once, after the last push to `loudness`.
 *  Sections are sorted, begin at 0, end at the duration and have no holes. An empty stream has
 *  none. energy: silent, or too_short under 3 s. drop_contrast_lu (loudness of the loudest drop
 *  minus that of the section before it): not_applicable without a drop that follows a quieter
 *  section. For the kick see dsp/structure/kick.h.
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_structure_finish(mg_structure *structure, const mg_loudness *loudness,
                           const mg_tempo_result *tempo, const mg_key_result *key,
                           mg_structure_result *ret);

#endif
