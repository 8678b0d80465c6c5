#include "dsp/tempo/onset.h"

#include "dsp/kernels/kernels.h"
#include "dsp/tempo/attack.h"
#include "dsp/signal/decimate.h"
#include "dsp/signal/fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <aubio/aubio.h>

enum { DECIMATED_MAX = MG_BLOCK_FRAMES + 64 };

static const double window_s = 0.0213;
static const double lowest_decimated_hz = 22050;
/* Lower edges of the bands, and the upper edge of the last. With the 43-47 Hz bins of 44.1 and
 * 48 kHz the kick has one bin in each of its three bands. */
static const double edges_hz[] = {30,   65,   108,  151,  215,  305,  430,  600,  850,  1200,
                                  1700, 2400, 3000, 3800, 4800, 6000, 7200, 8500, 10000};
enum { BANDS = sizeof(edges_hz) / sizeof(edges_hz[0]) - 1 };
/* First band of each group, and the end. */
static const unsigned group_start[MG_ODF_BANDS + 1] = {0, 3, 11, 15, BANDS};

static const float floor_share = 3e-5f; /* -45 dB under the loudest of the last seconds */
/* The same against the loudest band, per group: a tone's leakage into bands where nothing plays
 * must not look like onsets there. Highs lie far below the bass in any mix, and no window leaks
 * that far. */
static const float overall_share[MG_ODF_BANDS] = {1e-5f, 1e-6f, 3e-7f, 1e-7f};
static const float peak_fall = 0.9994f;      /* per frame: a time constant of 10 s */
static const double steps_per_octave = 12.0; /* of power: quarters of a dB */

struct mg_onset {
    const mg_kernels *kernels;
    mg_decimate *decimate;
    mg_fft *fft;
    aubio_specdesc_t *flux[MG_ODF_BANDS];
    cvec_t *levels[MG_ODF_BANDS]; /* norm: log power per band of the group */
    fvec_t *rise;
    double rate_hz; /* decimated */
    double hop;     /* decimated samples per frame, fractional */
    unsigned n, window_length;
    unsigned band_bin[BANDS + 1]; /* first bin of each band */
    float floor_abs;
    float peak[BANDS], loudest;
    mg_attack attack;
    uint64_t frame; /* next to be made */
    int64_t base;   /* position of x[0] in the decimated stream */
    size_t filled;
    uint64_t decimated; /* samples that came out of the decimator */
    float input_peak;
    float *window, *power, *x;
    size_t x_size;
    float mixed[MG_BLOCK_FRAMES];
    float out[DECIMATED_MAX];
};

static int64_t frame_centre(const mg_onset *onset, uint64_t frame)
{
    return (int64_t)floor((double)frame * onset->hop + 0.5);
}

static mg_err new_fluxes(mg_onset *onset)
{
    for (unsigned g = 0; g < MG_ODF_BANDS; g++) {
        unsigned size = 2 * (group_start[g + 1] - group_start[g] - 1);
        onset->flux[g] = new_aubio_specdesc("specflux", size);
        onset->levels[g] = new_cvec(size);
        if (onset->flux[g] == NULL || onset->levels[g] == NULL)
            return MG_E_NOMEM;
    }
    onset->rise = new_fvec(1);
    return onset->rise != NULL ? MG_OK : MG_E_NOMEM;
}

static void set_bands(mg_onset *onset)
{
    double bin_hz = onset->rate_hz / onset->n;
    for (unsigned b = 0; b <= BANDS; b++) {
        double bin = ceil(edges_hz[b] / bin_hz);
        double last = onset->n / 2.0 * 0.9; /* above it the decimator's slope begins */
        onset->band_bin[b] = (unsigned)(bin < last ? bin : last);
    }
    double sum = 0;
    for (unsigned i = 0; i < onset->window_length; i++)
        sum += (double)onset->window[i] * onset->window[i];
    onset->floor_abs = (float)(sum * 1e-9); /* white noise at -90 dBFS, per bin */
}

mg_err mg_onset_new(mg_onset **ret, const mg_stream_info *info)
{
    if (info->sample_rate_hz < 8000 || info->sample_rate_hz > 192000)
        return MG_E_LIMITS_EXCEEDED;
    mg_onset *onset = calloc(1, sizeof(*onset));
    if (onset == NULL)
        return MG_E_NOMEM;
    onset->kernels = mg_kernels_best();
    unsigned factor = 1;
    while ((double)info->sample_rate_hz / (2 * factor) >= lowest_decimated_hz)
        factor *= 2;
    onset->rate_hz = (double)info->sample_rate_hz / factor;
    onset->hop = onset->rate_hz / MG_ODF_RATE_HZ;
    onset->window_length = 2 * (unsigned)(onset->rate_hz * window_s / 2);
    onset->n = 16;
    while (onset->n < onset->window_length)
        onset->n *= 2;
    onset->attack = MG_ATTACK_INIT;
    onset->x_size = 2 * onset->window_length + DECIMATED_MAX + 8;
    onset->x = calloc(onset->x_size, sizeof(float));
    onset->window = calloc(onset->window_length, sizeof(float));
    onset->power = calloc(onset->n / 2 + 1, sizeof(float));
    mg_err err =
        onset->x == NULL || onset->window == NULL || onset->power == NULL ? MG_E_NOMEM : MG_OK;
    if (err == MG_OK)
        err = mg_decimate_new(&onset->decimate, factor);
    if (err == MG_OK)
        err = mg_fft_new(&onset->fft, onset->n);
    if (err == MG_OK)
        err = new_fluxes(onset);
    if (err != MG_OK) {
        mg_onset_free(onset);
        return err;
    }
    mg_window_hann(onset->window, onset->window_length);
    set_bands(onset);
    /* Silence before t = 0: half a window, and the sample before the first difference. */
    onset->filled = onset->window_length / 2 + 1;
    onset->base = -(int64_t)onset->filled;
    *ret = onset;
    return MG_OK;
}

void mg_onset_free(mg_onset *onset)
{
    if (onset == NULL)
        return;
    mg_decimate_free(onset->decimate);
    mg_fft_free(onset->fft);
    for (unsigned g = 0; g < MG_ODF_BANDS; g++) {
        if (onset->flux[g] != NULL)
            del_aubio_specdesc(onset->flux[g]);
        if (onset->levels[g] != NULL)
            del_cvec(onset->levels[g]);
    }
    if (onset->rise != NULL)
        del_fvec(onset->rise);
    free(onset->x);
    free(onset->window);
    free(onset->power);
    free(onset);
}

float mg_onset_peak(const mg_onset *onset)
{
    return onset->input_peak;
}

/* log2 of a positive normal number, within 0.00003: exponent plus a quintic in the mantissa. */
static float log2_fast(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof(bits));
    float exponent = (float)((int)(bits >> 23) - 127);
    bits = (bits & 0x7fffff) | 0x3f800000;
    float m;
    memcpy(&m, &bits, sizeof(m));
    m -= 1.0f;
    /* Least-squares fit of log2(1 + m) on 0..1 with both ends exact. */
    float p = m * (1.44174f + m * (-0.70777f + m * (0.41234f + m * (-0.19032f + m * 0.04401f))));
    return exponent + p;
}

/* In four lanes, reduced in a fixed order. */
static float sum_of(const float *x, unsigned count)
{
    float lane[4] = {0};
    unsigned i = 0;
    for (; i + 4 <= count; i += 4)
        for (unsigned k = 0; k < 4; k++)
            lane[k] += x[i + k];
    for (unsigned k = 0; i < count; i++, k++)
        lane[k] += x[i];
    return (lane[0] + lane[2]) + (lane[1] + lane[3]);
}

static void band_levels(mg_onset *onset)
{
    float sum[BANDS], loudest = onset->loudest * peak_fall;
    for (unsigned b = 0; b < BANDS; b++) {
        sum[b] =
            sum_of(onset->power + onset->band_bin[b], onset->band_bin[b + 1] - onset->band_bin[b]);
        float peak = onset->peak[b] * peak_fall;
        onset->peak[b] = sum[b] > peak ? sum[b] : peak;
        loudest = sum[b] > loudest ? sum[b] : loudest;
    }
    onset->loudest = loudest;
    for (unsigned g = 0; g < MG_ODF_BANDS; g++)
        for (unsigned b = group_start[g]; b < group_start[g + 1]; b++) {
            float floor =
                onset->peak[b] * floor_share + loudest * overall_share[g] + onset->floor_abs;
            onset->levels[g]->norm[b - group_start[g]] = log2_fast(sum[b] + floor);
        }
}

static uint8_t quantise(double value)
{
    double q = floor(value + 0.5);
    return (uint8_t)(q < 0 ? 0 : q > 255 ? 255 : q);
}

static uint8_t attack_of_frame(mg_onset *onset)
{
    size_t bounds[MG_ODF_ATTACK_STEPS + 1];
    for (unsigned j = 0; j <= MG_ODF_ATTACK_STEPS; j++) {
        double step = (double)onset->frame + (double)j / MG_ODF_ATTACK_STEPS;
        bounds[j] = (size_t)((int64_t)floor(step * onset->hop + 0.5) - onset->base);
    }
    return mg_attack_push(&onset->attack, onset->x, bounds);
}

static mg_err make_frame(mg_onset *onset, mg_odf *odf)
{
    const float *x =
        onset->x + (frame_centre(onset, onset->frame) - onset->window_length / 2 - onset->base);
    float *in = mg_fft_input(onset->fft);
    onset->kernels->window(x, onset->window, in, onset->window_length);
    mg_fft_power(onset->fft, onset->power);
    band_levels(onset);
    uint8_t row[MG_ODF_ROWS];
    for (unsigned g = 0; g < MG_ODF_BANDS; g++) {
        aubio_specdesc_do(onset->flux[g], onset->levels[g], onset->rise);
        unsigned bands = group_start[g + 1] - group_start[g];
        /* The first frame has nothing to rise from. */
        row[g] = onset->frame == 0 ? 0 : quantise(onset->rise->data[0] * steps_per_octave / bands);
    }
    row[MG_ODF_ATTACK] = attack_of_frame(onset);
    onset->frame++;
    return mg_odf_push(odf, row);
}

/* Makes all frames whose samples are there, then drops what no later frame needs. */
static mg_err make_frames(mg_onset *onset, mg_odf *odf, int64_t centre_limit)
{
    int64_t half = onset->window_length / 2;
    int64_t have = onset->base + (int64_t)onset->filled;
    int64_t centre = frame_centre(onset, onset->frame);
    while (centre + half + 2 <= have && centre < centre_limit) {
        mg_err err = make_frame(onset, odf);
        if (err != MG_OK)
            return err;
        centre = frame_centre(onset, onset->frame);
    }
    int64_t drop = centre - half - 1 - onset->base;
    if (drop > 0) {
        if (drop > (int64_t)onset->filled)
            drop = (int64_t)onset->filled;
        onset->filled -= (size_t)drop;
        memmove(onset->x, onset->x + drop, onset->filled * sizeof(float));
        onset->base += drop;
    }
    return MG_OK;
}

static mg_err append(mg_onset *onset, const float *samples, size_t count, mg_odf *odf)
{
    memcpy(onset->x + onset->filled, samples, count * sizeof(float));
    onset->filled += count;
    onset->decimated += count;
    return make_frames(onset, odf, INT64_MAX);
}

/* In eight lanes, which compilers turn into vector code. */
static void note_peak(mg_onset *onset, size_t frames)
{
    float lane[8] = {0};
    for (size_t i = 0; i + 8 <= frames; i += 8)
        for (unsigned k = 0; k < 8; k++) {
            float v = fabsf(onset->mixed[i + k]);
            lane[k] = v > lane[k] ? v : lane[k];
        }
    for (size_t i = frames & ~(size_t)7; i < frames; i++)
        lane[0] = fmaxf(lane[0], fabsf(onset->mixed[i]));
    for (unsigned k = 0; k < 8; k++)
        onset->input_peak = fmaxf(onset->input_peak, lane[k]);
}

mg_err mg_onset_push(mg_onset *onset, const mg_block *block, mg_odf *odf)
{
    onset->kernels->mix(block->left, 2.0f, block->right, 1.0f / 3.0f, onset->mixed, block->frames);
    note_peak(onset, block->frames);
    size_t count = mg_decimate_push(onset->decimate, onset->mixed, block->frames, onset->out);
    return append(onset, onset->out, count, odf);
}

mg_err mg_onset_flush(mg_onset *onset, mg_odf *odf)
{
    size_t count = mg_decimate_flush(onset->decimate, onset->out);
    mg_err err = append(onset, onset->out, count, odf);
    if (err != MG_OK)
        return err;
    int64_t end = (int64_t)onset->decimated;
    size_t tail = onset->window_length + 4;
    memset(onset->x + onset->filled, 0, tail * sizeof(float));
    onset->filled += tail;
    return make_frames(onset, odf, end);
}
