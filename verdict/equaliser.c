#include "verdict/equaliser.h"

#include "base/json_write.h"
#include "verdict/score.h"

#include <math.h>

/* A third octave, or the part of one that lies in a band. */
typedef struct cell {
    double hz, power;
    unsigned band;
} cell;

enum { CELLS_MAX = MG_THIRD_OCTAVES + MG_BANDS };

typedef struct spread {
    cell cells[CELLS_MAX];
    unsigned count;
} spread;

double mg_equaliser_hz(unsigned band)
{
    if (band == MG_BANDS - 1)
        return mg_band_low_hz[band];
    return sqrt(mg_band_low_hz[band] * mg_band_high_hz[band]);
}

/* One cell for every third octave that reaches into the band, scaled to the band's share. */
static void add_band(spread *mix, const mg_spectrum_result *s, unsigned band)
{
    const double half = pow(10.0, 0.05), share = mg_or(s->loudest_band_share[band], 0.0);
    const unsigned first = mix->count;
    double sum = 0.0;
    for (unsigned t = 0; t < MG_THIRD_OCTAVES; t++) {
        double low = fmax(mg_third_octave_hz(t) / half, mg_band_low_hz[band]);
        double high = fmin(mg_third_octave_hz(t) * half, mg_band_high_hz[band]);
        if (low >= high || !mg_has(s->third_octave_db[t]))
            continue;
        double power = pow(10.0, s->third_octave_db[t].v / 10.0) * log(high / low);
        sum += power;
        mix->cells[mix->count++] = (cell){sqrt(low * high), power, band};
    }
    if (!(sum > 0.0)) {
        mix->count = first;
        mix->cells[mix->count++] = (cell){mg_equaliser_hz(band), share, band};
        return;
    }
    for (unsigned i = first; i < mix->count; i++)
        mix->cells[i].power *= share / sum;
}

/* Power gain at x times the middle frequency; a is the root of the amplitude's gain. */
static double bell(double x, double a)
{
    double middle = (1.0 - x * x) * (1.0 - x * x);
    double up = x * a / MG_EQUALISER_Q, down = x / (a * MG_EQUALISER_Q);
    return (middle + up * up) / (middle + down * down);
}

static double high_shelf(double x, double a)
{
    double slope = 2.0 * a * x * x; /* (sqrt(a) x / Q)^2 with Q = 0.707 */
    double up = (1.0 - a * x * x) * (1.0 - a * x * x) + slope;
    double down = (a - x * x) * (a - x * x) + slope;
    return a * a * up / down;
}

static double share_after(const spread *mix, unsigned band, double gain_db)
{
    const double middle_hz = mg_equaliser_hz(band), a = pow(10.0, gain_db / 40.0);
    double in_band = 0.0, sum = 0.0;
    for (unsigned i = 0; i < mix->count; i++) {
        const cell *c = &mix->cells[i];
        double x = c->hz / middle_hz;
        double power = c->power * (band == MG_BANDS - 1 ? high_shelf(x, a) : bell(x, a));
        sum += power;
        in_band += c->band == band ? power : 0.0;
    }
    return sum > 0.0 ? in_band / sum : 0.0;
}

void mg_equaliser_move(const mg_spectrum_result *spectrum, unsigned band, double wanted_db,
                       double *ret_gain_db, double *ret_share)
{
    spread mix = {.count = 0};
    for (unsigned b = 0; b < MG_BANDS; b++)
        add_band(&mix, spectrum, b);
    const double before = mg_share_balance_db(share_after(&mix, band, 0.0));
    const double sign = wanted_db < 0.0 ? -1.0 : 1.0;
    double low = 0.0, high = MG_EQUALISER_MOST_DB;
    for (int i = 0; i < 30; i++) {
        double middle = 0.5 * (low + high);
        double after = mg_share_balance_db(share_after(&mix, band, sign * middle));
        if (fabs(after - before) < fabs(wanted_db))
            low = middle;
        else
            high = middle;
    }
    *ret_gain_db = sign * mg_json_rounded(high, 1);
    *ret_share = share_after(&mix, band, *ret_gain_db);
}
