#include "dsp/tempo/beat_phase.h"

#include "base/cleanup.h"
#include "dsp/tempo/beat_onsets.h"
#include "dsp/tempo/beat_phase_model.h"
#include "dsp/tempo/choice.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOTS = MG_PHASE_BEATS * MG_PHASE_SLOTS,
    SHARP = 9,       /* attack levels: 9 dB */
    START_SLOTS = 2, /* off the first attack, where a beat still meets it */
    PART_SLOTS = SLOTS / MG_PHASE_STEPS,
};

/* Sixteenths before and after a place that are compared. */
static const unsigned change_steps[2] = {4, 16};

/* Mean square of the difference between the onsets after and before, by sixteenth of the bar. */
static void fold_changes(mg_beat_profile *p, const uint32_t (*sum)[MG_ODF_BANDS], size_t steps)
{
    for (unsigned c = 0; c < 2; c++) {
        unsigned span = change_steps[c];
        double count[MG_PHASE_STEPS] = {0}, mean = 0;
        for (size_t i = span; i + span <= steps; i++) {
            double square = 0;
            for (unsigned b = 0; b < MG_ODF_BANDS; b++) {
                double d =
                    (double)(sum[i + span][b] - sum[i][b]) - (double)(sum[i][b] - sum[i - span][b]);
                square += d * d;
            }
            p->change[c][i % MG_PHASE_STEPS] += square;
            count[i % MG_PHASE_STEPS]++;
        }
        for (unsigned s = 0; s < MG_PHASE_STEPS; s++)
            mean += p->change[c][s] /= fmax(count[s], 1);
        for (unsigned s = 0; s < MG_PHASE_STEPS; s++)
            p->change[c][s] *= mean > 0 ? MG_PHASE_STEPS / mean : 0;
    }
}

/* Adds up the bands to running sums, one for each sixteenth, and folds them. Onsets are
 * bytes, at most 170 a second, merged in long files: their sum fits into 32 bits. */
static mg_err fold_steps(mg_beat_profile *p, const mg_odf *odf, const mg_beat_clock *clock)
{
    double end = mg_beat_clock_beats(clock, mg_odf_time_s(odf, (double)odf->frames));
    size_t steps = (size_t)fmax(4 * end, 0) + 1;
    mg_autofree uint32_t(*sum)[MG_ODF_BANDS] = calloc(steps + 2, sizeof(*sum));
    if (sum == NULL)
        return MG_E_NOMEM;
    for (size_t i = 0; i < odf->frames; i++) {
        double at_s = mg_odf_time_s(odf, (double)i) + MG_FLUX_LEAD_S;
        size_t step = (size_t)fmax(4 * mg_beat_clock_beats(clock, at_s), 0);
        for (unsigned b = 0; b < MG_ODF_BANDS && step <= steps; b++)
            sum[step + 1][b] += mg_odf_get(odf, b, i);
    }
    for (size_t i = 1; i <= steps; i++)
        for (unsigned b = 0; b < MG_ODF_BANDS; b++)
            sum[i][b] += sum[i - 1][b];
    fold_changes(p, sum, steps);
    return MG_OK;
}

static unsigned slot_at(const mg_beat_clock *clock, double time_s)
{
    double bars = mg_beat_clock_beats(clock, time_s) / MG_PHASE_BEATS;
    return (unsigned)((bars - floor(bars)) * SLOTS) % SLOTS;
}

static void fold_rows(mg_beat_profile *p, const mg_odf *odf, const mg_beat_clock *clock)
{
    double count[SLOTS] = {0};
    for (size_t i = 0; i < odf->frames; i++) {
        unsigned slot = slot_at(clock, mg_odf_time_s(odf, (double)i) + MG_FLUX_LEAD_S);
        count[slot]++;
        for (unsigned r = 0; r < MG_ODF_BANDS; r++)
            p->row[r][slot] += mg_odf_get(odf, r, i);
        double at;
        unsigned level = mg_odf_attack(odf, i, &at);
        if (level >= SHARP)
            p->row[MG_ODF_ATTACK][slot_at(clock, at)] += level;
    }
    for (unsigned r = 0; r < MG_ODF_ROWS; r++) {
        double sum = 0;
        for (unsigned s = 0; s < SLOTS; s++)
            sum += p->row[r][s] /= fmax(count[s], 1);
        for (unsigned s = 0; s < SLOTS; s++)
            p->row[r][s] *= sum > 0 ? SLOTS / sum : 0;
    }
}

mg_err mg_beat_profile_fold(mg_beat_profile *p, const mg_odf *odf, const mg_beat_clock *clock,
                            const mg_beat_start *start)
{
    memset(p, 0, sizeof(*p));
    p->beat_hz = clock->beat_hz;
    p->start = (double)NAN;
    if (!isnan(start->at_s)) {
        double bars = mg_beat_clock_beats(clock, start->at_s) / MG_PHASE_BEATS;
        p->start = MG_PHASE_BEATS * (bars - floor(bars));
    }
    p->start_kind = start->kind;
    fold_rows(p, odf, clock);
    return fold_steps(p, odf, clock);
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
    for (unsigned r = 0; r < MG_ODF_ROWS; r++) {
        for (unsigned i = 0; i < MG_PHASE_STEPS; i++)
            ret[n++] = level(near(p, r, slot + i * PART_SLOTS));
        for (unsigned i = 0; i < MG_PHASE_PLACES; i++)
            ret[n++] = level(over_beats(p, r, slot + i * MG_PHASE_SLOTS / MG_PHASE_PLACES));
    }
    unsigned step = (slot + PART_SLOTS / 2) / PART_SLOTS;
    for (unsigned c = 0; c < 2; c++)
        for (unsigned b = 0; b < MG_PHASE_BEATS; b++)
            ret[n++] = level(p->change[c][(step + 4 * b) % MG_PHASE_STEPS]);
    start_features(p, slot, ret + n);
}

static double all_rows(const mg_beat_profile *p, unsigned slot)
{
    double sum = 0;
    for (unsigned r = 0; r < MG_ODF_ROWS; r++)
        sum += over_beats(p, r, slot);
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
