/* The inner loops of the level measures, one table per instruction set.
 *
 * The plain form is the specification: eight lanes over absolute frame positions (lane = frame
 * mod 8), folded at the end in one fixed tree. The other tables give the same bits on every input;
 * tests/unit/dsp/kernels/test_kernels.c holds them to it. The tables are constant; any thread may use them.
 */
#ifndef MG_DSP_KERNELS_KERNELS_H
#define MG_DSP_KERNELS_KERNELS_H

#include <stddef.h>

enum {
    MG_CELL_FRAMES = 16,  /* unit of pruning in the true-peak search */
    MG_PEAK_TAPS = 32,    /* per phase of the 4x interpolator */
    MG_PEAK_PAIRS = MG_PEAK_TAPS / 2,
};

/* The interpolator between frames n and n + 1, folded about its middle: with
 * s = x[n-k] + x[n+1+k] and d = x[n-k] - x[n+1+k], the value at n + 1/2 is sum(half[k] s), at
 * n + 1/4 sum(even[k] s) + sum(odd[k] d) and at n + 3/4 sum(even[k] s) - sum(odd[k] d). */
typedef struct mg_peak_taps {
    float half[MG_PEAK_PAIRS], even[MG_PEAK_PAIRS], odd[MG_PEAK_PAIRS];
} mg_peak_taps;

/* Sums of one stretch, lane by lane. */
typedef struct mg_lane_sums {
    double sum[8], square[8];
    float peak[8];
} mg_lane_sums;

/* K-weighting of two channels: shelf, then high-pass, both in direct form I. */
typedef struct mg_kweight_taps {
    double b0, b1, b2, a1, a2; /* shelf */
    double c1, c2;             /* feedback of the high-pass, whose numerator is 1, -2, 1 */
} mg_kweight_taps;

typedef struct mg_kweight_state {
    double x1[2], x2[2], w1[2], w2[2], y1[2], y2[2];
    double energy[2]; /* sum of squares of the output; set to 0 by the caller when it likes */
} mg_kweight_state;

typedef struct mg_kernels {
    const char *name; /* "plain" or "avx2" */

    /* For each cell c of 16 frames: peak[c] = max |x[i]| and bend[c] = max |x[i] - 2 x[i-1] +
     * x[i-2]|, i in the cell. x[-2] and x[-1] are read. */
    void (*cells)(const float *x, size_t cells, float *peak, float *bend);

    /* Adds n frames to the sums; `lane` is the lane of x[0]. */
    void (*sums)(const float *x, size_t n, unsigned lane, mg_lane_sums *sums);

    /* Interpolates the 16 intervals that begin at x[0..15]; y[p][i] is at x[i] + (p + 1)/4.
     * x[-15] .. x[31] are read. @return max |y| */
    float (*interpolate)(const mg_peak_taps *taps, const float *x,
                         float y[3][MG_CELL_FRAMES]);

    /* Filters n frames of two channels and adds the squares to state->energy. */
    void (*kweight)(const mg_kweight_taps *taps, mg_kweight_state *state, const float *a,
                    const float *b, size_t n);
} mg_kernels;

/* The best table for this CPU. */
const mg_kernels *mg_kernels_best(void);
/* Table i in order of preference, NULL past the last one that this CPU can run. */
const mg_kernels *mg_kernels_at(unsigned i);

/* ((0+4)+(2+6)) + ((1+5)+(3+7)): the tree of every fold. */
double mg_fold_sum(const double lane[8]);
float mg_fold_max(const float lane[8]);

extern const mg_kernels mg_kernels_plain;
#if defined(__x86_64__)
extern const mg_kernels mg_kernels_avx2;
#endif

#endif
