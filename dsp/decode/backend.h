/* What the formats share: facts about the file, and the two functions that each one provides. */
#ifndef MG_DSP_DECODE_BACKEND_H
#define MG_DSP_DECODE_BACKEND_H

#include "dsp/block.h"
#include "dsp/decode/decode.h"
#include "dsp/decode/source.h"

typedef struct mg_decode_facts {
    const char *container, *codec; /* static */
    unsigned bits_per_sample;      /* 0: not known */
    uint32_t warnings;             /* bit MG_WARN_x */
    mg_value encoder_delay, padding; /* frames */
    uint64_t start_offset;           /* frames removed before t = 0 */
    const char *mp3_tag;             /* of the first frame (mp3_info.h); NULL: not an MP3; static */
    bool integer;                    /* sample_bits means something */
    uint32_t sample_bits;            /* OR of all samples, left-justified in 32 bits */
    uint64_t coded_bytes;            /* of audio, without headers and tags */
    uint64_t coded_frames;           /* that these bytes decode to, before trimming */
} mg_decode_facts;

static inline void mg_facts_warn(mg_decode_facts *facts, mg_audio_warning warning)
{
    facts->warnings |= 1u << warning;
}

typedef struct mg_backend {
    /* As mg_decoder_read(), without the limit on seconds. */
    mg_err (*read)(void *state, float *out, size_t frames, size_t *ret_frames, mg_errinfo *err);
    void (*free)(void *state);
} mg_backend;

typedef struct mg_backend_object {
    const mg_backend *backend;
    void *state;
} mg_backend_object;

/* The source and the facts are borrowed and must outlive the object. `start` is where the format
 * begins, behind ID3v2 tags. Each sets *info and checks it against the limits. */
mg_err mg_flac_open(mg_backend_object *ret, mg_source *source, uint64_t start,
                    const mg_decode_limits *limits, mg_stream_info *info, mg_decode_facts *facts,
                    mg_errinfo *err);
mg_err mg_mp3_open(mg_backend_object *ret, mg_source *source, uint64_t start,
                   const mg_decode_limits *limits, mg_stream_info *info, mg_decode_facts *facts,
                   mg_errinfo *err);

/* MG_E_LIMITS_EXCEEDED unless rate and channels are inside. */
mg_err mg_check_limits(const mg_decode_limits *limits, double rate_hz, unsigned channels,
                       mg_errinfo *err);

#endif
