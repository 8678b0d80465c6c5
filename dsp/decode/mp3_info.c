#include "dsp/decode/mp3_info.h"

#include "dsp/decode/bytes.h"

enum {
    FLAG_FRAMES = 1,
    FLAG_BYTES = 2,
    FLAG_TOC = 4,
    FLAG_QUALITY = 8,
    LAME_BYTES = 36,
    LAME_DELAY_AT = 21,
    LAME_CRC_AT = 34,
    VBRI_AT = 36, /* from the start of the frame, whatever the side information's size */
};

static uint16_t crc16(const unsigned char *p, size_t n)
{
    unsigned crc = 0;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0xa001 : crc >> 1;
    }
    return (uint16_t)crc;
}

static void parse_lame(const unsigned char *frame, size_t at, mg_mp3_info *ret)
{
    const unsigned char *p = frame + at;
    const bool lame = MG_HAS_ID(p, "LAME");
    if (!lame && !MG_HAS_ID(p, "Lavf") && !MG_HAS_ID(p, "Lavc"))
        return;
    ret->kind = lame ? "lame" : "lavc";
    const unsigned char *d = p + LAME_DELAY_AT;
    ret->has_delay = true;
    ret->delay = (unsigned)d[0] << 4 | d[1] >> 4;
    ret->padding = (unsigned)(d[1] & 15) << 8 | d[2];
    ret->crc_ok = mg_be16(p + LAME_CRC_AT) == crc16(frame, at + LAME_CRC_AT);
}

static void parse_xing(const unsigned char *p, size_t bytes, size_t at, mg_mp3_info *ret)
{
    ret->present = true;
    ret->kind = "xing";
    if (at + 8 > bytes)
        return;
    unsigned flags = mg_be32(p + at + 4);
    at += 8;
    if ((flags & FLAG_FRAMES) != 0 && at + 4 <= bytes)
        ret->frames = mg_be32(p + at);
    at += (flags & FLAG_FRAMES) != 0 ? 4 : 0;
    if ((flags & FLAG_BYTES) != 0 && at + 4 <= bytes)
        ret->bytes = mg_be32(p + at);
    at += (flags & FLAG_BYTES) != 0 ? 4 : 0;
    at += ((flags & FLAG_TOC) != 0 ? 100u : 0) + ((flags & FLAG_QUALITY) != 0 ? 4u : 0);
    if (at + LAME_BYTES <= bytes)
        parse_lame(p, at, ret);
}

void mg_mp3_info_parse(const unsigned char *p, const mg_mp3_header *h, mg_mp3_info *ret)
{
    *ret = (mg_mp3_info){.kind = "none"};
    /* Writers differ in whether they count a CRC's two bytes. */
    size_t places[2] = {4 + h->side_bytes, h->side_offset + h->side_bytes};
    for (int i = 0; i < 2 && !ret->present; i++) {
        size_t at = places[i];
        if (at + 4 <= h->bytes && (MG_HAS_ID(p + at, "Xing") || MG_HAS_ID(p + at, "Info")))
            parse_xing(p, h->bytes, at, ret);
    }
    if (!ret->present && VBRI_AT + 18 <= h->bytes && MG_HAS_ID(p + VBRI_AT, "VBRI")) {
        ret->present = true;
        ret->kind = "vbri";
        ret->frames = mg_be32(p + VBRI_AT + 14);
    }
}
