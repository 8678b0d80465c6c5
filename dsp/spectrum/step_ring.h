/* Vectors of sums for the last few steps of 100 ms: the newest are still being filled, the older
 * ones are complete and can be added up to blocks of 400 ms or 3 s. Sums are formed afresh each
 * time, so rounding does not pile up. */
#ifndef MG_DSP_SPECTRUM_STEP_RING_H
#define MG_DSP_SPECTRUM_STEP_RING_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* 3 s of complete steps, and the longest wait of any measure for its windows. */
enum { MG_STEP_RING = 128 };

typedef struct mg_step_ring {
    size_t width;
    uint64_t opened; /* steps below this have been zeroed for use */
    double *v;       /* owned; [step % MG_STEP_RING][width] */
} mg_step_ring;

static inline mg_err mg_step_ring_init(mg_step_ring *ring, size_t width)
{
    *ring = (mg_step_ring){.width = width};
    ring->v = calloc(MG_STEP_RING * width, sizeof *ring->v);
    return ring->v ? MG_OK : MG_E_NOMEM;
}

static inline void mg_step_ring_done(mg_step_ring *ring)
{
    free(ring->v);
    *ring = (mg_step_ring){0};
}

/* The vector of a step not older than MG_STEP_RING - 1 before the newest. */
static inline double *mg_step_ring_at(mg_step_ring *ring, uint64_t step)
{
    for (; ring->opened <= step; ring->opened++)
        memset(ring->v + ring->opened % MG_STEP_RING * ring->width, 0,
               ring->width * sizeof *ring->v);
    return ring->v + step % MG_STEP_RING * ring->width;
}

/* ret[i] = sum over the `count` steps that end with `last`; last + 1 >= count. */
static inline void mg_step_ring_sum(mg_step_ring *ring, uint64_t last, unsigned count, double *ret)
{
    memset(ret, 0, ring->width * sizeof *ret);
    for (uint64_t step = last + 1 - count; step <= last; step++) {
        const double *v = mg_step_ring_at(ring, step);
        for (size_t i = 0; i < ring->width; i++)
            ret[i] += v[i];
    }
}

#endif
