#include "dsp/technical/low_stream.h"

void mg_low_stream_init(mg_low_stream *stream, unsigned rate_hz, const mg_kernels *kernels)
{
    unsigned cells = rate_hz / (MG_CELL_FRAMES * 2000);
    *stream = (mg_low_stream){.kernels = kernels, .cells = cells ? cells : 1};
    stream->rate_hz = (double)rate_hz / (stream->cells * MG_CELL_FRAMES);
}

size_t mg_low_stream_push(mg_low_stream *stream, const float *mid, size_t frames)
{
    mg_low_stream *s = stream;
    size_t cells = frames / MG_CELL_FRAMES, n = 0;
    s->kernels->averages(mid, cells, s->out);
    if (s->cells == 1)
        return cells;
    for (size_t c = 0; c < cells; c++) {
        s->sum += s->out[c];
        if (++s->in_sum < s->cells)
            continue;
        s->out[n++] = s->sum / (float)s->cells;
        s->sum = 0.0f;
        s->in_sum = 0;
    }
    return n;
}
