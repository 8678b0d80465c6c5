#include "dsp/key/chroma.h"

#include "dsp/key/peaks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LONG = 4096,
    SHORT = 1024,
    HOP = LONG / 2,
    SHORTS = 4, /* per hop, half-overlapping, around the middle of the long frame */
    SHORT_HOP = HOP / SHORTS,
    FIRST_SHORT = LONG / 2 - (SHORT + (SHORTS - 1) * SHORT_HOP) / 2,
    LONG_HALF_MIN = 12,
    SHORT_HALF_MIN = 6,
    TUNING_BINS = 100, /* one cent each */
    GROW_SLOTS = 128,
};

static const float long_share = 0.5f;      /* of a slot; the short frames share the rest */
static const float tuning_over_mean = 3.0f;
static const double tuning_low_hz = 150.0;
static const float same_share = 0.0046f;   /* 8 cents: two frequencies that count as one */
static const float lowest_bin_hz = 27.5f;  /* four octaves under A = 440 Hz */
/* Shares of the histogram that count for A = 440 Hz beforehand. */
static const double coarse_standard = 0.1, fine_standard = 0.05, standard_sigma = 6.0;

struct mg_chroma {
    double rate_hz;
    mg_peaks *long_peaks, *short_peaks;
    float frame[LONG]; /* decimated samples waiting for a full frame */
    size_t frame_len;
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
    c->rate_hz = (double)info->sample_rate_hz / mg_mono_factor(info->sample_rate_hz, MG_MONO_SLOW);
    c->merge = 1;
    mg_err err = mg_peaks_new(&c->long_peaks, LONG, LONG_HALF_MIN, c->rate_hz);
    if (!err)
        err = mg_peaks_new(&c->short_peaks, SHORT, SHORT_HALF_MIN, c->rate_hz);
    if (err) {
        mg_chroma_free(c);
        return err;
    }
    *ret = c;
    return MG_OK;
}

void mg_chroma_free(mg_chroma *c)
{
    if (!c)
        return;
    mg_peaks_free(c->long_peaks);
    mg_peaks_free(c->short_peaks);
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

/* How far each peak lies off the twelve-tone grid for being the third, fifth or seventh partial of
 * a lower one, or a partial of such a partial. Peaks rise in frequency. */
static void partial_offsets(const mg_peak *peaks, size_t count, float *ret_cents)
{
    static const float partial[3] = {3.0f, 5.0f, 7.0f}, off_cents[3] = {1.955f, -13.686f, -31.174f};
    size_t below[3] = {0}; /* first peak that is not below hz / partial */
    for (size_t i = 0; i < count; i++) {
        ret_cents[i] = 0;
        for (int q = 2; q >= 0; q--) {
            float hz = peaks[i].hz / partial[q], near = hz * same_share;
            while (peaks[below[q]].hz < hz - near)
                below[q]++;
            if (peaks[below[q]].hz <= hz + near)
                ret_cents[i] = ret_cents[below[q]] + off_cents[q];
        }
    }
}

/* at: bins of the history over its lowest, which lies four octaves under A = 440 Hz */
static void add_tuning(mg_chroma *c, const mg_peak *p, double at, double off_cents, float max_power,
                       double share)
{
    if (p->hz < tuning_low_hz || p->over_mean <= tuning_over_mean)
        return;
    double cents = at * (100.0 / MG_CHROMA_PER_SEMITONE) - off_cents;
    double weight = share * sqrtf(sqrtf(p->power / max_power)) *
                    logf(p->over_mean / tuning_over_mean);
    weight *= p->hz < 400.0f ? p->hz / 400.0 : 1.0; /* a bin is coarse down there */
    double whole = floor(cents), part = cents - whole;
    int k = (int)whole % TUNING_BINS;
    c->tuning[k] += weight * (1.0 - part);
    c->tuning[(k + 1) % TUNING_BINS] += weight * part;
}

/* share: of the slot that the frame makes up */
static void add_peaks(mg_chroma *c, const mg_peak *peaks, size_t count, float share,
                      mg_chroma_slot *slot)
{
    float max_power = 0, max_level = 0;
    float level[MG_PEAKS_MAX], off_cents[MG_PEAKS_MAX];
    partial_offsets(peaks, count, off_cents);
    for (size_t i = 0; i < count; i++) {
        float tilt = (peaks[i].hz < 1000.0f ? peaks[i].hz : 1000.0f) / 100.0f;
        level[i] = sqrtf(peaks[i].power * tilt);
        if (level[i] > max_level)
            max_level = level[i];
        if (peaks[i].power > max_power)
            max_power = peaks[i].power;
    }
    for (size_t i = 0; i < count; i++) {
        double at = 12.0 * MG_CHROMA_PER_SEMITONE * log2f(peaks[i].hz / lowest_bin_hz);
        add_tuning(c, &peaks[i], at, off_cents[i], max_power, share);
        if (at < 0 || at >= MG_CHROMA_BINS - 1)
            continue;
        unsigned k = (unsigned)at;
        float part = (float)(at - k), w = sqrtf(level[i] / max_level);
        w *= share / (float)c->merge * peaks[i].sharp;
        slot->bin[k] += w * (1.0f - part);
        slot->bin[k + 1] += w * part;
    }
}

static mg_err take_frame(mg_chroma *c)
{
    mg_peak peaks[MG_PEAKS_MAX];
    double power, short_power;
    mg_chroma_slot *slot = next_slot(c);
    if (!slot)
        return MG_E_NOMEM;
    size_t count = mg_peaks_find(c->long_peaks, c->frame, peaks, &power);
    slot->power += (float)(power / c->merge);
    add_peaks(c, peaks, count, long_share, slot);
    for (size_t i = 0; i < SHORTS; i++) {
        const float *x = c->frame + FIRST_SHORT + i * SHORT_HOP;
        size_t found = mg_peaks_find(c->short_peaks, x, peaks, &short_power);
        add_peaks(c, peaks, found, (1.0f - long_share) / SHORTS, slot);
    }
    memmove(c->frame, c->frame + HOP, (LONG - HOP) * sizeof(float));
    c->frame_len = LONG - HOP;
    return MG_OK;
}

mg_err mg_chroma_push(mg_chroma *c, const mg_mono_part *part)
{
    const float *x = part->x[MG_MONO_SLOW];
    size_t count = part->frames[MG_MONO_SLOW];
    while (count > 0) {
        size_t n = LONG - c->frame_len < count ? LONG - c->frame_len : count;
        memcpy(c->frame + c->frame_len, x, n * sizeof(float));
        c->frame_len += n;
        x += n;
        count -= n;
        if (c->frame_len == LONG) {
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
    if (c->frame_len > LONG - HOP / 2 || (c->slots == 0 && c->frame_len >= LONG / 4)) {
        memset(c->frame + c->frame_len, 0, (LONG - c->frame_len) * sizeof(float));
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

/* What speaks for a tuning: the histogram around it under a Gaussian of `sigma` cents, on the
 * circle, and a share of the whole for the tuning that nearly all music has. */
static double evidence(const double *histogram, double standard, double cents, double sigma)
{
    double off = remainder(cents, TUNING_BINS) / standard_sigma;
    double sum = standard * exp(-0.5 * off * off);
    for (int k = 0; k < TUNING_BINS; k++) {
        double d = remainder(k - cents, TUNING_BINS) / sigma;
        sum += histogram[k] * exp(-0.5 * d * d);
    }
    return sum;
}

/* The tuning with the most evidence in steps of `step` within `reach` of `centre`. */
static double search_mode(const double *histogram, double standard, double centre, double reach,
                          double step, double sigma)
{
    double best = centre, best_value = -1;
    int steps = (int)(reach / step + 0.5);
    for (int i = -steps; i <= steps; i++) {
        double at = centre + i * step, value = evidence(histogram, standard, at, sigma);
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
    /* Both windows are wide enough to take a detuned unison as one. */
    double coarse = search_mode(c->tuning, coarse_standard * total, 0, 50, 1, 25);
    double fine = search_mode(c->tuning, fine_standard * total, coarse, 12, 0.1, 18);
    double wrapped = remainder(fine, 100.0);
    *ret_strength = sqrt(re * re + im * im) / total;
    *ret_cents = wrapped <= -50.0 ? wrapped + 100.0 : wrapped;
    return true;
}
