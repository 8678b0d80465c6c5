#include "dsp/key/key_cells.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/dsp/key/chords.h"

static const double strength = 0.5;

static void judge_view(const mg_pitch_slot *slots, size_t count, double ret[MG_KEYS + 1])
{
    mg_key_view view;
    assert_int_equal(mg_key_view_init(&view, slots, count, slot_s, strength), MG_OK);
    assert_int_equal(mg_key_net_judge(&mg_key_net_learnt, &view, ret), MG_OK);
    mg_key_softmax(ret, MG_KEYS + 1, mg_key_net_temperature, ret);
    mg_key_view_done(&view);
}

static const unsigned song[8] = {21, 5, 0, 7, 14, 12, 5, 19};

/* All cells together say what the network says of the excerpt, as it was learnt. */
static void test_whole(void **state)
{
    static const size_t counts[] = {1, 2, 7, 8, 9, 63, 120, 500};
    mg_pitch_slot slots[500];
    (void)state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        double seen[MG_KEYS + 1], wanted[MG_KEYS + 1];
        mg_key_cells cells;
        play(slots, counts[i], song, 8, 2, 1);
        judge_view(slots, counts[i], wanted);
        assert_int_equal(mg_key_cells_init(&cells, slots, counts[i], slot_s, strength), MG_OK);
        assert_int_equal(mg_key_cells_judge(&cells, 0, cells.count, seen), MG_OK);
        for (unsigned k = 0; k <= MG_KEYS; k++)
            assert_true(fabs(seen[k] - wanted[k]) < 1e-4);
        mg_key_cells_done(&cells);
    }
}

static bool equal(const mg_key_cell *a, const mg_key_cell *b)
{
    for (unsigned tonic = 0; tonic < 12; tonic++) {
        for (unsigned o = 0; o < MG_KEY_NET_HARMONY; o++) {
            if (a->harmony[tonic][o] != b->harmony[tonic][o])
                return false;
        }
    }
    return a->frames == b->frames;
}

/* A long file is heard in parts; where they meet cannot be told. Its tune comes round with every
 * cell. */
static void test_seams(void **state)
{
    enum { SLOTS = 8 * 300 };
    static const unsigned turn[8] = {0, 0, 5, 5, 7, 7, 21, 0};
    mg_pitch_slot *slots = calloc(SLOTS, sizeof(*slots));
    mg_key_cells cells;
    (void)state;
    assert_non_null(slots);
    play_each(slots, SLOTS, turn, 8, 0, 1, 1);
    assert_int_equal(mg_key_cells_init(&cells, slots, SLOTS, slot_s, strength), MG_OK);
    assert_int_equal(cells.count, 300);
    assert_int_equal(cells.each, 8);
    for (size_t c = 2; c + 1 < cells.count; c++)
        assert_true(equal(&cells.cell[c], &cells.cell[1]));
    assert_false(equal(&cells.cell[0], &cells.cell[1])); /* silence comes before it */
    mg_key_cells_done(&cells);
    free(slots);
}

/* A day of music has no more cells than an hour, and all of it is in them. */
static void test_day(void **state)
{
    enum { SLOTS = 233513 };
    mg_pitch_slot *slots = calloc(SLOTS, sizeof(*slots));
    mg_key_cells cells;
    double frames = 0, p[MG_KEYS + 1];
    (void)state;
    assert_non_null(slots);
    play(slots, SLOTS, song, 2, 0, 1); /* A minor, F major */
    play(slots + SLOTS / 2, SLOTS - SLOTS / 2, song, 2, 6, 1);
    assert_int_equal(mg_key_cells_init(&cells, slots, SLOTS, slot_s, strength), MG_OK);
    assert_true(cells.count <= MG_KEY_CELLS_MAX && cells.count > MG_KEY_CELLS_MAX * 9 / 10);
    for (size_t c = 0; c < cells.count; c++)
        frames += (double)cells.cell[c].frames;
    assert_true(frames == (SLOTS + 1) / 2);
    assert_int_equal(mg_key_cells_judge(&cells, 0, cells.count / 2 - 1, p), MG_OK);
    assert_true(p[21] + p[5] > 0.5);
    assert_int_equal(mg_key_cells_judge(&cells, cells.count / 2 + 1, cells.count, p), MG_OK);
    assert_true(p[15] + p[11] > 0.5);
    mg_key_cells_done(&cells);
    free(slots);
}

/* Silence is judged without division by nothing. */
static void test_silence(void **state)
{
    mg_pitch_slot slots[20];
    mg_key_cells cells;
    double p[MG_KEYS + 1], sum = 0;
    (void)state;
    memset(slots, 0, sizeof(slots));
    assert_int_equal(mg_key_cells_init(&cells, slots, 20, slot_s, strength), MG_OK);
    assert_int_equal(mg_key_cells_judge(&cells, 1, 2, p), MG_OK);
    for (unsigned k = 0; k <= MG_KEYS; k++) {
        assert_true(isfinite(p[k]));
        sum += p[k];
    }
    assert_true(fabs(sum - 1) < 1e-9);
    mg_key_cells_done(&cells);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_seams),
        cmocka_unit_test(test_day),
        cmocka_unit_test(test_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
