/* Sums of a programme kept apart by loudness, so that a gate that is known only at the end can
 * still be applied with fixed memory: each 400 ms block adds its vector to the bin of its
 * loudness, and the total over a gate is exact to one bin. Not thread-safe.
 */
#ifndef MG_DSP_SPECTRUM_GATED_H
#define MG_DSP_SPECTRUM_GATED_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* Bins span the absolute gate of BS.1770-5 to the loudest level that a file can have. */
#define MG_GATED_LOW_LUFS (-70.0)
#define MG_GATED_HIGH_LUFS 20.0
#define MG_GATED_FINE_LU 0.1
#define MG_GATED_COARSE_LU 1.0

typedef struct mg_gated mg_gated;

/** @param width   values of each vector, at least 1
 *  @param bin_lu  MG_GATED_FINE_LU or MG_GATED_COARSE_LU; 8 * width * 90 / bin_lu bytes in all */
mg_err mg_gated_new(mg_gated **ret, size_t width, double bin_lu);
void mg_gated_free(mg_gated *gated);
/** Adds a vector. Below MG_GATED_LOW_LUFS (also -HUGE_VAL) it is left out. */
void mg_gated_add(mg_gated *gated, double lufs, const double *values);
void mg_gated_add_floats(mg_gated *gated, double lufs, const float *values);
/** ret[i] = sum of all vectors whose bin lies above the gate.
 *  @param gate_lufs  -HUGE_VAL: all
 *  @return number of these vectors; 0 leaves zeros in ret */
uint64_t mg_gated_total(const mg_gated *gated, double gate_lufs, double *ret);

/** Number of bins, for arrays that follow the same binning. */
size_t mg_gated_bins(double bin_lu);
/** Bin of a loudness >= MG_GATED_LOW_LUFS. */
size_t mg_gated_bin(double bin_lu, double lufs);
/** First bin over the gate: the one whose middle is not below it. */
size_t mg_gated_first_bin(double bin_lu, double gate_lufs);

#endif
