/* What the lossy model is learnt from, for bench/learn/train_lossy.py: a line of features a file.
 *
 *     lossy-features FILE...
 */
#include "base/cleanup.h"
#include "dsp/decode/decode.h"
#include "dsp/signal/fft.h"
#include "dsp/spectrum/band_powers.h"
#include "dsp/spectrum/origin.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct reader {
    mg_stft *stft;
    mg_cutoff *cutoff;
    unsigned hop;
} reader;

static void take_frames(reader *r)
{
    mg_stft_frame frame;
    while (mg_stft_next(r->stft, &frame))
        mg_cutoff_push(r->cutoff, frame.sum, r->hop);
}

/* As dsp/spectrum/spectrum.c feeds the cutoff. */
static mg_err read_file(mg_decoder *decoder, reader *r)
{
    static float chunk[MG_BLOCK_FRAMES * MG_MAX_CHANNELS], side[2][MG_BLOCK_FRAMES];
    unsigned channels = mg_decoder_info(decoder)->channels;
    for (;;) {
        size_t frames;
        mg_err err = mg_decoder_read(decoder, chunk, MG_BLOCK_FRAMES, &frames, NULL);
        if (err != MG_OK)
            return err;
        if (frames == 0)
            break;
        for (size_t i = 0; i < frames; i++) {
            side[0][i] = chunk[i * channels];
            side[1][i] = chunk[i * channels + (channels > 1)];
        }
        mg_stft_push(r->stft, side[0], side[1], frames);
        take_frames(r);
    }
    mg_stft_end(r->stft);
    take_frames(r);
    return MG_OK;
}

static mg_err print_features(const char *file)
{
    mg_autoclose int fd = open(file, O_RDONLY | O_CLOEXEC);
    mg_decoder *decoder = NULL;
    reader r = {0};
    mg_cell_levels *levels = malloc(sizeof *levels);
    mg_err err = levels ? mg_decoder_open_fd(&decoder, fd, NULL, NULL) : MG_E_NOMEM;
    if (err == MG_OK) {
        unsigned rate = mg_decoder_info(decoder)->sample_rate_hz;
        mg_transform_shape shape = mg_transform_shape_for(MG_TRANSFORM_HIGH, rate);
        r.hop = shape.hop;
        err = mg_stft_new(&r.stft, shape.n, shape.hop, false);
        if (err == MG_OK)
            err = mg_cutoff_new(&r.cutoff, rate, shape.bin_hz, shape.bins);
        if (err == MG_OK)
            err = read_file(decoder, &r);
    }
    if (err == MG_OK && mg_cutoff_levels(r.cutoff, levels)) {
        double feature[MG_LOSSY_FEATURES];
        mg_lossy_features(levels, feature);
        printf("%s %zu", file, levels->edge * 100);
        for (int i = 0; i < MG_LOSSY_FEATURES; i++)
            printf(" %.5f", feature[i]);
        putchar('\n');
    }
    mg_cutoff_free(r.cutoff);
    mg_stft_free(r.stft);
    free(levels);
    mg_decoder_free(decoder);
    return err;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (print_features(argv[i]) != MG_OK) {
            fprintf(stderr, "lossy-features: cannot read %s\n", argv[i]);
            return 1;
        }
    }
    return 0;
}
