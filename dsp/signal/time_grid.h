/* Sub-blocks of 10 ms and steps of 100 ms at any sampling rate: sub-block k covers the frames
 * floor(k fs / 100) .. floor((k + 1) fs / 100) - 1, and a step is ten sub-blocks. */
#ifndef MG_DSP_SIGNAL_TIME_GRID_H
#define MG_DSP_SIGNAL_TIME_GRID_H

#include <stdint.h>

enum {
    MG_SUBBLOCKS_PER_STEP = 10,
    MG_MOMENTARY_SUBBLOCKS = 40,   /* 400 ms */
    MG_SHORT_TERM_SUBBLOCKS = 300, /* 3 s */
    MG_MOMENTARY_STEPS = 4,
    MG_SHORT_TERM_STEPS = 30,
};

/* First frame of sub-block k. */
static inline uint64_t mg_subblock_frame(unsigned rate_hz, uint64_t k)
{
    return k * rate_hz / 100;
}

/* First frame of step k. */
static inline uint64_t mg_step_frame(unsigned rate_hz, uint64_t k)
{
    return k * rate_hz / 10;
}

#endif
