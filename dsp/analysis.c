#include "dsp/analysis.h"

#include "dsp/levels/dynamics.h"
#include "dsp/fpenv.h"
#include "dsp/key/key.h"
#include "dsp/left_out.h"
#include "dsp/levels/loudness.h"
#include "dsp/signal/mono.h"
#include "dsp/signal/planes.h"
#include "dsp/signal/scan.h"
#include "dsp/spectrum/spectrum.h"
#include "dsp/spectrum/stereo.h"
#include "dsp/structure/structure.h"
#include "dsp/technical/technical.h"
#include "dsp/tempo/tempo.h"
#include "dsp/levels/true_peak.h"
#include "dsp/levels/waveform.h"

#include <stdlib.h>

enum { RATE_MIN_HZ = 8000, RATE_MAX_HZ = 192000 };

struct mg_analysis {
    mg_stream_info info;
    unsigned stages;
    mg_planes *planes;
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
};

static bool wants(const mg_analysis *a, unsigned stage)
{
    return (a->stages & stage) != 0;
}

static mg_err make_levels(mg_analysis *a)
{
    const mg_kernels *kernels = mg_kernels_best();
    mg_err err = mg_planes_new(&a->planes, &a->info);
    if (!err)
        err = mg_scanner_new(&a->scanner, &a->info, kernels);
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

mg_err mg_analysis_new(mg_analysis **ret, const mg_stream_info *info,
                       const mg_analysis_options *options, mg_errinfo *err)
{
    if (info->sample_rate_hz < RATE_MIN_HZ || info->sample_rate_hz > RATE_MAX_HZ)
        return mg_fail(err, MG_E_LIMITS_EXCEEDED, 0, "sample rate %u Hz is outside %d to %d Hz",
                       info->sample_rate_hz, RATE_MIN_HZ, RATE_MAX_HZ);
    if (info->channels < 1 || info->channels > MG_MAX_CHANNELS)
        return mg_fail(err, MG_E_LIMITS_EXCEEDED, 0, "%u channels, at most %d are analysed",
                       info->channels, MG_MAX_CHANNELS);
    mg_analysis *a = calloc(1, sizeof(*a));
    if (!a)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    a->info = *info;
    a->stages = options && options->stages ? options->stages : MG_STAGE_ALL;
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
    mg_planes_free(a->planes);
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
        err = mg_key_push(a->key, block, part);
    if (!err)
        err = mg_structure_push(a->structure, block, part);
    return err;
}

/* Sends the block in work to every measure. */
static mg_err send_block(mg_analysis *a, bool last)
{
    const mg_block *block = mg_planes_block(a->planes, last);
    if (!block)
        return MG_OK;
    mg_err err = push_levels(a, block, last);
    if (!err)
        err = push_others(a, block);
    mg_planes_next(a->planes);
    return err;
}

mg_err mg_analysis_push(mg_analysis *analysis, const float *interleaved, size_t frames)
{
    mg_analysis *a = analysis;
    unsigned fp = mg_fpenv_enter();
    mg_err err = MG_OK;
    while (frames > 0 && !err) {
        /* A full block waits until more comes: only then is it known not to be the last one. */
        if (mg_planes_full(a->planes))
            err = send_block(a, false);
        size_t n = mg_planes_push(a->planes, interleaved, frames);
        interleaved += n * a->info.channels;
        frames -= n;
    }
    mg_fpenv_leave(fp);
    return err;
}

/* ---- results ---- */

static mg_err finish_levels(mg_analysis *a, mg_measures *m)
{
    mg_err err = MG_OK;
    if (a->peak)
        err = mg_true_peak_finish(a->peak, &m->loudness);
    else
        mg_levels_left_out(m);
    if (!err)
        err = mg_loudness_finish(a->loudness, a->peak, &m->loudness);
    if (!err && a->dynamics)
        err = mg_dynamics_finish(a->dynamics, &m->dynamics);
    if (a->waveform)
        mg_waveform_finish(a->waveform, &m->waveform);
    if (!err && a->technical)
        err = mg_technical_finish(a->technical, a->loudness, &m->technical);
    else if (!a->technical)
        mg_technical_left_out(&m->technical);
    m->technical.channels = a->info.channels;
    m->technical.nonfinite_samples = mg_planes_nonfinite(a->planes);
    m->technical.effective_bits = mg_none(MG_WHY_NOT_APPLICABLE); /* the decoder knows */
    return err;
}

static mg_err finish_others(mg_analysis *a, mg_measures *m)
{
    mg_err err = MG_OK;
    if (!a->spectrum) {
        mg_spectrum_left_out(m);
    } else {
        err = mg_spectrum_finish(a->spectrum, a->loudness, &m->spectrum);
        if (!err)
            err = mg_stereo_finish(a->stereo, a->spectrum, a->loudness, &m->stereo);
    }
    if (err)
        return err;
    if (!a->tempo) {
        mg_music_left_out(m);
        return MG_OK;
    }
    const mg_mono_part *part = mg_mono_end(a->mono);
    err = mg_tempo_push(a->tempo, part);
    if (!err)
        err = mg_key_push(a->key, NULL, part);
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
    mg_err err = send_block(analysis, true);
    if (!err)
        err = finish_levels(analysis, measures);
    if (!err)
        err = finish_others(analysis, measures);
    mg_fpenv_leave(fp);
    return err;
}
