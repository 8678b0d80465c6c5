/* The first thing that strikes, and what it is. */
#include "dsp/tempo/beat_start.h"
#include "tests/unit/test.h"

#include <math.h>

static void push(mg_odf *odf, unsigned kick, unsigned hat, unsigned level)
{
    uint8_t row[MG_ODF_ROWS] = {(uint8_t)kick, (uint8_t)hat, (uint8_t)hat, (uint8_t)hat,
                                mg_odf_attack_byte(0, level)};
    assert_int_equal(mg_odf_push(odf, row), MG_OK);
}

/* Frames of silence, soft noise, then one that strikes; the bands rise a frame late or early. */
static mg_beat_start start_after(unsigned quiet, unsigned kick, unsigned hat)
{
    mg_odf odf = MG_ODF_INIT;
    for (unsigned i = 0; i < quiet; i++)
        push(&odf, 2, 3, i % 12);
    push(&odf, kick / 2, hat, 25);
    push(&odf, kick, hat / 2, 3);
    for (unsigned i = 0; i < 500; i++)
        push(&odf, i % 50 == 9 ? 255 : 0, i % 50 == 9 ? 255 : 0, i % 50 == 9 ? 31 : 0);
    mg_beat_start start = mg_beat_start_find(&odf);
    mg_odf_done(&odf);
    return start;
}

/* From silence every band rises; a hat still rises less in the lows. */
static void test_kinds(void **state)
{
    (void)state;
    for (unsigned quiet = 40; quiet < 400; quiet += 40) {
        mg_beat_start kick = start_after(quiet, 200, 140), both = start_after(quiet, 250, 255);
        assert_true(fabs(kick.at_s - quiet / MG_ODF_RATE_HZ) < 0.006);
        assert_int_equal(kick.kind, MG_START_LOW);
        assert_int_equal(both.kind, MG_START_LOW);
        assert_int_equal(start_after(quiet, 90, 220).kind, MG_START_HIGH);
    }
    assert_int_equal(start_after(0, 0, 0).kind, MG_START_CUT);
}

static void test_none(void **state)
{
    (void)state;
    mg_odf odf = MG_ODF_INIT;
    assert_true(isnan(mg_beat_start_find(&odf).at_s));
    for (unsigned i = 0; i < 1000; i++)
        push(&odf, 20, 20, 14);
    assert_true(isnan(mg_beat_start_find(&odf).at_s));
    mg_odf_done(&odf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
