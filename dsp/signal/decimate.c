#include "dsp/signal/decimate.h"

#include "dsp/kernels/kernels.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    STAGES_MAX = 6, /* factor 64 */
    HALF_TAPS_MAX = 24,
    SHORT_TAPS_MAX = 4, /* as many are cheaper from where the samples are than split first */
    WIDTH_MAX = 4 * HALF_TAPS_MAX - 1,
    CHUNK = 4096, /* frames taken by the first stage at once */
    SPLIT = 512,  /* outputs of a longer filter at once */
};

/* Stop band and ripple that the Kaiser windows are designed for; the header promises 80 dB. */
static const double design_attenuation_db = 92.0;
/* Pass band of the whole cascade as a share of the final output rate. */
static const double pass_band = 0.40;

/* One half-band filter. All even taps but the middle one (0.5) are zero, so output m is
 *     in[2m] / 2 + sum over j of tap[j] * (in[2m - 1 - 2j] + in[2m + 1 + 2j])
 * and reaches over 4J - 1 samples around in[2m]. */
typedef struct stage {
    unsigned half_taps; /* J: non-zero taps on each side */
    float tap[HALF_TAPS_MAX];
    size_t held;            /* samples from the first that the next output needs */
    float tail[WIDTH_MAX];
} stage;

struct mg_decimate {
    const mg_kernels *kernels;
    unsigned factor, stages;
    uint64_t frames_in, frames_out;
    float between[2][CHUNK / 2 + 1];       /* what one stage hands to the next */
    float even[SPLIT + HALF_TAPS_MAX * 2], odd[SPLIT + HALF_TAPS_MAX * 2];
    stage stage[]; /* first filter of the chain first */
};

/* Modified Bessel function of the first kind, order 0, by its power series. */
static double bessel_i0(double x)
{
    double term = 1.0, sum = 1.0;
    for (int k = 1; k < 60; k++) {
        term *= (x / (2.0 * k)) * (x / (2.0 * k));
        sum += term;
    }
    return sum;
}

/* Kaiser-windowed half-band filter; order and beta by Kaiser's formulas (J. F. Kaiser,
 * "Nonrecursive digital filter design using the I0-sinh window function", 1974).
 * pass: end of the pass band as a share of the input rate. Returns the number of taps. */
static unsigned design_kaiser(double pass, double *tap)
{
    double a = design_attenuation_db;
    double beta = 0.1102 * (a - 8.7);
    double order = (a - 7.95) / (14.36 * (0.5 - 2.0 * pass));
    unsigned half_taps = (unsigned)ceil((order / 2.0 + 1.0) / 2.0);
    if (half_taps > HALF_TAPS_MAX)
        half_taps = HALF_TAPS_MAX;
    double reach = 2.0 * half_taps; /* the window vanishes one tap after the last */
    for (unsigned j = 0; j < half_taps; j++) {
        double n = 2.0 * j + 1.0;
        double window = bessel_i0(beta * sqrt(1.0 - (n / reach) * (n / reach))) / bessel_i0(beta);
        tap[j] = (j % 2 == 0 ? 1.0 : -1.0) / (M_PI * n) * window;
    }
    return half_taps;
}

/* Maximally flat half-band filter: half the weights of Lagrange's interpolation in the middle of
 * 2J points. */
static void design_flat(unsigned half_taps, double *tap)
{
    for (unsigned j = 0; j < half_taps; j++) {
        double node = 2.0 * j + 1.0;
        double weight = 0.5; /* from the node at -node: node / (node + node) */
        for (unsigned i = 0; i < half_taps; i++) {
            double other = 2.0 * i + 1.0;
            if (i != j)
                weight *= other * other / (other * other - node * node);
        }
        tap[j] = 0.5 * weight;
    }
}

/* Deviation from 1 at f (share of the input rate); in the stop band, at 0.5 - f, from 0. */
static double half_band_error(const double *tap, unsigned half_taps, double f)
{
    double gain = 0.5;
    for (unsigned j = 0; j < half_taps; j++)
        gain += 2.0 * tap[j] * cos(2.0 * M_PI * f * (2.0 * j + 1.0));
    return fabs(1.0 - gain);
}

/* The first filters keep a narrow pass band, where flat ones need fewer taps than Kaiser's. */
static void stage_design(stage *s, double pass)
{
    double tap[HALF_TAPS_MAX];
    double allowed = pow(10.0, -design_attenuation_db / 20.0);
    unsigned half_taps = 0;
    for (unsigned n = 2; n <= 4 && half_taps == 0; n++) {
        design_flat(n, tap);
        if (half_band_error(tap, n, pass) <= allowed)
            half_taps = n;
    }
    if (half_taps == 0)
        half_taps = design_kaiser(pass, tap);
    double sum = 0.0;
    for (unsigned j = 0; j < half_taps; j++)
        sum += 2.0 * tap[j];
    for (unsigned j = 0; j < half_taps; j++)
        s->tap[j] = (float)(tap[j] * 0.5 / sum); /* gain exactly 1 at 0 Hz */
    s->half_taps = half_taps;
    s->held = 2 * half_taps - 1; /* silence before t = 0 */
}

mg_err mg_decimate_new(mg_decimate **ret, unsigned factor)
{
    unsigned stages = 0;
    while (stages <= STAGES_MAX && 1u << stages < factor)
        stages++;
    if (stages > STAGES_MAX || 1u << stages != factor)
        return MG_E_LIMIT;
    mg_decimate *d = calloc(1, sizeof(*d) + stages * sizeof(stage));
    if (!d)
        return MG_E_NOMEM;
    d->kernels = mg_kernels_best();
    d->factor = factor;
    d->stages = stages;
    for (unsigned i = 0; i < stages; i++) {
        /* Only what would fold into the final pass band must go, so early filters are short. */
        stage_design(&d->stage[i], pass_band / (double)(2u << (stages - 1 - i)));
    }
    *ret = d;
    return MG_OK;
}

void mg_decimate_free(mg_decimate *decimate)
{
    free(decimate);
}

/* Outputs whose first one reaches from x[0] on. */
static void filter(mg_decimate *d, const stage *s, const float *x, float *out, size_t count)
{
    size_t taps = s->half_taps;
    if (taps <= SHORT_TAPS_MAX) {
        d->kernels->half_band_pairs(s->tap, taps, x + 2 * taps - 1, out, count);
        return;
    }
    while (count > 0) {
        size_t n = count < SPLIT ? count : SPLIT;
        d->kernels->split(x, d->odd, d->even, n + taps - 1);
        for (size_t i = n + taps - 1; i < n + 2 * taps - 1; i++)
            d->odd[i] = x[2 * i];
        d->kernels->half_band(s->tap, taps, d->even + taps - 1, d->odd, out, n);
        x += 2 * n;
        out += n;
        count -= n;
    }
}

/* At most CHUNK frames. Returns the number of values written to out. */
static size_t stage_push(mg_decimate *d, stage *s, const float *in, size_t frames, float *out)
{
    size_t width = 4 * s->half_taps - 1, all = s->held + frames;
    size_t count = all < width ? 0 : (all - width) / 2 + 1;
    /* The first outputs begin in the tail and are formed from a copy. */
    size_t first = (s->held + 1) / 2 < count ? (s->held + 1) / 2 : count;
    if (first > 0) {
        float joint[3 * WIDTH_MAX];
        size_t more = 2 * (first - 1) + width - s->held;
        memcpy(joint, s->tail, s->held * sizeof(float));
        memcpy(joint + s->held, in, more * sizeof(float));
        filter(d, s, joint, out, first);
    }
    if (count > first)
        filter(d, s, in + (2 * first - s->held), out + first, count - first);
    size_t used = 2 * count; /* of the tail and then of the input */
    if (used >= s->held) {
        memcpy(s->tail, in + (used - s->held), (all - used) * sizeof(float));
    } else {
        memmove(s->tail, s->tail + used, (s->held - used) * sizeof(float));
        memcpy(s->tail + s->held - used, in, frames * sizeof(float));
    }
    s->held = all - used;
    return count;
}

size_t mg_decimate_push(mg_decimate *d, const float *in, size_t frames, float *out)
{
    size_t written = 0;
    d->frames_in += frames;
    if (d->stages == 0) {
        memcpy(out, in, frames * sizeof(float));
        written = frames;
        frames = 0;
    }
    while (frames > 0) {
        size_t count = frames < CHUNK ? frames : CHUNK;
        const float *from = in;
        in += count;
        frames -= count;
        for (unsigned i = 0; i < d->stages; i++) {
            float *to = i + 1 == d->stages ? out + written : d->between[i % 2];
            count = stage_push(d, &d->stage[i], from, count, to);
            from = to;
        }
        written += count;
    }
    d->frames_out += written;
    return written;
}

size_t mg_decimate_flush(mg_decimate *d, float *out)
{
    static const float silence[1u << STAGES_MAX];
    uint64_t due = (d->frames_in + d->factor - 1) / d->factor;
    size_t written = 0;
    while (d->frames_out < due) /* `factor` frames of silence make at most one output */
        written += mg_decimate_push(d, silence, d->factor, out + written);
    return written;
}
