/* How quiet the file gets, and whether what is left then is noise.
 *
 * The floor is the 5th percentile of the RMS of 100 ms steps (mean over the channels), digital
 * silence left out; in dense music that is music. Hiss is looked for in steps under -36 dBFS: noise
 * bends as sharply in every cell of 16 frames as in the mean of them, and far more for its level
 * than a tone, whereas hats decay and pads are smooth. The level of hiss is the mean of the 3 dB in
 * which most such steps lie; there must be a second of them, and they must be at least half of
 * all steps that lie no higher. Caller's memory; not thread-safe.
 */
#ifndef MG_DSP_TECHNICAL_NOISE_FLOOR_H
#define MG_DSP_TECHNICAL_NOISE_FLOOR_H

#include "dsp/signal/scan.h"

/* Levels in tenths of a dB from -150 dBFS: a histogram instead of a history. */
enum { MG_FLOOR_BINS = 2000 };

typedef struct mg_noise_floor {
    unsigned rate_hz, channels;
    float smooth;                   /* bend over peak: tones lie under it */
    double square;                  /* of the step in work, mean over the channels */
    uint64_t frames, total_frames;
    bool noisy;                     /* the step in work may be hiss */
    float bend_sum, peak_sum, bend_least;
    unsigned cells;
    uint32_t level[MG_FLOOR_BINS], hiss[MG_FLOOR_BINS];
    uint64_t steps;
} mg_noise_floor;

void mg_noise_floor_init(mg_noise_floor *floor, const mg_stream_info *info);
void mg_noise_floor_push(mg_noise_floor *floor, const mg_block *block, const mg_scan *scan);
/* Fills noise_floor_dbfs and hiss_dbfs. */
void mg_noise_floor_finish(const mg_noise_floor *floor, mg_technical_result *result);

#endif
