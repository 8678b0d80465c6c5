#include "dsp/key/key_pitch.h"

#include "base/cleanup.h"
#include "dsp/kernels/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    NOTES = MG_CHROMA_SEMITONES,
    NOTES_PADDED = 80, /* a multiple of 8 */
    PARTIALS = 8,
    ITERATIONS = 20,
    PLAIN_FROM = 45 - MG_CHROMA_LOWEST_MIDI,
    LOW_TO = 50 - MG_CHROMA_LOWEST_MIDI,
    REACH = 3, /* bins on each side of a semitone that count for it */
};

static const double partial_decay = 0.8;   /* each partial after the one before */
static const double window_bins = 1.2;     /* sigma of a semitone's window: 24 cents */
static const float sparsity = 0.05f;       /* share of the largest semitone */
static const float silence_share = 1e-5f;  /* slots 50 dB under the loudest are left out */
static const double chord_contrast = 12.0; /* softmax of the triads' correlation */
static const double chord_bass = 0.15;     /* what the root in the bass adds to it */

typedef struct notes_model {
    int partial_at[NOTES][PARTIALS];        /* semitones; those beyond the range have level 0 */
    float partial_level[NOTES][PARTIALS];   /* unit norm per note */
    float overlap[NOTES][NOTES_PADDED];     /* products of the notes' partials */
    float window[NOTES][2 * REACH + 1];     /* weights of the bins around a semitone */
    int first_bin[NOTES];
    float treble[NOTES], bass[NOTES];       /* shares in the two chromas */
    double triad[MG_CHORDS][12];            /* zero mean, unit norm */
} notes_model;

static double gauss(double bins)
{
    return exp(-0.5 * (bins / window_bins) * (bins / window_bins));
}

static void model_partials(notes_model *m)
{
    for (int n = 0; n < NOTES; n++) {
        double norm = 0, level = 1, all[PARTIALS] = {0};
        for (int h = 0; h < PARTIALS; h++, level *= partial_decay) {
            double at = 12.0 * log2(h + 1), near = floor(at + 0.5);
            int k = n + (int)near;
            if (k >= NOTES)
                continue;
            m->partial_at[n][h] = k;
            all[h] = level * gauss((at - near) * MG_CHROMA_PER_SEMITONE);
            norm += all[h] * all[h];
        }
        for (int h = 0; h < PARTIALS; h++)
            m->partial_level[n][h] = (float)(all[h] / sqrt(norm));
    }
}

/* Partial q of b falls on partial p of a for one b at most. */
static void model_overlaps(notes_model *m)
{
    for (int a = 0; a < NOTES; a++) {
        double sum[NOTES] = {0};
        for (int p = 0; p < PARTIALS; p++) {
            for (int q = 0; q < PARTIALS; q++) {
                int b = m->partial_at[a][p] - m->partial_at[0][q];
                if (m->partial_level[a][p] > 0 && b >= 0 && b < NOTES)
                    sum[b] += (double)m->partial_level[a][p] * m->partial_level[b][q];
            }
        }
        for (int b = 0; b < NOTES; b++)
            m->overlap[a][b] = (float)sum[b];
    }
}

/* A trapezoid with slopes of 4 semitones. */
static float share_of_range(int midi, int low, int high)
{
    double up = (midi - (low - 4)) / 4.0, down = ((high + 4) - midi) / 4.0;
    double share = up < down ? up : down;
    return (float)(share < 0 ? 0 : share > 1 ? 1 : share);
}

static void model_triads(notes_model *m)
{
    for (int q = 0; q < 2; q++) {
        for (int root = 0; root < 12; root++) {
            double *t = m->triad[12 * q + root];
            for (int k = 0; k < 12; k++)
                t[k] = -0.25; /* 3 ones in 12, mean removed */
            t[root] = t[(root + (q ? 3 : 4)) % 12] = t[(root + 7) % 12] = 0.75;
            for (int k = 0; k < 12; k++)
                t[k] /= 1.5; /* sqrt(3 * 0.75^2 + 9 * 0.25^2) */
        }
    }
}

static void model_init(notes_model *m, double cents)
{
    double shift = cents / 100.0 * MG_CHROMA_PER_SEMITONE;
    memset(m, 0, sizeof(*m));
    model_partials(m);
    model_overlaps(m);
    model_triads(m);
    for (int n = 0; n < NOTES; n++) {
        double centre = n * MG_CHROMA_PER_SEMITONE + shift;
        m->first_bin[n] = (int)floor(centre + 0.5) - REACH;
        for (int i = 0; i <= 2 * REACH; i++) {
            double off = m->first_bin[n] + i - centre;
            if (fabs(off) <= 0.5 * MG_CHROMA_PER_SEMITONE) /* each bin belongs to one semitone */
                m->window[n][i] = (float)gauss(off);
        }
        int midi = MG_CHROMA_LOWEST_MIDI + n;
        m->treble[n] = share_of_range(midi, 52, 88);
        m->bass[n] = share_of_range(midi, 24, 47);
    }
}

static void fold_semitones(const notes_model *m, const mg_chroma_slot *slot, float *ret_level)
{
    for (int n = 0; n < NOTES; n++) {
        float sum = 0;
        for (int i = 0; i <= 2 * REACH; i++) {
            int bin = m->first_bin[n] + i;
            if (bin >= 0 && bin < MG_CHROMA_BINS)
                sum += m->window[n][i] * slot->bin[bin];
        }
        ret_level[n] = sum;
    }
}

/* The notes that a slot can hold. */
typedef struct candidates {
    size_t count;
    int note[NOTES];
    const float *overlap[NOTES]; /* with every note */
    float fit[NOTES], value[NOTES];
} candidates;

static void find_candidates(const notes_model *m, const float *level, candidates *c)
{
    c->count = 0;
    for (int n = 0; n < NOTES; n++) {
        float sum = 0;
        for (int i = 0; i < PARTIALS; i++)
            sum += m->partial_level[n][i] * level[m->partial_at[n][i]];
        if (!(sum > 0))
            continue;
        c->note[c->count] = n;
        c->overlap[c->count] = m->overlap[n];
        c->fit[c->count] = c->value[c->count] = sum;
        c->count++;
    }
}

/* Drops the notes that have all but vanished. */
static void drop_small(float least, candidates *c)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->count; i++) {
        if (c->value[i] <= least)
            continue;
        c->note[kept] = c->note[i];
        c->overlap[kept] = c->overlap[i];
        c->fit[kept] = c->fit[i];
        c->value[kept++] = c->value[i];
    }
    c->count = kept;
}

/* Multiplicative updates. */
static void solve_notes(const notes_model *m, const float *level, float *ret_note)
{
    candidates c;
    float largest = 0;
    for (int n = 0; n < NOTES; n++)
        largest = level[n] > largest ? level[n] : largest;
    const mg_kernels *kernels = mg_kernels_best();
    find_candidates(m, level, &c);
    float penalty = sparsity * largest + 1e-9f;
    for (int round = 0; round < ITERATIONS; round++) {
        float sum[NOTES_PADDED];
        kernels->combine(c.overlap, NOTES_PADDED / 8, c.value, c.count, sum);
        for (size_t i = 0; i < c.count; i++)
            c.value[i] *= c.fit[i] / (sum[c.note[i]] + penalty);
        if (round == 3 || round == 7) /* most are gone by then */
            drop_small(1e-4f * largest, &c);
    }
    memset(ret_note, 0, NOTES * sizeof(*ret_note));
    for (size_t i = 0; i < c.count; i++)
        ret_note[c.note[i]] = c.value[i];
}

static void chromas(const notes_model *m, const float *note, mg_pitch_slot *slot)
{
    for (int n = 0; n < NOTES; n++) {
        int class = (MG_CHROMA_LOWEST_MIDI + n) % 12;
        slot->treble[class] += m->treble[n] * note[n];
        slot->bass[class] += m->bass[n] * note[n];
    }
}

/* How much of the second to sixth partial that low notes should have is there: kicks and toms have
 * little of it. */
static float harmonic_share(const notes_model *m, const float *level, const float *note)
{
    double sum = 0, total = 1e-9;
    for (int n = 0; n < PLAIN_FROM; n++) {
        double found = 0, due = 1e-9;
        if (!(note[n] > 0))
            continue;
        for (int h = 1; h < 6; h++) {
            double want = (double)note[n] * m->partial_level[n][h];
            double have = (double)level[m->partial_at[n][h]];
            found += have < want ? have : want;
            due += want;
        }
        sum += (double)note[n] * found / due;
        total += (double)note[n];
    }
    return (float)(sum / total);
}

static void describe_low(const mg_chroma_slot *in, const float *level, mg_pitch_slot *slot)
{
    int last = LOW_TO * MG_CHROMA_PER_SEMITONE;
    for (int b = 0; b < last; b++)
        slot->low += in->bin[b];
    for (int n = 0; n < LOW_TO; n++)
        slot->low_on_grid += level[n];
    for (int n = PLAIN_FROM; n < NOTES; n++)
        slot->plain[(MG_CHROMA_LOWEST_MIDI + n) % 12] += level[n];
}

static void smooth_slot(mg_pitch_slot *slots, size_t count, size_t i)
{
    static const float share[3] = {0.5f, 1.0f, 0.5f};
    for (size_t d = 0; d < 3; d++) {
        if (i + d < 1 || i + d - 1 >= count)
            continue;
        const mg_pitch_slot *from = &slots[i + d - 1];
        for (int k = 0; k < 12; k++)
            slots[i].smooth[k] += share[d] * (from->treble[k] + 0.7f * from->bass[k]);
    }
}

static void find_chord(const notes_model *m, mg_pitch_slot *slot)
{
    double mean = 0, norm = 0, bass = 1e-9, score[MG_CHORDS], best = -INFINITY, total = 0;
    for (int k = 0; k < 12; k++) {
        mean += slot->smooth[k] / 12.0;
        bass = slot->bass[k] > bass ? slot->bass[k] : bass;
    }
    for (int k = 0; k < 12; k++)
        norm += (slot->smooth[k] - mean) * (slot->smooth[k] - mean);
    norm = sqrt(norm) + 1e-9;
    for (int c = 0; c < MG_CHORDS; c++) {
        score[c] = chord_bass * slot->bass[c % 12] / bass;
        for (int k = 0; k < 12; k++)
            score[c] += m->triad[c][k] * (slot->smooth[k] - mean) / norm;
        best = score[c] > best ? score[c] : best;
    }
    for (int c = 0; c < MG_CHORDS; c++)
        total += score[c] = exp(chord_contrast * (score[c] - best));
    for (int c = 0; c < MG_CHORDS; c++)
        slot->chord[c] = (float)(score[c] / total);
}

static void weigh_slots(mg_pitch_slot *slots, size_t count)
{
    double mean = 0;
    for (size_t i = 0; i < count; i++) {
        double sum = 0;
        for (int k = 0; k < 12; k++)
            sum += slots[i].smooth[k];
        slots[i].weight = (float)sum;
        mean += sum / (double)count;
    }
    for (size_t i = 0; i < count && mean > 0; i++) {
        double weight = slots[i].weight / mean;
        slots[i].weight = (float)(weight < 1.5 ? weight : 1.5);
    }
}

mg_err mg_key_pitch(const mg_chroma *chroma, double cents, mg_pitch_slot **ret)
{
    size_t count = mg_chroma_count(chroma);
    const mg_chroma_slot *in = mg_chroma_slots(chroma);
    mg_autofree notes_model *model = malloc(sizeof(*model));
    mg_autofree mg_pitch_slot *slots = calloc(count ? count : 1, sizeof(*slots));
    if (!model || !slots)
        return MG_E_NOMEM;
    model_init(model, cents);
    float loudest = 0;
    for (size_t i = 0; i < count; i++)
        loudest = in[i].power > loudest ? in[i].power : loudest;
    for (size_t i = 0; i < count; i++) {
        float level[NOTES], note[NOTES];
        if (in[i].power <= silence_share * loudest)
            continue;
        fold_semitones(model, &in[i], level);
        solve_notes(model, level, note);
        chromas(model, note, &slots[i]);
        slots[i].harmonic = harmonic_share(model, level, note);
        describe_low(&in[i], level, &slots[i]);
    }
    for (size_t i = 0; i < count; i++) {
        smooth_slot(slots, count, i);
        find_chord(model, &slots[i]);
    }
    weigh_slots(slots, count);
    *ret = mg_steal(slots);
    return MG_OK;
}
