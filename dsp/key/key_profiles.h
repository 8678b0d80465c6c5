/* The weights by which keys are judged: numbers, no code, written by bench/learn/train_key.py.
 *
 * They are fitted as a conditional logit - one softmax over the 24 keys of a track, the weights of
 * a mode shared by its 12 tonics - to 3800 rendered tracks with known keys: house, trance, techno
 * of kick and bass alone, drum and bass, dubstep, lo-fi, arpeggios, dance pop, folk-like tunes and
 * phrases (bench/learn/key_tracks.h), excerpts of composed chorales, folk tunes and songs of a band
 * (bench/learn/key_players.h) and club tracks of 23 genres in mastered style (bench/tracks/club.h),
 * with drums, side-chain ducking, detuned unison, saturation, noise and deviating tuning. The votes
 * of a track's windows, where they are learnt from, are by weights that had not seen the track. No
 * recording was used in the fit, so that recordings can judge the result; docs/accuracy.md has the
 * figures. Recordings added to the fit changed nothing on those left out. Profiles published for templates (edma,
 * bgate, braw: Faraldo et al., ECIR 2016 and AES Semantic Audio 2017; shaath: Sha'ath 2011;
 * libkeyfinder; Krumhansl and Kessler 1982; Temperley 2007), correlated with the same chroma singly
 * or averaged, name fewer keys than these weights and, mixed with them, take from them.
 */
#ifndef MG_DSP_KEY_KEY_PROFILES_H
#define MG_DSP_KEY_KEY_PROFILES_H

#include "dsp/key/key_features.h"

/* [0] major, [1] minor; order as in dsp/key/key_features.h. */
extern const double mg_key_window_weight[2][MG_KEY_STRETCH];
extern const double mg_key_whole_weight[2][MG_KEY_WHOLE];
/* Logistic weights of mg_key_tonal_terms(), fitted to the same tracks against 1250 drum loops
 * and noises. */
extern const double mg_key_tonal_mean[MG_KEY_TONAL], mg_key_tonal_spread[MG_KEY_TONAL];
extern const double mg_key_tonal_weight[MG_KEY_TONAL_TERMS];
/* By which the whole file's scores are divided, so that the softmax is a probability: judged on
 * recordings, whole and degraded, and on rendered tracks. */
extern const double mg_key_temperature;

#endif
