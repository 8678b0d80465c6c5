#include "dsp/spectrum/spectrum.h"

#include "dsp/spectrum/cutoff.h"
#include "dsp/signal/decimate.h"
#include "dsp/spectrum/gated.h"
#include "dsp/signal/kweight.h"
#include "dsp/spectrum/ltas.h"
#include "dsp/spectrum/mp3_frames.h"
#include "dsp/spectrum/origin.h"
#include "dsp/spectrum/resonance.h"
#include "dsp/signal/time_grid.h"

#include <math.h>
#include <stdlib.h>

static const double ltas_high_hz = 22400.0; /* roll-off and centroid look no higher */
static const double loudest_range_lu = 4.0;
static const double tilt_low_hz = 99.0, tilt_high_hz = 10100.0; /* centres 100 Hz .. 10 kHz */
static const double rolloff_share = 0.95;
static const double least_level_db = -150.0;

enum { DECIMATED_MAX = MG_BLOCK_FRAMES + 64 };

typedef struct stream {
    mg_transform_shape shape;
    mg_stft *stft;
    mg_ltas *ltas;
    unsigned ltas_bins;
} stream;

struct mg_spectrum {
    unsigned rate_hz;
    bool mono;
    stream stream[MG_TRANSFORMS];
    mg_decimate *decimate[2];
    float decimated[2][DECIMATED_MAX];
    mg_band_powers *powers;
    mg_cutoff *cutoff;
    mg_mp3_frames *mp3_frames; /* NULL: a rate that MP3s do not have */
    mg_resonance_search *resonances;
    mg_spectrum_cross cross;
};

static mg_err stream_init(stream *st, mg_transform which, unsigned rate_hz, bool mono)
{
    st->shape = mg_transform_shape_for(which, rate_hz);
    const mg_transform_shape *shape = &st->shape;
    double high = fmin(ltas_high_hz / shape->bin_hz, shape->bins);
    st->ltas_bins = (unsigned)high;
    mg_err err = mg_stft_new(&st->stft, shape->n, shape->hop, mono);
    return err != MG_OK ? err : mg_ltas_new(&st->ltas, rate_hz, st->ltas_bins);
}

static mg_err detectors_init(mg_spectrum *s)
{
    const mg_transform_shape *low = &s->stream[MG_TRANSFORM_LOW].shape;
    const mg_transform_shape *high = &s->stream[MG_TRANSFORM_HIGH].shape;
    mg_err err = mg_cutoff_new(&s->cutoff, s->rate_hz, high->bin_hz, high->bins);
    if (err == MG_OK && s->rate_hz >= 44100 && s->rate_hz <= 48000)
        err = mg_mp3_frames_new(&s->mp3_frames);
    if (err != MG_OK)
        return err;
    mg_resonance_input input[MG_TRANSFORMS] = {
        [MG_TRANSFORM_LOW] = mg_resonance_input_for(low, s->rate_hz),
        [MG_TRANSFORM_HIGH] = mg_resonance_input_for(high, s->rate_hz),
    };
    return mg_resonance_new(&s->resonances, input);
}

mg_err mg_spectrum_new(mg_spectrum **ret, const mg_stream_info *info)
{
    mg_spectrum *s = calloc(1, sizeof *s);
    if (!s)
        return MG_E_NOMEM;
    s->rate_hz = info->sample_rate_hz;
    s->mono = info->channels == 1;
    mg_err err = mg_band_powers_new(&s->powers, s->rate_hz);
    for (unsigned i = 0; i < MG_TRANSFORMS && err == MG_OK; i++)
        err = stream_init(&s->stream[i], i, s->rate_hz, s->mono);
    for (unsigned c = 0; c < (s->mono ? 1 : 2) && err == MG_OK; c++)
        err = mg_decimate_new(&s->decimate[c], s->stream[MG_TRANSFORM_LOW].shape.factor);
    if (err == MG_OK)
        err = detectors_init(s);
    if (err != MG_OK) {
        mg_spectrum_free(s);
        return err;
    }
    *ret = s;
    return MG_OK;
}

void mg_spectrum_free(mg_spectrum *spectrum)
{
    if (!spectrum)
        return;
    for (unsigned i = 0; i < MG_TRANSFORMS; i++) {
        mg_stft_free(spectrum->stream[i].stft);
        mg_ltas_free(spectrum->stream[i].ltas);
    }
    mg_decimate_free(spectrum->decimate[0]);
    mg_decimate_free(spectrum->decimate[1]);
    mg_band_powers_free(spectrum->powers);
    mg_cutoff_free(spectrum->cutoff);
    mg_mp3_frames_free(spectrum->mp3_frames);
    mg_resonance_free(spectrum->resonances);
    free(spectrum);
}

static void take_frames(mg_spectrum *s, mg_transform which, const mg_loudness *loudness)
{
    stream *st = &s->stream[which];
    mg_stft_frame frame;
    while (mg_stft_next(st->stft, &frame)) {
        mg_band_powers_add(s->powers, which, &frame, mg_stft_total(st->stft));
        int64_t middle = (frame.start + st->shape.n / 2) * st->shape.factor;
        mg_ltas_add(st->ltas, loudness, middle, frame.sum);
        mg_resonance_push(s->resonances, which, frame.sum);
        if (which == MG_TRANSFORM_HIGH)
            mg_cutoff_push(s->cutoff, frame.sum, st->shape.hop);
    }
}

static void push_decimated(mg_spectrum *s, size_t frames)
{
    const float *right = s->decimated[s->mono ? 0 : 1];
    mg_stft_push(s->stream[MG_TRANSFORM_LOW].stft, s->decimated[0], right, frames);
}

mg_err mg_spectrum_push(mg_spectrum *s, const mg_block *block, const mg_loudness *loudness)
{
    const float *in[2] = {block->left, block->right};
    size_t frames = 0;
    if (s->mp3_frames)
        mg_mp3_frames_push(s->mp3_frames, block);
    for (unsigned c = 0; c < 2 && s->decimate[c]; c++)
        frames = mg_decimate_push(s->decimate[c], in[c], block->frames, s->decimated[c]);
    push_decimated(s, frames);
    mg_stft_push(s->stream[MG_TRANSFORM_HIGH].stft, in[0], in[1], block->frames);

    uint64_t covered = UINT64_MAX;
    for (unsigned i = 0; i < MG_TRANSFORMS; i++) {
        stream *st = &s->stream[i];
        take_frames(s, i, loudness);
        int64_t to = mg_stft_covered(st->stft) * st->shape.factor;
        if (to < (int64_t)covered || covered == UINT64_MAX)
            covered = to > 0 ? (uint64_t)to : 0;
    }
    mg_band_powers_settle(s->powers, loudness, covered);
    return MG_OK;
}

static void end_streams(mg_spectrum *s, const mg_loudness *loudness)
{
    size_t frames = 0;
    for (unsigned c = 0; c < 2 && s->decimate[c]; c++)
        frames = mg_decimate_flush(s->decimate[c], s->decimated[c]);
    push_decimated(s, frames);
    for (unsigned i = 0; i < MG_TRANSFORMS; i++) {
        mg_stft_end(s->stream[i].stft);
        take_frames(s, i, loudness);
    }
    mg_band_powers_settle(s->powers, loudness, UINT64_MAX);
}

/* Power of both channels added: their mean times 2, so that a full-scale sine reads 0 dB. */
static double level_db(mg_cross power)
{
    return fmax(10.0 * log10(power.ll + power.rr + 1e-30), least_level_db);
}

/* Below 44.1 kHz a band must end under 0.45 of the rate. */
static bool in_range(const mg_spectrum *s, double high_hz)
{
    return s->rate_hz >= 44100 || high_hz <= 0.45 * s->rate_hz;
}

static void third_octaves(mg_spectrum *s, const mg_band_totals *totals, mg_spectrum_result *r)
{
    for (unsigned t = 0; t < MG_THIRD_OCTAVES; t++) {
        double low = mg_third_octave_edge_hz(t), high = mg_third_octave_edge_hz(t + 1);
        r->third_octave_db[t] =
            in_range(s, high)
                ? mg_some(level_db(mg_band_powers_range(s->powers, totals, low, high)))
                : mg_none(MG_WHY_ABOVE_BAND_LIMIT);
    }
}

/* Each band's share of the sum of those in range. */
static void shares(const double power[MG_BANDS], unsigned bands, mg_value ret[MG_BANDS])
{
    double sum = 0.0;
    for (unsigned b = 0; b < bands; b++)
        sum += power[b];
    for (unsigned b = 0; b < bands; b++)
        ret[b] = sum > 0.0 ? mg_some(power[b] / sum) : mg_none(MG_WHY_SILENT);
}

static void six_bands(mg_spectrum *s, const mg_band_totals *totals, const mg_loudness *loudness,
                      mg_spectrum_result *r)
{
    double power[MG_BANDS], loudest[MG_BANDS];
    for (unsigned b = 0; b < MG_BANDS; b++) {
        mg_cross c = mg_band_powers_range(s->powers, totals, mg_band_low_hz[b],
                                          mg_band_high_hz[b]);
        s->cross.bands[b] = c;
        power[b] = c.ll + c.rr;
        r->band_db[b] = mg_some(level_db(c));
        r->loudest_band_share[b] = mg_none(MG_WHY_TOO_SHORT);
        s->cross.bands_in_range += in_range(s, mg_band_high_hz[b]);
    }
    unsigned bands = s->cross.bands_in_range;
    shares(power, bands, r->band_share);
    double loudest_lufs = mg_loudness_short_term_max(loudness) - loudest_range_lu;
    if (mg_band_powers_loudest(s->powers, loudest_lufs, loudest) > 0)
        shares(loudest, bands, r->loudest_band_share);
    for (unsigned b = bands; b < MG_BANDS; b++)
        r->band_db[b] = r->band_share[b] = r->loudest_band_share[b] =
            mg_none(MG_WHY_ABOVE_BAND_LIMIT);
}

/* Least squares of density (level less 10 log10 of the bandwidth) on log2 of the centre. */
static mg_value tilt(const mg_spectrum_result *r)
{
    double n = 0.0, sx = 0.0, sy = 0.0, sxx = 0.0, sxy = 0.0;
    for (unsigned t = 0; t < MG_THIRD_OCTAVES; t++) {
        double hz = mg_third_octave_hz(t);
        if (hz < tilt_low_hz || hz > tilt_high_hz)
            continue;
        if (!mg_has(r->third_octave_db[t]))
            return r->third_octave_db[t];
        double width_hz = mg_third_octave_edge_hz(t + 1) - mg_third_octave_edge_hz(t);
        double x = log2(hz), y = r->third_octave_db[t].v - 10.0 * log10(width_hz);
        n += 1.0;
        sx += x;
        sy += y;
        sxx += x * x;
        sxy += x * y;
    }
    return mg_some((n * sxy - sx * sy) / (n * sxx - sx * sx));
}

/* Magnitude-weighted mean frequency, 20 Hz .. 20 kHz. */
static mg_value centroid(const double *ltas, const stream *st)
{
    double weighted = 0.0, sum = 0.0;
    for (unsigned k = 1; k < st->ltas_bins; k++) {
        double hz = k * st->shape.bin_hz;
        if (hz < 20.0 || hz > 20000.0)
            continue;
        weighted += hz * sqrt(ltas[k]);
        sum += sqrt(ltas[k]);
    }
    return sum > 0.0 ? mg_some(weighted / sum) : mg_none(MG_WHY_SILENT);
}

/* Frequency below which 95 % of the K-weighted power lies, interpolated within the bin. */
static mg_value rolloff(const double *ltas, const stream *st, unsigned rate_hz)
{
    mg_kweight_taps taps = mg_kweight_design(rate_hz);
    double total = 0.0, below = 0.0;
    for (unsigned k = 1; k < st->ltas_bins; k++)
        total += ltas[k] * mg_k_power_gain(&taps, k * st->shape.bin_hz, rate_hz);
    if (!(total > 0.0))
        return mg_none(MG_WHY_SILENT);
    for (unsigned k = 1; k < st->ltas_bins; k++) {
        double power = ltas[k] * mg_k_power_gain(&taps, k * st->shape.bin_hz, rate_hz);
        if (below + power >= rolloff_share * total)
            return mg_some((k - 0.5 + (rolloff_share * total - below) / power) *
                           st->shape.bin_hz);
        below += power;
    }
    return mg_some(st->ltas_bins * st->shape.bin_hz);
}

static mg_err from_ltas(mg_spectrum *s, const mg_loudness *loudness, double gate_lufs,
                        mg_spectrum_result *r)
{
    double *sum[MG_TRANSFORMS] = {NULL};
    mg_err err = MG_OK;
    for (unsigned i = 0; i < MG_TRANSFORMS; i++) {
        sum[i] = malloc(s->stream[i].ltas_bins * sizeof *sum[i]);
        if (sum[i])
            mg_ltas_finish(s->stream[i].ltas, loudness, gate_lufs, sum[i]);
        else
            err = MG_E_NOMEM;
    }
    if (err == MG_OK) {
        const stream *high = &s->stream[MG_TRANSFORM_HIGH];
        r->centroid_hz = centroid(sum[MG_TRANSFORM_HIGH], high);
        r->rolloff_hz = rolloff(sum[MG_TRANSFORM_HIGH], high, s->rate_hz);
        r->resonance_count = mg_resonance_finish(s->resonances, r->resonances);
    }
    free(sum[0]);
    free(sum[1]);
    return err;
}

static void judge_mp3_frames(const mg_mp3_frames *frames, mg_spectrum_result *r)
{
    mg_mp3_trace trace = mg_mp3_frames_find(frames);
    if (trace.blocks == 0)
        return;
    r->mp3_frames_contrast = mg_some(trace.contrast);
    double p = mg_mp3_probability(trace.contrast);
    if (p > r->lossy_probability.v)
        r->lossy_probability = mg_some(p);
}

static mg_err judge_origin(const mg_spectrum *s, mg_spectrum_result *r)
{
    mg_cell_levels *levels = malloc(sizeof *levels);
    if (!levels)
        return MG_E_NOMEM;
    if (mg_cutoff_levels(s->cutoff, levels)) {
        r->cutoff_hz = levels->edge > 0 ? mg_some(100.0 * (double)levels->edge)
                                        : mg_none(MG_WHY_NOT_APPLICABLE);
        r->lossy_probability = mg_lossy_probability(levels);
        if (s->mp3_frames)
            judge_mp3_frames(s->mp3_frames, r);
        mg_upsampled upsampled = mg_find_upsampled(levels);
        r->upsampled_from_hz = upsampled.from_hz;
        r->upsampled_confidence = upsampled.confidence;
    }
    free(levels);
    return MG_OK;
}

static void fill_none(mg_spectrum_result *r, mg_why why)
{
    for (unsigned t = 0; t < MG_THIRD_OCTAVES; t++)
        r->third_octave_db[t] = mg_none(why);
    for (unsigned b = 0; b < MG_BANDS; b++)
        r->band_db[b] = r->band_share[b] = r->loudest_band_share[b] = mg_none(why);
    r->tilt_db_per_octave = r->centroid_hz = r->rolloff_hz = mg_none(why);
    r->cutoff_hz = r->lossy_probability = r->mp3_frames_contrast = mg_none(why);
    r->upsampled_from_hz = r->upsampled_confidence = mg_none(why);
    r->resonance_count = 0;
}

mg_err mg_spectrum_finish(mg_spectrum *s, const mg_loudness *loudness, mg_spectrum_result *result)
{
    end_streams(s, loudness);
    double gate_lufs = mg_loudness_relative_gate(loudness);
    mg_band_totals totals = mg_band_powers_total(s->powers, gate_lufs);
    s->cross = (mg_spectrum_cross){.any = totals.blocks > 0};
    bool short_file = mg_loudness_steps(loudness) < MG_MOMENTARY_STEPS;
    fill_none(result, short_file ? MG_WHY_TOO_SHORT : MG_WHY_SILENT);
    if (totals.blocks == 0)
        return MG_OK;
    third_octaves(s, &totals, result);
    six_bands(s, &totals, loudness, result);
    s->cross.low_end = mg_band_powers_range(s->powers, &totals, 20.0, 120.0);
    s->cross.k_weighted = mg_band_powers_k_weighted(&totals);
    result->tilt_db_per_octave = tilt(result);
    mg_err err = judge_origin(s, result);
    return err != MG_OK ? err : from_ltas(s, loudness, gate_lufs, result);
}

mg_spectrum_cross mg_spectrum_cross_powers(const mg_spectrum *spectrum)
{
    return spectrum->cross;
}
