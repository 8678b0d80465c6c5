#include "dsp/spectrum/origin.h"

#include <math.h>
#include <stdint.h>

enum { PER_KHZ = 10 /* cells */ };

static const double least_probability = 0.02, most_probability = 0.97;
/* Audio that never was an MP3 gave 3 to 8; LAME at 128 kbit/s mostly over 20, some under 12. */
static const double mp3_contrast = 9.5;

static double mean_of(const double *x, size_t first, size_t end)
{
    double sum = 0.0;
    for (size_t i = first; i < end; i++)
        sum += x[i];
    return sum / (double)(end - first);
}

/* Value at `at` of the straight line through x[first..end), which does not rise. */
static double line_at(const double *x, size_t first, size_t end, double at)
{
    double n = (double)(end - first), sx = 0.0, sy = 0.0, sxx = 0.0, sxy = 0.0;
    for (size_t i = first; i < end; i++) {
        double d = (double)(i - first);
        sx += d;
        sy += x[i];
        sxx += d * d;
        sxy += d * x[i];
    }
    double slope = fmin(0.0, (n * sxy - sx * sy) / (n * sxx - sx * sx));
    return sy / n + slope * (at - (double)first - sx / n);
}

/* How far the spectrum falls beyond the straight line through the 4 kHz before the edge: a codec's
 * low-pass is a wall of some hundred Hz, whereas tape, microphones and equalisers roll off. */
static double excess_drop_db(const mg_cell_levels *l)
{
    size_t edge = l->edge;
    return line_at(l->high_db, edge - 42, edge - 2, (double)edge + 10.0) - l->floor_db;
}

static double held(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* Where LAME (96 to 320 kbit/s, V2, V5), ffmpeg's AAC and Opus end the spectrum. 16 kHz is where
 * MP3's last band begins, which LAME leaves empty at 128 kbit/s in dense music. */
static const double codec_edge_hz[][2] = {
    {15100.0, 15300.0}, {15900.0, 16100.0}, {16500.0, 17000.0}, {17200.0, 17600.0},
    {18600.0, 18900.0}, {19300.0, 19500.0}, {20000.0, 20400.0}};

static bool at_codec_edge(double hz)
{
    for (size_t i = 0; i < sizeof codec_edge_hz / sizeof *codec_edge_hz; i++) {
        if (hz >= codec_edge_hz[i][0] && hz <= codec_edge_hz[i][1])
            return true;
    }
    return false;
}

void mg_lossy_features(const mg_cell_levels *l, double ret[MG_LOSSY_FEATURES])
{
    double hz = 100.0 * (double)l->edge;
    bool low = hz >= 14900.0 && hz <= 19800.0, high = hz > 19800.0 && hz <= 20600.0;
    size_t top = l->edge >= 10 * PER_KHZ ? l->edge : 18 * PER_KHZ;
    double flicker_db =
        mean_of(l->flicker_db, top - 15, top - 2) - mean_of(l->flicker_db, top - 60, top - 40);
    ret[0] = 1.0;
    ret[1] = low || high ? held(excess_drop_db(l), 0.0, 45.0) / 10.0 : 0.0;
    ret[2] = low;
    ret[3] = high;
    ret[4] = at_codec_edge(hz);
    ret[5] = mean_of(l->empty, top - 12, top - 2) - mean_of(l->empty, top - 50, top - 30);
    ret[5] = low || high ? ret[5] : 0.0;
    ret[6] = held(flicker_db, 0.0, low || high ? 10.0 : 2.0);
}

/* Printed by bench/learn/train_lossy.py. */
static const double lossy_weight[MG_LOSSY_FEATURES] = {-2.570, 0.210, -0.465, 0.583,
                                                       3.705,  0.308, 0.684};

mg_value mg_lossy_probability(const mg_cell_levels *levels)
{
    if (levels->rate_hz < 44100)
        return mg_none(MG_WHY_ABOVE_BAND_LIMIT);
    double feature[MG_LOSSY_FEATURES], z = 0.0;
    mg_lossy_features(levels, feature);
    for (int i = 0; i < MG_LOSSY_FEATURES; i++)
        z += lossy_weight[i] * feature[i];
    return mg_some(held(1.0 / (1.0 + exp(-z)), least_probability, most_probability));
}

double mg_mp3_probability(double contrast)
{
    return most_probability / (1.0 + exp((mp3_contrast - contrast) / 0.6));
}

/* Rates that audio is recorded, sampled and sold at. */
static const unsigned source_rates[] = {8000,  11025, 16000, 22050, 24000, 32000,
                                        44100, 48000, 88200, 96000};
/* Steep resamplers cut between 0.935 and 1 of half the lower rate, gentle ones fold back what lies
 * up to 1.19 of it. Below 20 kHz only steep ones are looked for: codecs and filters end there
 * too. */
static const double lowest_cut = 0.935, highest_cut = 1.005, gentle_from = 0.9,
                    gentle_fall = 1.03, gentle_to = 1.19;
static const unsigned gentle_least_hz = 44100;

/* Nothing but the floor from cell `first` to the top. */
static bool is_empty_above(const mg_cell_levels *l, size_t first, double floor_db)
{
    size_t end = (size_t)(0.49 * l->rate_hz / 100.0);
    for (size_t i = first; i < end && i < l->cells; i++) {
        if (l->high_db[i] > floor_db + 12.0)
            return false;
    }
    return true;
}

/* How far the level falls at half of a rate, with nothing above; 0: not there. */
static double steep_fall_db(const mg_cell_levels *l, double half_hz)
{
    double hz = 100.0 * (double)l->edge;
    if (l->edge < 42 || hz < lowest_cut * half_hz || hz > highest_cut * half_hz + 50.0 ||
        !is_empty_above(l, l->edge + 8, l->floor_db))
        return 0.0;
    return excess_drop_db(l);
}

/* The first cell 6 dB under the line through x[from - 40..from). */
static size_t falls_at(const double *x, size_t from, size_t to)
{
    size_t i = from;
    while (i < to && x[i] > line_at(x, from - 40, from, (double)i) - 6.0)
        i++;
    return i;
}

static double gentle_fall_db(const mg_cell_levels *l, double half_hz)
{
    size_t from = (size_t)(gentle_from * half_hz / 100.0);
    size_t to = (size_t)(gentle_to * half_hz / 100.0) + 1;
    if (100.0 * (double)(to + 10) > 0.49 * l->rate_hz)
        return 0.0;
    double floor_db = mean_of(l->high_db, to, to + 8);
    double fall_hz = 100.0 * (double)falls_at(l->high_db, from, to);
    if (fall_hz < lowest_cut * half_hz || fall_hz > gentle_fall * half_hz ||
        !is_empty_above(l, to, floor_db))
        return 0.0;
    return line_at(l->high_db, from - 40, from, (double)to) - floor_db;
}

/* Of a wall at the right place. At 16 kHz codecs cut as well. */
static double upsampled_probability(const mg_cell_levels *l, unsigned source_hz)
{
    double fall_db = steep_fall_db(l, 0.5 * source_hz);
    if (source_hz >= gentle_least_hz)
        fall_db = fmax(fall_db, gentle_fall_db(l, 0.5 * source_hz));
    double p = 0.97 / (1.0 + exp((30.0 - fall_db) / 4.0));
    return source_hz == 32000 ? 0.6 * p : p;
}

mg_upsampled mg_find_upsampled(const mg_cell_levels *levels)
{
    unsigned best_hz = 0;
    double best = 0.03;
    for (size_t i = 0; i < sizeof source_rates / sizeof *source_rates; i++) {
        if ((uint64_t)source_rates[i] * 100 > (uint64_t)levels->rate_hz * 97)
            break;
        double p = upsampled_probability(levels, source_rates[i]);
        if (p > best) {
            best = p;
            best_hz = source_rates[i];
        }
    }
    if (best >= 0.5)
        return (mg_upsampled){mg_some(best_hz), mg_some(best)};
    return (mg_upsampled){mg_none(MG_WHY_NOT_APPLICABLE), mg_some(1.0 - best)};
}
