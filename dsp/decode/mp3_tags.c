/* Tags around MP3 audio: ID3v2 (id3.org 2.4.0), ID3v1, APEv2, Lyrics3. They are only measured, to
 * be passed over. */
#include "dsp/decode/bytes.h"
#include "dsp/decode/mp3_frames.h"

enum {
    ID3V1_BYTES = 128,
    ID3V1_EXTENDED_BYTES = 227, /* "TAG+" */
    APE_BYTES = 32,             /* of header and of footer */
    LYRICS3V1_MAX = 5120,
    TAIL_TAGS_MAX = 16,
};

static uint64_t id3v2_bytes(const unsigned char *p, size_t n)
{
    if (n < 10 || !MG_HAS_ID(p, "ID3") || p[3] == 0xff || p[4] == 0xff)
        return 0;
    if (((p[6] | p[7] | p[8] | p[9]) & 0x80) != 0)
        return 0;
    return 10 + (uint64_t)mg_synchsafe32(p + 6) + ((p[5] & 0x10) != 0 ? 10 : 0);
}

uint64_t mg_mp3_tag_bytes(const unsigned char *p, size_t n)
{
    uint64_t id3 = id3v2_bytes(p, n);
    if (id3 != 0)
        return id3;
    if (n >= APE_BYTES && MG_HAS_ID(p, "APETAGEX"))
        return APE_BYTES + (uint64_t)mg_le32(p + 12);
    if (n >= 4 && MG_HAS_ID(p, "TAG+"))
        return ID3V1_EXTENDED_BYTES;
    if (n >= 3 && MG_HAS_ID(p, "TAG"))
        return ID3V1_BYTES;
    return 0;
}

/* Bytes of an APE tag whose footer is at p; its size counts items and footer. */
static uint64_t ape_bytes_by_footer(const unsigned char *p)
{
    bool has_header = (mg_le32(p + 20) & 0x80000000) != 0;
    return (uint64_t)mg_le32(p + 12) + (has_header ? APE_BYTES : 0);
}

static uint64_t lyrics3v2_bytes(const unsigned char *p)
{
    uint64_t size = 0;
    for (int i = 0; i < 6; i++) {
        if (p[i] < '0' || p[i] > '9')
            return 0;
        size = size * 10 + (p[i] - '0');
    }
    return size + 15;
}

static mg_err lyrics3v1_bytes(mg_source *source, uint64_t end, uint64_t *ret, mg_errinfo *err)
{
    unsigned char text[LYRICS3V1_MAX];
    size_t want = end < sizeof(text) ? (size_t)end : sizeof(text), n = 0;
    mg_err rc = mg_source_peek(source, end - want, text, want, &n, err);
    if (rc != MG_OK)
        return rc;
    const unsigned char *found = memmem(text, n, "LYRICSBEGIN", 11);
    *ret = found != NULL ? (uint64_t)(text + n - found) : 0;
    return MG_OK;
}

/* Bytes of the tag that ends at `end`; 0 when there is none. */
static mg_err tag_before(mg_source *source, uint64_t end, uint64_t *ret, mg_errinfo *err)
{
    unsigned char p[ID3V1_EXTENDED_BYTES];
    size_t n = 0, want = end < sizeof(p) ? (size_t)end : sizeof(p);
    *ret = 0;
    mg_err rc = mg_source_peek(source, end - want, p, want, &n, err);
    if (rc != MG_OK)
        return rc;
    const unsigned char *stop = p + n;
    if (n >= ID3V1_BYTES && MG_HAS_ID(stop - ID3V1_BYTES, "TAG"))
        *ret = ID3V1_BYTES;
    else if (n >= ID3V1_EXTENDED_BYTES && MG_HAS_ID(stop - ID3V1_EXTENDED_BYTES, "TAG+"))
        *ret = ID3V1_EXTENDED_BYTES;
    else if (n >= APE_BYTES && MG_HAS_ID(stop - APE_BYTES, "APETAGEX"))
        *ret = ape_bytes_by_footer(stop - APE_BYTES);
    else if (n >= 15 && MG_HAS_ID(stop - 9, "LYRICS200"))
        *ret = lyrics3v2_bytes(stop - 15);
    else if (n >= 9 && MG_HAS_ID(stop - 9, "LYRICSEND"))
        return lyrics3v1_bytes(source, end, ret, err);
    else if (n >= 10 && MG_HAS_ID(stop - 10, "3DI"))
        *ret = 20 + (uint64_t)mg_synchsafe32(stop - 4);
    return MG_OK;
}

mg_err mg_mp3_audio_end(mg_source *source, uint64_t start, uint64_t *ret_end, mg_errinfo *err)
{
    uint64_t end = source->size;
    for (int i = 0; i < TAIL_TAGS_MAX && end > start; i++) {
        uint64_t bytes = 0;
        mg_err rc = tag_before(source, end, &bytes, err);
        if (rc != MG_OK)
            return rc;
        if (bytes == 0 || bytes > end - start)
            break;
        end -= bytes;
    }
    *ret_end = end;
    return MG_OK;
}
