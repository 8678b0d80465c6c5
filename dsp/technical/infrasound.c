#include "dsp/technical/infrasound.h"

#include <math.h>
#include <string.h>

static const double edge_hz = 20.0, out_rate_hz = 125.0;
static const double kaiser_beta = 7.86; /* 80 dB */

/* Modified Bessel function of the first kind, order 0. */
static double bessel_i0(double x)
{
    double sum = 1.0, term = 1.0;
    for (int k = 1; k < 40; k++) {
        term *= x / (2.0 * k) * (x / (2.0 * k));
        sum += term;
    }
    return sum;
}

/* Half down at half the new rate, so that nothing folds onto what lies below 20 Hz. */
static void design_decimator(mg_infrasound *f)
{
    double sum = 0.0, tap[MG_INFRA_TAPS_MAX];
    for (unsigned i = 0; i < f->taps; i++) {
        double t = (i - 0.5 * (f->taps - 1)) / f->factor, u = 2.0 * i / (f->taps - 1) - 1.0;
        double sinc = fabs(t) < 1e-9 ? 1.0 : sin(M_PI * t) / (M_PI * t);
        tap[i] = sinc * bessel_i0(kaiser_beta * sqrt(fmax(0.0, 1.0 - u * u)));
        sum += tap[i];
    }
    for (unsigned i = 0; i < f->taps; i++)
        f->tap[i] = (float)(tap[i] / sum);
}

void mg_infrasound_init(mg_infrasound *infra, double rate_hz, const mg_kernels *kernels)
{
    mg_infrasound *f = infra;
    memset(f, 0, sizeof *f);
    f->kernels = kernels;
    f->factor = (unsigned)(rate_hz / out_rate_hz);
    f->taps = MG_INFRA_SPAN * f->factor;
    f->filled = f->taps / 2; /* silence before t = 0 */
    design_decimator(f);
    double k = tan(M_PI * edge_hz * f->factor / rate_hz);
    for (int i = 0; i < MG_INFRA_SECTIONS; i++) {
        double damping = 2.0 * cos(M_PI * (2 * i + 1) / (4.0 * MG_INFRA_SECTIONS));
        double a0 = 1.0 + damping * k + k * k;
        f->section[i].gain = k * k / a0;
        f->section[i].a1 = 2.0 * (k * k - 1.0) / a0;
        f->section[i].a2 = (1.0 - damping * k + k * k) / a0;
    }
}

static void add(mg_infrasound *f, double x)
{
    for (int i = 0; i < MG_INFRA_SECTIONS; i++) {
        mg_infra_section *s = &f->section[i];
        double v = s->gain * x, y = v + s->z1;
        s->z1 = 2.0 * v - s->a1 * y + s->z2;
        s->z2 = v - s->a2 * y;
        x = y;
    }
    f->sum += x;
    f->square += x * x;
    f->n++;
}

void mg_infrasound_push(mg_infrasound *infra, const float *low, size_t n)
{
    mg_infrasound *f = infra;
    memcpy(f->x + f->filled, low, n * sizeof *low);
    unsigned held = f->filled + (unsigned)n, at = 0;
    for (; at + f->taps <= held; at += f->factor)
        add(f, f->kernels->dot(f->x + at, f->tap, f->taps));
    f->filled = held - at;
    memmove(f->x, f->x + at, f->filled * sizeof *f->x);
}

mg_value mg_infrasound_dbfs(const mg_infrasound *infra)
{
    if (infra->n == 0)
        return mg_none(MG_WHY_SILENT);
    double n = (double)infra->n, mean = infra->sum / n;
    double square = infra->square / n - mean * mean;
    return square > 1e-15 ? mg_some(10.0 * log10(square)) : mg_none(MG_WHY_SILENT);
}
