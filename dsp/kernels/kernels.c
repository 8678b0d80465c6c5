#include "dsp/kernels/kernels.h"

#if defined(__x86_64__) && __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h>
#define MG_HAS(feature) is_active(x86_cpu_##feature)

/* CPU_FEATURE_ACTIVE with a shift that is defined for the highest bit too. */
static int is_active(unsigned feature)
{
    const struct cpuid_feature *leaf = __x86_get_cpuid_feature_leaf(feature / 128);
    return leaf->active_array[feature % 128 / 32] >> feature % 32 & 1;
}
#elif defined(__x86_64__)
#define AVX2 "avx2"
#define AVX512F "avx512f"
#define AVX512VL "avx512vl"
#define AVX512DQ "avx512dq"
#define MG_HAS(feature) __builtin_cpu_supports(feature)
#endif

static const mg_kernels *const tables[] = {
#if defined(__x86_64__)
    &mg_kernels_avx512,
    &mg_kernels_avx2,
#endif
    &mg_kernels_plain,
};

/* The C library's word on the processor counts, not the processor's own: who masks a feature with
 * GLIBC_TUNABLES means it for all that runs. */
static int runs_here(const mg_kernels *table)
{
#if defined(__x86_64__)
    if (table != &mg_kernels_plain && !MG_HAS(AVX2))
        return 0;
    if (table == &mg_kernels_avx512)
        return MG_HAS(AVX512F) && MG_HAS(AVX512VL) && MG_HAS(AVX512DQ);
#endif
    return table != NULL;
}

const mg_kernels *mg_kernels_at(unsigned i)
{
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        if (runs_here(tables[t]) && i-- == 0)
            return tables[t];
    }
    return NULL;
}

double mg_fold_sum(const double lane[8])
{
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

float mg_fold_max(const float lane[8])
{
    float m = lane[0];
    for (int i = 1; i < 8; i++)
        m = lane[i] > m ? lane[i] : m;
    return m;
}
