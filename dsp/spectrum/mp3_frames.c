#include "dsp/spectrum/mp3_frames.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TAPS = 512,
    HOP = 32,        /* samples between the values of a band */
    LINES = 18,      /* of the MDCT: values of a band in a granule */
    QUARTER = LINES / 2,
    BAND_FIRST = 8,
    BANDS = 6,
    BANDS_ROOM = 8,
    LINES_ROOM = 20,
    BUTTERFLIES = 8,
    VALUES = 3 * LINES - 1, /* for a granule at every place */
    BLOCKS_ENOUGH = 4, /* if nothing has been seen by then */
    BLOCKS_MOST = 8,
};

typedef struct tables {
    float prototype[TAPS];
    float cosine[HOP][BANDS_ROOM];
    float window[2][2 * LINES]; /* of even and odd bands, which run backwards */
    float dct[LINES][LINES_ROOM];
    float cs[BUTTERFLIES], ca[BUTTERFLIES];
} tables;

struct mg_mp3_frames {
    tables t;
    bool decided;
    unsigned blocks;
    uint64_t next_frame; /* the next block that is looked at begins there or later */
    double contrast[MG_MP3_GRANULE]; /* by place, added over the blocks */
};

static const float least_peak = 0.01f;
static const double filter_gain = 0.143; /* white noise keeps its power */
static const double seen = 6.0;          /* contrasts of other audio stay under it, mostly */

/* The prototype of the standard is this sum to -97 dB. */
static const double prototype_cosine[8] = {0.109168, -0.218343, 0.217523,  -0.205095,
                                           0.154397, -0.074879, 0.018903, -0.001688};
static const double alias_c[BUTTERFLIES] = {-0.6,   -0.535, -0.33,   -0.185,
                                            -0.095, -0.041, -0.0142, -0.0037};

static void fill_filter(tables *t)
{
    for (int n = 0; n < TAPS; n++) {
        double sum = 0.0;
        for (int k = 0; k < 8; k++)
            sum += prototype_cosine[k] * cos(2.0 * M_PI * k * n / TAPS);
        t->prototype[n] = (float)(n / (2 * HOP) % 2 ? -sum : sum); /* half the cosines' period */
    }
    for (int j = 0; j < HOP; j++) {
        for (int k = 0; k < BANDS; k++)
            t->cosine[j][k] =
                (float)(filter_gain * cos((2 * (k + BAND_FIRST) + 1) * j * M_PI / (2 * HOP)));
    }
}

static void fill_transform(tables *t)
{
    for (int i = 0; i < 2 * LINES; i++) {
        t->window[0][i] = (float)sin(M_PI / (2 * LINES) * (i + 0.5));
        t->window[1][i] = i % 2 ? -t->window[0][i] : t->window[0][i];
    }
    for (int i = 0; i < LINES; i++) {
        for (int m = 0; m < LINES; m++)
            t->dct[i][m] = (float)(cos(M_PI / LINES * (i + 0.5) * (m + 0.5)) / 3.0);
    }
    for (int i = 0; i < BUTTERFLIES; i++) {
        t->cs[i] = (float)(1.0 / sqrt(1.0 + alias_c[i] * alias_c[i]));
        t->ca[i] = (float)(alias_c[i] / sqrt(1.0 + alias_c[i] * alias_c[i]));
    }
}

mg_err mg_mp3_frames_new(mg_mp3_frames **ret)
{
    mg_mp3_frames *f = calloc(1, sizeof *f);
    if (!f)
        return MG_E_NOMEM;
    fill_filter(&f->t);
    fill_transform(&f->t);
    f->next_frame = 2 * MG_BLOCK_FRAMES;
    *ret = f;
    return MG_OK;
}

void mg_mp3_frames_free(mg_mp3_frames *frames)
{
    free(frames);
}

typedef float lines[BANDS][LINES_ROOM];

/* Values of the bands; x: oldest first. */
static void split(const tables *t, const float *x, float ret[BANDS_ROOM])
{
    float z[2 * HOP] = {0}, sum[BANDS_ROOM] = {0};
    for (int n = 0; n < TAPS; n += 2 * HOP) {
        for (int i = 0; i < 2 * HOP; i++)
            z[i] += t->prototype[n + i] * x[TAPS - 1 - n - i];
    }
    for (int j = 0; j < HOP; j++) {
        float mirrored = j == 0 ? 0.0f : j <= HOP / 2 ? z[HOP / 2 - j] : -z[5 * HOP / 2 - j];
        for (int k = 0; k < BANDS_ROOM; k++)
            sum[k] += t->cosine[j][k] * (z[HOP / 2 + j] + mirrored);
    }
    memcpy(ret, sum, sizeof sum);
}

static void transform_band(const tables *t, float (*value)[BANDS_ROOM], int k,
                           float ret[LINES_ROOM])
{
    const float *window = t->window[(k + BAND_FIRST) % 2];
    float y[2 * LINES], folded[LINES], sum[LINES_ROOM] = {0};
    for (int i = 0; i < 2 * LINES; i++)
        y[i] = window[i] * value[i][k];
    for (int i = 0; i < QUARTER; i++) {
        folded[i] = -y[3 * QUARTER - 1 - i] - y[3 * QUARTER + i];
        folded[QUARTER + i] = y[i] - y[LINES - 1 - i];
    }
    for (int i = 0; i < LINES; i++) {
        for (int m = 0; m < LINES_ROOM; m++)
            sum[m] += t->dct[i][m] * folded[i];
    }
    memcpy(ret, sum, sizeof sum);
}

/* Lines of the granule that begins with `value`. */
static void transform(const tables *t, float (*value)[BANDS_ROOM], lines ret)
{
    for (int k = 0; k < BANDS; k++)
        transform_band(t, value, k, ret[k]);
    for (int k = 0; k + 1 < BANDS; k++) {
        for (int i = 0; i < BUTTERFLIES; i++) {
            float up = ret[k][LINES - 1 - i], down = ret[k + 1][i];
            ret[k][LINES - 1 - i] = up * t->cs[i] + down * t->ca[i];
            ret[k + 1][i] = down * t->cs[i] - up * t->ca[i];
        }
    }
}

static const float floor_power = 1e-10f;

/* Binary logarithm of a power, straight between powers of two. */
static float log2_of(float power)
{
    int32_t bits;
    power += floor_power;
    memcpy(&bits, &power, sizeof bits);
    return (float)bits * (1.0f / 8388608.0f) - 127.0f;
}

/* Mean over what lines may have been coded as: left and right, or sum and difference. */
static double mean_log_power(lines left, lines right)
{
    float sum[LINES] = {0};
    for (int k = 0; k < BANDS - 1; k++) {
        for (int m = 0; m < LINES; m++) {
            int band = m < LINES / 2 ? k + 1 : k; /* the outer halves lack their neighbours */
            float l = left[band][m], r = right[band][m];
            sum[m] += log2_of(l * l) + log2_of(r * r) + log2_of(0.5f * (l + r) * (l + r)) +
                      log2_of(0.5f * (l - r) * (l - r));
        }
    }
    double total = 0.0;
    for (int m = 0; m < LINES; m++)
        total += (double)sum[m];
    return total / (4 * (BANDS - 1) * LINES);
}

/* By how far each place is emptier than those two and three beside it; at the ends, on one side. */
static void add_contrast(mg_mp3_frames *f, const double *log_power, uint64_t start_frame)
{
    double contrast[MG_MP3_GRANULE], spread = 0.0;
    for (int i = 0; i < MG_MP3_GRANULE; i++) {
        double sum = 0.0, n = 0.0;
        for (int d = -3; d <= 3; d++) {
            if ((d < -1 || d > 1) && i + d >= 0 && i + d < MG_MP3_GRANULE) {
                sum += log_power[i + d];
                n += 1.0;
            }
        }
        contrast[i] = sum / n - log_power[i];
        spread += fabs(contrast[i]) / MG_MP3_GRANULE;
    }
    for (int i = 0; i < MG_MP3_GRANULE && spread > 0.0; i++)
        f->contrast[(start_frame + (uint64_t)i) % MG_MP3_GRANULE] += contrast[i] / spread;
}

static void look_at(mg_mp3_frames *f, const mg_block *block)
{
    double log_power[MG_MP3_GRANULE] = {0};
    for (unsigned shift = 0; shift < HOP; shift++) {
        float value[2][VALUES][BANDS_ROOM];
        for (int v = 0; v < VALUES; v++) {
            split(&f->t, block->left + shift + HOP * v, value[0][v]);
            split(&f->t, block->right + shift + HOP * v, value[1][v]);
        }
        for (unsigned first = 0; first < LINES; first++) {
            lines left, right;
            transform(&f->t, value[0] + first, left);
            transform(&f->t, value[1] + first, right);
            log_power[shift + HOP * first] = mean_log_power(left, right);
        }
    }
    add_contrast(f, log_power, block->start_frame);
    f->blocks++;
}

static bool is_heard(const mg_block *block)
{
    for (size_t i = 0; i < block->frames; i++) {
        if (fabsf(block->left[i]) > least_peak)
            return true;
    }
    return false;
}

mg_mp3_trace mg_mp3_frames_find(const mg_mp3_frames *f)
{
    unsigned best = 0;
    for (unsigned i = 1; i < MG_MP3_GRANULE; i++)
        best = f->contrast[i] > f->contrast[best] ? i : best;
    return (mg_mp3_trace){f->blocks, best, f->blocks ? f->contrast[best] / sqrt(f->blocks) : 0.0};
}

static bool is_decided(const mg_mp3_frames *f)
{
    double contrast = f->blocks >= BLOCKS_ENOUGH / 2 ? mg_mp3_frames_find(f).contrast : seen;
    return f->blocks == BLOCKS_MOST || contrast > 4.0 * seen ||
           (f->blocks >= BLOCKS_ENOUGH && contrast < seen);
}

void mg_mp3_frames_push(mg_mp3_frames *frames, const mg_block *block)
{
    mg_mp3_frames *f = frames;
    if (f->decided || block->start_frame < f->next_frame || block->frames < MG_BLOCK_FRAMES ||
        !is_heard(block))
        return;
    look_at(f, block);
    f->decided = is_decided(f);
    f->next_frame = block->start_frame + block->start_frame / 2 + 4 * MG_BLOCK_FRAMES;
}
