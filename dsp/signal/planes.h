/* Interleaved frames of any layout as blocks: one plane per channel, the stereo downmix and its
 * mean (dsp/block.h). Samples that are not finite become 0 and are counted; others are limited to
 * +40 dBFS, more than any float file can mean.
 *
 * The downmix takes left and right whole and centre and surrounds at -3 dB (0.7071, as in
 * ITU-R BS.775), without the LFE; a layout without left, right and centre (two unknown
 * channels, say) takes its first two by position. Mono is both sides at once.
 *
 * One object per file; not thread-safe. Nothing is allocated after _new.
 */
#ifndef MG_DSP_SIGNAL_PLANES_H
#define MG_DSP_SIGNAL_PLANES_H

#include "base/error.h"
#include "dsp/block.h"

#include <stdbool.h>

typedef struct mg_planes mg_planes;

/** @return MG_OK; MG_E_NOMEM */
mg_err mg_planes_new(mg_planes **ret, const mg_stream_info *info);
void mg_planes_free(mg_planes *planes);

/** Put frames behind those in work. @return how many fitted in the block; 0 when it is full */
size_t mg_planes_push(mg_planes *planes, const float *interleaved, size_t frames);
bool mg_planes_full(const mg_planes *planes);

/** The block in work, with what it may hold behind its frames: silence in the last one of the file.
 *  @return owned by `planes`, valid until the next call; NULL when no frame is in work */
const mg_block *mg_planes_block(mg_planes *planes, bool last);
/** Begin the next block: the end of this one becomes its history. */
void mg_planes_next(mg_planes *planes);

/** Samples of all blocks so far that were not finite. */
uint64_t mg_planes_nonfinite(const mg_planes *planes);

#endif
