#include "dsp/tempo/beat_phase.h"

#include "dsp/tempo/beat_phase_model.h"
#include "dsp/tempo/choice.h"

#include <math.h>
#include <stdbool.h>

enum {
    SLOTS = MG_PROFILE_SLOTS,
    START_SLOTS = 2, /* off the first attack, where a beat still meets it */
    PART_SLOTS = SLOTS / MG_PHASE_STEPS,
    CHANGE_SLOTS = MG_PHASE_SLOTS / MG_PROFILE_STEPS,
    BEFORE = 3, /* slots: music that changes with a beat does so behind the step before it */
};

/* Largest value of a row within one slot to either side. */
static double near(const double *row, unsigned slot)
{
    double a = row[(slot + SLOTS - 1) % SLOTS], b = row[slot % SLOTS];
    return fmax(fmax(a, b), row[(slot + 1) % SLOTS]);
}

/* Compressed, so that one very sharp row does not outweigh the others. */
static double level(double v)
{
    return log2(1 + v);
}

static double over_beats(const double *row, unsigned slot)
{
    double sum = 0;
    for (unsigned b = 0; b < MG_PHASE_BEATS; b++)
        sum += near(row, slot + b * MG_PHASE_SLOTS);
    return sum / MG_PHASE_BEATS;
}

/* Whether the file starts on a beat of the bar that begins at a slot, or on its first. */
static void start_features(const mg_beat_profile *p, unsigned slot, double ret[MG_PHASE_STARTS])
{
    for (unsigned i = 0; i < MG_PHASE_STARTS; i++)
        ret[i] = 0;
    double beats = p->start - (slot + 0.5) / MG_PHASE_SLOTS;
    if (isnan(beats) || fabs(beats - floor(beats + 0.5)) > (double)START_SLOTS / MG_PHASE_SLOTS)
        return;
    double bars = beats / MG_PHASE_BEATS;
    ret[2 * p->start_kind] = 1;
    ret[2 * p->start_kind + 1] = fabs(bars - floor(bars + 0.5)) < 0.5 / MG_PHASE_BEATS;
}

void mg_phase_features(const mg_beat_profile *p, unsigned slot, double ret[MG_PHASE_FEATURES])
{
    unsigned n = 0;
    for (unsigned i = 0; i < MG_PROFILE_PARTS * MG_ODF_ROWS; i++) {
        const double *row = p->row[i / MG_ODF_ROWS][i % MG_ODF_ROWS];
        for (unsigned k = 0; k < MG_PHASE_STEPS; k++)
            ret[n++] = level(near(row, slot + k * PART_SLOTS));
        for (unsigned k = 0; k < MG_PHASE_PLACES; k++)
            ret[n++] = level(over_beats(row, slot + k * MG_PHASE_SLOTS / MG_PHASE_PLACES));
    }
    for (unsigned c = 0; c < MG_PROFILE_CHANGES; c++)
        for (unsigned b = 0; b < MG_PHASE_BEATS; b++) {
            unsigned at = slot + b * MG_PHASE_SLOTS + SLOTS - BEFORE;
            ret[n++] = level(p->change[c][at % SLOTS / CHANGE_SLOTS]);
        }
    start_features(p, slot, ret + n);
}

/* Of what strikes. */
static double all_rows(const mg_beat_profile *p, unsigned slot)
{
    double sum = 0;
    for (unsigned r = 0; r <= MG_ODF_ATTACK; r++)
        sum += over_beats(p->row[MG_PROFILE_ALL][r], slot);
    return sum;
}

unsigned mg_phase_slots(const mg_beat_profile *p, unsigned ret[MG_PHASE_CANDIDATES_MAX])
{
    double total[MG_PHASE_SLOTS];
    for (unsigned s = 0; s < MG_PHASE_SLOTS; s++)
        total[s] = all_rows(p, s);
    unsigned count = 0;
    for (unsigned s = 0; s < MG_PHASE_SLOTS && count < MG_PHASE_CANDIDATES_MAX; s++) {
        bool peak = true; /* ties: the first */
        for (unsigned d = 1; d <= 2; d++)
            peak = peak && total[s] >= total[(s + d) % MG_PHASE_SLOTS] &&
                   total[s] > total[(s + MG_PHASE_SLOTS - d) % MG_PHASE_SLOTS];
        if (peak)
            ret[count++] = s;
    }
    if (count == 0) /* a flat profile */
        ret[count++] = 0;
    return count;
}

static const mg_choice_model model = {MG_PHASE_FEATURES, MG_PHASE_HIDDEN, mg_phase_weights};
_Static_assert(sizeof(mg_phase_weights) / sizeof(mg_phase_weights[0]) ==
                   MG_PHASE_HIDDEN * (MG_PHASE_FEATURES + 2) + MG_PHASE_FEATURES,
               "the weights are of these features");

unsigned mg_phase_weigh(const mg_beat_profile *p, mg_phase_candidate ret[MG_PHASE_CANDIDATES_MAX])
{
    unsigned slots[MG_PHASE_CANDIDATES_MAX], count = mg_phase_slots(p, slots);
    double scores[MG_PHASE_CANDIDATES_MAX * MG_PHASE_BEATS];
    for (unsigned i = 0; i < count * MG_PHASE_BEATS; i++) {
        double features[MG_PHASE_FEATURES];
        unsigned beat = i % MG_PHASE_BEATS * MG_PHASE_SLOTS;
        mg_phase_features(p, slots[i / MG_PHASE_BEATS] + beat, features);
        scores[i] = mg_choice_score(&model, features);
    }
    mg_choice_softmax(scores, count * MG_PHASE_BEATS);
    for (unsigned i = 0; i < count; i++) {
        const double *bar = scores + (size_t)i * MG_PHASE_BEATS;
        mg_phase_candidate c = {.phase_s = (slots[i] + 0.5) / MG_PHASE_SLOTS / p->beat_hz};
        for (unsigned b = 0; b < MG_PHASE_BEATS; b++)
            c.weight += bar[b];
        for (unsigned b = 0; b < MG_PHASE_BEATS; b++)
            c.bar[b] = c.weight > 0 ? bar[b] / c.weight : 1.0 / MG_PHASE_BEATS;
        unsigned at = i;
        for (; at > 0 && ret[at - 1].weight < c.weight; at--)
            ret[at] = ret[at - 1];
        ret[at] = c;
    }
    return count;
}
