/* Choosing among candidates (tempi, phases of the beat, beats of the bar): a small network gives
 * each a score from its features, the softmax of the scores are the probabilities. One layer of
 * tanh beside a linear part (several networks, averaged, are one that is wider); the weights are
 * learnt by bench/learn/train_tempo.py. */
#ifndef MG_DSP_TEMPO_CHOICE_H
#define MG_DSP_TEMPO_CHOICE_H

typedef struct mg_choice_model {
    unsigned inputs, hidden;
    const float *w; /* [hidden][inputs], [hidden] biases, [hidden] outputs, [inputs] linear */
} mg_choice_model;

double mg_choice_score(const mg_choice_model *model, const double *features);

/** Scores to probabilities, in place. @return the index of the likeliest, the first of equals */
unsigned mg_choice_softmax(double *scores, unsigned count);

#endif
