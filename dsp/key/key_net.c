#include "dsp/key/key_net.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    STRETCHES = 8, /* of a long file */
    STRETCH_FRAMES = MG_KEY_NET_FRAMES_MAX / STRETCHES,
    BASS = 12,
    PLAIN = 24,
    TRIADS = 36,
    WEIGHT = TRIADS + MG_CHORDS,
    NOTES = MG_KEY_NET_NOTES,
    HARMONY = MG_KEY_NET_HARMONY,
};

static const double frame_s = 0.74; /* as learnt */
/* So that all inputs have about the same size. */
static const float treble_scale = 4.0f, bass_scale = 8.0f, plain_scale = 4.0f, triad_scale = 3.0f;
static const float farthest_sign = 3.0f; /* from the mean, in spreads */

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Median of what is above 0; 1 without. */
static float median(float *x, size_t count)
{
    size_t positive = 0;
    for (size_t i = 0; i < count; i++) {
        if (x[i] > 0)
            x[positive++] = x[i];
    }
    qsort(x, positive, sizeof(*x), compare_floats);
    return positive ? x[positive / 2] : 1.0f;
}

/* Levels of the file's notes and of its plain pitch classes. */
static mg_err find_levels(const mg_pitch_slot *slots, size_t count, float *ret_notes,
                          float *ret_plain)
{
    mg_autofree float *notes = calloc(count + 1, sizeof(*notes));
    mg_autofree float *plain = calloc(count + 1, sizeof(*plain));
    if (!notes || !plain)
        return MG_E_NOMEM;
    for (size_t i = 0; i < count; i++) {
        for (unsigned k = 0; k < 12; k++) {
            notes[i] += slots[i].treble[k] + 0.7f * slots[i].bass[k];
            plain[i] += slots[i].plain[k];
        }
    }
    *ret_notes = median(notes, count);
    *ret_plain = median(plain, count);
    return MG_OK;
}

/* Adds a slot's share of a frame. Roots: a note twice as loud is not twice as much there. */
static void add_slot(const mg_pitch_slot *slot, float notes, float plain, float share, float *ret)
{
    for (unsigned k = 0; k < 12; k++) {
        ret[k] += share * sqrtf(treble_scale / notes * slot->treble[k]);
        ret[BASS + k] += share * sqrtf(bass_scale / notes * slot->bass[k]);
        ret[PLAIN + k] += share * sqrtf(plain_scale / plain * slot->plain[k]);
    }
    for (unsigned c = 0; c < MG_CHORDS; c++)
        ret[TRIADS + c] += share * triad_scale * slot->chord[c] * slot->weight;
    ret[WEIGHT] += share * slot->weight;
}

static mg_err fill_whole(mg_key_view *view, const mg_pitch_slot *slots, size_t count)
{
    mg_key_stretch stretch;
    mg_key_course course;
    mg_err err = mg_key_course_sum(slots, count, &course);
    if (err)
        return err;
    mg_key_stretch_sum(slots, count, &stretch);
    for (unsigned k = 0; k < MG_KEYS; k++) {
        double vector[MG_KEY_WHOLE];
        mg_key_stretch_vector(&stretch, k, vector);
        mg_key_course_vector(&course, k, vector + MG_KEY_STRETCH);
        for (unsigned i = 0; i < MG_KEY_WHOLE; i++)
            view->whole[k][i] = (float)vector[i];
    }
    return MG_OK;
}

static void fill_sound(mg_key_view *view, const mg_pitch_slot *slots, size_t count,
                       double tuning_strength)
{
    double sound[MG_KEY_TONAL_SOUND];
    mg_key_tonal_sound(slots, count, tuning_strength, sound);
    for (unsigned i = 0; i < MG_KEY_TONAL_SOUND; i++)
        view->sound[i] = (float)sound[i];
}

mg_err mg_key_view_init(mg_key_view *view, const mg_pitch_slot *slots, size_t count, double slot_s,
                        double tuning_strength)
{
    float notes = 1, plain = 1;
    size_t each = (size_t)(frame_s / slot_s + 0.5);
    each = each ? each : 1;
    size_t frames = (count + each - 1) / each;
    view->count = frames < MG_KEY_NET_FRAMES_MAX ? frames : MG_KEY_NET_FRAMES_MAX;
    view->frame = calloc(view->count + 1, sizeof(view->frame[0]));
    mg_err err = view->frame ? find_levels(slots, count, &notes, &plain) : MG_E_NOMEM;
    err = err ? err : fill_whole(view, slots, count);
    if (err) {
        mg_key_view_done(view);
        return err;
    }
    fill_sound(view, slots, count, tuning_strength);
    for (size_t f = 0; f < view->count; f++) {
        size_t at = f;
        if (frames > view->count) /* stretch s of STRETCHES, evenly from start to end */
            at += f / STRETCH_FRAMES * (frames - view->count) / (STRETCHES - 1);
        size_t from = at * each, to = from + each < count ? from + each : count;
        for (size_t i = from; i < to; i++)
            add_slot(&slots[i], notes, plain, 1.0f / (float)(to - from), view->frame[f]);
    }
    return MG_OK;
}

void mg_key_view_done(mg_key_view *view)
{
    free(view->frame);
    view->frame = NULL;
    view->count = 0;
}

unsigned mg_key_net_turned(unsigned i, unsigned tonic)
{
    return i < WEIGHT ? i / 12 * 12 + (i % 12 + tonic) % 12 : i;
}

/* Many inputs are 0: notes that do not sound, units that are still. */
static void add_row(float x, const float *weights, unsigned count, float *sum)
{
    if (x != 0) {
        for (unsigned o = 0; o < count; o++)
            sum[o] += x * weights[o];
    }
}

static void run_layers(const mg_key_net *net, const mg_key_view *view, unsigned tonic,
                       mg_key_net_course *course)
{
    unsigned turned[MG_KEY_NET_INPUTS];
    size_t count = view->count;
    for (unsigned i = 0; i < MG_KEY_NET_INPUTS; i++)
        turned[i] = mg_key_net_turned(i, tonic);
    memset(course->notes[0], 0, sizeof(course->notes[0]));
    memset(course->notes[count + 1], 0, sizeof(course->notes[0]));
    for (size_t t = 0; t < count; t++) {
        float sum[NOTES];
        memcpy(sum, net->notes_bias, sizeof(sum));
        for (unsigned i = 0; i < MG_KEY_NET_INPUTS; i++)
            add_row(view->frame[t][turned[i]], net->notes[i], NOTES, sum);
        for (unsigned o = 0; o < NOTES; o++)
            course->notes[t + 1][o] = sum[o] > 0 ? sum[o] : 0.0f;
    }
    for (size_t t = 0; t < count; t++) {
        float sum[HARMONY];
        const float *x = course->notes[t]; /* the frame before, this one and the next */
        memcpy(sum, net->harmony_bias, sizeof(sum));
        for (unsigned i = 0; i < MG_KEY_NET_SPAN * NOTES; i++)
            add_row(x[i], net->harmony[i], HARMONY, sum);
        for (unsigned o = 0; o < HARMONY; o++)
            course->harmony[t][o] = sum[o] > 0 ? sum[o] : 0.0f;
    }
}

/* Softmax over time of what a focus says of each frame. */
static void attend(const float *focus, const mg_key_net_course *course, size_t count, float *ret)
{
    float most = 0;
    double sum = 0;
    for (size_t t = 0; t < count; t++) {
        ret[t] = 0;
        for (unsigned o = 0; o < HARMONY; o++)
            ret[t] += focus[o] * course->harmony[t][o];
        most = t == 0 || ret[t] > most ? ret[t] : most;
    }
    for (size_t t = 0; t < count; t++) {
        ret[t] = (float)exp((double)(ret[t] - most));
        sum += (double)ret[t];
    }
    for (size_t t = 0; t < count; t++)
        ret[t] = (float)(ret[t] / sum);
}

void mg_key_net_run(const mg_key_net *net, const mg_key_view *view, unsigned tonic,
                    mg_key_net_course *course, double ret[2])
{
    size_t count = view->count;
    run_layers(net, view, tonic, course);
    memset(course->pool, 0, sizeof(course->pool));
    for (size_t t = 0; t < count; t++) {
        for (unsigned o = 0; o < HARMONY; o++)
            course->pool[o] += course->harmony[t][o] / (float)count;
    }
    for (unsigned f = 0; f < MG_KEY_NET_FOCI; f++) {
        float *pool = course->pool + (f + 1) * HARMONY;
        attend(net->focus[f], course, count, course->attention[f]);
        for (size_t t = 0; t < count; t++)
            add_row(course->attention[f][t], course->harmony[t], HARMONY, pool);
    }
    for (unsigned mode = 0; mode < 2; mode++) {
        ret[mode] = (double)net->bias[mode];
        for (unsigned i = 0; i < MG_KEY_NET_POOLS; i++)
            ret[mode] += (double)(net->pool[mode][i] * course->pool[i]);
        for (unsigned i = 0; i < MG_KEY_WHOLE; i++)
            ret[mode] += (double)(net->whole[mode][i] * view->whole[tonic + 12 * mode][i]);
    }
}

double mg_key_net_none(const mg_key_net *net, const mg_key_view *view,
                       const float pool[MG_KEY_NET_POOLS], mg_key_net_signs *signs)
{
    double score = (double)net->none_bias[0];
    for (unsigned i = 0; i < MG_KEY_TONAL_SOUND; i++) {
        float x = (view->sound[i] - net->sound_mean[i]) / net->sound_spread[i];
        signs->sign[i] = fminf(fmaxf(x, -farthest_sign), farthest_sign);
    }
    memcpy(signs->sign + MG_KEY_TONAL_SOUND, pool, MG_KEY_NET_POOLS * sizeof(*pool));
    memcpy(signs->doubt, net->doubt_bias, sizeof(signs->doubt));
    for (unsigned i = 0; i < MG_KEY_NET_SIGNS; i++)
        add_row(signs->sign[i], net->doubt[i], MG_KEY_NET_DOUBTS, signs->doubt);
    for (unsigned o = 0; o < MG_KEY_NET_DOUBTS; o++) {
        signs->doubt[o] = signs->doubt[o] > 0 ? signs->doubt[o] : 0.0f;
        score += (double)(net->none[o] * signs->doubt[o]);
    }
    return score;
}

void mg_key_net_add(const mg_key_net *net, const mg_key_view *view, mg_key_net_course *course,
                    double share, double ret[MG_KEYS + 1])
{
    float pool[MG_KEY_NET_POOLS] = {0};
    mg_key_net_signs signs;
    for (unsigned tonic = 0; tonic < 12; tonic++) {
        double score[2];
        mg_key_net_run(net, view, tonic, course, score);
        ret[tonic] += share * score[0];
        ret[tonic + 12] += share * score[1];
        add_row(1.0f / 12.0f, course->pool, MG_KEY_NET_POOLS, pool);
    }
    ret[MG_KEYS] += share * mg_key_net_none(net, view, pool, &signs);
}

mg_err mg_key_net_scores(const mg_key_view *view, double ret[MG_KEYS + 1])
{
    mg_autofree mg_key_net_course *course = malloc(sizeof(*course));
    if (!course)
        return MG_E_NOMEM;
    memset(ret, 0, (MG_KEYS + 1) * sizeof(*ret));
    for (unsigned n = 0; n < MG_KEY_NETS; n++)
        mg_key_net_add(&mg_key_nets[n], view, course, 1.0 / MG_KEY_NETS, ret);
    return MG_OK;
}
