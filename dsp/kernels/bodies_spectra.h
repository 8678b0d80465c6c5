/* The bodies of the kernels that work on spectra; a part of bodies.h. */

/* Twice the bins k and h - k, the latter conjugated, of four pairs. */
static inline void untangle_4(const float *z, const float *w, size_t h, size_t k, f8 *x, f8 *y)
{
    f8 a = f8_load(z + 2 * k), b = f8_load(z + 2 * (h - k - 3)), turn = f8_load(w + 2 * k);
    b = f8_turn_odd(f8_reverse_pairs(b));
    f8 e = f8_add(a, b), o = f8_sub(a, b);
    f8 t = f8_add(f8_mul(f8_even(turn), o), f8_mul(f8_turn_even(f8_odd(turn)), f8_swap(o)));
    *x = f8_add(e, t);
    *y = f8_sub(e, t);
}

/* The same for one pair. */
static inline void untangle_1(const float *z, const float *w, size_t h, size_t k, float x[2],
                              float y[2])
{
    const float *a = z + 2 * k, *b = z + 2 * (h - k);
    float e0 = a[0] + b[0], e1 = a[1] + -b[1], o0 = a[0] - b[0], o1 = a[1] - -b[1];
    float t0 = w[2 * k] * o0 + -w[2 * k + 1] * o1, t1 = w[2 * k] * o1 + w[2 * k + 1] * o0;
    x[0] = e0 + t0;
    x[1] = e1 + t1;
    y[0] = e0 - t0;
    y[1] = e1 - t1;
}

static void untangle(const float *z, const float *w, size_t h, float *out)
{
    const f8 half = f8_set(0.5f);
    f8 x, y;
    size_t k = 1;
    for (; 2 * k + 6 < h; k += 4) {
        untangle_4(z, w, h, k, &x, &y);
        f8_store(out + 2 * k, f8_mul(half, x));
        f8_store(out + 2 * (h - k - 3), f8_mul(half, f8_turn_odd(f8_reverse_pairs(y))));
    }
    for (; 2 * k < h; k++) {
        float p[2], q[2];
        untangle_1(z, w, h, k, p, q);
        out[2 * k] = 0.5f * p[0];
        out[2 * k + 1] = 0.5f * p[1];
        out[2 * (h - k)] = 0.5f * q[0];
        out[2 * (h - k) + 1] = 0.5f * -q[1];
    }
    if (h % 2 == 0) {
        out[h] = z[h];
        out[h + 1] = -z[h + 1];
    }
    out[0] = z[0] + z[1];
    out[2 * h] = z[0] - z[1];
    out[1] = out[2 * h + 1] = 0.0f;
}

/* Four powers forwards from x and four backwards from y, which has the bins k + 4 .. k + 7. */
static inline f8 quarter_powers(f8 x, f8 y)
{
    return f8_mul(f8_set(0.25f), f8_pair_sums(f8_mul(x, x), f8_mul(y, y)));
}

static void untangle_power(const float *z, const float *w, size_t h, float *out)
{
    f8 x0, x1, y0, y1;
    size_t k = 1;
    for (; 2 * k + 14 < h; k += 8) {
        untangle_4(z, w, h, k, &x0, &y0);
        untangle_4(z, w, h, k + 4, &x1, &y1);
        f8_store(out + k, quarter_powers(x0, x1));
        f8_store(out + h - k - 7, quarter_powers(f8_reverse_pairs(y1), f8_reverse_pairs(y0)));
    }
    for (; 2 * k < h; k++) {
        float p[2], q[2];
        untangle_1(z, w, h, k, p, q);
        out[k] = 0.25f * (p[0] * p[0] + p[1] * p[1]);
        out[h - k] = 0.25f * (q[0] * q[0] + q[1] * q[1]);
    }
    if (h % 2 == 0)
        out[h / 2] = z[h] * z[h] + z[h + 1] * z[h + 1];
    out[0] = (z[0] + z[1]) * (z[0] + z[1]);
    out[h] = (z[0] - z[1]) * (z[0] - z[1]);
}

/* Where the products of 8 bins go, and their order. */
typedef struct cross_out {
    float scale; /* a quarter of what is asked for: the bins are doubled */
    float *aa, *bb, *ab, *sum;
} cross_out;

static inline void cross_8(const cross_out *o, size_t at, f8 a0, f8 a1, f8 b0, f8 b1)
{
    f8 scale = f8_set(o->scale);
    f8 aa = f8_mul(scale, f8_pair_sums(f8_mul(a0, a0), f8_mul(a1, a1)));
    f8 bb = f8_mul(scale, f8_pair_sums(f8_mul(b0, b0), f8_mul(b1, b1)));
    f8_store(o->aa + at, aa);
    f8_store(o->bb + at, bb);
    f8_store(o->ab + at, f8_mul(scale, f8_pair_sums(f8_mul(a0, b0), f8_mul(a1, b1))));
    f8_store(o->sum + at, f8_add(aa, bb));
}

static inline void cross_1(const cross_out *o, size_t at, float scale, const float a[2],
                           const float b[2])
{
    o->aa[at] = scale * (a[0] * a[0] + a[1] * a[1]);
    o->bb[at] = scale * (b[0] * b[0] + b[1] * b[1]);
    o->ab[at] = scale * (a[0] * b[0] + a[1] * b[1]);
    o->sum[at] = o->aa[at] + o->bb[at];
}

static void untangle_cross(const float *za, const float *zb, const float *w, size_t h,
                           float scale, float *aa, float *bb, float *ab, float *sum)
{
    const cross_out out = {0.25f * scale, aa, bb, ab, sum};
    f8 a0, a1, b0, b1, c0, c1, d0, d1;
    size_t k = 1;
    for (; 2 * k + 14 < h; k += 8) {
        untangle_4(za, w, h, k, &a0, &c0);
        untangle_4(za, w, h, k + 4, &a1, &c1);
        untangle_4(zb, w, h, k, &b0, &d0);
        untangle_4(zb, w, h, k + 4, &b1, &d1);
        cross_8(&out, k, a0, a1, b0, b1);
        cross_8(&out, h - k - 7, f8_reverse_pairs(c1), f8_reverse_pairs(c0), f8_reverse_pairs(d1),
                f8_reverse_pairs(d0));
    }
    for (; 2 * k < h; k++) {
        float a[2], b[2], c[2], d[2];
        untangle_1(za, w, h, k, a, c);
        untangle_1(zb, w, h, k, b, d);
        cross_1(&out, k, out.scale, a, b);
        cross_1(&out, h - k, out.scale, c, d);
    }
    if (h % 2 == 0)
        cross_1(&out, h / 2, scale, za + h, zb + h);
    float a[2] = {za[0] + za[1], 0.0f}, b[2] = {zb[0] + zb[1], 0.0f};
    cross_1(&out, 0, scale, a, b);
    a[0] = za[0] - za[1];
    b[0] = zb[0] - zb[1];
    cross_1(&out, h, scale, a, b);
}

static void pieces(const float *x, const unsigned *first, const unsigned *end, size_t count,
                   float *sum)
{
    for (size_t p = 0; p < count; p++) {
        size_t i = first[p], last = end[p];
        f8 lanes = f8_set(0.0f);
        for (; i + 8 <= last; i += 8)
            lanes = f8_add(lanes, f8_load(x + i));
        if (i < last)
            lanes = f8_add(lanes, f8_load_first(x + i, last - i));
        sum[p] = f8_fold(lanes);
    }
}

static float dot(const float *x, const float *w, size_t n)
{
    f8 lanes = f8_set(0.0f);
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        lanes = f8_add(lanes, f8_mul(f8_load(x + i), f8_load(w + i)));
    float rest = 0.0f;
    for (; i < n; i++)
        rest += x[i] * w[i];
    return f8_fold(lanes) + rest;
}

/* Of the four values alone. */
static inline d4 running_4(const float *x)
{
    d4 v = d4_widen(x);
    v = d4_add(v, d4_up_1(v));
    return d4_add(v, d4_up_2(v));
}

static void running(const float *x, size_t n, double *sum)
{
    d4 before = d4_set(0.0); /* the next four wait for one addition only */
    size_t i = 0;
    sum[0] = 0.0;
    for (; i + 4 <= n; i += 4) {
        d4 v = running_4(x + i);
        d4_store(sum + 1 + i, d4_add(before, v));
        before = d4_add(before, d4_last(v));
    }
    if (i < n) {
        float rest[4] = {0};
        double last[4];
        memcpy(rest, x + i, (n - i) * sizeof *rest);
        d4_store(last, d4_add(before, running_4(rest)));
        memcpy(sum + 1 + i, last, (n - i) * sizeof *last);
    }
}

static void add(float *restrict sum, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += x[i];
}

static void add_wide(double *restrict sum, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += (double)x[i];
}

static inline f8 add_difference(f8 lanes, f8 x, f8 before)
{
    f8 d = f8_sub(x, before);
    return f8_add(lanes, f8_mul(d, d));
}

static inline float differences_to(f8 lanes, const float *x, const float *end)
{
    for (; end - x >= 8; x += 8)
        lanes = add_difference(lanes, f8_load(x), f8_load(x - 1));
    size_t rest = (size_t)(end - x);
    if (rest > 0)
        lanes = add_difference(lanes, f8_load_first(x, rest), f8_load_first(x - 1, rest));
    return f8_fold(lanes);
}

/* Two pieces at once: one alone would wait for each of its additions. */
static void differences(const float *x, const unsigned *bound, size_t count, float *sum)
{
    const f8 none = f8_set(0.0f);
    size_t p = 0;
    for (; p + 2 <= count; p += 2) {
        const float *a = x + bound[p], *b = x + bound[p + 1];
        const float *a_end = b, *b_end = x + bound[p + 2];
        f8 a_lanes = none, b_lanes = none;
        for (; a_end - a >= 8 && b_end - b >= 8; a += 8, b += 8) {
            a_lanes = add_difference(a_lanes, f8_load(a), f8_load(a - 1));
            b_lanes = add_difference(b_lanes, f8_load(b), f8_load(b - 1));
        }
        sum[p] = differences_to(a_lanes, a, a_end);
        sum[p + 1] = differences_to(b_lanes, b, b_end);
    }
    if (p < count)
        sum[p] = differences_to(none, x + bound[p], x + bound[p + 1]);
}

static float peak(const float *x, size_t n)
{
    f8 lanes = f8_set(0.0f);
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        lanes = f8_max(lanes, f8_abs(f8_load(x + i)));
    float top = f8_hmax(lanes);
    for (; i < n; i++) {
        float v = x[i] < 0 ? -x[i] : x[i];
        top = v > top ? v : top;
    }
    return top;
}

static inline void combine_groups(const float *const *row, size_t at, const float *weight,
                                  size_t rows, float *sum, size_t groups)
{
    f8 acc[4];
    for (size_t g = 0; g < groups; g++)
        acc[g] = f8_set(0.0f);
    for (size_t i = 0; i < rows; i++) {
        f8 w = f8_set(weight[i]);
        for (size_t g = 0; g < groups; g++)
            acc[g] = f8_add(acc[g], f8_mul(w, f8_load(row[i] + at + 8 * g)));
    }
    for (size_t g = 0; g < groups; g++)
        f8_store(sum + at + 8 * g, acc[g]);
}

static void combine(const float *const *row, size_t groups, const float *weight, size_t rows,
                    float *sum)
{
    size_t g = 0;
    for (; g + 4 <= groups; g += 4)
        combine_groups(row, 8 * g, weight, rows, sum, 4);
    for (; g + 2 <= groups; g += 2)
        combine_groups(row, 8 * g, weight, rows, sum, 2);
    for (; g < groups; g++)
        combine_groups(row, 8 * g, weight, rows, sum, 1);
}

/* Exponent plus a quintic in the mantissa: a least-squares fit of log2(1 + m) on 0..1 with both
 * ends exact. */
static void log2s(const float *restrict x, float *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        union {
            float f;
            uint32_t u;
        } v = {.f = x[i]};
        float exponent = (float)((int32_t)(v.u >> 23) - 127);
        v.u = (v.u & 0x7fffff) | 0x3f800000;
        float m = v.f - 1.0f;
        float p = 0.41234f + m * (-0.19032f + m * 0.04401f);
        out[i] = exponent + m * (1.44174f + m * (-0.70777f + m * p));
    }
}
