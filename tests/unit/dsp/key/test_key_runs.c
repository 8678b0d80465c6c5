#include "dsp/key/key_runs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { CELLS = 120, ROUNDS = 3000 };

static unsigned draw(uint64_t *state, unsigned below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % below;
}

/* Few keys, so that they come again, and much of none between them. */
static void draw_runs(uint64_t *noise, mg_key_runs *ret)
{
    ret->count = 0;
    for (size_t at = 0; at < CELLS;) {
        unsigned key = draw(noise, 3) ? draw(noise, 4) : MG_KEY_NONE;
        size_t to = at + 1 + draw(noise, 20);
        ret->at[ret->count++] = (mg_key_run){at, to < CELLS ? to : CELLS, key};
        at = to;
    }
    mg_key_runs_join(ret);
}

static size_t changes_in(const mg_key_runs *runs)
{
    size_t changes = 0, i = mg_key_runs_next(runs, 0), k;
    for (; (k = mg_key_runs_next(runs, i + 1)) < runs->count; i = k)
        changes += runs->at[i].key != runs->at[k].key;
    return changes;
}

typedef struct asked {
    unsigned table[MG_KEYS + 1][MG_KEYS + 1]; /* what speaks for a change between two keys */
    size_t times, most;
} asked;

static mg_err tell(void *context, const mg_key_run *a, const mg_key_run *b, double *ret)
{
    asked *ask = context;
    assert_true(a->to <= b->from && a->key != b->key && a->key < MG_KEYS && b->key < MG_KEYS);
    assert_true(++ask->times <= ask->most);
    *ret = ask->table[a->key][b->key];
    return MG_OK;
}

/* However little speaks for what, it comes to an end within as many steps as there are changes;
 * what is left has enough for it, and runs without a key stay. */
static void test_ends(void **state)
{
    uint64_t noise = 5;
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        mg_key_runs runs, before;
        asked ask = {.times = 0};
        for (unsigned a = 0; a < 4; a++) {
            for (unsigned b = 0; b < 4; b++)
                ask.table[a][b] = draw(&noise, 4);
        }
        draw_runs(&noise, &runs);
        before = runs;
        size_t changes = changes_in(&runs);
        ask.most = (changes + 1) * (changes + 1);
        assert_int_equal(mg_key_runs_settle(&runs, 2, tell, &ask), MG_OK);
        size_t i = mg_key_runs_next(&runs, 0), k, none = 0, none_before = 0;
        for (; (k = mg_key_runs_next(&runs, i + 1)) < runs.count; i = k)
            assert_true(runs.at[i].key == runs.at[k].key ||
                        ask.table[runs.at[i].key][runs.at[k].key] >= 2);
        for (i = 0; i < runs.count; i++) {
            assert_true(runs.at[i].from == (i ? runs.at[i - 1].to : 0));
            assert_true(i == 0 || runs.at[i].key != runs.at[i - 1].key);
            none += runs.at[i].key == MG_KEY_NONE ? runs.at[i].to - runs.at[i].from : 0;
        }
        assert_true(runs.at[runs.count - 1].to == CELLS);
        for (i = 0; i < before.count; i++)
            none_before +=
                before.at[i].key == MG_KEY_NONE ? before.at[i].to - before.at[i].from : 0;
        assert_true(none == none_before);
    }
}

/* The longer side's key remains, all runs of it counted; a stretch between two that is neither goes
 * to one of them and stays there. */
static void test_sides(void **state)
{
    static const mg_key_runs course = {
        .at = {{0, 9, 9}, {9, 12, MG_KEY_NONE}, {12, 20, 3}, {20, 23, MG_KEY_NONE}, {23, 40, 4}},
        .count = 5};
    mg_key_runs runs = course;
    asked ask = {.most = 100};
    (void)state;
    assert_int_equal(mg_key_runs_settle(&runs, 2, tell, &ask), MG_OK);
    assert_int_equal(runs.count, 5);
    assert_int_equal(runs.at[0].key, 9); /* 9 and 8 cells against 17 */
    assert_int_equal(runs.at[2].key, 9);
    assert_int_equal(runs.at[4].key, 9);
    runs = course;
    ask.table[9][4] = 3;
    assert_int_equal(mg_key_runs_settle(&runs, 2, tell, &ask), MG_OK);
    assert_int_equal(runs.at[2].key, 9);
    assert_int_equal(runs.at[4].key, 4);
}

static mg_err refuse(void *context, const mg_key_run *a, const mg_key_run *b, double *ret)
{
    (void)context, (void)a, (void)b, (void)ret;
    return MG_E_NOMEM;
}

static void test_error(void **state)
{
    mg_key_runs runs = {.at = {{0, 2, 1}, {2, 4, 2}}, .count = 2};
    (void)state;
    assert_int_equal(mg_key_runs_settle(&runs, 2, refuse, NULL), MG_E_NOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_sides),
        cmocka_unit_test(test_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
