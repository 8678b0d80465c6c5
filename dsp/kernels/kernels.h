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
#include <stdint.h>

enum {
    MG_CELL_FRAMES = 16,  /* unit of pruning in the true-peak search */
    MG_PEAK_TAPS = 32,    /* per phase of the 4x interpolator */
    MG_PEAK_PAIRS = MG_PEAK_TAPS / 2,
    MG_STAND_OUT_REACH = 8, /* values to either side that one is compared with */
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

/* K-weighting of two channels: shelf, then high-pass, with scattered look-ahead. In direct form
 * every frame waits for the one before. So numerator and denominator of each section are multiplied
 * by D(-z), D(z) being its denominator: what remains to wait for are the outputs two and four
 * frames back, and every frame takes the same operations wherever it stands.
 *     u[n] = (x[n] - x[n-1]) - (x[n-1] - x[n-2])
 *     f[n] = sum of b[k] u[n-k]
 *     w[n] = f[n] - shelf[1] w[n-4] - shelf[0] w[n-2]
 *     y[n] = w[n] - high_pass[1] y[n-4] - high_pass[0] y[n-2] */
typedef struct mg_kweight_ahead {
    double b[7], shelf[2], high_pass[2];
} mg_kweight_ahead;

/* All zeros at the start. */
typedef struct mg_kweight_state {
    double w[4][2], y[4][2]; /* of the last four frames, the latest last, two channels each */
    double energy[4];        /* sums of y^2: of both channels' even and odd frames of the calls; set
                                to 0 by the caller when it likes */
} mg_kweight_state;

/* Band-passes: a high-pass and a low-pass of second order, y[n] = f[n] - low2 y[n-2] - low1 y[n-1]
 * behind the like with high1 and high2. Their numerators, 1 - z^-1 and 1 + z^-1 both squared, make
 * x[n] - 2 x[n-2] + x[n-4]; the gain is left to the caller. */
typedef struct mg_band_taps {
    float high1, high2, low1, low2;
} mg_band_taps;

/* Four of them in double precision, a lane each. */
typedef struct mg_band_lanes {
    double high1[4], high2[4], low1[4], low2[4];
} mg_band_lanes;

typedef struct mg_band_state {
    double h1[4], h2[4], y1[4], y2[4]; /* outputs one and two frames back */
} mg_band_state;

typedef struct mg_band_lane_sums {
    double square[4], peak[4]; /* sum of y^2, largest y^2 */
} mg_band_lane_sums;

typedef struct mg_band_sums {
    double square[8]; /* sum of y^2 */
    float peak[8];    /* largest y^2 */
} mg_band_sums;

enum { MG_BAND_LEAD = 128 }; /* frames that a segment's filters run in */

typedef struct mg_kernels {
    const char *name; /* "plain", "avx2" or "avx512" */

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

    /* What the interpolated signal cannot exceed in each cell c: bound[c] = (the largest of peak[c]
     * and of the sample after the cell + gain * the largest of bend[c-1..c+1]) * slack.
     * @return the largest peak[c] */
    float (*bounds)(const float *x, const float *peak, const float *bend, size_t cells, float gain,
                    float slack, float *bound);

    /* Crests among the 64 points of a cell: x[i], y[0][i], y[1][i], y[2][i], x[i + 1] and so on,
     * and `before` ahead of them. Bit i of ret[k] is point 4i + k: its size is at least
     * `threshold` and that of the point before, over that of the point after, and a parabola
     * through the three may reach over `bar` (it adds at most an eighth of its bow). */
    void (*crests)(const float *x, float y[3][MG_CELL_FRAMES], float before, float threshold,
                   float bar, unsigned ret[4]);

    /* Filters n frames of two channels and adds the squares to state->energy. a[-9] .. a[-1] are
     * read: the frames before. */
    void (*kweight)(const mg_kweight_ahead *taps, mg_kweight_state *state, const float *a,
                    const float *b, size_t n);

    /* out[m] = even[m] / 2 + sum over j of tap[j] (odd[m + J-1 - j] + odd[m + J + j]), j = 0..J-1
     * in this order, J = half_taps. */
    void (*half_band)(const float *tap, size_t half_taps, const float *even, const float *odd,
                      float *out, size_t n);
    /* The same of samples that are not split: out[m] = x[2m] / 2 + sum over j of
     * tap[j] (x[2m - 1 - 2j] + x[2m + 1 + 2j]). */
    void (*half_band_pairs)(const float *tap, size_t half_taps, const float *x, float *out,
                            size_t n);

    /* even[i] = in[2i], odd[i] = in[2i + 1]. */
    void (*split)(const float *in, float *even, float *odd, size_t pairs);

    /* Two interleaved channels and their mean. @return whether every |in[i]| <= limit */
    bool (*stereo)(const float *in, float limit, size_t frames, float *left, float *right,
                   float *mid);

    /* out[i] = (gain a[i] + b[i]) scale. */
    void (*mix)(const float *a, float gain, const float *b, float scale, float *out, size_t n);

    /* @return whether every |x[i]| <= limit; not so for NaN */
    bool (*within)(const float *x, float limit, size_t n);

    /* Lowers *low and raises *high to the least and the largest of n samples. */
    void (*extremes)(const float *x, size_t n, float *low, float *high);

    /* Bit i mod 32 of bits[i / 32]: x[i] <= low or x[i] >= high. Bits of the last word beyond n are
     * 0; dsp/signal/marks.h walks them. */
    void (*outside)(const float *x, float low, float high, size_t n, uint32_t *bits);

    /* Bit i: x[i] stands out, being at least `least`, over x[i-1], not under x[i+1], and not under
     * ratio times one of these two and every other value up to MG_STAND_OUT_REACH away on either
     * side. So far x is read on both sides. */
    void (*stand_outs)(const float *x, float least, float ratio, size_t n, uint32_t *bits);

    /* Bit i: x[i] > x[i-1], x[i] >= x[i+1] and x[i] > least. x[-1] and x[n] are read. */
    void (*maxima)(const float *x, float least, size_t n, uint32_t *bits);

    /* out[i] = x[i] w[i]. */
    void (*window)(const float *x, const float *w, float *out, size_t n);

    /* Two band-passes over 8 * segment frames, lane k over those from k * segment on. Each
     * segment's filters start at rest MG_BAND_LEAD frames earlier, so they must forget within that.
     * Of x, MG_BAND_LEAD + 8 frames before are read, and 7 values behind the end. */
    void (*band_pair)(const mg_band_taps taps[2], const float *x, size_t segment,
                      mg_band_sums sums[2]);

    /* Four band-passes over the same n frames. x[-4] .. x[-1] are read. */
    void (*band_lanes)(const mg_band_lanes *taps, mg_band_state *state, const float *x, size_t n,
                       mg_band_lane_sums *sums);

    /* A low-pass that moves once in 8 frames: y += share * (mean of the group - y), its value after
     * each group in out. */
    void (*follow)(const float *x, float share, float *y, size_t groups, float *out);

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

    /* Of two such transforms the squared magnitudes and Re(a conj b), all times scale, and
     * sum[k] = aa[k] + bb[k]. */
    void (*untangle_cross)(const float *za, const float *zb, const float *w, size_t h, float scale,
                           float *aa, float *bb, float *ab, float *sum);

    /* sum[p] = x[first[p]] + .. x[end[p] - 1], in lanes from the start of each piece; 7 values
     * behind the end of a piece are read. */
    void (*pieces)(const float *x, const unsigned *first, const unsigned *end, size_t count,
                   float *sum);

    /* @return x[0] w[0] + .. x[n - 1] w[n - 1], in lanes */
    float (*dot)(const float *x, const float *w, size_t n);

    /* sum[0] = 0, sum[i + 1] = x[0] + .. + x[i]. Four at a time: lane k is what came before plus
     * (x[k] + x[k-1]) + (x[k-2] + x[k-3]), those before the four left out. */
    void (*running)(const float *x, size_t n, double *sum);

    /* sum[i] += x[i]. */
    void (*add)(float *sum, const float *x, size_t n);
    void (*add_wide)(double *sum, const float *x, size_t n);

    /* sum[p] of (x[i] - x[i - 1])^2 for i = bound[p] .. bound[p + 1] - 1, as `pieces` adds them; 7
     * values behind the end of a piece are read. */
    void (*differences)(const float *x, const unsigned *bound, size_t count, float *sum);

    /* @return max |x[i]|, 0 for n = 0 */
    float (*peak)(const float *x, size_t n);

    /* sum[j] = weight[0] row[0][j] + weight[1] row[1][j] + .. in this order; a row has 8 * groups
     * values. */
    void (*combine)(const float *const *row, size_t groups, const float *weight, size_t rows,
                    float *sum);

    /* out[i] = log2 x[i] of positive normal numbers, within 0.00003. */
    void (*log2s)(const float *x, float *out, size_t n);
} mg_kernels;

/* The best table for this CPU; the same one throughout the process. */
const mg_kernels *mg_kernels_best(void);
/* Table i in order of preference, NULL past the last one that this CPU can run. */
const mg_kernels *mg_kernels_at(unsigned i);

/* ((0+4)+(2+6)) + ((1+5)+(3+7)): the tree of every fold. */
double mg_fold_sum(const double lane[8]);
float mg_fold_max(const float lane[8]);

extern const mg_kernels mg_kernels_plain;
#if defined(__x86_64__)
extern const mg_kernels mg_kernels_avx2, mg_kernels_avx512;
#endif

#endif
