/* The format of a file by its content. */
#ifndef MG_DSP_DECODE_SNIFF_H
#define MG_DSP_DECODE_SNIFF_H

#include "dsp/decode/source.h"

typedef enum mg_file_format { MG_FILE_WAV, MG_FILE_AIFF, MG_FILE_FLAC, MG_FILE_MP3 } mg_file_format;

/** @param ret_start  where the format begins: behind ID3v2 tags for FLAC and MP3, else 0
 *  @return MG_OK; MG_E_UNSUPPORTED_FORMAT with a sentence saying what was found instead;
 *          MG_E_EMPTY_AUDIO for a file of 0 bytes; MG_E_CORRUPT_AUDIO for a known format cut in its
 *          first bytes; MG_E_IO */
mg_err mg_sniff(mg_source *source, mg_file_format *ret, uint64_t *ret_start, mg_errinfo *err);

#endif
