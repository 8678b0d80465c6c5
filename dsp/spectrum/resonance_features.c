#include "dsp/spectrum/resonance_features.h"

#include "dsp/spectrum/resonance_model.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
    CELLS = MG_RESONANCE_CELLS,
    QUANTILES = MG_RESONANCE_QUANTILES,
    REACH = 8,     /* of the shape, cells to either side */
    NEAR = 4,      /* of its middle */
    CONTEXT = 24,  /* an octave to either side */
    SEEN = 2,      /* a candidate is the highest of as many cells to either side */
};

static const double low_hz = 140.0, meet_hz = 430.0, high_hz = 9000.0;
static const double shape_db = 12.0, shape_q = 12.0;
static const double least_height_db = 2.0;
static const double held_to = 3.5; /* deviations of a feature */

/* A bell at +12 dB over 2 REACH + 1 cells (R. Bristow-Johnson's peaking filter), without its mean;
 * straight lines fall out of its product with a curve, since it is even. */
typedef struct bell {
    double shape[2 * REACH + 1], power;
} bell;

static bell bell_design(void)
{
    bell b = {.power = 0.0};
    double mean = 0.0, a = pow(10.0, shape_db / 20.0);
    for (int i = -REACH; i <= REACH; i++) {
        double octaves = (double)i / MG_RESONANCE_PER_OCTAVE;
        double x = shape_q * (exp2(octaves) - exp2(-octaves));
        b.shape[i + REACH] = 10.0 * log10((x * x + a) / (x * x + 1.0 / a));
        mean += b.shape[i + REACH] / (2 * REACH + 1);
    }
    for (int i = 0; i <= 2 * REACH; i++) {
        b.shape[i] -= mean;
        b.power += b.shape[i] * b.shape[i];
    }
    return b;
}

/* A curve's cell; beyond the ends it is mirrored. */
static double at(const double *x, int cells, int i)
{
    if (i < 0)
        i = -i;
    if (i >= cells)
        i = 2 * (cells - 1) - i;
    return x[i < 0 ? 0 : i];
}

/* What a bell on a straight line explains at every cell: its height, and how far the curve is from
 * it near the middle (root of the mean square). */
typedef struct fit {
    double height[CELLS], misfit[CELLS];
} fit;

static void fit_bell(const bell *b, const double *curve, int cells, fit *ret)
{
    double lever = 0.0;
    for (int i = -REACH; i <= REACH; i++)
        lever += (double)i * i;
    for (int c = 0; c < cells; c++) {
        double product = 0.0, slope = 0.0, mean = 0.0, square = 0.0;
        for (int i = -REACH; i <= REACH; i++) {
            double y = at(curve, cells, c + i);
            product += b->shape[i + REACH] * y;
            slope += i * y / lever;
            mean += y / (2 * REACH + 1);
        }
        double scale = product / b->power;
        for (int i = -NEAR; i <= NEAR; i++) {
            double off = at(curve, cells, c + i) - mean - slope * i - scale * b->shape[i + REACH];
            square += off * off / (2 * NEAR + 1);
        }
        ret->height[c] = scale * shape_db;
        ret->misfit[c] = sqrt(square);
    }
}

/* A curve with the fits of its quantiles. */
typedef struct fitted {
    const mg_resonance_curve *curve;
    fit quantile[QUANTILES];
    double middle[CELLS]; /* mean height of the 10, 25 and 50 % quantiles */
} fitted;

static void fit_curve(const bell *b, const mg_resonance_curve *curve, fitted *ret)
{
    ret->curve = curve;
    for (unsigned k = 0; k < QUANTILES; k++)
        fit_bell(b, curve->quantile_db[k], (int)curve->cells, &ret->quantile[k]);
    for (unsigned c = 0; c < curve->cells; c++)
        ret->middle[c] = (ret->quantile[1].height[c] + ret->quantile[2].height[c] +
                          ret->quantile[3].height[c]) / 3.0;
}

static double hz_of(const mg_resonance_curve *curve, double cell)
{
    return curve->first_hz * exp2(cell / MG_RESONANCE_PER_OCTAVE);
}

/* The highest bell within a cell of a frequency; 0 out of range. */
static double height_near(const fitted view[2], double hz)
{
    const fitted *f = &view[hz < meet_hz ? 0 : 1];
    int c = (int)lround(MG_RESONANCE_PER_OCTAVE * log2(hz / f->curve->first_hz));
    if (c < 1 || c + 1 >= (int)f->curve->cells)
        return 0.0;
    return fmax(f->middle[c], fmax(f->middle[c - 1], f->middle[c + 1]));
}

static double harmonic(const fitted view[2], double hz, double ratio)
{
    return fmax(height_near(view, hz * ratio), height_near(view, hz / ratio));
}

/* Of a row of cells within an octave of `c`, but not next to it. */
typedef struct context {
    double most, mean, deviation;
} context;

static context context_of(const double *x, int cells, int c)
{
    int first = c > CONTEXT ? c - CONTEXT : 0, n = 0;
    int end = c + CONTEXT + 1 < cells ? c + CONTEXT + 1 : cells;
    context ret = {.most = -INFINITY};
    double sum = 0.0, square = 0.0;
    for (int i = first; i < end; i++) {
        if (i >= c - NEAR && i <= c + NEAR)
            continue;
        ret.most = fmax(ret.most, x[i]);
        sum += x[i];
        square += x[i] * x[i];
        n++;
    }
    ret.mean = sum / n;
    ret.deviation = sqrt(fmax(square / n - ret.mean * ret.mean, 0.0));
    return ret;
}

static double crowd(const fitted *f, int c)
{
    int n = 0, cells = (int)f->curve->cells;
    for (int i = c - CONTEXT; i <= c + CONTEXT; i++)
        n += i >= 0 && i < cells && (i < c - NEAR || i > c + NEAR) &&
             f->middle[i] > 0.5 * f->middle[c];
    return n;
}

static double loudest_db(const mg_resonance_curve curve[2])
{
    double ret = -200.0;
    for (unsigned w = 0; w < 2; w++) {
        for (unsigned c = 0; c < curve[w].cells; c++)
            ret = fmax(ret, curve[w].level_db[c]);
    }
    return ret;
}

static void features(const fitted view[2], unsigned which, int c, double top_db, double *ret)
{
    const fitted *f = &view[which];
    const mg_resonance_curve *v = f->curve;
    int cells = (int)v->cells, n = 0;
    double hz = hz_of(v, c), spread[CELLS];
    for (unsigned k = 0; k < QUANTILES; k++) {
        context x = context_of(f->quantile[k].height, cells, c);
        double height = f->quantile[k].height[c];
        ret[n++] = height;
        ret[n++] = height - x.most;
        ret[n++] = x.deviation;
    }
    for (unsigned k = 1; k < QUANTILES; k += k < 3 ? 1 : 2)
        ret[n++] = f->quantile[k].misfit[c];
    for (unsigned k = 0; k < QUANTILES; k++) {
        const double *q = v->quantile_db[k];
        ret[n++] = fmax(q[c], fmax(q[c - 1], q[c + 1]));
    }
    for (unsigned k = 1; k <= 3; k++) {
        const double *q = v->quantile_db[k];
        ret[n++] = q[c] - fmax(at(q, cells, c - NEAR), at(q, cells, c + NEAR));
    }
    for (int i = 0; i < cells; i++)
        spread[i] = v->quantile_db[5][i] - v->quantile_db[1][i];
    ret[n++] = spread[c];
    ret[n++] = v->quantile_db[4][c] - v->quantile_db[2][c];
    ret[n++] = context_of(spread, cells, c).mean;
    ret[n++] = context_of(v->quantile_db[1], cells, c).most;
    ret[n++] = context_of(v->quantile_db[2], cells, c).most;
    ret[n++] = harmonic(view, hz, 2.0);
    ret[n++] = harmonic(view, hz, 3.0);
    ret[n++] = harmonic(view, hz, 1.5);
    ret[n++] = log2(hz / 1000.0);
    ret[n++] = v->level_db[c] - top_db;
    ret[n++] = v->active[c];
    ret[n++] = which;
    ret[n++] = crowd(f, c);
}

static bool is_peak(const fitted *f, int c)
{
    if (f->middle[c] < least_height_db)
        return false;
    for (int i = -SEEN; i <= SEEN; i++) {
        if (f->middle[c + i] > f->middle[c] || (i < 0 && f->middle[c + i] == f->middle[c]))
            return false;
    }
    return true;
}

/* Cells from the peak to where the curve has fallen by 3 dB, in direction `step`. */
static double half_width(const double *curve, int cells, int peak, int step)
{
    double level = curve[peak] - 3.0;
    int i = peak;
    while (i > 0 && i + 1 < cells && abs(i - peak) < 2 * REACH && curve[i] > level)
        i += step;
    if (i == peak || curve[i] > level)
        return abs(i - peak);
    return abs(i - peak) - (level - curve[i]) / (curve[i - step] - curve[i]);
}

static mg_resonance_candidate describe(const fitted *f, int c)
{
    int cells = (int)f->curve->cells;
    double a = f->middle[c - 1], b = f->middle[c], d = f->middle[c + 1], bend = a - 2.0 * b + d;
    double shift = bend < 0.0 ? 0.5 * (a - d) / bend : 0.0;
    const double *median = f->curve->quantile_db[3];
    double width = half_width(median, cells, c, -1) + half_width(median, cells, c, 1);
    width = fmax(width, 0.5) / MG_RESONANCE_PER_OCTAVE;
    return (mg_resonance_candidate){
        .hz = hz_of(f->curve, c + shift),
        .height_db = b,
        .q = 1.0 / (exp2(0.5 * width) - exp2(-0.5 * width)),
        .stands_out = f->curve->stands_out[c],
    };
}

unsigned mg_resonance_candidates(const mg_resonance_curve curve[2], mg_resonance_candidate *ret)
{
    fitted view[2];
    bell b = bell_design();
    for (unsigned w = 0; w < 2; w++)
        fit_curve(&b, &curve[w], &view[w]);
    double top_db = loudest_db(curve);
    unsigned count = 0;
    for (unsigned w = 0; w < 2; w++) {
        double low = w == 0 ? low_hz : meet_hz, high = w == 0 ? meet_hz : high_hz;
        for (int c = SEEN; c + SEEN < (int)curve[w].cells && count < MG_RESONANCE_CANDIDATES; c++) {
            double hz = hz_of(&curve[w], c);
            if (hz < low || hz >= high || !is_peak(&view[w], c))
                continue;
            ret[count] = describe(&view[w], c);
            features(view, w, c, top_db, ret[count].feature);
            count++;
        }
    }
    return count;
}

double mg_resonance_probability(const mg_resonance_candidate *candidate)
{
    double x[MG_RESONANCE_FEATURES], z = (double)mg_resonance_start;
    for (unsigned i = 0; i < MG_RESONANCE_FEATURES; i++) {
        x[i] = (candidate->feature[i] - (double)mg_resonance_mean[i]) /
               (double)mg_resonance_deviation[i];
        x[i] = fmin(fmax(x[i], -held_to), held_to);
        z += x[i] * (double)mg_resonance_linear[i];
    }
    for (unsigned h = 0; h < MG_RESONANCE_HIDDEN; h++) {
        double sum = (double)mg_resonance_bias[h];
        for (unsigned i = 0; i < MG_RESONANCE_FEATURES; i++)
            sum += x[i] * (double)mg_resonance_hidden[h * MG_RESONANCE_FEATURES + i];
        z += (double)mg_resonance_out[h] * tanh(sum);
    }
    return 1.0 / (1.0 + exp(-z));
}
