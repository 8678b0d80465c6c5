#include "dsp/spectrum/band_powers.h"

#include "dsp/kernels/kernels.h"
#include "dsp/signal/fft.h"
#include "dsp/spectrum/gated.h"
#include "dsp/spectrum/step_ring.h"
#include "dsp/signal/time_grid.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

enum {
    EDGES = MG_THIRD_OCTAVES + 1 + MG_BANDS + 1 + 1, /* the six bands adjoin; 120 Hz */
    SEGMENTS = EDGES - 1,
    PER_SEGMENT = 3, /* ll, rr, lr */
    K_WEIGHTED = SEGMENTS * PER_SEGMENT,
    WIDTH = K_WEIGHTED + PER_SEGMENT,
    SPLIT_THIRD_OCTAVE = 14, /* 500 Hz */
};

static const double low_end_hz = 120.0;
static const double long_window_s = 1.4, short_window_s = 0.09;
static const double least_low_rate_hz = 1200.0; /* its pass band must reach the split */

/* The bins of a segment: whole ones between two that belong to it in part. */
typedef struct segment {
    unsigned first, last; /* last < first: empty */
    double first_share, last_share;
} segment;

typedef struct transform {
    mg_transform_shape shape;
    unsigned first_segment, end_segment;
    segment segment[SEGMENTS];
    unsigned whole_first[SEGMENTS], whole_end[SEGMENTS]; /* bins that belong to a segment alone */
    float *k_weight;  /* [bins]: squared gain times the bin's share on this side of the split */
    double *envelope; /* [n + 1]: running sum of what a frame's energy is shared out by */
} transform;

struct mg_band_powers {
    const mg_kernels *kernels;
    unsigned rate_hz;
    double edge_hz[EDGES];
    transform transform[MG_TRANSFORMS];
    mg_step_ring steps;   /* [WIDTH] each */
    mg_step_ring bands;   /* the six bands of complete steps, both channels added */
    uint64_t closed;      /* steps */
    mg_gated *blocks;     /* 400 ms by momentary loudness */
    mg_gated *loudest;    /* 3 s by short-term loudness */
    double total[WIDTH];
};

double mg_third_octave_edge_hz(unsigned t)
{
    return pow(10.0, (t + 12.5) / 10.0);
}

double mg_split_hz(void)
{
    return mg_third_octave_edge_hz(SPLIT_THIRD_OCTAVE);
}

mg_transform_shape mg_transform_shape_for(mg_transform which, unsigned rate_hz)
{
    mg_transform_shape shape = {.factor = 1};
    if (which == MG_TRANSFORM_LOW) {
        while (shape.factor < 64 && rate_hz / (2.0 * shape.factor) >= least_low_rate_hz)
            shape.factor *= 2;
    }
    double rate = (double)rate_hz / shape.factor;
    double seconds = which == MG_TRANSFORM_LOW ? long_window_s : short_window_s;
    shape.n = mg_fft_good_length((unsigned)ceil(seconds * rate));
    shape.bin_hz = rate / shape.n;
    if (which == MG_TRANSFORM_LOW) {
        shape.hop = shape.n / 2;
        shape.bins = (unsigned)(mg_split_hz() / shape.bin_hz) + 3;
    } else {
        shape.hop = shape.n / 4 * 3; /* slopes of a quarter: enough above the split, and cheaper */
        shape.bins = shape.n / 2 + 1;
    }
    return shape;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void list_edges(double *edge)
{
    unsigned n = 0;
    for (unsigned t = 0; t <= MG_THIRD_OCTAVES; t++)
        edge[n++] = mg_third_octave_edge_hz(t);
    for (unsigned b = 0; b < MG_BANDS; b++)
        edge[n++] = mg_band_low_hz[b];
    edge[n++] = mg_band_high_hz[MG_BANDS - 1];
    edge[n++] = low_end_hz;
    qsort(edge, n, sizeof *edge, by_value);
}

/* Bin k covers k - 1/2 .. k + 1/2 bins. What lies beyond the last bin is left out. */
static segment segment_design(double low_hz, double high_hz, const mg_transform_shape *shape)
{
    double end = (double)shape->bins;
    double low = fmin(low_hz / shape->bin_hz + 0.5, end);
    double high = fmin(high_hz / shape->bin_hz + 0.5, end);
    segment s = {.first = (unsigned)low, .last = (unsigned)high};
    s.first_share = 1.0 - (low - s.first);
    s.last_share = high - s.last;
    if (s.first == s.last)
        s.first_share += s.last_share - 1.0;
    if (s.last >= shape->bins) { /* ends with the last bin */
        s.last = shape->bins - 1;
        s.last_share = s.first == s.last ? s.first_share : 1.0;
    }
    return s;
}

static void set_segment(transform *t, unsigned i, segment s)
{
    t->segment[i] = s;
    if (s.last > s.first) {
        t->whole_first[i] = s.first + 1;
        t->whole_end[i] = s.last;
    }
}

double mg_k_power_gain(const mg_kweight_taps *t, double hz, unsigned rate_hz)
{
    double complex z = cexp(-2.0 * M_PI * I * hz / rate_hz);
    double complex shelf = (t->b0 + z * (t->b1 + z * t->b2)) / (1.0 + z * (t->a1 + z * t->a2));
    double complex high = (1.0 + z * (z - 2.0)) / (1.0 + z * (t->c1 + z * t->c2));
    double gain = cabs(shelf * high);
    return gain * gain;
}

static mg_err transform_init(transform *t, mg_transform which, const mg_band_powers *p)
{
    t->shape = mg_transform_shape_for(which, p->rate_hz);
    const mg_transform_shape *shape = &t->shape;
    unsigned split = 0;
    while (p->edge_hz[split] < mg_split_hz())
        split++;
    t->first_segment = which == MG_TRANSFORM_LOW ? 0 : split;
    t->end_segment = which == MG_TRANSFORM_LOW ? split : SEGMENTS;
    for (unsigned s = t->first_segment; s < t->end_segment; s++)
        set_segment(t, s, segment_design(p->edge_hz[s], p->edge_hz[s + 1], shape));

    t->k_weight = malloc(shape->bins * sizeof *t->k_weight);
    t->envelope = malloc((shape->n + 1) * sizeof *t->envelope);
    float *window = malloc(shape->n * sizeof *window);
    if (!t->k_weight || !t->envelope || !window) {
        free(window);
        return MG_E_NOMEM;
    }
    mg_kweight_taps taps = mg_kweight_design(p->rate_hz);
    for (unsigned k = 0; k < shape->bins; k++) {
        double below = fmin(fmax(mg_split_hz() / shape->bin_hz + 0.5 - k, 0.0), 1.0);
        double share = which == MG_TRANSFORM_LOW ? below : 1.0 - below;
        t->k_weight[k] = (float)(share * mg_k_power_gain(&taps, k * shape->bin_hz, p->rate_hz));
    }
    mg_window_power(window, shape->n, shape->hop);
    t->envelope[0] = 0.0;
    for (unsigned i = 0; i < shape->n; i++)
        t->envelope[i + 1] = t->envelope[i] + (double)window[i] * (double)window[i];
    free(window);
    return MG_OK;
}

mg_err mg_band_powers_new(mg_band_powers **ret, unsigned sample_rate_hz)
{
    mg_band_powers *p = calloc(1, sizeof *p);
    if (!p)
        return MG_E_NOMEM;
    p->kernels = mg_kernels_best();
    p->rate_hz = sample_rate_hz;
    list_edges(p->edge_hz);
    mg_err err = mg_step_ring_init(&p->steps, WIDTH);
    if (err == MG_OK)
        err = mg_step_ring_init(&p->bands, MG_BANDS);
    if (err == MG_OK)
        err = mg_gated_new(&p->blocks, WIDTH, MG_GATED_FINE_LU);
    if (err == MG_OK)
        err = mg_gated_new(&p->loudest, MG_BANDS, MG_GATED_FINE_LU);
    for (unsigned i = 0; i < MG_TRANSFORMS && err == MG_OK; i++)
        err = transform_init(&p->transform[i], i, p);
    if (err != MG_OK) {
        mg_band_powers_free(p);
        return err;
    }
    *ret = p;
    return MG_OK;
}

void mg_band_powers_free(mg_band_powers *powers)
{
    if (!powers)
        return;
    mg_step_ring_done(&powers->steps);
    mg_step_ring_done(&powers->bands);
    mg_gated_free(powers->blocks);
    mg_gated_free(powers->loudest);
    for (unsigned i = 0; i < MG_TRANSFORMS; i++) {
        free(powers->transform[i].k_weight);
        free(powers->transform[i].envelope);
    }
    free(powers);
}

/* Energies of a frame; only the transform's own segments are written. */
static void frame_sums(const mg_band_powers *p, const transform *t, const mg_stft_frame *f,
                       double *v)
{
    const float *part[PER_SEGMENT] = {f->ll, f->rr, f->lr};
    unsigned first = t->first_segment, count = t->end_segment - t->first_segment;
    float whole[SEGMENTS];
    for (unsigned c = 0; c < PER_SEGMENT; c++) {
        const float *x = part[c];
        p->kernels->pieces(x, t->whole_first + first, t->whole_end + first, count, whole);
        for (unsigned i = 0; i < count; i++) {
            const segment *s = &t->segment[first + i];
            double sum = whole[i];
            if (s->last >= s->first)
                sum += s->first_share * x[s->first];
            if (s->last > s->first)
                sum += s->last_share * x[s->last];
            v[(first + i) * PER_SEGMENT + c] = t->shape.factor * sum;
        }
        v[K_WEIGHTED + c] =
            t->shape.factor * (double)p->kernels->dot(x, t->k_weight, t->shape.bins);
    }
}

static void add_share(const transform *t, const double *v, double share, double *step)
{
    for (unsigned i = t->first_segment * PER_SEGMENT; i < t->end_segment * PER_SEGMENT; i++)
        step[i] += share * v[i];
    for (unsigned i = K_WEIGHTED; i < WIDTH; i++)
        step[i] += share * v[i];
}

/* In long frames, where the energy lies: running sum of the squared windowed samples. */
static void energy_envelope(transform *t, const mg_stft_frame *f)
{
    double sum = 0.0;
    for (unsigned i = 0; i < t->shape.n; i++) {
        sum += (double)f->left[i] * f->left[i] + (double)f->right[i] * f->right[i];
        t->envelope[i + 1] = sum;
    }
}

void mg_band_powers_add(mg_band_powers *p, mg_transform which, const mg_stft_frame *frame,
                        int64_t total)
{
    transform *t = &p->transform[which];
    unsigned factor = t->shape.factor;
    double v[WIDTH];
    frame_sums(p, t, frame, v);
    if (which == MG_TRANSFORM_LOW)
        energy_envelope(t, frame);

    /* Silence before t = 0 and after the end has no part in it. */
    int64_t first = frame->start > 0 ? frame->start : 0;
    int64_t end = frame->start + t->shape.n < total ? frame->start + t->shape.n : total;
    double whole = t->envelope[end - frame->start] - t->envelope[first - frame->start];
    if (!(whole > 0.0))
        return;
    uint64_t step = (uint64_t)first * factor * 10 / p->rate_hz;
    for (int64_t at = first; at < end; step++) {
        uint64_t next_frame = mg_step_frame(p->rate_hz, step + 1);
        int64_t next = (int64_t)((next_frame + factor - 1) / factor);
        if (next > end)
            next = end;
        double part = t->envelope[next - frame->start] - t->envelope[at - frame->start];
        if (next > at)
            add_share(t, v, part / whole, mg_step_ring_at(&p->steps, step));
        at = next;
    }
}

/* The segments between two edges. */
static void add_segments(const mg_band_powers *p, const double *v, double low_hz, double high_hz,
                         mg_cross *sum)
{
    for (unsigned s = 0; s < SEGMENTS; s++) {
        if (p->edge_hz[s] < low_hz || p->edge_hz[s] >= high_hz)
            continue;
        sum->ll += v[s * PER_SEGMENT];
        sum->rr += v[s * PER_SEGMENT + 1];
        sum->lr += v[s * PER_SEGMENT + 2];
    }
}

static void close_step(mg_band_powers *p, const mg_loudness *loudness, uint64_t step)
{
    double block[WIDTH], window[MG_BANDS];
    const double *v = mg_step_ring_at(&p->steps, step);
    double *bands = mg_step_ring_at(&p->bands, step);
    for (unsigned b = 0; b < MG_BANDS; b++) {
        mg_cross sum = {0};
        add_segments(p, v, mg_band_low_hz[b], mg_band_high_hz[b], &sum);
        bands[b] = sum.ll + sum.rr;
    }
    double momentary = mg_loudness_momentary(loudness, (size_t)step);
    if (step + 1 >= MG_MOMENTARY_STEPS && momentary >= MG_GATED_LOW_LUFS) {
        mg_step_ring_sum(&p->steps, step, MG_MOMENTARY_STEPS, block);
        mg_gated_add(p->blocks, momentary, block);
    }
    double short_term = mg_loudness_short_term(loudness, (size_t)step);
    if (step + 1 >= MG_SHORT_TERM_STEPS && short_term >= MG_GATED_LOW_LUFS) {
        mg_step_ring_sum(&p->bands, step, MG_SHORT_TERM_STEPS, window);
        mg_gated_add(p->loudest, short_term, window);
    }
}

void mg_band_powers_settle(mg_band_powers *p, const mg_loudness *loudness, uint64_t covered)
{
    uint64_t known = mg_loudness_steps(loudness);
    while (p->closed < known && mg_step_frame(p->rate_hz, p->closed + 1) <= covered)
        close_step(p, loudness, p->closed++);
}

mg_band_totals mg_band_powers_total(mg_band_powers *p, double gate_lufs)
{
    mg_band_totals totals = {.sum = p->total};
    totals.blocks = mg_gated_total(p->blocks, gate_lufs, p->total);
    if (totals.blocks > 0)
        totals.scale = 10.0 / ((double)totals.blocks * MG_MOMENTARY_STEPS * p->rate_hz);
    return totals;
}

mg_cross mg_band_powers_range(const mg_band_powers *p, const mg_band_totals *totals,
                              double low_hz, double high_hz)
{
    mg_cross sum = {0};
    add_segments(p, totals->sum, low_hz, high_hz, &sum);
    return (mg_cross){sum.ll * totals->scale, sum.rr * totals->scale, sum.lr * totals->scale};
}

mg_cross mg_band_powers_k_weighted(const mg_band_totals *totals)
{
    const double *v = totals->sum + K_WEIGHTED;
    return (mg_cross){v[0] * totals->scale, v[1] * totals->scale, v[2] * totals->scale};
}

uint64_t mg_band_powers_loudest(mg_band_powers *p, double short_term_lufs, double ret[MG_BANDS])
{
    return mg_gated_total(p->loudest, short_term_lufs, ret);
}
