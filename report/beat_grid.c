#include "report/beat_grid.h"

#include "report/result_view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PHRASE_BARS = 4, MIX_OUT_BARS = 16, DROPS_MAX = MG_CUES_MAX - 2 };

static const double period_min_s = 0.05, period_max_s = 10.0; /* of anything called a beat */
static const double straight_s = 0.010; /* how far a beat may lie from its stretch */

/* ---- the grid ---- */

static bool is_period(double period_s)
{
    return period_s >= period_min_s && period_s <= period_max_s;
}

static double beat_s(const json_t *beats, size_t beat)
{
    return mg_view_number_at(beats, beat);
}

/* The last beat to which a straight line from this one passes all beats between them: a downbeat if
 * there is one, because programs count bars from where a tempo begins. Lines through every beat's
 * tolerance form a cone, which narrows from beat to beat. */
static size_t straight_to(const json_t *beats, size_t count, size_t from, const mg_beat_grid *grid)
{
    double least_s = period_min_s, most_s = period_max_s;
    size_t last = from, last_bar = from, beat = from + 1;
    for (; beat < count && least_s <= most_s; beat++) {
        const double span_s = beat_s(beats, beat) - beat_s(beats, from);
        const double steps = (double)(beat - from), period_s = span_s / steps;
        if (period_s >= least_s && period_s <= most_s) {
            last = beat;
            last_bar = mg_beat_in_bar(grid, (int64_t)beat) == 1 ? beat : last_bar;
        }
        least_s = fmax(least_s, (span_s - straight_s) / steps);
        most_s = fmin(most_s, (span_s + straight_s) / steps);
    }
    return last == count - 1 || last_bar == from ? last : last_bar;
}

/* A tempo that moves does so between the changes of its map, too: the beats are followed. */
static void read_beats(const json_t *beats, mg_beat_grid *grid)
{
    const size_t count = mg_view_count(beats, "");
    for (size_t from = 0; from + 1 < count && grid->count < MG_STRETCHES_MAX;) {
        const size_t to = straight_to(beats, count, from, grid);
        if (to == from)
            break;
        const double start_s = beat_s(beats, from);
        grid->stretches[grid->count++] =
            (mg_stretch){.start_s = start_s,
                         .period_s = (beat_s(beats, to) - start_s) / (double)(to - from),
                         .beat = (int64_t)from};
        from = to;
    }
}

void mg_beat_grid_read(const json_t *result, mg_beat_grid *ret)
{
    const json_t *tempo = mg_view(result, "tempo");
    const double bar = mg_view_number(tempo, "grid.beats_per_bar");
    const double downbeat = mg_view_number(tempo, "grid.downbeat_index");
    const double first_s = mg_view_number(tempo, "grid.first_beat_s");
    const double bpm = mg_view_number(tempo, "bpm");
    double period_s = mg_view_number(tempo, "grid.period_s");
    memset(ret, 0, sizeof *ret);
    ret->end_s = mg_view_number(result, "audio.duration_s");
    ret->constant = !mg_view_false(tempo, "constant");
    ret->beats_per_bar = bar >= 1.0 && bar <= 32.0 ? (int)bar : 4;
    ret->downbeat_index = downbeat >= 0.0 && downbeat < ret->beats_per_bar ? (int)downbeat : -1;
    if (!is_period(60.0 / bpm))
        return;
    if (!ret->constant)
        read_beats(mg_view(tempo, "beats_s"), ret);
    if (!is_period(period_s))
        period_s = 60.0 / bpm;
    if (ret->count == 0 && first_s >= 0.0)
        ret->stretches[ret->count++] = (mg_stretch){.start_s = first_s, .period_s = period_s};
}

int mg_beat_in_bar(const mg_beat_grid *grid, int64_t beat)
{
    const int64_t bar = grid->beats_per_bar;
    const int64_t first = grid->downbeat_index >= 0 ? grid->downbeat_index : 0;
    return (int)(((beat - first) % bar + bar) % bar) + 1;
}

static const mg_stretch *stretch_at(const mg_beat_grid *grid, double time_s)
{
    size_t i = 0;
    while (i + 1 < grid->count && grid->stretches[i + 1].start_s <= time_s)
        i++;
    return &grid->stretches[i];
}

double mg_beat_grid_snap(const mg_beat_grid *grid, double time_s)
{
    if (grid->count == 0 || isnan(time_s))
        return (double)NAN;
    const mg_stretch *s = stretch_at(grid, time_s);
    /* beats in one step of the grid, and the first step's offset from the stretch's first beat */
    const int64_t step = grid->downbeat_index >= 0 ? grid->beats_per_bar : 1;
    const int64_t first = (step + 1 - mg_beat_in_bar(grid, s->beat)) % step;
    const double step_s = (double)step * s->period_s;
    const double origin_s = s->start_s + (double)first * s->period_s;
    const double index = floor((time_s - origin_s) / step_s + 0.5);
    const double least = ceil(-origin_s / step_s);
    const double most = ceil((grid->end_s - origin_s) / step_s) - 1.0; /* NAN: no limit */
    return origin_s + fmax(fmin(index, most), least) * step_s;
}

/* ---- cues ---- */

typedef struct cue_list {
    const mg_beat_grid *grid;
    mg_cue *cues;
    size_t count;
} cue_list;

static void add_cue(cue_list *list, mg_cue_kind kind, const char *name, double time_s)
{
    const double at_s = mg_beat_grid_snap(list->grid, time_s);
    if (list->count == MG_CUES_MAX || isnan(at_s))
        return;
    mg_cue *cue = &list->cues[list->count++];
    *cue = (mg_cue){.kind = kind, .at_s = at_s};
    snprintf(cue->name, sizeof cue->name, "%s", name);
}

static bool is_labelled(const json_t *section, const char *label)
{
    return strcmp(mg_view_text(section, "label"), label) == 0;
}

static double bars_s(const mg_beat_grid *grid, double time_s, int bars)
{
    return bars * grid->beats_per_bar * stretch_at(grid, time_s)->period_s;
}

static void add_mix_in(cue_list *list, const json_t *sections)
{
    for (size_t i = 0; i < mg_view_count(sections, ""); i++) {
        const json_t *section = mg_view_item(sections, i);
        const double start_s = mg_view_number(section, "start_s");
        /* one bar is forgiven: a first section begins with the file, not on a downbeat */
        const double phrase_s = bars_s(list->grid, start_s, PHRASE_BARS - 1);
        if (mg_view_number(section, "end_s") - start_s >= phrase_s &&
            !isnan(mg_view_number(section, "loudness_lufs"))) {
            add_cue(list, MG_CUE_MIX_IN, "Mix in", start_s);
            return;
        }
    }
}

static void add_drops(cue_list *list, const json_t *sections)
{
    bool in_drop = false;
    unsigned drops = 0;
    for (size_t i = 0; i < mg_view_count(sections, ""); i++) {
        const json_t *section = mg_view_item(sections, i);
        const bool drop = is_labelled(section, "drop");
        if (drop && !in_drop && drops < DROPS_MAX) {
            char name[24] = "Drop";
            if (++drops > 1)
                snprintf(name, sizeof name, "Drop %u", drops);
            add_cue(list, MG_CUE_DROP, name, mg_view_number(section, "start_s"));
        }
        in_drop = drop;
    }
}

static void add_mix_out(cue_list *list, const json_t *sections)
{
    size_t outro = mg_view_count(sections, "");
    const json_t *last = mg_view_item(sections, outro - 1);
    while (outro > 1 && is_labelled(mg_view_item(sections, outro - 1), "outro"))
        outro--;
    const double start_s = mg_view_number(last, "start_s");
    const double length_s = mg_view_number(last, "end_s") - start_s;
    const double tail_s = bars_s(list->grid, start_s, MIX_OUT_BARS);
    if (is_labelled(last, "outro"))
        add_cue(list, MG_CUE_MIX_OUT, "Mix out",
                mg_view_number(mg_view_item(sections, outro), "start_s"));
    else if (length_s >= tail_s)
        add_cue(list, MG_CUE_MIX_OUT, "Mix out",
                start_s + floor(2.0 * (length_s - tail_s) / tail_s) * tail_s / 2.0);
}

size_t mg_cues(const json_t *result, const mg_beat_grid *grid, mg_cue ret[MG_CUES_MAX])
{
    const json_t *sections = mg_view(result, "structure.sections");
    const size_t count = mg_view_count(sections, "");
    cue_list list = {.grid = grid, .cues = ret};
    if (grid->count == 0 || count == 0)
        return 0;
    add_mix_in(&list, sections);
    add_drops(&list, sections);
    if (count > 1)
        add_mix_out(&list, sections);
    return list.count;
}
