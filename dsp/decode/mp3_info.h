/* The frame in front of many MP3 files that holds no audio but a tag: Xing or Info, perhaps with
 * LAME's extension, or VBRI. */
#ifndef MG_DSP_DECODE_MP3_INFO_H
#define MG_DSP_DECODE_MP3_INFO_H

#include "dsp/decode/mp3_frames.h"

typedef struct mg_mp3_info {
    bool present;      /* the frame is a tag, not audio */
    uint64_t frames;   /* MP3 frames that follow; 0: not given */
    uint64_t bytes;    /* from this frame to the end of the audio; 0: not given */
    bool has_delay;    /* LAME, Lavf or Lavc wrote the two below */
    unsigned delay, padding; /* PCM frames, 0..4095 */
    bool crc_ok;             /* of LAME's extension */
    const char *kind;        /* "none", "vbri", "xing", "lavc", "lame"; static */
} mg_mp3_info;

/* Examines the first frame (h->bytes bytes at p). Layout after LAME's documentation of its tag:
 * CRC-16 (polynomial 0x8005, reflected, initial value 0) over the frame's bytes before it. */
void mg_mp3_info_parse(const unsigned char *p, const mg_mp3_header *h, mg_mp3_info *ret);

#endif
