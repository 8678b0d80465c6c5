#include "programme.h"

static const unsigned rates[] = {8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000, 192000};
enum { RATES = sizeof rates / sizeof *rates };

static void check_sine(unsigned rate, unsigned t, const programme *p)
{
    const mg_value *level = p->spectrum.third_octave_db;
    char what[64];
    snprintf(what, sizeof what, "%u Hz, band %u", rate, t);
    assert_near(level[t], -20.0, 0.2, what);
    if (t > 0)
        assert_true(level[t - 1].v < -40.0);
    if (t + 1 < MG_THIRD_OCTAVES && mg_has(level[t + 1]))
        assert_true(level[t + 1].v < -40.0);
}

/* A sine of amplitude 0.1 in both channels reads -20 dB in its band and 20 dB less beside it. */
static void test_sines(void **state)
{
    (void)state;
    for (unsigned i = 0; i < RATES; i++) {
        unsigned rate = rates[i];
        size_t frames = rate * 3 + rate / 7;
        float *x = room(frames);
        for (unsigned t = 0; t < MG_THIRD_OCTAVES; t += rate > 50000 ? 4 : 1) {
            double top = mg_third_octave_edge_hz(t + 1);
            fill_sine(x, frames, 0.1, mg_third_octave_hz(t), rate);
            programme p = measure(rate, 2, x, x, frames);
            if (rate < 44100 && top > 0.45 * rate)
                assert_int_equal(p.spectrum.third_octave_db[t].why, MG_WHY_ABOVE_BAND_LIMIT);
            else
                check_sine(rate, t, &p);
        }
        free(x);
    }
}

/* White noise of power 1/300: a band of width w holds w / (rate / 2) of it. */
static void test_white_noise(void **state)
{
    (void)state;
    for (unsigned i = 0; i < RATES; i++) {
        unsigned rate = rates[i];
        size_t frames = rate * 25u;
        float *l = room(frames), *r = room(frames);
        fill_noise(l, frames, 0.1, 1);
        fill_noise(r, frames, 0.1, 2);
        programme p = measure(rate, 2, l, r, frames);
        for (unsigned t = 8; t < MG_THIRD_OCTAVES; t++) {
            double low = mg_third_octave_edge_hz(t), high = mg_third_octave_edge_hz(t + 1);
            if (!mg_has(p.spectrum.third_octave_db[t]) || high > 0.5 * rate)
                continue;
            double expected = 10.0 * log10(2.0 / 300.0 * (high - low) / (0.5 * rate));
            /* The level of noise is itself uncertain, by 4.3 dB / sqrt(bandwidth x time x 2). */
            double spread = 4.3 / sqrt((high - low) * 25.0 * 2.0);
            assert_near(p.spectrum.third_octave_db[t], expected, 0.05 + 3.5 * spread, "white");
        }
        if (rate >= 44100) {
            assert_near(p.spectrum.tilt_db_per_octave, 0.0, 0.1, "tilt of white noise");
            assert_near(p.spectrum.centroid_hz, 10010.0, 60.0, "centroid of white noise");
        } else if (rate < 24000) {
            assert_int_equal(p.spectrum.tilt_db_per_octave.why, MG_WHY_ABOVE_BAND_LIMIT);
        }
        free(l);
        free(r);
    }
}

static void test_pink_noise(void **state)
{
    (void)state;
    size_t frames = 44100u * 120u;
    float *l = room(frames), *r = room(frames);
    fill_pink(l, frames, 3);
    fill_pink(r, frames, 4);
    programme p = measure(44100, 2, l, r, frames);
    double mean = 0.0;
    for (unsigned t = 5; t < 29; t++)
        mean += p.spectrum.third_octave_db[t].v / 24.0;
    for (unsigned t = 5; t < 29; t++)
        assert_near(p.spectrum.third_octave_db[t], mean, 0.4, "pink third-octave");
    assert_near(p.spectrum.tilt_db_per_octave, -3.01, 0.1, "tilt of pink noise");
    double shares = 0.0;
    for (unsigned b = 0; b < MG_BANDS; b++) {
        double octaves = log2(mg_band_high_hz[b] / mg_band_low_hz[b]);
        assert_near(p.spectrum.band_share[b], octaves / log2(1000.0), 0.012, "share");
        shares += p.spectrum.band_share[b].v;
    }
    assert_float_equal(shares, 1.0, 1e-9);
    assert_int_equal(p.spectrum.resonance_count, 0);
    free(l);
    free(r);
}

/* Power of the band by a windowed-sinc FIR in double: nothing in common with the STFT. */
static double fir_band_db(const float *x, size_t frames, double low, double high)
{
    enum { HALF = 1500 };
    static double h[2 * HALF + 1];
    double width = 0.0; /* its own noise bandwidth, since its slopes are not infinitely steep */
    for (int i = -HALF; i <= HALF; i++) {
        double w = 0.42 + 0.5 * cos(M_PI * i / HALF) + 0.08 * cos(2.0 * M_PI * i / HALF);
        h[i + HALF] = w * (i == 0 ? 2.0 * (high - low)
                                  : (sin(2.0 * M_PI * high * i) - sin(2.0 * M_PI * low * i)) /
                                        (M_PI * i));
        width += 0.5 * h[i + HALF] * h[i + HALF];
    }
    double power = 0.0;
    size_t count = 0;
    for (size_t n = HALF; n + HALF < frames; n += 2, count++) {
        double y = 0.0;
        for (int i = 0; i <= 2 * HALF; i++)
            y += h[i] * x[n + HALF - (size_t)i];
        power += y * y;
    }
    return 10.0 * log10(2.0 * power / (double)count * (high - low) / width);
}

static void test_against_fir(void **state)
{
    (void)state;
    static const unsigned bands[] = {14, 17, 24};
    size_t frames = 44100u * 4u;
    float *x = room(frames);
    fill_pink(x, frames, 5);
    programme p = measure(44100, 1, x, NULL, frames);
    for (unsigned i = 0; i < 3; i++) {
        unsigned t = bands[i];
        double expected = fir_band_db(x, frames, mg_third_octave_edge_hz(t) / 44100.0,
                                      mg_third_octave_edge_hz(t + 1) / 44100.0);
        assert_near(p.spectrum.third_octave_db[t], expected, 0.2, "against FIR");
    }
    free(x);
}

/* Long silence between loud parts must not count. */
static void test_gating(void **state)
{
    (void)state;
    size_t second = 44100, frames = 80 * second;
    float *x = room(frames), *loud = room(40 * second);
    fill_pink(loud, 40 * second, 6);
    memcpy(x, loud, 20 * second * sizeof *x);
    memcpy(x + 60 * second, loud + 20 * second, 20 * second * sizeof *x);
    programme gated = measure(44100, 1, x, NULL, frames);
    programme whole = measure(44100, 1, loud, NULL, 40 * second);
    for (unsigned t = 3; t < MG_THIRD_OCTAVES; t++)
        assert_near(gated.spectrum.third_octave_db[t], whole.spectrum.third_octave_db[t].v,
                    t < 8 ? 0.25 : 0.12, "gated");
    free(x);
    free(loud);
}

/* Quiet mid tones, then a loud bass: the loudest sections know only the bass. */
static void test_loudest_sections(void **state)
{
    (void)state;
    size_t second = 48000, frames = 30 * second;
    float *x = room(frames);
    fill_sine(x, 20 * second, 0.03, 1000.0, 48000.0);
    fill_sine(x + 20 * second, 10 * second, 0.5, 100.0, 48000.0);
    programme p = measure(48000, 2, x, x, frames);
    assert_true(p.spectrum.loudest_band_share[1].v > 0.99);
    fill_sine(x, frames, 0.1, 1000.0, 48000.0);
    p = measure(48000, 2, x, x, second * 2);
    assert_int_equal(p.spectrum.loudest_band_share[1].why, MG_WHY_TOO_SHORT);
    assert_near(p.spectrum.band_share[3], 1.0, 0.001, "share of mid");
    free(x);
}

static void low_pass(float *x, size_t frames, double hz, double q)
{
    double w = 2.0 * M_PI * hz / 44100.0, alpha = sin(w) / (2.0 * q), a0 = 1.0 + alpha;
    double b = (1.0 - cos(w)) / a0;
    biquad(x, frames, (double[3]){0.5 * b, b, 0.5 * b},
           (double[2]){-2.0 * cos(w) / a0, (1.0 - alpha) / a0});
}

/* A wall where LAME cuts at 128 kbit/s (steep FIR) against a gentle roll-off (12 dB/octave from
 * 5 kHz). */
static void test_cutoff(void **state)
{
    (void)state;
    enum { HALF = 150 };
    size_t frames = 44100u * 10u;
    float *x = room(frames), *wall = room(frames);
    fill_pink(x, frames, 9);
    for (size_t n = HALF; n + HALF < frames; n++) {
        double y = 0.0;
        for (int i = -HALF; i <= HALF; i++) {
            double w = 0.42 + 0.5 * cos(M_PI * i / HALF) + 0.08 * cos(2.0 * M_PI * i / HALF);
            double h = i == 0 ? 2.0 * 16600.0 / 44100.0
                              : sin(2.0 * M_PI * 16600.0 / 44100.0 * i) / (M_PI * i);
            y += w * h * x[n + (size_t)(HALF - i) - HALF];
        }
        wall[n] = (float)y;
    }
    programme p = measure(44100, 1, wall, NULL, frames);
    assert_near(p.spectrum.cutoff_hz, 16600.0, 300.0, "cutoff");
    assert_true(mg_or(p.spectrum.lossy_probability, 0.0) > 0.8);
    low_pass(x, frames, 5000.0, 0.6);
    p = measure(44100, 1, x, NULL, frames);
    assert_int_equal(p.spectrum.cutoff_hz.why, MG_WHY_NOT_APPLICABLE);
    assert_true(mg_or(p.spectrum.lossy_probability, 1.0) < 0.1);
    free(x);
    free(wall);
}

static void assert_all_null(const mg_spectrum_result *s, mg_why why)
{
    for (unsigned t = 0; t < MG_THIRD_OCTAVES; t++)
        assert_int_equal(s->third_octave_db[t].why, why);
    for (unsigned b = 0; b < MG_BANDS; b++) {
        assert_int_equal(s->band_db[b].why, why);
        assert_int_equal(s->band_share[b].why, why);
        assert_int_equal(s->loudest_band_share[b].why, why);
    }
    assert_int_equal(s->tilt_db_per_octave.why, why);
    assert_int_equal(s->centroid_hz.why, why);
    assert_int_equal(s->rolloff_hz.why, why);
    assert_int_equal(s->cutoff_hz.why, why);
    assert_int_equal(s->lossy_probability.why, why);
    assert_int_equal(s->resonance_count, 0);
}

static void test_nothing_to_measure(void **state)
{
    (void)state;
    for (unsigned i = 0; i < RATES; i++) {
        size_t frames = rates[i] * 4u;
        float *x = room(frames);
        programme p = measure(rates[i], 2, x, x, frames);
        assert_all_null(&p.spectrum, MG_WHY_SILENT);
        x[0] = 0.9f;
        p = measure(rates[i], 2, x, x, 1);
        assert_all_null(&p.spectrum, MG_WHY_TOO_SHORT);
        for (size_t k = 0; k < frames; k++)
            x[k] = 0.5f; /* an offset: the step at the start is all there is to hear */
        p = measure(rates[i], 2, x, x, frames);
        for (unsigned t = 0; t < MG_THIRD_OCTAVES; t++)
            assert_true(!mg_has(p.spectrum.third_octave_db[t]) ||
                        isfinite(p.spectrum.third_octave_db[t].v));
        assert_true(isfinite(mg_or(p.spectrum.centroid_hz, 0.0)));
        assert_true(isfinite(mg_or(p.stereo.correlation, 0.0)));
        free(x);
    }
}

/* The tail of the last block counts; nothing of the block beyond it is read. */
static void test_tail(void **state)
{
    (void)state;
    for (size_t extra = 1; extra < 9000; extra = extra * 3 + 1) {
        size_t frames = 44100u + extra;
        float *x = room(frames);
        fill_sine(x, frames, 0.1, 1000.0, 44100.0);
        programme p = measure(44100, 2, x, x, frames);
        assert_near(p.spectrum.third_octave_db[17], -20.0, 0.2, "short tone");
        programme again = measure(44100, 2, x, x, frames);
        assert_memory_equal(&p.spectrum.third_octave_db, &again.spectrum.third_octave_db,
                            sizeof p.spectrum.third_octave_db);
        free(x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sines),
        cmocka_unit_test(test_white_noise),
        cmocka_unit_test(test_pink_noise),
        cmocka_unit_test(test_against_fir),
        cmocka_unit_test(test_gating),
        cmocka_unit_test(test_loudest_sections),
        cmocka_unit_test(test_cutoff),
        cmocka_unit_test(test_nothing_to_measure),
        cmocka_unit_test(test_tail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
