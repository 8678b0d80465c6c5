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
    unsigned frame, half_min;
    size_t first, end; /* bins that may be peaks */
    double bin_hz;
    double window_power; /* sum of squares */
    float window[MG_PEAKS_FRAME_MAX];
    float power[MG_PEAKS_FRAME_MAX / 2 + 1];
    double sum[MG_PEAKS_FRAME_MAX / 2 + 2]; /* prefix sums of power */
};

mg_err mg_peaks_new(mg_peaks **ret, unsigned frame, unsigned half_min, double rate_hz)
{
    mg_peaks *p = calloc(1, sizeof(*p));
    if (!p)
        return MG_E_NOMEM;
    p->kernels = mg_kernels_best();
    p->frame = frame;
    p->half_min = half_min;
    p->bin_hz = rate_hz / frame;
    p->first = (size_t)(low_hz / p->bin_hz) + 1;
    p->end = (size_t)fmin(high_hz / p->bin_hz, frame / 2 - 2);
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

/* Marks the bins with a local maximum, of p->first on. @return how many were looked at */
static size_t mark_maxima(const mg_peaks *p, uint32_t *ret_marks)
{
    size_t count = p->end > p->first ? p->end - p->first : 0;
    float least = fmaxf((float)floor_power, (float)(noise_share * p->sum[p->frame / 2 + 1]));
    p->kernels->maxima(p->power + p->first, least, count, ret_marks);
    return count;
}

size_t mg_peaks_find(mg_peaks *p, const float *x, mg_peak *ret, double *ret_power)
{
    const float *s = p->power;
    uint32_t marks[MG_MARKS_WORDS(MG_PEAKS_FRAME_MAX / 2)];
    *ret_power = transform(p, x);
    if (!(*ret_power > floor_power))
        return 0;
    size_t bins = mark_maxima(p, marks), count = 0, half_bins = p->frame / 2;
    for (size_t i = 0; (i = mg_marks_next(marks, i, bins, 1)) < bins; i++) {
        size_t k = p->first + i;
        size_t half = (size_t)(half_share * (float)k);
        if (half < p->half_min)
            half = p->half_min;
        size_t from = k > half ? k - half : 0;
        size_t to = k + half < half_bins ? k + half : half_bins;
        double mean = (p->sum[to + 1] - p->sum[from]) / (double)(to + 1 - from);
        if (s[k] <= peak_over_mean * mean)
            continue;
        double a = logf(s[k - 1] + 1e-20f), b = logf(s[k]), d = logf(s[k + 1] + 1e-20f);
        double bend = a - 2.0 * b + d;
        double shift = bend < 0 ? 0.5 * (a - d) / bend : 0.0;
        ret[count++] = (mg_peak){
            .hz = (float)(((double)k + shift) * p->bin_hz),
            .power = expf((float)(b - 0.25 * (a - d) * shift)),
            .over_mean = (float)(s[k] / mean),
            .sharp = sharpness(bend),
        };
    }
    return count;
}
