/* Learns the model of dsp/spectrum/resonance_features.h, for bench/learn/train_resonance.py.
 *
 *     resonance-fit HIDDEN ROUNDS DECAY <LINES
 *
 * A line for each candidate: GROUP WEIGHT RIGHT FEATURES..., RIGHT 1 for a planted bell. Each
 * group is left out in turn (a tenth of them at a time); "p" lines tell, in the order of the
 * input, what a model that did not see the candidate's group thinks of it. Then the model of all:
 * "mean" and "deviation" of each feature, and its weights "hidden" [HIDDEN][FEATURES], "bias"
 * [HIDDEN], "out" [HIDDEN], "linear" [FEATURES], "start". */
#include "bench/learn/tempo_learn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDS = 10, GROUPS_MAX = 256, NAME = 64, LINE = 1 << 13, FEATURES_MAX = 255, NONE = 1000 };

static const double held = 3.5;

typedef struct data {
    mg_learn_set set; /* inputs: the features and a 1; of each item the candidate, and zeros */
    unsigned features;
    size_t room;
    char group[GROUPS_MAX][NAME];
    unsigned groups;
    double mean[FEATURES_MAX], deviation[FEATURES_MAX];
} data;

static void *grown(void *old, size_t bytes)
{
    void *x = realloc(old, bytes);
    if (!x)
        exit(71);
    return x;
}

static unsigned group_of(data *d, const char *name)
{
    for (unsigned i = 0; i < d->groups; i++) {
        if (strcmp(d->group[i], name) == 0)
            return i;
    }
    unsigned i = d->groups < GROUPS_MAX - 1 ? d->groups++ : d->groups;
    snprintf(d->group[i], NAME, "%s", name);
    return i;
}

static unsigned split(char *text, float values[FEATURES_MAX])
{
    unsigned n = 0;
    for (char *word = strtok(text, " \n"); word && n < FEATURES_MAX; word = strtok(NULL, " \n"))
        values[n++] = strtof(word, NULL);
    return n;
}

static void add_line(data *d, char *line)
{
    char name[NAME];
    float values[FEATURES_MAX];
    int length = 0;
    if (sscanf(line, "%63s%n", name, &length) != 1)
        return;
    unsigned n = split(line + length, values) - 2, inputs = n + 1;
    mg_learn_set *set = &d->set;
    if (set->count == 0)
        d->features = n;
    if (n != d->features)
        exit(65);
    set->inputs = inputs;
    if (set->count == d->room) {
        d->room = 2 * d->room + 1024;
        set->items = grown(set->items, d->room * sizeof *set->items);
        set->x = grown(set->x, d->room * 2 * inputs * sizeof *set->x);
        set->right = grown(set->right, d->room * 2 * sizeof *set->right);
    }
    float *x = set->x + set->count * 2 * inputs;
    memset(x, 0, 2 * inputs * sizeof *x);
    memcpy(x, values + 2, n * sizeof *x);
    x[n] = 1.0f;
    set->right[2 * set->count] = values[1] > 0.5f;
    set->right[2 * set->count + 1] = values[1] <= 0.5f;
    unsigned group = group_of(d, name);
    set->items[set->count] = (mg_learn_item){.candidates = 2,
                                             .first = (unsigned)(2 * set->count),
                                             .group = group,
                                             .fold = group % FOLDS,
                                             .weight = (double)values[0]};
    set->count++;
}

static void standardise(data *d)
{
    mg_learn_set *set = &d->set;
    for (unsigned f = 0; f < d->features; f++) {
        double sum = 0.0, square = 0.0, n = (double)set->count;
        for (size_t i = 0; i < set->count; i++) {
            double v = (double)set->x[i * 2 * set->inputs + f];
            sum += v;
            square += v * v;
        }
        d->mean[f] = sum / n;
        d->deviation[f] = sqrt(fmax(square / n - d->mean[f] * d->mean[f], 1e-12));
        for (size_t i = 0; i < set->count; i++) {
            float *v = &set->x[i * 2 * set->inputs + f];
            double x = ((double)*v - d->mean[f]) / d->deviation[f];
            *v = (float)fmin(fmax(x, -held), held);
        }
    }
}

static void print_row(const char *name, const double *w, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        printf("%s %.5f\n", name, w[i]);
}

/* The input that is always 1 goes into the biases, the zeros' score into the start. */
static void print_model(const data *d, const mg_learn_model *m)
{
    unsigned n = d->features, inputs = m->inputs;
    const double *bias = m->w + (size_t)m->hidden * inputs, *out = bias + m->hidden;
    const double *linear = out + m->hidden;
    double start = linear[n];
    print_row("mean", d->mean, n);
    print_row("deviation", d->deviation, n);
    for (unsigned h = 0; h < m->hidden; h++) {
        print_row("hidden", m->w + (size_t)h * inputs, n);
        start -= out[h] * tanh(bias[h]);
    }
    for (unsigned h = 0; h < m->hidden; h++)
        printf("bias %.5f\n", bias[h] + m->w[(size_t)h * inputs + n]);
    print_row("out", out, m->hidden);
    print_row("linear", linear, n);
    printf("start %.5f\n", start);
}

int main(int argc, char **argv)
{
    static data d;
    static char line[LINE];
    if (argc != 4) {
        fprintf(stderr, "usage: resonance-fit HIDDEN ROUNDS DECAY <LINES\n");
        return 2;
    }
    const mg_learn_plan plan = {.hidden = (unsigned)atoi(argv[1]),
                                .rounds = (unsigned)atoi(argv[2]),
                                .decay = atof(argv[3]),
                                .nets = 1};
    while (fgets(line, sizeof line, stdin))
        add_line(&d, line);
    standardise(&d);
    double *p = calloc(d.set.count + 1, sizeof *p);
    mg_learn_model m;
    for (unsigned fold = 0; fold < FOLDS && p; fold++) {
        if (!mg_learn(&d.set, fold, &plan, &m))
            return 71;
        for (size_t i = 0; i < d.set.count; i++) {
            double judged[MG_LEARN_CANDIDATES_MAX];
            if (d.set.items[i].fold != fold)
                continue;
            mg_learn_judge(&m, &d.set, &d.set.items[i], judged);
            p[i] = judged[0];
        }
        free(m.w);
    }
    for (size_t i = 0; i < d.set.count && p; i++)
        printf("p %.4f\n", p[i]);
    if (!p || !mg_learn(&d.set, NONE, &plan, &m))
        return 71;
    print_model(&d, &m);
    free(m.w);
    free(p);
    free(d.set.items);
    free(d.set.x);
    free(d.set.right);
    return 0;
}
