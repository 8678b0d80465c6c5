/* Clipping is found at any level and on either side; limiters and loud crests are none. */
#include "tests/unit/dsp/support.h"

static const unsigned stages = MG_STAGE_LEVELS | MG_STAGE_TECHNICAL;

static mg_technical_result technical_of(const audio *a)
{
    mg_measures m;
    analyse(a, stages, 4096, &m);
    mg_technical_result t = m.technical;
    mg_measures_done(&m);
    return t;
}

static void test_loud_sine_is_not_clipped(void **state)
{
    (void)state;
    static const double hz[] = {20.0, 55.0, 440.0, 1000.0, 11025.0};
    for (int i = 0; i < 5; i++) {
        audio a = audio_new(44100, 2);
        audio_tone(&a, hz[i], -0.01, 4.0);
        for (size_t k = 0; k < a.frames * 2; k++)
            a.x[k] = roundf(a.x[k] * 32767.0f) / 32768.0f;
        mg_technical_result t = technical_of(&a);
        /* At fs / 4 every sample is an extreme or zero: nothing tells it from a square. */
        if (hz[i] < 5000.0)
            assert_int_equal(t.clipped_samples, 0);
        audio_free(&a);
    }
}

/* Clipping at any ceiling, in 16 bits. Returns the number of samples in runs of three or more. */
static uint64_t clip(audio *a, double gain, float ceiling)
{
    uint64_t clipped = 0;
    for (unsigned c = 0; c < a->info.channels; c++) {
        uint64_t run = 0;
        float before = 0.0f;
        for (size_t i = 0; i <= a->frames; i++) {
            float v = 0.0f;
            if (i < a->frames) {
                float *x = &a->x[i * a->info.channels + c];
                *x = roundf(fminf(fmaxf((float)(*x * gain), -ceiling), ceiling) * 32768.0f) /
                     32768.0f;
                v = *x;
            }
            bool in = fabsf(v) >= ceiling - 1.01f / 32768.0f;
            if (run > 0 && (!in || v * before < 0.0f)) {
                clipped += run >= 3 ? run : 0;
                run = 0;
            }
            run += in;
            before = v;
        }
    }
    return clipped;
}

static void test_clipping_is_found_at_its_level(void **state)
{
    (void)state;
    static const float ceilings[] = {32767.0f / 32768.0f, 26214.0f / 32768.0f, 0.5f};
    for (int i = 0; i < 3; i++) {
        audio a = audio_new(44100, 2);
        mg_measures m;
        audio_music(&a, 10.0, 11u);
        uint64_t expected = clip(&a, 4.0, ceilings[i]);
        assert_true(expected > 1000);
        analyse(&a, stages, 4096, &m);
        const mg_technical_result *t = &m.technical;
        assert_int_equal(t->clipped_samples, expected);
        assert_int_equal(t->clip_kind, MG_CLIP_HARD);
        near_value(t->clip_confidence, 1.0, 0.2, 0.0, "confidence");
        near_value(t->clip_level_dbfs, 20.0 * log10((double)ceilings[i]), 0.001, 0.001, "level");
        assert_true(t->clipped_per_minute_loudest > 600.0);
        assert_true(t->clipped_run_count > 0 && t->clipped_runs_total >= t->clipped_run_count);
        for (unsigned k = 1; k < t->clipped_run_count; k++)
            assert_true(t->clipped_runs[k].samples <= t->clipped_runs[k - 1].samples);
        mg_measures_done(&m);
        audio_free(&a);
    }
}

/* A dense mix far over full scale: long tops with notches of one sample, clipped again behind. */
static void test_notches_between_runs_are_corners(void **state)
{
    (void)state;
    audio a = audio_new(44100, 2);
    audio_silence(&a, 4.0);
    for (size_t i = 0; i < a.frames; i++) {
        double bass = 2.0 * sin(2.0 * M_PI * 50.0 * (double)i / 44100.0);
        double v = fmax(-1.0, fmin(1.0, bass)) * (i % 9 == 0 ? 0.8 : 1.0);
        a.x[2 * i] = a.x[2 * i + 1] = (float)(v * 32767.0 / 32768.0);
    }
    mg_technical_result t = technical_of(&a);
    assert_int_equal(t.clip_kind, MG_CLIP_HARD);
    assert_true(t.clipped_samples > a.frames / 4);
    audio_free(&a);
}

static void test_one_full_scale_sample_hides_no_clipping_rule(void **state)
{
    (void)state;
    audio a = audio_new(44100, 2);
    audio_music(&a, 6.0, 12u);
    a.x[2 * 50000] = 32767.0f / 32768.0f;
    mg_technical_result t = technical_of(&a);
    assert_int_equal(t.clipped_samples, 0);
    audio_free(&a);
}

static void test_float_over_full_scale_is_clipping(void **state)
{
    (void)state;
    audio a = audio_new(44100, 2);
    audio_music(&a, 6.0, 13u);
    for (size_t i = 0; i < a.frames * 2; i++)
        a.x[i] *= 2.5f;
    mg_technical_result t = technical_of(&a);
    uint64_t over = 0;
    for (unsigned c = 0; c < 2; c++) {
        uint64_t run = 0;
        for (size_t i = c; i <= a.frames * 2 + c; i += 2) {
            bool in = i < a.frames * 2 && fabsf(a.x[i]) >= 1.0f;
            bool turned = in && run > 0 && a.x[i] * a.x[i - 2] < 0.0f;
            if ((!in || turned) && run >= 3)
                over += run;
            run = in ? (turned ? 1 : run + 1) : 0;
        }
    }
    assert_true(over > 100);
    assert_int_equal(t.clipped_samples, over);
    assert_int_equal(t.clip_kind, MG_CLIP_OVER);
    near_value(t.clip_level_dbfs, 0.0, 0.0, 0.0, "level");
    audio_free(&a);
}

static void test_one_sided_clipping(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        audio a = audio_new(44100, 2);
        audio_music(&a, 10.0, 17u);
        uint64_t cut = 0;
        for (size_t i = 0; i < a.frames * 2; i++) {
            float v = (float)sign * a.x[i] * 1.6f; /* peaks of 0.9 or so on the other side */
            if (v >= 0.4f)
                cut++;
            a.x[i] = (float)sign * roundf(fminf(v, 0.4f) * 32768.0f) / 32768.0f;
        }
        mg_technical_result t = technical_of(&a);
        assert_true(cut > 2000);
        assert_int_equal(t.clip_kind, MG_CLIP_HARD);
        assert_true(t.clipped_samples > cut * 9 / 10 && t.clipped_samples <= cut);
        near_value(t.clip_level_dbfs, 20.0 * log10(0.4), 0.001, 0.001, "level");
        audio_free(&a);
    }
}

/* What lies near zero is near the extreme of a side that is hardly used, and far from that of the
 * other. */
static void test_a_wave_of_one_sign(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        audio a = audio_new(44100, 2);
        audio_music(&a, 10.0, 19u);
        for (size_t i = 0; i < a.frames * 2; i++) {
            float v = fminf(1.6f * a.x[i], 0.4f);
            if (v < 0.0f) /* either sign, 42 steps of 2^-15 */
                v = i & 16 ? 0.00128f : -0.00128f;
            a.x[i] = (float)sign * v;
        }
        mg_technical_result t = technical_of(&a);
        assert_int_equal(t.clip_kind, MG_CLIP_HARD);
        near_value(t.clip_level_dbfs, 20.0 * log10(0.4), 0.001, 0.001, "level");
        audio_free(&a);
    }
}

/* A limiter that looks ahead: the gain is what the next 5 ms allow, smoothed over as long. */
static void limit(audio *a, double gain, double ceiling)
{
    size_t look = a->info.sample_rate_hz / 200, n = a->frames;
    double *allowed = malloc(n * sizeof *allowed), *least = malloc(n * sizeof *least);
    assert_true(allowed && least);
    for (size_t i = 0; i < n; i++) {
        double peak = fmax(fabs((double)a->x[2 * i]), fabs((double)a->x[2 * i + 1])) * gain;
        allowed[i] = peak > ceiling ? ceiling / peak : 1.0;
    }
    for (size_t i = 0; i < n; i++) {
        least[i] = 1.0;
        for (size_t k = i; k < n && k <= i + look; k++)
            least[i] = fmin(least[i], allowed[k]);
    }
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (size_t k = 0; k <= look; k++)
            sum += least[i >= k ? i - k : 0];
        float g = (float)(gain * sum / (double)(look + 1));
        for (int c = 0; c < 2; c++)
            a->x[2 * i + (size_t)c] = roundf(a->x[2 * i + (size_t)c] * g * 32768.0f) / 32768.0f;
    }
    free(allowed);
    free(least);
}

static void test_a_limiter_is_no_clipper(void **state)
{
    (void)state;
    static const double ceilings[] = {1.0, 0.891, 0.5};
    for (int i = 0; i < 3; i++) {
        audio a = audio_new(44100, 2);
        audio_music(&a, 6.0, 18u);
        limit(&a, 4.0, ceilings[i] - 1.0 / 32768.0);
        mg_technical_result t = technical_of(&a);
        assert_int_equal(t.clipped_samples, 0);
        assert_int_not_equal(t.clip_kind, MG_CLIP_HARD);
        /* The same cut 0.3 dB deeper has corners. */
        clip(&a, 1.0, (float)(roundf((float)ceilings[i] * 0.966f * 32768.0f) / 32768.0));
        t = technical_of(&a);
        assert_true(t.clipped_samples > 100);
        assert_int_equal(t.clip_kind, MG_CLIP_HARD);
        audio_free(&a);
    }
}

/* The same kick at the same peak 16 times, and a low tone: crests of three and more equal samples
 * that are round. */
static void test_repeated_crests_are_not_clipped(void **state)
{
    (void)state;
    audio a = audio_new(44100, 2);
    audio_tone(&a, 22050.0 / 441.0, -1.0, 5.0);
    for (size_t i = 0; i < a.frames * 2; i++)
        a.x[i] = roundf(a.x[i] * 32768.0f) / 32768.0f;
    mg_technical_result t = technical_of(&a);
    assert_int_equal(t.clipped_samples, 0);
    assert_int_not_equal(t.clip_kind, MG_CLIP_HARD);
    audio_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loud_sine_is_not_clipped),
        cmocka_unit_test(test_clipping_is_found_at_its_level),
        cmocka_unit_test(test_notches_between_runs_are_corners),
        cmocka_unit_test(test_one_full_scale_sample_hides_no_clipping_rule),
        cmocka_unit_test(test_float_over_full_scale_is_clipping),
        cmocka_unit_test(test_a_wave_of_one_sign),
        cmocka_unit_test(test_one_sided_clipping),
        cmocka_unit_test(test_a_limiter_is_no_clipper),
        cmocka_unit_test(test_repeated_crests_are_not_clipped),
    };
    return cmocka_run_group_tests_name("clipping", tests, NULL, NULL);
}
