/* Learns the models of the tempo stage from the lines of tempo-features, for
 * bench/learn/train_tempo.py.
 *
 *     tempo-fit sources LETTER HIDDEN ROUNDS DECAY HIDE NETS FEATURES...
 *     tempo-fit items LETTER HIDDEN ROUNDS DECAY HIDE NETS FEATURES...
 *     tempo-fit learn LETTER HIDDEN ROUNDS DECAY HIDE NETS FEATURES...
 *
 * LETTER chooses the lines: C tempi, P beginnings of a bar. HIDE is the probability that an item is
 * shown without some of its evidence, NETS how many networks are averaged. Items are named
 * GROUP/..., and a group whose name begins with "real" weighs more. `sources` leaves out a twelfth
 * of the groups at a time and prints how each did then, `items` a twelfth of the items; `learn`
 * prints the weights. */
#include "bench/learn/tempo_learn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDS = 12, GROUPS_MAX = 256, NAME = 64, LINE = 1 << 14, FEATURES_MAX = 1024 };

static const double real_weight = 1.2; /* of each of its five degradations */

typedef struct groups {
    char name[GROUPS_MAX][NAME];
    unsigned count;
} groups;

static unsigned group_of(groups *g, const char *item)
{
    char name[NAME];
    size_t length = strcspn(item, "/\n");
    snprintf(name, sizeof(name), "%.*s", (int)length, item);
    for (unsigned i = 0; i < g->count; i++)
        if (strcmp(g->name[i], name) == 0)
            return i;
    unsigned i = g->count < GROUPS_MAX - 1 ? g->count++ : g->count;
    memcpy(g->name[i], name, sizeof(name));
    return i;
}

typedef struct loader {
    mg_learn_set set;
    groups groups;
    bool *half; /* [row]: right but for the bar */
    size_t rows, row_room, item_room;
    char (*names)[NAME]; /* of the items */
} loader;

static void *grown(void *old, size_t *room, size_t needed, size_t size)
{
    while (*room < needed)
        *room = 2 * *room + 1024;
    void *x = realloc(old, *room * size);
    if (x == NULL)
        exit(71);
    return x;
}

static void add_item(loader *l, const char *name)
{
    size_t room = l->item_room;
    l->set.items = grown(l->set.items, &room, l->set.count + 1, sizeof(l->set.items[0]));
    l->names = grown(l->names, &l->item_room, l->set.count + 1, sizeof(l->names[0]));
    unsigned group = group_of(&l->groups, name);
    bool real = strncmp(name, "real", 4) == 0;
    snprintf(l->names[l->set.count], NAME, "%.*s", (int)strcspn(name, "\n"), name);
    l->set.items[l->set.count++] = (mg_learn_item){
        .first = (unsigned)l->rows, .group = group, .weight = real ? real_weight : 1.0};
}

static void add_row(loader *l, char *line)
{
    float values[FEATURES_MAX];
    unsigned n = 0;
    char *at = line + 1;
    long right = strtol(at, &at, 10);
    strtod(at, &at); /* the tempo is for people */
    for (char *end; n < FEATURES_MAX; n++, at = end) {
        values[n] = strtof(at, &end);
        if (end == at)
            break;
    }
    mg_learn_set *s = &l->set;
    if (s->inputs == 0)
        s->inputs = n;
    mg_learn_item *item = &s->items[s->count - 1];
    if (n != s->inputs || item->candidates == MG_LEARN_CANDIDATES_MAX)
        return;
    size_t room = l->row_room, same = room;
    s->x = grown(s->x, &room, l->rows + 1, s->inputs * sizeof(float));
    s->right = grown(s->right, &same, l->rows + 1, sizeof(bool));
    l->half = grown(l->half, &l->row_room, l->rows + 1, sizeof(bool));
    memcpy(s->x + l->rows * s->inputs, values, n * sizeof(float));
    s->right[l->rows] = right == 2;
    l->half[l->rows++] = right != 0;
    item->candidates++;
}

static bool load(loader *l, const char *path, char letter)
{
    static char line[LINE];
    FILE *in = fopen(path, "r");
    if (in == NULL)
        return false;
    while (fgets(line, sizeof(line), in) != NULL) {
        if (line[0] == 'I')
            add_item(l, line + 2);
        else if (line[0] == letter && l->set.count > 0)
            add_row(l, line);
    }
    fclose(in);
    return true;
}

static bool is_right(const loader *l, const mg_learn_item *item, unsigned choice)
{
    return l->set.right[item->first + choice];
}

/* Whether the right one is among the candidates at all. */
static bool is_there(const loader *l, const mg_learn_item *item)
{
    for (unsigned c = 0; c < item->candidates; c++)
        if (is_right(l, item, c))
            return true;
    return false;
}

enum { BINS = 10 };

typedef struct tally {
    unsigned n, hits, half, there;
    double loss;
    struct {
        double n, sure, right;
    } bin[BINS]; /* by the probability of the choice */
} tally;

static void add_bin(tally *t, double sure, bool right)
{
    unsigned b = (unsigned)(sure * BINS);
    b = b < BINS ? b : BINS - 1;
    t->bin[b].n++;
    t->bin[b].sure += sure;
    t->bin[b].right += right;
}

/* How sure against how often right: a table, and the mean difference. */
static void print_bins(const tally *t)
{
    double error = 0;
    for (unsigned b = 0; b < BINS; b++) {
        if (t->bin[b].n <= 0)
            continue;
        printf("  sure %.2f right %.2f of %4.0f\n", t->bin[b].sure / t->bin[b].n,
               t->bin[b].right / t->bin[b].n, t->bin[b].n);
        error += fabs(t->bin[b].sure - t->bin[b].right) / t->n;
    }
    printf("  calibration error %.3f\n", error);
}

static void judge_item(const loader *l, const mg_learn_model *m, size_t i, tally *t)
{
    const mg_learn_item *item = &l->set.items[i];
    double p[MG_LEARN_CANDIDATES_MAX], right = 0;
    if (item->candidates == 0)
        return;
    unsigned choice = mg_learn_judge(m, &l->set, item, p);
    for (unsigned c = 0; c < item->candidates; c++)
        right += is_right(l, item, c) ? p[c] : 0;
    bool hit = is_right(l, item, choice), half = l->half[item->first + choice];
    if (!hit)
        printf("  %s %s: %.2f for the right one, %.2f for another\n", half ? "bar of" : "missed",
               l->names[i], right, p[choice]);
    add_bin(t, p[choice], hit);
    t->n++;
    t->hits += hit;
    t->half += half;
    t->there += is_there(l, item);
    t->loss -= log(fmax(right, 1e-6));
}

static bool is_real(const loader *l, unsigned group)
{
    return strncmp(l->groups.name[group], "real", 4) == 0;
}

/* Groups, or items whatever their degradation, by the same chance in every run. */
static void set_folds(loader *l, bool by_item)
{
    for (size_t i = 0; i < l->set.count; i++) {
        unsigned long hash = l->set.items[i].group;
        for (const char *c = l->names[i]; by_item && *c != '\0'; c++)
            hash = hash * 31 + (unsigned char)*c;
        l->set.items[i].fold = (unsigned)(hash % FOLDS);
    }
}

/* Features that follow each other, by what is hidden together: what is made of one row of the
 * history; of tempi, too, all lags, all pulses, and where the tempo lies, so that no kind of
 * evidence is needed to tell. */
typedef struct span {
    unsigned count;
    uint8_t rows;
} span;

enum { KICK = 1, MID = 2, SNARE = 4, HAT = 8, ATTACK = 16, FALL = 32 | 64 /* twice as often */ };
enum { LAGS = 16, PULSES = 32, TEMPO = 64 | 128 /* twice as often */ };

static const span of_tempi[] = {
    {10, KICK | LAGS},        {10, MID | LAGS},       {10, SNARE | LAGS}, {10, HAT | LAGS},
    {8, KICK | SNARE | LAGS}, {4, KICK | HAT | LAGS}, {8, KICK | PULSES}, {8, MID | PULSES},
    {8, SNARE | PULSES},      {8, HAT | PULSES},      {13, TEMPO},
};
static const span of_bars[] = {
    {28, KICK}, {28, MID},    {28, SNARE},
    {28, HAT},  {28, ATTACK}, {28, FALL}, /* of the whole file */
    {28, KICK}, {28, MID},    {28, SNARE},
    {28, HAT},  {28, ATTACK}, {28, FALL}, /* of its fuller half */
};

/* What comes after the spans is never hidden. */
static void set_rows(mg_learn_set *set, char letter)
{
    static uint8_t row_of[FEATURES_MAX];
    const span *spans = letter == 'C' ? of_tempi : of_bars;
    size_t count = letter == 'C' ? sizeof(of_tempi) / sizeof(span) : sizeof(of_bars) / sizeof(span);
    unsigned at = 0;
    for (size_t i = 0; i < count; i++)
        for (unsigned k = 0; k < spans[i].count && at < FEATURES_MAX; k++)
            row_of[at++] = spans[i].rows;
    set->rows = letter == 'C' ? 8 : 7;
    set->row_of = row_of;
}

static bool judge(const loader *l, const mg_learn_plan *plan)
{
    static tally of[GROUPS_MAX];
    for (unsigned fold = 0; fold < FOLDS; fold++) {
        mg_learn_model m;
        if (!mg_learn(&l->set, fold, plan, &m))
            return false;
        for (size_t i = 0; i < l->set.count; i++)
            if (l->set.items[i].fold == fold)
                judge_item(l, &m, i, &of[l->set.items[i].group]);
        free(m.w);
    }
    tally all[2] = {{0}};
    for (unsigned g = 0; g < l->groups.count; g++) {
        tally *t = &of[g], *sum = &all[is_real(l, g)];
        if (t->n == 0)
            continue;
        printf("%-16s %4u of %4u right (%u there, %u but for the bar), loss %.3f\n",
               l->groups.name[g], t->hits, t->n, t->there, t->half, t->loss / t->n);
        sum->n += t->n;
        sum->hits += t->hits;
        sum->half += t->half;
        sum->loss += t->loss;
        for (unsigned b = 0; b < BINS; b++) {
            sum->bin[b].n += t->bin[b].n;
            sum->bin[b].sure += t->bin[b].sure;
            sum->bin[b].right += t->bin[b].right;
        }
    }
    for (unsigned real = 0; real < 2; real++) {
        if (all[real].n == 0)
            continue;
        printf("%s, left out: %u of %u right, %u but for the bar, loss %.4f\n",
               real ? "real" : "rendered", all[real].hits, all[real].n, all[real].half,
               all[real].loss / all[real].n);
        print_bins(&all[real]);
    }
    return true;
}

static bool learn(const loader *l, const mg_learn_plan *plan)
{
    mg_learn_model m;
    if (!mg_learn(&l->set, FOLDS, plan, &m))
        return false;
    tally all[2] = {{0}};
    for (size_t i = 0; i < l->set.count; i++)
        judge_item(l, &m, i, &all[is_real(l, l->set.items[i].group)]);
    for (unsigned i = 0; i < mg_learn_size(m.inputs, m.hidden); i++)
        printf("= %.3f\n", m.w[i]);
    free(m.w);
    printf("on what was learnt: %u (%u but for the bar) of %u rendered, %u of %u real\n",
           all[0].hits, all[0].half, all[0].n, all[1].hits, all[1].n);
    return true;
}

int main(int argc, char **argv)
{
    static loader l;
    if (argc < 9) {
        fputs("usage: tempo-fit sources|items|learn LETTER HIDDEN ROUNDS DECAY HIDE NETS "
              "FEATURES...\n",
              stderr);
        return 64;
    }
    for (int i = 8; i < argc; i++) {
        if (!load(&l, argv[i], argv[2][0])) {
            fprintf(stderr, "tempo-fit: cannot read %s\n", argv[i]);
            return 66;
        }
    }
    const mg_learn_plan plan = {.hidden = (unsigned)strtoul(argv[3], NULL, 10),
                                .rounds = (unsigned)strtoul(argv[4], NULL, 10),
                                .decay = strtod(argv[5], NULL),
                                .hide = strtod(argv[6], NULL),
                                .nets = (unsigned)strtoul(argv[7], NULL, 10)};
    set_folds(&l, strcmp(argv[1], "items") == 0);
    set_rows(&l.set, argv[2][0]);
    bool ok = strcmp(argv[1], "learn") == 0 ? learn(&l, &plan) : judge(&l, &plan);
    free(l.set.x);
    free(l.set.right);
    free(l.half);
    free(l.set.items);
    free(l.names);
    return ok ? 0 : 71;
}
