/* Uncompressed samples, converted where they lie in the source's window. */
#include "dsp/decode/pcm.h"

#include "dsp/decode/bytes.h"
#include "dsp/decode/channels.h"

#include <math.h>
#include <stdlib.h>

typedef struct pcm_state {
    mg_source *source; /* borrowed */
    uint64_t at, end;  /* what is left of the samples */
    mg_decode_facts *facts;
    mg_pcm_layout layout;
} pcm_state;

bool mg_pcm_is_streaming_size(uint64_t size)
{
    return size == 0 || (size >= 0x7ffff000 && size <= 0x80000000) ||
           (size >= 0xffffff00 && size <= 0xffffffff);
}

static const char *codec_name(const mg_pcm_layout *layout)
{
    if (layout->encoding == MG_PCM_FLOAT)
        return layout->bits == 64 ? "pcm_f64" : "pcm_f32";
    switch (layout->bits) {
    case 8:
        return layout->encoding == MG_PCM_UNSIGNED ? "pcm_u8" : "pcm_s8";
    case 16:
        return "pcm_s16";
    case 24:
        return "pcm_s24";
    default:
        return "pcm_s32";
    }
}

/* Integers of a width, in the upper bits of 32; `flip` has the sign bit of unsigned ones. Its
 * callers pass constants, and so each gets a loop of its own. */
static inline uint32_t from_integers(const unsigned char *in, size_t n, unsigned bytes, bool big,
                                     uint32_t flip, float *restrict out)
{
    uint32_t all = 0;
    for (size_t i = 0; i < n; i++, in += bytes) {
        uint32_t v = 0;
        switch (bytes) {
        case 1: v = (uint32_t)in[0] << 24; break;
        case 2: v = (uint32_t)(big ? mg_be16(in) : mg_le16(in)) << 16; break;
        case 3:
            v = big ? (uint32_t)mg_be16(in) << 16 | (uint32_t)in[2] << 8
                    : (uint32_t)mg_le16(in + 1) << 16 | (uint32_t)in[0] << 8;
            break;
        default: v = big ? mg_be32(in) : mg_le32(in); break;
        }
        v ^= flip;
        all |= v;
        out[i] = (float)(int32_t)v * 0x1p-31f;
    }
    return all;
}

static uint32_t convert_integers(const mg_pcm_layout *l, const unsigned char *in, size_t n,
                                 float *out)
{
    const bool big = l->big_endian;
    if (l->bits == 8)
        return from_integers(in, n, 1, false, l->encoding == MG_PCM_UNSIGNED ? 1u << 31 : 0, out);
    if (l->bits == 16)
        return big ? from_integers(in, n, 2, true, 0, out) : from_integers(in, n, 2, false, 0, out);
    if (l->bits == 24)
        return big ? from_integers(in, n, 3, true, 0, out) : from_integers(in, n, 3, false, 0, out);
    return big ? from_integers(in, n, 4, true, 0, out) : from_integers(in, n, 4, false, 0, out);
}

/* @return whether all are finite */
static bool convert_floats(const mg_pcm_layout *l, const unsigned char *in, size_t n, float *out)
{
    bool finite = true;
    for (size_t i = 0; i < n; i++) {
        if (l->bits == 64) {
            uint64_t v = l->big_endian ? mg_be64(in + 8 * i) : mg_le64(in + 8 * i);
            double x;
            memcpy(&x, &v, sizeof x);
            out[i] = (float)x;
        } else {
            uint32_t v = l->big_endian ? mg_be32(in + 4 * i) : mg_le32(in + 4 * i);
            memcpy(&out[i], &v, sizeof v);
        }
        finite &= isfinite(out[i]) != 0;
    }
    return finite;
}

static mg_err pcm_read(void *state, float *out, size_t frames, size_t *ret_frames, mg_errinfo *err)
{
    pcm_state *pcm = state;
    const mg_pcm_layout *l = &pcm->layout;
    const size_t sample = l->bits / 8, block = l->channels * sample;
    size_t done = 0;
    while (done < frames && pcm->at < pcm->end) {
        const unsigned char *data;
        size_t len;
        mg_err rc = mg_source_window(pcm->source, pcm->at, block, &data, &len, err);
        if (rc != MG_OK)
            return rc;
        uint64_t left = (pcm->end - pcm->at) / block;
        size_t n = len / block < left ? len / block : (size_t)left;
        n = n < frames - done ? n : frames - done;
        float *to = out + done * l->channels;
        if (pcm->facts->integer)
            pcm->facts->sample_bits |= convert_integers(l, data, n * l->channels, to);
        else if (!convert_floats(l, data, n * l->channels, to))
            mg_facts_warn(pcm->facts, MG_WARN_NONFINITE_SAMPLES);
        pcm->at += n * block;
        done += n;
    }
    *ret_frames = done;
    return MG_OK;
}

static void pcm_free(void *state)
{
    free(state);
}

static const mg_backend pcm_backend = {.read = pcm_read, .free = pcm_free};

static void set_facts(mg_decode_facts *facts, const mg_pcm_layout *layout, uint64_t frames)
{
    facts->container = layout->container;
    facts->codec = codec_name(layout);
    facts->bits_per_sample = layout->bits;
    facts->warnings |= layout->warnings;
    facts->integer = layout->encoding != MG_PCM_FLOAT;
    facts->coded_frames = frames;
    facts->coded_bytes = frames * layout->channels * (layout->bits / 8);
}

mg_err mg_pcm_open(mg_backend_object *ret, mg_source *source, const mg_pcm_layout *layout,
                   const mg_decode_limits *limits, mg_stream_info *info, mg_decode_facts *facts,
                   mg_errinfo *err)
{
    mg_err rc = mg_check_limits(limits, layout->rate_hz, layout->channels, err);
    if (rc != MG_OK)
        return rc;
    unsigned block = layout->channels * (layout->bits / 8);
    uint64_t frames = layout->data_bytes / block;
    if (frames == 0)
        return mg_fail(err, MG_E_EMPTY_AUDIO, 0, "the file holds less than one sample frame");
    pcm_state *pcm = calloc(1, sizeof(*pcm));
    if (pcm == NULL)
        return mg_fail(err, MG_E_NOMEM, 0, "no memory for the PCM decoder");
    pcm->facts = facts;
    pcm->source = source;
    pcm->at = layout->data_offset;
    pcm->end = layout->data_offset + frames * block;
    pcm->layout = *layout;
    info->sample_rate_hz = (unsigned)layout->rate_hz;
    mg_channel_roles_masked(info, layout->channels, layout->channel_mask);
    set_facts(facts, layout, frames);
    *ret = (mg_backend_object){.backend = &pcm_backend, .state = pcm};
    return MG_OK;
}
