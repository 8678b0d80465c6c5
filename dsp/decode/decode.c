#include "dsp/decode/decode.h"

#include "dsp/decode/backend.h"
#include "dsp/decode/pcm.h"
#include "dsp/decode/sniff.h"

#include <stdlib.h>
#include <string.h>

struct mg_decoder {
    mg_source source;
    mg_decode_limits limits;
    mg_stream_info info;
    mg_decode_facts facts;
    mg_backend_object object;
    uint64_t frames, frames_max;
    bool at_end;
    mg_err failed; /* sticks: after an error nothing more comes */
    mg_errinfo failure;
};

const mg_decode_limits mg_decode_default_limits = {
    .bytes = INT64_C(4) << 30,
    .seconds = 12 * 3600.0,
    .channels = MG_MAX_CHANNELS,
    .min_rate_hz = 8000,
    .max_rate_hz = 192000,
};

mg_err mg_check_limits(const mg_decode_limits *limits, double rate_hz, unsigned channels,
                       mg_errinfo *err)
{
    if (!(rate_hz >= limits->min_rate_hz && rate_hz <= limits->max_rate_hz))
        return mg_fail(err, MG_E_LIMITS_EXCEEDED, 0, "the sample rate is %.0f Hz, outside %u to %u",
                       rate_hz, limits->min_rate_hz, limits->max_rate_hz);
    if (channels == 0 || channels > limits->channels || channels > MG_MAX_CHANNELS)
        return mg_fail(err, MG_E_LIMITS_EXCEEDED, 0, "the file has %u channels, the limit is %u",
                       channels, limits->channels);
    return MG_OK;
}

static mg_err open_format(mg_decoder *d, mg_errinfo *err)
{
    if (d->limits.bytes >= 0 && d->source.size > (uint64_t)d->limits.bytes)
        return mg_fail(err, MG_E_TOO_LARGE, 0, "the file has %llu bytes, the limit is %lld",
                       (unsigned long long)d->source.size, (long long)d->limits.bytes);
    mg_file_format format = MG_FILE_MP3;
    uint64_t start = 0;
    mg_err rc = mg_sniff(&d->source, &format, &start, err);
    if (rc != MG_OK)
        return rc;
    if (format == MG_FILE_FLAC)
        return mg_flac_open(&d->object, &d->source, start, &d->limits, &d->info, &d->facts, err);
    if (format == MG_FILE_MP3)
        return mg_mp3_open(&d->object, &d->source, start, &d->limits, &d->info, &d->facts, err);
    mg_pcm_layout layout;
    rc = format == MG_FILE_WAV ? mg_wav_header(&d->source, &layout, err)
                               : mg_aiff_header(&d->source, &layout, err);
    if (rc != MG_OK)
        return rc;
    return mg_pcm_open(&d->object, &d->source, &layout, &d->limits, &d->info, &d->facts, err);
}

static mg_err new_decoder(mg_decoder **ret, const mg_decode_limits *limits, mg_errinfo *err)
{
    mg_decoder *d = calloc(1, sizeof(*d));
    if (d == NULL)
        return mg_fail(err, MG_E_NOMEM, 0, "no memory for the decoder");
    d->limits = limits != NULL ? *limits : mg_decode_default_limits;
    d->facts.encoder_delay = d->facts.padding = mg_none(MG_WHY_NOT_APPLICABLE);
    *ret = d;
    return MG_OK;
}

/* Takes over d. */
static mg_err finish_open(mg_decoder **ret, mg_decoder *d, mg_errinfo *err)
{
    mg_err rc = open_format(d, err);
    if (rc != MG_OK) {
        mg_decoder_free(d);
        return rc;
    }
    double most = d->limits.seconds * d->info.sample_rate_hz;
    d->frames_max = most < 0x1p62 ? (uint64_t)most : UINT64_C(1) << 62;
    *ret = d;
    return MG_OK;
}

mg_err mg_decoder_open_fd(mg_decoder **ret, int fd, const mg_decode_limits *limits, mg_errinfo *err)
{
    mg_decoder *d = NULL;
    mg_err rc = new_decoder(&d, limits, err);
    if (rc != MG_OK)
        return rc;
    rc = mg_source_init_fd(&d->source, fd, err);
    if (rc != MG_OK) {
        mg_decoder_free(d);
        return rc;
    }
    return finish_open(ret, d, err);
}

mg_err mg_decoder_open_memory(mg_decoder **ret, const void *data, size_t len,
                              const mg_decode_limits *limits, mg_errinfo *err)
{
    mg_decoder *d = NULL;
    mg_err rc = new_decoder(&d, limits, err);
    if (rc != MG_OK)
        return rc;
    mg_source_init_memory(&d->source, data, len);
    return finish_open(ret, d, err);
}

void mg_decoder_free(mg_decoder *decoder)
{
    if (decoder == NULL)
        return;
    if (decoder->object.backend != NULL)
        decoder->object.backend->free(decoder->object.state);
    mg_source_done(&decoder->source);
    free(decoder);
}

const mg_stream_info *mg_decoder_info(const mg_decoder *decoder)
{
    return &decoder->info;
}

double mg_decoder_progress(const mg_decoder *decoder)
{
    if (decoder->source.size == 0)
        return 1;
    return (double)decoder->source.hashed / (double)decoder->source.size;
}

static mg_err read_checked(mg_decoder *d, float *out, size_t frames, size_t *ret, mg_errinfo *err)
{
    size_t got = 0;
    mg_err rc = d->object.backend->read(d->object.state, out, frames, &got, err);
    if (rc != MG_OK)
        return rc;
    d->frames += got;
    d->at_end = got < frames;
    if (d->frames > d->frames_max)
        return mg_fail(err, MG_E_TOO_LONG, 0, "the audio is longer than %.0f seconds",
                       d->limits.seconds);
    *ret = got;
    return MG_OK;
}

mg_err mg_decoder_read(mg_decoder *decoder, float *out, size_t frames, size_t *ret_frames,
                       mg_errinfo *err)
{
    if (decoder->failed == MG_OK && (decoder->at_end || frames == 0)) {
        *ret_frames = 0;
        return MG_OK;
    }
    if (decoder->failed == MG_OK)
        decoder->failed = read_checked(decoder, out, frames, ret_frames, &decoder->failure);
    if (decoder->failed != MG_OK)
        return mg_fail(err, decoder->failed, decoder->failure.sys_errno, "%s",
                       decoder->failure.text);
    return MG_OK;
}

static mg_value effective_bits_of(const mg_decode_facts *facts)
{
    if (!facts->integer)
        return mg_none(MG_WHY_NOT_APPLICABLE);
    if (facts->sample_bits == 0)
        return mg_none(MG_WHY_SILENT);
    return mg_some(32 - __builtin_ctz(facts->sample_bits));
}

static mg_value bitrate_of(const mg_decode_facts *facts, unsigned rate_hz)
{
    if (facts->coded_frames == 0)
        return mg_none(MG_WHY_UNDECIDED);
    double seconds = (double)facts->coded_frames / rate_hz;
    return mg_some((double)facts->coded_bytes * 8 / seconds / 1000);
}

mg_err mg_decoder_finish(mg_decoder *decoder, mg_audio_result *audio, mg_value *effective_bits,
                         mg_errinfo *err)
{
    const mg_decode_facts *facts = &decoder->facts;
    if (decoder->failed != MG_OK)
        return mg_fail(err, decoder->failed, decoder->failure.sys_errno, "%s",
                       decoder->failure.text);
    if (!decoder->at_end)
        return mg_fail(err, MG_E_REFUSED, 0, "the audio has not been read to its end");
    if (decoder->frames == 0)
        return mg_fail(err, MG_E_EMPTY_AUDIO, 0, "the file holds no audio frames");
    mg_audio_result result = {
        .container = facts->container,
        .codec = facts->codec,
        .sample_rate_hz = decoder->info.sample_rate_hz,
        .channels = decoder->info.channels,
        .bits_per_sample = facts->bits_per_sample,
        .bitrate_kbps = bitrate_of(facts, decoder->info.sample_rate_hz),
        .frames = decoder->frames,
        .duration_s = (double)decoder->frames / decoder->info.sample_rate_hz,
        .bytes = decoder->source.size,
        .encoder_delay_samples = facts->encoder_delay,
        .padding_samples = facts->padding,
        .start_offset_samples = facts->start_offset,
        .mp3_tag = facts->mp3_tag,
        .warnings = facts->warnings,
    };
    decoder->failed = mg_source_digest(&decoder->source, result.sha256, &decoder->failure);
    if (decoder->failed != MG_OK)
        return mg_fail(err, decoder->failed, decoder->failure.sys_errno, "%s",
                       decoder->failure.text);
    *audio = result;
    *effective_bits = effective_bits_of(facts);
    return MG_OK;
}
