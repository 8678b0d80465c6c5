/* Clicks in music are found wherever they lie; what only looks like clicks is not. */
#include "tests/unit/dsp/support.h"

static mg_technical_result technical_of(const audio *a)
{
    mg_measures m;
    analyse(a, MG_STAGE_LEVELS | MG_STAGE_TECHNICAL, 4096, &m);
    mg_technical_result t = m.technical;
    mg_measures_done(&m);
    return t;
}

static void test_clicks_are_found(void **state)
{
    (void)state;
    audio a = audio_new(44100, 2);
    audio_music(&a, 12.0, 6u);
    for (int i = 0; i < 5; i++) {
        size_t at = (size_t)((1.1 + 2.0 * i) * 44100);
        for (size_t k = 0; k < 3; k++)
            a.x[2 * (at + k) + 1] += 0.5f;
    }
    mg_technical_result t = technical_of(&a);
    assert_int_equal(t.clicks_total, 5);
    for (int i = 0; i < 5; i++) {
        assert_true(fabs(t.clicks[i].at_s - (1.1 + 2.0 * i)) < 0.001);
        assert_int_equal(t.clicks[i].channel, 1);
    }
    audio_free(&a);
}

/* Whatever the position in a cell or a block, in one channel or in both, added or instead. */
static void test_a_click_at_any_position(void **state)
{
    (void)state;
    static const unsigned rates[] = {44100, 96000};
    for (size_t r = 0; r < 2; r++) {
        audio a = audio_new(rates[r], 2);
        audio_music(&a, 42.0, 8u);
        for (size_t i = 0; i < 40; i++) {
            size_t at = (size_t)((1.1 + (double)i) * rates[r]) / 4096 * 4096 + i - 20;
            for (size_t k = 0; k < 3; k++) {
                for (size_t c = i % 2; c < 2; c++) {
                    float *x = &a.x[2 * (at + k) + c];
                    *x = (i & 4 ? 0.0f : *x) + (i & 8 ? -0.5f : 0.5f);
                }
            }
        }
        mg_technical_result t = technical_of(&a);
        assert_in_range(t.clicks_total, 39, 40); /* one may be put where the wave has that value */
        audio_free(&a);
    }
}

static void test_a_step_is_a_click(void **state)
{
    (void)state;
    audio a = audio_new(44100, 2);
    audio_tone(&a, 220.0, -12.0, 4.0);
    /* A bad cut. */
    memmove(a.x + 2 * 88252, a.x + 2 * 88352, 2 * (a.frames - 88352) * sizeof(float));
    a.frames -= 100;
    mg_technical_result t = technical_of(&a);
    assert_int_equal(t.clicks_total, 1);
    assert_true(fabs(t.clicks[0].at_s - 88252.0 / 44100.0) < 0.0005);
    audio_free(&a);
}

static void test_a_pulse_wave_is_no_click(void **state)
{
    (void)state;
    audio a = audio_new(44100, 2);
    float *x = audio_add(&a, 44100 * 4);
    for (size_t i = 0; i < 44100 * 4; i++)
        x[2 * i] = x[2 * i + 1] = i % 800 < 3 ? 0.6f : 0.0f;
    assert_int_equal(technical_of(&a).clicks_total, 0);
    audio_free(&a);
}

/* Short bursts of a few kHz, 100 a second: frequency modulation, formants, chips. */
static void test_rows_of_bursts_are_no_clicks(void **state)
{
    (void)state;
    audio a = audio_new(44100, 2);
    float *x = audio_add(&a, 44100 * 6);
    for (size_t i = 0; i < 44100 * 6; i++) {
        double t = fmod((double)i / 44100.0, 0.01) - 0.005;
        double v = 0.5 * exp(-t * t / (2.0 * 1e-8)) * cos(2.0 * M_PI * 5000.0 * t);
        x[2 * i] = x[2 * i + 1] = (float)(v + 0.1 * sin(2.0 * M_PI * 60.0 * (double)i / 44100.0));
    }
    assert_int_equal(technical_of(&a).clicks_total, 0);
    audio_free(&a);
}

/* A click on every kick is the sound of the kick. */
static void test_clicks_in_time_are_music(void **state)
{
    (void)state;
    audio a = audio_new(44100, 2);
    audio_music(&a, 20.0, 9u);
    for (size_t i = 1; i < 40; i++) {
        size_t at = (size_t)(0.48 * (double)i * 44100.0);
        for (size_t k = 0; k < 3; k++)
            a.x[2 * (at + k)] += 0.5f;
    }
    assert_int_equal(technical_of(&a).clicks_total, 0);
    audio_free(&a);
}

static void test_edges_of_the_file_are_no_clicks(void **state)
{
    (void)state;
    audio a = audio_new(44100, 2);
    audio_tone(&a, 11.0, -1.0, 3.0 + 0.25 / 11.0); /* ends at its crest */
    /* And begins at one. */
    audio b = {.info = a.info, .x = a.x + 2 * 1002, .frames = a.frames - 1002};
    assert_int_equal(technical_of(&b).clicks_total, 0);
    audio_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clicks_are_found),
        cmocka_unit_test(test_a_click_at_any_position),
        cmocka_unit_test(test_a_step_is_a_click),
        cmocka_unit_test(test_a_pulse_wave_is_no_click),
        cmocka_unit_test(test_rows_of_bursts_are_no_clicks),
        cmocka_unit_test(test_clicks_in_time_are_music),
        cmocka_unit_test(test_edges_of_the_file_are_no_clicks),
    };
    return cmocka_run_group_tests_name("clicks", tests, NULL, NULL);
}
