#include "dsp/key/key_features.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { SLOTS = 96, EACH = 4 }; /* slots of a chord */

/* Roots that follow each other, each with its triad and the root in the bass. */
static void make_slots(mg_pitch_slot *slots, const unsigned *triads, size_t count, unsigned up)
{
    memset(slots, 0, SLOTS * sizeof(*slots));
    for (size_t i = 0; i < SLOTS; i++) {
        unsigned triad = triads[i / EACH % count], root = (triad + up) % 12;
        unsigned tones[3] = {root, (root + (triad < 12 ? 4 : 3)) % 12, (root + 7) % 12};
        slots[i].weight = 1;
        slots[i].bass[root] = 1;
        slots[i].chord[root + (triad < 12 ? 0 : 12)] = 1;
        for (int t = 0; t < 3; t++)
            slots[i].treble[tones[t]] = slots[i].smooth[tones[t]] = slots[i].plain[tones[t]] = 1;
    }
}

static void vector_of(const unsigned *triads, size_t count, unsigned up, unsigned key, double *ret)
{
    mg_pitch_slot slots[SLOTS];
    mg_key_course course;
    make_slots(slots, triads, count, up);
    assert_int_equal(mg_key_course_sum(slots, SLOTS, &course), MG_OK);
    mg_key_course_vector(&course, key, ret);
}

/* No tonic is preferred: a transposed file has the same numbers in the transposed key. */
static void test_transposed(void **state)
{
    static const unsigned song[6] = {12, 20, 15, 22, 17, 7}; /* five minor, one major */
    double home[MG_KEY_COURSE], moved[MG_KEY_COURSE];
    (void)state;
    for (unsigned key = 0; key < MG_KEYS; key++) {
        vector_of(song, 6, 0, key, home);
        for (unsigned up = 1; up < 12; up++) {
            vector_of(song, 6, up, (key % 12 + up) % 12 + key / 12 * 12, moved);
            for (unsigned i = 0; i < MG_KEY_COURSE; i++)
                assert_true(fabs(home[i] - moved[i]) < 1e-9);
        }
    }
}

/* The motion of the bass adds up to 1, none of it from a note to itself, and of two roots in turn
 * all of it lies between them. */
static void test_bass_motion(void **state)
{
    static const unsigned song[2] = {7, 0};
    mg_pitch_slot slots[SLOTS];
    mg_key_course course;
    double sum = 0;
    (void)state;
    make_slots(slots, song, 2, 0);
    assert_int_equal(mg_key_course_sum(slots, SLOTS, &course), MG_OK);
    for (unsigned a = 0; a < 12; a++) {
        assert_true(course.bass_motion[a][a] == 0);
        for (unsigned b = 0; b < 12; b++)
            sum += course.bass_motion[a][b];
    }
    assert_true(fabs(sum - 1) < 1e-6);
    assert_true(fabs(course.bass_motion[7][0] + course.bass_motion[0][7] - 1) < 1e-3);
    assert_true(course.bass_motion[7][0] > 0.4);
}

/* A file in which the bass never moves has none of it, and nothing is divided by nothing. */
static void test_held_bass(void **state)
{
    static const unsigned song[1] = {0};
    double vector[MG_KEY_COURSE];
    mg_pitch_slot silent[4];
    mg_key_course course;
    (void)state;
    memset(silent, 0, sizeof(silent));
    vector_of(song, 1, 0, 0, vector);
    for (unsigned i = 0; i < MG_KEY_COURSE; i++)
        assert_true(isfinite(vector[i]));
    assert_int_equal(mg_key_course_sum(silent, 4, &course), MG_OK);
    for (unsigned a = 0; a < 144; a++)
        assert_true(course.bass_motion[a / 12][a % 12] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transposed),
        cmocka_unit_test(test_bass_motion),
        cmocka_unit_test(test_held_bass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
