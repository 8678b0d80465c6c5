#include "dsp/tempo/tempo_parts.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PERIODS = MG_COURSE_PERIODS,
    NEAR = 2, /* periods to either side in which a pulse is looked for */
    WALK = 1, /* and by which it may drift from one window to the next */
};

static const double strong = 0.25;   /* salience of something that repeats */
static const double explained = 0.6; /* of it: by what the clock counts */
static const double walk_cost = 0.1; /* per period, against a salience of 0..1 */
static const double leap_cost = 1.0;
static const double side_s = 60.0; /* of a border: where pulses are compared */
static const double pulse_error = 0.015, same_pulse = 0.004;

static double salience(const mg_pulse_course *c, size_t window, long period)
{
    return period < 0 || period >= PERIODS ? 0 : c->salience[window][period] / 255.0;
}

/* The best salience near a period. */
static double salience_near(const mg_pulse_course *c, size_t window, double period_s)
{
    double best = 0;
    long middle = lround(log(period_s / MG_PULSE_SHORTEST_S) / log(MG_COURSE_STEP));
    for (long i = middle - NEAR; i <= middle + NEAR; i++)
        best = fmax(best, salience(c, window, i));
    return best;
}

static bool is_explained(const mg_pulse_course *c, size_t window, double period_s)
{
    static const double multiple[] = {0.5, 1, 2};
    double best = 0, near = 0;
    for (long i = 0; i < PERIODS; i++)
        best = fmax(best, salience(c, window, i));
    for (size_t i = 0; i < sizeof(multiple) / sizeof(multiple[0]); i++)
        near = fmax(near, salience_near(c, window, multiple[i] * period_s));
    return best < strong || near >= explained * best;
}

bool mg_parts_wanted(const mg_pulse_course *c, const mg_beat_clock *clock)
{
    double run_s = 0;
    for (size_t w = 0; w < c->windows && run_s < MG_PART_LEAST_S; w++) {
        double at_s = c->first_s + (double)w * c->hop_s;
        double beats = mg_beat_clock_beats(clock, at_s + 1) - mg_beat_clock_beats(clock, at_s - 1);
        run_s = is_explained(c, w, 2 / beats) ? 0 : run_s + c->hop_s;
    }
    return run_s >= MG_PART_LEAST_S;
}

/* total[p] becomes the best sum that ends at period p; from[p] tells the period before. */
static void advance(const mg_pulse_course *c, size_t window, double total[PERIODS],
                    uint8_t from[PERIODS])
{
    double before[PERIODS];
    unsigned best = 0;
    for (unsigned p = 0; p < PERIODS; p++) {
        before[p] = total[p];
        best = before[p] > before[best] ? p : best;
    }
    for (unsigned p = 0; p < PERIODS; p++) {
        double reach = before[best] - leap_cost;
        from[p] = (uint8_t)best;
        for (int walk = -WALK; walk <= WALK; walk++) {
            int q = (int)p + walk;
            double value = q < 0 || q >= PERIODS ? -INFINITY : before[q] - walk_cost * abs(walk);
            if (value > reach || (value == reach && walk == 0)) {
                reach = value;
                from[p] = (uint8_t)q;
            }
        }
        total[p] = reach + salience(c, window, p);
    }
}

/* The course of the strongest pulse: a period for each window. */
static mg_err follow(const mg_pulse_course *c, uint8_t *ret)
{
    mg_autofree uint8_t(*from)[PERIODS] = calloc(c->windows + 1, sizeof(*from));
    if (from == NULL)
        return MG_E_NOMEM;
    double total[PERIODS] = {0};
    for (size_t w = 0; w < c->windows; w++)
        advance(c, w, total, from[w]);
    unsigned p = 0;
    for (unsigned i = 1; i < PERIODS; i++)
        p = total[i] > total[p] ? i : p;
    for (size_t w = c->windows; w-- > 0;) {
        ret[w] = (uint8_t)p;
        p = from[w][p];
    }
    return MG_OK;
}

/* Where the course leaps: the first windows of its runs. Those too short take the period of the run
 * before them, the first that of the next.
 * @param ret  room for one per window  @return their number */
static size_t cut(const mg_pulse_course *c, uint8_t *period, size_t *ret)
{
    size_t count = 0, least = (size_t)ceil(MG_PART_LEAST_S / fmax(c->hop_s, 1));
    for (size_t from = 0, to; from < c->windows; from = to) {
        for (to = from + 1; to < c->windows && abs((int)period[to] - period[to - 1]) <= WALK;)
            to++;
        if (to - from >= least)
            ret[count++] = from;
        else if (count > 0)
            memset(period + from, period[from - 1], to - from);
    }
    if (count > 0) {
        memset(period, period[ret[0]], ret[0]);
        ret[0] = 0;
    }
    return count;
}

/* The exact pulse of a stretch. */
static mg_err exact(const mg_odf *odf, double from_s, double to_s, double period_s, double *ret_hz)
{
    mg_auto(mg_tempo_fit_done) mg_tempo_fit fit = {0};
    double from = fmax(0, mg_odf_frame_at(odf, from_s));
    double to = fmin((double)odf->frames, mg_odf_frame_at(odf, to_s));
    mg_odf part = mg_odf_part(odf, (size_t)from, (size_t)fmax(from, to));
    mg_err err = mg_tempo_fit_init(&fit, &part, 1 / period_s);
    if (err == MG_OK)
        *ret_hz = mg_tempo_fit_best(&fit, pulse_error, 0, fit.windows);
    return err;
}

/* How two pulses are related. */
typedef enum relation {
    RELATED, /* one is the other, its double or fourfold */
    CROSSED, /* at 2 : 3, 3 : 4, 1 : 3 */
    UNRELATED,
} relation;

static relation relation_of(double a_hz, double b_hz)
{
    relation found = UNRELATED;
    for (int n = 1; n <= 4; n++)
        for (int m = 1; m <= 4; m++)
            if (fabs(a_hz * n / (b_hz * m) - 1) < same_pulse)
                found = n == 3 || m == 3 ? n == m ? RELATED : CROSSED : RELATED;
    return found;
}

/* How the pulses on both sides of a border are related. */
static mg_err compare(const mg_pulse_course *c, const mg_odf *odf, const uint8_t *period,
                      size_t from, size_t border, size_t to, relation *ret)
{
    double at_s = c->first_s + ((double)border - 0.5) * c->hop_s, a_hz = 0, b_hz = 0;
    double from_s = c->first_s + (double)from * c->hop_s;
    double to_s = c->first_s + (double)to * c->hop_s;
    mg_err err = exact(odf, fmax(from_s, at_s - side_s), at_s,
                       mg_course_period_s(period[border - 1]), &a_hz);
    if (err == MG_OK)
        err =
            exact(odf, at_s, fmin(to_s, at_s + side_s), mg_course_period_s(period[border]), &b_hz);
    if (err == MG_OK)
        *ret = relation_of(a_hz, b_hz);
    return err;
}

mg_err mg_parts_find(mg_tempo_parts *parts, const mg_pulse_course *c, const mg_odf *odf)
{
    *parts = (mg_tempo_parts){.count = 1};
    mg_autofree uint8_t *period = calloc(c->windows + 1, 1);
    mg_autofree size_t *start = calloc(c->windows + 2, sizeof(*start));
    mg_autofree double *border_s = calloc(c->windows + 1, sizeof(*border_s));
    mg_autofree bool *sure = calloc(c->windows + 1, sizeof(*sure));
    if (period == NULL || start == NULL || border_s == NULL || sure == NULL)
        return MG_E_NOMEM;
    mg_err err = follow(c, period);
    size_t runs = cut(c, period, start), from = 0, count = 1;
    start[runs] = c->windows;
    for (size_t i = 1; i < runs && err == MG_OK; i++) {
        relation related = RELATED;
        err = compare(c, odf, period, from, start[i], start[i + 1], &related);
        sure[count - 1] = related == UNRELATED;
        if (related != RELATED)
            border_s[count++ - 1] = c->first_s + ((double)start[i] - 0.5) * c->hop_s;
        from = start[i];
    }
    if (err != MG_OK)
        return err;
    parts->count = count;
    parts->border_s = mg_steal(border_s);
    parts->sure = mg_steal(sure);
    return MG_OK;
}

void mg_parts_merge(mg_tempo_parts *parts, size_t border)
{
    size_t behind = --parts->count - 1 - border;
    memmove(parts->border_s + border, parts->border_s + border + 1, behind * sizeof(double));
    memmove(parts->sure + border, parts->sure + border + 1, behind * sizeof(bool));
}

void mg_parts_done(mg_tempo_parts *parts)
{
    free(parts->border_s);
    free(parts->sure);
    *parts = (mg_tempo_parts){0};
}
