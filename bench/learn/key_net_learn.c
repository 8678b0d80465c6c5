#include "bench/learn/key_net_learn.h"

#include "bench/tracks/synth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BATCH = 16,
    NOTES = MG_KEY_NET_NOTES,
    HARMONY = MG_KEY_NET_HARMONY,
};

static const double rate = 0.003;
static const double whole_rate = 0.03; /* the sums are small: their weights are large */
static const double decay = 0.03;     /* of weights but those of the sums, times the rate */
static const double warm_share = 0.1; /* of the rounds, in which the rate rises */
static const double hidden_share = 0.1;
static const float least_slope = 1e-4f; /* of a score: less is not followed further */
/* Adam as published (Kingma and Ba, 2015), with a shorter memory of the squares. */
static const double memory = 0.9, square_memory = 0.99, least_square = 1e-7;

static double normal(mg_noise *noise)
{
    double sum = 0; /* of twelve uniform: close enough */
    for (int i = 0; i < 12; i++)
        sum += mg_draw(noise, -0.5, 0.5);
    return sum;
}

static void scatter(mg_noise *noise, float *weights, size_t count, double spread)
{
    for (size_t i = 0; i < count; i++)
        weights[i] = (float)(spread * normal(noise));
}

static void start(mg_noise *noise, mg_key_net *net)
{
    memset(net, 0, sizeof(*net));
    scatter(noise, net->notes[0], MG_KEY_NET_INPUTS * NOTES, 0.13);
    scatter(noise, net->notes_bias, NOTES, 0.13);
    scatter(noise, net->harmony[0], MG_KEY_NET_SPAN * NOTES * HARMONY, 0.16);
    scatter(noise, net->harmony_bias, HARMONY, 0.16);
    scatter(noise, net->focus[0], MG_KEY_NET_FOCI * HARMONY, 0.1);
    scatter(noise, net->pool[0], 2 * MG_KEY_NET_POOLS, 0.05);
    scatter(noise, net->doubt[0], MG_KEY_NET_SIGNS * MG_KEY_NET_DOUBTS, 0.13);
    scatter(noise, net->doubt_bias, MG_KEY_NET_DOUBTS, 0.13);
    scatter(noise, net->none, MG_KEY_NET_DOUBTS, 0.2);
}

/* From the slopes of the pools to those of each frame's harmony, and the foci on the way. */
static void slope_of_harmony(const mg_key_net *net, const mg_key_net_course *course, size_t count,
                             const float *pool, float (*ret)[HARMONY], mg_key_net *gradient)
{
    float word[MG_KEY_NET_FRAMES_MAX];
    for (size_t t = 0; t < count; t++) {
        for (unsigned o = 0; o < HARMONY; o++)
            ret[t][o] = pool[o] / (float)count;
    }
    for (unsigned f = 0; f < MG_KEY_NET_FOCI; f++) {
        const float *slope = pool + (f + 1) * HARMONY, *attention = course->attention[f];
        float mean = 0;
        for (size_t t = 0; t < count; t++) {
            word[t] = 0;
            for (unsigned o = 0; o < HARMONY; o++)
                word[t] += slope[o] * course->harmony[t][o];
            mean += word[t] * attention[t];
        }
        for (size_t t = 0; t < count; t++) {
            float said = attention[t] * (word[t] - mean);
            for (unsigned o = 0; o < HARMONY; o++) {
                ret[t][o] += attention[t] * slope[o] + said * net->focus[f][o];
                gradient->focus[f][o] += said * course->harmony[t][o];
            }
        }
    }
}

static void slope_of_layers(const mg_key_net *net, const mg_key_view *view, unsigned tonic,
                            const mg_key_net_course *course, const float (*harmony)[HARMONY],
                            mg_key_net *gradient)
{
    float notes[MG_KEY_NET_FRAMES_MAX + 2][NOTES];
    size_t count = view->count;
    memset(notes, 0, (count + 2) * sizeof(notes[0]));
    for (size_t t = 0; t < count; t++) {
        float slope[HARMONY];
        const float *x = course->notes[t];
        float *to = notes[t]; /* runs over three rows, as x does */
        for (unsigned o = 0; o < HARMONY; o++) {
            slope[o] = course->harmony[t][o] > 0 ? harmony[t][o] : 0.0f;
            gradient->harmony_bias[o] += slope[o];
        }
        for (unsigned i = 0; i < MG_KEY_NET_SPAN * NOTES; i++) {
            float sum[4] = {0};
            if (!(x[i] > 0))
                continue;
            for (unsigned o = 0; o < HARMONY; o++)
                gradient->harmony[i][o] += x[i] * slope[o];
            for (unsigned o = 0; o < HARMONY; o++)
                sum[o % 4] += net->harmony[i][o] * slope[o];
            to[i] += sum[0] + sum[1] + sum[2] + sum[3];
        }
    }
    for (size_t t = 0; t < count; t++) {
        float slope[NOTES];
        for (unsigned o = 0; o < NOTES; o++) {
            slope[o] = course->notes[t + 1][o] > 0 ? notes[t + 1][o] : 0.0f;
            gradient->notes_bias[o] += slope[o];
        }
        for (unsigned i = 0; i < MG_KEY_NET_INPUTS; i++) {
            float x = view->frame[t][mg_key_net_turned(i, tonic)];
            for (unsigned o = 0; x != 0 && o < NOTES; o++)
                gradient->notes[i][o] += x * slope[o];
        }
    }
}

/* @param pool  slopes of the pools from the score of no key, received */
static void slope_of_none(const mg_key_net *net, const mg_key_net_signs *signs, float score,
                          const float *hidden, float *pool, mg_key_net *gradient)
{
    float doubt[MG_KEY_NET_DOUBTS];
    gradient->none_bias[0] += score;
    for (unsigned o = 0; o < MG_KEY_NET_DOUBTS; o++) {
        gradient->none[o] += score * signs->doubt[o];
        doubt[o] = signs->doubt[o] > 0 ? score * net->none[o] : 0.0f;
        gradient->doubt_bias[o] += doubt[o];
    }
    for (unsigned i = 0; i < MG_KEY_NET_SIGNS; i++) {
        float slope = 0;
        for (unsigned o = 0; o < MG_KEY_NET_DOUBTS; o++) {
            gradient->doubt[i][o] += signs->sign[i] * doubt[o];
            slope += net->doubt[i][o] * doubt[o];
        }
        if (i >= MG_KEY_TONAL_SOUND)
            pool[i - MG_KEY_TONAL_SOUND] = slope * hidden[i - MG_KEY_TONAL_SOUND] / 12.0f;
    }
}

/* @param pool  slopes of the pools so far */
static void slope_of_tonic(const mg_key_net *net, const mg_key_view *view, unsigned tonic,
                           const mg_key_net_course *course, const float score[2],
                           const float *hidden, const float *none, mg_key_net *gradient)
{
    float pool[MG_KEY_NET_POOLS], harmony[MG_KEY_NET_FRAMES_MAX][HARMONY];
    memcpy(pool, none, sizeof(pool));
    for (unsigned mode = 0; mode < 2; mode++) {
        const float *whole = view->sums.whole[tonic + 12 * mode];
        gradient->bias[mode] += score[mode];
        for (unsigned i = 0; i < MG_KEY_NET_POOLS; i++) {
            gradient->pool[mode][i] += score[mode] * course->pool[i] * hidden[i];
            pool[i] += score[mode] * net->pool[mode][i] * hidden[i];
        }
        for (unsigned i = 0; i < MG_KEY_WHOLE; i++)
            gradient->whole[mode][i] += score[mode] * whole[i];
    }
    slope_of_harmony(net, course, view->count, pool, harmony, gradient);
    slope_of_layers(net, view, tonic, course, harmony, gradient);
}

/* Scores with some pools hidden. */
static void run_hidden(const mg_key_net *net, const mg_key_net_item *item, const float *hidden,
                       mg_key_net_course *course, mg_key_net_signs *signs, double *ret)
{
    float pool[MG_KEY_NET_POOLS] = {0};
    for (unsigned tonic = 0; tonic < 12; tonic++) {
        double two[2];
        mg_key_net_run(net, &item->view, tonic, &course[tonic], two);
        for (unsigned mode = 0; mode < 2; mode++) {
            ret[tonic + 12 * mode] = two[mode];
            for (unsigned i = 0; i < MG_KEY_NET_POOLS; i++)
                ret[tonic + 12 * mode] += (double)(net->pool[mode][i] * course[tonic].pool[i] *
                                                   (hidden[i] - 1.0f));
        }
        for (unsigned i = 0; i < MG_KEY_NET_POOLS; i++)
            pool[i] += course[tonic].pool[i] * hidden[i] / 12.0f;
    }
    ret[MG_KEYS] = mg_key_net_none(net, &item->view.sums, pool, signs);
}

double mg_key_net_slope(const mg_key_net *net, const mg_key_net_item *item, const float *hidden,
                        mg_key_net_course *course, mg_key_net *gradient)
{
    double p[MG_KEYS + 1];
    float none[MG_KEY_NET_POOLS] = {0};
    mg_key_net_signs signs;
    unsigned classes = item->partial ? MG_KEYS : MG_KEYS + 1;
    run_hidden(net, item, hidden, course, &signs, p);
    mg_key_softmax(p, classes, 1.0, p);
    float doubt = item->partial ? 0.0f : (float)(p[MG_KEYS] - (item->key == MG_KEYS));
    bool doubts = fabsf(doubt) > least_slope;
    if (doubts)
        slope_of_none(net, &signs, doubt, hidden, none, gradient);
    for (unsigned tonic = 0; tonic < 12; tonic++) {
        float slope[2] = {(float)(p[tonic] - (tonic == item->key)),
                          (float)(p[tonic + 12] - (tonic + 12 == item->key))};
        if (doubts || fabsf(slope[0]) + fabsf(slope[1]) > least_slope)
            slope_of_tonic(net, &item->view, tonic, &course[tonic], slope, hidden, none, gradient);
    }
    return -log(p[item->key] + 1e-30);
}

/* The item as another instrument, room or mix might have it. */
static void shake(mg_noise *noise, const mg_key_net_item *item, mg_key_net_item *ret)
{
    float (*frame)[MG_KEY_NET_INPUTS] = ret->view.frame;
    float factor[4] = {(float)exp(0.2 * normal(noise)), (float)exp(0.3 * normal(noise)),
                       (float)exp(0.2 * normal(noise)), (float)exp(0.2 * normal(noise))};
    float hiss = mg_draw_chance(noise, 0.25) ? (float)mg_draw(noise, 0, 0.3) : 0.0f;
    if (mg_draw_chance(noise, 0.04))
        factor[1] = 0; /* no bass at all */
    *ret = *item;
    ret->view.frame = frame;
    for (size_t t = 0; t < item->view.count; t++) {
        for (unsigned i = 0; i < MG_KEY_NET_INPUTS; i++) {
            unsigned group = i / 12 < 3 ? i / 12 : 3;
            frame[t][i] = item->view.frame[t][i];
            frame[t][i] *= i + 1 < MG_KEY_NET_INPUTS ? factor[group] : 1.0f;
            if (hiss > 0 && group < 3)
                frame[t][i] += hiss * (float)mg_draw(noise, 0, 1);
        }
    }
}

static double rate_at(double done)
{
    double rise = done / warm_share;
    double fall = (done - warm_share) / (1 - warm_share);
    return done < warm_share ? rise : 0.5 * (1 + cos(M_PI * fall));
}

/* One step of Adam for all numbers; state: means and mean squares of the slopes. */
static void take_step(mg_key_net *net, const mg_key_net *gradient, mg_key_net state[2], double step,
                      double share)
{
    size_t first_whole = offsetof(mg_key_net, whole) / sizeof(float);
    size_t end = offsetof(mg_key_net, sound_mean) / sizeof(float);
    const float *slope = (const float *)gradient;
    float *x = (float *)net, *mean = (float *)&state[0], *square = (float *)&state[1];
    double lean = 1 - pow(memory, step), square_lean = 1 - pow(square_memory, step);
    for (size_t i = 0; i < end; i++) {
        double g = (double)slope[i] / BATCH;
        mean[i] = (float)(memory * mean[i] + (1 - memory) * g);
        square[i] = (float)(square_memory * square[i] + (1 - square_memory) * g * g);
        double move = mean[i] / lean / (sqrt(square[i] / square_lean) + least_square);
        if (i < first_whole)
            x[i] -= (float)(share * rate * (move + decay * x[i]));
        else
            x[i] -= (float)(share * whole_rate * move);
    }
}

static void mix(mg_noise *noise, size_t *order, size_t count)
{
    for (size_t i = count - 1; i > 0; i--) {
        size_t j = mg_draw_pick(noise, (unsigned)(i + 1)), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

static void find_spread(const mg_key_net_item *items, size_t count, mg_key_net *net)
{
    for (unsigned i = 0; i < MG_KEY_TONAL_SOUND; i++) {
        double sum = 0, squares = 0;
        for (size_t t = 0; t < count; t++) {
            double x = (double)items[t].view.sums.sound[i];
            sum += x / (double)count;
            squares += x * x / (double)count;
        }
        net->sound_mean[i] = (float)sum;
        net->sound_spread[i] = (float)(sqrt(fmax(squares - sum * sum, 0)) + 1e-6);
    }
}

typedef struct workshop {
    mg_key_net gradient, state[2];
    mg_key_net_course course[12];
    mg_key_net_item shaken;
} workshop;

static void learn_rounds(const mg_key_net_item *items, size_t count, unsigned rounds,
                         mg_noise *noise, workshop *shop, size_t *order, mg_key_net *net)
{
    const float kept_factor = (float)(1 / (1 - hidden_share));
    size_t steps = count / BATCH * rounds, step = 0;
    for (unsigned round = 0; round < rounds; round++) {
        mix(noise, order, count);
        for (size_t b = 0; b + BATCH <= count; b += BATCH, step++) {
            memset(&shop->gradient, 0, sizeof(shop->gradient));
            for (size_t i = b; i < b + BATCH; i++) {
                float hidden[MG_KEY_NET_POOLS];
                for (unsigned p = 0; p < MG_KEY_NET_POOLS; p++)
                    hidden[p] = mg_draw_chance(noise, hidden_share) ? 0.0f : kept_factor;
                shake(noise, &items[order[i]], &shop->shaken);
                mg_key_net_slope(net, &shop->shaken, hidden, shop->course, &shop->gradient);
            }
            take_step(net, &shop->gradient, shop->state, (double)(step + 1),
                      rate_at((double)step / (double)steps));
        }
    }
}

bool mg_key_net_learn(const mg_key_net_item *items, size_t count, unsigned rounds, uint64_t seed,
                      mg_key_net *ret)
{
    mg_noise noise = {seed};
    workshop *shop = calloc(1, sizeof(*shop));
    size_t *order = calloc(count + 1, sizeof(*order));
    bool ok = shop && order && count >= BATCH;
    if (ok) {
        shop->shaken.view.frame = calloc(MG_KEY_NET_FRAMES_MAX, sizeof(*shop->shaken.view.frame));
        ok = shop->shaken.view.frame != NULL;
    }
    if (ok) {
        for (size_t i = 0; i < count; i++)
            order[i] = i;
        start(&noise, ret);
        find_spread(items, count, ret);
        learn_rounds(items, count, rounds, &noise, shop, order, ret);
    }
    if (shop)
        free(shop->shaken.view.frame);
    free(shop);
    free(order);
    return ok;
}
