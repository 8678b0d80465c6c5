#include "dsp/analysis.h"

#include "dsp/levels/dynamics.h"
#include "dsp/fpenv.h"
#include "dsp/key/key.h"
#include "dsp/levels/loudness.h"
#include "dsp/signal/mono.h"
#include "dsp/signal/scan.h"
#include "dsp/spectrum/spectrum.h"
#include "dsp/spectrum/stereo.h"
#include "dsp/structure/structure.h"
#include "dsp/technical/technical.h"
#include "dsp/tempo/tempo.h"
#include "dsp/levels/true_peak.h"
#include "dsp/levels/waveform.h"

#include <stdlib.h>
#include <string.h>

enum {
    RATE_MIN_HZ = 8000,
    RATE_MAX_HZ = 192000,
    PLANE = MG_SCAN_HISTORY + MG_BLOCK_FRAMES + MG_SCAN_TAIL,
};

static const float sample_max = 100.0f;   /* +40 dBFS: what a float file may hold at most */
static const float side_gain = 0.70710678f; /* centre and surrounds in the downmix: -3 dB */

struct mg_analysis {
    const mg_kernels *kernels;
    mg_stream_info info;
    unsigned stages;
    bool downmix; /* left and right are not simply two channels of the file */
    uint64_t start_frame;
    size_t filled; /* frames of the block in work */
    bool clean;    /* two channels, and none of these frames needs repair */
    uint64_t nonfinite;
    mg_scanner *scanner;
    mg_loudness *loudness;
    mg_true_peak *peak;
    mg_dynamics *dynamics;
    mg_waveform *waveform;
    mg_technical *technical;
    mg_spectrum *spectrum;
    mg_stereo *stereo;
    mg_mono *mono; /* for the next three */
    mg_tempo *tempo;
    mg_key *key;
    mg_structure *structure;
    float *left, *right, *mid;
    /* Each plane and the mean of left and right hold the history, the block and room for its tail;
     * see dsp/signal/scan.h. */
    float plane[MG_MAX_CHANNELS][PLANE] __attribute__((aligned(MG_BLOCK_ALIGN)));
    float mix[2][MG_BLOCK_FRAMES] __attribute__((aligned(MG_BLOCK_ALIGN)));
    float mean[PLANE] __attribute__((aligned(MG_BLOCK_ALIGN)));
};

static bool wants(const mg_analysis *a, unsigned stage)
{
    return (a->stages & stage) != 0;
}

static mg_err make_levels(mg_analysis *a)
{
    const mg_kernels *kernels = mg_kernels_best();
    mg_err err = mg_scanner_new(&a->scanner, &a->info, kernels);
    /* Spectrum, stereo and structure gate by the loudness history, so it is always kept. */
    if (!err)
        err = mg_loudness_new(&a->loudness, &a->info, kernels);
    if (!err && wants(a, MG_STAGE_LEVELS))
        err = mg_true_peak_new(&a->peak, &a->info, kernels);
    if (!err && wants(a, MG_STAGE_LEVELS))
        err = mg_dynamics_new(&a->dynamics, &a->info);
    if (!err && wants(a, MG_STAGE_LEVELS))
        err = mg_waveform_new(&a->waveform, &a->info, kernels);
    if (!err && wants(a, MG_STAGE_TECHNICAL))
        err = mg_technical_new(&a->technical, &a->info, kernels);
    return err;
}

static mg_err make_others(mg_analysis *a, double low_bpm, double high_bpm)
{
    mg_err err = MG_OK;
    if (wants(a, MG_STAGE_SPECTRUM)) {
        err = mg_spectrum_new(&a->spectrum, &a->info);
        if (!err)
            err = mg_stereo_new(&a->stereo, &a->info);
    }
    if (!err && wants(a, MG_STAGE_MUSIC)) {
        err = mg_mono_new(&a->mono, a->info.sample_rate_hz);
        if (!err)
            err = mg_tempo_new(&a->tempo, &a->info, low_bpm, high_bpm);
        if (!err)
            err = mg_key_new(&a->key, &a->info);
        if (!err)
            err = mg_structure_new(&a->structure, &a->info);
    }
    return err;
}

/* The first channel with a role, or -1. */
static int find_role(const mg_stream_info *info, mg_channel_role role)
{
    for (unsigned c = 0; c < info->channels; c++) {
        if (info->roles[c] == role)
            return (int)c;
    }
    return -1;
}

static void plan_mix(mg_analysis *a)
{
    int left = find_role(&a->info, MG_ROLE_LEFT), right = find_role(&a->info, MG_ROLE_RIGHT);
    a->mid = a->mean + MG_SCAN_HISTORY;
    if (a->info.channels == 1) {
        a->left = a->right = a->mid = a->plane[0] + MG_SCAN_HISTORY;
    } else if (a->info.channels == 2 && left >= 0 && right >= 0) {
        a->left = a->plane[left] + MG_SCAN_HISTORY;
        a->right = a->plane[right] + MG_SCAN_HISTORY;
    } else {
        a->downmix = true;
        a->left = a->mix[0];
        a->right = a->mix[1];
    }
}

mg_err mg_analysis_new(mg_analysis **ret, const mg_stream_info *info,
                       const mg_analysis_options *options, mg_errinfo *err)
{
    if (info->sample_rate_hz < RATE_MIN_HZ || info->sample_rate_hz > RATE_MAX_HZ)
        return mg_fail(err, MG_E_LIMITS_EXCEEDED, 0, "sample rate %u Hz is outside %d to %d Hz",
                       info->sample_rate_hz, RATE_MIN_HZ, RATE_MAX_HZ);
    if (info->channels < 1 || info->channels > MG_MAX_CHANNELS)
        return mg_fail(err, MG_E_LIMITS_EXCEEDED, 0, "%u channels, at most %d are analysed",
                       info->channels, MG_MAX_CHANNELS);
    void *memory = NULL;
    if (posix_memalign(&memory, MG_BLOCK_ALIGN, sizeof(mg_analysis)))
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    mg_analysis *a = memset(memory, 0, sizeof(mg_analysis));
    a->kernels = mg_kernels_best();
    a->info = *info;
    a->stages = options && options->stages ? options->stages : MG_STAGE_ALL;
    plan_mix(a);
    mg_err e = make_levels(a);
    if (!e)
        e = make_others(a, options ? options->tempo_low_bpm : 0.0,
                        options ? options->tempo_high_bpm : 0.0);
    if (e) {
        mg_analysis_free(a);
        return mg_fail(err, e, 0, "cannot set up the analysis");
    }
    *ret = a;
    return MG_OK;
}

void mg_analysis_free(mg_analysis *analysis)
{
    mg_analysis *a = analysis;
    if (!a)
        return;
    mg_scanner_free(a->scanner);
    mg_loudness_free(a->loudness);
    mg_true_peak_free(a->peak);
    mg_dynamics_free(a->dynamics);
    mg_waveform_free(a->waveform);
    mg_technical_free(a->technical);
    mg_spectrum_free(a->spectrum);
    mg_stereo_free(a->stereo);
    mg_mono_free(a->mono);
    mg_tempo_free(a->tempo);
    mg_key_free(a->key);
    mg_structure_free(a->structure);
    free(a);
}

/* ---- planes and downmix ---- */

static uint64_t repair(float *x, size_t n)
{
    uint64_t nonfinite = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) {
            x[i] = 0.0f;
            nonfinite++;
        } else if (x[i] > sample_max) {
            x[i] = sample_max;
        } else if (x[i] < -sample_max) {
            x[i] = -sample_max;
        }
    }
    return nonfinite;
}

static void deinterleave(mg_analysis *a, const float *in, size_t frames)
{
    unsigned channels = a->info.channels;
    size_t at = MG_SCAN_HISTORY + a->filled;
    if (channels == 1) {
        memcpy(a->plane[0] + at, in, frames * sizeof *in);
    } else if (channels == 2) {
        bool good = a->kernels->stereo(in, sample_max, frames, a->plane[0] + at,
                                       a->plane[1] + at, a->mean + at);
        a->clean = good && (a->clean || a->filled == 0);
    } else {
        for (unsigned c = 0; c < channels; c++) {
            for (size_t i = 0; i < frames; i++)
                a->plane[c][at + i] = in[i * channels + c];
        }
    }
}

static void add_scaled(float *restrict to, const float *restrict x, float gain, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] += gain * x[i];
}

/* Left and right take their own channels whole and centre and surrounds at -3 dB; a layout without
 * left and right (two unknown channels, say) takes them by position. */
static void mix_down(mg_analysis *a, size_t n)
{
    memset(a->left, 0, n * sizeof(float));
    memset(a->right, 0, n * sizeof(float));
    bool placed = find_role(&a->info, MG_ROLE_LEFT) >= 0 ||
                  find_role(&a->info, MG_ROLE_RIGHT) >= 0 ||
                  find_role(&a->info, MG_ROLE_CENTRE) >= 0;
    for (unsigned c = 0; c < a->info.channels; c++) {
        const float *x = a->plane[c] + MG_SCAN_HISTORY;
        mg_channel_role role = a->info.roles[c];
        if (!placed && role == MG_ROLE_OTHER)
            role = c == 0 ? MG_ROLE_LEFT : c == 1 ? MG_ROLE_RIGHT : MG_ROLE_OTHER;
        bool whole = role == MG_ROLE_LEFT || role == MG_ROLE_RIGHT;
        float gain = whole ? 1.0f : side_gain;
        if (role == MG_ROLE_LEFT || role == MG_ROLE_CENTRE || role == MG_ROLE_SURROUND_LEFT)
            add_scaled(a->left, x, gain, n);
        if (role == MG_ROLE_RIGHT || role == MG_ROLE_CENTRE || role == MG_ROLE_SURROUND_RIGHT)
            add_scaled(a->right, x, gain, n);
    }
}

/* ---- blocks ---- */

static mg_err push_levels(mg_analysis *a, const mg_block *block, bool last)
{
    mg_err err = mg_loudness_push(a->loudness, block);
    if (a->waveform)
        mg_waveform_push(a->waveform, block);
    if (err || (!a->peak && !a->technical))
        return err;
    const mg_scan *scan = mg_scanner_push(a->scanner, block, last);
    if (a->peak)
        err = mg_true_peak_push(a->peak, block, scan);
    if (!err && a->dynamics)
        err = mg_dynamics_push(a->dynamics, block, scan);
    if (!err && a->technical)
        err = mg_technical_push(a->technical, block, scan);
    return err;
}

static mg_err push_others(mg_analysis *a, const mg_block *block)
{
    mg_err err = MG_OK;
    if (a->spectrum)
        err = mg_spectrum_push(a->spectrum, block, a->loudness);
    if (!err && a->stereo)
        err = mg_stereo_push(a->stereo, block, a->loudness);
    if (err || !a->mono)
        return err;
    const mg_mono_part *part = mg_mono_push(a->mono, block);
    err = mg_tempo_push(a->tempo, part);
    if (!err)
        err = mg_key_push(a->key, part);
    if (!err)
        err = mg_structure_push(a->structure, block, part);
    return err;
}

/* Sends the block in work to every measure and keeps its end as history of the next. */
static mg_err send_block(mg_analysis *a, bool last)
{
    size_t n = a->filled;
    mg_block block = {.start_frame = a->start_frame, .frames = n};
    for (unsigned c = 0; c < a->info.channels; c++) {
        float *x = a->plane[c] + MG_SCAN_HISTORY;
        if (!a->clean && !a->kernels->within(x, sample_max, n))
            a->nonfinite += repair(x, n);
        if (last)
            memset(x + n, 0, MG_SCAN_TAIL * sizeof *x);
        block.channel[c] = x;
    }
    if (a->downmix)
        mix_down(a, n);
    if (a->info.channels > 1 && (a->downmix || !a->clean))
        a->kernels->mix(a->left, 1.0f, a->right, 0.5f, a->mid, n);
    block.left = a->left;
    block.right = a->right;
    block.mid = a->mid;

    mg_err err = push_levels(a, &block, last);
    if (!err)
        err = push_others(a, &block);
    for (unsigned c = 0; c < a->info.channels; c++)
        memmove(a->plane[c], a->plane[c] + n, MG_SCAN_HISTORY * sizeof(float));
    memmove(a->mean, a->mean + n, MG_SCAN_HISTORY * sizeof(float));
    a->start_frame += n;
    a->filled = 0;
    return err;
}

mg_err mg_analysis_push(mg_analysis *analysis, const float *interleaved, size_t frames)
{
    mg_analysis *a = analysis;
    unsigned fp = mg_fpenv_enter();
    mg_err err = MG_OK;
    while (frames > 0 && !err) {
        /* A full block waits until more comes: only then is it known not to be the last one. */
        if (a->filled == MG_BLOCK_FRAMES)
            err = send_block(a, false);
        size_t room = MG_BLOCK_FRAMES - a->filled, n = frames < room ? frames : room;
        deinterleave(a, interleaved, n);
        a->filled += n;
        interleaved += n * a->info.channels;
        frames -= n;
    }
    mg_fpenv_leave(fp);
    return err;
}

/* ---- results ---- */

static void no_levels(mg_measures *m)
{
    mg_value none = mg_none(MG_WHY_NOT_APPLICABLE);
    mg_loudness_result *l = &m->loudness;
    l->true_peak_dbtp = l->true_peak_at_s = l->sample_peak_dbfs = none;
    for (unsigned c = 0; c < MG_MAX_CHANNELS; c++)
        l->true_peak_channels_dbtp[c] = none;
    m->dynamics.crest_factor_db = m->dynamics.dr = m->dynamics.rms_dbfs = none;
    for (unsigned b = 0; b < MG_BANDS; b++)
        m->dynamics.band_crest_db[b] = none;
}

static void no_technical(mg_technical_result *t)
{
    mg_value none = mg_none(MG_WHY_NOT_APPLICABLE);
    t->clip_confidence = t->clip_level_dbfs = none;
    t->hum_hz = t->hum_dbfs = t->infrasonic_dbfs = none;
    t->noise_floor_dbfs = t->hiss_dbfs = none;
    t->cut_why = MG_WHY_NOT_APPLICABLE;
}

static void no_spectrum(mg_measures *m)
{
    mg_value none = mg_none(MG_WHY_NOT_APPLICABLE);
    mg_spectrum_result *s = &m->spectrum;
    for (unsigned t = 0; t < MG_THIRD_OCTAVES; t++)
        s->third_octave_db[t] = none;
    for (unsigned b = 0; b < MG_BANDS; b++) {
        s->band_db[b] = s->band_share[b] = s->loudest_band_share[b] = none;
        m->stereo.bands[b] = (mg_stereo_band){none, none, none};
    }
    s->tilt_db_per_octave = s->centroid_hz = s->rolloff_hz = s->cutoff_hz = none;
    s->lossy_probability = s->mp3_frames_contrast = none;
    s->upsampled_from_hz = s->upsampled_confidence = none;
    mg_stereo_result *w = &m->stereo;
    w->correlation = w->correlation_min = w->correlation_min_at_s = w->width = none;
    w->balance_db = w->mono_loss_db = none;
    w->bools_why = MG_WHY_NOT_APPLICABLE;
    w->silent_channel = -1;
}

static void no_music(mg_measures *m)
{
    mg_value none = mg_none(MG_WHY_NOT_APPLICABLE);
    mg_tempo_result *t = &m->tempo;
    t->bpm = t->octave_confidence = t->period_s = t->first_beat_s = none;
    t->first_audible_beat_s = t->downbeat_index = t->beats_per_bar = none;
    t->downbeat_confidence = t->grid_confidence = t->max_error_ms = none;
    t->constant_why = MG_WHY_NOT_APPLICABLE;
    m->key.why = MG_WHY_NOT_APPLICABLE;
    m->key.tuning_cents = m->key.tuning_hz = none;
    mg_structure_result *s = &m->structure;
    s->drop_contrast_lu = s->energy = s->kick_hz = s->kick_cents_from_key = none;
    s->kick_length_ms = s->kick_confidence = none;
}

static mg_err finish_levels(mg_analysis *a, mg_measures *m)
{
    mg_err err = MG_OK;
    if (a->peak)
        err = mg_true_peak_finish(a->peak, &m->loudness);
    else
        no_levels(m);
    if (!err)
        err = mg_loudness_finish(a->loudness, a->peak, &m->loudness);
    if (!err && a->dynamics)
        err = mg_dynamics_finish(a->dynamics, &m->dynamics);
    if (a->waveform)
        mg_waveform_finish(a->waveform, &m->waveform);
    if (!err && a->technical)
        err = mg_technical_finish(a->technical, a->loudness, &m->technical);
    else if (!a->technical)
        no_technical(&m->technical);
    m->technical.channels = a->info.channels;
    m->technical.nonfinite_samples = a->nonfinite;
    m->technical.effective_bits = mg_none(MG_WHY_NOT_APPLICABLE); /* the decoder knows */
    return err;
}

static mg_err finish_others(mg_analysis *a, mg_measures *m)
{
    mg_err err = MG_OK;
    if (!a->spectrum) {
        no_spectrum(m);
    } else {
        err = mg_spectrum_finish(a->spectrum, a->loudness, &m->spectrum);
        if (!err)
            err = mg_stereo_finish(a->stereo, a->spectrum, a->loudness, &m->stereo);
    }
    if (err)
        return err;
    if (!a->tempo) {
        no_music(m);
        return MG_OK;
    }
    const mg_mono_part *part = mg_mono_end(a->mono);
    err = mg_tempo_push(a->tempo, part);
    if (!err)
        err = mg_key_push(a->key, part);
    if (!err)
        err = mg_tempo_finish(a->tempo, &m->tempo);
    if (!err)
        err = mg_key_finish(a->key, &m->tempo, &m->key);
    if (!err)
        err = mg_structure_finish(a->structure, a->loudness, &m->tempo, &m->key, &m->structure);
    return err;
}

mg_err mg_analysis_finish(mg_analysis *analysis, mg_measures *measures)
{
    unsigned fp = mg_fpenv_enter();
    mg_err err = analysis->filled > 0 ? send_block(analysis, true) : MG_OK;
    if (!err)
        err = finish_levels(analysis, measures);
    if (!err)
        err = finish_others(analysis, measures);
    mg_fpenv_leave(fp);
    return err;
}
