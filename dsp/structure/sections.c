#include "dsp/structure/sections.h"

#include "base/cleanup.h"
#include "dsp/structure/section_cut.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { UNITE_SIDE = 8 }; /* units on each side of a border between two of one name */

static const double least_difference = 1.0; /* across such a border */

double mg_sections_lufs(const mg_loudness *loudness, double start_s, double end_s)
{
    double sum = 0;
    size_t steps = mg_loudness_steps(loudness), count = 0;
    size_t from = (size_t)(start_s * 10.0 + 0.5), to = (size_t)(end_s * 10.0 + 0.5);
    /* A window belongs to where its middle is: it ends 0.2 s later. */
    for (size_t k = from + 1; k <= to + 1 && k < steps; k++) {
        double lufs = mg_loudness_momentary(loudness, k);
        if (lufs == -HUGE_VAL)
            continue;
        sum += pow(10.0, lufs / 10.0);
        count++;
    }
    return count && sum > 0 ? 10.0 * log10(sum / (double)count) : -HUGE_VAL;
}

/* A straight line through the floors of the units, and how well they follow it. */
static void fit_floor(const mg_section_units *units, size_t from, size_t to, mg_section_facts *ret)
{
    double n = (double)(to - from), x = 0, tx = 0, xx = 0;
    double spread = n * (n * n - 1.0) / 12.0;
    for (size_t i = from; i < to; i++) {
        double t = (double)(i - from) - 0.5 * (n - 1.0),
               db = 10.0 * units->feature[i][MG_UNIT_FLOOR];
        x += db;
        tx += t * db;
        xx += db * db;
    }
    double mean = x / n, slope = spread > 0 ? tx / spread : 0.0;
    double all = xx - x * mean;
    ret->floor_start_db = mean - 0.5 * (n - 1.0) * slope;
    ret->floor_end_db = mean + 0.5 * (n - 1.0) * slope;
    ret->floor_line = all > 0 ? slope * slope * spread / all : 0.0;
}

static void fill_facts(const mg_section_units *units, size_t from, size_t to, double end_s,
                       const mg_loudness *loudness, mg_section_facts *ret)
{
    mg_cell half[2] = {0};
    *ret = (mg_section_facts){.start_s = mg_section_unit_start_s(units, from), .end_s = end_s};
    for (size_t i = from; i < to; i++)
        mg_cell_add(&half[i >= from + (to - from) / 2], &units->sum[i]);
    mg_cell_add(&ret->sum, &half[0]);
    mg_cell_add(&ret->sum, &half[1]);
    double middle_s = 0.5 * (ret->start_s + end_s);
    double first = mg_sections_lufs(loudness, ret->start_s, middle_s);
    double second = mg_sections_lufs(loudness, middle_s, end_s);
    ret->lufs = mg_sections_lufs(loudness, ret->start_s, end_s);
    ret->rise_lu = isfinite(first) && isfinite(second) ? second - first : 0.0;
    double high = mg_section_high_db(&half[0]);
    ret->high_end_db = mg_section_high_db(&half[1]);
    ret->high_rise_db = ret->high_end_db - high;
    fit_floor(units, from, to, ret);
}

/* How far the means on both sides of a border are apart, up to UNITE_SIDE units away. */
static double difference(const mg_section_units *units, size_t from, size_t border, size_t to)
{
    size_t before = border - from < UNITE_SIDE ? border - from : UNITE_SIDE;
    size_t after = to - border < UNITE_SIDE ? to - border : UNITE_SIDE;
    double sum = 0;
    for (unsigned f = 0; f < MG_UNIT_FEATURES; f++) {
        double a = 0, b = 0;
        for (size_t i = border - before; i < border; i++)
            a += units->feature[i][f] / (double)before;
        for (size_t i = border; i < border + after; i++)
            b += units->feature[i][f] / (double)after;
        sum += (a - b) * (a - b);
    }
    return sqrt(sum);
}

/* Takes away the borders between sections of one name that do not divide the longer stretch around
 * them: a pause, or what comes and goes every few bars. The least one first.
 * @return whether any was taken away */
static bool unite(const mg_section_units *units, size_t *start, unsigned *count,
                  mg_section *section)
{
    bool any = false;
    for (;;) {
        unsigned best = 0;
        double least = least_difference;
        for (unsigned i = 1; i < *count; i++) {
            unsigned first = i - 1, last = i;
            if (section[i].label != section[i - 1].label)
                continue;
            while (first > 0 && section[first - 1].label == section[i].label)
                first--;
            while (last + 1 < *count && section[last + 1].label == section[i].label)
                last++;
            double d = difference(units, start[first], start[i], start[last + 1]);
            if (d < least) {
                least = d;
                best = i;
            }
        }
        if (best == 0)
            return any;
        memmove(&start[best], &start[best + 1], (*count - best) * sizeof(*start));
        memmove(&section[best], &section[best + 1], (*count - best - 1) * sizeof(*section));
        (*count)--;
        any = true;
    }
}

/* @param start  first unit of each section, and the number of units */
static void fill_all(const mg_section_units *units, const size_t *start, unsigned count,
                     double duration_s, const mg_loudness *loudness, mg_section_facts *ret)
{
    for (unsigned i = 0; i < count; i++) {
        double end_s = i + 1 < count ? mg_section_unit_start_s(units, start[i + 1]) : duration_s;
        fill_facts(units, start[i], start[i + 1], end_s, loudness, &ret[i]);
    }
}

/* Pads and speech have louder and softer parts, but nothing in them drops. */
static void label(const mg_section_facts *facts, unsigned count, const mg_tempo_result *tempo,
                  mg_section *section)
{
    if (tempo != NULL && mg_has(tempo->bpm))
        mg_sections_label(facts, count, section);
    else
        mg_sections_no_label(count, section);
}

mg_err mg_sections_find(const mg_cells *cells, double duration_s, const mg_loudness *loudness,
                        const mg_tempo_result *tempo, mg_section_facts *ret, mg_section *section,
                        unsigned *ret_count)
{
    mg_auto(mg_section_units_done) mg_section_units units = {0};
    size_t start[MG_SECTIONS_MAX + 1];
    unsigned count = 0;
    mg_err err = mg_section_units_init(&units, cells, duration_s, tempo);
    if (!err)
        err = mg_section_cut(&units, MG_SECTIONS_MAX, start, &count);
    if (err)
        return err;
    fill_all(&units, start, count, duration_s, loudness, ret);
    label(ret, count, tempo, section);
    if (unite(&units, start, &count, section)) {
        fill_all(&units, start, count, duration_s, loudness, ret);
        label(ret, count, tempo, section);
    }
    *ret_count = count;
    return MG_OK;
}
