#include "dsp/tempo/part_levels.h"

#include "base/cleanup.h"

#include <math.h>

static const double same_tempo = 0.01, sure_weight = 0.9;
static const double apart_s = 6.0; /* of a border: where one part is heard alone */

mg_err mg_part_level(mg_tempo_level *ret, const mg_odf *view, const mg_part_source *source)
{
    return mg_tempo_level_find(ret, view, source->rms, source->low_bpm, source->high_bpm, NULL);
}

mg_odf mg_part_view(const mg_part_source *source, double from_s, double to_s)
{
    const mg_odf *odf = source->odf;
    double from = from_s > 0 ? mg_odf_frame_at(odf, from_s + apart_s) : 0;
    double to = to_s < source->duration_s ? mg_odf_frame_at(odf, to_s - apart_s) : INFINITY;
    return mg_odf_part(odf, (size_t)from, (size_t)fmin(to, (double)odf->frames));
}

static double weight_at(const mg_tempo_level *level, double hz)
{
    for (unsigned i = 0; i < level->count; i++)
        if (fabs(level->candidate[i].hz / hz - 1) < same_tempo)
            return level->candidate[i].weight;
    return 0;
}

/* Whether the level of each of two sides is out of the question for the other. */
static bool levels_differ(const mg_tempo_level *a, const mg_tempo_level *b)
{
    double own = fmin(a->candidate[0].weight, b->candidate[0].weight);
    double others = fmax(weight_at(a, b->candidate[0].hz), weight_at(b, a->candidate[0].hz));
    return fmin(a->there, b->there) >= 0.5 && own >= sure_weight && others <= 1 - sure_weight;
}

mg_err mg_parts_settle(mg_tempo_parts *parts, const mg_part_source *source)
{
    mg_err err = MG_OK;
    for (size_t i = 0; i + 1 < parts->count && err == MG_OK;) {
        if (parts->sure[i]) {
            i++;
            continue;
        }
        mg_auto(mg_tempo_level_done) mg_tempo_level before = {0}, after = {0};
        double at_s = parts->border_s[i];
        double from_s = i > 0 ? parts->border_s[i - 1] : 0;
        double to_s = i + 2 < parts->count ? parts->border_s[i + 1] : source->duration_s;
        mg_odf a = mg_part_view(source, from_s, at_s), b = mg_part_view(source, at_s, to_s);
        err = mg_part_level(&before, &a, source);
        if (err == MG_OK)
            err = mg_part_level(&after, &b, source);
        if (err == MG_OK && levels_differ(&before, &after))
            i++;
        else
            mg_parts_merge(parts, i);
    }
    return err;
}
