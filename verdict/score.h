/* Scores: how near a mix is to its target, 0-100, with the parts that each score is made of.
 *
 * Formula "soft/3". A part scores 100 inside its target range and, at the distance d outside,
 *
 *     100 / (1 + 2/3 (d / t)^2)         t: the target's tolerance, 60 points at d = t
 *
 * which is continuous and falls monotonically. A score is the weighted mean of its parts; parts
 * that do not exist drop out with their weight, and a score without parts is null; so are the
 * points of all parts of a score that is null, whose measures stay. The overall
 * score is min(weighted mean of the six, 40 + 0.6 * worst): one wrecked part cannot hide behind
 * good ones. Everything is computed on exact values and rounded once, at the end. A score beside
 * feedback above a remark on its subject, and then the overall score too, is at most 99
 * (verdict/verdict.c).
 */
#ifndef MG_VERDICT_SCORE_H
#define MG_VERDICT_SCORE_H

#include "dsp/measures.h"
#include "verdict/profile.h"

#define MG_SCORE_FORMULA "soft/3"

typedef enum mg_score_id {
    MG_SCORE_OVERALL,
    MG_SCORE_LOUDNESS,
    MG_SCORE_DYNAMICS,
    MG_SCORE_TONAL_BALANCE,
    MG_SCORE_LOW_END,
    MG_SCORE_STEREO,
    MG_SCORE_TECHNICAL,
    MG_SCORE_COUNT
} mg_score_id;

extern const char *const mg_score_name[MG_SCORE_COUNT]; /* "overall", "loudness", ... */

enum { MG_SCORE_PARTS_MAX = 10 };

typedef struct mg_score_part {
    const char *name;   /* what was measured, e.g. "integrated_lufs"; static */
    const char *unit;   /* static */
    mg_value measured;
    double low, high;   /* target; NAN: open */
    mg_value score;     /* 0..100; null where measured is, and where the whole score is */
    double weight;      /* within its score */
} mg_score_part;

typedef struct mg_score {
    mg_value exact; /* 0..100 before rounding */
    unsigned part_count;
    mg_score_part parts[MG_SCORE_PARTS_MAX];
} mg_score;

typedef struct mg_scores {
    mg_score score[MG_SCORE_COUNT];
} mg_scores;

/** Distance of a value outside [low, high] (either side may be NAN: open); 0 inside. */
double mg_target_distance(double value, double low, double high);
/** A band's share of the power as its level over that of all others together, dB: raising the
 *  band by x dB raises this by x dB, whatever the share. Held to -60..60. */
double mg_share_balance_db(double share);
/** Integrated loudness as a player plays it: mono files from both loudspeakers. */
mg_value mg_programme_loudness(const mg_measures *measures);
/** The curve above. @param tolerance  > 0 */
double mg_score_curve(double distance, double tolerance);

/** @param excerpt  a cut-out: silence and cut ends are not judged */
void mg_scores_compute(const mg_measures *measures, const mg_profile *profile, bool excerpt,
                       mg_scores *ret);

#endif
