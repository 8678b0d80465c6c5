/* Floating-point environment of the measuring code.
 *
 * Denormal numbers are flushed to zero, on input and output, in every measure: a filter that rings
 * out below 1e-38 would otherwise run up to a hundred times slower, and C and vector code must
 * agree on the last bit. The caller's setting is put back afterwards. Per thread, no state.
 */
#ifndef MG_DSP_FPENV_H
#define MG_DSP_FPENV_H

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

enum { MG_FPENV_FTZ_DAZ = 0x8040 /* MXCSR bits 15 and 6 */ };

/* Sets flush-to-zero and denormals-are-zero. @return what mg_fpenv_leave() wants back */
static inline unsigned mg_fpenv_enter(void)
{
#if defined(__SSE2__)
    unsigned saved = _mm_getcsr();
    _mm_setcsr(saved | MG_FPENV_FTZ_DAZ);
    return saved;
#else
    return 0;
#endif
}

static inline void mg_fpenv_leave(unsigned saved)
{
#if defined(__SSE2__)
    _mm_setcsr(saved);
#else
    (void)saved;
#endif
}

#endif
