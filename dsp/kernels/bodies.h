/* The kernels' bodies, compiled once per instruction set. The including file defines MG_KERNELS
 * (the table's symbol) and MG_KERNELS_NAME, and is the only one that includes this. */
#include "dsp/kernels/kernels.h"
#include "dsp/kernels/lanes.h"

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

const mg_kernels MG_KERNELS = {
    .name = MG_KERNELS_NAME,
    .cells = cells,
    .sums = sums,
    .interpolate = interpolate,
    .kweight = kweight,
};
