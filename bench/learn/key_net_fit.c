/* Learns one network of the key stage from the tracks of key-render, for bench/learn/train_key.py.
 *
 *     key-net-fit learn SEED ROUNDS LEARNT > NET
 *     key-net-fit judge TEMPERATURE HELD [NET]
 *
 * `learn` writes the numbers of the network, one a line. `judge` prints how the tracks of each kind
 * do with that network, or the library's: the likeliest key, and the share that is given one
 * because none is not likelier. */
#include "bench/learn/key_credit.h"
#include "bench/learn/key_harmony.h"
#include "bench/learn/key_net_learn.h"
#include "bench/learn/key_slots.h"
#include "bench/tracks/synth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_SLOTS = 36 /* of an excerpt: 13 s */ };

typedef struct items {
    mg_key_net_item *item;
    size_t count, room;
} items;

static bool add(items *to, const mg_key_slots *track, size_t from, size_t count)
{
    if (to->count == to->room) {
        size_t room = 2 * to->room + 64;
        mg_key_net_item *more = realloc(to->item, room * sizeof(*more));
        if (!more)
            return false;
        to->item = more;
        to->room = room;
    }
    mg_key_net_item *item = &to->item[to->count];
    item->kind = track->kind;
    item->key = track->kind >= MG_KEY_TONAL_KINDS && track->kind < MG_KEY_KINDS ? MG_KEYS
                                                                                : track->key;
    /* The beginning of a track with a key may be drums alone. */
    item->partial = item->key < MG_KEYS && 2 * count < track->count;
    if (mg_key_view_init(&item->view, track->slot + from, count, track->slot_s,
                         track->strength) != MG_OK)
        return false;
    to->count++;
    return true;
}

/* Each track whole and, to learn from, an excerpt of it as well: a file may begin anywhere. */
static bool read_items(items *to, const char *path, bool excerpts)
{
    FILE *file = fopen(path, "rb");
    mg_key_slots track;
    mg_noise noise = {12345};
    bool ok = file != NULL;
    while (ok && mg_key_slots_read(&track, file)) {
        ok = add(to, &track, 0, track.count);
        if (ok && excerpts && track.count > LEAST_SLOTS) {
            size_t more = track.count - LEAST_SLOTS;
            size_t count = LEAST_SLOTS + mg_draw_pick(&noise, (unsigned)more);
            size_t from = mg_draw_pick(&noise, (unsigned)(track.count - count + 1));
            ok = add(to, &track, from, count);
        }
        mg_key_slots_done(&track);
    }
    ok = ok && !ferror(file);
    if (file)
        fclose(file);
    return ok;
}

static void done(items *all)
{
    for (size_t i = 0; i < all->count; i++)
        mg_key_view_done(&all->item[i].view);
    free(all->item);
}

static bool learn(const char *seed, const char *rounds, const char *path)
{
    items all = {0};
    static mg_key_net net;
    bool ok = read_items(&all, path, true) &&
              mg_key_net_learn(all.item, all.count, (unsigned)strtoul(rounds, NULL, 10),
                               strtoull(seed, NULL, 10) * 7919 + 1, &net);
    for (size_t i = 0; ok && i < sizeof(net) / sizeof(float); i++)
        printf("%.4g\n", (double)((const float *)&net)[i]);
    done(&all);
    return ok;
}

static bool read_net(const char *path, mg_key_net *ret)
{
    FILE *file = fopen(path, "r");
    bool ok = file != NULL;
    for (size_t i = 0; ok && i < sizeof(*ret) / sizeof(float); i++)
        ok = fscanf(file, "%f", &((float *)ret)[i]) == 1;
    if (file)
        fclose(file);
    return ok;
}

typedef struct row {
    double count, given, exact, credit, loss;
} row;

static void print_row(const char *name, const row *sums)
{
    double share = sums->count > 0 ? 100.0 / sums->count : 0;
    printf("%-10s %5.0f tracks: given a key %5.1f", name, sums->count, share * sums->given);
    if (sums->exact > 0)
        printf("  likeliest exact %5.1f  weighted %5.1f", share * sums->exact,
               share * sums->credit);
    printf("  log loss %.3f\n", share * sums->loss / 100);
}

static void add_row(const mg_key_net_item *item, const double *p, row *sums)
{
    unsigned best = 0;
    for (unsigned k = 1; k < MG_KEYS; k++)
        best = p[k] > p[best] ? k : best;
    double credit = item->key < MG_KEYS ? mg_key_credit(best, item->key) : 0.0;
    sums->count += 1;
    sums->given += p[MG_KEYS] <= 0.5;
    sums->exact += credit == 1.0;
    sums->credit += credit;
    sums->loss -= log(p[item->key] + 1e-30);
}

/* @param net_path  NULL: the library's */
static bool judge(double temperature, const char *path, const char *net_path)
{
    static mg_key_net net;
    row rows[MG_KEY_KINDS + 1] = {{0}};
    items all = {0};
    bool ok = read_items(&all, path, false) && (!net_path || read_net(net_path, &net));
    for (size_t i = 0; ok && i < all.count; i++) {
        const mg_key_net_item *item = &all.item[i];
        double p[MG_KEYS + 1];
        ok = mg_key_net_judge(net_path ? &net : &mg_key_net_learnt, &item->view, p) == MG_OK;
        if (!ok)
            break;
        mg_key_softmax(p, MG_KEYS + 1, temperature, p);
        if (item->kind < MG_KEY_KINDS)
            add_row(item, p, &rows[item->kind]);
        if (item->key < MG_KEYS)
            add_row(item, p, &rows[MG_KEY_KINDS]);
    }
    for (unsigned kind = 0; ok && kind <= MG_KEY_KINDS; kind++) {
        if (rows[kind].count > 0)
            print_row(kind == MG_KEY_KINDS ? "with a key" : mg_key_kind_name[kind], &rows[kind]);
    }
    done(&all);
    return ok;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "learn") == 0)
        return learn(argv[2], argv[3], argv[4]) ? 0 : 70;
    if ((argc == 4 || argc == 5) && strcmp(argv[1], "judge") == 0)
        return judge(strtod(argv[2], NULL), argv[3], argc == 5 ? argv[4] : NULL) ? 0 : 70;
    fprintf(stderr, "usage: key-net-fit learn SEED ROUNDS LEARNT > NET\n"
                    "       key-net-fit judge TEMPERATURE HELD [NET]\n");
    return 64;
}
