#include "dsp/key/key_features.h"

#include "base/cleanup.h"
#include "dsp/key/key_profiles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EDGE_SLOTS = 6, LAG_FIRST = 2, LAG_LAST = 5 };

static const double tonal_share = 0.25;    /* of the median strength: slots that count as tonal */
static const double presence_share = 0.25; /* of the strongest pitch class of a slot */

static void normalise(double *x, size_t count)
{
    double sum = 1e-9;
    for (size_t i = 0; i < count; i++)
        sum += x[i];
    for (size_t i = 0; i < count; i++)
        x[i] /= sum;
}

void mg_key_stretch_sum(const mg_pitch_slot *slots, size_t count, mg_key_stretch *ret)
{
    memset(ret, 0, sizeof(*ret));
    for (size_t i = 0; i < count; i++) {
        for (int k = 0; k < 12; k++) {
            ret->treble[k] += slots[i].treble[k];
            ret->bass[k] += slots[i].bass[k];
        }
        for (int c = 0; c < MG_CHORDS; c++)
            ret->chord[c] += (double)slots[i].chord[c] * slots[i].weight;
        ret->weight += slots[i].weight;
    }
    ret->weight /= count ? (double)count : 1.0;
    for (int k = 0; k < 12; k++) {
        ret->chroma[k] = ret->treble[k] + 0.5 * ret->bass[k];
        ret->treble[k] = sqrt(ret->treble[k]);
    }
    normalise(ret->treble, 12);
    normalise(ret->chroma, 12);
    normalise(ret->bass, 12);
    normalise(ret->chord, MG_CHORDS);
}

static double strength(const mg_pitch_slot *slot)
{
    double sum = 0;
    for (int k = 0; k < 12; k++)
        sum += slot->treble[k] + 0.7 * slot->bass[k];
    return sum;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Indices of the slots with enough tonal strength; all when they are few. */
static mg_err tonal_slots(const mg_pitch_slot *slots, size_t count, size_t **ret, size_t *ret_count)
{
    mg_autofree double *sorted = malloc((count ? count : 1) * sizeof(*sorted));
    size_t *index = malloc((count ? count : 1) * sizeof(*index));
    size_t positive = 0, kept = 0;
    if (!sorted || !index) {
        free(index);
        return MG_E_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        double s = strength(&slots[i]);
        if (s > 0)
            sorted[positive++] = s;
    }
    qsort(sorted, positive, sizeof(*sorted), compare_doubles);
    double least = positive ? tonal_share * sorted[positive / 2] : 0;
    for (size_t i = 0; i < count; i++) {
        if (strength(&slots[i]) > least)
            index[kept++] = i;
    }
    if (kept < 2 * EDGE_SLOTS) {
        for (size_t i = 0; i < count; i++)
            index[i] = i;
        kept = count;
    }
    *ret = index;
    *ret_count = kept;
    return MG_OK;
}

static void add_edge(const mg_pitch_slot *slot, double *chroma, double *bass)
{
    for (int k = 0; k < 12; k++) {
        chroma[k] += slot->smooth[k];
        bass[k] += slot->bass[k];
    }
}

static void add_presence(const mg_pitch_slot *slots, size_t count, double *ret)
{
    for (size_t i = 0; i < count; i++) {
        double level[12], most = 0;
        for (int k = 0; k < 12; k++) {
            level[k] = slots[i].treble[k] + 0.7 * slots[i].bass[k];
            most = level[k] > most ? level[k] : most;
        }
        for (int k = 0; k < 12; k++)
            ret[k] += most > 0 && level[k] > presence_share * most ? 1.0 / (double)count : 0.0;
    }
}

static void add_motion(const mg_pitch_slot *slots, size_t count, double ret[][MG_CHORDS])
{
    double scale = 1.0 / (double)(count ? count : 1) / (LAG_LAST - LAG_FIRST + 1);
    for (size_t i = 0; i < count; i++) {
        double to[MG_CHORDS] = {0};
        for (size_t j = i + LAG_FIRST; j <= i + LAG_LAST && j < count; j++) {
            for (int c = 0; c < MG_CHORDS; c++)
                to[c] += (double)slots[j].chord[c] * slots[j].weight;
        }
        for (int a = 0; a < MG_CHORDS; a++) {
            double from = scale * slots[i].chord[a] * slots[i].weight;
            for (int b = 0; b < MG_CHORDS; b++)
                ret[a][b] += from * to[b];
        }
    }
}

mg_err mg_key_course_sum(const mg_pitch_slot *slots, size_t count, mg_key_course *ret)
{
    mg_autofree size_t *index = NULL;
    size_t kept = 0;
    mg_err err = tonal_slots(slots, count, &index, &kept);
    if (err)
        return err;
    memset(ret, 0, sizeof(*ret));
    for (size_t i = 0; i < EDGE_SLOTS && i < kept; i++) {
        add_edge(&slots[index[i]], ret->first, ret->first_bass);
        add_edge(&slots[index[kept - 1 - i]], ret->last, ret->last_bass);
    }
    normalise(ret->first, 12);
    normalise(ret->last, 12);
    normalise(ret->first_bass, 12);
    normalise(ret->last_bass, 12);
    add_presence(slots, count, ret->presence);
    add_motion(slots, count, ret->motion);
    return MG_OK;
}

static double *put_rotated(double *to, const double *from, unsigned tonic)
{
    for (unsigned k = 0; k < 12; k++)
        *to++ = from[(k + tonic) % 12];
    return to;
}

void mg_key_stretch_vector(const mg_key_stretch *stretch, unsigned key, double *ret)
{
    unsigned tonic = key % 12;
    double *to = put_rotated(ret, stretch->treble, tonic);
    to = put_rotated(to, stretch->chroma, tonic);
    to = put_rotated(to, stretch->bass, tonic);
    to = put_rotated(to, stretch->chord, tonic);
    to = put_rotated(to, stretch->chord + 12, tonic);
    *to = 1.0;
}

/* Tonic, both thirds and fifth. */
static double *put_triad(double *to, const double *from, unsigned tonic)
{
    static const unsigned steps[4] = {0, 3, 4, 7};
    for (unsigned i = 0; i < 4; i++)
        *to++ = from[(tonic + steps[i]) % 12];
    return to;
}

void mg_key_course_vector(const mg_key_course *course, unsigned key, double *ret)
{
    static const unsigned roots[7] = {1, 2, 3, 5, 8, 9, 10};
    unsigned tonic = key % 12, fifth = (tonic + 7) % 12;
    double *to = put_triad(ret, course->first, tonic);
    to = put_triad(to, course->last, tonic);
    *to++ = course->first_bass[tonic];
    *to++ = course->last_bass[tonic];
    to = put_rotated(to, course->presence, tonic);
    *to++ = course->motion[fifth][key];
    *to++ = course->motion[fifth + 12][key];
    for (unsigned i = 0; i < 7; i++) {
        unsigned from = (tonic + roots[i]) % 12;
        *to++ = course->motion[from][key] + course->motion[from + 12][key];
    }
    *to++ = course->motion[key][key];
    *to = course->motion[key][fifth];
}

static double similarity(const float *a, const float *b)
{
    double ab = 0, aa = 1e-12, bb = 1e-12;
    for (int k = 0; k < 12; k++) {
        ab += (double)a[k] * b[k];
        aa += (double)a[k] * a[k];
        bb += (double)b[k] * b[k];
    }
    return ab / sqrt(aa * bb);
}

static double evenness(const double *x)
{
    double sum = 1e-12, entropy = 0;
    for (int k = 0; k < 12; k++)
        sum += x[k];
    for (int k = 0; k < 12; k++) {
        if (x[k] > 0)
            entropy -= x[k] / sum * log(x[k] / sum);
    }
    return entropy / log(12.0);
}

static double near_even(const double *x)
{
    return -log(1.005 - evenness(x));
}

/* How much of the harmony four triads make up. */
static double share_of_four(const double chord[MG_CHORDS])
{
    double sorted[MG_CHORDS], sum = 1e-9;
    memcpy(sorted, chord, sizeof(sorted));
    qsort(sorted, MG_CHORDS, sizeof(*sorted), compare_doubles);
    for (int c = 0; c < MG_CHORDS; c++)
        sum += sorted[c];
    return (sorted[MG_CHORDS - 1] + sorted[MG_CHORDS - 2] + sorted[MG_CHORDS - 3] +
            sorted[MG_CHORDS - 4]) / sum;
}

void mg_key_tonal_vector(const mg_pitch_slot *slots, size_t count, double tuning_strength,
                         double *ret)
{
    double treble[12] = {0}, bass[12] = {0}, both[12], chord[MG_CHORDS] = {0};
    double used = 1e-9, pairs = 1e-9;
    memset(ret, 0, MG_KEY_TONAL * sizeof(*ret));
    for (size_t i = 0; i < count; i++) {
        double best = 0;
        if (!(slots[i].weight > 0))
            continue;
        used += 1.0;
        for (int k = 0; k < 12; k++) {
            treble[k] += slots[i].treble[k];
            bass[k] += slots[i].bass[k];
            ret[0] += slots[i].treble[k];
            ret[1] += slots[i].bass[k];
        }
        for (int c = 0; c < MG_CHORDS; c++) {
            best = slots[i].chord[c] > best ? slots[i].chord[c] : best;
            chord[c] += (double)slots[i].chord[c] * slots[i].weight;
        }
        ret[6] += best;
        if (i > 0 && slots[i - 1].weight > 0) {
            pairs += 1.0;
            ret[2] += similarity(slots[i].treble, slots[i - 1].treble);
            ret[3] += similarity(slots[i].bass, slots[i - 1].bass);
        }
    }
    ret[0] /= used;
    ret[1] /= used;
    ret[2] /= pairs;
    ret[3] /= pairs;
    ret[4] = near_even(treble);
    ret[5] = evenness(bass);
    ret[6] /= used;
    ret[7] = log(0.02 + tuning_strength);
    for (int k = 0; k < 12; k++)
        both[k] = treble[k] + bass[k];
    ret[8] = near_even(both);
    ret[9] = share_of_four(chord);
    ret[10] = 1.0;
}

double mg_key_tonal_probability(const mg_pitch_slot *slots, size_t count, double tuning_strength)
{
    double vector[MG_KEY_TONAL], z = 0;
    mg_key_tonal_vector(slots, count, tuning_strength, vector);
    for (unsigned i = 0; i < MG_KEY_TONAL; i++)
        z += vector[i] * mg_key_tonal_weight[i];
    return 1.0 / (1.0 + exp(-z));
}

void mg_key_softmax(const double *score, double temperature, double *ret)
{
    double best = -INFINITY, sum = 0;
    for (unsigned k = 0; k < MG_KEYS; k++)
        best = score[k] > best ? score[k] : best;
    for (unsigned k = 0; k < MG_KEYS; k++)
        sum += ret[k] = exp((score[k] - best) / temperature);
    for (unsigned k = 0; k < MG_KEYS; k++)
        ret[k] /= sum;
}
