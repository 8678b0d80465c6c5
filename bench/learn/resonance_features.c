/* What the resonance model is learnt from, for bench/learn/train_resonance.py.
 *
 *     resonance-features FILE [HZ GAIN_DB Q]...
 *
 * Prints a line for each candidate: the number of the bell (0: the file as it is), the candidate's
 * frequency, its features. Bells are put into the spectra: the gain of a peaking filter at each
 * bin. So one decoding serves many. */
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

enum { VERSIONS_MAX = 64, DECIMATED_MAX = MG_BLOCK_FRAMES + 64 };

typedef struct version {
    double hz, gain_db, q; /* hz 0: none */
    float *gain[MG_TRANSFORMS];
    mg_resonance_search *search;
} version;

typedef struct reader {
    mg_transform_shape shape[MG_TRANSFORMS];
    mg_stft *stft[MG_TRANSFORMS];
    mg_decimate *decimate[2];
    float *energy;
    version version[VERSIONS_MAX];
    int versions;
} reader;

/* Power gain of R. Bristow-Johnson's peaking filter, far below half the sampling rate. */
static double bell_gain(const version *v, double hz)
{
    if (v->hz <= 0.0)
        return 1.0;
    double x = v->q * (hz / v->hz - v->hz / fmax(hz, 1e-3)), a = pow(10.0, v->gain_db / 20.0);
    return (x * x + a) / (x * x + 1.0 / a);
}

static mg_err version_init(reader *r, version *v, const mg_resonance_input input[2])
{
    for (unsigned w = 0; w < MG_TRANSFORMS; w++) {
        unsigned bins = r->shape[w].n / 2 + 1;
        v->gain[w] = malloc(bins * sizeof(float));
        if (!v->gain[w])
            return MG_E_NOMEM;
        for (unsigned k = 0; k < bins; k++)
            v->gain[w][k] = (float)bell_gain(v, k * r->shape[w].bin_hz);
    }
    return mg_resonance_new(&v->search, input);
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
    for (int i = 0; i < r->versions && err == MG_OK; i++)
        err = version_init(r, &r->version[i], input);
    r->energy = malloc((r->shape[MG_TRANSFORM_HIGH].n / 2 + 1 + r->shape[MG_TRANSFORM_LOW].n) *
                       sizeof(float));
    return r->energy ? err : MG_E_NOMEM;
}

static void take_frames(reader *r, unsigned w)
{
    mg_stft_frame frame;
    while (mg_stft_next(r->stft[w], &frame)) {
        for (int i = 0; i < r->versions; i++) {
            for (unsigned k = 0; k <= r->shape[w].n / 2; k++)
                r->energy[k] = frame.sum[k] * r->version[i].gain[w][k];
            mg_resonance_push(r->version[i].search, w, r->energy);
        }
    }
}

/* As dsp/spectrum/spectrum.c does it. */
static mg_err read_file(mg_decoder *decoder, reader *r)
{
    static float chunk[MG_BLOCK_FRAMES * MG_MAX_CHANNELS], side[2][MG_BLOCK_FRAMES];
    static float low[2][DECIMATED_MAX];
    unsigned channels = mg_decoder_info(decoder)->channels;
    for (bool more = true; more;) {
        size_t frames, count = 0;
        mg_err err = mg_decoder_read(decoder, chunk, MG_BLOCK_FRAMES, &frames, NULL);
        if (err != MG_OK)
            return err;
        more = frames > 0;
        for (size_t i = 0; i < frames; i++) {
            side[0][i] = chunk[i * channels];
            side[1][i] = chunk[i * channels + (channels > 1)];
        }
        for (unsigned c = 0; c < 2; c++)
            count = more ? mg_decimate_push(r->decimate[c], side[c], frames, low[c])
                         : mg_decimate_flush(r->decimate[c], low[c]);
        mg_stft_push(r->stft[MG_TRANSFORM_LOW], low[0], low[1], count);
        if (more)
            mg_stft_push(r->stft[MG_TRANSFORM_HIGH], side[0], side[1], frames);
        for (unsigned w = 0; w < MG_TRANSFORMS; w++) {
            if (!more)
                mg_stft_end(r->stft[w]);
            take_frames(r, w);
        }
    }
    return MG_OK;
}

static void print_candidates(const reader *r)
{
    mg_resonance_curve curve[2];
    mg_resonance_candidate candidate[MG_RESONANCE_CANDIDATES];
    for (int i = 0; i < r->versions; i++) {
        mg_resonance_curves(r->version[i].search, curve);
        unsigned count = mg_resonance_candidates(curve, candidate);
        for (unsigned c = 0; c < count; c++) {
            printf("%d %.2f", i, candidate[c].hz);
            for (unsigned k = 0; k < MG_RESONANCE_FEATURES; k++)
                printf(" %.4f", candidate[c].feature[k]);
            putchar('\n');
        }
    }
}

static void reader_done(reader *r)
{
    for (int i = 0; i < r->versions; i++) {
        mg_resonance_free(r->version[i].search);
        free(r->version[i].gain[0]);
        free(r->version[i].gain[1]);
    }
    for (unsigned w = 0; w < MG_TRANSFORMS; w++) {
        mg_stft_free(r->stft[w]);
        mg_decimate_free(r->decimate[w]);
    }
    free(r->energy);
}

int main(int argc, char **argv)
{
    static reader r = {.versions = 1};
    if (argc < 2 || (argc - 2) % 3 != 0 || (argc - 2) / 3 >= VERSIONS_MAX) {
        fprintf(stderr, "usage: resonance-features FILE [HZ GAIN_DB Q]...\n");
        return 2;
    }
    for (int i = 2; i < argc; i += 3)
        r.version[r.versions++] =
            (version){.hz = atof(argv[i]), .gain_db = atof(argv[i + 1]), .q = atof(argv[i + 2])};
    mg_autoclose int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
    mg_decoder *decoder = NULL;
    mg_err err = mg_decoder_open_fd(&decoder, fd, NULL, NULL);
    if (err == MG_OK)
        err = reader_init(&r, mg_decoder_info(decoder)->sample_rate_hz);
    if (err == MG_OK)
        err = read_file(decoder, &r);
    if (err == MG_OK)
        print_candidates(&r);
    else
        fprintf(stderr, "resonance-features: cannot read %s\n", argv[1]);
    reader_done(&r);
    mg_decoder_free(decoder);
    return err != MG_OK;
}
