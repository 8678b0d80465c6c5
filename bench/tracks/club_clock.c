#include "bench/tracks/club_clock.h"

#include <math.h>

double mg_club_clock_s(const mg_club_clock *c, double beat)
{
    double period = 60.0 / c->bpm, end_period = 60.0 / c->end_bpm;
    if (c->change_beat > 0.0 && beat > c->change_beat)
        return c->first_beat_s + c->change_beat * period + (beat - c->change_beat) * end_period;
    if (c->slow_from_beat > 0.0 && beat > c->slow_from_beat) {
        /* The period grows linearly with the beats, and stays after the last. */
        double over = beat - c->slow_from_beat, span = c->last_beat - c->slow_from_beat;
        double bent = fmin(over, span);
        return c->first_beat_s + c->slow_from_beat * period + over * period +
               (end_period - period) * (0.5 * bent * bent / span + fmax(0.0, over - span));
    }
    double s = c->first_beat_s + beat * period;
    if (c->drift > 0.0) {
        double turn = 2.0 * M_PI / c->drift_beats; /* period (1 + drift sin) integrated */
        s += c->drift * period / turn * (1.0 - cos(turn * beat));
    }
    return s;
}

double mg_club_clock_step_s(const mg_club_clock *c, double beat, double step, unsigned steps)
{
    double late = 0.0;
    if (steps == 4 && fmod(step, 2.0) >= 1.0)
        late = 2.0 * c->swing - 1.0;
    return mg_club_clock_s(c, beat + (step + late) / steps);
}
