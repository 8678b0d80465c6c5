#include "dsp/decode/mp3_frames.h"

#include "dsp/decode/bytes.h"

enum {
    JUNK_BEFORE_MAX = 256 * 1024, /* searched for the first frame */
    LOOKAHEAD = 3 * MG_MP3_FRAME_MAX + 4,
};

static void warn(mg_mp3_scanner *s, mg_audio_warning warning)
{
    s->warnings |= 1u << warning;
}

/* Bytes in front of `end`, at most `n`. */
static size_t clip(const mg_mp3_scanner *s, uint64_t position, size_t n)
{
    uint64_t left = s->end - position;
    return left < n ? (size_t)left : n;
}

static mg_err look(mg_mp3_scanner *s, const unsigned char **ret, size_t *ret_n, mg_errinfo *err)
{
    mg_err rc = mg_source_window(s->source, s->position, LOOKAHEAD, ret, ret_n, err);
    if (rc == MG_OK)
        *ret_n = clip(s, s->position, *ret_n);
    return rc;
}

/* Size of a frame; free format takes it from `free_bytes`. 0: not known. */
static unsigned frame_bytes(const mg_mp3_header *h, unsigned free_bytes)
{
    if (h->bitrate_kbps != 0)
        return h->bytes;
    return free_bytes != 0 ? free_bytes + h->padding : 0;
}

/* Number of consecutive frames of one stream at p, up to `most`; *ret_to_end when they reach
 * exactly the end of the audio. */
static unsigned count_frames(const mg_mp3_scanner *s, const unsigned char *p, size_t n,
                             unsigned free_bytes, unsigned most, bool *ret_to_end)
{
    mg_mp3_header first = {0};
    size_t at = 0;
    unsigned count = 0;
    *ret_to_end = false;
    while (count < most && at + 4 <= n) {
        mg_mp3_header h;
        if (mg_mp3_parse_header(p + at, &h) != MG_MP3_HEADER)
            break;
        if (count == 0)
            first = h;
        unsigned bytes = frame_bytes(&h, free_bytes);
        if (!mg_mp3_same_stream(&first, &h) || bytes == 0)
            break;
        if (s->position + at + bytes > s->end)
            break;
        at += bytes;
        count++;
        *ret_to_end = s->position + at == s->end;
    }
    return count;
}

/* A free-format frame at p: the distance to the next header of the stream that is followed by a
 * third at the same distance, or by the end. 0: none. */
static unsigned find_free_size(const mg_mp3_scanner *s, const unsigned char *p, size_t n,
                               const mg_mp3_header *first)
{
    unsigned least = first->side_offset + first->side_bytes;
    for (size_t d = least; d < MG_MP3_FRAME_MAX && d + 4 <= n; d++) {
        mg_mp3_header h;
        if (p[d] != 0xff || mg_mp3_parse_header(p + d, &h) != MG_MP3_HEADER ||
            !mg_mp3_same_stream(first, &h))
            continue;
        bool to_end = false;
        unsigned size = (unsigned)d - first->padding;
        if (count_frames(s, p, n, size, 3, &to_end) == 3 || to_end)
            return size;
    }
    return 0;
}

/* True when a stream begins at p, the scanner's position; sets the reference. */
static bool stream_begins(mg_mp3_scanner *s, const unsigned char *p, size_t n, unsigned need)
{
    mg_mp3_header h;
    if (mg_mp3_parse_header(p, &h) != MG_MP3_HEADER)
        return false;
    unsigned free_bytes = h.bitrate_kbps == 0 ? find_free_size(s, p, n, &h) : 0;
    bool to_end = false;
    unsigned count = count_frames(s, p, n, free_bytes, need, &to_end);
    if (count < need && !to_end)
        return false;
    s->reference = h;
    s->free_bytes = free_bytes;
    return true;
}

mg_err mg_mp3_scanner_init(mg_mp3_scanner *scanner, mg_source *source, uint64_t start, uint64_t end,
                           bool *ret_found, mg_errinfo *err)
{
    *scanner = (mg_mp3_scanner){.source = source, .position = start, .end = end};
    *ret_found = false;
    while (scanner->position < end && scanner->position - start <= JUNK_BEFORE_MAX) {
        const unsigned char *p;
        size_t n;
        mg_err rc = look(scanner, &p, &n, err);
        if (rc != MG_OK)
            return rc;
        if (n < 4)
            return MG_OK;
        bool at_start = scanner->position == start;
        if (stream_begins(scanner, p, n, at_start ? 2 : 3)) {
            if (!at_start)
                warn(scanner, MG_WARN_JUNK_BYTES);
            scanner->in_sync = true;
            *ret_found = true;
            return MG_OK;
        }
        const unsigned char *next = memchr(p + 1, 0xff, n - 1);
        scanner->position += next != NULL ? (size_t)(next - p) : n;
    }
    return MG_OK;
}

/* Out of step: to the next byte that can begin a header. */
static void skip_to_sync(mg_mp3_scanner *s, const unsigned char *p, size_t n, bool *lost)
{
    mg_mp3_header h;
    if (s->in_sync) {
        bool header = n >= 4 && mg_mp3_parse_header(p, &h) != MG_MP3_NO_SYNC;
        warn(s, header ? MG_WARN_CORRUPT_FRAMES : MG_WARN_JUNK_BYTES);
        *lost |= header;
        s->in_sync = false;
    }
    const unsigned char *next = n > 1 ? memchr(p + 1, 0xff, n - 1) : NULL;
    s->position += next != NULL ? (size_t)(next - p) : n;
}

/* A frame of another stream at p. In step, any header behind it will do, since the last of several
 * foreign frames is followed by one of the stream; out of step it takes three in a row. */
static bool is_foreign(const mg_mp3_scanner *s, const unsigned char *p, size_t n, unsigned *ret)
{
    mg_mp3_header h, next;
    if (n < 4 || mg_mp3_parse_header(p, &h) != MG_MP3_HEADER || h.bytes == 0 ||
        mg_mp3_same_stream(&s->reference, &h))
        return false;
    bool to_end = false;
    *ret = h.bytes;
    if (count_frames(s, p, n, 0, 3, &to_end) == 3)
        return true;
    bool follows = h.bytes + 4 <= n && mg_mp3_parse_header(p + h.bytes, &next) == MG_MP3_HEADER;
    return s->in_sync && (follows || to_end);
}

/* What is not a frame of the stream: a tag, a frame of another stream, junk. */
static void skip_other(mg_mp3_scanner *s, const unsigned char *p, size_t n, bool *lost)
{
    uint64_t tag = s->in_sync ? mg_mp3_tag_bytes(p, n) : 0;
    if (tag != 0) {
        s->position += tag < s->end - s->position ? tag : s->end - s->position;
        return;
    }
    unsigned bytes = 0;
    if (is_foreign(s, p, n, &bytes)) {
        warn(s, MG_WARN_RATE_CHANGE);
        s->position += bytes;
        s->in_sync = true;
        return;
    }
    skip_to_sync(s, p, n, lost);
}

mg_err mg_mp3_scanner_next(mg_mp3_scanner *scanner, const unsigned char **ret_frame,
                           mg_mp3_header *ret_header, bool *ret_lost, mg_errinfo *err)
{
    bool lost = false;
    while (scanner->position < scanner->end) {
        const unsigned char *p;
        size_t n;
        mg_err rc = look(scanner, &p, &n, err);
        if (rc != MG_OK)
            return rc;
        mg_mp3_header h;
        if (n < 4 || mg_mp3_parse_header(p, &h) != MG_MP3_HEADER ||
            !mg_mp3_same_stream(&scanner->reference, &h)) {
            skip_other(scanner, p, n, &lost);
            continue;
        }
        h.bytes = frame_bytes(&h, scanner->free_bytes);
        if (scanner->in_sync && h.bytes > n) {
            warn(scanner, MG_WARN_TRUNCATED);
            break;
        }
        bool to_end = false;
        bool follows = scanner->in_sync ||
                       count_frames(scanner, p, n, scanner->free_bytes, 2, &to_end) == 2 || to_end;
        if (!follows) {
            skip_to_sync(scanner, p, n, &lost);
            continue;
        }
        scanner->in_sync = true;
        scanner->position += h.bytes;
        *ret_frame = p;
        *ret_header = h;
        *ret_lost = lost;
        return MG_OK;
    }
    scanner->position = scanner->end;
    *ret_frame = NULL;
    return MG_OK;
}
