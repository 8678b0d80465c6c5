/* FLAC through libsndfile, which sees a stream of our making: "fLaC", the checked STREAMINFO with
 * its length set to unknown, then the audio frames. Comments, pictures and seek tables never reach
 * it. Format after RFC 9639. */
#include "dsp/decode/backend.h"
#include "dsp/decode/bytes.h"
#include "dsp/decode/channels.h"
#include "dsp/decode/mp3_frames.h"
#include "dsp/decode/region.h"

#include <errno.h>
#include <stdlib.h>

enum {
    STREAMINFO_BYTES = 34,
    HEAD_BYTES = 4 + 4 + STREAMINFO_BYTES,
    METADATA_MAX = 4096, /* blocks; bounds the walk */
    SCRATCH_SAMPLES = 8192,
    BLOCK_MIN = 16,
};

typedef struct flac_state {
    mg_region region; /* head: our STREAMINFO; start: the first frame */
    mg_decode_facts *facts;
    SNDFILE *file;
    unsigned rate_hz, channels, bits;
    uint64_t frames_declared; /* 0: unknown */
    int scratch[SCRATCH_SAMPLES];
} flac_state;

static mg_err check_streaminfo(flac_state *flac, mg_errinfo *err)
{
    const unsigned char *p = flac->region.head + 8;
    unsigned block_min = mg_be16(p), block_max = mg_be16(p + 2);
    uint64_t packed = mg_be64(p + 10);
    flac->rate_hz = (unsigned)(packed >> 44);
    flac->channels = (unsigned)(packed >> 41 & 7) + 1;
    flac->bits = (unsigned)(packed >> 36 & 31) + 1;
    flac->frames_declared = packed & 0xfffffffff;
    if (block_min < BLOCK_MIN || block_max < block_min || flac->rate_hz == 0)
        return mg_fail(err, MG_E_CORRUPT_AUDIO, 0, "the STREAMINFO of the FLAC file is impossible");
    if (flac->bits != 8 && flac->bits != 16 && flac->bits != 24)
        return mg_fail(err, MG_E_UNSUPPORTED_FORMAT, 0, "FLAC with %u-bit samples", flac->bits);
    /* The length and the MD5 sum are not believed: zero means unknown. */
    flac->region.head[8 + 13] &= 0xf0;
    memset(flac->region.head + 8 + 14, 0, STREAMINFO_BYTES - 14);
    return MG_OK;
}

/* Reads STREAMINFO and passes over the other metadata. */
static mg_err parse_head(flac_state *flac, uint64_t start, mg_errinfo *err)
{
    size_t n = 0;
    mg_err rc = mg_source_peek(flac->region.source, start, flac->region.head, HEAD_BYTES, &n, err);
    if (rc != MG_OK)
        return rc;
    if (n < HEAD_BYTES)
        return mg_fail(err, MG_E_CORRUPT_AUDIO, 0, "the FLAC file ends in its header");
    uint32_t block = mg_be32(flac->region.head + 4);
    if ((block & 0x7fffffff) != STREAMINFO_BYTES)
        return mg_fail(err, MG_E_CORRUPT_AUDIO, 0, "a FLAC file without STREAMINFO");
    uint64_t at = start + HEAD_BYTES;
    for (unsigned i = 0; (block & 0x80000000) == 0; i++) {
        unsigned char p[4];
        rc = mg_source_peek(flac->region.source, at, p, sizeof(p), &n, err);
        if (rc != MG_OK)
            return rc;
        if (n < sizeof(p) || i >= METADATA_MAX)
            return mg_fail(err, MG_E_CORRUPT_AUDIO, 0, "the metadata of the FLAC file has no end");
        block = mg_be32(p);
        at += 4 + (block & 0xffffff);
    }
    flac->region.head[4] |= 0x80; /* the last metadata block */
    flac->region.start = at;
    return check_streaminfo(flac, err);
}

/* At the end: what STREAMINFO declared against what came. */
static mg_err end_of_stream(flac_state *flac, mg_errinfo *err)
{
    mg_decode_facts *facts = flac->facts;
    if (flac->frames_declared > facts->coded_frames)
        mg_facts_warn(facts, MG_WARN_TRUNCATED);
    else if (flac->frames_declared != 0 && flac->frames_declared < facts->coded_frames)
        mg_facts_warn(facts, MG_WARN_WRONG_HEADER_SIZE);
    if (facts->coded_frames == 0)
        return mg_fail(err, MG_E_CORRUPT_AUDIO, 0, "no FLAC frame could be decoded");
    return MG_OK;
}

/* Exact for integers of up to 24 bits: x * 2^-31. Collects the bits in use. */
static void from_int(const int *in, size_t samples, float *out, uint32_t *bits)
{
    uint32_t all = 0;
    for (size_t i = 0; i < samples; i++) {
        all |= (uint32_t)in[i];
        out[i] = (float)in[i] * 0x1p-31f;
    }
    *bits |= all;
}

static mg_err flac_read(void *state, float *out, size_t frames, size_t *ret_frames, mg_errinfo *err)
{
    flac_state *flac = state;
    size_t most = SCRATCH_SAMPLES / flac->channels, done = 0;
    while (done < frames) {
        size_t want = frames - done < most ? frames - done : most;
        errno = 0;
        sf_count_t got = sf_readf_int(flac->file, flac->scratch, (sf_count_t)want);
        mg_err rc = mg_region_failure(&flac->region, err);
        if (rc != MG_OK)
            return rc;
        if (sf_error(flac->file) != SF_ERR_NO_ERROR)
            mg_facts_warn(flac->facts, MG_WARN_CORRUPT_FRAMES);
        if (got <= 0)
            break;
        from_int(flac->scratch, (size_t)got * flac->channels, out + done * flac->channels,
                 &flac->facts->sample_bits);
        done += (size_t)got;
    }
    flac->facts->coded_frames += done;
    *ret_frames = done;
    return done < frames ? end_of_stream(flac, err) : MG_OK;
}

static void flac_free(void *state)
{
    flac_state *flac = state;
    if (flac->file != NULL)
        sf_close(flac->file);
    free(flac);
}

static const mg_backend flac_backend = {.read = flac_read, .free = flac_free};

static mg_err open_stream(flac_state *flac, uint64_t end, mg_errinfo *err)
{
    if (flac->region.start >= end)
        return mg_fail(err, MG_E_EMPTY_AUDIO, 0, "the FLAC file holds no frames");
    flac->region.length = end - flac->region.start;
    SF_INFO sf = {0};
    mg_err rc = mg_region_open(&flac->region, &sf, &flac->file, err);
    if (rc != MG_OK)
        return rc;
    bool flac_format = (sf.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_FLAC;
    if (!flac_format || sf.channels != (int)flac->channels || sf.samplerate != (int)flac->rate_hz)
        return mg_fail(err, MG_E_CORRUPT_AUDIO, 0, "the frames of the FLAC file contradict it");
    flac->facts->coded_bytes = end - flac->region.start;
    return MG_OK;
}

mg_err mg_flac_open(mg_backend_object *ret, mg_source *source, uint64_t start,
                    const mg_decode_limits *limits, mg_stream_info *info, mg_decode_facts *facts,
                    mg_errinfo *err)
{
    uint64_t end = 0;
    mg_err rc = mg_mp3_audio_end(source, start, &end, err);
    if (rc != MG_OK)
        return rc;
    flac_state *flac = calloc(1, sizeof(*flac));
    if (flac == NULL)
        return mg_fail(err, MG_E_NOMEM, 0, "no memory for the FLAC decoder");
    flac->region.source = source;
    flac->region.head_len = HEAD_BYTES;
    flac->facts = facts;
    rc = parse_head(flac, start, err);
    if (rc == MG_OK)
        rc = mg_check_limits(limits, flac->rate_hz, flac->channels, err);
    if (rc == MG_OK)
        rc = open_stream(flac, end, err);
    if (rc != MG_OK) {
        flac_free(flac);
        return rc;
    }
    info->sample_rate_hz = flac->rate_hz;
    mg_channel_roles(info, flac->channels);
    facts->container = facts->codec = "flac";
    facts->bits_per_sample = flac->bits;
    facts->integer = true;
    *ret = (mg_backend_object){.backend = &flac_backend, .state = flac};
    return MG_OK;
}
