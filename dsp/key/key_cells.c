#include "dsp/key/key_cells.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    HARMONY = MG_KEY_NET_HARMONY,
    FOCI = MG_KEY_NET_FOCI,
    CELL_FRAMES = 4, /* at least */
    /* Heard at a time, beside the frame before and the one after. */
    HEARD_FRAMES = MG_KEY_NET_FRAMES_MAX - 2,
};

static void add_focus(mg_key_focus_sum *to, float log_most, float weight, const float *harmony)
{
    if (!(weight > 0))
        return;
    float most = to->weight > 0 ? fmaxf(to->log_most, log_most) : log_most;
    float old = to->weight > 0 ? expf(to->log_most - most) : 0.0f, share = expf(log_most - most);
    to->log_most = most;
    to->weight = old * to->weight + share * weight;
    for (unsigned o = 0; o < HARMONY; o++)
        to->harmony[o] = old * to->harmony[o] + share * harmony[o];
}

static void add_frame(const float harmony[HARMONY], unsigned tonic, mg_key_cell *cell)
{
    for (unsigned o = 0; o < HARMONY; o++)
        cell->harmony[tonic][o] += harmony[o];
    for (unsigned f = 0; f < FOCI; f++)
        add_focus(&cell->focus[tonic][f], mg_key_net_attend(&mg_key_net_learnt, f, harmony), 1.0f,
                  harmony);
}

/* Room for what is heard at a time. */
typedef struct heard {
    float frame[MG_KEY_NET_FRAMES_MAX][MG_KEY_NET_INPUTS];
    mg_key_net_course course;
} heard;

/* Adds the frames from..to-1 of `frames` to their cells; those beside them are heard as well. */
static void hear(mg_key_cells *cells, const mg_key_framing *framing, size_t frames, size_t from,
                 size_t to, heard *room)
{
    size_t first = from > 0 ? from - 1 : 0, end = to < frames ? to + 1 : frames;
    size_t cell_frames = cells->each / framing->each;
    for (size_t f = first; f < end; f++)
        mg_key_frame_fill(framing, cells->slots, cells->slot_count, f, room->frame[f - first]);
    for (unsigned tonic = 0; tonic < 12; tonic++) {
        mg_key_net_hear(&mg_key_net_learnt, room->frame, end - first, tonic, &room->course);
        for (size_t f = from; f < to; f++)
            add_frame(room->course.harmony[f - first], tonic, &cells->cell[f / cell_frames]);
    }
    for (size_t f = from; f < to; f++)
        cells->cell[f / cell_frames].frames += 1.0f;
}

mg_err mg_key_cells_init(mg_key_cells *cells, const mg_pitch_slot *slots, size_t count,
                         double slot_s, double tuning_strength)
{
    mg_key_framing framing;
    mg_autofree heard *room = calloc(1, sizeof(*room));
    mg_err err = room ? mg_key_framing_find(&framing, slots, count, slot_s) : MG_E_NOMEM;
    if (err)
        return err;
    size_t frames = (count + framing.each - 1) / framing.each, each = CELL_FRAMES;
    if (frames > each * MG_KEY_CELLS_MAX)
        each = (frames + MG_KEY_CELLS_MAX - 1) / MG_KEY_CELLS_MAX;
    *cells = (mg_key_cells){.count = (frames + each - 1) / each,
                            .each = each * framing.each,
                            .cell_s = (double)(each * framing.each) * slot_s,
                            .slots = slots,
                            .slot_count = count,
                            .tuning_strength = tuning_strength};
    cells->cell = calloc(cells->count, sizeof(*cells->cell));
    if (!cells->cell)
        return MG_E_NOMEM;
    for (size_t from = 0; from < frames; from += HEARD_FRAMES)
        hear(cells, &framing, frames, from,
             from + HEARD_FRAMES < frames ? from + HEARD_FRAMES : frames, room);
    return MG_OK;
}

void mg_key_cells_done(mg_key_cells *cells)
{
    free(cells->cell);
    *cells = (mg_key_cells){0};
}

/* The pools of a tonic over a stretch. */
static void find_pool(const mg_key_cells *cells, size_t from, size_t to, unsigned tonic,
                      float ret[MG_KEY_NET_POOLS])
{
    mg_key_focus_sum focus[FOCI] = {{0}};
    float frames = 0;
    memset(ret, 0, MG_KEY_NET_POOLS * sizeof(*ret));
    for (size_t c = from; c < to; c++) {
        const mg_key_cell *cell = &cells->cell[c];
        frames += cell->frames;
        for (unsigned o = 0; o < HARMONY; o++)
            ret[o] += cell->harmony[tonic][o];
        for (unsigned f = 0; f < FOCI; f++) {
            const mg_key_focus_sum *sum = &cell->focus[tonic][f];
            add_focus(&focus[f], sum->log_most, sum->weight, sum->harmony);
        }
    }
    for (unsigned o = 0; o < HARMONY; o++) {
        ret[o] /= frames;
        for (unsigned f = 0; f < FOCI; f++)
            ret[(f + 1) * HARMONY + o] = focus[f].harmony[o] / focus[f].weight;
    }
}

mg_err mg_key_cells_judge(const mg_key_cells *cells, size_t from, size_t to,
                          double ret_probability[MG_KEYS + 1])
{
    size_t first = from * cells->each, end = to * cells->each;
    float pool[12][MG_KEY_NET_POOLS];
    double score[MG_KEYS + 1];
    mg_autofree mg_key_sums *sums = malloc(sizeof(*sums));
    end = end < cells->slot_count ? end : cells->slot_count;
    mg_err err = sums ? mg_key_sums_find(sums, cells->slots + first, end - first,
                                         cells->tuning_strength)
                      : MG_E_NOMEM;
    if (err)
        return err;
    for (unsigned tonic = 0; tonic < 12; tonic++)
        find_pool(cells, from, to, tonic, pool[tonic]);
    mg_key_net_score(&mg_key_net_learnt, sums, pool, score);
    mg_key_softmax(score, MG_KEYS + 1, mg_key_net_temperature, ret_probability);
    return MG_OK;
}
