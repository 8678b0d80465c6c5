#include "dsp/structure/kick.h"

#include "dsp/signal/fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SPECTRUM = 4096,   /* zero-padded: 0.3 to 0.7 Hz a bin */
    BINS_MAX = 768,    /* enough for high_hz at any rate */
    RING = 2048,       /* decimated samples kept: more than delay_s + body_s at 3000 Hz */
    BACK_STEPS = 6,    /* a hit rises over the least of these steps */
    DECAY_STEPS = 100, /* 0.6 s of mean envelope after a hit */
    LEAST_HITS = 8,
};

static const double step_s = 0.006;
static const double low_hz = 35.0, high_hz = 120.0;
static const double rise_power = 8.0;        /* 9 dB */
static const double least_of_recent = 0.25;  /* power: half of the amplitude */
static const double recent_decay_s = 2.0;
static const double gap_s = 0.12;            /* shortest time between hits */
static const double delay_s = 0.04, body_s = 0.16;
static const double floor_power = 1e-9;
static const double least_agreement = 0.4; /* share of hits with the common frequency */
static const double length_drop = 0.01; /* power: the length ends 20 dB under the crest */

typedef struct biquad {
    double b0, b1, b2, a1, a2, z1, z2;
} biquad;

struct mg_kick {
    double rate_hz;
    biquad high_pass, low_pass;
    unsigned step; /* samples per step of the envelope */
    unsigned step_fill;
    double step_sum;
    double past[BACK_STEPS]; /* powers of the last steps, oldest first */
    double recent;           /* power of recent hits, decaying */
    double recent_keep;
    unsigned steps_since, gap_steps;
    uint64_t steps;
    float ring[RING];
    uint64_t samples;
    uint64_t body_end; /* when the body of the last hit is complete; 0: none waits */
    unsigned body;
    mg_fft *fft;
    float *window;
    float power[SPECTRUM / 2 + 1];
    unsigned first_bin, last_bin;
    double mean[BINS_MAX];       /* sum over hits of normalised spectra, from first_bin */
    unsigned crest_of_hit[BINS_MAX]; /* how often the crest of a hit lay in a bin */
    unsigned hits, bodies;
    double decay[DECAY_STEPS]; /* sum of the envelope after hits, relative to their crest */
    double trail[DECAY_STEPS];
    unsigned trail_len, trails;
};

/* Second-order Butterworth by the bilinear transform. */
static biquad butterworth(double hz, double rate_hz, bool high)
{
    double k = tan(M_PI * hz / rate_hz), q = M_SQRT1_2;
    double norm = 1.0 / (1.0 + k / q + k * k);
    double b0 = high ? norm : k * k * norm;
    return (biquad){.b0 = b0,
                    .b1 = high ? -2.0 * b0 : 2.0 * b0,
                    .b2 = b0,
                    .a1 = 2.0 * (k * k - 1.0) * norm,
                    .a2 = (1.0 - k / q + k * k) * norm};
}

static double biquad_run(biquad *f, double x)
{
    double y = f->b0 * x + f->z1;
    f->z1 = f->b1 * x - f->a1 * y + f->z2;
    f->z2 = f->b2 * x - f->a2 * y;
    return y;
}

mg_err mg_kick_new(mg_kick **ret, double rate_hz)
{
    mg_kick *k = calloc(1, sizeof(*k));
    if (!k)
        return MG_E_NOMEM;
    k->rate_hz = rate_hz;
    k->high_pass = butterworth(35.0, rate_hz, true);
    k->low_pass = butterworth(150.0, rate_hz, false);
    k->step = (unsigned)(step_s * rate_hz + 0.5);
    k->gap_steps = (unsigned)(gap_s * rate_hz / k->step + 0.5);
    k->recent_keep = exp(-(double)k->step / rate_hz / recent_decay_s);
    k->body = (unsigned)(body_s * rate_hz);
    k->first_bin = (unsigned)(low_hz * SPECTRUM / rate_hz);
    k->last_bin = (unsigned)(high_hz * SPECTRUM / rate_hz);
    if (k->last_bin - k->first_bin >= BINS_MAX)
        k->last_bin = k->first_bin + BINS_MAX - 1;
    k->steps_since = k->gap_steps;
    k->trail_len = DECAY_STEPS;
    k->window = calloc(k->body, sizeof(*k->window));
    mg_err err = k->window ? mg_fft_new(&k->fft, SPECTRUM) : MG_E_NOMEM;
    if (err) {
        mg_kick_free(k);
        return err;
    }
    mg_window_hann(k->window, k->body);
    *ret = k;
    return MG_OK;
}

void mg_kick_free(mg_kick *k)
{
    if (!k)
        return;
    mg_fft_free(k->fft);
    free(k->window);
    free(k);
}

/* The body of a hit is complete: add its spectrum, normalised, to the mean. */
static void take_body(mg_kick *k)
{
    float *in = mg_fft_input(k->fft);
    memset(in, 0, SPECTRUM * sizeof(*in));
    for (unsigned i = 0; i < k->body; i++)
        in[i] = k->ring[(k->body_end - k->body + i) % RING] * k->window[i];
    mg_fft_power(k->fft, k->power);
    double total = 0;
    unsigned crest = k->first_bin;
    for (unsigned b = k->first_bin; b <= k->last_bin; b++) {
        total += k->power[b];
        crest = k->power[b] > k->power[crest] ? b : crest;
    }
    if (!(total > floor_power))
        return;
    for (unsigned b = k->first_bin; b <= k->last_bin; b++)
        k->mean[b - k->first_bin] += k->power[b] / total;
    k->crest_of_hit[crest - k->first_bin]++;
    k->bodies++;
}

/* The envelope after a hit, until the next one cuts it off. */
static void close_trail(mg_kick *k)
{
    double crest = 0;
    if (k->trail_len == 0)
        return;
    for (unsigned i = 0; i < k->trail_len; i++)
        crest = k->trail[i] > crest ? k->trail[i] : crest;
    for (unsigned i = 0; i < DECAY_STEPS && crest > 0; i++)
        k->decay[i] += (i < k->trail_len ? k->trail[i] : 0.0) / crest;
    k->trails += crest > 0;
    k->trail_len = 0;
}

static bool step_is_hit(mg_kick *k, double power)
{
    double least = k->past[0];
    for (unsigned i = 1; i < BACK_STEPS; i++)
        least = k->past[i] < least ? k->past[i] : least;
    k->recent *= k->recent_keep;
    bool hit = k->steps_since >= k->gap_steps && power > rise_power * least &&
               power > floor_power && power > least_of_recent * k->recent &&
               k->steps >= BACK_STEPS;
    k->recent = power > k->recent ? power : k->recent;
    return hit;
}

static unsigned take_step(mg_kick *k, double power)
{
    bool hit = step_is_hit(k, power);
    if (hit) {
        if (k->hits > 0 && k->trail_len < DECAY_STEPS)
            close_trail(k);
        k->trail_len = 0;
        k->hits++;
        k->steps_since = 0;
        if (k->body_end == 0) /* else the one before is not over yet */
            k->body_end = k->samples + (uint64_t)(delay_s * k->rate_hz) + k->body;
    }
    if (k->hits > 0 && k->trail_len < DECAY_STEPS) {
        k->trail[k->trail_len++] = power;
        if (k->trail_len == DECAY_STEPS) {
            close_trail(k);
            k->trail_len = DECAY_STEPS;
        }
    }
    k->steps_since++;
    k->steps++;
    memmove(k->past, k->past + 1, (BACK_STEPS - 1) * sizeof(*k->past));
    k->past[BACK_STEPS - 1] = power;
    return hit;
}

/* Filters samples of one step; the state stays in registers. */
static void filter(mg_kick *k, const float *x, size_t count)
{
    biquad high_pass = k->high_pass, low_pass = k->low_pass;
    double sum = k->step_sum;
    for (size_t i = 0; i < count; i++) {
        double y = biquad_run(&low_pass, biquad_run(&high_pass, x[i]));
        sum += y * y;
        k->ring[(k->samples + i) % RING] = x[i];
    }
    k->high_pass = high_pass;
    k->low_pass = low_pass;
    k->step_sum = sum;
    k->samples += count;
    k->step_fill += (unsigned)count;
}

unsigned mg_kick_push(mg_kick *k, const float *x, size_t count)
{
    unsigned hits = 0;
    while (count > 0) {
        size_t n = k->step - k->step_fill;
        n = n < count ? n : count;
        if (k->body_end != 0 && k->body_end - k->samples < n)
            n = (size_t)(k->body_end - k->samples);
        filter(k, x, n);
        x += n;
        count -= n;
        if (k->step_fill == k->step) {
            hits += take_step(k, k->step_sum / k->step);
            k->step_fill = 0;
            k->step_sum = 0;
        }
        if (k->body_end != 0 && k->samples == k->body_end) {
            take_body(k);
            k->body_end = 0;
        }
    }
    return hits;
}

static void set_all(mg_structure_result *ret, mg_why why)
{
    ret->kick_hz = ret->kick_cents_from_key = mg_none(why);
    ret->kick_length_ms = ret->kick_confidence = mg_none(why);
    ret->kick_note = 0;
}

/* Share of the hits whose own crest lies within half a semitone of bin b. */
static double agreement(const mg_kick *k, unsigned b)
{
    unsigned reach = (unsigned)(0.03 * (b + k->first_bin)) + 1, count = 0;
    unsigned size = k->last_bin - k->first_bin + 1;
    unsigned from = b > reach ? b - reach : 0, to = b + reach < size ? b + reach : size - 1;
    for (unsigned i = from; i <= to; i++)
        count += k->crest_of_hit[i];
    return k->bodies ? (double)count / k->bodies : 0.0;
}

static double length_ms(const mg_kick *k)
{
    double crest = 0;
    unsigned at = 0;
    for (unsigned i = 0; i < DECAY_STEPS; i++) {
        if (k->decay[i] > crest) {
            crest = k->decay[i];
            at = i;
        }
    }
    while (at < DECAY_STEPS && k->decay[at] > length_drop * crest)
        at++;
    return 1000.0 * at * k->step / k->rate_hz;
}

static void set_pitch(const mg_key_result *key, double hz, mg_structure_result *ret)
{
    double from_c = 1200.0 * log2(hz / 440.0) + 900.0 - mg_or(key->tuning_cents, 0.0);
    double semitone = floor(from_c / 100.0 + 0.5);
    ret->kick_hz = mg_some(hz);
    ret->kick_note = (unsigned)(semitone - 12.0 * floor(semitone / 12.0));
    ret->kick_cents_from_key = mg_none(MG_WHY_NO_KEY);
    if (key->why == MG_WHY_PRESENT) {
        double cents = remainder(from_c - 100.0 * key->tonic, 1200.0);
        ret->kick_cents_from_key = mg_some(cents <= -600.0 ? cents + 1200.0 : cents);
    }
}

void mg_kick_finish(const mg_kick *k, const mg_key_result *key, mg_structure_result *ret)
{
    unsigned size = k->last_bin - k->first_bin + 1, crest = 0;
    set_all(ret, MG_WHY_NO_BEAT);
    if (k->bodies < LEAST_HITS)
        return;
    for (unsigned b = 1; b + 1 < size; b++)
        crest = k->mean[b] > k->mean[crest] ? b : crest;
    double agree = agreement(k, crest);
    if (crest == 0 || agree < least_agreement) {
        set_all(ret, MG_WHY_UNDECIDED);
        return;
    }
    double a = log(k->mean[crest - 1]), b = log(k->mean[crest]), c = log(k->mean[crest + 1]);
    double bend = a - 2.0 * b + c, shift = bend < 0 ? 0.5 * (a - c) / bend : 0.0;
    set_pitch(key, (crest + k->first_bin + shift) * k->rate_hz / SPECTRUM, ret);
    ret->kick_length_ms = mg_some(length_ms(k));
    ret->kick_confidence = mg_some(0.2 + 0.7 * (agree - least_agreement) / (1.0 - least_agreement));
}
