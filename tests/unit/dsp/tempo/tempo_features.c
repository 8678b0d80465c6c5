/* Prints what the linear models of the tempo stage see, for bench/train_tempo.py.
 *
 *     tempo-features render TRACKS_PER_STYLE SEED
 *     tempo-features audio ID BPM fixed|ambiguous    stereo float at 44.1 kHz on standard input
 *
 * Lines: "I id kind bpm" opens an item; "C bpm features" a candidate tempo; "P" opens the beat
 * phases of the item and "p right features" is one; "B" and "b" the same for the bar. Phases and
 * bars are known of rendered tracks only. */
#include "dsp/tempo/beat_phase.h"
#include "dsp/tempo/odf_condition.h"
#include "dsp/tempo/onset.h"
#include "dsp/tempo/tempo_octave.h"
#include "dsp/tempo/tempo_pulse.h"
#include "synth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 44100 };

/* Tempi at which each style is counted. */
static const double bpm_range[SYNTH_STYLES][2] = {
    [SYNTH_CLICKS] = {90, 175},        [SYNTH_HOUSE] = {115, 132},
    [SYNTH_TECHNO] = {120, 155},       [SYNTH_TRANCE] = {130, 150},
    [SYNTH_OFFBEAT_BASS] = {118, 150}, [SYNTH_DOTTED] = {118, 150},
    [SYNTH_SWING] = {115, 132},        [SYNTH_TWO_STEP] = {160, 180},
    [SYNTH_JUNGLE] = {155, 180},       [SYNTH_HALF_TIME] = {132, 150},
    [SYNTH_TRAP] = {130, 155},         [SYNTH_BREAKBEAT] = {100, 145},
    [SYNTH_ROCK] = {72, 178},          [SYNTH_HIP_HOP] = {75, 105},
    [SYNTH_DEMBOW] = {85, 105},        [SYNTH_SHUFFLE] = {70, 130},
    [SYNTH_RIDE] = {100, 200},
};

static void print_line(const char *head, const double *values, unsigned count)
{
    printf("%s", head);
    for (unsigned i = 0; i < count; i++)
        printf(" %.4f", values[i]);
    printf("\n");
}

static bool history_of(const float *x, size_t frames, mg_odf *odf)
{
    static _Alignas(MG_BLOCK_ALIGN) float left[MG_BLOCK_FRAMES], right[MG_BLOCK_FRAMES];
    mg_stream_info info = {.sample_rate_hz = RATE, .channels = 2};
    mg_onset *onset = NULL;
    mg_mono *streams = NULL;
    mg_err err = mg_onset_new(&onset, &info);
    if (err == MG_OK)
        err = mg_mono_new(&streams, RATE);
    for (size_t at = 0; at < frames && err == MG_OK; at += MG_BLOCK_FRAMES) {
        size_t count = frames - at < MG_BLOCK_FRAMES ? frames - at : MG_BLOCK_FRAMES;
        for (size_t i = 0; i < count; i++) {
            left[i] = x[2 * (at + i)];
            right[i] = x[2 * (at + i) + 1];
        }
        mg_block block = {.start_frame = at, .frames = count, .left = left, .right = right};
        err = mg_onset_push(onset, mg_mono_push(streams, &block), odf);
    }
    if (err == MG_OK)
        err = mg_onset_push(onset, mg_mono_end(streams), odf);
    if (err == MG_OK)
        err = mg_onset_flush(onset, odf);
    mg_onset_free(onset);
    mg_mono_free(streams);
    double rms[MG_ODF_BANDS];
    return err == MG_OK && mg_odf_condition(odf, rms) == MG_OK;
}

static bool print_tempi(const mg_odf *odf)
{
    mg_tempogram *t = NULL;
    mg_pulse pulses[MG_PULSES_MAX];
    if (mg_tempogram_new(&t, odf) != MG_OK || mg_pulse_find(t, odf, pulses) != MG_OK)
        return false;
    double hz[MG_PULSES_MAX] = {pulses[0].hz, pulses[1].hz};
    mg_octave_candidate c[MG_OCTAVE_CANDIDATES_MAX];
    unsigned count = mg_octave_weigh(t, hz, MG_PULSES_MAX, 0, 0, c);
    for (unsigned i = 0; i < count; i++) {
        double features[MG_OCTAVE_FEATURES];
        char head[40];
        mg_octave_features(t, c[i].hz, features);
        snprintf(head, sizeof(head), "C %.5f", 60 * c[i].hz);
        print_line(head, features, MG_OCTAVE_FEATURES);
    }
    free(t);
    return true;
}

static void print_phases(const mg_odf *odf, const synth_track *track)
{
    static mg_beat_profile profile;
    double beat_hz = track->bpm / 60, phase = fmod(track->start_s, 1 / beat_hz);
    mg_beat_profile_fold(&profile, odf, beat_hz);
    mg_phase_candidate c[MG_PHASE_CANDIDATES_MAX];
    unsigned count = mg_phase_weigh(&profile, c);
    printf("P\n");
    for (unsigned i = 0; i < count; i++) {
        double off = (c[i].phase_s - phase) * beat_hz, features[MG_PHASE_FEATURES];
        bool right = fabs(off - floor(off + 0.5)) < 2.0 / MG_PHASE_SLOTS;
        mg_phase_features(&profile, (unsigned)(c[i].phase_s * beat_hz * MG_PHASE_SLOTS), features);
        print_line(right ? "p 1" : "p 0", features, MG_PHASE_FEATURES);
    }
    if (track->style == SYNTH_CLICKS)
        return; /* no bar to be heard */
    long first = (long)floor((track->start_s - phase) * beat_hz + 0.5) % MG_PHASE_BEATS;
    printf("B\n");
    for (unsigned b = 0; b < MG_PHASE_BEATS; b++) {
        double features[MG_BAR_FEATURES];
        mg_bar_features(&profile, (unsigned)(phase * beat_hz * MG_PHASE_SLOTS), b, features);
        print_line((long)b == first ? "b 1" : "b 0", features, MG_BAR_FEATURES);
    }
}

static bool print_item(const float *x, size_t frames, const synth_track *track)
{
    mg_odf odf = MG_ODF_INIT;
    bool ok = x != NULL && history_of(x, frames, &odf) && print_tempi(&odf);
    if (ok && track != NULL)
        print_phases(&odf, track);
    mg_odf_done(&odf);
    return ok;
}

static double between(uint32_t *seed, double low, double high)
{
    return low + (high - low) * synth_random(seed);
}

static bool render(unsigned style, unsigned index, uint32_t *seed)
{
    synth_track track = {.style = (synth_style)style, .rate_hz = RATE};
    track.bpm = between(seed, bpm_range[style][0], bpm_range[style][1]);
    if (synth_random(seed) < 0.5)
        track.bpm = floor(track.bpm + 0.5);
    track.duration_s = between(seed, 20, 60);
    track.start_s = between(seed, 0, 3);
    track.intro_bars = synth_random(seed) < 0.3 ? 4 : 0;
    track.pad_gain = fmax(0, between(seed, -1.3, 2));
    track.melody_gain = fmax(0, between(seed, -0.7, 1));
    track.variation = fmax(0, between(seed, -0.7, 1));
    track.seed = *seed;
    size_t frames = 0;
    float *x = synth_render(&track, &frames);
    printf("I render%u_%u fixed %.5f\n", style, index, track.bpm);
    bool ok = print_item(x, frames, &track);
    free(x);
    return ok;
}

static bool audio(char **arg)
{
    size_t size = 0, room = 1 << 22;
    float *x = malloc(room * sizeof(float));
    while (x != NULL) {
        size += fread(x + size, sizeof(float), room - size, stdin);
        if (size < room)
            break;
        room *= 2;
        float *more = realloc(x, room * sizeof(float));
        if (more == NULL)
            free(x);
        x = more;
    }
    printf("I %s %s %s\n", arg[0], arg[2], arg[1]);
    bool ok = print_item(x, size / 2, NULL);
    free(x);
    return ok;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "audio") == 0)
        return audio(argv + 2) ? 0 : 70;
    if (argc != 4 || strcmp(argv[1], "render") != 0) {
        fprintf(stderr, "usage: tempo-features render TRACKS_PER_STYLE SEED\n"
                        "       tempo-features audio ID BPM fixed|ambiguous < samples\n");
        return 64;
    }
    uint32_t seed = (uint32_t)strtoul(argv[3], NULL, 10);
    for (unsigned style = 0; style < SYNTH_STYLES; style++)
        for (unsigned i = 0; i < strtoul(argv[2], NULL, 10); i++)
            if (!render(style, i, &seed))
                return 70;
    return 0;
}
