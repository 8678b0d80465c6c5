/* Whether audio still lies in the frames of an MP3 that it was decoded from.
 *
 * An MP3 encoder splits the signal into 576 lines, granule by granule of 576 samples, and rounds
 * what it can spare to zero. Split the decoded audio by the same filter bank, beginning
 * where the encoder began, and the zeros come back, in any music, however dark; begin one sample
 * off, and they are gone. So at every one of the 576 places the mean logarithm of the powers is
 * taken, and one place that is emptier than its neighbours, by far more than any other, is the
 * frame grid. Levels do not matter; a change of sampling rate, time or shape of the wave blurs the
 * grid, and so do bit rates that leave little out.
 *
 * The analysis is that of ISO/IEC 11172-3: polyphase filter, MDCT of 36, alias reduction. Of the
 * filter, whose prototype is a sum of eight cosines, six of the 32 bands are looked at: 90 lines of
 * 13.3 to 21.1 % of the sampling rate (5.9..9.3 kHz at 44.1 kHz), in at most eight blocks, further
 * and further apart. Memory is fixed (10 KB); not thread-safe.
 */
#ifndef MG_DSP_SPECTRUM_MP3_FRAMES_H
#define MG_DSP_SPECTRUM_MP3_FRAMES_H

#include "base/error.h"
#include "dsp/block.h"

enum { MG_MP3_GRANULE = 576 };

typedef struct mg_mp3_frames mg_mp3_frames;

/** @return MG_OK; MG_E_NOMEM */
mg_err mg_mp3_frames_new(mg_mp3_frames **ret);
void mg_mp3_frames_free(mg_mp3_frames *frames);
/** The next block; most are only passed over. */
void mg_mp3_frames_push(mg_mp3_frames *frames, const mg_block *block);

typedef struct mg_mp3_trace {
    unsigned blocks; /* that were looked at; 0: nothing is known */
    unsigned place;  /* of the grid: its granules begin there modulo 576 */
    double contrast; /* how far it is emptier than the places beside it, in units of what the other
                        places vary by */
} mg_mp3_trace;

mg_mp3_trace mg_mp3_frames_find(const mg_mp3_frames *frames);

#endif
