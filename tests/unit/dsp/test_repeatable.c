/* The whole analysis gives the same result JSON with every table of kernels and for every cut of
 * the input. This program brings its own mg_kernels_best(), which the linker takes for all of dsp. */
#include "tests/unit/dsp/support.h"

#include "dsp/kernels/kernels.h"
#include "verdict/verdict.h"

enum { RESULT_MAX = 2 << 20 };

static const size_t chunks[] = {65536, 1152, 7, 1};
static const mg_kernels *chosen;

const mg_kernels *mg_kernels_best(void)
{
    return chosen;
}

/* What the analyser would answer for these frames. */
static void result_of(const audio *a, size_t chunk, mg_buf *ret)
{
    const char *json = mg_profile_builtin("electronic/club");
    static mg_profile profile;
    assert_int_equal(mg_profile_parse(json, strlen(json), &profile, NULL), MG_OK);
    mg_measures m;
    analyse(a, 0, chunk, &m);
    m.audio.sample_rate_hz = a->info.sample_rate_hz;
    m.audio.channels = a->info.channels;
    m.audio.frames = a->frames;
    m.audio.duration_s = (double)a->frames / a->info.sample_rate_hz;
    m.audio.container = m.audio.codec = "test";
    const mg_verdict_options options = {.excerpt = false};
    static mg_verdict verdict;
    mg_verdict_judge(&m, &profile, &options, &verdict);
    *ret = MG_BUF_INIT(RESULT_MAX);
    assert_int_equal(mg_result_write(&m, &verdict, &profile, "0123456789abcdef", ret), MG_OK);
    mg_measures_done(&m);
}

static void expect_one_result(const audio *a)
{
    mg_buf first, other;
    unsigned tables = 0;
    chosen = &mg_kernels_plain;
    result_of(a, 4096, &first);
    for (; mg_kernels_at(tables); tables++) {
        chosen = mg_kernels_at(tables);
        for (size_t c = 0; c < sizeof chunks / sizeof *chunks; c++) {
            result_of(a, chunks[c], &other);
            if (other.len != first.len || memcmp(other.data, first.data, first.len) != 0)
                fail_msg("another result with kernels %s, chunks of %zu", chosen->name, chunks[c]);
            mg_buf_done(&other);
        }
    }
    assert_true(tables >= 1);
    mg_buf_done(&first);
}

static void deaf(const mg_kweight_ahead *taps, mg_kweight_state *state, const float *a,
                 const float *b, size_t n)
{
    (void)taps;
    (void)state;
    (void)a;
    (void)b;
    (void)n;
}

/* The other tests would hold of anything if the choice did not reach the measures. */
static void test_the_choice_counts(void **state)
{
    (void)state;
    mg_kernels broken = mg_kernels_plain;
    broken.kweight = deaf;
    mg_buf right, wrong;
    audio a = audio_new(44100, 2);
    audio_music(&a, 1.0, 10);
    chosen = &mg_kernels_plain;
    result_of(&a, 4096, &right);
    chosen = &broken;
    result_of(&a, 4096, &wrong);
    assert_true(right.len != wrong.len || memcmp(right.data, wrong.data, right.len) != 0);
    mg_buf_done(&right);
    mg_buf_done(&wrong);
    audio_free(&a);
}

static void test_music(void **state)
{
    (void)state;
    audio a = audio_new(44100, 2);
    audio_silence(&a, 0.73);
    audio_music(&a, 14.0, 11);
    expect_one_result(&a);
    audio_free(&a);
}

static void test_surround(void **state)
{
    (void)state;
    audio a = audio_new(48000, 6);
    audio_music(&a, 4.1, 12);
    expect_one_result(&a);
    audio_free(&a);
}

static void test_rates(void **state)
{
    (void)state;
    static const unsigned rates[] = {8000, 22050, 96000, 192000};
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        audio a = audio_new(rates[r], 1 + r % 2);
        audio_music(&a, 1.7, 13);
        expect_one_result(&a);
        audio_free(&a);
    }
}

/* Values that are repaired, over full scale, denormal, and a file that ends within a cell. */
static void test_odd_samples(void **state)
{
    (void)state;
    static const float odd[] = {NAN, HUGE_VALF, -HUGE_VALF, 1e30f, -250.0f, 1e-41f, 1.7f, -0.0f};
    audio a = audio_new(44100, 2);
    audio_music(&a, 3.3, 14);
    for (size_t i = 0; i < 400; i++)
        a.x[i * 677 % (2 * a.frames)] = odd[i % 8];
    a.frames -= 5;
    expect_one_result(&a);
    a.frames = 1;
    expect_one_result(&a);
    audio_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_choice_counts),
        cmocka_unit_test(test_music),
        cmocka_unit_test(test_surround),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_odd_samples),
    };
    return cmocka_run_group_tests_name("repeatable", tests, NULL, NULL);
}
