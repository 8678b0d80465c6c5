/* Short-time Fourier transform of two channels with their cross-spectrum.
 *
 * Windows are power-complementary (mg_window_power): the first begins one slope before t = 0 and
 * the last covers the end, with silence outside the stream, so over all frames each sample counts
 * exactly once and the energies add up to those of the signal (Parseval). Frames lie at absolute
 * positions whatever pieces were pushed. Not thread-safe.
 */
#ifndef MG_DSP_SPECTRUM_STFT_H
#define MG_DSP_SPECTRUM_STFT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mg_stft mg_stft;

/* One frame; the arrays belong to the mg_stft and last until its next call. */
typedef struct mg_stft_frame {
    int64_t start;             /* position of the first sample of the window; may be negative */
    const float *left, *right; /* n windowed samples */
    /* Energies of bins 0..n/2, one-sided: the sum over all bins is the sum of the squared
     * windowed samples (bins 0 and n/2, which have no mirror image, read twice theirs). Seven
     * values behind the last may be read. */
    const float *ll, *rr, *lr; /* |L|^2, |R|^2, Re(L conj R) */
    const float *sum;          /* ll + rr */
} mg_stft_frame;

/** @param n     length, as in mg_fft_new()   @param hop  n / 2 .. n
 *  @param mono  left and right are the same: one transform serves both */
mg_err mg_stft_new(mg_stft **ret, unsigned n, unsigned hop, bool mono);
void mg_stft_free(mg_stft *stft);
/** The samples are read until mg_stft_next() has returned false, which must be before the next
 *  push. */
void mg_stft_push(mg_stft *stft, const float *left, const float *right, size_t frames);
/** No more input: from now on silence follows. */
void mg_stft_end(mg_stft *stft);
/** The next frame whose samples are all there. @return false when more input is needed */
bool mg_stft_next(mg_stft *stft, mg_stft_frame *ret);
/** All samples before this position are covered by the frames that were taken. */
int64_t mg_stft_covered(const mg_stft *stft);
/** Samples pushed so far. */
int64_t mg_stft_total(const mg_stft *stft);

#endif
