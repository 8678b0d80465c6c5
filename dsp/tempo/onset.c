#include "dsp/tempo/onset.h"

#include "dsp/kernels/kernels.h"
#include "dsp/tempo/attack.h"
#include "dsp/signal/fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <aubio/aubio.h>

static const double window_s = 0.0213;
/* Lower edges of the bands, and the upper edge of the last. With the 43-47 Hz bins of 44.1 and
 * 48 kHz the kick has one bin in each of its three bands. */
static const double edges_hz[] = {30,   65,   108,  151,  215,  305,  430,  600,  850,  1200,
                                  1700, 2400, 3000, 3800, 4800, 6000, 7200, 8500, 10000};
enum { BANDS = sizeof(edges_hz) / sizeof(edges_hz[0]) - 1, BANDS_PADDED = 24 };
/* First band of each group, and the end. */
static const unsigned group_start[MG_ODF_BANDS + 1] = {0, 3, 11, 15, BANDS};

static const float floor_share = 3e-5f; /* -45 dB under the loudest of the last seconds */
/* The same against the loudest band, per group: a tone's leakage into bands where nothing plays
 * must not look like onsets there. Highs lie far below the bass in any mix, and no window leaks
 * that far. */
static const float overall_share[MG_ODF_BANDS] = {1e-5f, 1e-6f, 3e-7f, 1e-7f};
static const float peak_fall = 0.9994f;           /* per frame: a time constant of 10 s */
static const double steps_per_octave = 12.0;      /* of power: quarters of a dB */
static const double level_steps_per_octave = 6.0; /* halves of a dB */

struct mg_onset {
    const mg_kernels *kernels;
    mg_fft *fft;
    aubio_specdesc_t *flux[MG_ODF_BANDS];
    cvec_t *levels[MG_ODF_BANDS]; /* norm: log power per band of the group */
    fvec_t *rise;
    double rate_hz; /* decimated */
    double hop;     /* decimated samples per frame, fractional */
    unsigned n, window_length;
    unsigned band_bin[BANDS + 1]; /* first bin of each band */
    float floor_abs;
    double level_floor;   /* log2 of it */
    float overall[BANDS]; /* share of the loudest band in the floor of each */
    float peak[BANDS], loudest;
    mg_attack attack;
    uint64_t frame; /* next to be made */
    int64_t base;   /* position of x[0] in the decimated stream */
    size_t filled;
    uint64_t decimated; /* samples taken so far */
    float input_peak;
    float *window, *power, *x;
};

static int64_t frame_centre(const mg_onset *onset, uint64_t frame)
{
    return (int64_t)((double)frame * onset->hop + 0.5);
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
    onset->level_floor = log2((double)onset->floor_abs);
    for (unsigned g = 0; g < MG_ODF_BANDS; g++)
        for (unsigned b = group_start[g]; b < group_start[g + 1]; b++)
            onset->overall[b] = overall_share[g];
}

mg_err mg_onset_new(mg_onset **ret, const mg_stream_info *info)
{
    if (info->sample_rate_hz < 8000 || info->sample_rate_hz > 192000)
        return MG_E_LIMITS_EXCEEDED;
    mg_onset *onset = calloc(1, sizeof(*onset));
    if (onset == NULL)
        return MG_E_NOMEM;
    onset->kernels = mg_kernels_best();
    onset->rate_hz =
        (double)info->sample_rate_hz / mg_mono_factor(info->sample_rate_hz, MG_MONO_FAST);
    onset->hop = onset->rate_hz / MG_ODF_RATE_HZ;
    onset->window_length = 2 * (unsigned)(onset->rate_hz * window_s / 2);
    onset->n = 16;
    while (onset->n < onset->window_length)
        onset->n *= 2;
    onset->attack = MG_ATTACK_INIT;
    onset->x = calloc(2 * onset->window_length + MG_MONO_PART_MAX + 8, sizeof(float));
    onset->window = calloc(onset->window_length, sizeof(float));
    onset->power = calloc(onset->n / 2 + 8, sizeof(float)); /* `pieces` reads 7 behind */
    mg_err err =
        onset->x == NULL || onset->window == NULL || onset->power == NULL ? MG_E_NOMEM : MG_OK;
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

static void band_levels(mg_onset *onset)
{
    float sum[BANDS], over_floor[BANDS_PADDED], level[BANDS_PADDED];
    float loudest = onset->loudest * peak_fall;
    onset->kernels->pieces(onset->power, onset->band_bin, onset->band_bin + 1, BANDS, sum);
    for (unsigned b = 0; b < BANDS; b++) {
        float peak = onset->peak[b] * peak_fall;
        onset->peak[b] = sum[b] > peak ? sum[b] : peak;
        loudest = sum[b] > loudest ? sum[b] : loudest;
    }
    onset->loudest = loudest;
    for (unsigned b = 0; b < BANDS; b++)
        over_floor[b] = sum[b] + (onset->peak[b] * floor_share + loudest * onset->overall[b] +
                                  onset->floor_abs);
    for (unsigned b = BANDS; b < BANDS_PADDED; b++)
        over_floor[b] = 1.0f;
    onset->kernels->log2s(over_floor, level, BANDS_PADDED);
    for (unsigned g = 0; g < MG_ODF_BANDS; g++)
        memcpy(onset->levels[g]->norm, level + group_start[g],
               (group_start[g + 1] - group_start[g]) * sizeof(float));
}

/* To the nearest; a flux is not negative. */
static uint8_t quantise(double value)
{
    return value < 255 ? (uint8_t)(value + 0.5) : 255;
}

/* What is over the kick, in log power over the absolute floor. */
static double level_of_frame(const mg_onset *onset)
{
    double sum = 0;
    for (unsigned g = MG_ODF_MID; g < MG_ODF_BANDS; g++)
        for (unsigned b = 0; b < group_start[g + 1] - group_start[g]; b++)
            sum += (double)onset->levels[g]->norm[b];
    return sum / (BANDS - group_start[MG_ODF_MID]) - onset->level_floor;
}

static uint8_t attack_of_frame(mg_onset *onset)
{
    unsigned bounds[MG_ODF_ATTACK_STEPS + 1];
    for (unsigned j = 0; j <= MG_ODF_ATTACK_STEPS; j++) {
        double step = (double)onset->frame + (double)j / MG_ODF_ATTACK_STEPS;
        bounds[j] = (unsigned)((int64_t)(step * onset->hop + 0.5) - onset->base);
    }
    return mg_attack_push(&onset->attack, onset->kernels, onset->x, bounds);
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
    row[MG_ODF_LEVEL] = quantise(fmax(0, level_of_frame(onset) * level_steps_per_octave));
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

mg_err mg_onset_push(mg_onset *onset, const mg_mono_part *part, mg_odf *odf)
{
    float peak = onset->kernels->peak(part->x[MG_MONO_FULL], part->frames[MG_MONO_FULL]);
    onset->input_peak = fmaxf(onset->input_peak, peak);
    size_t count = part->frames[MG_MONO_FAST];
    memcpy(onset->x + onset->filled, part->x[MG_MONO_FAST], count * sizeof(float));
    onset->filled += count;
    onset->decimated += count;
    return make_frames(onset, odf, INT64_MAX);
}

mg_err mg_onset_flush(mg_onset *onset, mg_odf *odf)
{
    int64_t end = (int64_t)onset->decimated;
    size_t tail = onset->window_length + 4;
    memset(onset->x + onset->filled, 0, tail * sizeof(float));
    onset->filled += tail;
    return make_frames(onset, odf, end);
}
