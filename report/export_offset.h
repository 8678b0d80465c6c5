/* Where another program's clock begins on a file whose clock of ours begins at t = 0.
 *
 * t = 0 is the first frame after the encoder's delay (docs/measures.md). DJ programs do not take
 * the delay off an MP3, and some play the tag frame in front of the music as a frame of silence.
 * docs/dj-export.md has the published observations that the table of export_offset.c stands on, and
 * what of it could not be checked. WAV, AIFF and FLAC begin at the same frame everywhere.
 */
#ifndef MG_REPORT_EXPORT_OFFSET_H
#define MG_REPORT_EXPORT_OFFSET_H

#include <jansson.h>

typedef enum mg_dj_program { MG_DJ_REKORDBOX, MG_DJ_TRAKTOR } mg_dj_program;

/** Seconds to add to a time of ours: program time = our time + offset. Never negative.
 *  @param result  a result; read are audio.codec, mp3_tag, start_offset_samples, sample_rate_hz and
 *                 warnings */
double mg_export_offset_s(mg_dj_program program, const json_t *result);

#endif
