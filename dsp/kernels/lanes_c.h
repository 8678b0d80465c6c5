/* The lanes in plain C, for any processor. A part of lanes.h. */
#ifndef MG_DSP_KERNELS_LANES_C_H
#define MG_DSP_KERNELS_LANES_C_H

#include <stdbool.h>
#include <stddef.h>

typedef struct f8 {
    float v[8];
} f8;
typedef struct d4 {
    double v[4];
} d4;
typedef struct m8 {
    bool v[8];
} m8;
typedef struct d8 {
    double v[8];
} d8;

#define MG_LANES(type, expression)                                                                 \
    type r;                                                                                        \
    for (size_t i = 0; i < 8; i++)                                                                 \
        r.v[i] = (expression);                                                                     \
    return r

static inline f8 f8_load(const float *p)
{
    MG_LANES(f8, p[i]);
}
static inline void f8_store(float *p, f8 v)
{
    for (size_t i = 0; i < 8; i++)
        p[i] = v.v[i];
}
static inline f8 f8_set(float v)
{
    MG_LANES(f8, v);
}
static inline f8 f8_add(f8 x, f8 y)
{
    MG_LANES(f8, x.v[i] + y.v[i]);
}
static inline f8 f8_sub(f8 x, f8 y)
{
    MG_LANES(f8, x.v[i] - y.v[i]);
}
static inline f8 f8_mul(f8 x, f8 y)
{
    MG_LANES(f8, x.v[i] * y.v[i]);
}
static inline f8 f8_max(f8 x, f8 y)
{
    MG_LANES(f8, x.v[i] > y.v[i] ? x.v[i] : y.v[i]);
}
static inline f8 f8_min(f8 x, f8 y)
{
    MG_LANES(f8, x.v[i] < y.v[i] ? x.v[i] : y.v[i]);
}
static inline f8 f8_abs(f8 x)
{
    MG_LANES(f8, x.v[i] < 0 ? -x.v[i] : x.v[i] + 0.0f);
}
static inline f8 f8_pair_sums(f8 x, f8 y)
{
    MG_LANES(f8, i < 4 ? x.v[2 * i % 8] + x.v[2 * i % 8 + 1]
                       : y.v[2 * i % 8] + y.v[2 * i % 8 + 1]);
}
static inline f8 f8_swap(f8 x)
{
    MG_LANES(f8, x.v[i ^ 1]);
}
static inline f8 f8_even(f8 x)
{
    MG_LANES(f8, x.v[i & 6]);
}
static inline f8 f8_odd(f8 x)
{
    MG_LANES(f8, x.v[i | 1]);
}
static inline f8 f8_turn_even(f8 x)
{
    MG_LANES(f8, i % 2 == 0 ? -x.v[i] : x.v[i]);
}
static inline f8 f8_turn_odd(f8 x)
{
    MG_LANES(f8, i % 2 == 1 ? -x.v[i] : x.v[i]);
}
static inline f8 f8_reverse_pairs(f8 x)
{
    MG_LANES(f8, x.v[i ^ 6]);
}
static inline f8 f8_load_first(const float *p, size_t count)
{
    MG_LANES(f8, i < count ? p[i] : 0.0f);
}
static inline float f8_fold(f8 x)
{
    return ((x.v[0] + x.v[4]) + (x.v[2] + x.v[6])) + ((x.v[1] + x.v[5]) + (x.v[3] + x.v[7]));
}
static inline f8 f8_signed(f8 x, f8 sign)
{
    MG_LANES(f8, __builtin_signbit(sign.v[i]) ? -x.v[i] : x.v[i]);
}
static inline m8 f8_le(f8 x, f8 y)
{
    MG_LANES(m8, x.v[i] <= y.v[i]);
}
static inline m8 f8_lt(f8 x, f8 y)
{
    MG_LANES(m8, x.v[i] < y.v[i]);
}
static inline m8 m8_and(m8 x, m8 y)
{
    MG_LANES(m8, x.v[i] && y.v[i]);
}
static inline m8 m8_or(m8 x, m8 y)
{
    MG_LANES(m8, x.v[i] || y.v[i]);
}
static inline unsigned m8_bits(m8 x)
{
    unsigned bits = 0;
    for (size_t i = 0; i < 8; i++)
        bits |= (unsigned)x.v[i] << i;
    return bits;
}
static inline f8 f8_pick_even(f8 x, f8 y)
{
    MG_LANES(f8, i < 4 ? x.v[2 * i % 8] : y.v[2 * i % 8]);
}
static inline f8 f8_pick_odd(f8 x, f8 y)
{
    MG_LANES(f8, i < 4 ? x.v[2 * i % 8 + 1] : y.v[2 * i % 8 + 1]);
}
static inline f8 f8_draw_even(f8 x, f8 y)
{
    return f8_pick_even(x, y);
}
static inline f8 f8_draw_odd(f8 x, f8 y)
{
    return f8_pick_odd(x, y);
}
static inline f8 f8_settle(f8 x)
{
    return x;
}
static inline void f8_transpose(f8 v[8])
{
    for (size_t i = 0; i < 8; i++) {
        for (size_t k = 0; k < i; k++) {
            float t = v[i].v[k];
            v[i].v[k] = v[k].v[i];
            v[k].v[i] = t;
        }
    }
}
static inline f8 f8_up_4(f8 x)
{
    MG_LANES(f8, i < 4 ? 0.0f : x.v[i - 4]);
}
static inline f8 f8_up_2(f8 x)
{
    MG_LANES(f8, i < 2 ? 0.0f : x.v[i - 2]);
}
static inline f8 f8_up_1(f8 x)
{
    MG_LANES(f8, i < 1 ? 0.0f : x.v[i - 1]);
}
static inline f8 f8_last(f8 x)
{
    MG_LANES(f8, x.v[7 + 0 * i]);
}
static inline d8 d8_load(const double *p)
{
    MG_LANES(d8, p[i]);
}
static inline void d8_store(double *p, d8 v)
{
    for (size_t i = 0; i < 8; i++)
        p[i] = v.v[i];
}
static inline d8 d8_widen(f8 x)
{
    MG_LANES(d8, (double)x.v[i]);
}
static inline d8 d8_add(d8 x, d8 y)
{
    MG_LANES(d8, x.v[i] + y.v[i]);
}
static inline d8 d8_mul(d8 x, d8 y)
{
    MG_LANES(d8, x.v[i] * y.v[i]);
}
static inline d4 d4_load(const double *p)
{
    return (d4){{p[0], p[1], p[2], p[3]}};
}
static inline void d4_store(double *p, d4 v)
{
    for (size_t i = 0; i < 4; i++)
        p[i] = v.v[i];
}
static inline d4 d4_set(double v)
{
    return (d4){{v, v, v, v}};
}
static inline d4 d4_add(d4 x, d4 y)
{
    for (size_t i = 0; i < 4; i++)
        x.v[i] += y.v[i];
    return x;
}
static inline d4 d4_sub(d4 x, d4 y)
{
    for (size_t i = 0; i < 4; i++)
        x.v[i] -= y.v[i];
    return x;
}
static inline d4 d4_mul(d4 x, d4 y)
{
    for (size_t i = 0; i < 4; i++)
        x.v[i] *= y.v[i];
    return x;
}
static inline d4 d4_max(d4 x, d4 y)
{
    for (size_t i = 0; i < 4; i++)
        x.v[i] = x.v[i] > y.v[i] ? x.v[i] : y.v[i];
    return x;
}
static inline d4 d4_widen(const float *p)
{
    return (d4){{(double)p[0], (double)p[1], (double)p[2], (double)p[3]}};
}
static inline d4 d4_up_1(d4 x)
{
    return (d4){{0.0, x.v[0], x.v[1], x.v[2]}};
}
static inline d4 d4_up_2(d4 x)
{
    return (d4){{0.0, 0.0, x.v[0], x.v[1]}};
}
static inline d4 d4_last(d4 x)
{
    return d4_set(x.v[3]);
}
static inline void d4_interleave(const float *a, const float *b, d4 ret[2])
{
    for (size_t i = 0; i < 4; i++) {
        ret[i / 2].v[2 * (i % 2)] = (double)a[i];
        ret[i / 2].v[2 * (i % 2) + 1] = (double)b[i];
    }
}

#endif
