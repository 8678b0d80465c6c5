#include "dsp/decode/bytes.h"
#include "dsp/decode/mp3_frames.h"

enum { MPEG_1 = 3, MPEG_RESERVED = 1, LAYER_RESERVED = 0, LAYER_3 = 1 };

static const unsigned short kbps[2][16] = {
    {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0},
    {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0},
};

static const unsigned rates_hz[4][3] = {
    {11025, 12000, 8000}, {0, 0, 0}, {22050, 24000, 16000}, {44100, 48000, 32000}};

mg_mp3_parse_result mg_mp3_parse_header(const unsigned char *p, mg_mp3_header *ret)
{
    if (p[0] != 0xff || (p[1] & 0xe0) != 0xe0)
        return MG_MP3_NO_SYNC;
    unsigned version = p[1] >> 3 & 3, layer = p[1] >> 1 & 3;
    unsigned bitrate = p[2] >> 4, rate = p[2] >> 2 & 3;
    if (version == MPEG_RESERVED || layer == LAYER_RESERVED || bitrate == 15 || rate == 3)
        return MG_MP3_RESERVED;
    if (layer != LAYER_3)
        return MG_MP3_OTHER_LAYER;
    bool mpeg1 = version == MPEG_1, mono = p[3] >> 6 == 3;
    mg_mp3_header h = {
        .version = version,
        .rate_hz = rates_hz[version][rate],
        .channels = mono ? 1 : 2,
        .samples = mpeg1 ? 1152 : 576,
        .bitrate_kbps = kbps[mpeg1][bitrate],
        .padding = p[2] >> 1 & 1,
        .side_offset = (p[1] & 1) != 0 ? 4 : 6,
        .side_bytes = mpeg1 ? (mono ? 17 : 32) : (mono ? 9 : 17),
    };
    if (h.bitrate_kbps != 0)
        h.bytes = h.samples / 8 * h.bitrate_kbps * 1000 / h.rate_hz + h.padding;
    *ret = h;
    return MG_MP3_HEADER;
}

bool mg_mp3_same_stream(const mg_mp3_header *a, const mg_mp3_header *b)
{
    return a->version == b->version && a->rate_hz == b->rate_hz && a->channels == b->channels &&
           (a->bitrate_kbps == 0) == (b->bitrate_kbps == 0);
}
