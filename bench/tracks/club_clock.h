/* When each beat of a club track falls. */
#ifndef MG_BENCH_TRACKS_CLUB_CLOCK_H
#define MG_BENCH_TRACKS_CLUB_CLOCK_H

#include "bench/tracks/club.h"

typedef struct mg_club_clock {
    double first_beat_s, bpm, end_bpm;
    double change_beat;    /* > 0: end_bpm from here on, at once */
    double slow_from_beat; /* > 0: glides to end_bpm from here to last_beat */
    double last_beat;
    double drift, drift_beats; /* share, and beats of one swing to and fro */
    double swing;              /* 0.5 straight */
    unsigned steps;            /* per beat; swing moves every second one of 4 */
} mg_club_clock;

/** Time of a beat, which may be fractional or negative, without swing. */
double mg_club_clock_s(const mg_club_clock *clock, double beat);

/** Time of a step (beat, and steps after it), with swing. */
double mg_club_clock_step_s(const mg_club_clock *clock, double beat, double step, unsigned steps);

#endif
