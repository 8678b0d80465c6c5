#include "dsp/key/key_net.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/dsp/key/chords.h"

enum { LENGTH = 120 }; /* slots */
static const double strength = 0.5;

static unsigned judge(const mg_pitch_slot *slots, size_t count, double *ret)
{
    mg_key_view view;
    unsigned best = 0;
    assert_int_equal(mg_key_view_init(&view, slots, count, slot_s, strength), MG_OK);
    assert_int_equal(mg_key_net_judge(&mg_key_net_learnt, &view, ret), MG_OK);
    mg_key_view_done(&view);
    assert_true(isfinite(ret[MG_KEYS]));
    for (unsigned k = 0; k < MG_KEYS; k++) {
        assert_true(isfinite(ret[k]));
        best = ret[k] > ret[best] ? k : best;
    }
    return best;
}

/* I IV V I and i iv V i name their key wherever it lies, with the same score. */
static void test_cadences(void **state)
{
    static const unsigned cadence[2][4] = {{0, 5, 7, 0}, {12, 17, 7, 12}};
    mg_pitch_slot slots[LENGTH];
    double home[MG_KEYS + 1], score[MG_KEYS + 1];
    (void)state;
    for (unsigned mode = 0; mode < 2; mode++) {
        for (unsigned up = 0; up < 12; up++) {
            play(slots, LENGTH, cadence[mode], 4, up, 1);
            assert_int_equal(judge(slots, LENGTH, score), up + 12 * mode);
            if (up == 0)
                memcpy(home, score, sizeof(home));
            for (unsigned k = 0; k < MG_KEYS; k++)
                assert_true(fabs(score[(k % 12 + up) % 12 + k / 12 * 12] - home[k]) < 1e-4);
            assert_true(fabs(score[MG_KEYS] - home[MG_KEYS]) < 1e-4);
            assert_true(score[MG_KEYS] < score[up + 12 * mode]);
        }
    }
}

/* How loud a file is tells nothing. */
static void test_level(void **state)
{
    static const unsigned song[4] = {21, 5, 0, 7};
    mg_pitch_slot slots[LENGTH];
    double loud[MG_KEYS + 1], soft[MG_KEYS + 1];
    (void)state;
    play(slots, LENGTH, song, 4, 3, 1);
    judge(slots, LENGTH, loud);
    play(slots, LENGTH, song, 4, 3, 0.01f);
    judge(slots, LENGTH, soft);
    for (unsigned k = 0; k < MG_KEYS; k++)
        assert_true(fabs(loud[k] - soft[k]) < 1e-3);
}

/* A single slot, and one of silence, are judged like anything else. */
static void test_degenerate(void **state)
{
    static const unsigned song[1] = {0};
    mg_pitch_slot slot;
    double score[MG_KEYS + 1];
    (void)state;
    play(&slot, 1, song, 1, 0, 1);
    judge(&slot, 1, score);
    memset(&slot, 0, sizeof(slot));
    judge(&slot, 1, score);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cadences),
        cmocka_unit_test(test_level),
        cmocka_unit_test(test_degenerate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
