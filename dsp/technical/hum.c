#include "dsp/technical/hum.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { HARMONICS = 4, SECONDS_LEAST = 2, SECONDS_ENOUGH = 3 };

static const double mains_hz[2] = {50.0, 60.0};
static const double quiet_square = 1e-3;   /* -30 dBFS */
static const double audible_square = 1e-8; /* -80 dBFS: less is not worth a word */
static const double beside_ratio = 30.0;   /* 15 dB over the lines 4 to 7 Hz beside */
static const double steady_ratio = 4.0;    /* loudest over softest second: 6 dB */
static const double share_of_quiet = 0.6;

void mg_hum_init(mg_hum *hum, double rate_hz)
{
    *hum = (mg_hum){.rate_hz = rate_hz, .window = (unsigned)(rate_hz + 0.5)};
    for (int i = 0; i < MG_HUM_STEPS; i++)
        hum->step[i].line[0].least = hum->step[i].line[1].least = HUGE_VAL;
}

/* Mean square of the line at `hz` under a Hann window over the second (Goertzel's recursion). */
static double line_square(const mg_hum *h, double hz)
{
    double w = 2.0 * M_PI * hz / h->rate_hz, c = 2.0 * cos(w), s1 = 0.0, s2 = 0.0;
    double wx = cos(2.0 * M_PI / h->window), wy = sin(2.0 * M_PI / h->window), re = 1.0, im = 0.0;
    for (unsigned i = 0; i < h->window; i++) {
        double s = (double)h->second[i] * (0.5 - 0.5 * re) + c * s1 - s2;
        s2 = s1;
        s1 = s;
        double t = re * wx - im * wy;
        im = re * wy + im * wx;
        re = t;
    }
    double power = s1 * s1 + s2 * s2 - c * s1 * s2;
    /* A sine of amplitude A gives |X| = A n / 4 under the window; its mean square is A^2 / 2. */
    return power * 8.0 / ((double)h->window * h->window);
}

/* Power of the line when it stands alone and is centred on `hz`, else 0. */
static double lone_line(const mg_hum *h, double hz)
{
    double at = line_square(h, hz);
    if (at < audible_square / 10.0 || line_square(h, hz - 1.0) * 2.0 > at ||
        line_square(h, hz + 1.0) * 2.0 > at)
        return 0.0;
    for (int d = 4; d <= 7; d++) {
        if (line_square(h, hz - d) * beside_ratio > at ||
            line_square(h, hz + d) * beside_ratio > at)
            return 0.0;
    }
    return at;
}

static void search_line(const mg_hum *h, int which, mg_hum_line *line)
{
    double power = lone_line(h, mains_hz[which]);
    if (power < audible_square)
        return;
    unsigned harmonics = 0;
    for (int k = 2; k <= HARMONICS; k++) {
        double harmonic = lone_line(h, k * mains_hz[which]);
        harmonics += harmonic > 0.0;
        power += harmonic;
    }
    if (harmonics < 2)
        return;
    line->seconds++;
    line->power += power;
    line->least = fmin(line->least, power);
    line->most = fmax(line->most, power);
}

static void close_second(mg_hum *h)
{
    double square = 0.0;
    for (unsigned i = 0; i < h->window; i++)
        square += (double)h->second[i] * (double)h->second[i];
    square /= h->window;
    h->filled = 0;
    if (square > quiet_square || square < audible_square)
        return;
    int step = (int)((10.0 * log10(square) + 80.0) / 2.0);
    mg_hum_step *s = &h->step[step < 0 ? 0 : step < MG_HUM_STEPS ? step : MG_HUM_STEPS - 1];
    s->seconds++;
    search_line(h, 0, &s->line[0]);
    search_line(h, 1, &s->line[1]);
}

void mg_hum_push(mg_hum *hum, const float *low, size_t n)
{
    mg_hum *h = hum;
    while (n > 0) {
        size_t room = h->window - h->filled, take = n < room ? n : room;
        memcpy(h->second + h->filled, low, take * sizeof *low);
        h->filled += (unsigned)take;
        low += take;
        n -= take;
        if (h->filled == h->window)
            close_second(h);
    }
}

static bool is_steady(const mg_hum_line *line, unsigned seconds, unsigned least)
{
    return line->seconds >= least && line->seconds >= share_of_quiet * seconds &&
           line->most <= steady_ratio * line->least;
}

/* Level of the line in the softest seconds, to the loudest step up to which it is steady; 0: not
 * there. */
static double steady_power(const mg_hum *h, int which)
{
    mg_hum_line sum = {.least = HUGE_VAL};
    unsigned seconds = 0, all = 0;
    double ret = 0.0;
    for (int i = 0; i < MG_HUM_STEPS; i++)
        all += h->step[i].seconds;
    unsigned least = all > SECONDS_ENOUGH ? SECONDS_ENOUGH : SECONDS_LEAST;
    for (int i = 0; i < MG_HUM_STEPS; i++) {
        const mg_hum_line *line = &h->step[i].line[which];
        seconds += h->step[i].seconds;
        sum.seconds += line->seconds;
        sum.power += line->power;
        sum.least = fmin(sum.least, line->least);
        sum.most = fmax(sum.most, line->most);
        if (is_steady(&sum, seconds, least))
            ret = sum.power / sum.seconds;
    }
    return ret;
}

void mg_hum_finish(const mg_hum *hum, mg_technical_result *result)
{
    result->hum_hz = result->hum_dbfs = mg_none(MG_WHY_NOT_APPLICABLE);
    for (int i = 0; i < 2; i++) {
        double power = steady_power(hum, i);
        if (!(power > 0.0))
            continue;
        result->hum_hz = mg_some(mains_hz[i]);
        result->hum_dbfs = mg_some(10.0 * log10(power));
        break;
    }
}
