/* Learns the key weights of windows, and those that tell music from drums and noise, from the
 * tracks of key-render, for bench/learn/train_key.py.
 *
 *     key-fit learn TONAL KEYLESS TONAL_HELD KEYLESS_HELD
 *     key-fit judge TONAL_HELD KEYLESS_HELD
 *
 * `learn` prints how many of the held tracks are given a key, and the weights (lines that begin
 * with "="). `judge` does the former with the weights of the library. */
#include "bench/learn/key_harmony.h"
#include "bench/learn/key_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_given(const mg_key_model *model, const mg_key_items *items, unsigned kind)
{
    size_t count = 0, given = 0;
    for (size_t i = 0; i < items->count; i++) {
        bool counts = kind == MG_KEY_KINDS || items->item[i].kind == kind;
        count += counts;
        given += counts && mg_key_model_is_tonal(model, &items->item[i]);
    }
    if (count > 0)
        printf("%-10s %5zu tracks: given a key %5.1f %%\n",
               kind == MG_KEY_KINDS ? "all" : mg_key_kind_name[kind], count,
               100.0 * (double)given / (double)count);
}

static void print_held(const mg_key_model *model, mg_key_items *tonal, mg_key_items *keyless)
{
    mg_key_items *items[2] = {tonal, keyless};
    for (unsigned s = 0; s < 2; s++) {
        mg_key_model_vote(model, items[s]);
        for (unsigned kind = 0; kind <= MG_KEY_KINDS; kind++)
            print_given(model, items[s], kind);
    }
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
    mg_key_model model = {0};
    if (!mg_key_model_learn(&model, tonal, keyless))
        return false;
    print_held(&model, held, held_keyless);
    print_weights("window major", model.window[0], MG_KEY_STRETCH);
    print_weights("window minor", model.window[1], MG_KEY_STRETCH);
    print_weights("tonal mean", model.tonal_mean, MG_KEY_TONAL);
    print_weights("tonal spread", model.tonal_spread, MG_KEY_TONAL);
    print_weights("tonal weight", model.tonal, MG_KEY_TONAL_TERMS);
    return true;
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
