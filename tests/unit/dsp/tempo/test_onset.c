#include "dsp/tempo/onset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

/* Half a second of silence, then a decaying tone from `start` on; 1 s in all. */
static void run(unsigned rate, size_t start, double hz, mg_odf *odf)
{
    mg_stream_info info = {.sample_rate_hz = rate, .channels = 1};
    mg_onset *onset = NULL;
    mg_mono *streams = NULL;
    assert_int_equal(mg_onset_new(&onset, &info), MG_OK);
    assert_int_equal(mg_mono_new(&streams, rate), MG_OK);
    static _Alignas(MG_BLOCK_ALIGN) float x[MG_BLOCK_FRAMES];
    for (size_t at = 0; at < rate; at += MG_BLOCK_FRAMES) {
        size_t count = rate - at < MG_BLOCK_FRAMES ? rate - at : MG_BLOCK_FRAMES;
        for (size_t i = 0; i < count; i++) {
            double t = ((double)(at + i) - (double)start) / rate;
            x[i] = t < 0 ? 0 : (float)(0.5 * sin(2 * M_PI * hz * t) * exp(-t / 0.05));
        }
        mg_block block = {.start_frame = at, .frames = count, .left = x, .right = x, .mid = x};
        assert_int_equal(mg_onset_push(onset, mg_mono_push(streams, &block), odf), MG_OK);
    }
    assert_int_equal(mg_onset_push(onset, mg_mono_end(streams), odf), MG_OK);
    assert_int_equal(mg_onset_flush(onset, odf), MG_OK);
    assert_true(mg_onset_peak(onset) > 0.3f && mg_onset_peak(onset) < 0.51f);
    mg_onset_free(onset);
    mg_mono_free(streams);
}

/* The attack is found within a millisecond at every rate and position. */
static void test_attack_time(void **state)
{
    (void)state;
    static const unsigned rate[] = {8000, 22050, 44100, 48000, 96000, 192000};
    for (size_t r = 0; r < sizeof(rate) / sizeof(rate[0]); r++)
        for (unsigned k = 0; k < 5; k++) {
            mg_odf odf = MG_ODF_INIT;
            size_t start = rate[r] / 2 + k * rate[r] / 700;
            run(rate[r], start, 1000, &odf);
            assert_true(odf.frames == 170);
            unsigned best = 0;
            double best_s = 0;
            for (size_t i = 0; i < odf.frames; i++) {
                double at;
                unsigned level = mg_odf_attack(&odf, i, &at);
                if (level > best) {
                    best = level;
                    best_s = at;
                }
            }
            assert_true(best > 20);
            assert_true(fabs(best_s - (double)start / rate[r]) < 0.001);
            mg_odf_done(&odf);
        }
}

/* The rise shows in the band of the tone, near its start. */
static void test_bands(void **state)
{
    (void)state;
    static const double hz[MG_ODF_BANDS] = {60, 800, 4000, 8000};
    for (unsigned band = 0; band < MG_ODF_BANDS; band++) {
        mg_odf odf = MG_ODF_INIT;
        run(44100, 22050, hz[band], &odf);
        unsigned best = 0;
        size_t best_frame = 0;
        for (size_t i = 0; i < odf.frames; i++)
            if (mg_odf_get(&odf, band, i) > best) {
                best = mg_odf_get(&odf, band, i);
                best_frame = i;
            }
        assert_true(best > 20);
        assert_true(fabs(mg_odf_time_s(&odf, (double)best_frame) - 0.5) < 0.015);
        mg_odf_done(&odf);
    }
}

/* A tenth of the amplitude is 20 dB, 40 halves, less. */
static void test_level(void **state)
{
    (void)state;
    static _Alignas(MG_BLOCK_ALIGN) float x[MG_BLOCK_FRAMES];
    mg_stream_info info = {.sample_rate_hz = 44100, .channels = 1};
    mg_odf odf = MG_ODF_INIT;
    mg_onset *onset = NULL;
    mg_mono *streams = NULL;
    uint32_t noise = 1;
    assert_int_equal(mg_onset_new(&onset, &info), MG_OK);
    assert_int_equal(mg_mono_new(&streams, 44100), MG_OK);
    for (size_t at = 0; at < 3 * 44100; at += MG_BLOCK_FRAMES) {
        float gain = at < 44100 ? 0.5f : at < 2 * 44100 ? 0.05f : 0.0f;
        for (size_t i = 0; i < MG_BLOCK_FRAMES; i++) {
            noise = noise * 1664525u + 1013904223u;
            x[i] = gain * ((float)(noise >> 8) / 8388608.0f - 1);
        }
        mg_block block = {
            .start_frame = at, .frames = MG_BLOCK_FRAMES, .left = x, .right = x, .mid = x};
        assert_int_equal(mg_onset_push(onset, mg_mono_push(streams, &block), &odf), MG_OK);
    }
    double mean[3] = {0};
    for (unsigned part = 0; part < 3; part++)
        for (size_t i = 0; i < 100; i++)
            mean[part] += mg_odf_get(&odf, MG_ODF_LEVEL, part * 170 + 60 + i) / 100.0;
    assert_true(fabs(mean[0] - mean[1] - 40) < 1);
    assert_true(mean[2] < mean[1] - 40); /* what is left is the floor under the loudest */
    mg_onset_free(onset);
    mg_mono_free(streams);
    mg_odf_done(&odf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attack_time),
        cmocka_unit_test(test_bands),
        cmocka_unit_test(test_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
