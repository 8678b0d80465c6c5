/* Hum, infrasound, noise floor and hiss: what lies under the music. */
#include "tests/unit/dsp/support.h"

static mg_technical_result technical_of(const audio *a)
{
    mg_measures m;
    analyse(a, MG_STAGE_LEVELS | MG_STAGE_TECHNICAL, 4096, &m);
    mg_technical_result t = m.technical;
    mg_measures_done(&m);
    return t;
}

/* Fades in and out, so that the tone's own ends add nothing. */
static void fade(audio *a, double seconds)
{
    size_t n = (size_t)(seconds * a->info.sample_rate_hz), ch = a->info.channels;
    for (size_t i = 0; i < n; i++) {
        float g = (float)(0.5 - 0.5 * cos(M_PI * (double)i / (double)n));
        for (size_t c = 0; c < ch; c++) {
            a->x[i * ch + c] *= g;
            a->x[(a->frames - 1 - i) * ch + c] *= g;
        }
    }
}

static void test_hum_is_found_in_quiet_parts(void **state)
{
    (void)state;
    for (int mains = 50; mains <= 60; mains += 10) {
        audio a = audio_new(44100, 2);
        uint32_t seed = 9;
        audio_music(&a, 8.0, 6u);
        float *x = audio_add(&a, 44100 * 5);
        for (size_t i = 0; i < 44100 * 5; i++) {
            double v = 0.0002 * (double)noise(&seed), t = (double)i / 44100.0;
            for (int k = 1; k <= 4; k++)
                v += 0.012 / k * sin(2.0 * M_PI * mains * k * t + k);
            x[2 * i] = x[2 * i + 1] = (float)v;
        }
        mg_technical_result t = technical_of(&a);
        near_value(t.hum_hz, mains, 0.0, 0.0, "hum");
        near_value(t.hum_dbfs, 10.0 * log10(0.012 * 0.012 / 2.0 * (1 + 0.25 + 1.0 / 9 + 1.0 / 16)),
                   0.3, 0.3, "hum level");
        audio_free(&a);
    }
    /* A quiet bass note on G1 with its overtones is no hum. */
    audio a = audio_new(44100, 2);
    for (int k = 1; k <= 4; k++) {
        audio b = audio_new(44100, 2);
        audio_tone(&b, 48.9994 * k, -40.0, 8.0);
        if (k == 1)
            audio_add(&a, b.frames);
        for (size_t i = 0; i < b.frames * 2; i++)
            a.x[i] += b.x[i];
        audio_free(&b);
    }
    assert_false(mg_has(technical_of(&a).hum_hz));
    audio_free(&a);
}

/* Quarter of a minute of soft bass that covers the line, then four seconds of hum alone. */
static void test_hum_is_found_beside_soft_music(void **state)
{
    (void)state;
    audio a = audio_new(44100, 2);
    audio_tone(&a, 53.0, -35.0, 15.0);
    audio_silence(&a, 4.0);
    uint32_t seed = 3;
    for (size_t i = 0; i < a.frames; i++) {
        double v = 0.0001 * (double)noise(&seed), t = (double)i / 44100.0;
        for (int k = 1; k <= 4; k++)
            v += 0.004 / k * sin(2.0 * M_PI * 50.0 * k * t + k);
        a.x[2 * i] += (float)v;
        a.x[2 * i + 1] += (float)v;
    }
    mg_technical_result t = technical_of(&a);
    near_value(t.hum_hz, 50.0, 0.0, 0.0, "hum");
    near_value(t.hum_dbfs, 10.0 * log10(0.004 * 0.004 / 2.0 * (1 + 0.25 + 1.0 / 9 + 1.0 / 16)),
               1.0, 1.0, "hum level");
    audio_free(&a);
}

static void test_infrasound_is_what_lies_below_20_hz(void **state)
{
    (void)state;
    static const unsigned rates[] = {8000, 22050, 44100, 48000, 96000, 192000};
    static const struct {
        double hz, least, most; /* of a tone of -20 dBFS, -23.01 RMS */
    } tones[] = {{8.0, -23.8, -22.9}, {16.0, -23.8, -22.9}, {25.0, -60.0, -50.0},
                 {30.0, -200.0, -75.0}, {35.0, -200.0, -90.0}, {55.0, -200.0, -90.0}};
    for (int r = 0; r < 6; r++) {
        for (int i = 0; i < 6; i++) {
            audio a = audio_new(rates[r], 2);
            audio_tone(&a, tones[i].hz, -20.0, 12.0);
            fade(&a, 1.0);
            mg_value level = technical_of(&a).infrasonic_dbfs;
            if (!mg_has(level)) {
                assert_true(tones[i].least < -100.0); /* nothing at all */
            } else if (level.v < tones[i].least || level.v > tones[i].most) {
                fail_msg("%.0f Hz at %u Hz reads %.1f", tones[i].hz, rates[r], level.v);
            }
            audio_free(&a);
        }
    }
}

static void test_a_full_scale_sub_is_no_infrasound(void **state)
{
    (void)state;
    for (double hz = 35.0; hz <= 45.0; hz += 5.0) {
        audio a = audio_new(44100, 2);
        audio_tone(&a, hz, 0.0, 20.0);
        fade(&a, 0.5);
        for (size_t i = 0; i < a.frames; i++) { /* and pumping with a kick twice a second */
            double t = fmod((double)i / 44100.0, 0.5);
            float duck = (float)(1.0 - 0.5 * exp(-8.0 * t) * (1.0 - exp(-100.0 * t)));
            a.x[2 * i] *= duck;
            a.x[2 * i + 1] *= duck;
        }
        mg_value level = technical_of(&a).infrasonic_dbfs;
        assert_true(!mg_has(level) || level.v < -40.0);
        audio_free(&a);
    }
}

static void test_rumble_under_music(void **state)
{
    (void)state;
    audio a = audio_new(44100, 2);
    audio_music(&a, 20.0, 4u);
    mg_value clean = technical_of(&a).infrasonic_dbfs;
    assert_true(!mg_has(clean) || clean.v < -35.0);
    for (size_t i = 0; i < a.frames; i++) {
        float v = (float)(0.1 * sin(2.0 * M_PI * 11.0 * (double)i / 44100.0));
        a.x[2 * i] += v;
        a.x[2 * i + 1] += v;
    }
    near_value(technical_of(&a).infrasonic_dbfs, 20.0 * log10(0.1 / sqrt(2.0)), 0.2, 0.2,
               "infrasonic");
    audio_free(&a);
}

static void test_floor_and_hiss(void **state)
{
    (void)state;
    static const unsigned rates[] = {44100, 96000};
    for (int r = 0; r < 2; r++) {
        audio a = audio_new(rates[r], 2);
        uint32_t seed = 77;
        float *x = audio_add(&a, rates[r] * 4);
        for (size_t i = 0; i < 2 * (size_t)rates[r] * 4; i++)
            x[i] = 0.001f * noise(&seed);
        audio_music(&a, 10.0, 4u);
        mg_technical_result t = technical_of(&a);
        double level = 20.0 * log10(0.001 / sqrt(3.0));
        near_value(t.noise_floor_dbfs, level, 0.3, 0.3, "floor");
        near_value(t.hiss_dbfs, level, 0.3, 0.3, "hiss");
        audio_free(&a);
    }
}

static void test_quiet_music_is_no_hiss(void **state)
{
    (void)state;
    audio a = audio_new(44100, 2);
    audio_music(&a, 8.0, 4u);
    for (size_t i = 0; i < 2 * a.frames; i++)
        a.x[i] = a.x[i] * 0.005f;
    audio_music(&a, 8.0, 5u);
    assert_false(mg_has(technical_of(&a).hiss_dbfs));
    audio_free(&a);

    a = audio_new(44100, 2); /* a quiet pad, then music */
    audio_tone(&a, 1760.0, -50.0, 6.0);
    audio_music(&a, 8.0, 5u);
    assert_false(mg_has(technical_of(&a).hiss_dbfs));
    audio_free(&a);

    a = audio_new(44100, 2); /* quiet hats alone, 16 a second */
    uint32_t seed = 5;
    float *x = audio_add(&a, 44100 * 6);
    for (size_t i = 0; i < 44100 * 6; i++) {
        double t = fmod((double)i / 44100.0, 0.0625);
        x[2 * i] = x[2 * i + 1] = 0.01f * (float)exp(-60.0 * t) * noise(&seed);
    }
    audio_music(&a, 8.0, 5u);
    assert_false(mg_has(technical_of(&a).hiss_dbfs));
    audio_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hum_is_found_in_quiet_parts),
        cmocka_unit_test(test_hum_is_found_beside_soft_music),
        cmocka_unit_test(test_infrasound_is_what_lies_below_20_hz),
        cmocka_unit_test(test_a_full_scale_sub_is_no_infrasound),
        cmocka_unit_test(test_rumble_under_music),
        cmocka_unit_test(test_floor_and_hiss),
        cmocka_unit_test(test_quiet_music_is_no_hiss),
    };
    return cmocka_run_group_tests_name("noise", tests, NULL, NULL);
}
