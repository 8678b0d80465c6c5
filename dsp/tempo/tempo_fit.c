#include "dsp/tempo/tempo_fit.h"

#include <math.h>
#include <stdlib.h>

static const double window_s = 0.5;
static const double block_s = 64.0; /* over which the first, coarse search is coherent */
static const double multiple[MG_FIT_HARMONICS] = {1, 2, 3, 4};

/* Sum of all bands at a frame. */
static double strength(const mg_odf *odf, size_t frame)
{
    unsigned v = 0;
    for (unsigned b = 0; b < MG_ODF_BANDS; b++)
        v += mg_odf_get(odf, b, frame);
    return v;
}

static void sum_window(mg_tempo_fit *fit, const mg_odf *odf, size_t window, size_t from, size_t to)
{
    double complex z[MG_FIT_HARMONICS], step[MG_FIT_HARMONICS], sum[MG_FIT_HARMONICS] = {0};
    for (unsigned h = 0; h < MG_FIT_HARMONICS; h++) {
        /* Phases start afresh in each window, so rounding does not pile up over the file. */
        double cycles = multiple[h] * fit->pulse_hz * mg_odf_time_s(odf, (double)from);
        z[h] = cexp(-2 * M_PI * I * (cycles - floor(cycles)));
        step[h] = cexp(-2 * M_PI * I * multiple[h] * fit->pulse_hz / mg_odf_rate_hz(odf));
    }
    double weight = 0;
    for (size_t i = from; i < to; i++) {
        double v = strength(odf, i);
        weight += v;
        for (unsigned h = 0; h < MG_FIT_HARMONICS; h++) {
            double re = creal(z[h]), im = cimag(z[h]);
            sum[h] += v * z[h];
            z[h] = (re * creal(step[h]) - im * cimag(step[h])) +
                   I * (re * cimag(step[h]) + im * creal(step[h]));
        }
    }
    fit->weight[window] = weight;
    for (unsigned h = 0; h < MG_FIT_HARMONICS; h++)
        fit->sum[h][window] = sum[h];
}

mg_err mg_tempo_fit_init(mg_tempo_fit *fit, const mg_odf *odf, double pulse_hz)
{
    *fit = (mg_tempo_fit){.pulse_hz = pulse_hz};
    size_t frames = (size_t)(window_s * mg_odf_rate_hz(odf));
    fit->window_s = (double)frames / mg_odf_rate_hz(odf);
    fit->windows = (odf->frames + frames - 1) / frames;
    fit->weight = calloc(fit->windows + 1, sizeof(double));
    bool ok = fit->weight != NULL;
    for (unsigned h = 0; h < MG_FIT_HARMONICS; h++) {
        fit->sum[h] = calloc(fit->windows + 1, sizeof(double complex));
        ok = ok && fit->sum[h] != NULL;
    }
    if (!ok) {
        mg_tempo_fit_done(fit);
        return MG_E_NOMEM;
    }
    for (size_t w = 0; w < fit->windows; w++) {
        size_t from = w * frames, to = from + frames;
        sum_window(fit, odf, w, from, to < odf->frames ? to : odf->frames);
    }
    return MG_OK;
}

void mg_tempo_fit_done(mg_tempo_fit *fit)
{
    for (unsigned h = 0; h < MG_FIT_HARMONICS; h++)
        free(fit->sum[h]);
    free(fit->weight);
    *fit = (mg_tempo_fit){0};
}

double mg_tempo_fit_power(const mg_tempo_fit *fit, unsigned harmonic, double offset_hz, size_t from,
                          size_t to)
{
    /* Horner: sum over the windows of C_w z^(w - from); the phase of the first does not matter. */
    double turn = -2 * M_PI * multiple[harmonic] * offset_hz * fit->window_s;
    double zr = cos(turn), zi = sin(turn), re = 0, im = 0;
    for (size_t w = to; w-- > from;) {
        double r = re * zr - im * zi + creal(fit->sum[harmonic][w]);
        im = re * zi + im * zr + cimag(fit->sum[harmonic][w]);
        re = r;
    }
    return re * re + im * im;
}

/* The powers of all harmonics, their sums side by side: one alone would wait for each of its own
 * steps. */
static double fitness(const mg_tempo_fit *fit, double offset_hz, size_t from, size_t to)
{
    double zr[MG_FIT_HARMONICS], zi[MG_FIT_HARMONICS], sum = 0;
    double re[MG_FIT_HARMONICS] = {0}, im[MG_FIT_HARMONICS] = {0};
    for (unsigned h = 0; h < MG_FIT_HARMONICS; h++) {
        double turn = -2 * M_PI * multiple[h] * offset_hz * fit->window_s;
        zr[h] = cos(turn);
        zi[h] = sin(turn);
    }
    for (size_t w = to; w-- > from;) {
        for (unsigned h = 0; h < MG_FIT_HARMONICS; h++) {
            double r = re[h] * zr[h] - im[h] * zi[h] + creal(fit->sum[h][w]);
            im[h] = re[h] * zi[h] + im[h] * zr[h] + cimag(fit->sum[h][w]);
            re[h] = r;
        }
    }
    for (unsigned h = 0; h < MG_FIT_HARMONICS; h++)
        sum += re[h] * re[h] + im[h] * im[h];
    return sum;
}

static double blockwise_fitness(const mg_tempo_fit *fit, double offset_hz, size_t from, size_t to)
{
    size_t block = (size_t)(block_s / fit->window_s);
    double sum = 0;
    for (size_t w = from; w < to; w += block)
        sum += fitness(fit, offset_hz, w, w + block < to ? w + block : to);
    return sum;
}

/* The best of the offsets middle + i * step, |i| <= half. */
static double search(const mg_tempo_fit *fit, size_t from, size_t to, double middle, double step,
                     long half, bool blockwise)
{
    double best = middle, best_fitness = -1;
    for (long i = -half; i <= half; i++) {
        double offset = middle + (double)i * step;
        double value =
            blockwise ? blockwise_fitness(fit, offset, from, to) : fitness(fit, offset, from, to);
        if (value > best_fitness) {
            best_fitness = value;
            best = offset;
        }
    }
    return best;
}

double mg_tempo_fit_best(const mg_tempo_fit *fit, double share, size_t from, size_t to)
{
    double length_s = (double)(to - from) * fit->window_s;
    double range = share * fit->pulse_hz, step = 1 / (24 * fmin(length_s, block_s));
    double offset = search(fit, from, to, 0, step, (long)ceil(range / step), true);
    if (length_s > block_s) {
        double fine = 1 / (24 * length_s);
        offset = search(fit, from, to, offset, fine, (long)ceil(2 * step / fine), false);
        step = fine;
    }
    for (unsigned round = 0; round < 3; round++) {
        double left = fitness(fit, offset - step, from, to);
        double mid = fitness(fit, offset, from, to);
        double right = fitness(fit, offset + step, from, to);
        double bend = left - 2 * mid + right;
        double move = bend < 0 ? 0.5 * (left - right) / bend : 0;
        offset += step * fmax(-1, fmin(1, move));
        step /= 4;
    }
    return fit->pulse_hz + offset;
}
