#include "bench/speed_kernels.h"

#include "dsp/block.h"
#include "dsp/fpenv.h"
#include "dsp/kernels/kernels.h"
#include "dsp/levels/peak_filter.h"
#include "dsp/signal/kweight.h"
#include "dsp/signal/marks.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    N = MG_BLOCK_FRAMES, /* of every call: what stays in the first cache */
    MARGIN = 256,
    HALF_TAPS = 6,
    ROUNDS = 7,
};

static const double round_s = 0.004;

/* Noise at -12 dBFS, and room for what the kernels make of it. */
typedef struct workspace {
    float a[MARGIN + 2 * N + MARGIN], b[MARGIN + 2 * N + MARGIN], c[MARGIN + 2 * N + MARGIN];
    float out[3][2 * N + 16];
    double wide[N];
    unsigned bound[N / 64 + 1];
    mg_peak_filter filter;
    mg_kweight_ahead kweight;
    float sink; /* keeps what is returned */
} workspace;

typedef void run(const mg_kernels *k, workspace *w);

static void run_cells(const mg_kernels *k, workspace *w)
{
    k->cells(w->a + MARGIN, N / MG_CELL_FRAMES, w->out[0], w->out[1]);
}

static void run_averages(const mg_kernels *k, workspace *w)
{
    k->averages(w->a + MARGIN, N / MG_CELL_FRAMES, w->out[0]);
}

static void run_sums(const mg_kernels *k, workspace *w)
{
    mg_lane_sums sums = {{0}, {0}, {0}};
    k->sums(w->a + MARGIN, N, 0, &sums);
    w->sink += sums.peak[0];
}

static void run_interpolate(const mg_kernels *k, workspace *w)
{
    float y[3][MG_CELL_FRAMES];
    for (size_t i = 0; i < N; i += MG_CELL_FRAMES)
        w->sink += k->interpolate(&w->filter.taps, w->a + MARGIN + i, y);
}

static void run_bounds(const mg_kernels *k, workspace *w)
{
    w->sink += k->bounds(w->a + MARGIN, w->b + MARGIN, w->c + MARGIN, N / MG_CELL_FRAMES, 0.5f,
                         1.00001f, w->out[0]);
}

static void run_crests(const mg_kernels *k, workspace *w)
{
    float y[3][MG_CELL_FRAMES];
    unsigned crest[4];
    memcpy(y, w->b + MARGIN, sizeof y);
    for (size_t i = 0; i < N; i += MG_CELL_FRAMES) {
        k->crests(w->a + MARGIN + i, y, 0.0f, 0.2f, 0.2f, crest);
        w->sink += (float)crest[0];
    }
}

static void run_kweight(const mg_kernels *k, workspace *w)
{
    mg_kweight_state state;
    memset(&state, 0, sizeof state);
    k->kweight(&w->kweight, &state, w->a + MARGIN, w->b + MARGIN, N);
    w->sink += (float)state.energy[0];
}

static void run_half_band(const mg_kernels *k, workspace *w)
{
    static const float tap[HALF_TAPS] = {0.31f, -0.1f, 0.06f, -0.04f, 0.02f, -0.01f};
    k->half_band(tap, HALF_TAPS, w->a + MARGIN, w->b + MARGIN, w->out[0], N);
}

static void run_split(const mg_kernels *k, workspace *w)
{
    k->split(w->a + MARGIN, w->out[0], w->out[1], N);
}

static void run_stereo(const mg_kernels *k, workspace *w)
{
    w->sink += k->stereo(w->a + MARGIN, 100.0f, N, w->out[0], w->out[1], w->out[2]);
}

static void run_mix(const mg_kernels *k, workspace *w)
{
    k->mix(w->a + MARGIN, 2.0f, w->b + MARGIN, 0.3f, w->out[0], N);
}

static void run_within(const mg_kernels *k, workspace *w)
{
    w->sink += k->within(w->a + MARGIN, 100.0f, N);
}

static void run_extremes(const mg_kernels *k, workspace *w)
{
    float low = 0.0f, high = 0.0f;
    k->extremes(w->a + MARGIN, N, &low, &high);
    w->sink += high;
}

static void run_outside(const mg_kernels *k, workspace *w)
{
    uint32_t marks[MG_MARKS_WORDS(N)];
    k->outside(w->a + MARGIN, -0.2f, 0.2f, N, marks);
    w->sink += (float)marks[0];
}

static void run_stand_outs(const mg_kernels *k, workspace *w)
{
    uint32_t marks[MG_MARKS_WORDS(N)];
    k->stand_outs(w->a + MARGIN, 0.1f, 1.5f, N, marks);
    w->sink += (float)marks[0];
}

static void run_maxima(const mg_kernels *k, workspace *w)
{
    uint32_t marks[MG_MARKS_WORDS(N)];
    k->maxima(w->c + MARGIN, 0.1f, N, marks);
    w->sink += (float)marks[0];
}

static void run_running(const mg_kernels *k, workspace *w)
{
    k->running(w->a + MARGIN, N - 1, w->wide);
}

static void run_window(const mg_kernels *k, workspace *w)
{
    k->window(w->a + MARGIN, w->b + MARGIN, w->out[0], N);
}

static void run_untangle_cross(const mg_kernels *k, workspace *w)
{
    float *out = w->out[0];
    k->untangle_cross(w->a, w->b, w->c, N / 2, 0.3f, out, w->out[1], w->out[2], out + N);
}

static void run_dot(const mg_kernels *k, workspace *w)
{
    w->sink += k->dot(w->a + MARGIN, w->b + MARGIN, N);
}

static void run_add(const mg_kernels *k, workspace *w)
{
    k->add(w->out[0], w->a + MARGIN, N);
}

static void run_add_wide(const mg_kernels *k, workspace *w)
{
    k->add_wide(w->wide, w->a + MARGIN, N);
}

static void run_half_band_pairs(const mg_kernels *k, workspace *w)
{
    static const float tap[2] = {0.28f, -0.03f};
    k->half_band_pairs(tap, 2, w->a + MARGIN, w->out[0], N);
}

static void run_follow(const mg_kernels *k, workspace *w)
{
    float y = 0.0f;
    k->follow(w->a + MARGIN, 0.006f, &y, N / 8, w->out[0]);
}

static void run_band_pair(const mg_kernels *k, workspace *w)
{
    static const mg_band_taps taps[2] = {{-1.14f, 0.41f, -0.75f, 0.27f},
                                         {-0.37f, 0.2f, 0.4f, 0.2f}};
    mg_band_sums sums[2] = {{{0}, {0}}, {{0}, {0}}};
    k->band_pair(taps, w->a + MARGIN, N / 8, sums);
    w->sink += sums[0].peak[0];
}

static void run_band_lanes(const mg_kernels *k, workspace *w)
{
    static const mg_band_lanes taps = {.high1 = {-1.8}, .high2 = {0.82}, .low1 = {-0.7}};
    mg_band_state state;
    mg_band_lane_sums sums = {{0}, {0}};
    memset(&state, 0, sizeof state);
    k->band_lanes(&taps, &state, w->a + MARGIN, N, &sums);
    w->sink += (float)sums.peak[0];
}

static void run_pairs(const mg_kernels *k, workspace *w)
{
    mg_pair_sums sums = {{0}, {0}, {0}, {0}};
    k->pairs(w->a + MARGIN, w->b + MARGIN, w->c, w->c + N / 8, N / 8, &sums);
    w->sink += sums.ll[0];
}

static void run_untangle(const mg_kernels *k, workspace *w)
{
    k->untangle(w->a, w->b, N / 2, w->out[0]);
}

static void run_untangle_power(const mg_kernels *k, workspace *w)
{
    k->untangle_power(w->a, w->b, N / 2, w->out[0]);
}

static void run_pieces(const mg_kernels *k, workspace *w)
{
    k->pieces(w->a, w->bound, w->bound + 1, N / 64, w->out[0]);
}

static void run_differences(const mg_kernels *k, workspace *w)
{
    k->differences(w->a + MARGIN, w->bound, N / 64, w->out[0]);
}

static void run_peak(const mg_kernels *k, workspace *w)
{
    w->sink += k->peak(w->a + MARGIN, N);
}

static void run_combine(const mg_kernels *k, workspace *w)
{
    const float *row[8];
    for (size_t i = 0; i < 8; i++)
        row[i] = w->a + i * (N / 8);
    k->combine(row, N / 8 / 8, w->b, 8, w->out[0]);
}

static void run_log2s(const mg_kernels *k, workspace *w)
{
    k->log2s(w->c + MARGIN, w->out[0], N);
}

static const struct {
    const char *name, *sample;
    run *run;
    unsigned samples; /* a call */
} kernels[] = {
    {"stereo", "frame of two channels", run_stereo, N},
    {"split", "frame of two channels", run_split, N},
    {"within", "frame", run_within, N},
    {"extremes", "frame", run_extremes, N},
    {"outside", "frame", run_outside, N},
    {"stand_outs", "value", run_stand_outs, N},
    {"mix", "frame", run_mix, N},
    {"cells", "frame", run_cells, N},
    {"averages", "frame", run_averages, N},
    {"sums", "frame", run_sums, N},
    {"kweight", "frame of two channels", run_kweight, N},
    {"bounds", "frame", run_bounds, N},
    {"interpolate", "frame", run_interpolate, N},
    {"crests", "frame", run_crests, N},
    {"band_pair", "frame, two bands", run_band_pair, N},
    {"band_lanes", "frame, four bands", run_band_lanes, N},
    {"half_band", "output, 6 pairs of taps", run_half_band, N},
    {"half_band_pairs", "output, 2 pairs of taps", run_half_band_pairs, N},
    {"follow", "frame", run_follow, N},
    {"pairs", "frame of two channels", run_pairs, N},
    {"window", "value", run_window, N},
    {"untangle", "bin", run_untangle, N / 2},
    {"untangle_power", "bin", run_untangle_power, N / 2},
    {"untangle_cross", "bin of two channels", run_untangle_cross, N / 2},
    {"dot", "bin", run_dot, N},
    {"maxima", "bin", run_maxima, N},
    {"running", "bin", run_running, N - 1},
    {"add", "bin", run_add, N},
    {"add_wide", "bin", run_add_wide, N},
    {"pieces", "bin, pieces of 64", run_pieces, N},
    {"combine", "value, of 8 rows", run_combine, N},
    {"differences", "value, pieces of 64", run_differences, N},
    {"peak", "value", run_peak, N},
    {"log2s", "value", run_log2s, N},
};

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* The best round: whatever disturbs a round makes it longer. */
static double ns_per_sample(run *body, const mg_kernels *table, workspace *w, unsigned samples)
{
    double best = HUGE_VAL;
    for (int round = 0; round < ROUNDS; round++) {
        double start = now_s(), took = 0.0;
        unsigned calls = 0;
        while (took < round_s) {
            for (int i = 0; i < 16; i++)
                body(table, w);
            calls += 16;
            took = now_s() - start;
        }
        best = fmin(best, took / calls);
    }
    return best * 1e9 / samples;
}

static workspace *new_workspace(void)
{
    workspace *w = aligned_alloc(MG_BLOCK_ALIGN,
                                 (sizeof *w + MG_BLOCK_ALIGN - 1) / MG_BLOCK_ALIGN *
                                     MG_BLOCK_ALIGN);
    if (!w)
        return NULL;
    memset(w, 0, sizeof *w);
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof w->a / sizeof *w->a; i++) {
        float *to[] = {&w->a[i], &w->b[i], &w->c[i]};
        for (int k = 0; k < 3; k++) {
            seed = seed * 1664525u + 1013904223u;
            *to[k] = 0.25f * (float)(int32_t)seed / 2147483648.0f;
        }
        w->c[i] = fabsf(w->c[i]) + 1e-6f;
    }
    for (unsigned i = 0; i <= N / 64; i++)
        w->bound[i] = 64 * i;
    w->filter = mg_peak_filter_design();
    const mg_kweight_taps taps = mg_kweight_design(44100);
    w->kweight = mg_kweight_look_ahead(&taps);
    return w;
}

void mg_bench_kernels(void)
{
    workspace *w = new_workspace();
    if (!w)
        return;
    unsigned fp = mg_fpenv_enter();
    printf("\nnanoseconds per sample\n%-16s", "kernel");
    for (unsigned t = 0; mg_kernels_at(t); t++)
        printf("%9s", mg_kernels_at(t)->name);
    printf("%9s  %s\n", "gain", "a sample is a");
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        double first = 0.0, last = 0.0;
        printf("%-16s", kernels[i].name);
        for (unsigned t = 0; mg_kernels_at(t); t++) {
            last = ns_per_sample(kernels[i].run, mg_kernels_at(t), w, kernels[i].samples);
            first = t == 0 ? last : first;
            printf("%9.3f", last);
        }
        printf("%9.1f  %s\n", last / first, kernels[i].sample);
    }
    mg_fpenv_leave(fp);
    free(w);
}
