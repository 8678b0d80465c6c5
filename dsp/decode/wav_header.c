/* RIFF, RF64 (EBU Tech 3306) and BW64 (ITU-R BS.2088) headers with fmt chunks of PCM.
 *
 * No size is believed: the data region ends at the end of the file at the latest, and a
 * contradiction becomes a warning. Chunks other than fmt, ds64 and data are passed over. */
#include "dsp/decode/bytes.h"
#include "dsp/decode/pcm.h"

enum {
    TAG_PCM = 1,
    TAG_FLOAT = 3,
    TAG_EXTENSIBLE = 0xfffe,
    CHUNKS_MAX = 4096, /* far above any real file; bounds the walk over a hostile one */
};

typedef struct wav_parser {
    mg_source *source;
    mg_pcm_layout *layout;
    mg_errinfo *err;
    bool have_fmt, have_ds64;
    uint64_t riff_bytes, data_bytes64; /* as declared */
} wav_parser;

/* The last 14 bytes of the sub-format GUID; the first two hold the tag. */
static const unsigned char guid_tail[14] = {0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80,
                                            0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71};

static mg_err set_encoding(wav_parser *w, unsigned tag, unsigned bits)
{
    mg_pcm_layout *layout = w->layout;
    bool known = tag == TAG_PCM     ? bits == 8 || bits == 16 || bits == 24 || bits == 32
                 : tag == TAG_FLOAT ? bits == 32 || bits == 64
                                    : false;
    if (!known && (tag == TAG_PCM || tag == TAG_FLOAT))
        return mg_fail(w->err, MG_E_UNSUPPORTED_FORMAT, 0, "WAV with %u-bit %s samples", bits,
                       tag == TAG_PCM ? "integer" : "float");
    if (!known)
        return mg_fail(w->err, MG_E_UNSUPPORTED_FORMAT, 0,
                       "WAV with format tag 0x%04x, which is not PCM", tag);
    layout->bits = bits;
    layout->encoding = tag == TAG_FLOAT ? MG_PCM_FLOAT
                       : bits == 8      ? MG_PCM_UNSIGNED
                                        : MG_PCM_SIGNED;
    return MG_OK;
}

static mg_err parse_fmt(wav_parser *w, uint64_t offset, uint64_t size)
{
    unsigned char p[40];
    size_t n = 0;
    mg_err rc = mg_source_peek(w->source, offset, p, size < 40 ? (size_t)size : 40, &n, w->err);
    if (rc != MG_OK)
        return rc;
    if (n < 16)
        return mg_fail(w->err, MG_E_CORRUPT_AUDIO, 0, "the fmt chunk of the WAV file is cut");
    unsigned tag = mg_le16(p), bits = mg_le16(p + 14);
    if (tag == TAG_EXTENSIBLE) {
        if (n < 40)
            return mg_fail(w->err, MG_E_CORRUPT_AUDIO, 0, "the fmt chunk of the WAV file is cut");
        if (memcmp(p + 26, guid_tail, sizeof(guid_tail)) != 0)
            return mg_fail(w->err, MG_E_UNSUPPORTED_FORMAT, 0,
                           "extensible WAV with a sub-format that is not PCM");
        tag = mg_le16(p + 24);
        w->layout->channel_mask = mg_le32(p + 20);
    }
    rc = set_encoding(w, tag, bits);
    if (rc != MG_OK)
        return rc;
    w->layout->channels = mg_le16(p + 2);
    w->layout->rate_hz = mg_le32(p + 4);
    unsigned block_align = mg_le16(p + 12);
    if (w->layout->channels == 0 || block_align != w->layout->channels * (bits / 8))
        return mg_fail(w->err, MG_E_CORRUPT_AUDIO, 0,
                       "WAV block size %u does not fit %u channels of %u bits", block_align,
                       w->layout->channels, bits);
    w->have_fmt = true;
    return MG_OK;
}

static mg_err parse_ds64(wav_parser *w, uint64_t offset, uint64_t size)
{
    unsigned char p[16];
    size_t n = 0;
    mg_err rc = mg_source_peek(w->source, offset, p, sizeof(p), &n, w->err);
    if (rc != MG_OK)
        return rc;
    if (size < 24 || n < sizeof(p))
        return mg_fail(w->err, MG_E_CORRUPT_AUDIO, 0, "the ds64 chunk is cut");
    w->riff_bytes = mg_le64(p);
    w->data_bytes64 = mg_le64(p + 8);
    w->have_ds64 = true;
    return MG_OK;
}

/* True when whole chunks with printable names fill [offset, end of file): then a data chunk of size
 * 0 in front of them is really empty, not one whose size was never filled in. */
static mg_err chunks_follow(wav_parser *w, uint64_t offset, bool *ret)
{
    uint64_t size = w->source->size;
    *ret = false;
    for (unsigned i = 0; i < CHUNKS_MAX && offset + 8 <= size; i++) {
        unsigned char p[8];
        size_t n = 0;
        mg_err rc = mg_source_peek(w->source, offset, p, sizeof(p), &n, w->err);
        if (rc != MG_OK)
            return rc;
        for (unsigned c = 0; c < 4; c++) {
            if (p[c] < 0x20 || p[c] > 0x7e)
                return MG_OK;
        }
        uint64_t bytes = mg_le32(p + 4);
        offset += 8 + bytes + (bytes & 1);
    }
    *ret = offset == size || offset == size + 1;
    return MG_OK;
}

static mg_err set_data(wav_parser *w, uint64_t offset, uint64_t declared32)
{
    mg_pcm_layout *layout = w->layout;
    uint64_t left = w->source->size - offset, declared = declared32;
    bool in_ds64 = w->have_ds64 && declared32 == 0xffffffff;
    if (in_ds64)
        declared = w->data_bytes64;
    bool streaming = in_ds64 ? declared == 0 || declared == UINT64_MAX
                             : mg_pcm_is_streaming_size(declared) && declared != left;
    if (declared == 0 && left > 0) {
        bool empty = false;
        mg_err rc = chunks_follow(w, offset, &empty);
        if (rc != MG_OK)
            return rc;
        streaming = !empty;
    }
    streaming = streaming && (declared > left || declared == 0) && left > 0;
    bool cut = !streaming && declared > left;
    layout->data_offset = offset;
    layout->data_bytes = streaming || cut ? left : declared;
    if (streaming)
        layout->warnings |= 1u << MG_WARN_STREAMING_SIZE;
    if (cut)
        layout->warnings |= 1u << MG_WARN_TRUNCATED;
    /* The pad byte of the last chunk is often missing, or not counted. */
    uint64_t riff_end = w->riff_bytes < UINT64_MAX - 9 ? w->riff_bytes + 8 : UINT64_MAX - 1;
    bool fits = riff_end + 1 >= w->source->size && riff_end <= w->source->size + 1;
    bool part = layout->data_bytes % (layout->channels * (layout->bits / 8)) != 0;
    if (!streaming && !cut && (!fits || part))
        layout->warnings |= 1u << MG_WARN_WRONG_HEADER_SIZE;
    if (layout->data_bytes == 0)
        return mg_fail(w->err, MG_E_EMPTY_AUDIO, 0, "the WAV file holds no samples");
    return MG_OK;
}

/* Sets *ret_done at the data chunk, behind which nothing is needed. */
static mg_err parse_chunk(wav_parser *w, const unsigned char *head, uint64_t offset, bool *ret_done)
{
    uint64_t size = mg_le32(head + 4);
    if (MG_HAS_ID(head, "fmt ") && !w->have_fmt)
        return parse_fmt(w, offset, size);
    if (MG_HAS_ID(head, "ds64") && !w->have_ds64)
        return parse_ds64(w, offset, size);
    if (!MG_HAS_ID(head, "data"))
        return MG_OK;
    if (!w->have_fmt)
        return mg_fail(w->err, MG_E_CORRUPT_AUDIO, 0, "a WAV file with data before its format");
    *ret_done = true;
    return set_data(w, offset, size);
}

mg_err mg_wav_header(mg_source *source, mg_pcm_layout *ret, mg_errinfo *err)
{
    unsigned char head[12];
    size_t n = 0;
    mg_err rc = mg_source_peek(source, 0, head, sizeof(head), &n, err);
    if (rc != MG_OK)
        return rc;
    mg_pcm_layout layout = {.container = "wav"};
    if (MG_HAS_ID(head, "RF64"))
        layout.container = "rf64";
    else if (MG_HAS_ID(head, "BW64"))
        layout.container = "bw64";
    wav_parser w = {.source = source, .layout = &layout, .err = err};
    w.riff_bytes = mg_le32(head + 4);
    uint64_t offset = 12;
    bool done = false;
    for (unsigned i = 0; !done && i < CHUNKS_MAX && offset + 8 <= source->size; i++) {
        rc = mg_source_peek(source, offset, head, 8, &n, err);
        if (rc == MG_OK)
            rc = parse_chunk(&w, head, offset + 8, &done);
        if (rc != MG_OK)
            return rc;
        uint64_t size = mg_le32(head + 4);
        offset += 8 + size + (size & 1);
    }
    if (!w.have_fmt)
        return mg_fail(err, MG_E_CORRUPT_AUDIO, 0, "a WAV file without a format chunk");
    if (!done)
        return mg_fail(err, MG_E_EMPTY_AUDIO, 0, "a WAV file without a data chunk");
    *ret = layout;
    return MG_OK;
}
