#include "dsp/signal/kweight.h"

#include <math.h>
#include <string.h>

static const double shelf_hz = 1681.974450955533;
static const double shelf_db = 3.999843853973347;
static const double shelf_q = 0.7071752369554196;
static const double shelf_band_power = 0.4996667741545416;
static const double high_pass_hz = 38.13547087602444;
static const double high_pass_q = 0.5003270373238773;

mg_kweight_taps mg_kweight_design(unsigned sample_rate_hz)
{
    mg_kweight_taps taps;
    double k = tan(M_PI * shelf_hz / sample_rate_hz);
    double high = pow(10.0, shelf_db / 20.0);
    double band = pow(high, shelf_band_power);
    double a0 = 1.0 + k / shelf_q + k * k;
    taps.b0 = (high + band * k / shelf_q + k * k) / a0;
    taps.b1 = 2.0 * (k * k - high) / a0;
    taps.b2 = (high - band * k / shelf_q + k * k) / a0;
    taps.a1 = 2.0 * (k * k - 1.0) / a0;
    taps.a2 = (1.0 - k / shelf_q + k * k) / a0;

    k = tan(M_PI * high_pass_hz / sample_rate_hz);
    a0 = 1.0 + k / high_pass_q + k * k;
    taps.c1 = 2.0 * (k * k - 1.0) / a0;
    taps.c2 = (1.0 - k / high_pass_q + k * k) / a0;
    return taps;
}

/* D(z) D(-z) = 1 + (2 a2 - a1^2) z^-2 + a2^2 z^-4. */
static void square_denominator(double a1, double a2, double ret[2])
{
    ret[0] = 2.0 * a2 - a1 * a1;
    ret[1] = a2 * a2;
}

mg_kweight_ahead mg_kweight_look_ahead(const mg_kweight_taps *taps)
{
    mg_kweight_ahead ahead = {.b = {taps->b0, taps->b1, taps->b2}};
    const double mirror[2][3] = {{1.0, -taps->a1, taps->a2}, {1.0, -taps->c1, taps->c2}};
    for (int m = 0; m < 2; m++) {
        double product[7] = {0};
        for (int i = 0; i < 3 + 2 * m; i++) {
            for (int k = 0; k < 3; k++)
                product[i + k] += ahead.b[i] * mirror[m][k];
        }
        memcpy(ahead.b, product, sizeof product);
    }
    square_denominator(taps->a1, taps->a2, ahead.shelf);
    square_denominator(taps->c1, taps->c2, ahead.high_pass);
    return ahead;
}
