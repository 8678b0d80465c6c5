/* Stretches of a file in which the channels work against each other: correlation of 400 ms below
 * 0 for more than 3 s. Fixed memory; not thread-safe. */
#ifndef MG_DSP_SPECTRUM_PHASE_SECTIONS_H
#define MG_DSP_SPECTRUM_PHASE_SECTIONS_H

#include "dsp/measures.h"

#include <stdbool.h>

enum { MG_PHASE_CANDIDATES_MAX = 200 };

typedef struct mg_phase_candidate {
    uint64_t first, end; /* steps whose 400 ms block was negative; end is exclusive */
    double energy;       /* sum of 10^(LUFS / 10) of the blocks */
} mg_phase_candidate;

typedef struct mg_phase_sections {
    bool open;
    mg_phase_candidate now;
    unsigned count; /* when full, the shortest gives way */
    mg_phase_candidate candidate[MG_PHASE_CANDIDATES_MAX];
} mg_phase_sections;

/** The 400 ms block that ends with `step`, steps in ascending order.
 *  @param negative  its correlation is below 0; false when a channel is silent */
void mg_phase_sections_add(mg_phase_sections *sections, uint64_t step, bool negative,
                           double momentary_lufs);
/** The longest MG_PHASE_SECTIONS_MAX whose mean loudness is above the gate, in order of time.
 *  A block counts at its middle, but the first and the last of the file reach to its ends.
 *  @param steps  complete steps of the file   @return how many were written to ret */
unsigned mg_phase_sections_finish(mg_phase_sections *sections, uint64_t steps, double gate_lufs,
                                  double duration_s, mg_time_range *ret);

#endif
