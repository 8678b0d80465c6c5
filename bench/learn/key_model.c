#include "bench/learn/key_model.h"

#include "bench/learn/key_logit.h"
#include "bench/learn/key_slots.h"

#include "base/cleanup.h"
#include "dsp/key/key_profiles.h"
#include "dsp/key/key_segments.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW_STRIDE = 3, /* neighbouring windows say much the same */
    PARTS = 5,         /* of the items, each voted for by the others */
};

static const double least_weight = 0.3; /* of a window that is learnt from, and that votes */
static const double window_ridge = 0.004, tonal_ridge = 0.003;
static const double keyless_weight = 1.4; /* a key for drums is worse than none for music */

/* What the features of a group come to, roughly: the penalty of a weight is for a feature of this
 * inverse scale. */
typedef struct scale {
    unsigned count;
    double factor;
} scale;

static const scale stretch_scales[] = {{24, 12}, {12, 6}, {12, 12}, {24, 10}, {1, 1}};
static void fill_ridge(const scale *scales, unsigned groups, double ridge, double *ret)
{
    for (unsigned g = 0; g < groups; g++) {
        for (unsigned i = 0; i < scales[g].count; i++)
            *ret++ = ridge / (scales[g].factor * scales[g].factor);
    }
}

/* The sums of each of the track's windows, with their weights. */
static bool fill_windows(mg_key_item *item, const mg_key_slots *track)
{
    mg_auto(mg_key_windows_done) mg_key_windows windows = {0};
    if (mg_key_windows_init(&windows, track->slot, track->count, track->slot_s, track->strength))
        return false;
    size_t hop = (size_t)(windows.hop_s / track->slot_s + 0.5);
    item->window = calloc(windows.count + 1, sizeof(*item->window));
    if (!item->window)
        return false;
    for (size_t w = 0; w < windows.count; w++) {
        size_t from = w * hop;
        size_t length = from + 2 * hop <= track->count ? 2 * hop : track->count - from;
        mg_key_stretch_sum(track->slot + from, length, &item->window[w].stretch);
        item->window[w].weight = windows.window[w].weight;
    }
    item->windows = windows.count;
    return true;
}

static bool add_item(mg_key_items *items, const mg_key_slots *track)
{
    mg_key_item *more = realloc(items->item, (items->count + 1) * sizeof(*more));
    if (!more)
        return false;
    items->item = more;
    mg_key_item *item = &more[items->count];
    *item = (mg_key_item){.kind = track->kind, .key = track->key};
    mg_key_tonal_sound(track->slot, track->count, track->strength, item->sound);
    if (!fill_windows(item, track))
        return false;
    items->count++;
    return true;
}

bool mg_key_items_read(mg_key_items *items, const char *path)
{
    FILE *file = fopen(path, "rb");
    mg_key_slots track;
    bool ok = file != NULL;
    while (ok && mg_key_slots_read(&track, file)) {
        ok = add_item(items, &track);
        mg_key_slots_done(&track);
    }
    ok = ok && !ferror(file);
    if (file)
        fclose(file);
    return ok;
}

void mg_key_items_done(mg_key_items *items)
{
    for (size_t i = 0; i < items->count; i++)
        free(items->item[i].window);
    free(items->item);
    *items = (mg_key_items){0};
}

void mg_key_model_installed(mg_key_model *ret)
{
    memcpy(ret->window, mg_key_window_weight, sizeof(ret->window));
    memcpy(ret->tonal_mean, mg_key_tonal_mean, sizeof(ret->tonal_mean));
    memcpy(ret->tonal_spread, mg_key_tonal_spread, sizeof(ret->tonal_spread));
    memcpy(ret->tonal, mg_key_tonal_weight, sizeof(ret->tonal));
}

static void window_vector(const void *data, unsigned key, double *ret)
{
    mg_key_stretch_vector(&((const mg_key_item_window *)data)->stretch, key, ret);
}

/* Of music against nothing: the score of what has no key is 0. */
typedef struct tonal_case {
    double term[MG_KEY_TONAL_TERMS];
} tonal_case;

static void tonal_vector(const void *data, unsigned candidate, double *ret)
{
    if (candidate == 0)
        memcpy(ret, ((const tonal_case *)data)->term, sizeof(tonal_case));
    else
        memset(ret, 0, sizeof(tonal_case));
}

static double dot(const double *a, const double *b, unsigned count)
{
    double sum = 0;
    for (unsigned i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

static bool counts(const mg_key_windows *windows, size_t w, bool all)
{
    return all || windows->window[w].weight > least_weight;
}

/* Weighted mean of the logarithm and of the probability. */
static void sum_votes(const mg_key_windows *windows, double ret[MG_KEYS][MG_KEY_VOTES])
{
    bool all = true;
    double total = 0;
    for (size_t w = 0; w < windows->count; w++)
        all = all && !counts(windows, w, false);
    memset(ret, 0, MG_KEYS * sizeof(ret[0]));
    for (size_t w = 0; w < windows->count; w++) {
        const mg_key_window *window = &windows->window[w];
        if (!counts(windows, w, all))
            continue;
        double weight = all ? 1.0 : window->weight;
        total += weight;
        for (unsigned k = 0; k < MG_KEYS; k++) {
            ret[k][0] += weight * window->log_probability[k];
            ret[k][1] += weight * exp(window->log_probability[k]);
        }
    }
    for (unsigned k = 0; k < MG_KEYS; k++) {
        ret[k][0] /= total;
        ret[k][1] /= total;
    }
}

static void vote(const mg_key_model *model, mg_key_item *item)
{
    mg_key_window *window = calloc(item->windows + 1, sizeof(*window));
    mg_key_windows all = {.count = item->windows, .window = window};
    for (size_t w = 0; window && w < all.count; w++) {
        double vector[MG_KEY_STRETCH], score[MG_KEYS], probability[MG_KEYS];
        for (unsigned k = 0; k < MG_KEYS; k++) {
            window_vector(&item->window[w], k, vector);
            score[k] = dot(vector, model->window[k / 12], MG_KEY_STRETCH);
        }
        mg_key_softmax(score, MG_KEYS, 1.0, probability);
        window[w].weight = item->window[w].weight;
        for (unsigned k = 0; k < MG_KEYS; k++)
            window[w].log_probability[k] = log(probability[k] + 1e-30);
    }
    sum_votes(&all, item->votes);
    free(window);
}

void mg_key_model_vote(const mg_key_model *model, mg_key_items *items)
{
    for (size_t i = 0; i < items->count; i++)
        vote(model, &items->item[i]);
}

/* Every third window that has something to say; the windows of a track count 3 together. */
static size_t window_cases(const mg_key_item *item, mg_logit_case *ret)
{
    size_t loud = 0, count = 0;
    for (size_t w = 0; w < item->windows; w++) {
        if (item->window[w].weight > least_weight && loud++ % WINDOW_STRIDE == 0)
            ret[count++] = (mg_logit_case){&item->window[w], item->key, 0};
    }
    for (size_t i = 0; i < count; i++)
        ret[i].weight = 3.0 / (double)count;
    return count;
}

/* What is learnt from. */
typedef struct learning {
    mg_key_items *items;
    mg_logit_case *cases; /* room for all windows */
} learning;

/* @param part  which part of the items is left out; PARTS: none */
static bool learn_windows(const learning *from, size_t part, double ret[2][MG_KEY_STRETCH])
{
    double ridge[MG_KEY_STRETCH];
    mg_logit logit = {MG_KEYS, 2, MG_KEY_STRETCH, ridge, window_vector};
    size_t count = 0;
    for (size_t i = 0; i < from->items->count; i++) {
        if (i % PARTS != part)
            count += window_cases(&from->items->item[i], from->cases + count);
    }
    fill_ridge(stretch_scales, sizeof(stretch_scales) / sizeof(stretch_scales[0]), window_ridge,
               ridge);
    return mg_logit_fit(&logit, from->cases, count, ret[0]);
}

/* The votes of each part by weights that had not seen it, as they will be of unknown files. */
static bool vote_unseen(const learning *from)
{
    for (size_t part = 0; part < PARTS; part++) {
        mg_key_model model;
        if (!learn_windows(from, part, model.window))
            return false;
        for (size_t i = part; i < from->items->count; i += PARTS)
            vote(&model, &from->items->item[i]);
    }
    return true;
}

static void tonal_numbers(const mg_key_item *item, double ret[MG_KEY_TONAL])
{
    memcpy(ret, item->sound, sizeof(item->sound));
    mg_key_tonal_votes(item->votes, ret + MG_KEY_TONAL_SOUND);
}

static void find_spread(mg_key_model *model, const mg_key_items *const items[2])
{
    double sum[MG_KEY_TONAL] = {0}, squares[MG_KEY_TONAL] = {0}, count = 0, x[MG_KEY_TONAL];
    for (unsigned s = 0; s < 2; s++) {
        for (size_t t = 0; t < items[s]->count; t++, count++) {
            tonal_numbers(&items[s]->item[t], x);
            for (unsigned i = 0; i < MG_KEY_TONAL; i++) {
                sum[i] += x[i];
                squares[i] += x[i] * x[i];
            }
        }
    }
    for (unsigned i = 0; i < MG_KEY_TONAL; i++) {
        double mean = sum[i] / count;
        model->tonal_mean[i] = mean;
        model->tonal_spread[i] = sqrt(squares[i] / count - mean * mean) + 1e-9;
    }
}

static bool learn_tonal(mg_key_model *model, const mg_key_items *tonal,
                        const mg_key_items *keyless)
{
    const mg_key_items *items[2] = {tonal, keyless};
    double ridge[MG_KEY_TONAL_TERMS];
    mg_logit logit = {2, 1, MG_KEY_TONAL_TERMS, ridge, tonal_vector};
    mg_logit_case *cases = calloc(tonal->count + keyless->count, sizeof(*cases));
    tonal_case *data = calloc(tonal->count + keyless->count, sizeof(*data));
    size_t count = 0;
    bool ok = cases && data;
    find_spread(model, items);
    for (unsigned s = 0; ok && s < 2; s++) {
        double weight = (s == 1 ? keyless_weight : 1.0) / (double)items[s]->count;
        for (size_t i = 0; i < items[s]->count; i++, count++) {
            double x[MG_KEY_TONAL];
            tonal_numbers(&items[s]->item[i], x);
            mg_key_tonal_terms(x, model->tonal_mean, model->tonal_spread, data[count].term);
            cases[count] = (mg_logit_case){&data[count], s, weight};
        }
    }
    for (unsigned i = 0; i < MG_KEY_TONAL_TERMS; i++)
        ridge[i] = tonal_ridge;
    ridge[MG_KEY_TONAL_TERMS - 1] = 0; /* the constant */
    ok = ok && mg_logit_fit(&logit, cases, count, model->tonal);
    free(cases);
    free(data);
    return ok;
}

bool mg_key_model_learn(mg_key_model *model, mg_key_items *items, mg_key_items *keyless)
{
    size_t room = 1;
    for (size_t i = 0; i < items->count; i++)
        room += items->item[i].windows;
    learning from = {items, calloc(room, sizeof(mg_logit_case))};
    bool ok = from.cases && vote_unseen(&from) && learn_windows(&from, PARTS, model->window);
    if (ok) {
        mg_key_model_vote(model, keyless);
        ok = learn_tonal(model, items, keyless);
    }
    if (ok)
        mg_key_model_vote(model, items);
    free(from.cases);
    return ok;
}

bool mg_key_model_is_tonal(const mg_key_model *model, const mg_key_item *item)
{
    double x[MG_KEY_TONAL], terms[MG_KEY_TONAL_TERMS];
    tonal_numbers(item, x);
    mg_key_tonal_terms(x, model->tonal_mean, model->tonal_spread, terms);
    return dot(terms, model->tonal, MG_KEY_TONAL_TERMS) >= 0;
}
