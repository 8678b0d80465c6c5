/* AIFF and AIFF-C headers (Apple's AIFF 1.3 and AIFF-C draft of 1991), uncompressed kinds only.
 *
 * COMM may stand behind the sound, so that all chunks are walked. */
#include "dsp/decode/bytes.h"
#include "dsp/decode/pcm.h"

#include <math.h>

enum { CHUNKS_MAX = 4096 };

typedef struct aiff_parser {
    mg_source *source;
    mg_pcm_layout *layout;
    mg_errinfo *err;
    bool compressed_form; /* AIFC */
    bool have_comm, have_ssnd;
    uint64_t frames;                      /* as COMM declares */
    uint64_t ssnd_offset, ssnd_declared; /* first sample; bytes of samples */
} aiff_parser;

static const struct {
    char id[5];
    mg_pcm_encoding encoding;
    bool big_endian;
    unsigned bits; /* 0: as COMM says */
} kinds[] = {
    {"NONE", MG_PCM_SIGNED, true, 0}, {"twos", MG_PCM_SIGNED, true, 0},
    {"sowt", MG_PCM_SIGNED, false, 0}, {"raw ", MG_PCM_UNSIGNED, true, 8},
    {"in24", MG_PCM_SIGNED, true, 24}, {"in32", MG_PCM_SIGNED, true, 32},
    {"42ni", MG_PCM_SIGNED, false, 24}, {"23ni", MG_PCM_SIGNED, false, 32},
    {"fl32", MG_PCM_FLOAT, true, 32},  {"FL32", MG_PCM_FLOAT, true, 32},
    {"fl64", MG_PCM_FLOAT, true, 64},  {"FL64", MG_PCM_FLOAT, true, 64},
};

/* 80-bit extended; 0 for what no sampling rate can be. */
static double extended_to_double(const unsigned char *p)
{
    int exponent = (p[0] & 0x7f) << 8 | p[1];
    uint64_t mantissa = mg_be64(p + 2);
    if ((p[0] & 0x80) != 0 || exponent == 0x7fff || exponent > 16383 + 63)
        return 0;
    return ldexp((double)mantissa, exponent - 16383 - 63);
}

static mg_err set_kind(aiff_parser *a, const unsigned char *id, unsigned bits)
{
    unsigned container = (bits + 7) / 8 * 8;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (memcmp(kinds[i].id, id, 4) != 0)
            continue;
        if (kinds[i].bits != 0)
            container = kinds[i].bits;
        if (kinds[i].bits == 0 && (bits == 0 || bits > 32))
            return mg_fail(a->err, MG_E_UNSUPPORTED_FORMAT, 0, "AIFF with %u-bit samples", bits);
        a->layout->encoding = kinds[i].encoding;
        a->layout->big_endian = kinds[i].big_endian;
        a->layout->bits = container;
        return MG_OK;
    }
    return mg_fail(a->err, MG_E_UNSUPPORTED_FORMAT, 0, "AIFC with a compression that is not PCM");
}

static mg_err parse_comm(aiff_parser *a, uint64_t offset, uint64_t size)
{
    unsigned char p[22];
    size_t n = 0, want = a->compressed_form ? 22 : 18;
    mg_err rc = mg_source_peek(a->source, offset, p, want, &n, a->err);
    if (rc != MG_OK)
        return rc;
    if (n < want || size < want)
        return mg_fail(a->err, MG_E_CORRUPT_AUDIO, 0, "the COMM chunk of the AIFF file is cut");
    a->layout->channels = mg_be16(p);
    a->frames = mg_be32(p + 2);
    a->layout->rate_hz = round(extended_to_double(p + 8));
    if (a->layout->channels == 0)
        return mg_fail(a->err, MG_E_CORRUPT_AUDIO, 0, "an AIFF file with no channels");
    a->have_comm = true;
    return set_kind(a, a->compressed_form ? p + 18 : (const unsigned char *)"NONE", mg_be16(p + 6));
}

static mg_err parse_ssnd(aiff_parser *a, uint64_t offset, uint64_t size)
{
    unsigned char p[8];
    size_t n = 0;
    mg_err rc = mg_source_peek(a->source, offset, p, sizeof(p), &n, a->err);
    if (rc != MG_OK)
        return rc;
    if (n < sizeof(p))
        return mg_fail(a->err, MG_E_EMPTY_AUDIO, 0, "the AIFF file ends before its samples");
    uint64_t skip = mg_be32(p);
    a->ssnd_offset = offset + sizeof(p) + skip;
    a->ssnd_declared = size > sizeof(p) + skip ? size - sizeof(p) - skip : 0;
    a->have_ssnd = true;
    return MG_OK;
}

/* Reconciles the two declared lengths with the file. */
static mg_err set_data(aiff_parser *a, uint64_t form_bytes)
{
    mg_pcm_layout *layout = a->layout;
    uint64_t size = a->source->size;
    uint64_t left = a->ssnd_offset < size ? size - a->ssnd_offset : 0;
    uint64_t block = (uint64_t)layout->channels * (layout->bits / 8);
    uint64_t by_frames = a->frames * block, bytes = a->ssnd_declared;
    bool streaming = left > 0 && (bytes == 0 || bytes > left) &&
                     (mg_pcm_is_streaming_size(bytes) || mg_pcm_is_streaming_size(by_frames) ||
                      mg_pcm_is_streaming_size(a->frames));
    bool cut = !streaming && bytes > left;
    if (streaming || cut)
        bytes = left;
    if (!streaming && a->frames != 0 && by_frames < bytes)
        bytes = by_frames; /* the chunk may be padded */
    layout->data_offset = a->ssnd_offset;
    layout->data_bytes = bytes;
    bool fits = form_bytes + 9 >= size && form_bytes + 8 <= size + 1;
    if (streaming)
        layout->warnings |= 1u << MG_WARN_STREAMING_SIZE;
    else if (cut)
        layout->warnings |= 1u << MG_WARN_TRUNCATED;
    else if (!fits || a->frames * block != a->ssnd_declared)
        layout->warnings |= 1u << MG_WARN_WRONG_HEADER_SIZE;
    if (bytes == 0)
        return mg_fail(a->err, MG_E_EMPTY_AUDIO, 0, "the AIFF file holds no samples");
    return MG_OK;
}

static mg_err walk(aiff_parser *a)
{
    uint64_t offset = 12;
    for (unsigned i = 0; i < CHUNKS_MAX && offset + 8 <= a->source->size; i++) {
        unsigned char head[8];
        size_t n = 0;
        mg_err rc = mg_source_peek(a->source, offset, head, sizeof(head), &n, a->err);
        if (rc != MG_OK)
            return rc;
        uint64_t size = mg_be32(head + 4);
        if (MG_HAS_ID(head, "COMM") && !a->have_comm)
            rc = parse_comm(a, offset + 8, size);
        else if (MG_HAS_ID(head, "SSND") && !a->have_ssnd)
            rc = parse_ssnd(a, offset + 8, size);
        if (rc != MG_OK)
            return rc;
        if (a->have_comm && a->have_ssnd)
            break;
        offset += 8 + size + (size & 1);
    }
    return MG_OK;
}

mg_err mg_aiff_header(mg_source *source, mg_pcm_layout *ret, mg_errinfo *err)
{
    unsigned char head[12];
    size_t n = 0;
    mg_err rc = mg_source_peek(source, 0, head, sizeof(head), &n, err);
    if (rc != MG_OK)
        return rc;
    mg_pcm_layout layout = {.container = MG_HAS_ID(head + 8, "AIFC") ? "aifc" : "aiff"};
    aiff_parser a = {.source = source, .layout = &layout, .err = err};
    a.compressed_form = MG_HAS_ID(head + 8, "AIFC");
    rc = walk(&a);
    if (rc != MG_OK)
        return rc;
    if (!a.have_comm)
        return mg_fail(err, MG_E_CORRUPT_AUDIO, 0, "an AIFF file without a COMM chunk");
    if (!a.have_ssnd)
        return mg_fail(err, MG_E_EMPTY_AUDIO, 0, "an AIFF file without a sound chunk");
    rc = set_data(&a, mg_be32(head + 4));
    if (rc == MG_OK)
        *ret = layout;
    return rc;
}
