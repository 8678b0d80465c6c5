/* Lag functions of the onset history: how strongly each band repeats itself, and the others, after
 * a time. Averaged over the whole file from windows of 12 s, so a change of tempo blurs but does
 * not destroy them. */
#ifndef MG_DSP_TEMPO_TEMPOGRAM_H
#define MG_DSP_TEMPO_TEMPOGRAM_H

#include "dsp/tempo/odf.h"

#include <math.h>

enum {
    MG_LAG_KICK, /* autocorrelation of MG_ODF_KICK, ... */
    MG_LAG_MID,
    MG_LAG_SNARE,
    MG_LAG_HAT,
    MG_LAG_KICK_SNARE, /* cross-correlation, mean of both directions */
    MG_LAG_KICK_HAT,
    MG_LAG_ALL, /* autocorrelation of the sum of the bands */
    MG_LAG_KINDS,
    MG_TEMPOGRAM_LAGS = 1024,
    MG_TEMPOGRAM_BINS = 1025,
};

/** Range of periods in which a pulse is looked for. */
#define MG_PULSE_SHORTEST_S 0.25
#define MG_PULSE_LONGEST_S 1.5
#define MG_COURSE_STEP 1.01 /* from a period of a course to the next */

enum { MG_COURSE_PERIODS = 181 };

/* mg_tempogram_salience() window by window: how the pulses come and go. 109 KiB an hour. */
typedef struct mg_pulse_course {
    size_t windows;
    double first_s, hop_s; /* middle of the first window, and from one to the next */
    uint8_t (*salience)[MG_COURSE_PERIODS]; /* of each window and period, in 255ths; owned */
} mg_pulse_course;

static inline double mg_course_period_s(double index)
{
    return MG_PULSE_SHORTEST_S * pow(MG_COURSE_STEP, index);
}

void mg_pulse_course_done(mg_pulse_course *course);

typedef struct mg_tempogram {
    double rate_hz; /* lags per second */
    /* 1 at lag 0 for autocorrelations; cross-correlations over the root of both energies.
     * The mean is removed, so values may be negative. */
    float lag[MG_LAG_KINDS][MG_TEMPOGRAM_LAGS];
    /* Share of each band's energy at each frequency, from 0 to rate_hz / 2: where the lag functions
     * favour multiples of a period, this favours multiples of its frequency. */
    float share[MG_LAG_HAT + 1][MG_TEMPOGRAM_BINS];
    double longest_s; /* lags beyond it rest on too little and read as 0 */
    /* Mean over the windows of the best mg_tempogram_salience() of each alone: high as well for a
     * file whose tempo changes, where the lag functions of the whole blur. */
    double local_salience;
} mg_tempogram;

/** @param odf  conditioned (dsp/tempo/odf_condition.h)
 *  @param ret         owned by the caller, free()
 *  @param ret_course  NULL: not wanted; else mg_pulse_course_done()
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_tempogram_new(mg_tempogram **ret, const mg_odf *odf, mg_pulse_course *ret_course);

/** The lag function between its points (linear); 0 beyond the longest lag. */
double mg_tempogram_at(const mg_tempogram *t, unsigned kind, double lag_s);

/** Amplitude of a band's onsets at a frequency, 0..1: root of the share of its energy that lies
 *  within a bin of it. */
double mg_tempogram_pulse(const mg_tempogram *t, unsigned band, double hz);

/** How well the onsets repeat after 1 .. 4 periods: mean of the lag function of all bands. */
double mg_tempogram_salience(const mg_tempogram *t, double period_s);

#endif
