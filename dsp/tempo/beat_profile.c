#include "dsp/tempo/beat_profile.h"

#include "base/cleanup.h"
#include "dsp/tempo/beat_onsets.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHARP = 9, /* attack levels: 9 dB */
    BAR_STEPS = MG_PHASE_BEATS * MG_PROFILE_STEPS,
};

/* Sums of the bands from the start to each step. Onsets are bytes, at most 170 a second, merged in
 * long files: 32 bits hold them. */
typedef struct sums {
    uint32_t (*at)[MG_ODF_BANDS]; /* [steps + 1] */
    size_t steps;
} sums;

static void sums_done(sums *s)
{
    free(s->at);
}

static size_t unit_at(const mg_beat_clock *clock, double time_s, double per_beat)
{
    return (size_t)fmax(per_beat * mg_beat_clock_beats(clock, time_s), 0);
}

static mg_err sums_init(sums *ret, const mg_odf *odf, const mg_beat_clock *clock)
{
    double end_s = mg_odf_time_s(odf, (double)odf->frames);
    sums s = {.steps = unit_at(clock, end_s, MG_PROFILE_STEPS) + 1};
    s.at = calloc(s.steps + 1, sizeof(*s.at));
    if (s.at == NULL)
        return MG_E_NOMEM;
    for (size_t i = 0; i < odf->frames; i++) {
        double at_s = mg_odf_time_s(odf, (double)i) + MG_FLUX_LEAD_S;
        size_t step = unit_at(clock, at_s, MG_PROFILE_STEPS);
        for (unsigned b = 0; b < MG_ODF_BANDS && step < s.steps; b++)
            s.at[step + 1][b] += mg_odf_get(odf, b, i);
    }
    for (size_t i = 1; i <= s.steps; i++)
        for (unsigned b = 0; b < MG_ODF_BANDS; b++)
            s.at[i][b] += s.at[i - 1][b];
    *ret = s;
    return MG_OK;
}

/* The square of how much more, or less, there is in `span` steps after a step than before it. */
static double change_at(const sums *s, mg_profile_change kind, size_t step, size_t span)
{
    unsigned bands = kind == MG_CHANGE_BAR_ENTRY ? 1 : MG_ODF_BANDS;
    double square = 0;
    for (unsigned b = 0; b < bands; b++) {
        double after = s->at[step + span][b] - s->at[step][b];
        double more = after - (double)(s->at[step][b] - s->at[step - span][b]);
        square += kind != MG_CHANGE_BAR_ENTRY || more > 0 ? more * more : 0;
    }
    return square;
}

static void fold_changes(mg_beat_profile *p, const sums *s)
{
    for (unsigned c = 0; c < MG_PROFILE_CHANGES; c++) {
        size_t span = c == MG_CHANGE_BEAT ? MG_PROFILE_STEPS : BAR_STEPS;
        double count[BAR_STEPS] = {0}, sum = 0;
        for (size_t i = span; i + span <= s->steps; i++) {
            p->change[c][i % BAR_STEPS] += change_at(s, (mg_profile_change)c, i, span);
            count[i % BAR_STEPS]++;
        }
        for (unsigned i = 0; i < BAR_STEPS; i++)
            sum += p->change[c][i] /= fmax(count[i], 1);
        for (unsigned i = 0; i < BAR_STEPS; i++)
            p->change[c][i] *= sum > 0 ? BAR_STEPS / sum : 0;
    }
}

/* The least share that a bar has of the onsets of a band. */
static double fullness(const sums *s, size_t bar)
{
    size_t from = bar * BAR_STEPS;
    size_t to = from + BAR_STEPS < s->steps ? from + BAR_STEPS : s->steps;
    double least = INFINITY;
    for (unsigned b = 0; b < MG_ODF_BANDS; b++)
        least = fmin(least, (double)(s->at[to][b] - s->at[from][b]) / fmax(s->at[s->steps][b], 1));
    return least;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* @param ret  [bars]: whether each belongs to the fuller half */
static mg_err find_full(const sums *s, size_t bars, bool *ret)
{
    mg_autofree double *sorted = calloc(bars, sizeof(*sorted));
    if (sorted == NULL)
        return MG_E_NOMEM;
    size_t whole = bars > 1 ? bars - 1 : 1; /* the last ends with the file */
    for (size_t i = 0; i < whole; i++)
        sorted[i] = fullness(s, i);
    qsort(sorted, whole, sizeof(*sorted), by_value);
    double median = sorted[whole / 2];
    for (size_t i = 0; i < bars; i++)
        ret[i] = fullness(s, i) >= median;
    return MG_OK;
}

static unsigned slot_at(const mg_beat_clock *clock, double time_s)
{
    double bars = mg_beat_clock_beats(clock, time_s) / MG_PHASE_BEATS;
    return (unsigned)((bars - floor(bars)) * MG_PROFILE_SLOTS) % MG_PROFILE_SLOTS;
}

/* Sums over the slots to means over the mean of the row. */
static void scale_rows(double (*row)[MG_PROFILE_SLOTS], const double *count)
{
    for (unsigned r = 0; r < MG_ODF_ROWS; r++) {
        double sum = 0;
        for (unsigned s = 0; s < MG_PROFILE_SLOTS; s++)
            sum += row[r][s] /= fmax(count[s], 1);
        for (unsigned s = 0; s < MG_PROFILE_SLOTS; s++)
            row[r][s] *= sum > 0 ? MG_PROFILE_SLOTS / sum : 0;
    }
}

/* @param full  of each bar, `bars` of them */
static void fold_rows(mg_beat_profile *p, const mg_odf *odf, const mg_beat_clock *clock,
                      const bool *full, size_t bars)
{
    double count[MG_PROFILE_PARTS][MG_PROFILE_SLOTS] = {{0}};
    for (size_t i = 0; i < odf->frames; i++) {
        double at_s = mg_odf_time_s(odf, (double)i) + MG_FLUX_LEAD_S, attack_s;
        size_t bar = unit_at(clock, at_s, 1.0 / MG_PHASE_BEATS);
        unsigned slot = slot_at(clock, at_s), level = mg_odf_attack(odf, i, &attack_s);
        unsigned parts = bar < bars && full[bar] ? MG_PROFILE_PARTS : MG_PROFILE_FULL;
        for (unsigned part = 0; part < parts; part++) {
            count[part][slot]++;
            for (unsigned r = 0; r < MG_ODF_BANDS; r++)
                p->row[part][r][slot] += mg_odf_get(odf, r, i);
            p->row[part][MG_ODF_LEVEL][slot] += mg_odf_get(odf, MG_ODF_LEVEL, i);
            if (level >= SHARP)
                p->row[part][MG_ODF_ATTACK][slot_at(clock, attack_s)] += level;
        }
    }
    for (unsigned part = 0; part < MG_PROFILE_PARTS; part++)
        scale_rows(p->row[part], count[part]);
}

mg_err mg_beat_profile_fold(mg_beat_profile *p, const mg_odf *odf, const mg_beat_clock *clock,
                            const mg_beat_start *start)
{
    mg_auto(sums_done) sums s = {0};
    memset(p, 0, sizeof(*p));
    p->beat_hz = clock->beat_hz;
    p->start = (double)NAN;
    if (!isnan(start->at_s)) {
        double bars = mg_beat_clock_beats(clock, start->at_s) / MG_PHASE_BEATS;
        p->start = MG_PHASE_BEATS * (bars - floor(bars));
    }
    p->start_kind = start->kind;
    mg_err err = sums_init(&s, odf, clock);
    if (err != MG_OK)
        return err;
    size_t bars = (s.steps + BAR_STEPS - 1) / BAR_STEPS;
    mg_autofree bool *full = calloc(bars, sizeof(*full));
    if (full == NULL)
        return MG_E_NOMEM;
    err = find_full(&s, bars, full);
    if (err != MG_OK)
        return err;
    fold_rows(p, odf, clock, full, bars);
    fold_changes(p, &s);
    return MG_OK;
}
