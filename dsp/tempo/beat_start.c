#include "dsp/tempo/beat_start.h"

#include <math.h>
#include <stdbool.h>

enum { SHARP = 15 /* attack levels: 15 dB */, REACH = 3 /* frames */ };

static const double cut_s = 0.02;
static const double low_share = 0.7; /* of the rise of the hats; of a hat it is less */

/* Largest value of a row around a frame. */
static double rise_at(const mg_odf *odf, unsigned row, size_t frame)
{
    unsigned most = 0;
    for (size_t i = frame > REACH ? frame - REACH : 0; i <= frame + REACH && i < odf->frames; i++)
        most = mg_odf_get(odf, row, i) > most ? mg_odf_get(odf, row, i) : most;
    return most;
}

mg_beat_start mg_beat_start_find(const mg_odf *odf)
{
    mg_beat_start start = {.at_s = (double)NAN};
    for (size_t i = 0; i < odf->frames; i++) {
        double at;
        if (mg_odf_attack(odf, i, &at) < SHARP)
            continue;
        bool low = rise_at(odf, MG_ODF_KICK, i) >= low_share * rise_at(odf, MG_ODF_HAT, i);
        start.at_s = at;
        start.kind = at < cut_s ? MG_START_CUT : low ? MG_START_LOW : MG_START_HIGH;
        break;
    }
    return start;
}
