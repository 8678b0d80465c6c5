#include "dsp/tempo/odf.h"
#include "dsp/tempo/odf_condition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

static void push(mg_odf *odf, uint8_t band, unsigned step, unsigned level)
{
    uint8_t row[MG_ODF_ROWS] = {band, band, band, band, mg_odf_attack_byte(step, level), band};
    assert_int_equal(mg_odf_push(odf, row), MG_OK);
}

static void test_times_and_attacks(void **state)
{
    (void)state;
    mg_odf odf = MG_ODF_INIT;
    for (unsigned i = 0; i < 340; i++)
        push(&odf, (uint8_t)i, i % 8, i % 32);
    assert_int_equal(odf.frames, 340);
    assert_true(mg_odf_time_s(&odf, 170) == 1.0);
    assert_true(fabs(mg_odf_frame_at(&odf, 1.5) - 255) < 1e-9);
    for (size_t i = 0; i < 340; i++) {
        double at;
        assert_int_equal(mg_odf_attack(&odf, i, &at), i % 32);
        assert_true(fabs(at - mg_odf_time_s(&odf, (double)i)) <= 0.5 / MG_ODF_RATE_HZ);
        assert_int_equal(mg_odf_get(&odf, MG_ODF_HAT, i), i % 256);
    }
    mg_odf_done(&odf);
    assert_int_equal(odf.frames, 0);
}

/* A part shows the frames of the whole, across chunks, in its own time. */
static void test_part(void **state)
{
    (void)state;
    enum { FROM = 4000, TO = 9000 };
    mg_odf odf = MG_ODF_INIT;
    for (unsigned i = 0; i < 10000; i++)
        push(&odf, (uint8_t)(i % 251), i % 8, i % 32);
    mg_odf part = mg_odf_part(&odf, FROM, TO), inner = mg_odf_part(&part, 170, 500);
    assert_int_equal(part.frames, TO - FROM);
    assert_int_equal(inner.frames, 330);
    for (size_t i = 0; i < part.frames; i++)
        assert_int_equal(mg_odf_get(&part, MG_ODF_MID, i), (FROM + i) % 251);
    assert_int_equal(mg_odf_get(&inner, MG_ODF_MID, 0), (FROM + 170) % 251);
    double at;
    assert_int_equal(mg_odf_attack(&part, 170, &at), (FROM + 170) % 32);
    assert_true(fabs(at - 1) <= 0.5 / MG_ODF_RATE_HZ);
    mg_odf_done(&odf);
}

/* Past three hours the rate halves, memory stays, and what was pushed keeps its time. */
static void test_merging(void **state)
{
    (void)state;
    mg_odf odf = MG_ODF_INIT;
    size_t total = 5 * (size_t)MG_ODF_MAX_FRAMES / 2;
    for (size_t i = 0; i < total; i++)
        push(&odf, i % 1000 == 0 ? 200 : 3, 4, i % 1000 == 0 ? 30 : 1);
    assert_int_equal(odf.merge, 4);
    assert_true(odf.frames <= MG_ODF_MAX_FRAMES);
    assert_int_equal(odf.frames, total / 4);
    assert_true(mg_odf_rate_hz(&odf) == MG_ODF_RATE_HZ / 4);
    for (size_t i = 0; i < total; i += 1000 * 97) {
        double time = (double)i / MG_ODF_RATE_HZ, at;
        size_t frame = (size_t)floor(mg_odf_frame_at(&odf, time) + 0.5);
        assert_int_equal(mg_odf_get(&odf, MG_ODF_KICK, frame), 200);
        assert_int_equal(mg_odf_get(&odf, MG_ODF_LEVEL, frame), 200);
        assert_int_equal(mg_odf_attack(&odf, frame, &at), 30);
        assert_true(fabs(at - time) < 1.5 / MG_ODF_RATE_HZ);
    }
    mg_odf_done(&odf);
}

/* A level that is always there is no onset; a quiet half comes out as strong as a loud one. */
static void test_condition(void **state)
{
    (void)state;
    mg_odf odf = MG_ODF_INIT;
    for (unsigned i = 0; i < 170 * 60; i++) {
        unsigned hit = i < 170 * 30 ? 60 : 120;
        push(&odf, (uint8_t)(i % 85 == 0 ? hit : 6), 0, 0);
    }
    double rms[MG_ODF_BANDS];
    assert_int_equal(mg_odf_condition(&odf, rms), MG_OK);
    assert_true(rms[0] > 5 && rms[0] < 15);
    unsigned quiet = mg_odf_get(&odf, 0, 85 * 20), loud = mg_odf_get(&odf, 0, 85 * 100);
    assert_true(quiet > 150 && loud > 150);
    assert_true(fabs((double)quiet - loud) < 20);
    assert_int_equal(mg_odf_get(&odf, 0, 85 * 20 + 40), 0);
    mg_odf_done(&odf);
}

static void test_condition_short(void **state)
{
    (void)state;
    mg_odf odf = MG_ODF_INIT;
    double rms[MG_ODF_BANDS];
    assert_int_equal(mg_odf_condition(&odf, rms), MG_OK);
    push(&odf, 9, 0, 0);
    assert_int_equal(mg_odf_condition(&odf, rms), MG_OK);
    mg_odf_done(&odf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_and_attacks), cmocka_unit_test(test_part),
        cmocka_unit_test(test_merging),           cmocka_unit_test(test_condition),
        cmocka_unit_test(test_condition_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
