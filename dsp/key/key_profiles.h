/* The weights by which windows are judged - their key, and whether they have one: numbers, no code,
 * written by bench/learn/train_key.py. (A whole file: dsp/key/key_net.h.)
 *
 * The keys of windows are fitted as a conditional logit - one softmax over the 24 keys, the
 * weights of a mode shared by its 12 tonics - to 3800 rendered tracks with known keys: house,
 * trance, techno of kick and bass alone, drum and bass, dubstep, lo-fi, arpeggios, dance pop,
 * folk-like tunes and phrases (bench/learn/key_tracks.h), excerpts of composed chorales, folk
 * tunes and songs of a band (bench/learn/key_players.h) and club tracks of 23 genres in mastered
 * style (bench/tracks/club.h), with drums, side-chain ducking, detuned unison, saturation, noise
 * and deviating tuning. No recording was used, so that recordings can judge the result;
 * docs/accuracy.md has the figures. Profiles published for templates (edma, bgate, braw: Faraldo
 * et al., ECIR 2016 and AES Semantic Audio 2017; shaath: Sha'ath 2011; libkeyfinder; Krumhansl and
 * Kessler 1982; Temperley 2007), correlated with the same chroma singly or averaged, name fewer
 * keys.
 */
#ifndef MG_DSP_KEY_KEY_PROFILES_H
#define MG_DSP_KEY_KEY_PROFILES_H

#include "dsp/key/key_features.h"

/* [0] major, [1] minor; order as in dsp/key/key_features.h. */
extern const double mg_key_window_weight[2][MG_KEY_STRETCH];
/* Logistic weights of mg_key_tonal_terms(), fitted to the same tracks against 1250 drum loops
 * and noises. */
extern const double mg_key_tonal_mean[MG_KEY_TONAL], mg_key_tonal_spread[MG_KEY_TONAL];
extern const double mg_key_tonal_weight[MG_KEY_TONAL_TERMS];

#endif
