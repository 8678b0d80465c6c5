#include "dsp/key/chroma.h"

#include "dsp/key/cents.h"
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
    GROW_SLOTS = 128,
};

static const float long_share = 0.5f;      /* of a slot; the short frames share the rest */
static const float lowest_bin_hz = 27.5f;  /* four octaves under A = 440 Hz */

struct mg_chroma {
    double rate_hz;
    mg_peaks *long_peaks, *short_peaks;
    float frame[LONG]; /* decimated samples waiting for a full frame */
    size_t frame_len;
    mg_cents cents;
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

/* share: of the slot that the frame makes up */
static void add_peaks(mg_chroma *c, const mg_peak *peaks, size_t count, float share,
                      mg_chroma_slot *slot)
{
    float max_level = 0, level[MG_PEAKS_MAX];
    mg_cents_add(&c->cents, peaks, count, share);
    for (size_t i = 0; i < count; i++) {
        float tilt = (peaks[i].hz < 1000.0f ? peaks[i].hz : 1000.0f) / 100.0f;
        level[i] = sqrtf(peaks[i].power * tilt);
        if (level[i] > max_level)
            max_level = level[i];
    }
    for (size_t i = 0; i < count; i++) {
        double at = 12.0 * MG_CHROMA_PER_SEMITONE * log2f(peaks[i].hz / lowest_bin_hz);
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

const mg_cents *mg_chroma_cents(const mg_chroma *c)
{
    return &c->cents;
}

bool mg_chroma_tuning(const mg_chroma *c, double *ret_cents, double *ret_strength)
{
    double strength = mg_cents_strength(&c->cents);
    if (!(strength > 0))
        return false;
    *ret_cents = mg_cents_mode(&c->cents);
    *ret_strength = strength;
    return true;
}
