#include "dsp/decode/sniff.h"

#include "dsp/decode/bytes.h"
#include "dsp/decode/mp3_frames.h"

enum { HEAD_BYTES = 512, ID3_TAGS_MAX = 64 };

static const struct {
    unsigned offset, length;
    const char *magic;
    const char *name;
} others[] = {
    {0, 4, "OggS", "an Ogg file (Vorbis or Opus)"},
    {4, 4, "ftyp", "an MP4 file (AAC, ALAC or video)"},
    {0, 4, "\x30\x26\xb2\x75", "a Windows Media file"},
    {0, 4, "\x1a\x45\xdf\xa3", "a Matroska or WebM file"},
    {0, 4, "caff", "an Apple Core Audio file"},
    {0, 4, "wvpk", "a WavPack file"},
    {0, 4, "MAC ", "a Monkey's Audio file"},
    {0, 4, "DSD ", "a DSD file"},
    {0, 4, "FRM8", "a DSDIFF file"},
    {0, 4, ".snd", "a Sun AU file"},
    {0, 4, "riff", "a Sony Wave64 file"},
    {0, 4, "RIFX", "a big-endian RIFX file"},
    {0, 4, "MThd", "a MIDI file"},
    {0, 4, "PK\x03\x04", "a ZIP archive"},
    {0, 3, "\x1f\x8b\x08", "a gzip file"},
    {0, 4, "Rar!", "a RAR archive"},
    {0, 4, "\x37\x7a\xbc\xaf", "a 7-Zip archive"},
    {0, 4, "\x89PNG", "a PNG picture"},
    {0, 3, "\xff\xd8\xff", "a JPEG picture"},
    {0, 4, "%PDF", "a PDF document"},
    {0, 4, "\x7f" "ELF", "a program"},
};

static bool is_text(const unsigned char *p, size_t n)
{
    size_t plain = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < 0x20 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r')
            return false;
        plain += p[i] >= 0x20 && p[i] < 0x7f;
    }
    return plain * 10 >= n * 8;
}

/* The name of another format whose magic is here; NULL for none. */
static const char *other_format(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        size_t end = others[i].offset + others[i].length;
        if (n >= end && memcmp(p + others[i].offset, others[i].magic, others[i].length) == 0)
            return others[i].name;
    }
    return NULL;
}

static mg_err unsupported(const unsigned char *p, size_t n, mg_errinfo *err)
{
    const char *name = other_format(p, n);
    if (name != NULL)
        return mg_fail(err, MG_E_UNSUPPORTED_FORMAT, 0, "this is %s", name);
    if (n >= 12 && (MG_HAS_ID(p, "RIFF") || MG_HAS_ID(p, "FORM")))
        return mg_fail(err, MG_E_UNSUPPORTED_FORMAT, 0, "a %.4s file that is not %s audio", p,
                       p[0] == 'R' ? "WAVE" : "AIFF");
    if (is_text(p, n))
        return mg_fail(err, MG_E_UNSUPPORTED_FORMAT, 0, "this is text, not audio");
    mg_mp3_header h;
    if (n >= 4 && mg_mp3_parse_header(p, &h) == MG_MP3_OTHER_LAYER)
        return mg_fail(err, MG_E_UNSUPPORTED_FORMAT, 0, "this is MPEG audio, but not Layer III");
    if (n >= 2 && p[0] == 0xff && (p[1] & 0xf6) == 0xf0)
        return mg_fail(err, MG_E_UNSUPPORTED_FORMAT, 0, "this is AAC audio");
    return mg_fail(err, MG_E_UNSUPPORTED_FORMAT, 0,
                   "this is not audio: unknown content that begins with bytes %02x %02x %02x %02x",
                   p[0], n > 1 ? p[1] : 0, n > 2 ? p[2] : 0, n > 3 ? p[3] : 0);
}

/* Content of a known other kind is not searched for MP3 frames, which chance puts anywhere. */
static bool may_be_mp3(const unsigned char *p, size_t n)
{
    bool container = n >= 12 && (MG_HAS_ID(p, "RIFF") || MG_HAS_ID(p, "FORM"));
    return !container && other_format(p, n) == NULL && !is_text(p, n);
}

static mg_err skip_id3(mg_source *source, uint64_t *start, mg_errinfo *err)
{
    for (int i = 0; i < ID3_TAGS_MAX; i++) {
        unsigned char p[10];
        size_t n = 0;
        mg_err rc = mg_source_peek(source, *start, p, sizeof(p), &n, err);
        if (rc != MG_OK)
            return rc;
        uint64_t tag = n >= 3 && MG_HAS_ID(p, "ID3") ? mg_mp3_tag_bytes(p, n) : 0;
        if (tag == 0)
            break;
        *start += tag;
    }
    return MG_OK;
}

static mg_err sniff_mp3(mg_source *source, uint64_t start, const unsigned char *head, size_t n,
                        mg_errinfo *err)
{
    bool found = false;
    uint64_t end = source->size;
    mg_err rc = MG_OK;
    if (start < source->size && may_be_mp3(head, n)) {
        rc = mg_mp3_audio_end(source, start, &end, err);
        mg_mp3_scanner scanner;
        if (rc == MG_OK)
            rc = mg_mp3_scanner_init(&scanner, source, start, end, &found, err);
    }
    if (rc != MG_OK || found)
        return rc;
    if (start > 0)
        return mg_fail(err, MG_E_CORRUPT_AUDIO, 0, "an ID3 tag without MP3 audio behind it");
    return unsupported(head, n, err);
}

mg_err mg_sniff(mg_source *source, mg_file_format *ret, uint64_t *ret_start, mg_errinfo *err)
{
    unsigned char p[HEAD_BYTES];
    size_t n = 0;
    uint64_t start = 0;
    if (source->size == 0)
        return mg_fail(err, MG_E_EMPTY_AUDIO, 0, "the file is empty (0 bytes)");
    mg_err rc = skip_id3(source, &start, err);
    if (rc == MG_OK)
        rc = mg_source_peek(source, start, p, sizeof(p), &n, err);
    if (rc != MG_OK)
        return rc;
    bool riff = n >= 4 && (MG_HAS_ID(p, "RIFF") || MG_HAS_ID(p, "RF64") || MG_HAS_ID(p, "BW64"));
    bool form = n >= 4 && MG_HAS_ID(p, "FORM");
    if (start == 0 && (riff || form) && n < 12)
        return mg_fail(err, MG_E_CORRUPT_AUDIO, 0, "the file ends in its first %zu bytes", n);
    if (start == 0 && riff && MG_HAS_ID(p + 8, "WAVE")) {
        *ret = MG_FILE_WAV;
    } else if (start == 0 && form && (MG_HAS_ID(p + 8, "AIFF") || MG_HAS_ID(p + 8, "AIFC"))) {
        *ret = MG_FILE_AIFF;
    } else if (n >= 4 && MG_HAS_ID(p, "fLaC")) {
        *ret = MG_FILE_FLAC;
    } else {
        rc = sniff_mp3(source, start, p, n, err);
        if (rc != MG_OK)
            return rc;
        *ret = MG_FILE_MP3;
    }
    *ret_start = start;
    return MG_OK;
}
