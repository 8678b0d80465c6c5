/* Eight lanes of float and of double, for the kernels alone.
 *
 * Three bodies with the same arithmetic: AVX2, SSE2 and plain C. Every operation is a single
 * rounding per lane (no fused multiply-add), so the three give the same bits. Everything is static
 * inline: each instruction set is compiled in a file of its own, with its own flags.
 */
#ifndef MG_DSP_KERNELS_LANES_H
#define MG_DSP_KERNELS_LANES_H

#include <stddef.h>

#if defined(__AVX2__)
#include <immintrin.h>

typedef __m256 f8;
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
/* Lanes 4, 5 (6, 7) in all four pairs of lanes. */
static inline f8 f8_pair_45(f8 x)
{
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(x), 0xaa));
}
static inline f8 f8_pair_67(f8 x)
{
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(x), 0xff));
}
/* Lanes of x moved up by 2 (4), behind the last ones of `before`. */
static inline f8 f8_up_4(f8 before, f8 x)
{
    return _mm256_permute2f128_ps(before, x, 0x21);
}
static inline f8 f8_up_2(f8 before, f8 x)
{
    return _mm256_castpd_ps(
        _mm256_shuffle_pd(_mm256_castps_pd(f8_up_4(before, x)), _mm256_castps_pd(x), 5));
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

#elif defined(__SSE2__) && !defined(MG_KERNELS_PLAIN_C)
#include <emmintrin.h>

typedef struct f8 {
    __m128 a, b;
} f8;
typedef struct d8 {
    __m128d a, b, c, d;
} d8;

static inline f8 f8_load(const float *p)
{
    return (f8){_mm_loadu_ps(p), _mm_loadu_ps(p + 4)};
}
static inline void f8_store(float *p, f8 v)
{
    _mm_storeu_ps(p, v.a);
    _mm_storeu_ps(p + 4, v.b);
}
static inline f8 f8_set(float v)
{
    return (f8){_mm_set1_ps(v), _mm_set1_ps(v)};
}
static inline f8 f8_add(f8 x, f8 y)
{
    return (f8){_mm_add_ps(x.a, y.a), _mm_add_ps(x.b, y.b)};
}
static inline f8 f8_sub(f8 x, f8 y)
{
    return (f8){_mm_sub_ps(x.a, y.a), _mm_sub_ps(x.b, y.b)};
}
static inline f8 f8_mul(f8 x, f8 y)
{
    return (f8){_mm_mul_ps(x.a, y.a), _mm_mul_ps(x.b, y.b)};
}
static inline f8 f8_max(f8 x, f8 y)
{
    return (f8){_mm_max_ps(x.a, y.a), _mm_max_ps(x.b, y.b)};
}
static inline f8 f8_min(f8 x, f8 y)
{
    return (f8){_mm_min_ps(x.a, y.a), _mm_min_ps(x.b, y.b)};
}
static inline f8 f8_abs(f8 x)
{
    __m128 sign = _mm_set1_ps(-0.0f);
    return (f8){_mm_andnot_ps(sign, x.a), _mm_andnot_ps(sign, x.b)};
}
static inline f8 f8_pair_45(f8 x)
{
    __m128 v = _mm_movelh_ps(x.b, x.b);
    return (f8){v, v};
}
static inline f8 f8_pair_67(f8 x)
{
    __m128 v = _mm_movehl_ps(x.b, x.b);
    return (f8){v, v};
}
static inline f8 f8_up_4(f8 before, f8 x)
{
    return (f8){before.b, x.a};
}
static inline f8 f8_up_2(f8 before, f8 x)
{
    return (f8){_mm_shuffle_ps(before.b, x.a, _MM_SHUFFLE(1, 0, 3, 2)),
                _mm_shuffle_ps(x.a, x.b, _MM_SHUFFLE(1, 0, 3, 2))};
}
static inline f8 f8_pair_sums(f8 x, f8 y)
{
    return (f8){_mm_add_ps(_mm_shuffle_ps(x.a, x.b, _MM_SHUFFLE(2, 0, 2, 0)),
                           _mm_shuffle_ps(x.a, x.b, _MM_SHUFFLE(3, 1, 3, 1))),
                _mm_add_ps(_mm_shuffle_ps(y.a, y.b, _MM_SHUFFLE(2, 0, 2, 0)),
                           _mm_shuffle_ps(y.a, y.b, _MM_SHUFFLE(3, 1, 3, 1)))};
}
static inline f8 f8_swap(f8 x)
{
    return (f8){_mm_shuffle_ps(x.a, x.a, _MM_SHUFFLE(2, 3, 0, 1)),
                _mm_shuffle_ps(x.b, x.b, _MM_SHUFFLE(2, 3, 0, 1))};
}
static inline f8 f8_even(f8 x)
{
    return (f8){_mm_shuffle_ps(x.a, x.a, _MM_SHUFFLE(2, 2, 0, 0)),
                _mm_shuffle_ps(x.b, x.b, _MM_SHUFFLE(2, 2, 0, 0))};
}
static inline f8 f8_odd(f8 x)
{
    return (f8){_mm_shuffle_ps(x.a, x.a, _MM_SHUFFLE(3, 3, 1, 1)),
                _mm_shuffle_ps(x.b, x.b, _MM_SHUFFLE(3, 3, 1, 1))};
}
static inline f8 f8_turn_even(f8 x)
{
    __m128 sign = _mm_setr_ps(-0.0f, 0, -0.0f, 0);
    return (f8){_mm_xor_ps(x.a, sign), _mm_xor_ps(x.b, sign)};
}
static inline f8 f8_turn_odd(f8 x)
{
    __m128 sign = _mm_setr_ps(0, -0.0f, 0, -0.0f);
    return (f8){_mm_xor_ps(x.a, sign), _mm_xor_ps(x.b, sign)};
}
static inline f8 f8_reverse_pairs(f8 x)
{
    return (f8){_mm_shuffle_ps(x.b, x.b, _MM_SHUFFLE(1, 0, 3, 2)),
                _mm_shuffle_ps(x.a, x.a, _MM_SHUFFLE(1, 0, 3, 2))};
}
static inline f8 f8_load_first(const float *p, size_t count)
{
    __m128i n = _mm_set1_epi32((int)count);
    __m128 low = _mm_castsi128_ps(_mm_cmpgt_epi32(n, _mm_setr_epi32(0, 1, 2, 3)));
    __m128 high = _mm_castsi128_ps(_mm_cmpgt_epi32(n, _mm_setr_epi32(4, 5, 6, 7)));
    return (f8){_mm_and_ps(_mm_loadu_ps(p), low), _mm_and_ps(_mm_loadu_ps(p + 4), high)};
}
static inline float f8_fold(f8 x)
{
    __m128 v = _mm_add_ps(x.a, x.b);
    v = _mm_add_ps(v, _mm_movehl_ps(v, v));
    return _mm_cvtss_f32(_mm_add_ss(v, _mm_shuffle_ps(v, v, _MM_SHUFFLE(1, 1, 1, 1))));
}
static inline d8 d8_load(const double *p)
{
    return (d8){_mm_loadu_pd(p), _mm_loadu_pd(p + 2), _mm_loadu_pd(p + 4), _mm_loadu_pd(p + 6)};
}
static inline void d8_store(double *p, d8 v)
{
    _mm_storeu_pd(p, v.a);
    _mm_storeu_pd(p + 2, v.b);
    _mm_storeu_pd(p + 4, v.c);
    _mm_storeu_pd(p + 6, v.d);
}
static inline d8 d8_widen(f8 x)
{
    return (d8){_mm_cvtps_pd(x.a), _mm_cvtps_pd(_mm_movehl_ps(x.a, x.a)), _mm_cvtps_pd(x.b),
                _mm_cvtps_pd(_mm_movehl_ps(x.b, x.b))};
}
static inline d8 d8_add(d8 x, d8 y)
{
    return (d8){_mm_add_pd(x.a, y.a), _mm_add_pd(x.b, y.b), _mm_add_pd(x.c, y.c),
                _mm_add_pd(x.d, y.d)};
}
static inline d8 d8_mul(d8 x, d8 y)
{
    return (d8){_mm_mul_pd(x.a, y.a), _mm_mul_pd(x.b, y.b), _mm_mul_pd(x.c, y.c),
                _mm_mul_pd(x.d, y.d)};
}

#else

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

/* Sum of the lanes in one fixed tree. */
static inline float f8_hsum(f8 x)
{
    float v[8];
    f8_store(v, x);
    return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

/* Largest lane; the values are not NaN. */
static inline float f8_hmax(f8 x)
{
    float v[8];
    f8_store(v, x);
    float m = v[0];
    for (size_t i = 1; i < 8; i++)
        m = v[i] > m ? v[i] : m;
    return m;
}

/* Least lane; the values are not NaN. */
static inline float f8_hmin(f8 x)
{
    float v[8];
    f8_store(v, x);
    float m = v[0];
    for (size_t i = 1; i < 8; i++)
        m = v[i] < m ? v[i] : m;
    return m;
}

#endif
