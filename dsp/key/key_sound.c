#include "dsp/key/key_sound.h"

#include "dsp/key/key_features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
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

/* Correlation with the profile of the key that fits best (braw of Faraldo et al., 2017). */
static double best_fit(const double *chroma)
{
    static const double profile[2][12] = {
        {1, 0.1573, 0.42, 0.157, 0.5296, 0.3669, 0.1632, 0.7711, 0.1676, 0.3827, 0.2113, 0.2965},
        {1, 0.233, 0.3615, 0.3905, 0.2925, 0.3777, 0.1961, 0.7425, 0.2701, 0.2161, 0.4228, 0.2272},
    };
    double best = -1;
    for (unsigned key = 0; key < MG_KEYS; key++) {
        const double *p = profile[key / 12];
        double x = 0, y = 0, xx = 1e-12, yy = 0, xy = 0;
        for (unsigned k = 0; k < 12; k++) {
            x += chroma[k] / 12.0;
            y += p[k] / 12.0;
        }
        for (unsigned k = 0; k < 12; k++) {
            double a = chroma[(k + key) % 12] - x, b = p[k] - y;
            xx += a * a;
            yy += b * b;
            xy += a * b;
        }
        best = fmax(best, xy / sqrt(xx * yy));
    }
    return best;
}

/* Share of the bass in slots whose strongest class is not that of the whole. */
static double bass_motion(const mg_pitch_slot *slots, size_t count, const double *bass)
{
    unsigned most = 0;
    double moved = 0, total = 1e-9;
    for (unsigned k = 1; k < 12; k++)
        most = bass[k] > bass[most] ? k : most;
    for (size_t i = 0; i < count; i++) {
        unsigned best = 0;
        for (unsigned k = 1; k < 12; k++)
            best = slots[i].bass[k] > slots[i].bass[best] ? k : best;
        total += (double)slots[i].bass[best];
        moved += best != most ? (double)slots[i].bass[best] : 0;
    }
    return moved / total;
}

void mg_key_tonal_sound(const mg_pitch_slot *slots, size_t count, double tuning_strength,
                        double ret[MG_KEY_TONAL_SOUND])
{
    double treble[12] = {0}, bass[12] = {0}, both[12], chord[MG_CHORDS] = {0};
    double used = 1e-9, pairs = 1e-9, low = 1e-9, low_on_grid = 0;
    memset(ret, 0, MG_KEY_TONAL_SOUND * sizeof(*ret));
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
        ret[11] += (double)slots[i].harmonic;
        low += (double)slots[i].low;
        low_on_grid += (double)slots[i].low_on_grid;
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
    ret[10] = best_fit(both);
    ret[11] /= used;
    ret[12] = low_on_grid / low;
    ret[13] = bass_motion(slots, count, bass);
}
