#include "dsp/key/key_features.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EDGE_SLOTS = 6, ENTRY_SLOTS = 4, LAG_FIRST = 2, LAG_LAST = 5,
       BASS_LAG_LAST = 5 };

static const double tonal_share = 0.25;    /* of the median strength: slots that count as tonal */
static const double least_rise = 0.15;     /* of the mean strength */
static const double least_bass = 1e-6;     /* against division by 0 */
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
            ret->plain[k] += (double)slots[i].plain[k];
        }
        for (int c = 0; c < MG_CHORDS; c++)
            ret->chord[c] += (double)slots[i].chord[c] * slots[i].weight;
        ret->weight += slots[i].weight;
    }
    ret->weight /= count ? (double)count : 1.0;
    for (int k = 0; k < 12; k++) {
        ret->chroma[k] = ret->treble[k] + 0.5 * ret->bass[k];
        ret->treble[k] = sqrt(ret->treble[k]);
        ret->plain[k] = sqrt(ret->plain[k]);
    }
    normalise(ret->treble, 12);
    normalise(ret->chroma, 12);
    normalise(ret->bass, 12);
    normalise(ret->plain, 12);
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

static void add_edge(const mg_pitch_slot *slot, double weight, double *chroma, double *bass)
{
    for (int k = 0; k < 12; k++) {
        chroma[k] += weight * (double)slot->smooth[k];
        bass[k] += weight * (double)slot->bass[k];
    }
}

/* Where the tonal strength rises - a part of a loop or of the form begins - what sounds from there
 * on, by the size of the rise: harmony mostly begins at home. */
static void add_entries(const mg_pitch_slot *slots, size_t count, mg_key_course *ret)
{
    for (size_t i = 0; i < count; i++) {
        double before = 0, after = 0;
        for (size_t j = 1; j <= ENTRY_SLOTS; j++) {
            before += i >= j ? (double)slots[i - j].weight : 0;
            after += i + j <= count ? (double)slots[i + j - 1].weight : 0;
        }
        double rise = (after - before) / ENTRY_SLOTS - least_rise;
        if (!(rise > 0))
            continue;
        for (size_t j = i; j < i + ENTRY_SLOTS && j < count; j++)
            add_edge(&slots[j], rise, ret->entry, ret->entry_bass);
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

static void add_bass_motion(const mg_pitch_slot *slots, size_t count, double ret[12][12])
{
    for (size_t i = 0; i < count; i++) {
        double from = least_bass, to[12] = {0};
        for (int k = 0; k < 12; k++)
            from += slots[i].bass[k];
        for (size_t j = i + 1; j <= i + BASS_LAG_LAST && j < count; j++) {
            double all = least_bass;
            for (int k = 0; k < 12; k++)
                all += slots[j].bass[k];
            for (int k = 0; k < 12; k++)
                to[k] += slots[j].bass[k] / all * slots[j].weight;
        }
        for (int a = 0; a < 12; a++) {
            for (int b = 0; b < 12; b++)
                ret[a][b] += a == b ? 0 : slots[i].bass[a] / from * slots[i].weight * to[b];
        }
    }
    normalise(ret[0], 144);
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
        add_edge(&slots[index[i]], 1.0, ret->first, ret->first_bass);
        add_edge(&slots[index[kept - 1 - i]], 1.0, ret->last, ret->last_bass);
    }
    add_entries(slots, count, ret);
    normalise(ret->entry, 12);
    normalise(ret->entry_bass, 12);
    normalise(ret->first, 12);
    normalise(ret->last, 12);
    normalise(ret->first_bass, 12);
    normalise(ret->last_bass, 12);
    add_presence(slots, count, ret->presence);
    add_motion(slots, count, ret->motion);
    add_bass_motion(slots, count, ret->bass_motion);
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
    to = put_rotated(to, stretch->plain, tonic);
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

/* From a root, of either mode, to one of the given mode or of both. */
static double root_motion(const mg_key_course *course, unsigned from, unsigned to, bool both)
{
    double sum = course->motion[from % 12][to] + course->motion[from % 12 + 12][to];
    return both ? sum + root_motion(course, from, (to + 12) % 24, false) : sum;
}

/* Into tonic and dominant of the bass, and how the harmony moves between other degrees: to the
 * dominant, from it elsewhere, to the subdominant and to the sixth degree. */
static void put_degrees(double *to, const mg_key_course *course, unsigned key)
{
    unsigned tonic = key % 12, fifth = (tonic + 7) % 12, fourth = (tonic + 5) % 12;
    bool minor = key >= 12;
    unsigned sixth = (tonic + (minor ? 8 : 9)) % 12, sixth_triad = minor ? sixth : sixth + 12;
    for (unsigned i = 1; i < 12; i++)
        *to++ = course->bass_motion[(tonic + i) % 12][tonic];
    for (unsigned i = 1; i < 12; i++)
        *to++ = course->bass_motion[(fifth + i) % 12][fifth];
    *to++ = root_motion(course, tonic + 2, fifth, false);
    *to++ = root_motion(course, fourth, fifth, false);
    *to++ = root_motion(course, sixth, fifth, false);
    *to++ = course->motion[fifth][sixth_triad];
    *to++ = course->motion[key][fourth] + course->motion[key][fourth + 12];
    *to++ = root_motion(course, sixth, fourth, true);
    *to++ = course->motion[key][sixth] + course->motion[key][sixth + 12];
    *to = course->motion[fifth][fifth];
}

void mg_key_course_vector(const mg_key_course *course, unsigned key, double *ret)
{
    static const unsigned roots[7] = {1, 2, 3, 5, 8, 9, 10};
    unsigned tonic = key % 12, fifth = (tonic + 7) % 12;
    double *to = put_triad(ret, course->first, tonic);
    to = put_triad(to, course->last, tonic);
    *to++ = course->first_bass[tonic];
    *to++ = course->last_bass[tonic];
    to = put_triad(to, course->entry, tonic);
    *to++ = course->entry_bass[tonic];
    *to++ = course->entry_bass[fifth];
    to = put_rotated(to, course->presence, tonic);
    *to++ = course->motion[fifth][key];
    *to++ = course->motion[fifth + 12][key];
    for (unsigned i = 0; i < 7; i++) {
        unsigned from = (tonic + roots[i]) % 12;
        *to++ = course->motion[from][key] + course->motion[from + 12][key];
    }
    *to++ = course->motion[key][key];
    *to++ = course->motion[key][fifth];
    put_degrees(to, course, key);
}
