#include "bench/learn/key_net_learn.h"
#include "bench/tracks/synth.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FRAMES = 12, NUMBERS = sizeof(mg_key_net) / sizeof(float), ITEMS = 48 };

/* @param tonic  12: none */
static void draw_view(mg_noise *noise, unsigned tonic, mg_key_view *ret)
{
    memset(ret, 0, sizeof(*ret));
    ret->count = FRAMES;
    ret->frame = calloc(FRAMES, sizeof(*ret->frame));
    assert_non_null(ret->frame);
    for (size_t t = 0; t < FRAMES; t++) {
        for (unsigned i = 0; i < MG_KEY_NET_INPUTS; i++)
            ret->frame[t][i] = mg_draw_chance(noise, 0.5) ? (float)mg_draw(noise, 0, 1) : 0.0f;
        if (tonic < 12)
            ret->frame[t][12 + tonic] += 2; /* the bass tells */
    }
    for (unsigned k = 0; k < MG_KEYS; k++) {
        for (unsigned i = 0; i < MG_KEY_WHOLE; i++)
            ret->sums.whole[k][i] = (float)mg_draw(noise, 0, 0.1);
    }
    for (unsigned i = 0; i < MG_KEY_TONAL_SOUND; i++)
        ret->sums.sound[i] = (float)mg_draw(noise, -1, 1);
}

static bool is_learnt(size_t i)
{
    return i < offsetof(mg_key_net, sound_mean) / sizeof(float);
}

/* The slopes are those that small steps along each number show. */
static void check_slopes(unsigned key, bool partial)
{
    mg_noise noise = {7 + key};
    mg_key_net_item item = {.key = key, .partial = partial};
    mg_key_net *net = calloc(1, sizeof(*net)), *slope = calloc(1, sizeof(*slope));
    mg_key_net_course *course = calloc(12, sizeof(*course));
    float hidden[MG_KEY_NET_POOLS];
    unsigned same = 0, tried = 0;
    assert_true(net && slope && course);
    mg_key_net scratch;
    float *x = (float *)net;
    const float *g = (const float *)slope;
    draw_view(&noise, 3, &item.view);
    for (size_t i = 0; i < NUMBERS; i++)
        x[i] = is_learnt(i) ? (float)mg_draw(&noise, -0.3, 0.3) : 1.0f;
    for (unsigned i = 0; i < MG_KEY_NET_POOLS; i++)
        hidden[i] = i % 5 == 0 ? 0.0f : 1.25f;
    mg_key_net_slope(net, &item, hidden, course, slope);
    for (size_t i = 0; is_learnt(i); i += 13, tried++) {
        float kept = x[i];
        x[i] = kept + 0.002f;
        double above = mg_key_net_slope(net, &item, hidden, course, &scratch);
        x[i] = kept - 0.002f;
        double below = mg_key_net_slope(net, &item, hidden, course, &scratch);
        x[i] = kept;
        double seen = (above - below) / 0.004;
        same += fabs(seen - (double)g[i]) < 0.003 + 0.02 * fabs(seen);
    }
    assert_true(same >= tried * 98 / 100); /* the others: a unit began or ended on the way */
    mg_key_view_done(&item.view);
    free(net);
    free(slope);
    free(course);
}

static void test_slopes(void **state)
{
    (void)state;
    check_slopes(17, false);
    check_slopes(4, true);
    check_slopes(MG_KEYS, false);
}

/* What can be learnt is - each key, and that there is none -, and twice the same. */
static void test_learns(void **state)
{
    mg_noise noise = {9};
    mg_key_net_item items[ITEMS];
    mg_key_net *net = calloc(2, sizeof(*net)), *slope = calloc(1, sizeof(*slope));
    mg_key_net_course *course = calloc(12, sizeof(*course));
    float hidden[MG_KEY_NET_POOLS];
    double loss = 0;
    (void)state;
    assert_true(net && slope && course);
    for (unsigned i = 0; i < ITEMS; i++) {
        items[i] = (mg_key_net_item){.key = i % 13 < 12 ? i % 13 : MG_KEYS};
        draw_view(&noise, i % 13, &items[i].view);
    }
    for (unsigned i = 0; i < MG_KEY_NET_POOLS; i++)
        hidden[i] = 1.0f;
    for (unsigned n = 0; n < 2; n++)
        assert_true(mg_key_net_learn(items, ITEMS, 60, 5, &net[n]));
    assert_memory_equal(&net[0], &net[1], sizeof(net[0]));
    for (unsigned i = 0; i < ITEMS; i++) {
        loss += mg_key_net_slope(&net[0], &items[i], hidden, course, slope) / ITEMS;
        mg_key_view_done(&items[i].view);
    }
    assert_true(loss < 0.3); /* 3.22 without knowledge */
    free(net);
    free(slope);
    free(course);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slopes),
        cmocka_unit_test(test_learns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
