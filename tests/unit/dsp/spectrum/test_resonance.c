#include "programme.h"

#include "dsp/spectrum/resonance.h"

/* R. Bristow-Johnson's peaking filter. */
static void peak_filter(float *x, size_t frames, double hz, double gain_db, double q)
{
    double w = 2.0 * M_PI * hz / 44100.0, amp = pow(10.0, gain_db / 40.0);
    double alpha = sin(w) / (2.0 * q), a0 = 1.0 + alpha / amp;
    biquad(x, frames,
           (double[3]){(1.0 + alpha * amp) / a0, -2.0 * cos(w) / a0, (1.0 - alpha * amp) / a0},
           (double[2]){-2.0 * cos(w) / a0, (1.0 - alpha / amp) / a0});
}

/* Notes of a scale, each with eight harmonics that fade, over soft noise, with a burst of noise as
 * a drum on every beat of half a second. */
static void fill_music(float *x, size_t frames, double rate_hz, uint64_t seed)
{
    static const double scale[] = {0, 2, 4, 5, 7, 9, 11, 12, 14, 16};
    size_t note = (size_t)(0.25 * rate_hz);
    double hz = 220.0;
    for (size_t i = 0; i < frames; i++) {
        if (i % note == 0)
            hz = 146.8 * exp2(scale[(unsigned)(5.0 * (noise(&seed) + 1.0)) % 10] / 12.0);
        double t = (double)(i % note) / rate_hz, beat = fmod((double)i / rate_hz, 0.5);
        double drum = exp(-25.0 * beat), sum = 0.0;
        for (int h = 1; h <= 8; h++)
            sum += sin(2.0 * M_PI * fmod(h * hz * (double)i / rate_hz, 1.0)) / h;
        x[i] = (float)(0.08 * exp(-3.0 * t) * sum + (0.003 + 0.1 * drum) * noise(&seed));
    }
}

static bool near(double a, double b, double share)
{
    return fabs(a / b - 1.0) < share;
}

static void assert_found(const programme *p, double hz, double gain_db, double confidence)
{
    for (unsigned i = 0; i < p->spectrum.resonance_count; i++) {
        const mg_resonance *r = &p->spectrum.resonances[i];
        if (!near(r->hz, hz, 0.03))
            continue;
        assert_true(fabs(r->level_db - gain_db) < 6.0);
        assert_true(r->q > 5.0 && r->q < 60.0 && r->share > 0.5);
        assert_true(r->confidence >= confidence && r->confidence <= 1.0);
        return;
    }
    fail_msg("no resonance at %.0f Hz", hz);
}

static void test_bell_in_noise(void **state)
{
    (void)state;
    static const double at_hz[] = {180.0, 420.0, 1000.0, 3150.0, 7600.0};
    size_t frames = 44100u * 30u;
    float *x = room(frames);
    for (unsigned i = 0; i < 5; i++) {
        fill_pink(x, frames, 7);
        peak_filter(x, frames, at_hz[i], 12.0, 12.0);
        programme p = measure(44100, 1, x, NULL, frames);
        assert_int_equal(p.spectrum.resonance_count, 1);
        assert_found(&p, at_hz[i], 12.0, 0.95);
    }
    free(x);
}

static void test_bell_in_music(void **state)
{
    (void)state;
    static const double at_hz[] = {700.0, 1500.0, 2600.0, 5200.0};
    size_t frames = 44100u * 30u;
    float *x = room(frames);
    for (unsigned i = 0; i < 4; i++) {
        fill_music(x, frames, 44100.0, 11 + i);
        peak_filter(x, frames, at_hz[i], 12.0, 12.0);
        programme p = measure(44100, 1, x, NULL, frames);
        assert_found(&p, at_hz[i], 12.0, 0.5);
    }
    free(x);
}

static void test_music_does_not_ring(void **state)
{
    (void)state;
    size_t frames = 44100u * 30u;
    float *x = room(frames);
    for (unsigned i = 0; i < 4; i++) {
        fill_music(x, frames, 44100.0, 21 + i);
        programme p = measure(44100, 1, x, NULL, frames);
        for (unsigned k = 0; k < p.spectrum.resonance_count; k++)
            assert_true(p.spectrum.resonances[k].confidence < MG_RESONANCE_SURE);
    }
    free(x);
}

/* Held chords of tones with harmonics over a noise floor: notes are not resonances. */
static void test_chords_are_no_resonances(void **state)
{
    (void)state;
    static const double note_hz[] = {220.0, 261.63, 329.63, 440.0, 523.25};
    size_t frames = 44100u * 20u;
    float *x = room(frames);
    fill_pink(x, frames, 8);
    for (size_t i = 0; i < frames; i++) {
        for (unsigned n = 0; n < 5; n++) {
            for (unsigned h = 1; h <= 4; h++)
                x[i] += (float)(0.03 / h *
                                sin(2.0 * M_PI * fmod(note_hz[n] * h / 44100.0 * (double)i, 1.0)));
        }
    }
    programme p = measure(44100, 1, x, NULL, frames);
    assert_int_equal(p.spectrum.resonance_count, 0);
    free(x);
}

/* Nothing but the level changes. */
static void test_gain_changes_nothing(void **state)
{
    (void)state;
    size_t frames = 44100u * 20u;
    float *x = room(frames);
    fill_pink(x, frames, 5);
    peak_filter(x, frames, 900.0, 12.0, 12.0);
    programme loud = measure(44100, 1, x, NULL, frames);
    for (size_t i = 0; i < frames; i++)
        x[i] *= 0.125f;
    programme soft = measure(44100, 1, x, NULL, frames);
    assert_int_equal(loud.spectrum.resonance_count, 1);
    assert_int_equal(soft.spectrum.resonance_count, 1);
    assert_true(near(soft.spectrum.resonances[0].hz, loud.spectrum.resonances[0].hz, 1e-4));
    assert_float_equal(soft.spectrum.resonances[0].level_db,
                       loud.spectrum.resonances[0].level_db, 0.02);
    free(x);
}

/* At every rate the cells lie where there is content; a second is too short for quantiles. */
static void test_rates_and_ends(void **state)
{
    (void)state;
    static const unsigned rates[] = {8000, 16000, 48000, 96000, 192000};
    for (unsigned i = 0; i < 5; i++) {
        size_t frames = rates[i] * 12u;
        float *x = room(frames);
        programme p = measure(rates[i], 1, x, NULL, frames);
        assert_int_equal(p.spectrum.resonance_count, 0);
        fill_noise(x, frames, 0.1, 3);
        p = measure(rates[i], 1, x, NULL, frames);
        assert_int_equal(p.spectrum.resonance_count, 0);
        p = measure(rates[i], 1, x, NULL, rates[i] / 2u);
        assert_int_equal(p.spectrum.resonance_count, 0);
        free(x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bell_in_noise),
        cmocka_unit_test(test_bell_in_music),
        cmocka_unit_test(test_music_does_not_ring),
        cmocka_unit_test(test_chords_are_no_resonances),
        cmocka_unit_test(test_gain_changes_nothing),
        cmocka_unit_test(test_rates_and_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
