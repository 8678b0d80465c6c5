/* One pass over the samples that feeds every measure. One object per file; not thread-safe, but
 * any number of objects may run in different threads.
 *
 *     mg_analysis_new(&a, &info, &options, err);
 *     while frames come: mg_analysis_push(a, x, frames);
 *     mg_analysis_finish(a, &measures);
 *     mg_analysis_free(a);
 *
 * All memory is allocated by _new but for the per-second histories, which grow with the duration
 * (docs/measures.md has the figures). The result does not depend on how the input was cut.
 */
#ifndef MG_DSP_ANALYSIS_H
#define MG_DSP_ANALYSIS_H

#include "base/error.h"
#include "dsp/block.h"
#include "dsp/measures.h"

typedef struct mg_analysis mg_analysis;

/* Stages that can be left out, for benchmarks of what each costs. */
enum {
    MG_STAGE_LEVELS = 1 << 0,    /* loudness, peaks, dynamics */
    MG_STAGE_SPECTRUM = 1 << 1,  /* spectrum, stereo */
    MG_STAGE_MUSIC = 1 << 2,     /* tempo, key, structure */
    MG_STAGE_TECHNICAL = 1 << 3, /* clipping, gaps, ... */
    MG_STAGE_ALL = 0xf,
};

typedef struct mg_analysis_options {
    unsigned stages;     /* 0 means MG_STAGE_ALL */
    double tempo_low_bpm, tempo_high_bpm; /* prior of the octave, from the profile; 0: default */
} mg_analysis_options;

/** Create an analysis.
 *  @param ret     receives the object, owned by the caller; untouched on failure
 *  @return MG_OK; MG_E_LIMITS_EXCEEDED (rate or channels outside dsp/block.h); MG_E_NOMEM */
mg_err mg_analysis_new(mg_analysis **ret, const mg_stream_info *info,
                       const mg_analysis_options *options, mg_errinfo *err);
void mg_analysis_free(mg_analysis *analysis);

/** Feed interleaved frames (full scale 1.0). Samples that are not finite count and become 0.
 *  @return MG_OK; MG_E_NOMEM when a history cannot grow */
mg_err mg_analysis_push(mg_analysis *analysis, const float *interleaved, size_t frames);

/** End the pass and fill every group of *measures but `audio` (the decoder's).
 *  May be called once. *measures must be zeroed or hold only `audio`; the caller frees it with
 *  mg_measures_done(), also after a failure. */
mg_err mg_analysis_finish(mg_analysis *analysis, mg_measures *measures);

#endif
