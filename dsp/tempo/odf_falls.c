#include "dsp/tempo/odf_falls.h"

#include <math.h>

/* Behind a strike: what is short has gone, and no sixteenth has come back. */
static const double before_s[2] = {0.024, 0.012}, after_s[2] = {0.047, 0.112};
static const double strike = 16; /* of the lows in one frame, quarters of a dB, that counts fully */

/* The values in a row go on as they are beyond its ends. */
static unsigned level_at(const uint8_t *level, size_t frames, long i)
{
    return level[i < 0 ? 0 : (size_t)i < frames ? (size_t)i : frames - 1];
}

void mg_odf_falls(mg_odf *odf, const uint8_t *level)
{
    double rate = mg_odf_rate_hz(odf);
    long first = lround(before_s[0] * rate), last = lround(before_s[1] * rate);
    long from = lround(after_s[0] * rate), to = lround(after_s[1] * rate);
    unsigned long sum = 0; /* of the levels behind */
    for (long k = from - 1; k < to && odf->frames > 0; k++)
        sum += level_at(level, odf->frames, k);
    for (size_t i = 0; i < odf->frames; i++) {
        long at = (long)i;
        sum += level_at(level, odf->frames, at + to);
        sum -= level_at(level, odf->frames, at + from - 1);
        unsigned before = 255;
        for (long k = at - first; k <= at - last; k++) {
            unsigned v = level_at(level, odf->frames, k);
            before = v < before ? v : before;
        }
        double fall = 2 * (before - (double)sum / (double)(to - from + 1));
        fall *= fmin(1, mg_odf_get(odf, MG_ODF_KICK, i) / strike);
        mg_odf_set(odf, MG_ODF_LEVEL, i, fall > 0 ? (uint8_t)fmin(fall + 0.5, 255) : 0);
    }
}
