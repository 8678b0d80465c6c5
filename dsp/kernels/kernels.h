/* The inner loops of the level measures, one table per instruction set.
 *
 * The plain form is the specification: eight lanes over absolute frame positions (lane = frame
 * mod 8), folded at the end in one fixed tree. The other tables give the same bits on every input;
 * tests/unit/dsp/kernels/test_kernels.c holds them to it. The tables are constant; any thread may
 * use them.
 */
#ifndef MG_DSP_KERNELS_KERNELS_H
#define MG_DSP_KERNELS_KERNELS_H

#include <stdbool.h>
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

/* Sums of products of two channels, lane by lane. */
typedef struct mg_pair_sums {
    float ll[8], rr[8], lr[8], difference[8]; /* difference: largest |left - right| */
} mg_pair_sums;

/* K-weighting of two channels: shelf, then high-pass, both in direct form I. */
typedef struct mg_kweight_taps {
    double b0, b1, b2, a1, a2; /* shelf */
    double c1, c2;             /* feedback of the high-pass, whose numerator is 1, -2, 1 */
} mg_kweight_taps;

typedef struct mg_kweight_state {
    double x1[2], x2[2], w1[2], w2[2], y1[2], y2[2];
    double energy[2]; /* sum of squares of the output; set to 0 by the caller when it likes */
} mg_kweight_state;

/* Two band-passes at once, four frames at a time: lane 2k + b is frame k of band b. A section's
 * recursion y[k] = f[k] - a1 y[k-1] - a2 y[k-2] is unrolled over a group: with g its impulse
 * response, y[k] = f[k] + g1 f[k-1] + g2 f[k-2] + g3 f[k-3] (f of this group alone) +
 * g[k+1] y[-1] - a2 g[k] y[-2], so that a group waits for the one before only once. */
enum { MG_BANDS_FRAMES = 4, MG_BANDS_GROUPS = 64 /* most in a run */ };

typedef struct mg_section_taps {
    float gain[8];                /* of the numerator */
    float g1[8], g2[8], g3[8];    /* 0 in lanes of which f lies in the group before */
    float before[8], before2[8];  /* of y[-1] and y[-2] */
} mg_section_taps;

typedef struct mg_bands_taps {
    mg_section_taps high_pass, low_pass; /* numerators 1, -2, 1 and 1, 2, 1 */
} mg_bands_taps;

typedef struct mg_bands_state {
    float x[2];           /* the last two frames */
    float high[8], y[8];  /* the last group out of the high-pass and of the low-pass */
} mg_bands_state;

typedef struct mg_kernels {
    const char *name; /* "plain" or "avx2" */

    /* For each cell c of 16 frames: peak[c] = max |x[i]| and bend[c] = max |x[i] - 2 x[i-1] +
     * x[i-2]|, i in the cell. x[-2] and x[-1] are read. */
    void (*cells)(const float *x, size_t cells, float *peak, float *bend);

    /* out[c] = mean of the 16 frames of cell c, added in one fixed tree. */
    void (*averages)(const float *x, size_t cells, float *out);

    /* Adds n frames to the sums; `lane` is the lane of x[0]. */
    void (*sums)(const float *x, size_t n, unsigned lane, mg_lane_sums *sums);

    /* Interpolates the 16 intervals that begin at x[0..15]; y[p][i] is at x[i] + (p + 1)/4.
     * x[-15] .. x[31] are read. @return max |y| */
    float (*interpolate)(const mg_peak_taps *taps, const float *x,
                         float y[3][MG_CELL_FRAMES]);

    /* Filters n frames of two channels and adds the squares to state->energy. */
    void (*kweight)(const mg_kweight_taps *taps, mg_kweight_state *state, const float *a,
                    const float *b, size_t n);

    /* out[m] = even[m] / 2 + sum over j of tap[j] (odd[m + J-1 - j] + odd[m + J + j]), j = 0..J-1
     * in this order, J = half_taps. */
    void (*half_band)(const float *tap, size_t half_taps, const float *even, const float *odd,
                      float *out, size_t n);

    /* even[i] = in[2i], odd[i] = in[2i + 1]. */
    void (*split)(const float *in, float *even, float *odd, size_t pairs);

    /* out[i] = (gain a[i] + b[i]) scale. */
    void (*mix)(const float *a, float gain, const float *b, float scale, float *out, size_t n);

    /* @return whether every |x[i]| <= limit; not so for NaN */
    bool (*within)(const float *x, float limit, size_t n);

    /* Lowers *low and raises *high to the least and the largest of n samples. */
    void (*extremes)(const float *x, size_t n, float *low, float *high);

    /* out[i] = x[i] w[i]. */
    void (*window)(const float *x, const float *w, float *out, size_t n);

    /* out[k] = scale (re(a) re(b) + im(a) im(b)) of complex values stored re, im; a may be b. */
    void (*product)(const float *a, const float *b, float scale, float *out, size_t bins);

    /* Filters at most MG_BANDS_GROUPS groups. square[lane] += y^2, peak[lane] = max y^2. */
    void (*bands)(const mg_bands_taps *taps, mg_bands_state *state, const float *x, size_t groups,
                  float square[8], float peak[8]);

    /* Adds groups of 8 frames to the sums, each group less its channel's offset. */
    void (*pairs)(const float *left, const float *right, const float *left_offset,
                  const float *right_offset, size_t groups, mg_pair_sums *sums);

    /* From the transform z of h complex values, whose real and imaginary parts are the even and
     * odd samples of a real signal, the h + 1 bins of the signal's own transform:
     * (a + b) / 2 + w[k] (a - b) / 2 with a = z[k] and b = conj z[h - k]. Complex values are
     * stored re, im; w[k] = -i exp(-i pi k / h), k = 0 .. h/2. */
    void (*untangle)(const float *z, const float *w, size_t h, float *out);
    /* The squared magnitudes of the same bins. */
    void (*untangle_power)(const float *z, const float *w, size_t h, float *out);

    /* sum[p] = x[bound[p]] + .. x[bound[p + 1] - 1], in lanes from the start of each piece; 7
     * values behind the end of a piece are read. */
    void (*pieces)(const float *x, const unsigned *bound, size_t count, float *sum);

    /* out[i] = (x[i] - x[i - 1])^2; x[-1] is read. */
    void (*differences)(const float *x, float *out, size_t n);

    /* @return max |x[i]|, 0 for n = 0 */
    float (*peak)(const float *x, size_t n);

    /* sum[j] = weight[0] row[0][j] + weight[1] row[1][j] + .. in this order; a row has 8 * groups
     * values. */
    void (*combine)(const float *row, size_t groups, const float *weight, size_t rows, float *sum);

    /* out[i] = log2 x[i] of positive normal numbers, within 0.00003. */
    void (*log2s)(const float *x, float *out, size_t n);
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
