/* The lanes in AVX2. A part of lanes.h. */
#ifndef MG_DSP_KERNELS_LANES_AVX2_H
#define MG_DSP_KERNELS_LANES_AVX2_H

#include <immintrin.h>
#include <stddef.h>

typedef __m256 f8, m8;
typedef __m256d d4;
typedef struct d8 {
    __m256d a, b;
} d8;

static inline f8 f8_load(const float *p)
{
    return _mm256_loadu_ps(p);
}
static inline void f8_store(float *p, f8 v)
{
    _mm256_storeu_ps(p, v);
}
static inline f8 f8_set(float v)
{
    return _mm256_set1_ps(v);
}
static inline f8 f8_add(f8 x, f8 y)
{
    return _mm256_add_ps(x, y);
}
static inline f8 f8_sub(f8 x, f8 y)
{
    return _mm256_sub_ps(x, y);
}
static inline f8 f8_mul(f8 x, f8 y)
{
    return _mm256_mul_ps(x, y);
}
static inline f8 f8_max(f8 x, f8 y)
{
    return _mm256_max_ps(x, y);
}
static inline f8 f8_min(f8 x, f8 y)
{
    return _mm256_min_ps(x, y);
}
static inline f8 f8_abs(f8 x)
{
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x);
}
/* (x0 + x1, x2 + x3, .. y6 + y7). */
static inline f8 f8_pair_sums(f8 x, f8 y)
{
    return _mm256_castpd_ps(
        _mm256_permute4x64_pd(_mm256_castps_pd(_mm256_hadd_ps(x, y)), _MM_SHUFFLE(3, 1, 2, 0)));
}
/* Lanes 1, 0, 3, 2, 5, 4, 7, 6. */
static inline f8 f8_swap(f8 x)
{
    return _mm256_permute_ps(x, _MM_SHUFFLE(2, 3, 0, 1));
}
/* Lanes 0, 0, 2, 2, 4, 4, 6, 6 (1, 1, 3, 3, 5, 5, 7, 7). */
static inline f8 f8_even(f8 x)
{
    return _mm256_moveldup_ps(x);
}
static inline f8 f8_odd(f8 x)
{
    return _mm256_movehdup_ps(x);
}
/* The signs of even (odd) lanes turned. */
static inline f8 f8_turn_even(f8 x)
{
    return _mm256_xor_ps(x, _mm256_setr_ps(-0.0f, 0, -0.0f, 0, -0.0f, 0, -0.0f, 0));
}
static inline f8 f8_turn_odd(f8 x)
{
    return _mm256_xor_ps(x, _mm256_setr_ps(0, -0.0f, 0, -0.0f, 0, -0.0f, 0, -0.0f));
}
/* The four pairs of lanes backwards. */
static inline f8 f8_reverse_pairs(f8 x)
{
    return _mm256_castpd_ps(
        _mm256_permute4x64_pd(_mm256_castps_pd(x), _MM_SHUFFLE(0, 1, 2, 3)));
}
/* The first `count` floats of p, then 0; all eight are read. */
static inline f8 f8_load_first(const float *p, size_t count)
{
    __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    __m256i used = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lane);
    return _mm256_and_ps(_mm256_loadu_ps(p), _mm256_castsi256_ps(used));
}
/* ((0+4)+(2+6)) + ((1+5)+(3+7)). */
static inline float f8_fold(f8 x)
{
    __m128 v = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    v = _mm_add_ps(v, _mm_movehl_ps(v, v));
    return _mm_cvtss_f32(_mm_add_ss(v, _mm_movehdup_ps(v)));
}
/* x with the sign turned where that of `sign` is set. */
static inline f8 f8_signed(f8 x, f8 sign)
{
    return _mm256_xor_ps(x, _mm256_and_ps(_mm256_set1_ps(-0.0f), sign));
}
/* Masks; false for NaN. */
static inline m8 f8_le(f8 x, f8 y)
{
    return _mm256_cmp_ps(x, y, _CMP_LE_OQ);
}
static inline m8 f8_lt(f8 x, f8 y)
{
    return _mm256_cmp_ps(x, y, _CMP_LT_OQ);
}
static inline m8 m8_and(m8 x, m8 y)
{
    return _mm256_and_ps(x, y);
}
static inline m8 m8_or(m8 x, m8 y)
{
    return _mm256_or_ps(x, y);
}
/* Bit i is lane i. */
static inline unsigned m8_bits(m8 x)
{
    return (unsigned)_mm256_movemask_ps(x);
}
/* Lanes 0, 2, 4, 6 (1, 3, 5, 7) of x and y in an order of their own, which f8_settle() ends: one
 * for a sum of many. */
static inline f8 f8_draw_even(f8 x, f8 y)
{
    return _mm256_shuffle_ps(x, y, _MM_SHUFFLE(2, 0, 2, 0));
}
static inline f8 f8_draw_odd(f8 x, f8 y)
{
    return _mm256_shuffle_ps(x, y, _MM_SHUFFLE(3, 1, 3, 1));
}
static inline f8 f8_settle(f8 x)
{
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(x), _MM_SHUFFLE(3, 1, 2, 0)));
}
/* Lanes 0, 2, 4, 6 (1, 3, 5, 7) of x, then those of y. */
static inline f8 f8_pick_even(f8 x, f8 y)
{
    return f8_settle(f8_draw_even(x, y));
}
static inline f8 f8_pick_odd(f8 x, f8 y)
{
    return f8_settle(f8_draw_odd(x, y));
}
/* Lane i of v[k] and lane k of v[i] change places. */
static inline void f8_transpose(f8 v[8])
{
    f8 a[8], b[8];
    for (int i = 0; i < 8; i += 2) {
        a[i] = _mm256_unpacklo_ps(v[i], v[i + 1]);
        a[i + 1] = _mm256_unpackhi_ps(v[i], v[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
        for (int k = 0; k < 2; k++) {
            __m256d x = _mm256_castps_pd(a[i + k]), y = _mm256_castps_pd(a[i + k + 2]);
            b[i + 2 * k] = _mm256_castpd_ps(_mm256_unpacklo_pd(x, y));
            b[i + 2 * k + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(x, y));
        }
    }
    for (int i = 0; i < 4; i++) {
        v[i] = _mm256_permute2f128_ps(b[i], b[i + 4], 0x20);
        v[i + 4] = _mm256_permute2f128_ps(b[i], b[i + 4], 0x31);
    }
}
/* Lanes moved up by 1 (2, 4), zeros behind them. */
static inline f8 f8_up_4(f8 x)
{
    return _mm256_permute2f128_ps(x, x, 0x08);
}
static inline f8 f8_up_2(f8 x)
{
    return _mm256_castsi256_ps(
        _mm256_alignr_epi8(_mm256_castps_si256(x), _mm256_castps_si256(f8_up_4(x)), 8));
}
static inline f8 f8_up_1(f8 x)
{
    return _mm256_castsi256_ps(
        _mm256_alignr_epi8(_mm256_castps_si256(x), _mm256_castps_si256(f8_up_4(x)), 12));
}
/* Lane 7 in all lanes. */
static inline f8 f8_last(f8 x)
{
    return _mm256_permutevar8x32_ps(x, _mm256_set1_epi32(7));
}
static inline d8 d8_load(const double *p)
{
    return (d8){_mm256_loadu_pd(p), _mm256_loadu_pd(p + 4)};
}
static inline void d8_store(double *p, d8 v)
{
    _mm256_storeu_pd(p, v.a);
    _mm256_storeu_pd(p + 4, v.b);
}
static inline d8 d8_widen(f8 x)
{
    return (d8){_mm256_cvtps_pd(_mm256_castps256_ps128(x)),
                _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1))};
}
static inline d8 d8_add(d8 x, d8 y)
{
    return (d8){_mm256_add_pd(x.a, y.a), _mm256_add_pd(x.b, y.b)};
}
static inline d8 d8_mul(d8 x, d8 y)
{
    return (d8){_mm256_mul_pd(x.a, y.a), _mm256_mul_pd(x.b, y.b)};
}
static inline d4 d4_load(const double *p)
{
    return _mm256_loadu_pd(p);
}
static inline void d4_store(double *p, d4 v)
{
    _mm256_storeu_pd(p, v);
}
static inline d4 d4_set(double v)
{
    return _mm256_set1_pd(v);
}
static inline d4 d4_add(d4 x, d4 y)
{
    return _mm256_add_pd(x, y);
}
static inline d4 d4_sub(d4 x, d4 y)
{
    return _mm256_sub_pd(x, y);
}
static inline d4 d4_mul(d4 x, d4 y)
{
    return _mm256_mul_pd(x, y);
}
static inline d4 d4_max(d4 x, d4 y)
{
    return _mm256_max_pd(x, y);
}
/* Four floats. */
static inline d4 d4_widen(const float *p)
{
    return _mm256_cvtps_pd(_mm_loadu_ps(p));
}
/* Lanes moved up by 1 (2), zeros behind them. */
static inline d4 d4_up_1(d4 x)
{
    return _mm256_blend_pd(_mm256_permute4x64_pd(x, _MM_SHUFFLE(2, 1, 0, 0)),
                           _mm256_setzero_pd(), 1);
}
static inline d4 d4_up_2(d4 x)
{
    return _mm256_permute2f128_pd(x, x, 0x08);
}
/* Lane 3 in all lanes. */
static inline d4 d4_last(d4 x)
{
    return _mm256_permute4x64_pd(x, _MM_SHUFFLE(3, 3, 3, 3));
}
/* a[0], b[0], a[1], b[1], and the like from a[2] and b[2] on. */
static inline void d4_interleave(const float *a, const float *b, d4 ret[2])
{
    __m128 x = _mm_loadu_ps(a), y = _mm_loadu_ps(b);
    ret[0] = _mm256_cvtps_pd(_mm_unpacklo_ps(x, y));
    ret[1] = _mm256_cvtps_pd(_mm_unpackhi_ps(x, y));
}

#endif
