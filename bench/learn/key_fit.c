/* Learns the key weights from the records of key-features, for bench/learn/train_key.py.
 *
 *     key-fit learn TONAL KEYLESS TONAL_HELD KEYLESS_HELD
 *     key-fit judge TONAL_HELD KEYLESS_HELD
 *
 * `learn` prints how the held tracks do, the weights (lines that begin with "="), and how each kind
 * does when it was left out. `judge` does the same with the weights of the library. */
#include "bench/learn/key_harmony.h"
#include "bench/learn/key_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDS = 5 };

static bool use_all(const mg_key_item *item, size_t index, unsigned fold)
{
    (void)item;
    (void)index;
    (void)fold;
    return true;
}

static bool use_other_kinds(const mg_key_item *item, size_t index, unsigned kind)
{
    (void)index;
    return item->record.kind != kind;
}

static bool use_other_folds(const mg_key_item *item, size_t index, unsigned fold)
{
    (void)item;
    return index % FOLDS != fold;
}

static unsigned likeliest(const double *probability)
{
    unsigned best = 0;
    for (unsigned k = 1; k < MG_KEYS; k++)
        best = probability[k] > probability[best] ? k : best;
    return best;
}

/* One row of a table: the items of a kind, or of all. The votes must be the model's. */
static void print_row(const mg_key_model *model, const mg_key_items *items, unsigned kind)
{
    double exact = 0, credit = 0, loss = 0, p[MG_KEYS];
    size_t count = 0, lost = 0;
    for (size_t i = 0; i < items->count; i++) {
        const mg_key_item *item = &items->item[i];
        if (kind != MG_KEY_KINDS && item->record.kind != kind)
            continue;
        mg_key_model_judge(model, item, model->temperature, p);
        double one = mg_key_credit(likeliest(p), item->record.key);
        count++;
        exact += one == 1.0;
        credit += one;
        loss -= log(p[item->record.key] + 1e-30);
        lost += !mg_key_model_is_tonal(model, item);
    }
    double share = count > 0 ? 100.0 / (double)count : 0;
    printf("%-8s %5zu tracks: exact %5.1f  weighted %5.1f  log loss %.3f  \"no key\" %4.1f\n",
           kind == MG_KEY_KINDS ? "all" : mg_key_kind_name[kind], count, share * exact,
           share * credit, loss * share / 100, share * (double)lost);
}

static void print_held(const mg_key_model *model, mg_key_items *tonal, mg_key_items *keyless)
{
    mg_key_model_vote(model, tonal);
    mg_key_model_vote(model, keyless);
    for (unsigned kind = 0; kind < MG_KEY_TONAL_KINDS; kind++)
        print_row(model, tonal, kind);
    print_row(model, tonal, MG_KEY_KINDS);
    for (unsigned kind = MG_KEY_TONAL_KINDS; kind < MG_KEY_KINDS; kind++) {
        size_t count = 0, printed = 0;
        for (size_t i = 0; i < keyless->count; i++) {
            count += keyless->item[i].record.kind == kind;
            printed += keyless->item[i].record.kind == kind &&
                       mg_key_model_is_tonal(model, &keyless->item[i]);
        }
        printf("%-8s %5zu tracks: given a key %.1f %%\n", mg_key_kind_name[kind], count,
               count > 0 ? 100.0 * (double)printed / (double)count : 0.0);
    }
}

static bool leave_kinds_out(const mg_key_model *start, mg_key_items *items)
{
    bool ok = true;
    for (unsigned kind = 0; ok && kind < MG_KEY_TONAL_KINDS; kind++) {
        mg_key_model model = *start;
        ok = mg_key_model_learn(&model, items, NULL, use_other_kinds, kind);
        print_row(&model, items, kind);
        fflush(stdout);
    }
    return ok;
}

/* The temperature at which tracks that were not learnt from have the least loss. */
static bool find_temperature(mg_key_model *model, mg_key_items *items)
{
    double best_loss = INFINITY, p[MG_KEYS];
    if (!mg_key_model_learn(model, items, NULL, use_other_folds, 0))
        return false;
    for (int step = 16; step <= 40; step++) {
        double temperature = 0.05 * step, loss = 0;
        for (size_t i = 0; i < items->count; i += FOLDS) {
            mg_key_model_judge(model, &items->item[i], temperature, p);
            loss -= log(p[items->item[i].record.key] + 1e-30);
        }
        if (loss < best_loss) {
            best_loss = loss;
            model->temperature = temperature;
        }
    }
    return true;
}

static void print_weights(const char *name, const double *weights, unsigned count)
{
    printf("= %s", name);
    for (unsigned i = 0; i < count; i++)
        printf(" %.4g", weights[i]);
    printf("\n");
}

static bool learn(mg_key_items *tonal, mg_key_items *keyless, mg_key_items *held,
                  mg_key_items *held_keyless)
{
    mg_key_model model = {.temperature = 1.0};
    if (!find_temperature(&model, tonal) ||
        !mg_key_model_learn(&model, tonal, keyless, use_all, 0))
        return false;
    printf("held tracks, learnt from all kinds:\n");
    print_held(&model, held, held_keyless);
    print_weights("window major", model.window[0], MG_KEY_STRETCH);
    print_weights("window minor", model.window[1], MG_KEY_STRETCH);
    print_weights("whole major", model.whole[0], MG_KEY_WHOLE);
    print_weights("whole minor", model.whole[1], MG_KEY_WHOLE);
    print_weights("tonal mean", model.tonal_mean, MG_KEY_TONAL);
    print_weights("tonal spread", model.tonal_spread, MG_KEY_TONAL);
    print_weights("tonal weight", model.tonal, MG_KEY_TONAL_TERMS);
    print_weights("temperature all", &model.temperature, 1);
    printf("each kind, learnt without it:\n");
    fflush(stdout);
    return leave_kinds_out(&model, tonal);
}

int main(int argc, char **argv)
{
    mg_key_items items[4] = {{0}};
    bool learns = argc == 6 && strcmp(argv[1], "learn") == 0, ok = true;
    if (!learns && !(argc == 4 && strcmp(argv[1], "judge") == 0)) {
        fprintf(stderr, "usage: key-fit learn TONAL KEYLESS TONAL_HELD KEYLESS_HELD\n"
                        "       key-fit judge TONAL_HELD KEYLESS_HELD\n");
        return 64;
    }
    for (int i = 2; ok && i < argc; i++)
        ok = mg_key_items_read(&items[i - 2], argv[i]);
    if (ok && learns) {
        ok = learn(&items[0], &items[1], &items[2], &items[3]);
    } else if (ok) {
        mg_key_model model;
        mg_key_model_installed(&model);
        print_held(&model, &items[0], &items[1]);
    }
    for (int i = 0; i < 4; i++)
        mg_key_items_done(&items[i]);
    return ok ? 0 : 70;
}
