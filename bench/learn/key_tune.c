#include "bench/learn/key_score.h"

#include <stdlib.h>
#include <string.h>

/* Folk tunes: two parts of eight bars, each played twice, over one chord a bar that closes in a
 * cadence; accompanied in one of several manners. */

enum { PART_BARS = 8, HALF = 4, STEPS_MAX = 8, MELODY = PART_BARS * STEPS_MAX, HELD = -100 };

typedef enum tune_mode {
    TUNE_MAJOR,
    TUNE_MIXOLYDIAN,
    TUNE_MINOR,
    TUNE_DORIAN,
    TUNE_MODES,
} tune_mode;

/* First and second half of a part: four bars, a chord each. Mixolydian and dorian end on the
 * seventh degree where the others have a dominant. */
static const char *const first_half[TUNE_MODES][8] = {
    {"0M0M5M7M", "0M0M0M7M", "0M5M0M7M", "0M0M7M7M", "0M9m5M7M", "0M0M5M0M", "0M2m7M0M",
     "0M0M7M0M"},
    {"0M0MaMaM", "0MaM0M0M", "0M0MaM0M", "0M5MaM0M", "0M0M0MaM", "0M5M0MaM", "0M0M7maM",
     "0M0M5MaM"},
    {"0m0m5m7M", "0m7M0m7M", "0m0m0m7M", "0m5m7M0m", "0m3MaM7M", "0maM0m7M", "0m0maMaM",
     "0m0m7M7M"},
    {"0m0maMaM", "0maM0maM", "0m0m5MaM", "0m5M0maM", "0m0maM0m", "0m3MaM0m", "0m0m0maM",
     "0maM0m7m"},
};
static const char *const second_half[TUNE_MODES][6] = {
    {"0M5M7M0M", "0M0M7M0M", "5M0M7M0M", "2m7M0M0M", "9m2m7M0M", "0M7M7M0M"},
    {"0M0MaM0M", "0MaMaM0M", "5M0MaM0M", "0M7maM0M", "0MaM5M0M", "aMaM0M0M"},
    {"0m5m7M0m", "0m0m7M0m", "0m8M7M0m", "3MaM7M0m", "5m0m7M0m", "0maM7M0m"},
    {"0m0maM0m", "0maMaM0m", "0maM7m0m", "3MaM7m0m", "5MaM0m0m", "0m5MaM0m"},
};
/* Where a second part often begins instead. */
static const char *const elsewhere[TUNE_MODES][6] = {
    {"5M0M5M7M", "7M7M0M0M", "9m9m5M7M", "7M0M2M7M", "9m4m5M7M", "5M5M0M7M"},
    {"aMaM0M0M", "5M5M0MaM", "0MaM5MaM", "5M0MaMaM", "0M0MaMaM", "aM0MaM0M"},
    {"3M3MaM7M", "3MaM0m7M", "8M3MaM7M", "5m0m5m7M", "3M3MaMaM", "aM3M7M0m"},
    {"3M3MaMaM", "aMaM0m0m", "3MaM3MaM", "5M0maMaM", "aM0maM7m", "3MaM5M0m"},
};
static const char *const scales[TUNE_MODES] = {"024579b", "024579a", "023578a", "023579a"};

typedef enum tune_manner {
    OOM_PAH,
    HELD_CHORDS,
    BROKEN,
    DRONE,
    OFFBEAT,
    ALONE,
    MANNERS,
} tune_manner;

typedef struct tune {
    mg_score *score;
    tune_mode mode;
    tune_manner manner;
    int steps;        /* of a bar */
    double step, bar; /* beats */
    mg_score_chord chord[2][PART_BARS];
    int melody[2][MELODY]; /* pitch at each step, or HELD */
} tune;

static int scale_pitch(const tune *t, int degree)
{
    int octave = (degree + 70) / 7 - 10;
    char c = scales[t->mode][degree - 7 * octave];
    return 12 * octave + (c >= 'a' ? c - 'a' + 10 : c - '0');
}

/* The seventh degree of minor is raised under the dominant. */
static int bent(const tune *t, mg_score_chord chord, int pitch)
{
    bool dominant = chord.root == 7 && chord.quality == 'M';
    return t->mode == TUNE_MINOR && dominant && (pitch + 120) % 12 == 10 ? pitch + 1 : pitch;
}

static int to_chord(const tune *t, mg_score_chord chord, int degree, int way)
{
    for (int i = 0; i < 4; i++) {
        int d = degree + ((i % 2 == 0) == (way > 0) ? 1 : -1) * ((i + 1) / 2);
        if (mg_score_in_chord(chord, bent(t, chord, scale_pitch(t, d))))
            return d;
    }
    return degree;
}

static void draw_melody(tune *t, int part)
{
    mg_noise *n = t->score->noise;
    int degree = part == 0 ? (mg_key_chance(n, 0.6) ? 0 : 4) : 4 + mg_key_pick(n, 5);
    double busy = mg_key_random(n, 0.35, 0.95);
    bool repeats = mg_key_chance(n, 0.7);
    for (int bar = 0; bar < PART_BARS; bar++) {
        mg_score_chord chord = t->chord[part][bar];
        int *to = t->melody[part] + bar * t->steps;
        for (int i = 0; i < t->steps; i++) {
            bool strong = i == 0 || 2 * i == t->steps;
            to[i] = HELD;
            if (!strong && !mg_key_chance(n, busy))
                continue;
            int way = mg_key_pick(n, 5) - 2;
            degree += mg_key_chance(n, 0.1) ? 2 * way : way;
            degree = degree > 11 ? 8 : degree < -4 ? 0 : degree;
            if (strong || mg_key_chance(n, 0.3))
                degree = to_chord(t, chord, degree, way);
            to[i] = bent(t, chord, scale_pitch(t, degree));
        }
        bool again = bar == HALF || bar == HALF + 1;
        if (repeats && again && chord.root == t->chord[part][bar - HALF].root)
            memcpy(to, to - HALF * t->steps, (size_t)t->steps * sizeof(*to));
    }
    int *last = t->melody[part] + (PART_BARS - 1) * t->steps;
    for (int i = 0; i < t->steps; i++)
        last[i] = HELD;
    last[0] = mg_score_nearest(0, scale_pitch(t, degree));
}

static void draw_part(tune *t, int part)
{
    mg_noise *n = t->score->noise;
    const char *first = first_half[t->mode][mg_key_pick(n, 8)];
    if (part == 1 && mg_key_chance(n, 0.6))
        first = elsewhere[t->mode][mg_key_pick(n, 6)];
    const char *second = second_half[t->mode][mg_key_pick(n, 6)];
    for (int i = 0; i < HALF; i++) {
        t->chord[part][i] = mg_score_word(first, i, 2);
        t->chord[part][HALF + i] = mg_score_word(second, i, 2);
    }
    draw_melody(t, part);
}

static void accompany(const tune *t, mg_score_chord chord, double at)
{
    mg_score *s = t->score;
    int tones[MG_CHORD_TONES_MAX], count = mg_score_tones(chord.quality, tones);
    int bass = mg_score_nearest(chord.root, -18), beats = (int)(t->bar + 0.5);
    if (t->manner == ALONE)
        return;
    if (t->manner == DRONE) {
        mg_score_add(s, MG_PART_BASS, -24, at, t->bar);
        mg_score_add(s, MG_PART_INNER, -5, at, t->bar);
        return;
    }
    for (int b = 0; b < beats; b++) {
        bool held = t->manner == HELD_CHORDS || t->manner == BROKEN;
        if (b == 0 || (b == 2 && t->manner == OOM_PAH) || t->manner == OFFBEAT) {
            double late = t->manner == OFFBEAT ? 0.5 : 0;
            int up = b == 2 ? 7 : 0;
            mg_score_add(s, MG_PART_BASS, bass + up, at + b + late, held ? t->bar : 0.5);
        }
        for (int i = 0; i < count; i++) {
            int pitch = mg_score_nearest((chord.root + tones[i]) % 12, -3);
            if (t->manner == HELD_CHORDS && b == 0)
                mg_score_add(s, MG_PART_INNER, pitch, at, t->bar);
            if (t->manner == BROKEN)
                mg_score_add(s, MG_PART_INNER, pitch, at + b + (double)i / count, 0.4);
            if (t->manner == OFFBEAT || (t->manner == OOM_PAH && (b % 2 == 1 || beats == 3)))
                mg_score_add(s, MG_PART_INNER, pitch, at + b + (b > 0 ? 0 : 0.5), 0.4);
        }
    }
}

static void play_part(tune *t, int part, double at)
{
    int all = PART_BARS * t->steps;
    for (int bar = 0; bar < PART_BARS; bar++)
        accompany(t, t->chord[part][bar], at + bar * t->bar);
    for (int i = 0; i < all; i++) {
        int length = 1;
        while (i + length < all && t->melody[part][i + length] == HELD)
            length++;
        if (t->melody[part][i] != HELD)
            mg_score_add(t->score, MG_PART_LEAD, t->melody[part][i], at + i * t->step,
                         length * t->step);
    }
}

void mg_score_tune(mg_score *score, double beats)
{
    static const int steps[4] = {8, 6, 6, 8};
    static const double bars[4] = {4, 2, 3, 4};
    mg_noise *n = score->noise;
    tune t = {.score = score};
    int meter = mg_key_pick(n, 4);
    bool modal = mg_key_chance(n, score->minor ? 0.4 : 0.12);
    t.mode = score->minor ? (modal ? TUNE_DORIAN : TUNE_MINOR)
                          : (modal ? TUNE_MIXOLYDIAN : TUNE_MAJOR);
    t.steps = steps[meter];
    t.bar = bars[meter];
    t.step = t.bar / t.steps;
    t.manner = (tune_manner)mg_key_pick(n, MANNERS);
    draw_part(&t, 0);
    draw_part(&t, 1);
    for (int i = 0; score->beats < beats; i++, score->beats += PART_BARS * t.bar)
        play_part(&t, i / 2 % 2, score->beats);
}
