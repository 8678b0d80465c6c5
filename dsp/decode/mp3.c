/* MP3: frames from the scanner, one by one into libmpg123, and our own trimming.
 *
 * libmpg123 gets whole audio frames of one format and nothing else; whatever it makes of one, the
 * frame counts for its 1152 or 576 samples, so that damage never moves what comes after it. */
#include "dsp/decode/mp3_info.h"

#include "dsp/decode/bytes.h"
#include "dsp/decode/channels.h"

#include <mpg123.h>
#include <pthread.h>
#include <stdlib.h>

enum { DECODER_DELAY = 529 /* 528 of the hybrid filter bank + 1 */ };

typedef struct mp3_state {
    mg_decode_facts *facts;
    mg_mp3_scanner scanner;
    mpg123_handle *mpg;
    unsigned channels, frame_samples;
    uint64_t raw_position; /* PCM frames decoded, before trimming */
    uint64_t skip;         /* raw position of t = 0 */
    uint64_t drop_start, drop_end; /* raw positions of the padding; equal: none */
    uint64_t frames_declared;      /* MP3 frames; 0: not known */
    uint64_t frames_seen, frames_good;
    bool out_of_memory;
    unsigned reservoir;   /* bytes of main data that a frame may refer back to */
    const float *pending; /* of the decoded frame, not yet delivered */
    size_t pending_frames;
    float silence[MG_MP3_SAMPLES_MAX * 2];
} mp3_state;

static pthread_once_t mpg123_once = PTHREAD_ONCE_INIT;

static void init_mpg123(void)
{
    mpg123_init();
}

/* An empty stream: after an error, and at the start. */
static bool reset_decoder(mp3_state *mp3)
{
    mp3->reservoir = 0;
    mpg123_close(mp3->mpg);
    return mpg123_open_feed(mp3->mpg) == MPG123_OK;
}

static bool configure(mp3_state *mp3)
{
    const long set = MPG123_QUIET | MPG123_FORCE_FLOAT | MPG123_IGNORE_STREAMLENGTH |
                     MPG123_SKIP_ID3V2 | MPG123_IGNORE_INFOFRAME | MPG123_NO_READAHEAD |
                     MPG123_NO_FRANKENSTEIN;
    const long unset = MPG123_GAPLESS | MPG123_AUTO_RESAMPLE | MPG123_FUZZY | MPG123_SEEKBUFFER;
    const mg_mp3_header *ref = &mp3->scanner.reference;
    mpg123_handle *m = mp3->mpg;
    bool ok = mpg123_param(m, MPG123_ADD_FLAGS, set, 0) == MPG123_OK &&
              mpg123_param(m, MPG123_REMOVE_FLAGS, unset, 0) == MPG123_OK &&
              mpg123_param(m, MPG123_INDEX_SIZE, 0, 0) == MPG123_OK &&
              mpg123_format_none(m) == MPG123_OK &&
              mpg123_format(m, (long)ref->rate_hz, (int)ref->channels, MPG123_ENC_FLOAT_32) ==
                  MPG123_OK;
    /* libmpg123 counts the size of a frame behind its four header bytes. */
    if (ok && mp3->scanner.free_bytes != 0)
        ok = mpg123_param(m, MPG123_FREEFORMAT_SIZE, (long)mp3->scanner.free_bytes - 4, 0) ==
             MPG123_OK;
    return ok && reset_decoder(mp3);
}

/* Bytes of earlier frames that this one needs, and what it leaves for the next. */
static bool reservoir_suffices(mp3_state *mp3, const unsigned char *frame, const mg_mp3_header *h)
{
    bool mpeg1 = h->samples == 1152;
    unsigned most = mpeg1 ? 511 : 255, head = h->side_offset + h->side_bytes;
    if (h->bytes < head)
        return false;
    const unsigned char *side = frame + h->side_offset;
    unsigned need = mpeg1 ? (unsigned)side[0] << 1 | side[1] >> 7 : side[0];
    bool suffices = need <= mp3->reservoir;
    mp3->reservoir += h->bytes - head;
    if (mp3->reservoir > most)
        mp3->reservoir = most;
    return suffices;
}

/* The samples of one MP3 frame; silence where libmpg123 has none. Valid until the next call. */
static const float *decode_frame(mp3_state *mp3, const unsigned char *frame, const mg_mp3_header *h)
{
    unsigned char *audio = NULL;
    size_t bytes = 0;
    int rc = mpg123_feed(mp3->mpg, frame, h->bytes);
    bool intact = reservoir_suffices(mp3, frame, h);
    if (rc == MPG123_OK)
        rc = mpg123_decode_frame(mp3->mpg, NULL, &audio, &bytes);
    if (rc == MPG123_NEW_FORMAT)
        rc = mpg123_decode_frame(mp3->mpg, NULL, &audio, &bytes);
    bool usable = rc == MPG123_OK && audio != NULL &&
                  bytes == sizeof(float) * mp3->channels * mp3->frame_samples;
    if (!usable || !intact)
        mg_facts_warn(mp3->facts, MG_WARN_CORRUPT_FRAMES);
    if (usable && intact)
        mp3->frames_good++;
    if (usable)
        return (const float *)(const void *)audio;
    mp3->out_of_memory = mpg123_errcode(mp3->mpg) == MPG123_OUT_OF_MEM;
    mp3->out_of_memory |= !reset_decoder(mp3);
    return mp3->silence;
}

/* Sets `pending` to the part of the decoded frame that lies between delay and padding. */
static void trim(mp3_state *mp3, const float *samples)
{
    uint64_t start = mp3->raw_position, end = start + mp3->frame_samples, from = start;
    mp3->raw_position = end;
    if (from < mp3->skip)
        from = mp3->skip < end ? mp3->skip : end;
    if (end > mp3->drop_start && start < mp3->drop_end)
        end = mp3->drop_start;
    mp3->pending = samples + (from - start) * mp3->channels;
    mp3->pending_frames = end > from ? (size_t)(end - from) : 0;
}

/* The stream is over: what its tag declared against what came. */
static mg_err end_of_stream(mp3_state *mp3, mg_errinfo *err)
{
    mg_decode_facts *facts = mp3->facts;
    facts->warnings |= mp3->scanner.warnings;
    facts->coded_frames = mp3->raw_position;
    if (mp3->frames_declared > mp3->frames_seen)
        mg_facts_warn(facts, MG_WARN_TRUNCATED);
    else if (mp3->frames_declared != 0 && mp3->frames_declared < mp3->frames_seen)
        mg_facts_warn(facts, MG_WARN_WRONG_HEADER_SIZE);
    if (mp3->frames_seen > 0 && mp3->frames_good == 0)
        return mg_fail(err, MG_E_CORRUPT_AUDIO, 0, "none of the %llu MP3 frames could be decoded",
                       (unsigned long long)mp3->frames_seen);
    return MG_OK;
}

static mg_err next_frame(mp3_state *mp3, bool *ret_end, mg_errinfo *err)
{
    const unsigned char *frame = NULL;
    mg_mp3_header h;
    bool lost = false;
    mg_err rc = mg_mp3_scanner_next(&mp3->scanner, &frame, &h, &lost, err);
    if (rc != MG_OK)
        return rc;
    *ret_end = frame == NULL;
    if (frame == NULL)
        return end_of_stream(mp3, err);
    if (lost && !reset_decoder(mp3))
        return mg_fail(err, MG_E_NOMEM, 0, "no memory for libmpg123");
    mp3->frames_seen++;
    mp3->facts->coded_bytes += h.bytes;
    trim(mp3, decode_frame(mp3, frame, &h));
    if (mp3->out_of_memory)
        return mg_fail(err, MG_E_NOMEM, 0, "no memory for libmpg123");
    return MG_OK;
}

static mg_err mp3_read(void *state, float *out, size_t frames, size_t *ret_frames, mg_errinfo *err)
{
    mp3_state *mp3 = state;
    size_t done = 0;
    bool end = false;
    while (done < frames && !end) {
        if (mp3->pending_frames == 0) {
            mg_err rc = next_frame(mp3, &end, err);
            if (rc != MG_OK)
                return rc;
            continue;
        }
        size_t n = frames - done < mp3->pending_frames ? frames - done : mp3->pending_frames;
        memcpy(out + done * mp3->channels, mp3->pending, n * mp3->channels * sizeof(float));
        mp3->pending += n * mp3->channels;
        mp3->pending_frames -= n;
        done += n;
    }
    *ret_frames = done;
    return MG_OK;
}

static void mp3_free(void *state)
{
    mp3_state *mp3 = state;
    if (mp3->mpg != NULL)
        mpg123_delete(mp3->mpg);
    free(mp3);
}

static const mg_backend mp3_backend = {.read = mp3_read, .free = mp3_free};

/* Where t = 0 and the end are. The padding lies at the end of the frames that the tag counts. A
 * file that is longer than its tag by a sixteenth (ffmpeg's rule too) was joined from several: what
 * looks like the end of the first is no place to cut. */
static void plan_trimming(mp3_state *mp3, const mg_mp3_info *info, uint64_t stream_bytes)
{
    mg_decode_facts *facts = mp3->facts;
    facts->encoder_delay = mg_none(MG_WHY_UNDECIDED);
    facts->padding = mg_none(MG_WHY_UNDECIDED);
    facts->mp3_tag = info->kind;
    mp3->frames_declared = info->frames;
    uint64_t total = info->frames * mp3->frame_samples;
    bool plausible = info->has_delay && (total == 0 || info->delay + info->padding < total);
    if (info->has_delay && !info->crc_ok)
        mg_facts_warn(facts, MG_WARN_TAG_CRC_MISMATCH);
    if (!plausible) {
        mg_facts_warn(facts, MG_WARN_NO_GAPLESS_INFO);
        return;
    }
    facts->encoder_delay = mg_some(info->delay);
    facts->padding = mg_some(info->padding);
    facts->start_offset = mp3->skip = info->delay + DECODER_DELAY;
    bool joined = info->bytes != 0 && stream_bytes > info->bytes + info->bytes / 16;
    if (total > 0 && info->padding > DECODER_DELAY && !joined) {
        mp3->drop_end = total;
        mp3->drop_start = total - (info->padding - DECODER_DELAY);
    }
}

static mg_err new_handle(mp3_state *mp3, mg_errinfo *err)
{
    int code = MPG123_OK;
    pthread_once(&mpg123_once, init_mpg123);
    /* The same bits on every CPU: the AVX decoder rounds otherwise. */
    mp3->mpg = mpg123_new("x86-64", &code);
    if (mp3->mpg == NULL && code == MPG123_BAD_DECODER)
        mp3->mpg = mpg123_new("generic", &code);
    if (mp3->mpg != NULL && configure(mp3))
        return MG_OK;
    if (mp3->mpg != NULL)
        code = mpg123_errcode(mp3->mpg);
    if (code == MPG123_OUT_OF_MEM)
        return mg_fail(err, MG_E_NOMEM, 0, "no memory for libmpg123");
    return mg_fail(err, MG_E_INTERNAL, 0, "libmpg123 cannot be set up: %s",
                   mpg123_plain_strerror(code));
}

/* Looks at the first frame: a tag is taken off the stream. */
static mg_err start_stream(mp3_state *mp3, mg_errinfo *err)
{
    mg_err rc = new_handle(mp3, err);
    if (rc != MG_OK)
        return rc;
    const unsigned char *frame;
    mg_mp3_header h = {0};
    mg_mp3_info info = {.kind = "none"};
    bool lost;
    mg_mp3_scanner at_first = mp3->scanner;
    rc = mg_mp3_scanner_next(&mp3->scanner, &frame, &h, &lost, err);
    if (rc != MG_OK)
        return rc;
    if (frame != NULL)
        mg_mp3_info_parse(frame, &h, &info);
    if (!info.present)
        mp3->scanner = at_first;
    plan_trimming(mp3, &info, at_first.end - at_first.position);
    return MG_OK;
}

mg_err mg_mp3_open(mg_backend_object *ret, mg_source *source, uint64_t start,
                   const mg_decode_limits *limits, mg_stream_info *info, mg_decode_facts *facts,
                   mg_errinfo *err)
{
    uint64_t end = 0;
    mg_err rc = mg_mp3_audio_end(source, start, &end, err);
    if (rc != MG_OK)
        return rc;
    mp3_state *mp3 = calloc(1, sizeof(*mp3));
    if (mp3 == NULL)
        return mg_fail(err, MG_E_NOMEM, 0, "no memory for the MP3 decoder");
    mp3->facts = facts;
    bool found = false;
    rc = mg_mp3_scanner_init(&mp3->scanner, source, start, end, &found, err);
    if (rc == MG_OK && !found)
        rc = mg_fail(err, MG_E_CORRUPT_AUDIO, 0, "no MP3 frame behind the tag");
    const mg_mp3_header *ref = &mp3->scanner.reference;
    if (rc == MG_OK)
        rc = mg_check_limits(limits, ref->rate_hz, ref->channels, err);
    mp3->channels = ref->channels;
    mp3->frame_samples = ref->samples;
    facts->container = facts->codec = "mp3";
    if (rc == MG_OK)
        rc = start_stream(mp3, err);
    if (rc != MG_OK) {
        mp3_free(mp3);
        return rc;
    }
    info->sample_rate_hz = ref->rate_hz;
    mg_channel_roles(info, ref->channels);
    *ret = (mg_backend_object){.backend = &mp3_backend, .state = mp3};
    return MG_OK;
}
