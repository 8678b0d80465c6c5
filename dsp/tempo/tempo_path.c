#include "dsp/tempo/tempo_path.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdlib.h>

enum {
    STATES = 81, /* offsets of -20 % .. 20 % */
    MIDDLE = (STATES - 1) / 2,
    WINDOW = 16, /* windows of the fit that one step looks at */
    HOP = 4,     /* and by which it moves */
};

/* The pulse, its double and its fourfold: sixteenths that never pause show in the last alone. */
static const unsigned pulses[] = {0, 1, 3};
enum { PULSES = sizeof(pulses) / sizeof(pulses[0]) };

static const double state_share = 0.005;
static const double move_cost = 0.01; /* per state, against a coherence of 0..1 */

static double offset_share(unsigned state)
{
    return state_share * ((double)state - MIDDLE);
}

/* Windows of the fit that a step looks at, and the sum of the history in them. */
typedef struct view {
    size_t from, to;
    double weight;
} view;

static view view_of(const mg_tempo_fit *fit, size_t step)
{
    size_t middle = step * HOP + HOP / 2;
    view v = {.from = middle > WINDOW / 2 ? middle - WINDOW / 2 : 0};
    v.to = v.from + WINDOW < fit->windows ? v.from + WINDOW : fit->windows;
    for (size_t w = v.from; w < v.to; w++)
        v.weight += fit->weight[w];
    return v;
}

/* Coherence of one tempo within the view of a step. */
static double score_of(const mg_tempo_fit *fit, const view *v, unsigned state)
{
    double sum = 0, offset = offset_share(state) * fit->pulse_hz;
    for (unsigned i = 0; i < PULSES; i++)
        sum += mg_tempo_fit_power(fit, pulses[i], offset, v->from, v->to);
    return v->weight > 0 ? sqrt(sum / PULSES) / v->weight : 0;
}

/* total[s] becomes the best sum of scores that ends in state s; from[s] tells the state before. */
static void advance(double total[STATES], const double score[STATES], unsigned low, unsigned high,
                    uint8_t from[STATES])
{
    double reach[STATES];
    for (unsigned s = low; s <= high; s++) {
        reach[s] = total[s];
        from[s] = (uint8_t)s;
    }
    /* A linear cost per state: two sweeps replace the comparison of all pairs. */
    for (unsigned s = low + 1; s <= high; s++)
        if (reach[s - 1] - move_cost > reach[s]) {
            reach[s] = reach[s - 1] - move_cost;
            from[s] = from[s - 1];
        }
    for (unsigned s = high; s-- > low;)
        if (reach[s + 1] - move_cost > reach[s]) {
            reach[s] = reach[s + 1] - move_cost;
            from[s] = from[s + 1];
        }
    for (unsigned s = low; s <= high; s++)
        total[s] = reach[s] + score[s];
}

mg_err mg_tempo_path_init(mg_tempo_path *path, const mg_tempo_fit *fit, double reach)
{
    unsigned wide = (unsigned)(fmin(fmax(reach / state_share, 0), MIDDLE) + 0.5);
    size_t steps = (fit->windows + HOP - 1) / HOP;
    *path = (mg_tempo_path){.steps = steps, .step_s = HOP * fit->window_s};
    path->hz = calloc(steps + 1, sizeof(double));
    mg_autofree uint8_t(*from)[STATES] = calloc(steps + 1, sizeof(*from));
    if (path->hz == NULL || from == NULL) {
        mg_tempo_path_done(path);
        return MG_E_NOMEM;
    }
    double total[STATES] = {0}, score[STATES];
    for (size_t i = 0; i < steps; i++) {
        view v = view_of(fit, i);
        for (unsigned s = MIDDLE - wide; s <= MIDDLE + wide; s++)
            score[s] = score_of(fit, &v, s);
        advance(total, score, MIDDLE - wide, MIDDLE + wide, from[i]);
    }
    unsigned state = MIDDLE - wide;
    for (unsigned s = state + 1; s <= MIDDLE + wide; s++)
        if (total[s] > total[state])
            state = s;
    for (size_t i = steps; i-- > 0;) {
        path->hz[i] = fit->pulse_hz * (1 + offset_share(state));
        state = from[i][state];
    }
    return MG_OK;
}

void mg_tempo_path_done(mg_tempo_path *path)
{
    free(path->hz);
    *path = (mg_tempo_path){0};
}

double mg_tempo_path_at(const mg_tempo_path *path, double time_s)
{
    double x = time_s / path->step_s - 0.5;
    if (x <= 0 || path->steps == 1)
        return path->hz[0];
    if (x >= (double)(path->steps - 1))
        return path->hz[path->steps - 1];
    size_t i = (size_t)x;
    return path->hz[i] + (x - (double)i) * (path->hz[i + 1] - path->hz[i]);
}
