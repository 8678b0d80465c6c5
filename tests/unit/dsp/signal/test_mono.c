#include "dsp/signal/mono.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double hz = 100.0;

static double sine(unsigned rate, size_t frame)
{
    return 0.5 * sin(2.0 * M_PI * hz * (double)frame / rate);
}

/* Every sample lies where its frame is; half a second at the ends is left out, where silence
 * shines in. */
static void check(const mg_mono_part *part, unsigned rate, size_t frames, double gain,
                  size_t done[MG_MONO_RATES])
{
    for (mg_mono_rate r = 0; r < MG_MONO_RATES; r++) {
        unsigned factor = mg_mono_factor(rate, r);
        for (size_t i = 0; i < part->frames[r]; i++) {
            size_t at = (done[r] + i) * factor;
            if (at > rate / 2 && at + rate / 2 < frames)
                assert_float_equal(part->x[r][i], gain * sine(rate, at), 1e-3);
        }
        done[r] += part->frames[r];
    }
}

static void run(unsigned rate, size_t frames, float right)
{
    static _Alignas(MG_BLOCK_ALIGN) float x[2][MG_BLOCK_FRAMES];
    size_t done[MG_MONO_RATES] = {0};
    double gain = (2.0 + right) / 3.0;
    float last = 0.0f;
    mg_mono *m = NULL;
    assert_int_equal(mg_mono_new(&m, rate), MG_OK);
    for (size_t at = 0; at < frames; at += MG_BLOCK_FRAMES) {
        size_t n = frames - at < MG_BLOCK_FRAMES ? frames - at : MG_BLOCK_FRAMES;
        for (size_t i = 0; i < n; i++) {
            x[0][i] = (float)sine(rate, at + i);
            x[1][i] = right * x[0][i];
        }
        mg_block block = {.start_frame = at, .frames = n, .left = x[0], .right = x[1]};
        const mg_mono_part *part = mg_mono_push(m, &block);
        assert_int_equal(part->frames[MG_MONO_FULL], n);
        assert_true(part->x[MG_MONO_FULL][-1] == last);
        last = part->x[MG_MONO_FULL][n - 1];
        check(part, rate, frames, gain, done);
    }
    check(mg_mono_end(m), rate, frames, gain, done);
    for (mg_mono_rate r = 0; r < MG_MONO_RATES; r++) {
        unsigned factor = mg_mono_factor(rate, r);
        assert_int_equal(done[r], (frames + factor - 1) / factor);
    }
    mg_mono_free(m);
}

static void test_samples_lie_where_their_frames_are(void **state)
{
    (void)state;
    static const unsigned rate[] = {8000, 11025, 22050, 44100, 48000, 96000, 192000};
    for (size_t i = 0; i < sizeof rate / sizeof *rate; i++) {
        run(rate[i], 2 * rate[i] + 37 * i, 1.0f);
        run(rate[i], 2 * MG_BLOCK_FRAMES * (1 + rate[i] / 8000), 0.25f);
    }
}

static void test_an_inverted_channel_stays(void **state)
{
    (void)state;
    run(44100, 100000, -1.0f);
}

static void test_few_frames(void **state)
{
    (void)state;
    for (size_t frames = 1; frames < 70; frames += 3)
        run(44100, frames, 1.0f);
    run(192000, MG_BLOCK_FRAMES, 1.0f);
    run(192000, MG_BLOCK_FRAMES + 1, 1.0f);
}

/* What the users of each rate were promised. */
static void test_rates(void **state)
{
    (void)state;
    for (unsigned rate = 8000; rate <= 192000; rate += 25) {
        unsigned fast = mg_mono_factor(rate, MG_MONO_FAST);
        unsigned slow = mg_mono_factor(rate, MG_MONO_SLOW);
        unsigned low = mg_mono_factor(rate, MG_MONO_LOW);
        assert_int_equal(mg_mono_factor(rate, MG_MONO_FULL), 1);
        assert_true(fast == 1 || rate >= 22050 * fast);
        assert_true(rate < 44100 * fast);
        assert_true(rate >= 5000 * slow && rate < 10000 * slow);
        assert_true(rate >= 1250 * low && (rate < 2500 * low || low == 64) && rate <= 3000 * low);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples_lie_where_their_frames_are),
        cmocka_unit_test(test_an_inverted_channel_stays),
        cmocka_unit_test(test_few_frames),
        cmocka_unit_test(test_rates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
