#include "bench/learn/tempo_history.h"

#include "dsp/tempo/onset.h"

#include <string.h>

bool mg_history_of(const float *left, const float *right, size_t frames, unsigned rate_hz,
                   mg_odf *ret)
{
    static _Alignas(MG_BLOCK_ALIGN) float l[MG_BLOCK_FRAMES], r[MG_BLOCK_FRAMES];
    mg_stream_info info = {.sample_rate_hz = rate_hz, .channels = 2};
    mg_onset *onset = NULL;
    mg_mono *streams = NULL;
    *ret = MG_ODF_INIT;
    mg_err err = mg_onset_new(&onset, &info);
    if (err == MG_OK)
        err = mg_mono_new(&streams, rate_hz);
    for (size_t at = 0; at < frames && err == MG_OK; at += MG_BLOCK_FRAMES) {
        size_t count = frames - at < MG_BLOCK_FRAMES ? frames - at : MG_BLOCK_FRAMES;
        memcpy(l, left + at, count * sizeof(float));
        memcpy(r, right + at, count * sizeof(float));
        mg_block block = {.start_frame = at, .frames = count, .left = l, .right = r};
        err = mg_onset_push(onset, mg_mono_push(streams, &block), ret);
    }
    if (err == MG_OK)
        err = mg_onset_push(onset, mg_mono_end(streams), ret);
    if (err == MG_OK)
        err = mg_onset_flush(onset, ret);
    mg_onset_free(onset);
    mg_mono_free(streams);
    return err == MG_OK;
}

bool mg_history_write(const mg_tempo_history *h, FILE *out)
{
    fprintf(out, "H %s %d %d %d %.9f %.9f %u %zu\n", h->name, h->ambiguous, h->has_grid, h->has_bar,
            h->bpm, h->first_beat_s, h->downbeat, h->odf.frames);
    for (size_t i = 0; i < h->odf.frames; i++)
        for (unsigned r = 0; r < MG_ODF_ROWS; r++)
            putc(mg_odf_get(&h->odf, r, i), out);
    return !ferror(out);
}

bool mg_history_read(FILE *in, mg_tempo_history *ret)
{
    mg_tempo_history h = {.odf = MG_ODF_INIT};
    int ambiguous, has_grid, has_bar;
    size_t frames;
    if (fscanf(in, "H %63s %d %d %d %lf %lf %u %zu", h.name, &ambiguous, &has_grid, &has_bar,
               &h.bpm, &h.first_beat_s, &h.downbeat, &frames) != 8 ||
        getc(in) != '\n')
        return false;
    h.ambiguous = ambiguous;
    h.has_grid = has_grid;
    h.has_bar = has_bar;
    for (size_t i = 0; i < frames; i++) {
        uint8_t row[MG_ODF_ROWS];
        if (fread(row, 1, sizeof(row), in) != sizeof(row) || mg_odf_push(&h.odf, row) != MG_OK) {
            mg_odf_done(&h.odf);
            return false;
        }
    }
    *ret = h;
    return true;
}
