/* Walks rows of bits as the kernels of dsp/kernels/kernels.h set them: bit i mod 32 of word i / 32
 * belongs to value i. Pure functions. */
#ifndef MG_DSP_SIGNAL_MARKS_H
#define MG_DSP_SIGNAL_MARKS_H

#include <stddef.h>
#include <stdint.h>

enum { MG_MARKS_PER_WORD = 32 };

/* Words for n bits. */
#define MG_MARKS_WORDS(n) (((n) + MG_MARKS_PER_WORD - 1) / MG_MARKS_PER_WORD)

/* The first i in from .. n - 1 whose bit is `value` (0 or 1); n when there is none. */
static inline size_t mg_marks_next(const uint32_t *marks, size_t from, size_t n, unsigned value)
{
    uint32_t flip = value ? 0 : UINT32_MAX;
    for (size_t i = from; i < n; i = (i / MG_MARKS_PER_WORD + 1) * MG_MARKS_PER_WORD) {
        uint32_t rest = (marks[i / MG_MARKS_PER_WORD] ^ flip) >> i % MG_MARKS_PER_WORD;
        if (rest != 0) {
            i += (size_t)__builtin_ctz(rest);
            return i < n ? i : n;
        }
    }
    return n;
}

#endif
