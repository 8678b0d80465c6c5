/* The truth of a rendered track as one JSON object. */
#ifndef MG_BENCH_TRACKS_TRACK_TRUTH_H
#define MG_BENCH_TRACKS_TRACK_TRUTH_H

#include "bench/tracks/club.h"
#include "bench/tracks/track.h"

/** Both print a line on standard output: file, kind, fault, bpm, first_beat_s, key, cents, lufs,
 *  seconds, and for club tracks also octave_fixed, constant, end_bpm, change_s, downbeat_index,
 *  swing, twists, keys[], sections[] and, where the tempo moves, beats_s[]. Null: there is none. */
void mg_track_print_truth(const mg_track_recipe *recipe, const char *path);
void mg_club_print_truth(const mg_club_recipe *recipe, const mg_club_truth *truth, mg_fault fault,
                         const char *path);

#endif
