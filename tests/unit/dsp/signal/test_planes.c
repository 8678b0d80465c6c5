#include "dsp/signal/planes.h"

#include "dsp/signal/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 3 * MG_BLOCK_FRAMES + 77 };

static const float minus_3_db = 0.70710678f;

/* Another value in every sample, also behind the end, where a file has silence. */
static float sample(size_t frame, unsigned channel)
{
    return frame < FRAMES ? (float)((int)((frame * 31 + channel * 977) % 2003) - 1001) / 2048.0f
                          : 0.0f;
}

static mg_stream_info layout(unsigned channels, const mg_channel_role *roles)
{
    mg_stream_info info = {.sample_rate_hz = 48000, .channels = channels};
    for (unsigned c = 0; c < channels; c++)
        info.roles[c] = roles[c];
    return info;
}

/* Gains of the channels in left and right. */
typedef struct downmix {
    float left[MG_MAX_CHANNELS], right[MG_MAX_CHANNELS];
} downmix;

static float mixed(const float gain[MG_MAX_CHANNELS], unsigned channels, size_t frame)
{
    float sum = 0.0f;
    for (unsigned c = 0; c < channels; c++)
        sum += gain[c] * sample(frame, c);
    return sum;
}

static void check_block(const mg_block *b, unsigned channels, const downmix *mix, bool last)
{
    for (size_t i = 0; i < b->frames; i++) {
        size_t at = b->start_frame + i;
        float left = mixed(mix->left, channels, at), right = mixed(mix->right, channels, at);
        assert_float_equal(b->left[i], left, 1e-6);
        assert_float_equal(b->right[i], right, 1e-6);
        assert_float_equal(b->mid[i], 0.5f * (left + right), 1e-6);
    }
    for (unsigned c = 0; c < channels; c++) {
        assert_int_equal((uintptr_t)b->channel[c] % MG_BLOCK_ALIGN, 0);
        for (size_t i = 0; i < b->frames; i++)
            assert_true(b->channel[c][i] == sample(b->start_frame + i, c));
        for (size_t i = 1; i <= MG_SCAN_HISTORY; i++)
            assert_true(b->channel[c][-(ptrdiff_t)i] ==
                        (b->start_frame < i ? 0.0f : sample(b->start_frame - i, c)));
        for (size_t i = 0; i < MG_SCAN_TAIL && last; i++)
            assert_true(b->channel[c][b->frames + i] == 0.0f);
    }
}

static void run(const mg_stream_info *info, const downmix *mix, size_t chunk)
{
    unsigned channels = info->channels;
    float *x = malloc(sizeof *x * FRAMES * channels);
    for (size_t i = 0; i < (size_t)FRAMES * channels; i++)
        x[i] = sample(i / channels, (unsigned)(i % channels));
    mg_planes *p = NULL;
    assert_int_equal(mg_planes_new(&p, info), MG_OK);
    assert_null(mg_planes_block(p, true));
    for (size_t at = 0; at < FRAMES;) {
        if (mg_planes_full(p)) {
            assert_int_equal(mg_planes_push(p, x, 1), 0);
            check_block(mg_planes_block(p, false), channels, mix, false);
            mg_planes_next(p);
        }
        at += mg_planes_push(p, x + at * channels, FRAMES - at < chunk ? FRAMES - at : chunk);
    }
    const mg_block *end = mg_planes_block(p, true);
    assert_int_equal(end->frames, FRAMES % MG_BLOCK_FRAMES);
    check_block(end, channels, mix, true);
    assert_int_equal(mg_planes_nonfinite(p), 0);
    mg_planes_free(p);
    free(x);
}

static void test_layouts(void **state)
{
    (void)state;
    static const struct {
        unsigned channels;
        mg_channel_role roles[MG_MAX_CHANNELS];
        downmix mix;
    } cases[] = {
        {1, {MG_ROLE_CENTRE}, {{1}, {1}}},
        {2, {MG_ROLE_LEFT, MG_ROLE_RIGHT}, {{1, 0}, {0, 1}}},
        {2, {MG_ROLE_RIGHT, MG_ROLE_LEFT}, {{0, 1}, {1, 0}}},
        {2, {MG_ROLE_OTHER, MG_ROLE_OTHER}, {{1, 0}, {0, 1}}},
        {3,
         {MG_ROLE_LEFT, MG_ROLE_RIGHT, MG_ROLE_CENTRE},
         {{1, 0, minus_3_db}, {0, 1, minus_3_db}}},
        {6,
         {MG_ROLE_LEFT, MG_ROLE_RIGHT, MG_ROLE_CENTRE, MG_ROLE_LFE, MG_ROLE_SURROUND_LEFT,
          MG_ROLE_SURROUND_RIGHT},
         {{1, 0, minus_3_db, 0, minus_3_db, 0}, {0, 1, minus_3_db, 0, 0, minus_3_db}}},
        {4,
         {MG_ROLE_OTHER, MG_ROLE_OTHER, MG_ROLE_OTHER, MG_ROLE_OTHER},
         {{1, 0, 0, 0}, {0, 1, 0, 0}}},
    };
    static const size_t chunks[] = {1, 577, MG_BLOCK_FRAMES, FRAMES};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mg_stream_info info = layout(cases[i].channels, cases[i].roles);
        for (size_t c = 0; c < sizeof chunks / sizeof *chunks; c++)
            run(&info, &cases[i].mix, chunks[c]);
    }
}

/* In a block of any layout, wherever it was cut. */
static void test_what_is_not_finite_is_counted_and_silenced(void **state)
{
    (void)state;
    static const mg_channel_role roles[] = {MG_ROLE_LEFT, MG_ROLE_RIGHT, MG_ROLE_CENTRE};
    for (unsigned channels = 1; channels <= 3; channels++) {
        mg_stream_info info = layout(channels, channels == 1 ? roles + 2 : roles);
        mg_planes *p = NULL;
        assert_int_equal(mg_planes_new(&p, &info), MG_OK);
        float x[5 * 3] = {0.25f, NAN, INFINITY, 1e30f, -0.5f, 0.25f, -INFINITY, -1e9f};
        size_t frames = 9 / channels, first = frames / 2;
        assert_int_equal(mg_planes_push(p, x, first), first);
        assert_int_equal(mg_planes_push(p, x + first * channels, frames - first), frames - first);
        const mg_block *b = mg_planes_block(p, true);
        for (size_t i = 0; i < frames * channels; i++) {
            float want = isfinite(x[i]) ? fminf(fmaxf(x[i], -100.0f), 100.0f) : 0.0f;
            assert_true(b->channel[i % channels][i / channels] == want);
        }
        for (size_t i = 0; i < frames; i++)
            assert_true(isfinite(b->left[i]) && isfinite(b->right[i]) &&
                        b->mid[i] == 0.5f * (b->left[i] + b->right[i]));
        assert_int_equal(mg_planes_nonfinite(p), 3);
        mg_planes_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layouts),
        cmocka_unit_test(test_what_is_not_finite_is_counted_and_silenced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
