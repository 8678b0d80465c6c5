/* What the resonance model is learnt from, for bench/learn/train_resonance.py.
 *
 *     resonance-features FILE SPEED [HZ GAIN_DB Q]...
 *
 * Prints a line for each candidate: the number of the bell (0: the file as it is), the candidate's
 * frequency, its features. Each bell filters the samples of the first minute. With a
 * SPEED other than 1 the file is taken for one of as many times its sampling rate. */
#include "base/cleanup.h"
#include "dsp/decode/decode.h"
#include "dsp/signal/decimate.h"
#include "dsp/spectrum/band_powers.h"
#include "dsp/spectrum/resonance.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SECONDS_MAX = 60 };

typedef struct bell {
    double hz, gain_db, q;
} bell;

/* What was decoded: two channels. */
typedef struct samples {
    unsigned rate_hz;
    size_t frames, room;
    float *side[2];
} samples;

/* One filtered copy's way through decimation and transforms. */
typedef struct reader {
    mg_transform_shape shape[MG_TRANSFORMS];
    mg_stft *stft[MG_TRANSFORMS];
    mg_decimate *decimate[2];
    mg_resonance_search *search;
} reader;

static mg_err read_file(mg_decoder *decoder, samples *s)
{
    static float chunk[MG_BLOCK_FRAMES * MG_MAX_CHANNELS];
    unsigned channels = mg_decoder_info(decoder)->channels;
    s->rate_hz = mg_decoder_info(decoder)->sample_rate_hz;
    s->room = (size_t)s->rate_hz * SECONDS_MAX + MG_BLOCK_FRAMES;
    for (unsigned c = 0; c < 2; c++) {
        s->side[c] = calloc(s->room, sizeof(float));
        if (!s->side[c])
            return MG_E_NOMEM;
    }
    for (size_t frames = 1; frames > 0 && s->frames + MG_BLOCK_FRAMES <= s->room;) {
        mg_err err = mg_decoder_read(decoder, chunk, MG_BLOCK_FRAMES, &frames, NULL);
        if (err != MG_OK)
            return err;
        for (size_t i = 0; i < frames; i++) {
            s->side[0][s->frames + i] = chunk[i * channels];
            s->side[1][s->frames + i] = chunk[i * channels + (channels > 1)];
        }
        s->frames += frames;
    }
    return MG_OK;
}

/* R. Bristow-Johnson's peaking filter, as ffmpeg's equalizer. */
static void filter(const bell *b, const samples *in, float *out[2])
{
    double w = 2.0 * M_PI * b->hz / in->rate_hz, amp = pow(10.0, b->gain_db / 40.0);
    double alpha = sin(w) / (2.0 * b->q), a0 = 1.0 + alpha / amp;
    double b0 = (1.0 + alpha * amp) / a0, b1 = -2.0 * cos(w) / a0, b2 = (1.0 - alpha * amp) / a0;
    double a1 = b1, a2 = (1.0 - alpha / amp) / a0;
    for (unsigned c = 0; c < 2; c++) {
        double s1 = 0.0, s2 = 0.0;
        for (size_t i = 0; i < in->frames; i++) {
            double x = (double)in->side[c][i], y = b0 * x + s1;
            s1 = b1 * x - a1 * y + s2;
            s2 = b2 * x - a2 * y;
            out[c][i] = (float)y;
        }
    }
}

static mg_err reader_init(reader *r, unsigned rate_hz)
{
    mg_resonance_input input[MG_TRANSFORMS];
    mg_err err = MG_OK;
    for (unsigned w = 0; w < MG_TRANSFORMS && err == MG_OK; w++) {
        r->shape[w] = mg_transform_shape_for(w, rate_hz);
        input[w] = mg_resonance_input_for(&r->shape[w], rate_hz);
        err = mg_stft_new(&r->stft[w], r->shape[w].n, r->shape[w].hop, false);
    }
    for (unsigned c = 0; c < 2 && err == MG_OK; c++)
        err = mg_decimate_new(&r->decimate[c], r->shape[MG_TRANSFORM_LOW].factor);
    return err != MG_OK ? err : mg_resonance_new(&r->search, input);
}

static void reader_done(reader *r)
{
    mg_resonance_free(r->search);
    for (unsigned w = 0; w < MG_TRANSFORMS; w++) {
        mg_stft_free(r->stft[w]);
        mg_decimate_free(r->decimate[w]);
    }
}

static void take_frames(reader *r, unsigned w)
{
    mg_stft_frame frame;
    while (mg_stft_next(r->stft[w], &frame))
        mg_resonance_push(r->search, w, frame.sum);
}

/* As dsp/spectrum/spectrum.c does it. */
static void push(reader *r, float *const side[2], size_t frames)
{
    enum { DECIMATED_MAX = MG_BLOCK_FRAMES + 64 };
    static float low[2][DECIMATED_MAX];
    for (size_t at = 0; at <= frames; at += MG_BLOCK_FRAMES) {
        size_t left = frames - at, n = left < MG_BLOCK_FRAMES ? left : MG_BLOCK_FRAMES, count = 0;
        bool more = left > MG_BLOCK_FRAMES;
        for (unsigned c = 0; c < 2; c++)
            count = mg_decimate_push(r->decimate[c], side[c] + at, n, low[c]);
        mg_stft_push(r->stft[MG_TRANSFORM_LOW], low[0], low[1], count);
        mg_stft_push(r->stft[MG_TRANSFORM_HIGH], side[0] + at, side[1] + at, n);
        for (unsigned w = 0; w < MG_TRANSFORMS; w++)
            take_frames(r, w);
        if (more)
            continue;
        for (unsigned c = 0; c < 2; c++)
            count = mg_decimate_flush(r->decimate[c], low[c]);
        mg_stft_push(r->stft[MG_TRANSFORM_LOW], low[0], low[1], count);
        for (unsigned w = 0; w < MG_TRANSFORMS; w++) {
            mg_stft_end(r->stft[w]);
            take_frames(r, w);
        }
        return;
    }
}

static void print_candidates(const reader *r, int number)
{
    mg_resonance_curve curve[2];
    mg_resonance_candidate candidate[MG_RESONANCE_CANDIDATES];
    mg_resonance_curves(r->search, curve);
    unsigned count = mg_resonance_candidates(curve, candidate);
    for (unsigned c = 0; c < count; c++) {
        printf("%d %.2f", number, candidate[c].hz);
        for (unsigned k = 0; k < MG_RESONANCE_FEATURES; k++)
            printf(" %.4f", candidate[c].feature[k]);
        putchar('\n');
    }
}

static mg_err print_version(const samples *in, const bell *b, float *out[2], int number)
{
    reader r = {0};
    mg_err err = reader_init(&r, in->rate_hz);
    if (b)
        filter(b, in, out);
    if (err == MG_OK) {
        push(&r, b ? out : in->side, in->frames);
        print_candidates(&r, number);
    }
    reader_done(&r);
    return err;
}

int main(int argc, char **argv)
{
    samples in = {0};
    if (argc < 3 || argc % 3 != 0) {
        fprintf(stderr, "usage: resonance-features FILE SPEED [HZ GAIN_DB Q]...\n");
        return 2;
    }
    mg_autoclose int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
    mg_decoder *decoder = NULL;
    float *out[2] = {NULL, NULL};
    mg_err err = mg_decoder_open_fd(&decoder, fd, NULL, NULL);
    if (err == MG_OK)
        err = read_file(decoder, &in);
    for (unsigned c = 0; c < 2 && err == MG_OK; c++) {
        out[c] = calloc(in.room, sizeof(float));
        err = out[c] ? MG_OK : MG_E_NOMEM;
    }
    in.rate_hz = (unsigned)lround(in.rate_hz * atof(argv[2]));
    if (err == MG_OK)
        err = print_version(&in, NULL, out, 0);
    for (int i = 3; i < argc && err == MG_OK; i += 3) {
        bell b = {atof(argv[i]), atof(argv[i + 1]), atof(argv[i + 2])};
        err = print_version(&in, &b, out, i / 3);
    }
    if (err != MG_OK)
        fprintf(stderr, "resonance-features: cannot read %s\n", argv[1]);
    for (unsigned c = 0; c < 2; c++) {
        free(in.side[c]);
        free(out[c]);
    }
    mg_decoder_free(decoder);
    return err != MG_OK;
}
