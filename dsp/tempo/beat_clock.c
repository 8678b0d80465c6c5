#include "dsp/tempo/beat_clock.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
    HOP = 4, /* windows of the fit from one phase to the next: 2 s */
    ROUNDS = 5,
    BRIDGE_ROUND = 2,
    OFFSETS = 41,  /* turns that are tried */
    LEAP_MAX = 3,  /* steps over which the tempo leaps */
    LOCAL = 4,     /* windows within which beats hardly move: 2 s */
    STAY = 4,      /* steps before and after it in which the tempo stays */
    LEAP_SIDE = 8, /* steps to either side that a leap is judged by */
};

/* Windows of the fit that one phase looks at: closer in later rounds. */
static const size_t span[ROUNDS] = {16, 16, 8, 12, 8};
/* The tempo moves where following it gathers that much more, and leads that far away. */
static const double moving_gain = 1.1, moving_bend_s = 0.03;
/* How far a path may go: drift, then changes of tempo; who leaps has to gain that much again. */
static const double reach[] = {0.03, 0.2};
static const double leap = 0.012;        /* of the tempo, from one step to the next */
static const double largest_step = 0.06; /* beats, from one phase to the next */
static const double beat_error = 0.003;  /* of a ratio of a pulse that is exact */
static const double usual_step = 0.12;   /* beats; holds against onsets that say little */

/* Beats ahead of the pulse in the middle of a window of the fit. */
static double shift_at(const mg_beat_clock *c, double window, double window_s)
{
    double x = (window + 0.5) * window_s / c->step_s - 0.5;
    if (c->steps < 2)
        return c->steps == 1 ? c->shift[0] : 0;
    size_t i = x <= 0 ? 0 : x >= (double)(c->steps - 2) ? c->steps - 2 : (size_t)x;
    return c->shift[i] + (x - (double)i) * (c->shift[i + 1] - c->shift[i]);
}

/* Sums of one window, or of several, at the pulse and its multiples. */
typedef struct sums {
    double complex h[MG_FIT_HARMONICS];
} sums;

/* A window of the fit, turned back by the beats that the clock is ahead. */
static sums turned(const mg_tempo_fit *fit, size_t window, double shift)
{
    sums s;
    double complex turn = cexp(-2 * M_PI * I * (shift - floor(shift))), power = turn;
    for (unsigned h = 0; h < MG_FIT_HARMONICS; h++, power *= turn)
        s.h[h] = fit->sum[h][window] * power;
    return s;
}

static sums sum_of(const sums *s, size_t from, size_t to)
{
    sums all = {{0}};
    for (size_t i = from; i < to; i++)
        for (unsigned h = 0; h < MG_FIT_HARMONICS; h++)
            all.h[h] += s[i].h[h];
    return all;
}

static double size_of(const sums *s)
{
    double size = 0;
    for (unsigned h = 0; h < MG_FIT_HARMONICS; h++)
        size += cabs(s->h[h]);
    return size;
}

static void turn_windows(const mg_beat_clock *c, const mg_tempo_fit *fit, sums *ret)
{
    for (size_t w = 0; w < fit->windows; w++) {
        double middle_s = ((double)w + 0.5) * fit->window_s;
        double off = (c->beat_hz - fit->pulse_hz) * middle_s; /* the two need not be the same */
        ret[w] = turned(fit, w, off + shift_at(c, (double)w, fit->window_s));
    }
}

/* Sums of the turned windows around the middle of each step. */
static void sum_steps(const mg_beat_clock *c, const mg_tempo_fit *fit, const sums *windows,
                      size_t wide, sums *ret)
{
    for (size_t i = 0; i < c->steps; i++) {
        size_t middle = i * HOP + HOP / 2, from = middle > wide / 2 ? middle - wide / 2 : 0;
        ret[i] = sum_of(windows, from, from + wide < fit->windows ? from + wide : fit->windows);
    }
}

/* Turns that are tried, from -1 to 1 of the largest: e^(-j 2 pi offset). */
typedef struct turns {
    double largest;
    double complex turn[OFFSETS];
} turns;

static turns turns_to(double largest)
{
    turns t = {.largest = largest};
    for (int i = 0; i < OFFSETS; i++)
        t.turn[i] = cexp(-2 * M_PI * I * largest * (2.0 * i / (OFFSETS - 1) - 1));
    return t;
}

/* The turn from one sum to another that the multiples agree on.
 * @param weight  of holding still: 1 makes a turn by usual_step as bad as no agreement at all
 * @param usual   size of such sums; smaller ones are trusted less */
static double agreed_turn(const sums *a, const sums *b, const turns *tried, double weight,
                          double usual)
{
    double complex turn[MG_FIT_HARMONICS];
    double sum = 0, best = -INFINITY, best_offset = 0;
    for (unsigned h = 0; h < MG_FIT_HARMONICS; h++) {
        turn[h] = b->h[h] * conj(a->h[h]);
        double size = sqrt(cabs(turn[h]));
        turn[h] = size > 0 ? turn[h] / size : 0; /* in amplitudes, not powers */
        sum += size;
    }
    if (sum <= 0 || usual <= 0)
        return 0;
    double trust = fmin(1, sum / usual);
    for (int i = 0; i < OFFSETS; i++) {
        double offset = tried->largest * (2.0 * i / (OFFSETS - 1) - 1), value = 0;
        double complex power = tried->turn[i];
        for (unsigned h = 0; h < MG_FIT_HARMONICS; h++, power *= tried->turn[i])
            value += creal(turn[h]) * creal(power) - cimag(turn[h]) * cimag(power);
        value = trust * value / sum - weight * (offset / usual_step) * (offset / usual_step);
        if (value > best) {
            best = value;
            best_offset = offset;
        }
    }
    return best_offset;
}

static void pull(mg_beat_clock *c, const sums *steps)
{
    turns tried = turns_to(largest_step);
    double usual = 0, moved = 0;
    for (size_t i = 0; i < c->steps; i++)
        usual += size_of(&steps[i]) / (double)c->steps;
    for (size_t i = 1; i < c->steps; i++) {
        moved += agreed_turn(&steps[i - 1], &steps[i], &tried, 1, usual);
        c->shift[i] += moved;
    }
}

/* Whether the tempo stays from step `from` to `to`: a leap lies between two such stretches, where a
 * tempo that slows down moves on. */
static bool stays(const mg_tempo_path *path, size_t from, size_t to, double most_hz)
{
    for (size_t i = from; i <= to; i++)
        if (fabs(path->hz[i] - path->hz[from]) > most_hz)
            return false;
    return true;
}

/* Where the tempo leaps between two steps and the moment is not known, the beats of both sides are
 * fitted together: by up to half a beat. */
static void bridge(mg_beat_clock *c, const mg_tempo_path *path, const sums *steps)
{
    turns tried = turns_to(0.5);
    double most_hz = leap * c->beat_hz;
    for (size_t from = 0, to; from + 1 < c->steps; from = to + 1) {
        to = from;
        while (to + 1 < c->steps && fabs(path->hz[to + 1] - path->hz[to]) > most_hz)
            to++;
        if (to == from || to - from > LEAP_MAX || from < STAY || to + STAY >= c->steps ||
            !stays(path, from - STAY, from, most_hz) || !stays(path, to, to + STAY, most_hz))
            continue;
        sums before = sum_of(steps, from > LEAP_SIDE ? from - LEAP_SIDE : 0, from);
        size_t end = to + 1 + LEAP_SIDE;
        sums after = sum_of(steps, to + 1, end < c->steps ? end : c->steps);
        double moved = agreed_turn(&before, &after, &tried, 0, 1);
        for (size_t i = from + 1; i < c->steps; i++)
            c->shift[i] += moved * fmin(1, (double)(i - from) / (double)(to - from));
    }
}

mg_err mg_beat_clock_follow(mg_beat_clock *clock, const mg_tempo_fit *fit,
                            const mg_tempo_path *path)
{
    *clock = (mg_beat_clock){
        .beat_hz = fit->pulse_hz, .steps = path->steps, .step_s = HOP * fit->window_s};
    clock->shift = calloc(clock->steps + 1, sizeof(double));
    mg_autofree sums *windows = calloc(fit->windows + 1, sizeof(*windows));
    mg_autofree sums *steps = calloc(clock->steps + 1, sizeof(*steps));
    if (clock->shift == NULL || windows == NULL || steps == NULL) {
        mg_beat_clock_done(clock);
        return MG_E_NOMEM;
    }
    for (size_t i = 1; i < clock->steps; i++)
        clock->shift[i] = clock->shift[i - 1] +
                          (0.5 * (path->hz[i - 1] + path->hz[i]) - clock->beat_hz) * clock->step_s;
    for (unsigned round = 0; round < ROUNDS; round++) {
        turn_windows(clock, fit, windows);
        sum_steps(clock, fit, windows, span[round], steps);
        if (round == BRIDGE_ROUND)
            bridge(clock, path, steps);
        else
            pull(clock, steps);
    }
    return MG_OK;
}

void mg_beat_clock_done(mg_beat_clock *clock)
{
    free(clock->shift);
    *clock = (mg_beat_clock){0};
}

double mg_beat_clock_beats(const mg_beat_clock *c, double time_s)
{
    time_s -= c->origin_s;
    return c->beat_hz * time_s + shift_at(c, time_s / c->step_s - 0.5, c->step_s);
}

double mg_beat_clock_time_s(const mg_beat_clock *c, double beats)
{
    double time_s = c->origin_s + beats / c->beat_hz;
    for (unsigned i = 0; i < 20 && c->steps > 0; i++) /* the tempo never bends by half */
        time_s += (beats - mg_beat_clock_beats(c, time_s)) / c->beat_hz;
    return time_s;
}

mg_err mg_beat_clock_coherence(const mg_beat_clock *c, const mg_tempo_fit *fit, double *ret_whole,
                               double *ret_local)
{
    mg_autofree sums *windows = calloc(fit->windows + 1, sizeof(*windows));
    if (windows == NULL)
        return MG_E_NOMEM;
    turn_windows(c, fit, windows);
    sums whole = sum_of(windows, 0, fit->windows);
    *ret_whole = size_of(&whole);
    *ret_local = 0;
    for (size_t from = 0; from < fit->windows; from += LOCAL) {
        size_t to = from + LOCAL;
        sums part = sum_of(windows, from, to < fit->windows ? to : fit->windows);
        *ret_local += size_of(&part);
    }
    return MG_OK;
}

double mg_beat_clock_bend_s(const mg_beat_clock *c)
{
    double n = (double)c->steps, sx = 0, sy = 0, sxx = 0, sxy = 0, bend = 0;
    for (size_t i = 0; i < c->steps; i++) {
        double x = (double)i;
        sx += x;
        sy += c->shift[i];
        sxx += x * x;
        sxy += x * c->shift[i];
    }
    double below = n * sxx - sx * sx, slope = below > 0 ? (n * sxy - sx * sy) / below : 0;
    for (size_t i = 0; i < c->steps; i++)
        bend = fmax(bend, fabs(c->shift[i] - (sy - slope * sx) / n - slope * (double)i));
    return bend / c->beat_hz;
}

/* Takes a clock that follows over where it gathers more than *best. */
static mg_err try_path(mg_beat_clock *clock, const mg_tempo_fit *fit, double path_reach,
                       double *best)
{
    mg_auto(mg_tempo_path_done) mg_tempo_path path = {0};
    mg_auto(mg_beat_clock_done) mg_beat_clock next = {0};
    double whole, local;
    mg_err err = mg_tempo_path_init(&path, fit, path_reach);
    if (err == MG_OK)
        err = mg_beat_clock_follow(&next, fit, &path);
    if (err == MG_OK)
        err = mg_beat_clock_coherence(&next, fit, &whole, &local);
    if (err != MG_OK || whole <= *best || mg_beat_clock_bend_s(&next) <= moving_bend_s)
        return err;
    *best = moving_gain * whole;
    mg_beat_clock_done(clock);
    *clock = next;
    next = (mg_beat_clock){0};
    return MG_OK;
}

mg_err mg_beat_clock_find(mg_beat_clock *clock, const mg_tempo_fit *fit, double beat_hz)
{
    *clock = mg_beat_clock_still(beat_hz);
    double whole, local;
    mg_err err = mg_beat_clock_coherence(clock, fit, &whole, &local);
    double best = moving_gain * whole;
    if (local < best) /* nothing to be gained */
        return err;
    for (size_t i = 0; i < sizeof(reach) / sizeof(reach[0]) && err == MG_OK; i++)
        err = try_path(clock, fit, reach[i], &best);
    if (err != MG_OK)
        mg_beat_clock_done(clock);
    return err;
}

mg_err mg_beat_clock_of(mg_beat_clock *clock, const mg_odf *odf, double beat_hz)
{
    mg_auto(mg_tempo_fit_done) mg_tempo_fit fit = {0};
    mg_err err = mg_tempo_fit_init(&fit, odf, beat_hz);
    return err == MG_OK ? mg_beat_clock_find(clock, &fit,
                                             mg_tempo_fit_best(&fit, beat_error, 0, fit.windows))
                        : err;
}
