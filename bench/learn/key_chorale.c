#include "bench/learn/key_score.h"

#include <stdlib.h>
#include <string.h>

/* Four-part phrases: a walk through the functions of a key that ends in a cadence, voices led by
 * the shortest way, passing and neighbour notes. Phrases pass to near keys. */

enum { VOICES = 4, WORD = 3, PHRASE_MAX = 16, CANDIDATES = 16 };

/* Where a chord of that root may go; [minor][root]. */
static const char *const next_words[2][12] = {
    {[0] = "5M05M47M07M49m02m32m0bd30M44m0777774", [2] = "7M0770bd37M4774", [4] = "9m05M05M4",
     [5] = "7M00M00M42m0bd32m37M4", [7] = "0M00M09m00M45M4", [9] = "2m05M07M04m02m30M47M4",
     [11] = "0M00M4"},
    {[0] = "5m05m37M07M48M02d3bd30m33M0aM07m3777774", [2] = "7M0770bd37M4774",
     [3] = "8M05m0aM05m38M4", [5] = "7M00m00m32d3bd3aM07M4", [7] = "0m00m08M00m35m3",
     [8] = "2d35m0aM03M05m37M0", [10] = "3M03M43M0", [11] = "0m00m3"},
};
static const char *const full_cadences[2][6] = {
    {"2m37M00M0", "5M07700M0", "0M77M00M0", "2n37700M0", "2m30M77700M0", "9m02m37M00M0"},
    {"2d37M00m0", "5m07700m0", "0m77M00m0", "2h37700m0", "2d30m77700m0", "8M02d37M00m0"},
};
static const char *const half_cadences[2][4] = {
    {"0M07M0", "2m37M0", "5M07M0", "0M77M0"},
    {"5m37M0", "0m07M0", "2d37M0", "5m07M0"},
};
static const char *const false_cadences[2][2] = {{"7M09m0", "5M00M0"}, {"7M08M0", "5m00m0"}};
/* Keys that phrases pass to: root and mode, the likelier the more often. */
static const char *const near_keys[2] = {"7M7M7M7M9m9m2m5M4m", "3M3M3M3M7m7m5m5maM8M"};

typedef struct chorale {
    mg_score *score;
    double at, last_bass;
    int tonic;  /* of the phrase, over that of the piece */
    bool minor; /* the phrase */
    double passing, chromatic; /* how likely */
    int voice[VOICES]; /* last pitches: soprano, alto, tenor, bass */
    mg_score_chord chord;
    double length; /* of the last chord, whose notes are not written yet */
    bool started;
} chorale;

static bool is_dominant(mg_score_chord c)
{
    return (c.root == 7 && (c.quality == 'M' || c.quality == '7')) || c.root == 11;
}

/* Scale of the phrase around a chord: sixth and seventh of minor are raised on the way up, and
 * seventh under a dominant. */
static bool in_scale(const chorale *c, int pitch, bool rising)
{
    static const char *const scales[3] = {"101011010101", "101101011010", "101101010101"};
    int class = (pitch - c->tonic + 120) % 12;
    bool raised = c->minor && (is_dominant(c->chord) || (rising && class >= 9));
    return scales[!c->minor ? 0 : raised ? 2 : 1][class] == '1';
}

/* Notes of voice v from its last pitch to `to`, before the next chord. */
static void write_voice(chorale *c, int v, int to)
{
    static const mg_score_part parts[VOICES] = {MG_PART_LEAD, MG_PART_INNER, MG_PART_INNER,
                                                MG_PART_BASS};
    mg_score *s = c->score;
    int from = c->voice[v], step = to - from, between = 0;
    double share = v == 0 ? c->passing : 0.8 * c->passing;
    bool found = false;
    if (abs(step) == 3 || abs(step) == 4) {
        for (int i = 1; i < abs(step) && !found; i++) {
            between = from + (step > 0 ? i : -i);
            found = in_scale(c, between, step > 0);
        }
    } else if (step == 0 && mg_key_chance(s->noise, 0.25)) {
        for (int i = 1; i < 3 && !found; i++) {
            between = from - i;
            found = in_scale(c, between, true);
        }
    }
    found = found && mg_key_chance(s->noise, share) && c->length < 2.5;
    double first = found ? c->length - 0.5 : c->length;
    mg_score_add(s, parts[v], from, c->at, first);
    if (found)
        mg_score_add(s, parts[v], between, c->at + first, 0.5);
}

/* Pitches of a voice that belong to the chord. @return their number */
static int voice_candidates(const chorale *c, mg_score_chord chord, int v, int ret[CANDIDATES])
{
    static const int low[3] = {0, -5, -12}, high[3] = {19, 12, 7};
    int count = 0;
    for (int p = low[v]; p <= high[v] && count < CANDIDATES; p++) {
        if (mg_score_in_chord(chord, p) && abs(p - c->voice[v]) <= (c->started ? 7 : 12))
            ret[count++] = p;
    }
    return count;
}

static double cost_of(const chorale *c, mg_score_chord chord, const int pitch[VOICES])
{
    int leading = (c->tonic + 11) % 12, sevenths = 0;
    double cost = pitch[0] < pitch[1] || pitch[1] < pitch[2] || pitch[2] < pitch[3] ? 50 : 0;
    bool third = false;
    for (int v = 0; v < 3; v++) {
        int over = (pitch[v] - chord.root + 120) % 12;
        cost += abs(pitch[v] - c->voice[v]) * (v == 0 ? 0.6 : 1.0);
        third = third || over == 3 || over == 4;
        sevenths += (pitch[v] + 120) % 12 == leading;
    }
    third = third || chord.bass == 3 || chord.bass == 4;
    cost += sevenths > 1 ? 10 : 0;
    cost += third ? 0 : 15;
    cost += pitch[0] - pitch[1] > 12 || pitch[1] - pitch[2] > 12 ? 5 : 0;
    return cost + (pitch[0] == c->voice[0] ? 2 : 0);
}

static void lead_voices(chorale *c, mg_score_chord chord, int ret[VOICES])
{
    int choice[3][CANDIDATES], count[3], low = -22, high = 2;
    double best = 1e9;
    int bass = mg_score_nearest((chord.root + chord.bass) % 12, c->voice[3]);
    bass = bass < low ? bass + 12 : bass > high ? bass - 12 : bass;
    for (int v = 0; v < 3; v++)
        count[v] = voice_candidates(c, chord, v, choice[v]);
    memcpy(ret, c->voice, VOICES * sizeof(*ret));
    ret[3] = bass;
    for (int i = 0; i < count[0] * count[1] * count[2]; i++) {
        int pitch[VOICES] = {choice[0][i % count[0]], choice[1][i / count[0] % count[1]],
                             choice[2][i / count[0] / count[1]], bass};
        double cost = cost_of(c, chord, pitch) + mg_key_random(c->score->noise, 0, 3);
        if (cost < best) {
            best = cost;
            memcpy(ret, pitch, sizeof(pitch));
        }
    }
}

static void write_last(chorale *c, const int to[VOICES])
{
    for (int v = 0; c->started && v < VOICES; v++)
        write_voice(c, v, to[v]);
}

/* The chord before it is written, with the notes that lead to this one. */
static void sound(chorale *c, mg_score_chord chord, double length)
{
    int pitch[VOICES];
    chord.root = (chord.root + c->tonic) % 12;
    lead_voices(c, chord, pitch);
    write_last(c, pitch);
    if (c->started)
        c->at += c->length;
    memcpy(c->voice, pitch, sizeof(pitch));
    c->chord = chord;
    c->chord.root = (chord.root + 12 - c->tonic) % 12;
    c->length = length;
    c->started = true;
}

static const char *pick_cadence(chorale *c, bool final)
{
    mg_noise *n = c->score->noise;
    double kind = mg_key_random(n, 0, 1);
    if (final || kind < 0.68)
        return full_cadences[c->minor][mg_key_pick(n, 6)];
    if (kind < 0.92)
        return half_cadences[c->minor][mg_key_pick(n, 4)];
    return false_cadences[c->minor][mg_key_pick(n, 2)];
}

static double draw_length(chorale *c, double beats_left)
{
    double kind = mg_key_random(c->score->noise, 0, 1);
    return beats_left > 2 && kind < 0.1 ? 2.0 : kind > 0.94 ? 0.5 : 1.0;
}

/* One of the words that may follow, perhaps by its own dominant. */
static void walk(chorale *c, double beats)
{
    mg_noise *n = c->score->noise;
    int home = c->minor ? 'm' : 'M';
    mg_score_chord chord = {0, 0, (char)home};
    if (mg_key_chance(n, 0.2))
        chord = (mg_score_chord){7, 0, 'M'};
    while (beats > 0) {
        double length = draw_length(c, beats);
        sound(c, chord, length);
        beats -= length;
        const char *words = next_words[c->minor][chord.root];
        chord = mg_score_word(words, mg_key_pick(n, (int)strlen(words) / WORD), WORD);
        bool plain = chord.quality == 'M' || chord.quality == 'm';
        if (plain && chord.root != 0 && beats > 1 && mg_key_chance(n, c->chromatic)) {
            int inverted = mg_key_chance(n, 0.5) ? 4 : 0;
            mg_score_chord applied = {(chord.root + 7) % 12, inverted, '7'};
            sound(c, applied, 1.0);
            beats -= 1.0;
        }
    }
}

static void phrase(chorale *c, bool final)
{
    mg_noise *n = c->score->noise;
    const char *cadence = pick_cadence(c, final);
    int count = (int)strlen(cadence) / WORD;
    double beats = 8.0 * (mg_key_chance(n, 0.15) ? 1.5 : 1.0), end = 1 + mg_key_pick(n, 2);
    walk(c, beats - count - end + 1);
    for (int i = 0; i < count; i++) {
        mg_score_chord chord = mg_score_word(cadence, i, WORD);
        bool last = i == count - 1;
        bool picardy = last && chord.root == 0 && chord.quality == 'm' &&
                       mg_key_chance(n, final ? 0.5 : 0.12);
        chord.quality = picardy ? 'M' : chord.quality;
        sound(c, chord, last ? end : 1.0);
    }
}

void mg_score_chorale(mg_score *score, double beats)
{
    mg_noise *n = score->noise;
    chorale c = {.score = score, .voice = {9, 4, 0, -8}, .minor = score->minor};
    double home = mg_key_random(n, 0.3, 0.75);
    c.passing = mg_key_random(n, 0.15, 0.9);
    c.chromatic = mg_key_random(n, 0, 0.2);
    score->soft = true;
    for (int i = 0; c.at < beats; i++) {
        bool final = i % 7 == 6;
        c.tonic = 0;
        c.minor = score->minor;
        if (i % 7 != 0 && !final && !mg_key_chance(n, home)) {
            const char *keys = near_keys[score->minor];
            mg_score_chord key = mg_score_word(keys, mg_key_pick(n, (int)strlen(keys) / 2), 2);
            c.tonic = key.root;
            c.minor = key.quality == 'm';
        }
        phrase(&c, final);
    }
    write_last(&c, c.voice);
    score->beats = c.at;
}
