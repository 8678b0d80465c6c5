/* The mid signal at about 2 kHz, for what looks at low frequencies only (dsp/technical/hum.h,
 * dsp/technical/infrasound.h): averages over whole cells of MG_CELL_FRAMES frames, 16 frames at
 * 44.1 and 48 kHz. Averaging attenuates by less than 0.2 dB to 250 Hz at these rates, and takes
 * what would alias onto a frequency below 20 Hz down by at least 40 dB. Caller's memory.
 */
#ifndef MG_DSP_TECHNICAL_LOW_STREAM_H
#define MG_DSP_TECHNICAL_LOW_STREAM_H

#include "dsp/block.h"
#include "dsp/kernels/kernels.h"

enum {
    MG_LOW_BLOCK = MG_BLOCK_FRAMES / MG_CELL_FRAMES, /* most averages of a block */
    MG_LOW_RATE_MAX = 4000,
};

typedef struct mg_low_stream {
    const mg_kernels *kernels;
    unsigned cells; /* in an average */
    unsigned in_sum;
    float sum;
    double rate_hz; /* of the averages: 500 .. MG_LOW_RATE_MAX */
    float out[MG_LOW_BLOCK];
} mg_low_stream;

void mg_low_stream_init(mg_low_stream *stream, unsigned rate_hz, const mg_kernels *kernels);
/** The next block of the mid signal; the averages it completes are in stream->out. The incomplete
 *  cell at the end of a file is left out. @return how many */
size_t mg_low_stream_push(mg_low_stream *stream, const float *mid, size_t frames);

#endif
