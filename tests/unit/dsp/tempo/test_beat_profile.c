/* The folded bar: the whole file, its fuller half, and where the music changes. */
#include "dsp/tempo/beat_onsets.h"
#include "dsp/tempo/beat_profile.h"
#include "tests/unit/test.h"

#include <math.h>

enum { BARS = 32, BAND_ROWS = (1 << MG_ODF_BANDS) - 1 };
static const double beat_s = 0.5;

static double beats_at(size_t frame)
{
    return (double)frame / MG_ODF_RATE_HZ / beat_s;
}

/* Which bands strike in the half beat of a bar, bit by bit. */
typedef unsigned (*strikes)(unsigned bar, unsigned half);

static mg_beat_profile profile_of(strikes play)
{
    mg_odf odf = MG_ODF_INIT;
    long last = -1;
    for (size_t i = 0; beats_at(i) < MG_PHASE_BEATS * BARS; i++) {
        double beats = beats_at(i) + MG_FLUX_LEAD_S / beat_s;
        long half = (long)(2 * beats);
        unsigned bands = half != last ? play((unsigned)half / 8, (unsigned)half % 8) : 0;
        uint8_t row[MG_ODF_ROWS] = {0};
        for (unsigned b = 0; b < MG_ODF_BANDS; b++)
            row[b] = bands >> b & 1 ? 200 : 0;
        row[MG_ODF_ATTACK] = mg_odf_attack_byte(0, bands != 0 ? 20 : 3);
        assert_int_equal(mg_odf_push(&odf, row), MG_OK);
        last = half;
    }
    mg_beat_clock clock = mg_beat_clock_still(1 / beat_s);
    mg_beat_start start = {.at_s = 2.75 * beat_s, .kind = MG_START_HIGH};
    mg_beat_profile p;
    assert_int_equal(mg_beat_profile_fold(&p, &odf, &clock, &start), MG_OK);
    mg_odf_done(&odf);
    return p;
}

/* What a row holds within 30 ms of a place of the bar; all of it is MG_PROFILE_SLOTS. */
static double held(const double row[MG_PROFILE_SLOTS], double beats)
{
    double sum = 0;
    for (int d = -3; d <= 3; d++)
        sum += row[((int)(beats * MG_PHASE_SLOTS) + d + MG_PROFILE_SLOTS) % MG_PROFILE_SLOTS];
    return sum;
}

/* Hats alone between the beats; later kicks on them, a snare on 2 and 4, hats with it. */
static unsigned intro_between(unsigned bar, unsigned half)
{
    if (bar < BARS / 2)
        return half % 2 == 1 ? 1u << MG_ODF_HAT : 0;
    return half % 4 == 2 ? BAND_ROWS : half % 4 == 0 ? 1u << MG_ODF_KICK : 0;
}

static void test_full_part(void **state)
{
    (void)state;
    mg_beat_profile p = profile_of(intro_between);
    const double *all = p.row[MG_PROFILE_ALL][MG_ODF_HAT], *full = p.row[1][MG_ODF_HAT];
    for (unsigned beat = 0; beat < MG_PHASE_BEATS; beat++) {
        double snare = beat % 2 == 1 ? MG_PROFILE_SLOTS : 0;
        assert_true(fabs(held(all, beat + 0.5) - MG_PROFILE_SLOTS / 6.0) < 0.5);
        assert_true(fabs(held(all, beat) - snare / 6) < 0.5);
        assert_true(held(full, beat + 0.5) == 0);
        assert_true(fabs(held(full, beat) - snare / 2) < 0.5);
        assert_true(fabs(held(p.row[1][MG_ODF_KICK], beat) - MG_PROFILE_SLOTS / 4.0) < 0.5);
    }
    assert_true(fabs(p.start - 2.75) < 1e-9);
    assert_int_equal(p.start_kind, MG_START_HIGH);
}

/* Hats all along; a kick that enters, and one that goes, with the third beat of a bar. */
static unsigned kick_enters(unsigned bar, unsigned half)
{
    bool kick = 8 * bar + half >= 8 * 10 + 4 && half % 2 == 0;
    return 1u << MG_ODF_HAT | (kick ? 1u << MG_ODF_KICK : 0);
}

static unsigned kick_goes(unsigned bar, unsigned half)
{
    bool kick = 8 * bar + half < 8 * 20 + 4 && half % 2 == 0;
    return 1u << MG_ODF_HAT | (kick ? 1u << MG_ODF_KICK : 0);
}

/* Whether a change is largest up to a step, and smaller behind it. */
static bool peaks_at(const double change[MG_PHASE_BEATS * MG_PROFILE_STEPS], unsigned step)
{
    double most = 0;
    for (unsigned i = 0; i < MG_PHASE_BEATS * MG_PROFILE_STEPS; i++)
        most = fmax(most, change[i]);
    return change[step] == most && change[step + 1] < 0.7 * most;
}

static double mean(const double change[MG_PHASE_BEATS * MG_PROFILE_STEPS])
{
    double sum = 0;
    for (unsigned i = 0; i < MG_PHASE_BEATS * MG_PROFILE_STEPS; i++)
        sum += change[i];
    return sum / (MG_PHASE_BEATS * MG_PROFILE_STEPS);
}

static void test_changes(void **state)
{
    (void)state;
    mg_beat_profile in = profile_of(kick_enters), out = profile_of(kick_goes);
    for (unsigned c = 0; c < MG_PROFILE_CHANGES; c++)
        assert_true(fabs(mean(in.change[c]) - 1) < 1e-9);
    unsigned third = 2 * MG_PROFILE_STEPS, after = third - MG_PROFILE_STEPS;
    assert_true(peaks_at(in.change[MG_CHANGE_BAR], third));
    assert_true(peaks_at(in.change[MG_CHANGE_BAR_ENTRY], third));
    /* What goes is gone behind its last strike, and enters nowhere. */
    assert_true(peaks_at(out.change[MG_CHANGE_BAR], third));
    assert_true(out.change[MG_CHANGE_BAR][after + 1] > 1.3);
    assert_true(out.change[MG_CHANGE_BAR_ENTRY][third] < 0.5);
}

/* Nothing at all, and less than a bar. */
static void test_short(void **state)
{
    (void)state;
    mg_odf odf = MG_ODF_INIT;
    mg_beat_clock clock = mg_beat_clock_still(1 / beat_s);
    mg_beat_start start = {.at_s = (double)NAN};
    mg_beat_profile p;
    for (unsigned i = 0; i < 40; i++) {
        assert_int_equal(mg_beat_profile_fold(&p, &odf, &clock, &start), MG_OK);
        assert_true(isnan(p.start));
        for (unsigned s = 0; s < MG_PROFILE_SLOTS; s++)
            assert_true(p.row[0][0][s] >= 0 && p.row[0][0][s] <= MG_PROFILE_SLOTS);
        for (unsigned c = 0; c < MG_PROFILE_CHANGES; c++)
            assert_true(p.change[c][0] == 0);
        uint8_t row[MG_ODF_ROWS] = {(uint8_t)(i % 3 * 80), (uint8_t)(i % 2 * 50)};
        assert_int_equal(mg_odf_push(&odf, row), MG_OK);
    }
    mg_odf_done(&odf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_part),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
