#include "dsp/key/key_segments.h"
#include "dsp/key/key.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/dsp/key/chords.h"

static const double strength = 0.5;

/* Segments and mean probabilities; @return the number of segments */
static unsigned find(const mg_pitch_slot *slots, size_t count, double *ret_p, mg_key_result *ret)
{
    mg_key_cells cells;
    memset(ret, 0, sizeof(*ret));
    assert_int_equal(mg_key_cells_init(&cells, slots, count, slot_s, strength), MG_OK);
    assert_int_equal(mg_key_cells_judge(&cells, 0, cells.count, ret_p), MG_OK);
    assert_int_equal(mg_key_segments_find(&cells, (double)count * slot_s, NULL, ret_p, ret), MG_OK);
    mg_key_cells_done(&cells);
    return ret->segment_count;
}

/* Segments cover the file without holes; neighbours differ. */
static void check(const mg_key_result *r, double duration_s, const double *p)
{
    double sum = 0;
    for (unsigned k = 0; k <= MG_KEYS; k++) {
        assert_true(p[k] >= 0);
        sum += p[k];
    }
    assert_true(fabs(sum - 1) < 1e-6);
    assert_true(r->segment_count != 1 && r->segment_count <= MG_KEY_SEGMENTS_MAX);
    for (unsigned i = 0; i < r->segment_count; i++) {
        const mg_key_segment *s = &r->segments[i], *before = i > 0 ? s - 1 : NULL;
        assert_true(s->start_s == (before ? before->end_s : 0) && s->end_s > s->start_s);
        assert_true(s->confidence >= 0 && s->confidence <= MG_KEY_CONFIDENCE_MAX);
        assert_true(i + 1 < r->segment_count || s->end_s == duration_s);
        assert_true(!before || before->known != s->known || before->tonic != s->tonic ||
                    before->mode != s->mode);
    }
}

static const unsigned cadence[2][8] = {{0, 5, 7, 0, 21, 2, 7, 0}, {12, 17, 7, 12, 8, 5, 7, 12}};

/* A set of tracks in keys a fifth apart and relative, as they are mixed, is told track by track;
 * its key is that of the longest time. */
static void test_set(void **state)
{
    static const unsigned keys[5] = {21, 16, 7, 21, 14}; /* Am Em G Am Dm */
    enum { TRACK = 480, ALL = 5 * TRACK };
    mg_pitch_slot *slots = calloc(ALL, sizeof(*slots));
    mg_key_result *r = calloc(1, sizeof(*r));
    double p[MG_KEYS + 1];
    (void)state;
    assert_true(slots && r);
    for (unsigned i = 0; i < 5; i++)
        play(slots + i * TRACK, TRACK, cadence[keys[i] / 12], 8, keys[i] % 12, 1);
    assert_int_equal(find(slots, ALL, p, r), 5);
    check(r, ALL * slot_s, p);
    unsigned best = 0;
    for (unsigned i = 0; i < 5; i++) {
        assert_true(r->segments[i].known);
        assert_int_equal(r->segments[i].tonic, keys[i] % 12);
        assert_int_equal(r->segments[i].mode == MG_MINOR, keys[i] >= 12);
        assert_true(i == 0 || fabs(r->segments[i].start_s - i * TRACK * slot_s) <= 6.0);
    }
    for (unsigned k = 0; k < MG_KEYS; k++)
        best = p[k] > p[best] ? k : best;
    assert_int_equal(best, 21);
    free(slots);
    free(r);
}

static unsigned draw(uint64_t *state, unsigned below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % below;
}

/* Whatever follows what - keys, chords of no key, silence in between, long or short - ends, with
 * segments that hold together. */
static void test_anything(void **state)
{
    enum { MOST = 900, FILES = 150 };
    static const unsigned loose[8] = {0, 18, 3, 13, 6, 22, 9, 16};
    mg_pitch_slot *slots = calloc(MOST, sizeof(*slots));
    mg_key_result *r = calloc(1, sizeof(*r));
    double p[MG_KEYS + 1];
    unsigned changed = 0;
    uint64_t noise = 99;
    (void)state;
    assert_true(slots && r);
    for (unsigned file = 0; file < FILES; file++) {
        size_t count = 40 + draw(&noise, MOST - 40);
        for (size_t at = 0; at < count;) {
            size_t length = 8 + draw(&noise, draw(&noise, 2) ? 40 : 200);
            length = at + length < count ? length : count - at;
            unsigned kind = draw(&noise, 4);
            if (kind == 0)
                memset(slots + at, 0, length * sizeof(*slots));
            else
                play(slots + at, length, kind == 1 ? loose : cadence[kind - 2],
                     kind == 1 ? 8 : 2 + draw(&noise, 7), draw(&noise, 12), 1);
            at += length;
        }
        changed += find(slots, count, p, r) > 2;
        check(r, (double)count * slot_s, p);
    }
    assert_true(changed > FILES / 10);
    free(slots);
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
