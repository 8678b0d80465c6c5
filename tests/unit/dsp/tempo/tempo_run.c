#include "tempo_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

bool tempo_push_block(mg_tempo *tempo, mg_mono *streams, const float *x, size_t frames,
                      size_t index)
{
    _Alignas(MG_BLOCK_ALIGN) float left[MG_BLOCK_FRAMES], right[MG_BLOCK_FRAMES];
    _Alignas(MG_BLOCK_ALIGN) float mid[MG_BLOCK_FRAMES];
    size_t start = index * MG_BLOCK_FRAMES;
    if (start >= frames) {
        assert_int_equal(mg_tempo_push(tempo, mg_mono_end(streams)), MG_OK);
        return false;
    }
    size_t count = frames - start < MG_BLOCK_FRAMES ? frames - start : MG_BLOCK_FRAMES;
    for (size_t i = 0; i < count; i++) {
        left[i] = x[2 * (start + i)];
        right[i] = x[2 * (start + i) + 1];
        mid[i] = 0.5f * (left[i] + right[i]);
    }
    mg_block block = {
        .start_frame = start,
        .frames = count,
        .channel = {left, right},
        .left = left,
        .right = right,
        .mid = mid,
    };
    assert_int_equal(mg_tempo_push(tempo, mg_mono_push(streams, &block)), MG_OK);
    return true;
}

mg_tempo_result tempo_of(const float *x, size_t frames, unsigned rate_hz, double low_bpm,
                         double high_bpm)
{
    mg_stream_info info = {
        .sample_rate_hz = rate_hz,
        .channels = 2,
        .roles = {MG_ROLE_LEFT, MG_ROLE_RIGHT},
    };
    mg_tempo *tempo = NULL;
    mg_mono *streams = NULL;
    assert_int_equal(mg_mono_new(&streams, rate_hz), MG_OK);
    assert_int_equal(mg_tempo_new(&tempo, &info, low_bpm, high_bpm), MG_OK);
    for (size_t i = 0; tempo_push_block(tempo, streams, x, frames, i); i++)
        ;
    mg_tempo_result result;
    assert_int_equal(mg_tempo_finish(tempo, &result), MG_OK);
    mg_tempo_free(tempo);
    mg_mono_free(streams);
    return result;
}

mg_tempo_result tempo_of_track(const synth_track *track)
{
    size_t frames = 0;
    float *x = synth_render(track, &frames);
    assert_non_null(x);
    mg_tempo_result result = tempo_of(x, frames, track->rate_hz, 0, 0);
    free(x);
    return result;
}

void tempo_result_done(mg_tempo_result *result)
{
    free(result->map);
    free(result->beats_s);
    *result = (mg_tempo_result){0};
}

double bpm_error(double bpm, double truth)
{
    static const double octave[] = {1, 2, 3, 0.5, 1 / 3.0};
    double best = INFINITY;
    for (size_t i = 0; i < sizeof(octave) / sizeof(octave[0]); i++)
        best = fmin(best, fabs(bpm / octave[i] - truth));
    return best;
}

double beat_error_s(const synth_track *track, double time_s)
{
    double beats = (time_s - track->start_s) * track->bpm / 60;
    return fabs(beats - floor(beats + 0.5)) * 60 / track->bpm;
}
