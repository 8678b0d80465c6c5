#include "dsp/key/chroma.h"

#include "dsp/kernels/kernels.h"
#include "dsp/signal/fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRAME = 4096,
    HOP = FRAME / 2,
    HALF_MIN = 12,      /* bins on each side that a peak is compared with: at least 12 ... */
    TUNING_BINS = 100,  /* one cent each */
    GROW_SLOTS = 128,
};

static const double low_hz = 28.0, high_hz = 2200.0;
static const float half_share = 0.12f;       /* ... and 0.12 of the frequency */
static const float peak_over_mean = 1.5f;    /* least power of a peak over its surroundings */
static const float tuning_over_mean = 3.0f;
static const double tuning_low_hz = 150.0;
static const float lowest_bin_hz = 27.5f;    /* four octaves under A = 440 Hz */
static const double noise_share = 1e-11; /* of a frame's power: the transform's own rounding */
static const double floor_power = 1e-12;     /* -120 dB: below that nothing is looked at */

struct mg_chroma {
    const mg_kernels *kernels;
    double rate_hz;
    mg_fft *fft;
    float window[FRAME];
    double window_power; /* sum of squares */
    float frame[FRAME];  /* decimated samples waiting for a full frame */
    size_t frame_len;
    float power[FRAME / 2 + 1];
    double sum[FRAME / 2 + 2]; /* prefix sums of power */
    double tuning[TUNING_BINS];
    mg_chroma_slot *slot;
    size_t slots, capacity;
    unsigned merge, merged; /* frames per slot; frames in the last slot */
};

mg_err mg_chroma_new(mg_chroma **ret, const mg_stream_info *info)
{
    mg_chroma *c = calloc(1, sizeof(*c));
    if (!c)
        return MG_E_NOMEM;
    c->kernels = mg_kernels_best();
    c->rate_hz = (double)info->sample_rate_hz / mg_mono_factor(info->sample_rate_hz, MG_MONO_SLOW);
    c->merge = 1;
    mg_err err = mg_fft_new(&c->fft, FRAME);
    if (err) {
        mg_chroma_free(c);
        return err;
    }
    mg_window_hann(c->window, FRAME);
    for (unsigned i = 0; i < FRAME; i++)
        c->window_power += (double)c->window[i] * c->window[i];
    *ret = c;
    return MG_OK;
}

void mg_chroma_free(mg_chroma *c)
{
    if (!c)
        return;
    mg_fft_free(c->fft);
    free(c->slot);
    free(c);
}

/* Halves the resolution of the history. */
static void merge_pairs(mg_chroma *c)
{
    for (size_t i = 0; i < c->slots / 2; i++) {
        mg_chroma_slot *to = &c->slot[i];
        const mg_chroma_slot *a = &c->slot[2 * i], *b = &c->slot[2 * i + 1];
        to->power = 0.5f * (a->power + b->power);
        for (unsigned k = 0; k < MG_CHROMA_BINS; k++)
            to->bin[k] = 0.5f * (a->bin[k] + b->bin[k]);
    }
    c->slots /= 2;
    c->merge *= 2;
}

/* The slot that the next frame is added to; NULL without memory. */
static mg_chroma_slot *next_slot(mg_chroma *c)
{
    if (c->merged > 0 && c->merged < c->merge) {
        c->merged++;
        return &c->slot[c->slots - 1];
    }
    if (c->slots == MG_CHROMA_SLOTS)
        merge_pairs(c);
    if (c->slots == c->capacity) {
        size_t capacity = c->capacity + GROW_SLOTS;
        mg_chroma_slot *slot = realloc(c->slot, capacity * sizeof(*slot));
        if (!slot)
            return NULL;
        c->slot = slot;
        c->capacity = capacity;
    }
    memset(&c->slot[c->slots], 0, sizeof(c->slot[0]));
    c->merged = 1;
    return &c->slot[c->slots++];
}

typedef struct peak {
    float hz, power, over_mean;
    float sharp; /* 0..1: how much like a steady sinusoid */
} peak;

/* At the crest of a steady sinusoid under a Hann window the logarithm of the power bends by -2.77
 * (its neighbours are 6 dB lower); sweeping or decaying partials - kicks, toms - bend less. */
static float sharpness(double bend)
{
    double sharp = (-bend - 0.8) / 1.2;
    return (float)(sharp < 0 ? 0 : sharp > 1 ? 1 : sharp);
}

/* Bins with a local maximum between low_hz and high_hz. Counted without branches: what is next is
 * as good as random. */
static size_t find_maxima(const mg_chroma *c, uint16_t *ret_bins)
{
    const float *p = c->power;
    double bin_hz = c->rate_hz / FRAME;
    size_t last = FRAME / 2 - 2, count = 0;
    if (high_hz / bin_hz < (double)last)
        last = (size_t)(high_hz / bin_hz);
    float least = fmaxf((float)floor_power, (float)(noise_share * c->sum[FRAME / 2 + 1]));
    for (size_t k = (size_t)(low_hz / bin_hz) + 1; k < last; k++) {
        ret_bins[count] = (uint16_t)k;
        count += (size_t)((p[k] > p[k - 1]) & (p[k] >= p[k + 1]) & (p[k] > least));
    }
    return count;
}

/* Those maxima that stand out, with their frequencies. */
static size_t find_peaks(const mg_chroma *c, peak *ret_peaks)
{
    const float *p = c->power;
    double bin_hz = c->rate_hz / FRAME;
    uint16_t bins[FRAME / 2];
    size_t maxima = find_maxima(c, bins), count = 0;
    for (size_t i = 0; i < maxima; i++) {
        size_t k = bins[i];
        size_t half = (size_t)(half_share * (float)k);
        if (half < HALF_MIN)
            half = HALF_MIN;
        size_t from = k > half ? k - half : 0;
        size_t to = k + half < FRAME / 2 ? k + half : FRAME / 2;
        double mean = (c->sum[to + 1] - c->sum[from]) / (double)(to + 1 - from);
        if (p[k] <= peak_over_mean * mean)
            continue;
        double a = logf(p[k - 1] + 1e-20f), b = logf(p[k]), d = logf(p[k + 1] + 1e-20f);
        double bend = a - 2.0 * b + d;
        double shift = bend < 0 ? 0.5 * (a - d) / bend : 0.0;
        ret_peaks[count++] = (peak){
            .hz = (float)(((double)k + shift) * bin_hz),
            .power = expf((float)(b - 0.25 * (a - d) * shift)),
            .over_mean = (float)(p[k] / mean),
            .sharp = sharpness(bend),
        };
    }
    return count;
}

/* at: bins of the history over its lowest, which lies four octaves under A = 440 Hz */
static void add_tuning(mg_chroma *c, const peak *p, double at, float max_power)
{
    if (p->hz < tuning_low_hz || p->over_mean <= tuning_over_mean)
        return;
    double cents = at * (100.0 / MG_CHROMA_PER_SEMITONE);
    double weight = sqrtf(p->power / max_power) * logf(p->over_mean / tuning_over_mean);
    weight *= p->hz < 400.0f ? p->hz / 400.0 : 1.0; /* a bin is coarse down there */
    double whole = floor(cents), part = cents - whole;
    int k = (int)whole % TUNING_BINS;
    c->tuning[k] += weight * (1.0 - part);
    c->tuning[(k + 1) % TUNING_BINS] += weight * part;
}

static void add_peaks(mg_chroma *c, const peak *peaks, size_t count, mg_chroma_slot *slot)
{
    float max_power = 0, max_level = 0;
    float level[FRAME / 4 + 1];
    for (size_t i = 0; i < count; i++) {
        float tilt = (peaks[i].hz < 1000.0f ? peaks[i].hz : 1000.0f) / 100.0f;
        level[i] = sqrtf(peaks[i].power * tilt);
        if (level[i] > max_level)
            max_level = level[i];
        if (peaks[i].power > max_power)
            max_power = peaks[i].power;
    }
    float share = 1.0f / (float)c->merge;
    for (size_t i = 0; i < count; i++) {
        double at = 12.0 * MG_CHROMA_PER_SEMITONE * log2f(peaks[i].hz / lowest_bin_hz);
        add_tuning(c, &peaks[i], at, max_power);
        if (at < 0 || at >= MG_CHROMA_BINS - 1)
            continue;
        unsigned k = (unsigned)at;
        float part = (float)(at - k), w = sqrtf(level[i] / max_level);
        w *= share * peaks[i].sharp;
        slot->bin[k] += w * (1.0f - part);
        slot->bin[k + 1] += w * part;
    }
}

/* Spectrum of the waiting frame. @return mean square of the frame, Hann-weighted */
static double transform(mg_chroma *c)
{
    c->kernels->window(c->frame, c->window, mg_fft_input(c->fft), FRAME);
    mg_fft_power(c->fft, c->power);
    c->sum[0] = 0;
    for (size_t k = 0; k <= FRAME / 2; k++)
        c->sum[k + 1] = c->sum[k] + c->power[k];
    double both_sides = 2.0 * c->sum[FRAME / 2 + 1] - c->power[0] - c->power[FRAME / 2];
    return both_sides / FRAME / c->window_power; /* Parseval */
}

static mg_err take_frame(mg_chroma *c)
{
    mg_chroma_slot *slot = next_slot(c);
    if (!slot)
        return MG_E_NOMEM;
    double power = transform(c);
    slot->power += (float)(power / c->merge);
    if (power > floor_power) {
        peak peaks[FRAME / 4 + 1]; /* maxima cannot be neighbours */
        add_peaks(c, peaks, find_peaks(c, peaks), slot);
    }
    memmove(c->frame, c->frame + HOP, (FRAME - HOP) * sizeof(float));
    c->frame_len = FRAME - HOP;
    return MG_OK;
}

mg_err mg_chroma_push(mg_chroma *c, const mg_mono_part *part)
{
    const float *x = part->x[MG_MONO_SLOW];
    size_t count = part->frames[MG_MONO_SLOW];
    while (count > 0) {
        size_t n = FRAME - c->frame_len < count ? FRAME - c->frame_len : count;
        memcpy(c->frame + c->frame_len, x, n * sizeof(float));
        c->frame_len += n;
        x += n;
        count -= n;
        if (c->frame_len == FRAME) {
            mg_err err = take_frame(c);
            if (err)
                return err;
        }
    }
    return MG_OK;
}

mg_err mg_chroma_finish(mg_chroma *c)
{
    mg_err err = MG_OK;
    /* What is left is worth a frame when it fills half of it, or when it is all there is. */
    if (c->frame_len > FRAME - HOP / 2 || (c->slots == 0 && c->frame_len >= FRAME / 4)) {
        memset(c->frame + c->frame_len, 0, (FRAME - c->frame_len) * sizeof(float));
        err = take_frame(c);
    }
    return err;
}

size_t mg_chroma_count(const mg_chroma *c)
{
    return c->slots;
}

double mg_chroma_slot_s(const mg_chroma *c)
{
    return (double)HOP * c->merge / c->rate_hz;
}

const mg_chroma_slot *mg_chroma_slots(const mg_chroma *c)
{
    return c->slot;
}

/* Value of the histogram around `cents` under a Gaussian of `sigma` cents, on the circle. */
static double smoothed(const double *histogram, double cents, double sigma)
{
    double sum = 0;
    for (int k = 0; k < TUNING_BINS; k++) {
        double d = remainder(k - cents, TUNING_BINS) / sigma;
        sum += histogram[k] * exp(-0.5 * d * d);
    }
    return sum;
}

/* The largest smoothed value in steps of `step` within `reach` of `centre`. */
static double search_mode(const double *histogram, double centre, double reach, double step,
                          double sigma)
{
    double best = centre, best_value = -1;
    int steps = (int)(reach / step + 0.5);
    for (int i = -steps; i <= steps; i++) {
        double at = centre + i * step, value = smoothed(histogram, at, sigma);
        if (value > best_value) {
            best_value = value;
            best = at;
        }
    }
    return best;
}

bool mg_chroma_tuning(const mg_chroma *c, double *ret_cents, double *ret_strength)
{
    double total = 0, re = 0, im = 0;
    for (int k = 0; k < TUNING_BINS; k++) {
        total += c->tuning[k];
        re += c->tuning[k] * cos(2.0 * M_PI * k / TUNING_BINS);
        im += c->tuning[k] * sin(2.0 * M_PI * k / TUNING_BINS);
    }
    if (!(total > 0))
        return false;
    /* The wide window is not misled by the fifth and seventh partials (14 and 31 cents flat), the
     * narrow one then leaves them out. */
    double coarse = search_mode(c->tuning, 0, 50, 1, 14);
    double fine = search_mode(c->tuning, coarse, 8, 0.1, 9);
    double wrapped = remainder(fine, 100.0);
    *ret_strength = sqrt(re * re + im * im) / total;
    *ret_cents = wrapped <= -50.0 ? wrapped + 100.0 : wrapped;
    return true;
}
