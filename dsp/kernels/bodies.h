/* The kernels' bodies, compiled once per instruction set. The including file defines MG_KERNELS
 * (the table's symbol) and MG_KERNELS_NAME, and is the only one that includes this. */
#include "dsp/kernels/kernels.h"
#include "dsp/kernels/lanes.h"

#include <stdint.h>
#include <string.h>

static void averages(const float *x, size_t count, float *out)
{
    size_t c = 0;
    for (; c + 8 <= count; c += 8) {
        f8 v[8];
        for (size_t i = 0; i < 8; i++, x += MG_CELL_FRAMES)
            v[i] = f8_add(f8_load(x), f8_load(x + 8));
        f8_store(out + c, f8_mul(f8_hsum_each(v), f8_set(1.0f / MG_CELL_FRAMES)));
    }
    for (; c < count; c++, x += MG_CELL_FRAMES)
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

static inline void half_band_pairs_run(const float *tap, size_t half_taps, const float *x,
                                       float *out, size_t n)
{
    size_t m = 0;
    for (; m + 8 <= n; m += 8) {
        const float *at = x + 2 * m;
        f8 y = f8_mul(f8_set(0.5f), f8_draw_even(f8_load(at), f8_load(at + 8)));
        for (size_t j = 0; j < half_taps; j++) {
            const float *before = at - 1 - 2 * j, *after = at + 2 * j;
            f8 left = f8_draw_even(f8_load(before), f8_load(before + 8));
            f8 right = f8_draw_odd(f8_load(after), f8_load(after + 8));
            y = f8_add(y, f8_mul(f8_set(tap[j]), f8_add(left, right)));
        }
        f8_store(out + m, f8_settle(y));
    }
    for (; m < n; m++) {
        float y = 0.5f * x[2 * m];
        for (size_t j = 0; j < half_taps; j++)
            y += tap[j] * (*(x + 2 * m - 1 - 2 * j) + x[2 * m + 1 + 2 * j]);
        out[m] = y;
    }
}

/* Constant tap counts let the compiler keep all in registers. */
static void half_band_pairs(const float *tap, size_t half_taps, const float *x, float *out,
                            size_t n)
{
    switch (half_taps) {
    case 2: half_band_pairs_run(tap, 2, x, out, n); break;
    case 3: half_band_pairs_run(tap, 3, x, out, n); break;
    case 4: half_band_pairs_run(tap, 4, x, out, n); break;
    default: half_band_pairs_run(tap, half_taps, x, out, n); break;
    }
}

static void split(const float *restrict in, float *restrict even, float *restrict odd,
                  size_t pairs)
{
    size_t i = 0;
    for (; i + 8 <= pairs; i += 8) {
        f8 low = f8_load(in + 2 * i), high = f8_load(in + 2 * i + 8);
        f8_store(even + i, f8_pick_even(low, high));
        f8_store(odd + i, f8_pick_odd(low, high));
    }
    for (; i < pairs; i++) {
        even[i] = in[2 * i];
        odd[i] = in[2 * i + 1];
    }
}

static bool stereo(const float *restrict in, float limit, size_t frames, float *restrict left,
                   float *restrict right, float *restrict mid)
{
    const f8 most = f8_set(limit), half = f8_set(0.5f);
    m8 good = f8_le(half, half);
    size_t i = 0;
    for (; i + 8 <= frames; i += 8) {
        f8 low = f8_load(in + 2 * i), high = f8_load(in + 2 * i + 8);
        f8 l = f8_pick_even(low, high), r = f8_pick_odd(low, high);
        good = m8_and(good, m8_and(f8_le(f8_abs(low), most), f8_le(f8_abs(high), most)));
        f8_store(left + i, l);
        f8_store(right + i, r);
        f8_store(mid + i, f8_mul(f8_add(l, r), half));
    }
    bool all = m8_bits(good) == 0xff;
    for (; i < frames; i++) {
        float l = in[2 * i], r = in[2 * i + 1];
        all = all && l <= limit && l >= -limit && r <= limit && r >= -limit;
        left[i] = l;
        right[i] = r;
        mid[i] = (l + r) * 0.5f;
    }
    return all;
}

static void mix(const float *a, float gain, const float *b, float scale, float *restrict out,
                size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (gain * a[i] + b[i]) * scale;
}

static bool within(const float *x, float limit, size_t n)
{
    const f8 most = f8_set(limit);
    m8 good = f8_le(most, most);
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        good = m8_and(good, f8_le(f8_abs(f8_load(x + i)), most));
    bool all = m8_bits(good) == 0xff;
    for (; i < n; i++)
        all = all && x[i] <= limit && x[i] >= -limit;
    return all;
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
    *low = least + 0.0f; /* a subnormal number is 0 to all forms, whether they compare or choose */
    *high = most + 0.0f;
}

static void window(const float *restrict x, const float *restrict w, float *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] * w[i];
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

#include "dsp/kernels/bodies_filters.h"
#include "dsp/kernels/bodies_marks.h"
#include "dsp/kernels/bodies_peaks.h"
#include "dsp/kernels/bodies_spectra.h"

const mg_kernels MG_KERNELS = {
    .name = MG_KERNELS_NAME,
    .cells = cells,
    .averages = averages,
    .sums = sums,
    .bounds = bounds,
    .interpolate = interpolate,
    .crests = crests,
    .kweight = kweight,
    .half_band = half_band,
    .half_band_pairs = half_band_pairs,
    .follow = follow,
    .split = split,
    .stereo = stereo,
    .mix = mix,
    .within = within,
    .extremes = extremes,
    .outside = outside,
    .stand_outs = stand_outs,
    .maxima = maxima,
    .window = window,
    .band_pair = band_pair,
    .band_lanes = band_lanes,
    .pairs = pairs,
    .untangle = untangle,
    .untangle_power = untangle_power,
    .untangle_cross = untangle_cross,
    .pieces = pieces,
    .dot = dot,
    .running = running,
    .add = add,
    .add_wide = add_wide,
    .differences = differences,
    .peak = peak,
    .combine = combine,
    .log2s = log2s,
};
