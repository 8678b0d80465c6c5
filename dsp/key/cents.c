#include "dsp/key/cents.h"

#include <math.h>

static const float lowest_hz = 150.0f; /* a bin of a frame is coarse below */
static const float over_mean = 3.0f;
static const float same_share = 0.0046f; /* 8 cents: two frequencies that count as one */
/* Shares of the histogram that count for A = 440 Hz beforehand. */
static const double coarse_standard = 0.1, fine_standard = 0.05, standard_sigma = 6.0;
/* In cents. Both windows are wide enough to take a detuned unison as one. */
static const double coarse_sigma = 25.0, fine_sigma = 18.0;
/* Of the mirror image: how much two peaks may miss each other, how far apart they may be,
 * and how much middles near the mode are preferred. */
static const double blur_sigma = 3.0, pair_sigma = 25.0, mirror_sigma = 11.0;
enum {
    TENTHS = 10, /* of a cent: the steps of all that is looked for */
    CIRCLE = MG_CENTS_BINS * TENTHS,
    FINE_REACH = 12 * TENTHS,
    MIRROR_REACH = 12 * TENTHS,
    MIRROR_HALF = 50, /* cents */
};
/* Most music is made at exactly A = 440 Hz: that counts where the image is nearly as good. */
static const double exact_standard = 1.5, exact_sigma = 2.0;

/* How far each peak lies off the twelve-tone grid for being the third, fifth or seventh partial of
 * a lower one, or a partial of such a partial. Peaks rise in frequency. */
static void partial_offsets(const mg_peak *peaks, size_t count, float *ret_cents)
{
    static const float partial[3] = {3.0f, 5.0f, 7.0f}, off_cents[3] = {1.955f, -13.686f, -31.174f};
    size_t below[3] = {0}; /* first peak that is not below hz / partial */
    for (size_t i = 0; i < count; i++) {
        ret_cents[i] = 0;
        for (int q = 2; q >= 0; q--) {
            float hz = peaks[i].hz / partial[q], near = hz * same_share;
            while (peaks[below[q]].hz < hz - near)
                below[q]++;
            if (peaks[below[q]].hz <= hz + near)
                ret_cents[i] = ret_cents[below[q]] + off_cents[q];
        }
    }
}

void mg_cents_add(mg_cents *c, const mg_peak *peaks, size_t count, double share)
{
    float max_power = 0, off_cents[MG_PEAKS_MAX];
    partial_offsets(peaks, count, off_cents);
    for (size_t i = 0; i < count; i++)
        max_power = peaks[i].power > max_power ? peaks[i].power : max_power;
    for (size_t i = 0; i < count; i++) {
        const mg_peak *p = &peaks[i];
        if (p->hz < lowest_hz || p->over_mean <= over_mean)
            continue;
        double cents = 1200.0 * (double)log2f(p->hz / 27.5f) - (double)off_cents[i];
        double weight = share * sqrtf(sqrtf(p->power / max_power)) * logf(p->over_mean / over_mean);
        weight *= p->hz < 400.0f ? p->hz / 400.0 : 1.0; /* a bin is coarse down there */
        double whole = floor(cents), part = cents - whole;
        int k = (int)whole % MG_CENTS_BINS; /* 150 Hz lie far above 27.5: never negative */
        c->bin[k] += weight * (1.0 - part);
        c->bin[(k + 1) % MG_CENTS_BINS] += weight * part;
    }
}

static double total(const mg_cents *c)
{
    double sum = 0;
    for (int k = 0; k < MG_CENTS_BINS; k++)
        sum += c->bin[k];
    return sum;
}

double mg_cents_strength(const mg_cents *c)
{
    double sum = total(c), re = 0, im = 0;
    for (int k = 0; k < MG_CENTS_BINS; k++) {
        re += c->bin[k] * cos(2.0 * M_PI * k / MG_CENTS_BINS);
        im += c->bin[k] * sin(2.0 * M_PI * k / MG_CENTS_BINS);
    }
    return sum > 0 ? sqrt(re * re + im * im) / sum : 0.0;
}

/* Adds `from`, its sum made `sum`. */
static void add_scaled(mg_cents *to, const mg_cents *from, double sum)
{
    double scale = total(from);
    for (int k = 0; k < MG_CENTS_BINS && scale > 0; k++)
        to->bin[k] += from->bin[k] * sum / scale;
}

/* A Gaussian on the circle, by the distance in tenths of a cent. */
typedef struct bell {
    double at[CIRCLE];
} bell;

static void bell_init(bell *g, double sigma)
{
    for (int i = 0; i < CIRCLE; i++) {
        double d = (double)(i <= CIRCLE / 2 ? i : CIRCLE - i) / TENTHS / sigma;
        g->at[i] = exp(-0.5 * d * d);
    }
}

static int on_circle(int tenths)
{
    int rest = tenths % CIRCLE;
    return rest < 0 ? rest + CIRCLE : rest;
}

/* The sum of the bins under the Gaussian around a place. */
static double around(const mg_cents *c, const bell *g, int tenths)
{
    double sum = 0;
    int distance = on_circle(tenths);
    for (int k = 0; k < MG_CENTS_BINS; k++) {
        sum += c->bin[k] * g->at[distance];
        distance = distance >= TENTHS ? distance - TENTHS : distance - TENTHS + CIRCLE;
    }
    return sum;
}

/* The place with the most around it in steps of `step` within `reach` of `centre`; a share of the
 * whole counts for the tuning that nearly all music has. All places in tenths of a cent. */
static int search_mode(const mg_cents *c, double standard, int centre, int reach, int step,
                       double sigma)
{
    bell window, standard_bell;
    double best_value = -1, whole = total(c);
    int best = centre;
    bell_init(&window, sigma);
    bell_init(&standard_bell, standard_sigma);
    for (int at = centre - reach; at <= centre + reach; at += step) {
        double value = around(c, &window, at) + standard * whole * standard_bell.at[on_circle(at)];
        if (value > best_value) {
            best_value = value;
            best = at;
        }
    }
    return best;
}

/* The blurred histogram at every tenth of a cent. */
static void blur(const mg_cents *c, double ret[CIRCLE])
{
    bell window;
    bell_init(&window, blur_sigma);
    for (int i = 0; i < CIRCLE; i++)
        ret[i] = around(c, &window, i);
}

/* The middle of the best mirror image: greatest sum of products of levels that lie equally far
 * below and above. */
static int search_mirror(const mg_cents *c, int centre)
{
    double level[CIRCLE], weight[MIRROR_HALF + 1], best_value = -1;
    int best = centre;
    blur(c, level);
    for (int d = 0; d <= MIRROR_HALF; d++)
        weight[d] = (d > 0 ? 2.0 : 1.0) * exp(-0.5 * (d / pair_sigma) * (d / pair_sigma));
    for (int off = -MIRROR_REACH; off <= MIRROR_REACH; off++) {
        double value = 0, nearness = (double)off / TENTHS / mirror_sigma;
        double standard = remainder((centre + off) / (double)TENTHS, MG_CENTS_BINS) / exact_sigma;
        for (int d = 0; d <= MIRROR_HALF; d++)
            value += weight[d] * level[on_circle(centre + off - TENTHS * d)] *
                     level[on_circle(centre + off + TENTHS * d)];
        value *= exp(-0.5 * nearness * nearness);
        value *= value; /* the fourth power, as if it were a likelihood */
        value *= value * (1.0 + exact_standard * exp(-0.5 * standard * standard));
        if (value > best_value) {
            best_value = value;
            best = centre + off;
        }
    }
    return best;
}

static double wrap(int tenths)
{
    int at = on_circle(tenths);
    return (double)(at > CIRCLE / 2 ? at - CIRCLE : at) / TENTHS;
}

static int find_mode(const mg_cents *coarse, const mg_cents *fine)
{
    int mode = search_mode(coarse, coarse_standard, 0, CIRCLE / 2, TENTHS, coarse_sigma);
    return search_mode(fine, fine_standard, mode, FINE_REACH, 1, fine_sigma);
}

double mg_cents_mode(const mg_cents *c)
{
    return wrap(find_mode(c, c));
}

double mg_cents_middle(const mg_cents *all, const mg_cents *sides)
{
    mg_cents both = {{0}};
    const mg_cents *fine = total(sides) > 0 ? sides : all;
    add_scaled(&both, all, 1.0);
    add_scaled(&both, sides, 1.0);
    return wrap(search_mirror(fine, find_mode(&both, fine)));
}
