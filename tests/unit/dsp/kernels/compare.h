/* Runs a comparison of the plain table (of SSE2 on x86) with every other that this CPU has, and with
 * the same bodies in C alone, over every length and every offset. */
#ifndef MG_TESTS_KERNELS_COMPARE_H
#define MG_TESTS_KERNELS_COMPARE_H

#include "tests/unit/dsp/support.h"

#include "dsp/fpenv.h"
#include "dsp/kernels/kernels.h"

enum { LENGTH_MAX = 1030, OFFSETS = 8, MARGIN = 160 };

/* Values that hurt: denormals, zeros of both signs, full scale, far over it, and noise. */
static inline void fill(float *x, size_t n, int kind, uint32_t *seed)
{
    static const float odd[] = {0.0f, -0.0f, 1e-40f, -1e-40f, 1.0f, -1.0f, 100.0f, -100.0f, 1e-38f};
    for (size_t i = 0; i < n; i++) {
        float v = noise(seed);
        if (kind == 1)
            v = odd[(size_t)((v + 1.0f) * 4.4f)];
        else if (kind == 2)
            v = v < 0 ? -1.0f : 1.0f;
        else if (kind == 3)
            v *= 1e-30f;
        x[i] = v;
    }
}

extern const mg_kernels mg_kernels_c; /* kernels_c.c of this folder */

/* At least MARGIN values are readable before x and behind x + n. */
typedef void compare(const mg_kernels *k, const float *x, size_t n, unsigned offset);

static inline void compare_table(const mg_kernels *table, compare *check)
{
    static float x[MARGIN + LENGTH_MAX + OFFSETS + MARGIN];
    uint32_t seed = 20260101;
    for (int kind = 0; kind < 4; kind++) {
        fill(x, sizeof x / sizeof *x, kind, &seed);
        for (size_t n = 0; n <= LENGTH_MAX; n++) {
            for (unsigned offset = 0; offset < OFFSETS; offset++)
                check(table, x + MARGIN + offset, n, offset);
        }
    }
}

static inline void compare_all(compare *check)
{
    unsigned fp = mg_fpenv_enter();
    compare_table(&mg_kernels_c, check);
    for (unsigned t = 0; mg_kernels_at(t) != &mg_kernels_plain; t++)
        compare_table(mg_kernels_at(t), check);
    mg_fpenv_leave(fp);
}

#endif
