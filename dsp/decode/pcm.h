/* Uncompressed samples: what the header parsers of WAV and AIFF find, and its conversion. */
#ifndef MG_DSP_DECODE_PCM_H
#define MG_DSP_DECODE_PCM_H

#include "dsp/decode/backend.h"

typedef enum mg_pcm_encoding { MG_PCM_UNSIGNED, MG_PCM_SIGNED, MG_PCM_FLOAT } mg_pcm_encoding;

typedef struct mg_pcm_layout {
    const char *container; /* static */
    mg_pcm_encoding encoding;
    bool big_endian;
    unsigned bits; /* of the container of a sample: 8, 16, 24, 32, 64 */
    double rate_hz;
    unsigned channels;
    uint32_t channel_mask; /* 0: none */
    uint64_t data_offset, data_bytes; /* inside the file; may end in a part of a frame */
    uint32_t warnings;                /* bit MG_WARN_x */
} mg_pcm_layout;

/* Parse the header at the start of the file. They allocate nothing.
 * MG_E_UNSUPPORTED_FORMAT for encodings beyond integer and float PCM, MG_E_CORRUPT_AUDIO,
 * MG_E_EMPTY_AUDIO, MG_E_IO. Rate and channels are not yet checked against limits. */
mg_err mg_wav_header(mg_source *source, mg_pcm_layout *ret, mg_errinfo *err);
mg_err mg_aiff_header(mg_source *source, mg_pcm_layout *ret, mg_errinfo *err);

/* True for sizes that programs write when they cannot seek back: 0 and 0xFFFFFFFF (ffmpeg),
 * 0x7FFFF000 (SoX), 0x80000000 (arecord), and these less a header. */
bool mg_pcm_is_streaming_size(uint64_t size);

mg_err mg_pcm_open(mg_backend_object *ret, mg_source *source, const mg_pcm_layout *layout,
                   const mg_decode_limits *limits, mg_stream_info *info, mg_decode_facts *facts,
                   mg_errinfo *err);

#endif
