/* Beats as a function of time: at one tempo, or along a tempo that moves. */
#ifndef MG_DSP_TEMPO_BEAT_CLOCK_H
#define MG_DSP_TEMPO_BEAT_CLOCK_H

#include "base/error.h"
#include "dsp/tempo/tempo_path.h"

typedef struct mg_beat_clock {
    double beat_hz;
    double origin_s; /* where its time begins: 0, but for the clock of a part on the whole file */
    size_t steps;    /* 0: the tempo stays */
    double step_s;
    double *shift; /* beats ahead of beat_hz * t at (step + 0.5) * step_s; owned */
} mg_beat_clock;

/** The clock of a tempo that stays; needs no mg_beat_clock_done(). */
static inline mg_beat_clock mg_beat_clock_still(double beat_hz)
{
    return (mg_beat_clock){.beat_hz = beat_hz};
}

/** Follows a path exactly enough to count beats on: the path's tempo is integrated, then pulled
 * onto the phases of the onsets, window by window (a phase vocoder on the pulse and its multiples).
 *  @param fit  of the path's pulse
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_beat_clock_follow(mg_beat_clock *clock, const mg_tempo_fit *fit,
                            const mg_tempo_path *path);
/** The clock of a whole file: that of beat_hz where the onsets keep to it, else the best of several
 *  that follow the tempo. @return MG_OK; MG_E_NOMEM */
mg_err mg_beat_clock_find(mg_beat_clock *clock, const mg_tempo_fit *fit, double beat_hz);
/** The same from the history, for a tempo that is known to 0.3 %, as of a ratio of a pulse that is
 *  exact. */
mg_err mg_beat_clock_of(mg_beat_clock *clock, const mg_odf *odf, double beat_hz);
void mg_beat_clock_done(mg_beat_clock *clock);

/** Beats from t = 0 on the clock's own count; fractional, may be negative. */
double mg_beat_clock_beats(const mg_beat_clock *clock, double time_s);
/** The time of a beat: the inverse. */
double mg_beat_clock_time_s(const mg_beat_clock *clock, double beats);

/** How much of the onsets keeps one phase on this clock: sum over the pulse and its multiples of
 *  |sum of the history times e^(-j 2 pi h beats)|. To be compared with that of another clock.
 *  @param ret_local  the same within 2 s at a time: what a clock that follows could gather at most
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_beat_clock_coherence(const mg_beat_clock *clock, const mg_tempo_fit *fit,
                               double *ret_whole, double *ret_local);

/** The largest distance from the straight line that fits the clock best. */
double mg_beat_clock_bend_s(const mg_beat_clock *clock);

#endif
