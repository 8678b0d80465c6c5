#include "dsp/technical/noise_floor.h"

#include "dsp/signal/time_grid.h"

#include <math.h>

enum { PER_DB = 10, LOWEST_DB = -150, WINDOW = 3 * PER_DB, HISS_STEPS_LEAST = 10 };

static const double quiet_square = 2.5e-4; /* -36 dBFS */
static const double floor_share = 0.05;
static const float smooth_at_48k = 0.25f;  /* a tone at 3.8 kHz; pink noise has 0.6 */
static const float steady_share = 0.25f;   /* gentlest cell over the mean; noise has 0.4 */

static void begin_step(mg_noise_floor *f)
{
    f->square = 0.0;
    f->frames = 0;
    f->noisy = true;
    f->bend_sum = f->peak_sum = 0.0f;
    f->bend_least = HUGE_VALF;
    f->cells = 0;
}

void mg_noise_floor_init(mg_noise_floor *floor, const mg_stream_info *info)
{
    *floor = (mg_noise_floor){.rate_hz = info->sample_rate_hz, .channels = info->channels};
    double ratio = fmin(1.0, 48000.0 / info->sample_rate_hz);
    floor->smooth = smooth_at_48k * (float)(ratio * ratio); /* bends go with the square */
    begin_step(floor);
}

static int bin_of(double square)
{
    double bin = (10.0 * log10(square) - LOWEST_DB) * PER_DB;
    return bin < 0.0 ? 0 : bin >= MG_FLOOR_BINS ? MG_FLOOR_BINS - 1 : (int)bin;
}

static double bin_db(double bin)
{
    return LOWEST_DB + (bin + 0.5) / PER_DB;
}

static bool is_hiss(const mg_noise_floor *f)
{
    return f->noisy && f->cells > 0 && f->bend_sum > f->smooth * f->peak_sum &&
           f->bend_least * (float)f->cells > steady_share * f->bend_sum;
}

static void close_step(mg_noise_floor *f)
{
    double square = f->square / (double)f->frames;
    if (square > 0.0) {
        int bin = bin_of(square);
        f->level[bin]++;
        f->steps++;
        if (is_hiss(f))
            f->hiss[bin]++;
    }
    begin_step(f);
}

/* Cells of a quiet sub-block, as far back as the scan keeps them. */
static void look_closer(mg_noise_floor *f, const mg_scan *scan, ptrdiff_t first, ptrdiff_t end)
{
    for (ptrdiff_t i = first > -MG_SCAN_CELL_HISTORY ? first : -MG_SCAN_CELL_HISTORY; i < end;
         i++) {
        float bend = 0.0f, peak = 0.0f;
        for (unsigned c = 0; c < f->channels; c++) {
            bend += scan->cell[c].bend[i];
            peak += scan->cell[c].peak[i];
        }
        f->bend_sum += bend;
        f->peak_sum += peak;
        f->bend_least = fminf(f->bend_least, bend);
        f->cells++;
    }
}

void mg_noise_floor_push(mg_noise_floor *floor, const mg_block *block, const mg_scan *scan)
{
    mg_noise_floor *f = floor;
    for (size_t i = 0; i < scan->subblocks; i++) {
        const mg_subblock *s = &scan->subblock[i];
        double square = 0.0;
        for (unsigned c = 0; c < f->channels; c++)
            square += s->square[c];
        f->square += square / f->channels;
        f->frames += s->frames;
        f->total_frames += s->frames;
        if (!s->complete)
            continue;
        if (square > quiet_square * s->frames * f->channels) {
            f->noisy = false;
        } else if (f->noisy) {
            int64_t start = (int64_t)mg_subblock_frame(f->rate_hz, s->index);
            int64_t first = start - (int64_t)block->start_frame, end = first + s->frames;
            look_closer(f, scan, (ptrdiff_t)(first / MG_CELL_FRAMES),
                        (ptrdiff_t)(end / MG_CELL_FRAMES));
        }
        if ((s->index + 1) % MG_SUBBLOCKS_PER_STEP == 0)
            close_step(f);
    }
}

/* By nearest rank, at the middle of its bin. */
static mg_value percentile(const mg_noise_floor *f)
{
    if (f->steps == 0)
        return mg_none(f->total_frames ? MG_WHY_SILENT : MG_WHY_TOO_SHORT);
    uint64_t rank = (uint64_t)floor((double)(f->steps - 1) * floor_share + 0.5), seen = 0;
    int bin = 0;
    while (bin < MG_FLOOR_BINS - 1 && (seen += f->level[bin]) <= rank)
        bin++;
    return mg_some(bin_db(bin));
}

static mg_value hiss(const mg_noise_floor *f)
{
    uint64_t in = 0, most = 0, below = 0, below_best = 0;
    int best = -1;
    for (int i = 0; i < MG_FLOOR_BINS; i++) {
        in += f->hiss[i];
        below += f->level[i];
        if (i >= WINDOW)
            in -= f->hiss[i - WINDOW];
        if (in > most) {
            most = in;
            best = i;
            below_best = below;
        }
    }
    if (most < HISS_STEPS_LEAST || 2 * most < below_best)
        return mg_none(MG_WHY_NOT_APPLICABLE);
    double sum = 0.0;
    for (int i = best > WINDOW ? best - WINDOW + 1 : 0; i <= best; i++)
        sum += (double)f->hiss[i] * i;
    return mg_some(bin_db(sum / (double)most));
}

void mg_noise_floor_finish(const mg_noise_floor *floor, mg_technical_result *result)
{
    result->noise_floor_dbfs = percentile(floor);
    result->hiss_dbfs = hiss(floor);
}
