/* The lanes in plain C, for any processor. A part of lanes.h. */
#ifndef MG_DSP_KERNELS_LANES_C_H
#define MG_DSP_KERNELS_LANES_C_H

#include <stddef.h>

typedef struct f8 {
    float v[8];
} f8;
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
static inline f8 f8_pair_45(f8 x)
{
    MG_LANES(f8, x.v[4 + i % 2]);
}
static inline f8 f8_pair_67(f8 x)
{
    MG_LANES(f8, x.v[6 + i % 2]);
}
static inline f8 f8_up_4(f8 before, f8 x)
{
    MG_LANES(f8, i < 4 ? before.v[4 + i] : x.v[i - 4]);
}
static inline f8 f8_up_2(f8 before, f8 x)
{
    MG_LANES(f8, i < 2 ? before.v[6 + i] : x.v[i - 2]);
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

#endif
