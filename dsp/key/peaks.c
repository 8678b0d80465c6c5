#include "dsp/key/peaks.h"

#include "dsp/kernels/kernels.h"
#include "dsp/signal/fft.h"
#include "dsp/signal/marks.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

static const double low_hz = 28.0, high_hz = 2200.0;
static const float half_share = 0.12f;     /* of the frequency: the surroundings of a peak */
static const float peak_over_mean = 1.5f;  /* least power of a peak over its surroundings */
static const double noise_share = 1e-11;   /* of a frame's power: the transform's own rounding */
static const double floor_power = 1e-12;   /* -120 dB: below that nothing is looked at */

struct mg_peaks {
    const mg_kernels *kernels;
    mg_fft *fft;
    unsigned frame;
    size_t first, end; /* bins that may be peaks */
    double bin_hz;
    uint16_t around[MG_PEAKS_FRAME_MAX / 2][2]; /* of each bin: first of its surroundings, end */
    double window_power; /* sum of squares */
    float window[MG_PEAKS_FRAME_MAX];
    float power[MG_PEAKS_FRAME_MAX / 2 + 1];
    double sum[MG_PEAKS_FRAME_MAX / 2 + 2]; /* prefix sums of power */
};

static void set_surroundings(mg_peaks *p, size_t half_min)
{
    size_t end = p->frame / 2 + 1;
    for (size_t k = 0; k < p->end; k++) {
        size_t half = (size_t)(half_share * (float)k);
        if (half < half_min)
            half = half_min;
        p->around[k][0] = (uint16_t)(k > half ? k - half : 0);
        p->around[k][1] = (uint16_t)(k + half < end ? k + half + 1 : end);
    }
}

mg_err mg_peaks_new(mg_peaks **ret, unsigned frame, unsigned half_min, double rate_hz)
{
    mg_peaks *p = calloc(1, sizeof(*p));
    if (!p)
        return MG_E_NOMEM;
    p->kernels = mg_kernels_best();
    p->frame = frame;
    p->bin_hz = rate_hz / frame;
    p->first = (size_t)(low_hz / p->bin_hz) + 1;
    p->end = (size_t)fmin(high_hz / p->bin_hz, frame / 2 - 2);
    set_surroundings(p, half_min);
    mg_err err = mg_fft_new(&p->fft, frame);
    if (err) {
        mg_peaks_free(p);
        return err;
    }
    mg_window_hann(p->window, frame);
    for (unsigned i = 0; i < frame; i++)
        p->window_power += (double)p->window[i] * p->window[i];
    *ret = p;
    return MG_OK;
}

void mg_peaks_free(mg_peaks *p)
{
    if (!p)
        return;
    mg_fft_free(p->fft);
    free(p);
}

/* At the crest of a steady sinusoid under a Hann window the logarithm of the power bends by -2.77
 * (its neighbours are 6 dB lower); sweeping or decaying partials - kicks, toms - bend less. */
static float sharpness(double bend)
{
    double sharp = (-bend - 0.8) / 1.2;
    return (float)(sharp < 0 ? 0 : sharp > 1 ? 1 : sharp);
}

/* Spectrum of a frame. @return its mean square, Hann-weighted */
static double transform(mg_peaks *p, const float *x)
{
    unsigned half = p->frame / 2;
    p->kernels->window(x, p->window, mg_fft_input(p->fft), p->frame);
    mg_fft_power(p->fft, p->power);
    p->kernels->running(p->power, half + 1, p->sum);
    double both_sides = 2.0 * p->sum[half + 1] - p->power[0] - p->power[half];
    return both_sides / p->frame / p->window_power; /* Parseval */
}

typedef struct outstanding {
    size_t bin;
    double mean; /* of its surroundings */
} outstanding;

/* Local maxima that stand out of their surroundings. Each is written, and the next one over it
 * where it does not stand out: which of them do is not to be foretold, so no branch tries. */
static size_t find_outstanding(const mg_peaks *p, outstanding *ret)
{
    uint32_t marks[MG_MARKS_WORDS(MG_PEAKS_FRAME_MAX / 2)];
    size_t bins = p->end > p->first ? p->end - p->first : 0, count = 0;
    float least = fmaxf((float)floor_power, (float)(noise_share * p->sum[p->frame / 2 + 1]));
    p->kernels->maxima(p->power + p->first, least, bins, marks);
    for (size_t w = 0; w < MG_MARKS_WORDS(bins); w++) {
        for (uint32_t rest = marks[w]; rest != 0; rest &= rest - 1) {
            size_t k = p->first + w * MG_MARKS_PER_WORD + (size_t)__builtin_ctz(rest);
            unsigned from = p->around[k][0], end = p->around[k][1];
            double mean = (p->sum[end] - p->sum[from]) / (double)(end - from);
            ret[count] = (outstanding){k, mean};
            count += p->power[k] > peak_over_mean * mean;
        }
    }
    return count;
}

size_t mg_peaks_find(mg_peaks *p, const float *x, mg_peak *ret, double *ret_power)
{
    const float *s = p->power;
    outstanding found[MG_PEAKS_MAX];
    *ret_power = transform(p, x);
    if (!(*ret_power > floor_power))
        return 0;
    size_t count = find_outstanding(p, found);
    for (size_t i = 0; i < count; i++) {
        size_t k = found[i].bin;
        double a = logf(s[k - 1] + 1e-20f), b = logf(s[k]), d = logf(s[k + 1] + 1e-20f);
        double bend = a - 2.0 * b + d;
        double shift = bend < 0 ? 0.5 * (a - d) / bend : 0.0;
        ret[i] = (mg_peak){
            .hz = (float)(((double)k + shift) * p->bin_hz),
            .power = expf((float)(b - 0.25 * (a - d) * shift)),
            .over_mean = (float)(s[k] / found[i].mean),
            .sharp = sharpness(bend),
        };
    }
    return count;
}
