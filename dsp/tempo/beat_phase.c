#include "dsp/tempo/beat_phase.h"

#include "dsp/tempo/beat_phase_model.h"
#include "dsp/tempo/choice.h"

#include <math.h>
#include <string.h>

enum {
    SLOTS = MG_PHASE_BEATS * MG_PHASE_SLOTS,
    SHARP = 9 /* attack levels: 9 dB */,
    PLACES = 12 /* in a beat that are looked at */
};

/* The flux of a frame runs ahead of the attack that causes it: the window's front meets it first,
 * and the logarithm rises at once. Measured on clicks and kicks. */
static const double flux_lead_s = 0.003;

void mg_beat_profile_fold(mg_beat_profile *p, const mg_odf *odf, double beat_hz)
{
    double count[SLOTS] = {0}, step = beat_hz / MG_PHASE_BEATS / mg_odf_rate_hz(odf);
    memset(p, 0, sizeof(*p));
    p->beat_hz = beat_hz;
    for (size_t i = 0; i < odf->frames; i++) {
        double bars =
            (mg_odf_time_s(odf, 0) + flux_lead_s) * beat_hz / MG_PHASE_BEATS + (double)i * step;
        unsigned slot = (unsigned)((bars - floor(bars)) * SLOTS) % SLOTS;
        count[slot]++;
        for (unsigned r = 0; r < MG_ODF_BANDS; r++)
            p->row[r][slot] += mg_odf_get(odf, r, i);
        double at;
        unsigned level = mg_odf_attack(odf, i, &at);
        if (level >= SHARP) {
            bars = at * beat_hz / MG_PHASE_BEATS;
            p->row[MG_ODF_ATTACK][(unsigned)((bars - floor(bars)) * SLOTS) % SLOTS] += level;
        }
    }
    for (unsigned r = 0; r < MG_ODF_ROWS; r++) {
        double sum = 0;
        for (unsigned s = 0; s < SLOTS; s++)
            sum += p->row[r][s] /= fmax(count[s], 1);
        for (unsigned s = 0; s < SLOTS; s++)
            p->row[r][s] *= sum > 0 ? SLOTS / sum : 0;
    }
}

/* Largest value of a row within one slot to either side. */
static double near(const mg_beat_profile *p, unsigned row, unsigned slot)
{
    double a = p->row[row][(slot + SLOTS - 1) % SLOTS], b = p->row[row][slot % SLOTS];
    return fmax(fmax(a, b), p->row[row][(slot + 1) % SLOTS]);
}

/* Compressed, so that one very sharp row does not outweigh the others. */
static double level(double v)
{
    return log2(1 + v);
}

static double over_beats(const mg_beat_profile *p, unsigned row, unsigned slot)
{
    double sum = 0;
    for (unsigned b = 0; b < MG_PHASE_BEATS; b++)
        sum += near(p, row, slot + b * MG_PHASE_SLOTS);
    return sum / MG_PHASE_BEATS;
}

/* How much louder the even beats are than the odd ones, at a place inside the beat. */
static double alternation(const mg_beat_profile *p, unsigned row, unsigned slot)
{
    double even = near(p, row, slot) + near(p, row, slot + 2 * MG_PHASE_SLOTS);
    double odd = near(p, row, slot + MG_PHASE_SLOTS) + near(p, row, slot + 3 * MG_PHASE_SLOTS);
    return level(even) - level(odd);
}

_Static_assert(MG_ODF_ROWS *PLACES + 2 * (MG_ODF_ROWS + 1) == MG_PHASE_FEATURES,
               "all features are counted");

void mg_phase_features(const mg_beat_profile *p, unsigned slot, double ret[MG_PHASE_FEATURES])
{
    unsigned n = 0;
    for (unsigned r = 0; r < MG_ODF_ROWS; r++)
        for (unsigned i = 0; i < PLACES; i++)
            ret[n++] = level(over_beats(p, r, slot + i * MG_PHASE_SLOTS / PLACES));
    for (unsigned half = 0; half < 2; half++) {
        unsigned at = slot + half * MG_PHASE_SLOTS / 2;
        for (unsigned r = 0; r < MG_ODF_ROWS; r++)
            ret[n++] = fabs(alternation(p, r, at));
        /* Kick and snare take turns. */
        ret[n++] = -alternation(p, MG_ODF_KICK, at) * alternation(p, MG_ODF_SNARE, at);
    }
}

static double all_rows(const mg_beat_profile *p, unsigned slot)
{
    double sum = 0;
    for (unsigned r = 0; r < MG_ODF_ROWS; r++)
        sum += over_beats(p, r, slot);
    return sum;
}

static const mg_choice_model phase_model = {MG_PHASE_FEATURES, MG_PHASE_HIDDEN, mg_phase_weights};
static const mg_choice_model bar_model = {MG_BAR_FEATURES, MG_BAR_HIDDEN, mg_bar_weights};
_Static_assert(sizeof(mg_phase_weights) / sizeof(mg_phase_weights[0]) ==
                   MG_PHASE_HIDDEN * (MG_PHASE_FEATURES + 2) + MG_PHASE_FEATURES,
               "the weights are of these features");
_Static_assert(sizeof(mg_bar_weights) / sizeof(mg_bar_weights[0]) ==
                   MG_BAR_HIDDEN * (MG_BAR_FEATURES + 2) + MG_BAR_FEATURES,
               "the weights are of these features");

unsigned mg_phase_weigh(const mg_beat_profile *p, mg_phase_candidate ret[MG_PHASE_CANDIDATES_MAX])
{
    double total[MG_PHASE_SLOTS];
    for (unsigned s = 0; s < MG_PHASE_SLOTS; s++)
        total[s] = all_rows(p, s);
    unsigned count = 0;
    for (unsigned s = 0; s < MG_PHASE_SLOTS; s++) {
        bool peak = true; /* ties: the first */
        for (unsigned d = 1; d <= 2; d++)
            peak = peak && total[s] >= total[(s + d) % MG_PHASE_SLOTS] &&
                   total[s] > total[(s + MG_PHASE_SLOTS - d) % MG_PHASE_SLOTS];
        if (!peak)
            continue;
        double features[MG_PHASE_FEATURES];
        mg_phase_features(p, s, features);
        double score = mg_choice_score(&phase_model, features);
        if (count == MG_PHASE_CANDIDATES_MAX && ret[count - 1].weight >= score)
            continue;
        unsigned at = count < MG_PHASE_CANDIDATES_MAX ? count++ : count - 1;
        for (; at > 0 && ret[at - 1].weight < score; at--)
            ret[at] = ret[at - 1];
        ret[at] = (mg_phase_candidate){(s + 0.5) / MG_PHASE_SLOTS / p->beat_hz, score};
    }
    if (count == 0) { /* a flat profile */
        ret[0] = (mg_phase_candidate){0, 1};
        return 1;
    }
    double top = ret[0].weight, sum = 0;
    for (unsigned i = 0; i < count; i++)
        sum += ret[i].weight = exp(ret[i].weight - top);
    for (unsigned i = 0; i < count; i++)
        ret[i].weight /= sum;
    return count;
}

void mg_bar_features(const mg_beat_profile *p, unsigned slot, unsigned beat,
                     double ret[MG_BAR_FEATURES])
{
    unsigned n = 0, first = slot + beat * MG_PHASE_SLOTS;
    for (unsigned r = 0; r < MG_ODF_BANDS; r++)
        for (unsigned b = 0; b < MG_PHASE_BEATS; b++)
            ret[n++] = level(near(p, r, first + b * MG_PHASE_SLOTS));
    for (unsigned b = 0; b < MG_PHASE_BEATS; b++) {
        unsigned off = first + b * MG_PHASE_SLOTS + MG_PHASE_SLOTS / 2;
        ret[n++] = level(near(p, MG_ODF_KICK, off));
        ret[n++] = level(near(p, MG_ODF_SNARE, off));
        ret[n++] = level(near(p, MG_ODF_MID, off));
    }
}

void mg_bar_weigh(const mg_beat_profile *p, double phase_s, double ret[MG_PHASE_BEATS])
{
    double beats = phase_s * p->beat_hz;
    unsigned slot = (unsigned)((beats - floor(beats)) * MG_PHASE_SLOTS);
    for (unsigned b = 0; b < MG_PHASE_BEATS; b++) {
        double features[MG_BAR_FEATURES];
        mg_bar_features(p, slot, b, features);
        ret[b] = mg_choice_score(&bar_model, features);
    }
    mg_choice_softmax(ret, MG_PHASE_BEATS);
}
