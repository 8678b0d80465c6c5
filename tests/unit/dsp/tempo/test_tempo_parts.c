#include "dsp/tempo/tempo_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

/* A stretch of onsets: a loud one on each beat, a soft one between. */
typedef struct stretch {
    double bpm; /* 0: nothing */
    double seconds;
} stretch;

static void push_row(mg_odf *odf, unsigned level)
{
    uint8_t row[MG_ODF_ROWS] = {0};
    for (unsigned b = 0; b < MG_ODF_BANDS; b++)
        row[b] = (uint8_t)level;
    assert_int_equal(mg_odf_push(odf, row), MG_OK);
}

static void push_stretch(mg_odf *odf, stretch s)
{
    double period = s.bpm > 0 ? 60 * MG_ODF_RATE_HZ / s.bpm : INFINITY, next = 0;
    bool between = false;
    for (double i = 0; i < s.seconds * MG_ODF_RATE_HZ; i++) {
        bool onset = s.bpm > 0 && i >= next;
        push_row(odf, onset ? between ? 60 : 160 : 0);
        next += onset ? period / 2 : 0;
        between ^= onset;
    }
}

typedef struct scene {
    mg_odf odf;
    mg_tempogram *tempogram;
    mg_pulse_course course;
} scene;

static scene scene_of(const stretch *s, size_t count)
{
    scene ret = {.odf = MG_ODF_INIT};
    for (size_t i = 0; i < count; i++)
        push_stretch(&ret.odf, s[i]);
    assert_int_equal(mg_tempogram_new(&ret.tempogram, &ret.odf, &ret.course), MG_OK);
    return ret;
}

static void scene_done(scene *s)
{
    mg_pulse_course_done(&s->course);
    free(s->tempogram);
    mg_odf_done(&s->odf);
}

static bool wanted(const scene *s, double bpm)
{
    mg_beat_clock clock = mg_beat_clock_still(bpm / 60);
    return mg_parts_wanted(&s->course, &clock);
}

static size_t count_parts(const stretch *stretches, size_t count)
{
    scene s = scene_of(stretches, count);
    mg_tempo_parts parts = {0};
    assert_int_equal(mg_parts_find(&parts, &s.course, &s.odf), MG_OK);
    size_t found = parts.count;
    mg_parts_done(&parts);
    scene_done(&s);
    return found;
}

#define COUNT(s) (sizeof(s) / sizeof((s)[0]))

/* The windows cover the file evenly, and each shows its own pulse. */
static void test_course(void **state)
{
    (void)state;
    static const stretch s[] = {{120, 60}, {90, 60}};
    scene x = scene_of(s, COUNT(s));
    double last_s = x.course.first_s + (double)(x.course.windows - 1) * x.course.hop_s;
    assert_true(fabs(x.course.first_s + last_s - 120) < 0.1);
    assert_true(x.course.hop_s > 5 && x.course.hop_s < 7);
    for (size_t w = 0; w < x.course.windows; w++) {
        double at_s = x.course.first_s + (double)w * x.course.hop_s, next = 0;
        double bpm = at_s < 54 ? 120 : at_s > 66 ? 90 : 0;
        for (unsigned i = 0; i < MG_COURSE_PERIODS; i++)
            if (bpm > 0 && fabs(60 / mg_course_period_s(i) / bpm - 1) < 0.006)
                next = fmax(next, x.course.salience[w][i]);
        assert_true(bpm == 0 || next > 200);
    }
    scene_done(&x);
}

/* What the beat, its half or double explains wants no parts; nor does what is short or silent. */
static void test_wanted(void **state)
{
    (void)state;
    static const stretch two[] = {{120, 90}, {174, 60}};
    static const stretch brief[] = {{120, 90}, {174, 15}, {120, 60}};
    static const stretch pause[] = {{120, 60}, {0, 60}, {120, 60}};
    scene s = scene_of(two, COUNT(two));
    assert_true(wanted(&s, 120));
    assert_true(wanted(&s, 174));
    assert_true(wanted(&s, 130.5)); /* three quarters of 174 */
    scene_done(&s);
    s = scene_of(brief, COUNT(brief));
    assert_false(wanted(&s, 120));
    scene_done(&s);
    s = scene_of(pause, COUNT(pause));
    assert_false(wanted(&s, 120));
    assert_false(wanted(&s, 60));
    assert_false(wanted(&s, 240));
    scene_done(&s);
}

/* Borders of the tracks of a mix, within the width of a window. */
static void test_borders(void **state)
{
    (void)state;
    static const stretch s[] = {{122, 80}, {174, 100}, {95, 70}, {140, 90}};
    scene x = scene_of(s, COUNT(s));
    mg_tempo_parts parts = {0};
    assert_int_equal(mg_parts_find(&parts, &x.course, &x.odf), MG_OK);
    assert_int_equal(parts.count, COUNT(s));
    double at_s = 0;
    for (size_t i = 0; i + 1 < COUNT(s); i++) {
        at_s += s[i].seconds;
        assert_true(fabs(parts.border_s[i] - at_s) < 9);
    }
    mg_parts_done(&parts);
    scene_done(&x);
}

/* At 2 : 3 and 3 : 4 it may be triplets: such a border, if the course leaps, is not sure. */
static void test_not_sure(void **state)
{
    (void)state;
    static const stretch s[] = {{90, 90}, {132, 90}, {198, 90}, {110, 90}};
    scene x = scene_of(s, COUNT(s));
    mg_tempo_parts parts = {0};
    assert_int_equal(mg_parts_find(&parts, &x.course, &x.odf), MG_OK);
    assert_int_equal(parts.count, 4);
    assert_true(parts.sure[0] && !parts.sure[1] && parts.sure[2]);
    mg_parts_merge(&parts, 1);
    assert_int_equal(parts.count, 3);
    assert_true(parts.sure[0] && parts.sure[1]);
    assert_true(fabs(parts.border_s[0] - 90) < 9 && fabs(parts.border_s[1] - 270) < 9);
    mg_parts_merge(&parts, 1);
    assert_true(fabs(parts.border_s[0] - 90) < 9);
    mg_parts_merge(&parts, 0);
    assert_int_equal(parts.count, 1);
    mg_parts_done(&parts);
    scene_done(&x);
}

/* The pulse of before, its double or half goes on, whatever pauses or comes between. */
static void test_no_border(void **state)
{
    (void)state;
    static const stretch same[] = {{128, 150}}, half[] = {{140, 80}, {70, 80}, {140, 80}},
                         gap[] = {{128, 60}, {0, 60}, {128, 60}}, nothing[] = {{0, 120}},
                         brief[] = {{128, 80}, {95, 20}, {128, 80}}, little[] = {{128, 5}};
    assert_int_equal(count_parts(same, COUNT(same)), 1);
    assert_int_equal(count_parts(half, COUNT(half)), 1);
    assert_int_equal(count_parts(gap, COUNT(gap)), 1);
    assert_int_equal(count_parts(nothing, COUNT(nothing)), 1);
    assert_int_equal(count_parts(brief, COUNT(brief)), 1);
    assert_int_equal(count_parts(little, COUNT(little)), 1);
}

/* However short or many the stretches: an end, and borders that ascend, apart by the least. */
static void test_any(void **state)
{
    (void)state;
    uint32_t dice = 5;
    for (unsigned run = 0; run < 60; run++) {
        stretch s[8];
        size_t count = 1 + run % 8;
        for (size_t i = 0; i < count; i++) {
            dice = dice * 1664525u + 1013904223u;
            s[i].bpm = dice >> 30 ? 50 + (dice >> 8) % 160 : 0;
            s[i].seconds = (double)((dice >> 16) % (run % 2 ? 30 : 100));
        }
        scene x = scene_of(s, count);
        mg_tempo_parts parts = {0};
        assert_int_equal(mg_parts_find(&parts, &x.course, &x.odf), MG_OK);
        double end_s = mg_odf_time_s(&x.odf, (double)x.odf.frames), before = 0;
        for (size_t i = 0; i + 1 < parts.count; i++) {
            assert_true(parts.border_s[i] - before > MG_PART_LEAST_S - x.course.hop_s);
            before = parts.border_s[i];
        }
        assert_true(before <= end_s);
        mg_parts_done(&parts);
        scene_done(&x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_course),   cmocka_unit_test(test_wanted),
        cmocka_unit_test(test_borders),  cmocka_unit_test(test_no_border),
        cmocka_unit_test(test_not_sure), cmocka_unit_test(test_any),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
