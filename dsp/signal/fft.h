/* Real-input FFT in single precision: the owner of one FFTW plan and its aligned buffers.
 *
 * Even and odd samples are transformed as the two parts of n / 2 complex values and untangled
 * after (W. H. Press et al., Numerical Recipes, section 12.3): FFTW has vector code for complex
 * transforms of every length but hardly any for real ones, which makes this twice as fast.
 *
 * Plans are made with ESTIMATE (never MEASURE, never wisdom), so the same input gives the same
 * bits in every run. Creation and destruction take a lock of this module, since FFTW's planner is
 * not reentrant; everything else is lock-free. One object per thread.
 */
#ifndef MG_DSP_SIGNAL_FFT_H
#define MG_DSP_SIGNAL_FFT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { MG_FFT_MIN = 16, MG_FFT_MAX = 65536 };

typedef struct mg_fft mg_fft;

/** @param n  transform length, MG_FFT_MIN..MG_FFT_MAX, even and without prime factors over 5
 *            (powers of two are the fastest)
 *  @return MG_OK; MG_E_LIMIT for another length; MG_E_NOMEM */
mg_err mg_fft_new(mg_fft **ret, unsigned n);
void mg_fft_free(mg_fft *fft);
/** The smallest length >= n that mg_fft_new() takes and FFTW does well: 2^k or 5 * 2^k (other
 *  lengths between 1024 and 20000 take up to twice as long per sample). */
unsigned mg_fft_good_length(unsigned n);
/** The input buffer: n floats, MG_BLOCK_ALIGN-aligned, zero at first. The caller fills it before
 *  each transform; its contents are kept. */
float *mg_fft_input(mg_fft *fft);
/** Forward transform, unnormalised. The result is n/2+1 interleaved (re, im) pairs, owned by the
 *  object, valid until the next call. */
const float *mg_fft_forward(mg_fft *fft);
/** Forward transform to powers: out[k] = re^2 + im^2, k = 0..n/2. What mg_fft_forward() returned
 *  stays as it was. */
void mg_fft_power(mg_fft *fft, float *out);

/** Forward transforms of a and b, of one length, to their powers aa and bb, Re(A conj B) in ab and
 *  aa + bb in sum, all times scale; k = 0..n/2 in each. a may be b. */
void mg_fft_cross(mg_fft *a, mg_fft *b, float scale, float *aa, float *bb, float *ab, float *sum);

/** Periodic Hann window of n points into out. */
void mg_window_hann(float *out, size_t n);
/** Window whose squares add up to 1 at every sample when repeated every `hop` points: slopes of
 *  n - hop points each, sin(pi/2 sin^2 x) as in the Vorbis I specification (section 4.3.1), flat
 *  between. So the powers of successive transforms count each sample exactly once.
 *  @param hop  n / 2 .. n */
void mg_window_power(float *out, size_t n, size_t hop);

#endif
