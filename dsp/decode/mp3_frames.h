/* The frames of an MP3 file: which bytes are audio, and which are tags, junk or damage.
 *
 * Only frames of the first one's version, rate and channel count come out: the decoder behind never
 * sees a stream change its format. Header fields after ISO/IEC 11172-3 and 13818-3; MPEG-2.5 is
 * Fraunhofer's extension.
 */
#ifndef MG_DSP_DECODE_MP3_FRAMES_H
#define MG_DSP_DECODE_MP3_FRAMES_H

#include "dsp/decode/backend.h"

enum {
    MG_MP3_FRAME_MAX = 3456, /* bytes of the longest frame taken: free format at 640 kbit/s, 32 kHz,
                                with room; also what libmpg123 takes */
    MG_MP3_SAMPLES_MAX = 1152,
};

typedef enum mg_mp3_parse_result {
    MG_MP3_NO_SYNC,
    MG_MP3_RESERVED,    /* sync, but a reserved value behind it */
    MG_MP3_OTHER_LAYER, /* Layer I or II */
    MG_MP3_HEADER,
} mg_mp3_parse_result;

typedef struct mg_mp3_header {
    unsigned version; /* the two bits: 3 MPEG-1, 2 MPEG-2, 0 MPEG-2.5 */
    unsigned rate_hz, channels, samples /* frames of PCM */;
    unsigned bitrate_kbps; /* 0: free format */
    unsigned padding;      /* bytes */
    unsigned bytes;        /* of the frame; 0 in free format */
    unsigned side_offset;  /* of the side information in the frame: 4, or 6 behind a CRC */
    unsigned side_bytes;
} mg_mp3_header;

/* Parses the four bytes at p. *ret is set for MG_MP3_HEADER only. */
mg_mp3_parse_result mg_mp3_parse_header(const unsigned char *p, mg_mp3_header *ret);

/* Same version, rate, channels, and both or neither in free format. */
bool mg_mp3_same_stream(const mg_mp3_header *a, const mg_mp3_header *b);

/* Bytes of the ID3v2, APE, ID3v1 or Lyrics3 tag that begins at p; 0 when there is none. n: bytes
 * available, of which 32 are enough. May reach past the end of the file. */
uint64_t mg_mp3_tag_bytes(const unsigned char *p, size_t n);

/* The end of what may be audio: the file without the tags at its end. */
mg_err mg_mp3_audio_end(mg_source *source, uint64_t start, uint64_t *ret_end, mg_errinfo *err);

typedef struct mg_mp3_scanner {
    mg_source *source;
    uint64_t position, end;
    mg_mp3_header reference; /* of the first frame */
    unsigned free_bytes;     /* frame size without padding in free format, else 0 */
    bool in_sync;
    uint32_t warnings; /* bit MG_WARN_x */
} mg_mp3_scanner;

/** Finds the first frame: two consecutive ones at `start`, three behind junk of up to 256 KiB, or
 *  whole frames up to the end.
 *  @return MG_OK, *ret_found false when there is none; MG_E_IO */
mg_err mg_mp3_scanner_init(mg_mp3_scanner *scanner, mg_source *source, uint64_t start, uint64_t end,
                           bool *ret_found, mg_errinfo *err);

/** The next frame, valid until the source is read again.
 *  @param ret_lost  true when frames are missing in front of it
 *  @return MG_OK, *ret_frame NULL at the end; MG_E_IO */
mg_err mg_mp3_scanner_next(mg_mp3_scanner *scanner, const unsigned char **ret_frame,
                           mg_mp3_header *ret_header, bool *ret_lost, mg_errinfo *err);

#endif
