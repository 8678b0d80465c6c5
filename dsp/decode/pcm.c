/* Samples through libsndfile, opened as headerless PCM over the data region alone: the library
 * converts, and never parses anything that came from outside. */
#include "dsp/decode/pcm.h"

#include "dsp/decode/channels.h"
#include "dsp/decode/region.h"

#include <errno.h>
#include <stdlib.h>

enum { SCRATCH_SAMPLES = 8192 };

typedef struct pcm_state {
    mg_region region; /* the samples */
    mg_decode_facts *facts;
    SNDFILE *file;
    unsigned channels;
    int scratch[SCRATCH_SAMPLES];
} pcm_state;

bool mg_pcm_is_streaming_size(uint64_t size)
{
    return size == 0 || (size >= 0x7ffff000 && size <= 0x80000000) ||
           (size >= 0xffffff00 && size <= 0xffffffff);
}

static int sndfile_subtype(const mg_pcm_layout *layout)
{
    if (layout->encoding == MG_PCM_FLOAT)
        return layout->bits == 64 ? SF_FORMAT_DOUBLE : SF_FORMAT_FLOAT;
    switch (layout->bits) {
    case 8:
        return layout->encoding == MG_PCM_UNSIGNED ? SF_FORMAT_PCM_U8 : SF_FORMAT_PCM_S8;
    case 16:
        return SF_FORMAT_PCM_16;
    case 24:
        return SF_FORMAT_PCM_24;
    default:
        return SF_FORMAT_PCM_32;
    }
}

static const char *codec_name(const mg_pcm_layout *layout)
{
    if (layout->encoding == MG_PCM_FLOAT)
        return layout->bits == 64 ? "pcm_f64" : "pcm_f32";
    switch (layout->bits) {
    case 8:
        return layout->encoding == MG_PCM_UNSIGNED ? "pcm_u8" : "pcm_s8";
    case 16:
        return "pcm_s16";
    case 24:
        return "pcm_s24";
    default:
        return "pcm_s32";
    }
}

void mg_samples_from_int(const int *in, size_t samples, float *out, uint32_t *bits)
{
    uint32_t all = 0;
    for (size_t i = 0; i < samples; i++) {
        all |= (uint32_t)in[i];
        out[i] = (float)in[i] * 0x1p-31f;
    }
    *bits |= all;
}

static void warn_of_nonfinite(mg_decode_facts *facts, const float *samples, size_t count)
{
    bool finite = true;
    for (size_t i = 0; i < count; i++)
        finite &= isfinite(samples[i]) != 0;
    if (!finite)
        mg_facts_warn(facts, MG_WARN_NONFINITE_SAMPLES);
}

static mg_err pcm_read(void *state, float *out, size_t frames, size_t *ret_frames, mg_errinfo *err)
{
    pcm_state *pcm = state;
    size_t most = SCRATCH_SAMPLES / pcm->channels, done = 0;
    while (done < frames) {
        size_t want = frames - done < most ? frames - done : most;
        float *to = out + done * pcm->channels;
        sf_count_t got;
        errno = 0;
        if (pcm->facts->integer)
            got = sf_readf_int(pcm->file, pcm->scratch, (sf_count_t)want);
        else
            got = sf_readf_float(pcm->file, to, (sf_count_t)want);
        mg_err rc = mg_region_failure(&pcm->region, err);
        if (rc != MG_OK)
            return rc;
        if (got <= 0)
            break;
        size_t samples = (size_t)got * pcm->channels;
        if (pcm->facts->integer)
            mg_samples_from_int(pcm->scratch, samples, to, &pcm->facts->sample_bits);
        else
            warn_of_nonfinite(pcm->facts, to, samples);
        done += (size_t)got;
    }
    *ret_frames = done;
    return MG_OK;
}

static void pcm_free(void *state)
{
    pcm_state *pcm = state;
    if (pcm->file != NULL)
        sf_close(pcm->file);
    free(pcm);
}

static const mg_backend pcm_backend = {.read = pcm_read, .free = pcm_free};

static void set_facts(mg_decode_facts *facts, const mg_pcm_layout *layout, uint64_t frames)
{
    facts->container = layout->container;
    facts->codec = codec_name(layout);
    facts->bits_per_sample = layout->bits;
    facts->warnings |= layout->warnings;
    facts->integer = layout->encoding != MG_PCM_FLOAT;
    facts->coded_frames = frames;
    facts->coded_bytes = frames * layout->channels * (layout->bits / 8);
}

mg_err mg_pcm_open(mg_backend_object *ret, mg_source *source, const mg_pcm_layout *layout,
                   const mg_decode_limits *limits, mg_stream_info *info, mg_decode_facts *facts,
                   mg_errinfo *err)
{
    mg_err rc = mg_check_limits(limits, layout->rate_hz, layout->channels, err);
    if (rc != MG_OK)
        return rc;
    unsigned block = layout->channels * (layout->bits / 8);
    uint64_t frames = layout->data_bytes / block;
    if (frames == 0)
        return mg_fail(err, MG_E_EMPTY_AUDIO, 0, "the file holds less than one sample frame");
    pcm_state *pcm = calloc(1, sizeof(*pcm));
    if (pcm == NULL)
        return mg_fail(err, MG_E_NOMEM, 0, "no memory for the PCM decoder");
    pcm->facts = facts;
    pcm->region.source = source;
    pcm->region.start = layout->data_offset;
    pcm->region.length = frames * block;
    pcm->channels = layout->channels;
    SF_INFO sf = {.samplerate = (int)layout->rate_hz, .channels = (int)layout->channels};
    sf.format = SF_FORMAT_RAW | sndfile_subtype(layout) |
                (layout->big_endian ? SF_ENDIAN_BIG : SF_ENDIAN_LITTLE);
    rc = mg_region_open(&pcm->region, &sf, &pcm->file, err);
    if (rc != MG_OK) {
        pcm_free(pcm);
        return rc;
    }
    info->sample_rate_hz = (unsigned)layout->rate_hz;
    mg_channel_roles_masked(info, layout->channels, layout->channel_mask);
    set_facts(facts, layout, frames);
    *ret = (mg_backend_object){.backend = &pcm_backend, .state = pcm};
    return MG_OK;
}
