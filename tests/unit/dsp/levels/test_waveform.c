/* The outline against one that is computed from all samples at once. */
#include "tests/unit/dsp/support.h"

static int8_t in_steps(float x)
{
    double v = round((double)x * 128.0);
    return (int8_t)(v < -128.0 ? -128.0 : v > 127.0 ? 127.0 : v);
}

/* 256 frames a pixel, twice as many as long as there would be more than 2048 pixels. */
static void assert_outline(const audio *a, const mg_waveform_result *w)
{
    size_t per_pixel = 256;
    while ((a->frames + per_pixel - 1) / per_pixel > 2048)
        per_pixel *= 2;
    assert_int_equal(w->frames_per_pixel, per_pixel);
    assert_int_equal(w->count, (a->frames + per_pixel - 1) / per_pixel);
    for (size_t p = 0; p < w->count; p++) {
        size_t first = p * per_pixel * a->info.channels;
        size_t end = (p + 1) * per_pixel < a->frames ? (p + 1) * per_pixel : a->frames;
        float low = a->x[first], high = low;
        for (size_t i = first; i < end * a->info.channels; i++) {
            low = a->x[i] < low ? a->x[i] : low;
            high = a->x[i] > high ? a->x[i] : high;
        }
        assert_int_equal(w->low[p], in_steps(low));
        assert_int_equal(w->high[p], in_steps(high));
    }
}

static audio noise_of(unsigned rate_hz, unsigned channels, size_t frames)
{
    audio a = audio_new(rate_hz, channels);
    uint32_t seed = 7u + (uint32_t)frames;
    float *x = audio_add(&a, frames);
    for (size_t i = 0; i < frames * channels; i++) {
        const float v = noise(&seed);
        x[i] = v * v * v * 1.1f;
    }
    return a;
}

static void follows_every_sample(void **state)
{
    (void)state;
    /* around a pixel, a block, and each doubling */
    static const size_t lengths[] = {1, 2, 255, 256, 257, 4095, 4096, 4097, 524287, 524288, 524289,
                                     524545, 1048576, 1048577, 1300000};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        mg_measures m;
        audio a = noise_of(8000, lengths[i] > 600000 ? 1 : 1 + i % 3, lengths[i]);
        analyse(&a, MG_STAGE_LEVELS, 65536, &m);
        assert_outline(&a, &m.waveform);
        mg_measures_done(&m);
        audio_free(&a);
    }
}

static void chunks_do_not_matter(void **state)
{
    (void)state;
    static const size_t chunks[] = {7, 1152, 65536};
    audio a = noise_of(48000, 2, 300001);
    mg_measures first;
    analyse(&a, MG_STAGE_LEVELS, 100, &first);
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        mg_measures m;
        analyse(&a, MG_STAGE_LEVELS, chunks[i], &m);
        assert_memory_equal(&m.waveform, &first.waveform, sizeof m.waveform);
        mg_measures_done(&m);
    }
    mg_measures_done(&first);
    audio_free(&a);
}

/* A channel of the other polarity is seen, and so are samples over full scale and silence. */
static void shows_what_a_sum_would_hide(void **state)
{
    (void)state;
    audio a = audio_new(44100, 2);
    float *x = audio_add(&a, 1024);
    for (size_t i = 0; i < 256; i++) {
        x[2 * i] = 0.5f;
        x[2 * i + 1] = -0.5f;
        x[2 * (i + 256)] = 1.5f;
        x[2 * (i + 256) + 1] = -1.5f;
        x[2 * (i + 512) + 1] = 0.25f; /* one channel silent */
    }
    mg_measures m;
    analyse(&a, MG_STAGE_LEVELS, 4096, &m);
    static const int8_t low[4] = {-64, -128, 0, 0}, high[4] = {64, 127, 32, 0};
    assert_int_equal(m.waveform.count, 4);
    assert_memory_equal(m.waveform.low, low, sizeof low);
    assert_memory_equal(m.waveform.high, high, sizeof high);
    mg_measures_done(&m);
    audio_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_every_sample),
        cmocka_unit_test(chunks_do_not_matter),
        cmocka_unit_test(shows_what_a_sum_would_hide),
    };
    return cmocka_run_group_tests_name("waveform", tests, NULL, NULL);
}
