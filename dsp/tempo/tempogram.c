#include "dsp/tempo/tempogram.h"

#include "base/cleanup.h"
#include "dsp/signal/fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 1024, N = 2 * WINDOW, BINS = MG_TEMPOGRAM_BINS, HOP = WINDOW / 2 };

MG_DEFINE_CLEANUP(mg_fft, mg_fft_free)

typedef struct spectra {
    double power[MG_LAG_KINDS][BINS];
    float window[MG_ODF_BANDS][2 * BINS]; /* spectra of one window */
} spectra;

/* Sum of `pair` neighbouring frames of a band, mean removed, smoothed over time by [1 2 3 2 1]: at
 * 85 Hz its zero lies at 28 Hz, where low tones beat against each other, well above sixteenths. */
static void load_window(const mg_odf *odf, unsigned band, size_t start, size_t count, unsigned pair,
                        float *out)
{
    float raw[WINDOW + 4] = {0};
    for (size_t i = 0; i < count; i++) {
        unsigned v = 0;
        for (unsigned k = 0; k < pair; k++)
            v += mg_odf_get(odf, band, (start + i) * pair + k);
        raw[i + 2] = (float)v;
    }
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        out[i] = raw[i] + raw[i + 4] + 2 * (raw[i + 1] + raw[i + 3]) + 3 * raw[i + 2];
        sum += out[i];
    }
    float mean = (float)(sum / (double)count);
    for (size_t i = 0; i < count; i++)
        out[i] -= mean;
    memset(out + count, 0, (N - count) * sizeof(float));
}

static void add_powers(spectra *s)
{
    static const unsigned pairs[][3] = {
        {MG_LAG_KICK, MG_ODF_KICK, MG_ODF_KICK},        {MG_LAG_MID, MG_ODF_MID, MG_ODF_MID},
        {MG_LAG_SNARE, MG_ODF_SNARE, MG_ODF_SNARE},     {MG_LAG_HAT, MG_ODF_HAT, MG_ODF_HAT},
        {MG_LAG_KICK_SNARE, MG_ODF_KICK, MG_ODF_SNARE}, {MG_LAG_KICK_HAT, MG_ODF_KICK, MG_ODF_HAT},
    };
    for (size_t p = 0; p < sizeof(pairs) / sizeof(pairs[0]); p++) {
        const float *a = s->window[pairs[p][1]], *b = s->window[pairs[p][2]];
        for (unsigned k = 0; k < BINS; k++)
            s->power[pairs[p][0]][k] +=
                (double)a[2 * k] * b[2 * k] + (double)a[2 * k + 1] * b[2 * k + 1];
    }
    for (unsigned k = 0; k < BINS; k++) {
        double re = 0, im = 0;
        for (unsigned b = 0; b < MG_ODF_BANDS; b++) {
            re += s->window[b][2 * k];
            im += s->window[b][2 * k + 1];
        }
        s->power[MG_LAG_ALL][k] += re * re + im * im;
    }
}

/* The lag function of an even real spectrum is its forward transform. */
static void to_lags(mg_fft *fft, const double power[BINS], double scale, float *ret)
{
    float *in = mg_fft_input(fft);
    for (unsigned k = 0; k < BINS; k++)
        in[k] = (float)(power[k] * scale);
    for (unsigned k = 1; k < BINS - 1; k++)
        in[N - k] = in[k];
    const float *out = mg_fft_forward(fft);
    for (unsigned l = 0; l < MG_TEMPOGRAM_LAGS; l++)
        ret[l] = out[2 * l];
}

static double mean_power(const double power[BINS])
{
    double sum = power[0] + power[BINS - 1];
    for (unsigned k = 1; k < BINS - 1; k++)
        sum += 2 * power[k];
    return sum;
}

/* The lag function of one spectrum, 1 at lag 0, with the shrinking overlap undone. */
static void normalised_lags(mg_fft *fft, const double power[BINS], double energy, size_t length,
                            float *ret)
{
    to_lags(fft, power, energy > 0 ? 1 / energy : 0, ret);
    for (unsigned l = 0; l < MG_TEMPOGRAM_LAGS; l++) {
        double overlap = 1 - (double)l / (double)length;
        ret[l] = overlap > 0.2 ? (float)(ret[l] / overlap) : 0;
    }
}

/* The best salience of one window; `t` is overwritten.
 * @param ret  NULL, or that of every period */
static double window_salience(mg_tempogram *t, mg_fft *fft, const spectra *s, size_t length,
                              uint8_t *ret)
{
    double power[BINS];
    for (unsigned k = 0; k < BINS; k++) {
        double re = 0, im = 0;
        for (unsigned b = 0; b < MG_ODF_BANDS; b++) {
            re += s->window[b][2 * k];
            im += s->window[b][2 * k + 1];
        }
        power[k] = re * re + im * im;
    }
    normalised_lags(fft, power, mean_power(power), length, t->lag[MG_LAG_ALL]);
    double best = 0, p = MG_PULSE_SHORTEST_S;
    for (unsigned i = 0; i < MG_COURSE_PERIODS; i++, p *= MG_COURSE_STEP) {
        double salience = mg_tempogram_salience(t, p);
        best = fmax(best, salience);
        if (ret != NULL)
            ret[i] = (uint8_t)(255 * fmin(fmax(salience, 0), 1) + 0.5);
    }
    return best;
}

static void finish(mg_tempogram *t, mg_fft *fft, const spectra *s, size_t length)
{
    double energy[MG_LAG_KINDS];
    for (unsigned i = 0; i < MG_LAG_KINDS; i++)
        energy[i] = mean_power(s->power[i]);
    energy[MG_LAG_KICK_SNARE] = sqrt(energy[MG_LAG_KICK] * energy[MG_LAG_SNARE]);
    energy[MG_LAG_KICK_HAT] = sqrt(energy[MG_LAG_KICK] * energy[MG_LAG_HAT]);
    for (unsigned i = 0; i < MG_LAG_KINDS; i++)
        normalised_lags(fft, s->power[i], energy[i], length, t->lag[i]);
    for (unsigned i = MG_LAG_KICK; i <= MG_LAG_HAT; i++)
        for (unsigned k = 0; k < BINS && energy[i] > 0; k++)
            t->share[i][k] = (float)(2 * s->power[i][k] / energy[i]);
}

static mg_err course_init(mg_pulse_course *course, const mg_odf *odf, size_t total, size_t length,
                          size_t windows, double rate_hz)
{
    *course = (mg_pulse_course){
        .windows = windows,
        .first_s = mg_odf_time_s(odf, 0) + 0.5 * (double)length / rate_hz,
        .hop_s = windows > 1 ? (double)(total - length) / (double)(windows - 1) / rate_hz : 0,
        .salience = calloc(windows + 1, sizeof(*course->salience)),
    };
    return course->salience != NULL ? MG_OK : MG_E_NOMEM;
}

void mg_pulse_course_done(mg_pulse_course *course)
{
    free(course->salience);
    *course = (mg_pulse_course){0};
}

mg_err mg_tempogram_new(mg_tempogram **ret, const mg_odf *odf, mg_pulse_course *ret_course)
{
    mg_autofree mg_tempogram *t = calloc(1, sizeof(*t));
    mg_autofree spectra *s = calloc(1, sizeof(*s));
    mg_auto(mg_fft_freep) mg_fft *fft = NULL;
    if (t == NULL || s == NULL || mg_fft_new(&fft, N) != MG_OK)
        return MG_E_NOMEM;
    /* 85 Hz is fine enough for lags; merged histories come at that rate or below already. */
    unsigned pair = odf->merge == 1 ? 2 : 1;
    t->rate_hz = mg_odf_rate_hz(odf) / pair;
    size_t total = odf->frames / pair;
    size_t length = total < WINDOW ? total : WINDOW;
    t->longest_s = 0.8 * (double)length / t->rate_hz;
    size_t windows = length > 0 ? (total - length + HOP - 1) / HOP + 1 : 0;
    mg_auto(mg_pulse_course_done) mg_pulse_course course = {0};
    if (ret_course != NULL &&
        course_init(&course, odf, total, length, windows, t->rate_hz) != MG_OK)
        return MG_E_NOMEM;
    for (size_t w = 0; w < windows; w++) { /* evenly spread, the last one ends with the file */
        size_t start = windows > 1 ? w * (total - length) / (windows - 1) : 0;
        for (unsigned b = 0; b < MG_ODF_BANDS; b++) {
            load_window(odf, b, start, length, pair, mg_fft_input(fft));
            memcpy(s->window[b], mg_fft_forward(fft), sizeof(s->window[b]));
        }
        add_powers(s);
        t->local_salience +=
            window_salience(t, fft, s, length, course.windows > 0 ? course.salience[w] : NULL) /
            (double)windows;
    }
    finish(t, fft, s, length);
    if (ret_course != NULL) {
        *ret_course = course;
        course = (mg_pulse_course){0};
    }
    *ret = mg_steal(t);
    return MG_OK;
}

double mg_tempogram_salience(const mg_tempogram *t, double period_s)
{
    double sum = 0;
    for (unsigned k = 1; k <= 4; k++)
        sum += mg_tempogram_at(t, MG_LAG_ALL, k * period_s);
    return sum / 4;
}

double mg_tempogram_at(const mg_tempogram *t, unsigned kind, double lag_s)
{
    double x = lag_s * t->rate_hz;
    if (x < 0 || lag_s > t->longest_s || x >= MG_TEMPOGRAM_LAGS - 1)
        return 0;
    unsigned i = (unsigned)x;
    double f = x - i;
    return t->lag[kind][i] * (1 - f) + t->lag[kind][i + 1] * f;
}

double mg_tempogram_pulse(const mg_tempogram *t, unsigned band, double hz)
{
    double bin = floor(hz / t->rate_hz * N + 0.5);
    if (bin < 1 || bin >= BINS - 1)
        return 0;
    const float *at = &t->share[band][(unsigned)bin];
    return sqrt((double)at[-1] + (double)at[0] + (double)at[1]);
}
