#include "dsp/key/key_net.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
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

mg_err mg_key_framing_find(mg_key_framing *framing, const mg_pitch_slot *slots, size_t count,
                           double slot_s)
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
    size_t each = (size_t)(frame_s / slot_s + 0.5);
    framing->each = each ? each : 1;
    framing->notes = median(notes, count);
    framing->plain = median(plain, count);
    return MG_OK;
}

/* Adds a slot's share of a frame. Roots: a note twice as loud is not twice as much there. */
static void add_slot(const mg_key_framing *framing, const mg_pitch_slot *slot, float share,
                     float *ret)
{
    for (unsigned k = 0; k < 12; k++) {
        ret[k] += share * sqrtf(treble_scale / framing->notes * slot->treble[k]);
        ret[BASS + k] += share * sqrtf(bass_scale / framing->notes * slot->bass[k]);
        ret[PLAIN + k] += share * sqrtf(plain_scale / framing->plain * slot->plain[k]);
    }
    for (unsigned c = 0; c < MG_CHORDS; c++)
        ret[TRIADS + c] += share * triad_scale * slot->chord[c] * slot->weight;
    ret[WEIGHT] += share * slot->weight;
}

void mg_key_frame_fill(const mg_key_framing *framing, const mg_pitch_slot *slots, size_t count,
                       size_t f, float ret[MG_KEY_NET_INPUTS])
{
    size_t from = f * framing->each, to = from + framing->each;
    to = to < count ? to : count;
    memset(ret, 0, MG_KEY_NET_INPUTS * sizeof(*ret));
    for (size_t i = from; i < to; i++)
        add_slot(framing, &slots[i], 1.0f / (float)(to - from), ret);
}

mg_err mg_key_sums_find(mg_key_sums *sums, const mg_pitch_slot *slots, size_t count,
                        double tuning_strength)
{
    mg_key_stretch stretch;
    mg_key_course course;
    double sound[MG_KEY_TONAL_SOUND];
    mg_err err = mg_key_course_sum(slots, count, &course);
    if (err)
        return err;
    mg_key_stretch_sum(slots, count, &stretch);
    for (unsigned k = 0; k < MG_KEYS; k++) {
        double vector[MG_KEY_WHOLE];
        mg_key_stretch_vector(&stretch, k, vector);
        mg_key_course_vector(&course, k, vector + MG_KEY_STRETCH);
        for (unsigned i = 0; i < MG_KEY_WHOLE; i++)
            sums->whole[k][i] = (float)vector[i];
    }
    mg_key_tonal_sound(slots, count, tuning_strength, sound);
    for (unsigned i = 0; i < MG_KEY_TONAL_SOUND; i++)
        sums->sound[i] = (float)sound[i];
    return MG_OK;
}

mg_err mg_key_view_init(mg_key_view *view, const mg_pitch_slot *slots, size_t count, double slot_s,
                        double tuning_strength)
{
    mg_key_framing framing;
    *view = (mg_key_view){0};
    mg_err err = mg_key_framing_find(&framing, slots, count, slot_s);
    err = err ? err : mg_key_sums_find(&view->sums, slots, count, tuning_strength);
    if (err)
        return err;
    size_t frames = (count + framing.each - 1) / framing.each;
    frames = frames < MG_KEY_NET_FRAMES_MAX ? frames : MG_KEY_NET_FRAMES_MAX;
    view->frame = calloc(frames + 1, sizeof(view->frame[0]));
    if (!view->frame)
        return MG_E_NOMEM;
    view->count = frames;
    for (size_t f = 0; f < frames; f++)
        mg_key_frame_fill(&framing, slots, count, f, view->frame[f]);
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

void mg_key_net_hear(const mg_key_net *net, const float (*frame)[MG_KEY_NET_INPUTS], size_t count,
                     unsigned tonic, mg_key_net_course *course)
{
    unsigned turned[MG_KEY_NET_INPUTS];
    for (unsigned i = 0; i < MG_KEY_NET_INPUTS; i++)
        turned[i] = mg_key_net_turned(i, tonic);
    memset(course->notes[0], 0, sizeof(course->notes[0]));
    memset(course->notes[count + 1], 0, sizeof(course->notes[0]));
    for (size_t t = 0; t < count; t++) {
        float sum[NOTES];
        memcpy(sum, net->notes_bias, sizeof(sum));
        for (unsigned i = 0; i < MG_KEY_NET_INPUTS; i++)
            add_row(frame[t][turned[i]], net->notes[i], NOTES, sum);
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

float mg_key_net_attend(const mg_key_net *net, unsigned focus,
                        const float harmony[MG_KEY_NET_HARMONY])
{
    float sum = 0;
    for (unsigned o = 0; o < HARMONY; o++)
        sum += net->focus[focus][o] * harmony[o];
    return sum;
}

/* Softmax over time of what a focus says of each frame. */
static void attend(const mg_key_net *net, unsigned focus, const mg_key_net_course *course,
                   size_t count, float *ret)
{
    float most = 0;
    double sum = 0;
    for (size_t t = 0; t < count; t++) {
        ret[t] = mg_key_net_attend(net, focus, course->harmony[t]);
        most = t == 0 || ret[t] > most ? ret[t] : most;
    }
    for (size_t t = 0; t < count; t++) {
        ret[t] = (float)exp((double)(ret[t] - most));
        sum += (double)ret[t];
    }
    for (size_t t = 0; t < count; t++)
        ret[t] = (float)(ret[t] / sum);
}

/* All of the course. */
static void follow(const mg_key_net *net, const mg_key_view *view, unsigned tonic,
                   mg_key_net_course *course)
{
    size_t count = view->count;
    mg_key_net_hear(net, view->frame, count, tonic, course);
    memset(course->pool, 0, sizeof(course->pool));
    for (size_t t = 0; t < count; t++) {
        for (unsigned o = 0; o < HARMONY; o++)
            course->pool[o] += course->harmony[t][o] / (float)count;
    }
    for (unsigned f = 0; f < MG_KEY_NET_FOCI; f++) {
        float *pool = course->pool + (f + 1) * HARMONY;
        attend(net, f, course, count, course->attention[f]);
        for (size_t t = 0; t < count; t++)
            add_row(course->attention[f][t], course->harmony[t], HARMONY, pool);
    }
}

/* Scores of the tonic's major and minor key. */
static void score_tonic(const mg_key_net *net, const mg_key_sums *sums, unsigned tonic,
                        const float pool[MG_KEY_NET_POOLS], double ret[2])
{
    for (unsigned mode = 0; mode < 2; mode++) {
        ret[mode] = (double)net->bias[mode];
        for (unsigned i = 0; i < MG_KEY_NET_POOLS; i++)
            ret[mode] += (double)(net->pool[mode][i] * pool[i]);
        for (unsigned i = 0; i < MG_KEY_WHOLE; i++)
            ret[mode] += (double)(net->whole[mode][i] * sums->whole[tonic + 12 * mode][i]);
    }
}

void mg_key_net_run(const mg_key_net *net, const mg_key_view *view, unsigned tonic,
                    mg_key_net_course *course, double ret[2])
{
    follow(net, view, tonic, course);
    score_tonic(net, &view->sums, tonic, course->pool, ret);
}

double mg_key_net_none(const mg_key_net *net, const mg_key_sums *sums,
                       const float pool[MG_KEY_NET_POOLS], mg_key_net_signs *signs)
{
    double score = (double)net->none_bias[0];
    for (unsigned i = 0; i < MG_KEY_TONAL_SOUND; i++) {
        float x = (sums->sound[i] - net->sound_mean[i]) / net->sound_spread[i];
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

void mg_key_net_score(const mg_key_net *net, const mg_key_sums *sums,
                      const float pool[12][MG_KEY_NET_POOLS], double ret[MG_KEYS + 1])
{
    float mean[MG_KEY_NET_POOLS] = {0};
    mg_key_net_signs signs;
    for (unsigned tonic = 0; tonic < 12; tonic++) {
        double two[2];
        score_tonic(net, sums, tonic, pool[tonic], two);
        ret[tonic] = two[0];
        ret[tonic + 12] = two[1];
        for (unsigned i = 0; i < MG_KEY_NET_POOLS; i++)
            mean[i] += pool[tonic][i] / 12.0f;
    }
    ret[MG_KEYS] = mg_key_net_none(net, sums, mean, &signs);
}

mg_err mg_key_net_judge(const mg_key_net *net, const mg_key_view *view, double ret[MG_KEYS + 1])
{
    float pool[12][MG_KEY_NET_POOLS];
    mg_autofree mg_key_net_course *course = malloc(sizeof(*course));
    if (!course)
        return MG_E_NOMEM;
    for (unsigned tonic = 0; tonic < 12; tonic++) {
        follow(net, view, tonic, course);
        memcpy(pool[tonic], course->pool, sizeof(pool[tonic]));
    }
    mg_key_net_score(net, &view->sums, pool, ret);
    return MG_OK;
}

void mg_key_softmax(const double *score, unsigned count, double temperature, double *ret)
{
    double best = -INFINITY, sum = 0;
    for (unsigned k = 0; k < count; k++)
        best = score[k] > best ? score[k] : best;
    for (unsigned k = 0; k < count; k++)
        sum += ret[k] = exp((score[k] - best) / temperature);
    for (unsigned k = 0; k < count; k++)
        ret[k] /= sum;
}
