/* The lanes in SSE2, two registers each. A part of lanes.h. */
#ifndef MG_DSP_KERNELS_LANES_SSE2_H
#define MG_DSP_KERNELS_LANES_SSE2_H

#include <emmintrin.h>
#include <stddef.h>

typedef struct f8 {
    __m128 a, b;
} f8, m8;
typedef struct d4 {
    __m128d a, b;
} d4;
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
static inline f8 f8_signed(f8 x, f8 sign)
{
    __m128 bit = _mm_set1_ps(-0.0f);
    return (f8){_mm_xor_ps(x.a, _mm_and_ps(bit, sign.a)), _mm_xor_ps(x.b, _mm_and_ps(bit, sign.b))};
}
static inline m8 f8_le(f8 x, f8 y)
{
    return (m8){_mm_cmple_ps(x.a, y.a), _mm_cmple_ps(x.b, y.b)};
}
static inline m8 f8_lt(f8 x, f8 y)
{
    return (m8){_mm_cmplt_ps(x.a, y.a), _mm_cmplt_ps(x.b, y.b)};
}
static inline m8 m8_and(m8 x, m8 y)
{
    return (m8){_mm_and_ps(x.a, y.a), _mm_and_ps(x.b, y.b)};
}
static inline m8 m8_or(m8 x, m8 y)
{
    return (m8){_mm_or_ps(x.a, y.a), _mm_or_ps(x.b, y.b)};
}
static inline unsigned m8_bits(m8 x)
{
    return (unsigned)_mm_movemask_ps(x.a) | (unsigned)_mm_movemask_ps(x.b) << 4;
}
static inline f8 f8_pick_even(f8 x, f8 y)
{
    return (f8){_mm_shuffle_ps(x.a, x.b, _MM_SHUFFLE(2, 0, 2, 0)),
                _mm_shuffle_ps(y.a, y.b, _MM_SHUFFLE(2, 0, 2, 0))};
}
static inline f8 f8_pick_odd(f8 x, f8 y)
{
    return (f8){_mm_shuffle_ps(x.a, x.b, _MM_SHUFFLE(3, 1, 3, 1)),
                _mm_shuffle_ps(y.a, y.b, _MM_SHUFFLE(3, 1, 3, 1))};
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
    for (int i = 0; i < 8; i += 4) {
        _MM_TRANSPOSE4_PS(v[i].a, v[i + 1].a, v[i + 2].a, v[i + 3].a);
        _MM_TRANSPOSE4_PS(v[i].b, v[i + 1].b, v[i + 2].b, v[i + 3].b);
    }
    for (int i = 0; i < 4; i++) {
        __m128 t = v[i].b;
        v[i].b = v[i + 4].a;
        v[i + 4].a = t;
    }
}
static inline f8 f8_up_4(f8 x)
{
    return (f8){_mm_setzero_ps(), x.a};
}
static inline f8 f8_up_2(f8 x)
{
    return (f8){_mm_movelh_ps(_mm_setzero_ps(), x.a),
                _mm_shuffle_ps(x.a, x.b, _MM_SHUFFLE(1, 0, 3, 2))};
}
static inline f8 f8_up_1(f8 x)
{
    __m128 border = _mm_shuffle_ps(x.a, x.b, _MM_SHUFFLE(0, 0, 3, 3));
    return (f8){_mm_castsi128_ps(_mm_slli_si128(_mm_castps_si128(x.a), 4)),
                _mm_shuffle_ps(border, x.b, _MM_SHUFFLE(2, 1, 2, 0))};
}
static inline f8 f8_last(f8 x)
{
    __m128 v = _mm_shuffle_ps(x.b, x.b, _MM_SHUFFLE(3, 3, 3, 3));
    return (f8){v, v};
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
static inline d4 d4_load(const double *p)
{
    return (d4){_mm_loadu_pd(p), _mm_loadu_pd(p + 2)};
}
static inline void d4_store(double *p, d4 v)
{
    _mm_storeu_pd(p, v.a);
    _mm_storeu_pd(p + 2, v.b);
}
static inline d4 d4_set(double v)
{
    return (d4){_mm_set1_pd(v), _mm_set1_pd(v)};
}
static inline d4 d4_add(d4 x, d4 y)
{
    return (d4){_mm_add_pd(x.a, y.a), _mm_add_pd(x.b, y.b)};
}
static inline d4 d4_sub(d4 x, d4 y)
{
    return (d4){_mm_sub_pd(x.a, y.a), _mm_sub_pd(x.b, y.b)};
}
static inline d4 d4_mul(d4 x, d4 y)
{
    return (d4){_mm_mul_pd(x.a, y.a), _mm_mul_pd(x.b, y.b)};
}
static inline d4 d4_max(d4 x, d4 y)
{
    return (d4){_mm_max_pd(x.a, y.a), _mm_max_pd(x.b, y.b)};
}
static inline d4 d4_widen(const float *p)
{
    __m128 x = _mm_loadu_ps(p);
    return (d4){_mm_cvtps_pd(x), _mm_cvtps_pd(_mm_movehl_ps(x, x))};
}
static inline d4 d4_up_1(d4 x)
{
    return (d4){_mm_unpacklo_pd(_mm_setzero_pd(), x.a), _mm_shuffle_pd(x.a, x.b, 1)};
}
static inline d4 d4_up_2(d4 x)
{
    return (d4){_mm_setzero_pd(), x.a};
}
static inline d4 d4_last(d4 x)
{
    __m128d v = _mm_unpackhi_pd(x.b, x.b);
    return (d4){v, v};
}
static inline void d4_interleave(const float *a, const float *b, d4 ret[2])
{
    __m128 x = _mm_loadu_ps(a), y = _mm_loadu_ps(b);
    __m128 low = _mm_unpacklo_ps(x, y), high = _mm_unpackhi_ps(x, y);
    ret[0] = (d4){_mm_cvtps_pd(low), _mm_cvtps_pd(_mm_movehl_ps(low, low))};
    ret[1] = (d4){_mm_cvtps_pd(high), _mm_cvtps_pd(_mm_movehl_ps(high, high))};
}

#endif
