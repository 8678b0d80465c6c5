/* One channel for all that looks for rhythm and harmony: (2 left + right) / 3, so that a file with
 * one channel inverted does not vanish as it would from the mid channel, at four rates. Each rate
 * is made from the one before by dsp/signal/decimate.h, and so keeps 0.40 of its own rate.
 *
 * One object per file; not thread-safe. The streams do not depend on how the input was cut.
 */
#ifndef MG_DSP_SIGNAL_MONO_H
#define MG_DSP_SIGNAL_MONO_H

#include "base/error.h"
#include "dsp/block.h"

typedef enum mg_mono_rate {
    MG_MONO_FULL, /* the file's own */
    MG_MONO_FAST, /* 22.05 to 44.1 kHz, or the file's own below: onsets */
    MG_MONO_SLOW, /* 5 to 10 kHz: chroma */
    MG_MONO_LOW,  /* 1.25 to 3 kHz: bass and kick */
    MG_MONO_RATES,
} mg_mono_rate;

/* The next samples of each stream, as many as came out: sample m of a stream with factor f lies at
 * frame m * f. Owned by the mg_mono, valid until its next call; x[MG_MONO_FULL][-1] is the last
 * sample of the block before, 0 at first. */
typedef struct mg_mono_part {
    const float *x[MG_MONO_RATES];
    size_t frames[MG_MONO_RATES];
} mg_mono_part;

typedef struct mg_mono mg_mono;

/** @return MG_OK; MG_E_NOMEM */
mg_err mg_mono_new(mg_mono **ret, unsigned sample_rate_hz);
void mg_mono_free(mg_mono *mono);
const mg_mono_part *mg_mono_push(mg_mono *mono, const mg_block *block);
/** At the end, once: what was still waiting for input, formed with silence behind the end, so that
 *  ceil(frames / factor) samples came out of each stream in all. No frames of MG_MONO_FULL. */
const mg_mono_part *mg_mono_end(mg_mono *mono);
/** Input frames per sample of a stream: 1, 2, 4, ... 64. */
unsigned mg_mono_factor(unsigned sample_rate_hz, mg_mono_rate rate);

enum { MG_MONO_PART_MAX = MG_BLOCK_FRAMES + 64 }; /* samples of a stream in one part */

#endif
