/* What each kernel costs by itself: `bench-speed kernels`. */
#ifndef MG_BENCH_SPEED_KERNELS_H
#define MG_BENCH_SPEED_KERNELS_H

/* Prints one row per kernel: nanoseconds of processor time per sample (frame, bin or value; the
 * column says which) for each table that this processor runs, and how much faster the first is. */
void mg_bench_kernels(void);

#endif
