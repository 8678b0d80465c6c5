/* Candidates for a resonance in the curves of dsp/spectrum/resonance.h, and what the model that
 * judges them sees. The model is a small network (a layer of tanh and a straight line beside it),
 * learnt by bench/learn/train_resonance.py. Pure functions. */
#ifndef MG_DSP_SPECTRUM_RESONANCE_FEATURES_H
#define MG_DSP_SPECTRUM_RESONANCE_FEATURES_H

enum {
    MG_RESONANCE_PER_OCTAVE = 24,
    MG_RESONANCE_CELLS = 134,
    MG_RESONANCE_QUANTILES = 6,
    MG_RESONANCE_CANDIDATES = 48,
    MG_RESONANCE_FEATURES = 44,
};

/* Of one transform. */
typedef struct mg_resonance_curve {
    unsigned cells;
    double first_hz; /* centre of cell 0 */
    /* Of the excess over the surroundings, dB, at 5, 10, 25, 50, 75 and 90 % of active time. */
    double quantile_db[MG_RESONANCE_QUANTILES][MG_RESONANCE_CELLS];
    double level_db[MG_RESONANCE_CELLS];  /* mean over active time: density re full scale */
    double active[MG_RESONANCE_CELLS];    /* share of the frames in which there is something */
    double stands_out[MG_RESONANCE_CELLS]; /* share of the active ones 6 dB over the surroundings */
} mg_resonance_curve;

typedef struct mg_resonance_candidate {
    double hz;
    double height_db; /* of the bell that fits best; mean over the middle quantiles */
    double q;         /* its -3 dB width */
    double stands_out;
    double feature[MG_RESONANCE_FEATURES];
} mg_resonance_candidate;

/** Peaks between 140 Hz and 9 kHz.
 *  @param curve  of the long and of the short windows
 *  @param ret    MG_RESONANCE_CANDIDATES entries, by frequency   @return how many */
unsigned mg_resonance_candidates(const mg_resonance_curve curve[2], mg_resonance_candidate *ret);
/** Probability that a candidate is a resonance, not a note. */
double mg_resonance_probability(const mg_resonance_candidate *candidate);

#endif
