/* The weights by which keys are judged: numbers, no code.
 *
 * They were fitted as a conditional logit - one softmax over the 24 keys of a track, the weights of
 * a mode shared by its 12 tonics - to 2200 synthesised tracks with known keys: house, trance,
 * techno of kick and bass alone, drum and bass, dubstep, lo-fi, arpeggios, dance pop, folk-like
 * tunes and four-part phrases with modulations, 78 % minor in the club kinds and 40 to 50 % in
 * the others, with drums, side-chain ducking, detuned unison, saturation, noise and deviating
 * tuning. No recording with a known key was used in the fit, so that recordings can judge the
 * result. Profiles published for templates (edma, bgate, braw: Faraldo et al., ECIR 2016 and AES
 * Semantic Audio 2017; shaath: Sha'ath 2011; Krumhansl and Kessler 1982; Temperley 2007),
 * correlated with the same chroma, added nothing to these weights and are not used.
 *
 * The numbers come from an earlier run with an earlier renderer of the same kinds of tracks, which
 * is not kept. bench/train_key.py makes a set of the same form, from rendered tracks alone: on 500
 * held tracks of its own it names 86.4 % exactly (MIREX weighted 89.7), these weights 86.2 (89.7);
 * on 33 recordings with a known key it names 87.9 % (92.1), these 93.9 (96.4), so these stay.
 * Of 150 held drum loops both take 9.3 % for music, of 150 noises none.
 */
#ifndef MG_DSP_KEY_KEY_PROFILES_H
#define MG_DSP_KEY_KEY_PROFILES_H

#include "dsp/key/key_features.h"

/* [0] major, [1] minor; order as in dsp/key/key_features.h. */
extern const double mg_key_window_weight[2][MG_KEY_STRETCH];
extern const double mg_key_whole_weight[2][MG_KEY_WHOLE];
/* Logistic weights of mg_key_tonal_vector(), fitted to such tracks and 62 recordings of music
 * against 300 synthesised drum loops and noises. */
extern const double mg_key_tonal_weight[MG_KEY_TONAL];
/* By which the whole file's scores are divided, so that the softmax is a probability. */
extern const double mg_key_temperature;

#endif
