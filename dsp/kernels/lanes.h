/* Eight lanes of float (f8), of double (d8) and of yes or no (m8), and four of double (d4), for the
 * kernels alone.
 *
 * Three bodies with the same arithmetic: AVX2, SSE2 and plain C. Every operation is a single
 * rounding per lane (no fused multiply-add), so the three give the same bits. Everything is static
 * inline: each instruction set is compiled in a file of its own, with its own flags. What an
 * operation does is said in lanes_avx2.h where its name does not tell; lanes_c.h spells it out.
 */
#ifndef MG_DSP_KERNELS_LANES_H
#define MG_DSP_KERNELS_LANES_H

#include <stddef.h>

#if defined(__AVX2__)
#include "dsp/kernels/lanes_avx2.h"
#elif defined(__SSE2__) && !defined(MG_KERNELS_PLAIN_C)
#include "dsp/kernels/lanes_sse2.h"
#else
#include "dsp/kernels/lanes_c.h"
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

/* Lane i: the sum of the lanes of v[i] in the same tree. Changes v. */
static inline f8 f8_hsum_each(f8 v[8])
{
    f8_transpose(v);
    return f8_add(f8_add(f8_add(v[0], v[4]), f8_add(v[2], v[6])),
                  f8_add(f8_add(v[1], v[5]), f8_add(v[3], v[7])));
}

/* Lane i: the largest lane of v[i]. Changes v. */
static inline f8 f8_hmax_each(f8 v[8])
{
    f8_transpose(v);
    f8 a = f8_max(f8_max(v[0], v[1]), f8_max(v[2], v[3]));
    f8 b = f8_max(f8_max(v[4], v[5]), f8_max(v[6], v[7]));
    return f8_max(a, b);
}

#endif
