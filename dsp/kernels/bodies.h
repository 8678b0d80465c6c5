/* The kernels' bodies, compiled once per instruction set. The including file defines MG_KERNELS
 * (the table's symbol) and MG_KERNELS_NAME, and is the only one that includes this. */
#include "dsp/kernels/kernels.h"
#include "dsp/kernels/lanes.h"

#include <stdint.h>

static void cells(const float *x, size_t count, float *peak, float *bend)
{
    for (size_t c = 0; c < count; c++, x += MG_CELL_FRAMES) {
        f8 p = f8_set(0.0f), q = f8_set(0.0f);
        for (size_t i = 0; i < MG_CELL_FRAMES; i += 8) {
            f8 x0 = f8_load(x + i), x1 = f8_load(x + i - 1), x2 = f8_load(x + i - 2);
            p = f8_max(p, f8_abs(x0));
            q = f8_max(q, f8_abs(f8_add(f8_sub(x0, f8_add(x1, x1)), x2)));
        }
        peak[c] = f8_hmax(p);
        bend[c] = f8_hmax(q);
    }
}

static void averages(const float *x, size_t count, float *out)
{
    for (size_t c = 0; c < count; c++, x += MG_CELL_FRAMES)
        out[c] = f8_hsum(f8_add(f8_load(x), f8_load(x + 8))) * (1.0f / MG_CELL_FRAMES);
}

static void sum_one(mg_lane_sums *sums, unsigned lane, float x)
{
    double v = x;
    float a = x < 0 ? -x : x;
    sums->sum[lane] += v;
    sums->square[lane] += v * v;
    if (a > sums->peak[lane])
        sums->peak[lane] = a;
}

static void sums(const float *x, size_t n, unsigned lane, mg_lane_sums *acc)
{
    size_t i = 0;
    for (; i < n && lane != 0; i++, lane = (lane + 1) % 8)
        sum_one(acc, lane, x[i]);

    d8 sum = d8_load(acc->sum), square = d8_load(acc->square);
    f8 peak = f8_load(acc->peak);
    for (; i + 8 <= n; i += 8) {
        f8 v = f8_load(x + i);
        d8 w = d8_widen(v);
        sum = d8_add(sum, w);
        square = d8_add(square, d8_mul(w, w));
        peak = f8_max(f8_abs(v), peak);
    }
    d8_store(acc->sum, sum);
    d8_store(acc->square, square);
    f8_store(acc->peak, peak);

    for (; i < n; i++, lane++)
        sum_one(acc, lane, x[i]);
}

static float interpolate(const mg_peak_taps *taps, const float *x, float y[3][MG_CELL_FRAMES])
{
    f8 top = f8_set(0.0f);
    for (size_t i = 0; i < MG_CELL_FRAMES; i += 8) {
        f8 half = f8_set(0.0f), even = half, odd = half;
        for (size_t k = 0; k < MG_PEAK_PAIRS; k++) {
            f8 left = f8_load(x + i - k), right = f8_load(x + i + 1 + k);
            f8 s = f8_add(left, right), d = f8_sub(left, right);
            half = f8_add(half, f8_mul(f8_set(taps->half[k]), s));
            even = f8_add(even, f8_mul(f8_set(taps->even[k]), s));
            odd = f8_add(odd, f8_mul(f8_set(taps->odd[k]), d));
        }
        f8 first = f8_add(even, odd), third = f8_sub(even, odd);
        f8_store(y[0] + i, first);
        f8_store(y[1] + i, half);
        f8_store(y[2] + i, third);
        top = f8_max(top, f8_max(f8_abs(half), f8_max(f8_abs(first), f8_abs(third))));
    }
    return f8_hmax(top);
}

/* Two channels in one vector: the recursion of a section costs the latency of one multiplication
 * and one subtraction a frame, whatever the number of channels. */
typedef double d2 __attribute__((vector_size(16), aligned(8), may_alias));

static void kweight(const mg_kweight_taps *k, mg_kweight_state *s, const float *a, const float *b,
                    size_t n)
{
    d2 x1 = *(d2 *)s->x1, x2 = *(d2 *)s->x2, w1 = *(d2 *)s->w1, w2 = *(d2 *)s->w2;
    d2 y1 = *(d2 *)s->y1, y2 = *(d2 *)s->y2, energy = *(d2 *)s->energy;
    const d2 b0 = {k->b0, k->b0}, b1 = {k->b1, k->b1}, b2 = {k->b2, k->b2};
    const d2 a1 = {k->a1, k->a1}, a2 = {k->a2, k->a2};
    const d2 c1 = {k->c1, k->c1}, c2 = {k->c2, k->c2};

    for (size_t i = 0; i < n; i++) {
        d2 x = {(double)a[i], (double)b[i]};
        d2 w = ((b0 * x + (b1 * x1 + b2 * x2)) - a2 * w2) - a1 * w1;
        d2 y = (w + ((w2 - (w1 + w1)) - c2 * y2)) - c1 * y1;
        energy += y * y;
        x2 = x1;
        x1 = x;
        w2 = w1;
        w1 = w;
        y2 = y1;
        y1 = y;
    }
    *(d2 *)s->x1 = x1;
    *(d2 *)s->x2 = x2;
    *(d2 *)s->w1 = w1;
    *(d2 *)s->w2 = w2;
    *(d2 *)s->y1 = y1;
    *(d2 *)s->y2 = y2;
    *(d2 *)s->energy = energy;
}

/* Loops without a recursion: the compiler makes lanes of them, and the order of the operations on
 * each value is that of the text. */

static inline float half_band_1(const float *tap, size_t half_taps, float even, const float *odd)
{
    float y = 0.5f * even;
    for (size_t j = 0; j < half_taps; j++)
        y += tap[j] * (odd[half_taps - 1 - j] + odd[half_taps + j]);
    return y;
}

/* Eight times `count` outputs at once: independent sums hide the latency of each. */
static inline void half_band_8(const float *tap, size_t half_taps, const float *even,
                               const float *odd, float *out, size_t count)
{
    f8 y[4];
    for (size_t v = 0; v < count; v++)
        y[v] = f8_mul(f8_set(0.5f), f8_load(even + 8 * v));
    for (size_t j = 0; j < half_taps; j++) {
        const float *before = odd + half_taps - 1 - j, *after = odd + half_taps + j;
        f8 t = f8_set(tap[j]);
        for (size_t v = 0; v < count; v++)
            y[v] = f8_add(y[v], f8_mul(t, f8_add(f8_load(before + 8 * v), f8_load(after + 8 * v))));
    }
    for (size_t v = 0; v < count; v++)
        f8_store(out + 8 * v, y[v]);
}

static void half_band(const float *tap, size_t half_taps, const float *even, const float *odd,
                      float *out, size_t n)
{
    size_t m = 0;
    for (; m + 32 <= n; m += 32)
        half_band_8(tap, half_taps, even + m, odd + m, out + m, 4);
    for (; m + 8 <= n; m += 8)
        half_band_8(tap, half_taps, even + m, odd + m, out + m, 1);
    for (; m < n; m++)
        out[m] = half_band_1(tap, half_taps, even[m], odd + m);
}

static void split(const float *restrict in, float *restrict even, float *restrict odd,
                  size_t pairs)
{
    for (size_t i = 0; i < pairs; i++) {
        even[i] = in[2 * i];
        odd[i] = in[2 * i + 1];
    }
}

static void mix(const float *a, float gain, const float *b, float scale, float *restrict out,
                size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (gain * a[i] + b[i]) * scale;
}

static bool within(const float *x, float limit, size_t n)
{
    unsigned bad = 0;
    for (size_t i = 0; i < n; i++)
        bad |= !(x[i] <= limit && x[i] >= -limit);
    return bad == 0;
}

static void extremes(const float *x, size_t n, float *low, float *high)
{
    f8 l = f8_set(*low), h = f8_set(*high), l2 = l, h2 = h;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) { /* two at a time: one waits for its past, the other works */
        f8 v = f8_load(x + i), w = f8_load(x + i + 8);
        l = f8_min(v, l);
        h = f8_max(v, h);
        l2 = f8_min(w, l2);
        h2 = f8_max(w, h2);
    }
    float least = f8_hmin(f8_min(l, l2)), most = f8_hmax(f8_max(h, h2));
    for (; i < n; i++) {
        least = x[i] < least ? x[i] : least;
        most = x[i] > most ? x[i] : most;
    }
    *low = least;
    *high = most;
}

static void window(const float *restrict x, const float *restrict w, float *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] * w[i];
}

static void product(const float *a, const float *b, float scale, float *restrict out, size_t bins)
{
    for (size_t k = 0; k < bins; k++)
        out[k] = scale * (a[2 * k] * b[2 * k] + a[2 * k + 1] * b[2 * k + 1]);
}

static void pairs(const float *left, const float *right, const float *left_offset,
                  const float *right_offset, size_t groups, mg_pair_sums *sums)
{
    f8 ll = f8_load(sums->ll), rr = f8_load(sums->rr), lr = f8_load(sums->lr);
    f8 difference = f8_load(sums->difference);
    for (size_t g = 0; g < groups; g++) {
        f8 x = f8_load(left + 8 * g), y = f8_load(right + 8 * g);
        f8 l = f8_sub(x, f8_set(left_offset[g])), r = f8_sub(y, f8_set(right_offset[g]));
        ll = f8_add(ll, f8_mul(l, l));
        rr = f8_add(rr, f8_mul(r, r));
        lr = f8_add(lr, f8_mul(l, r));
        difference = f8_max(f8_abs(f8_sub(x, y)), difference);
    }
    f8_store(sums->ll, ll);
    f8_store(sums->rr, rr);
    f8_store(sums->lr, lr);
    f8_store(sums->difference, difference);
}

/* One section in registers. */
typedef struct section {
    f8 gain, g1, g2, g3, before, before2;
} section;

static inline section section_of(const mg_section_taps *t)
{
    return (section){f8_load(t->gain), f8_load(t->g1),     f8_load(t->g2),
                     f8_load(t->g3),   f8_load(t->before), f8_load(t->before2)};
}

/* The recursion of one section over one group; where f wraps around, g1..g3 are 0. */
static inline f8 section_group(const section *t, f8 f, f8 before)
{
    f8 f2 = f8_up_4(f, f);
    f8 own = f8_add(f8_add(f, f8_mul(t->g1, f8_up_2(f, f))),
                    f8_add(f8_mul(t->g2, f2), f8_mul(t->g3, f8_up_2(f2, f2))));
    f8 past = f8_add(f8_mul(t->before, f8_pair_67(before)), f8_mul(t->before2, f8_pair_45(before)));
    return f8_add(own, past);
}

/* Second differences, each twice: one for each band. */
static void bends(float x[2], const float *in, size_t n, float *restrict bend)
{
    float v[2 + MG_BANDS_FRAMES * MG_BANDS_GROUPS];
    v[0] = x[0];
    v[1] = x[1];
    for (size_t i = 0; i < n; i++)
        v[2 + i] = in[i];
    for (size_t i = 0; i < n; i++)
        bend[2 * i] = bend[2 * i + 1] = (v[i + 2] - v[i + 1]) - (v[i + 1] - v[i]);
    x[0] = v[n];
    x[1] = v[n + 1];
}

/* Both recursions in one loop: while one waits for its past, the other works. */
static void bands(const mg_bands_taps *taps, mg_bands_state *state, const float *x, size_t groups,
                  float square[8], float peak[8])
{
    float bend[8 * MG_BANDS_GROUPS];
    bends(state->x, x, groups * MG_BANDS_FRAMES, bend);
    section high = section_of(&taps->high_pass), low = section_of(&taps->low_pass);
    f8 h = f8_load(state->high), y = f8_load(state->y);
    f8 sum = f8_load(square), top = f8_load(peak);
    for (size_t g = 0; g < groups; g++) {
        f8 past = h;
        h = section_group(&high, f8_mul(high.gain, f8_load(bend + 8 * g)), past);
        f8 h1 = f8_up_2(past, h), h2 = f8_up_4(past, h);
        y = section_group(&low, f8_mul(low.gain, f8_add(f8_add(h, h1), f8_add(h1, h2))), y);
        f8 power = f8_mul(y, y);
        sum = f8_add(sum, power);
        top = f8_max(power, top);
    }
    f8_store(square, sum);
    f8_store(peak, top);
    f8_store(state->high, h);
    f8_store(state->y, y);
}

#include "dsp/kernels/bodies_spectra.h"

const mg_kernels MG_KERNELS = {
    .name = MG_KERNELS_NAME,
    .cells = cells,
    .averages = averages,
    .sums = sums,
    .interpolate = interpolate,
    .kweight = kweight,
    .half_band = half_band,
    .split = split,
    .mix = mix,
    .within = within,
    .extremes = extremes,
    .window = window,
    .product = product,
    .bands = bands,
    .pairs = pairs,
    .untangle = untangle,
    .untangle_power = untangle_power,
    .pieces = pieces,
    .differences = differences,
    .peak = peak,
    .combine = combine,
    .log2s = log2s,
};
