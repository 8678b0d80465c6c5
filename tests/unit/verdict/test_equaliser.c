/* The gain that an advice names. What it does to real music is measured with ffmpeg's equaliser in
 * tests/e2e/test_advice.py. */
#include "tests/unit/test.h"
#include "tests/unit/verdict/fixture.h"

#include "verdict/equaliser.h"

#include <math.h>
#include <stdlib.h>

/* Band shares in tenths of a percent and a slope inside the bands, drawn. */
static void draw(mg_spectrum_result *s)
{
    double sum = 0.0, shares[MG_BANDS];
    for (unsigned b = 0; b < MG_BANDS; b++)
        sum += shares[b] = 0.003 + rand() / (double)RAND_MAX;
    for (unsigned b = 0; b < MG_BANDS; b++)
        s->loudest_band_share[b] = mg_some(shares[b] / sum);
    double slope = -3.0 * rand() / RAND_MAX;
    for (unsigned t = 0; t < MG_THIRD_OCTAVES; t++)
        s->third_octave_db[t] = mg_some(-10.0 + slope * t + 6.0 * rand() / RAND_MAX);
}

static double balance_change(const mg_spectrum_result *s, unsigned b, double share)
{
    return mg_share_balance_db(share) - mg_share_balance_db(s->loudest_band_share[b].v);
}

static void the_gain_reaches_what_is_wanted(void **state)
{
    (void)state;
    srand(5);
    for (unsigned i = 0; i < 600; i++) {
        mg_spectrum_result s = {0};
        draw(&s);
        const unsigned b = i % MG_BANDS;
        const double wanted = (i % 2 ? 1.0 : -1.0) * (0.1 + 3.5 * rand() / RAND_MAX);
        double gain_db, share;
        mg_equaliser_move(&s, b, wanted, &gain_db, &share);
        assert_true(gain_db * wanted > 0.0 && fabs(gain_db) <= MG_EQUALISER_MOST_DB);
        assert_true(fabs(gain_db) >= fabs(wanted) - 0.05); /* no bell does more than its height */
        assert_true(fabs(gain_db * 10.0 - round(gain_db * 10.0)) < 1e-9);
        if (fabs(gain_db) < MG_EQUALISER_MOST_DB)
            assert_true(fabs(balance_change(&s, b, share) - wanted) < 0.06);
        else
            assert_true(fabs(balance_change(&s, b, share)) < fabs(wanted) + 0.06);
    }
}

static void a_lone_tone_in_the_middle_gets_the_whole_bell(void **state)
{
    (void)state;
    mg_spectrum_result s = {0};
    for (unsigned t = 0; t < MG_THIRD_OCTAVES; t++) {
        bool middle = fabs(mg_third_octave_hz(t) - 1000.0) < 1.0,
             far = mg_third_octave_hz(t) < 25.0;
        s.third_octave_db[t] = mg_some(middle || far ? -20.0 : -200.0);
    }
    static const double shares[MG_BANDS] = {0.5, 0.0, 0.0, 0.5, 0.0, 0.0};
    for (unsigned b = 0; b < MG_BANDS; b++)
        s.loudest_band_share[b] = mg_some(shares[b]);
    double gain_db, share;
    mg_equaliser_move(&s, 3, 6.0, &gain_db, &share);
    assert_true(fabs(gain_db - 6.0) < 0.11);
    assert_true(fabs(mg_share_balance_db(share) - gain_db) < 0.05);
}

static void it_ends_at_the_most_and_with_missing_bands(void **state)
{
    (void)state;
    mg_spectrum_result s = {0};
    draw(&s);
    for (unsigned t = 0; t < MG_THIRD_OCTAVES; t++) {
        if (mg_third_octave_hz(t) > 5000.0)
            s.third_octave_db[t] = mg_none(MG_WHY_ABOVE_BAND_LIMIT);
    }
    s.loudest_band_share[5] = mg_none(MG_WHY_ABOVE_BAND_LIMIT);
    double gain_db, share;
    mg_equaliser_move(&s, 1, 40.0, &gain_db, &share);
    assert_true(gain_db == MG_EQUALISER_MOST_DB && share > 0.0 && share < 1.0);
    mg_equaliser_move(&s, 1, -40.0, &gain_db, &share);
    assert_true(gain_db == -MG_EQUALISER_MOST_DB && share > 0.0 && share < 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gain_reaches_what_is_wanted),
        cmocka_unit_test(a_lone_tone_in_the_middle_gets_the_whole_bell),
        cmocka_unit_test(it_ends_at_the_most_and_with_missing_bands),
    };
    return cmocka_run_group_tests_name("equaliser", tests, NULL, NULL);
}
