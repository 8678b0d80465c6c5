/* The onset history of one file: what the tempo stage keeps of the audio.
 *
 * Rows of one byte per frame and band, at a frame rate that does not depend on the sampling rate.
 * 6 bytes a frame at 170 Hz are 3.5 MiB an hour. After MG_ODF_MAX_FRAMES (three hours) pairs of
 * frames are merged and the frame rate halves, so 12 hours fit in the memory of 3.
 * Not thread-safe; one history per file.
 */
#ifndef MG_DSP_TEMPO_ODF_H
#define MG_DSP_TEMPO_ODF_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define MG_ODF_RATE_HZ 170.0 /* frames per second before any merging: a hop of 5.88 ms */

enum {
    MG_ODF_KICK,  /* 30-151 Hz: mean rise of log power over the band, quarters of a dB */
    MG_ODF_MID,   /* 151 Hz-2.4 kHz: tones, body of the snare */
    MG_ODF_SNARE, /* 2.4-6 kHz: snare, clap, consonants */
    MG_ODF_HAT,   /* 6-10 kHz */
    MG_ODF_BANDS,
    MG_ODF_ATTACK = MG_ODF_BANDS, /* see mg_odf_attack() */
    MG_ODF_LEVEL, /* 151 Hz-10 kHz: mean log power over the bands, halves of a dB; conditioned: how
                     far it falls where the lows rise (dsp/tempo/odf_falls.h) */
    MG_ODF_ROWS,
    MG_ODF_CHUNK_FRAMES = 4096,
    MG_ODF_MAX_CHUNKS = 448, /* 3 hours */
    MG_ODF_MAX_FRAMES = MG_ODF_MAX_CHUNKS * MG_ODF_CHUNK_FRAMES,
    MG_ODF_ATTACK_STEPS = 8, /* positions of an attack inside a frame */
    MG_ODF_ATTACK_LEVELS = 32,
};

typedef struct mg_odf {
    uint8_t (*chunks[MG_ODF_MAX_CHUNKS])[MG_ODF_CHUNK_FRAMES]; /* [row][frame in chunk]; owned */
    size_t first; /* of a part: where frame 0 lies in the chunks */
    size_t frames;
    unsigned merge;  /* input frames per stored frame: 1, 2, 4, ... */
    unsigned merged; /* input frames waiting in `pending` */
    uint8_t pending[MG_ODF_ROWS];
} mg_odf;

#define MG_ODF_INIT ((mg_odf){.merge = 1})

void mg_odf_done(mg_odf *odf);
/** Append one frame. @return MG_OK; MG_E_NOMEM */
mg_err mg_odf_push(mg_odf *odf, const uint8_t row[MG_ODF_ROWS]);

/** Frames [from, to) as a history of their own, whose t = 0 is that of frame 0 of a whole one. It
 *  shares the chunks: neither pushed to nor conditioned, no mg_odf_done(), gone with the whole. */
mg_odf mg_odf_part(const mg_odf *odf, size_t from, size_t to);

/** Stored frames per second. */
double mg_odf_rate_hz(const mg_odf *odf);
/** Time of the middle of stored frame `frame` (may be fractional). */
double mg_odf_time_s(const mg_odf *odf, double frame);
/** The fractional stored frame at a time: the inverse. */
double mg_odf_frame_at(const mg_odf *odf, double time_s);

static inline uint8_t mg_odf_get(const mg_odf *odf, unsigned row, size_t frame)
{
    frame += odf->first;
    return odf->chunks[frame / MG_ODF_CHUNK_FRAMES][row][frame % MG_ODF_CHUNK_FRAMES];
}

static inline void mg_odf_set(mg_odf *odf, unsigned row, size_t frame, uint8_t value)
{
    odf->chunks[frame / MG_ODF_CHUNK_FRAMES][row][frame % MG_ODF_CHUNK_FRAMES] = value;
}

/** The sharpest attack inside stored frame `frame`.
 *  @param ret_time_s  start of the attack, within 0.4 ms before any merging
 *  @return its sharpness 0..31: thirds of an octave of energy ratio after / before */
unsigned mg_odf_attack(const mg_odf *odf, size_t frame, double *ret_time_s);

/** The byte of row MG_ODF_ATTACK. @param step 0..7 of the frame  @param level 0..31 */
static inline uint8_t mg_odf_attack_byte(unsigned step, unsigned level)
{
    return (uint8_t)(level * MG_ODF_ATTACK_STEPS + step);
}

#endif
