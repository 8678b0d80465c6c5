/* Powers of the programme in frequency ranges, gated by loudness.
 *
 * Two transforms cover the spectrum: one with windows of at least 1.4 s on a decimated stream
 * below mg_split_hz(), one with at least 0.1 s above. The range between any two neighbouring edges
 * (of third-octaves, of the six bands, and 120 Hz) is one segment; each bin's energy is spread
 * evenly over the bin's width and shared out between the segments it touches. A frame's energy
 * is shared out between the 100 ms steps it touches: by the window for the short frames, by where
 * in the window the energy really is for the long ones. Blocks of 400 ms and 3 s are sums of
 * steps and are kept by their loudness (dsp/spectrum/gated.h). Fixed memory; not thread-safe.
 */
#ifndef MG_DSP_SPECTRUM_BAND_POWERS_H
#define MG_DSP_SPECTRUM_BAND_POWERS_H

#include "base/error.h"
#include "dsp/levels/loudness.h"
#include "dsp/signal/kweight.h"
#include "dsp/spectrum/stft.h"

/* Mean squares of the two channels and mean product; full-scale sine: 0.5. */
typedef struct mg_cross {
    double ll, rr, lr;
} mg_cross;

typedef struct mg_band_powers mg_band_powers;

/* Which transform: decimated with long windows, or full rate with short ones. */
typedef enum mg_transform { MG_TRANSFORM_LOW, MG_TRANSFORM_HIGH, MG_TRANSFORMS } mg_transform;

typedef struct mg_transform_shape {
    unsigned n, hop, bins;
    unsigned factor; /* of decimation */
    double bin_hz;
} mg_transform_shape;

/* Where the two meet: the edge between the third-octaves of 400 and 500 Hz (446.7). */
double mg_split_hz(void);
mg_transform_shape mg_transform_shape_for(mg_transform which, unsigned sample_rate_hz);

mg_err mg_band_powers_new(mg_band_powers **ret, unsigned sample_rate_hz);
void mg_band_powers_free(mg_band_powers *powers);
/** Adds one frame of a transform. @param total  samples of its stream so far */
void mg_band_powers_add(mg_band_powers *powers, mg_transform which, const mg_stft_frame *frame,
                        int64_t total);
/** Closes the steps that end at or before `covered` and whose loudness is known.
 *  @param covered  frames of the file that both transforms have covered */
void mg_band_powers_settle(mg_band_powers *powers, const mg_loudness *loudness, uint64_t covered);

/* The totals over a gate, for the functions below. */
typedef struct mg_band_totals {
    uint64_t blocks; /* that passed; with 0 all powers are 0 */
    double scale;
    double *sum; /* owned by the mg_band_powers, until the next total */
} mg_band_totals;

mg_band_totals mg_band_powers_total(mg_band_powers *powers, double gate_lufs);
/** Power between two of the edges, exactly as listed in mg_band_low_hz, mg_band_high_hz,
 *  mg_third_octave_edge_hz(), or 120 Hz. */
mg_cross mg_band_powers_range(const mg_band_powers *powers, const mg_band_totals *totals,
                              double low_hz, double high_hz);
/** Power of everything, K-weighted (BS.1770-5). */
mg_cross mg_band_powers_k_weighted(const mg_band_totals *totals);
/** Sums of |L|^2 + |R|^2 of the six bands over the 3 s windows at or above a short-term loudness.
 *  @return number of windows */
uint64_t mg_band_powers_loudest(mg_band_powers *powers, double short_term_lufs,
                                double ret[MG_BANDS]);
/* Squared gain of the K filter at a frequency, as the loudness applies it at this rate. */
double mg_k_power_gain(const mg_kweight_taps *taps, double hz, unsigned sample_rate_hz);
/* Lower edge of third-octave t: 10^((t + 12.5) / 10); t = 31: the upper edge of the last. */
double mg_third_octave_edge_hz(unsigned t);

#endif
