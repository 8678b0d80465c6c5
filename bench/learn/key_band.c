#include "bench/learn/key_score.h"

#include <string.h>

/* Songs of a band: pop and rock loops that begin on any degree, turnarounds of jazz in sevenths,
 * blues, vamps of funk. A verse and a chorus, a tune over them that comes home. */

enum { LOOP_MAX = 16, BAR = 4 };

typedef enum band_style {
    BAND_POP,
    BAND_ROCK,
    BAND_JAZZ,
    BAND_BLUES,
    BAND_FUNK,
    BAND_STYLES,
} band_style;

static const char *const loops[BAND_STYLES][2][12] = {
    {{"0M7M9m5M", "0M5M9m7M", "0M9m5M7M", "0M9m2m7M", "5M0M7M9m", "0M4m5M7M", "0M5M0M7M",
      "2m7M0M9m", "5M7M0M0M", "0M7M5M7M", "9m5M0M7M", "5M7M4m9m2m7M0M0M"},
     {"0m8M3MaM", "0maM8M7M", "0m5m8M7M", "0maM8MaM", "8MaM0m0m", "5m0m7M0m", "0m3MaM5M",
      "0m8M5m7M", "0m5m7M0m", "8M3MaM0m", "0m7m8MaM", "5maM3M8M2d7M0m0m"}},
    {{"0M5M7M0M", "0MaM5M0M", "0M0M5M5M", "0M8MaM0M", "7M5M0M0M", "0M3M5M0M", "0M5MaM0M",
      "0M7M5M0M", "0M0M7M7M5M5M0M7M", "5M0M5M7M", "0M9m5M7M", "0M2M5M0M"},
     {"0m0maM8M", "0m3M5MaM", "0maM0maM", "0m8MaM0m", "0m5m0maM", "0m0m8MaM", "0m3MaM8M",
      "0maM5m0m", "0m0m3M5m", "8MaM0m0m", "0m7m5m0m", "0m1M0mam"}},
    {{"2n770j0j", "0j9n2n77", "0j972n77", "2n774n97", "0j0j2n77", "5j5m4n972n770j0j",
      "0j5j4n9n", "0j272n77", "2n772n770j970j0j", "4n972n77", "0j3o2n77", "0j6h5j77"},
     {"2h770n0n", "0n8j2h77", "5na73j8j2h770n0n", "0n0n2h77", "2h770n97", "0n5n2h77",
      "8j770n0n", "0nan8j77", "0n5n770n", "5naj3j8j", "0n3j8j77", "2h772h770n0n"}},
    {{"070707075757070777570777", "070707075757070777770707", "070757075757070777570777",
      "070757570707777707570777", "0757", "07075707", "070707075757070777570777", "07070757",
      "07575707", "0707", "0757075777570707", "0707a757"},
     {"0n0n0n0n5n5n0n0n8j770n0n", "0n0n0n0n5n5n0n0n77770n77", "0n5n", "0n0n5n0n", "0n5n0n77",
      "0n0n0n0n5n5n0n0n775n0n0n", "0n0n", "0nan8j77", "0n5n770n", "0n0n5n5n", "0n770n77",
      "0n8j770n"}},
    {{"07", "0757", "0707a757", "07a7", "0M0MaM5M", "07070757", "0j5j", "0j2n", "075757",
      "070757a7", "0j9n2n77", "0757"},
     {"0n", "0n57", "0n0n5757", "0nan", "0n5n", "0n8j", "0n3ja757", "0nan57", "0n0n0n57", "0n77",
      "0n1j", "0n0nana7"}},
};

typedef struct band {
    mg_score *score;
    band_style style;
    mg_score_chord chord[2][LOOP_MAX];
    int chords[2];
    double length;        /* beats of a chord */
    int bass, comp;       /* manners */
    bool has_tune, penta;
} band;

static void draw_loop(band *b, int part)
{
    mg_score *s = b->score;
    const char *text = loops[b->style][s->minor][mg_key_pick(s->noise, 12)];
    b->chords[part] = (int)strlen(text) / 2;
    for (int i = 0; i < b->chords[part]; i++)
        b->chord[part][i] = mg_score_word(text, i, 2);
}

static void play_bass(band *b, mg_score_chord chord, mg_score_chord next, double at)
{
    static const char *const rhythms[4] = {"x.x.x.x.x.x.x.x.", "x.......x.......",
                                           "x..x..x.x..x..x.", "x.............x."};
    mg_score *s = b->score;
    int root = mg_score_nearest(chord.root, -19), goal = mg_score_nearest(next.root, root);
    int tones[MG_CHORD_TONES_MAX], count = mg_score_tones(chord.quality, tones);
    int beats = (int)(b->length + 0.5);
    for (int i = 0; i < beats && b->bass == 4; i++) { /* walks */
        bool nears = i == beats - 1;
        int step = mg_key_chance(s->noise, 0.5) ? 1 : -1;
        int pitch = i == 0 ? root : goal + step;
        if (i > 0 && !nears)
            pitch = root + tones[mg_key_pick(s->noise, count)];
        mg_score_add(s, MG_PART_BASS, pitch, at + i, 0.95);
    }
    for (int i = 0; i < 4 * beats && b->bass < 4; i++) {
        double length = b->bass == 0 ? 0.45 : b->bass == 1 ? 1.9 : 0.6;
        bool fifth = b->bass == 1 && i % 16 == 8;
        if (rhythms[b->bass][i % 16] == 'x')
            mg_score_add(s, MG_PART_BASS, root + (fifth ? 7 : 0), at + i / 4.0, length);
    }
}

static void play_chord(band *b, mg_score_chord chord, double at)
{
    static const char *const rhythms[4] = {"x...............", "x...x...x...x...",
                                           "..x...x...x...x.", "x..x..x...x..x.."};
    mg_score *s = b->score;
    int tones[MG_CHORD_TONES_MAX];
    if (b->style == BAND_ROCK && b->comp % 2 == 0)
        chord.quality = 'p';
    int count = mg_score_tones(chord.quality, tones), steps = (int)(4 * b->length + 0.5);
    for (int i = 0; i < steps; i++) {
        if (rhythms[b->comp][i % 16] != 'x')
            continue;
        double length = b->comp == 0 ? b->length : b->comp == 1 ? 0.9 : 0.4;
        for (int t = 0; t < count; t++) {
            int pitch = mg_score_nearest((chord.root + tones[t]) % 12, -2);
            mg_score_add(s, MG_PART_INNER, pitch, at + i / 4.0, length);
        }
    }
}

/* A tune of eighths over the chords: their tones where it matters, else the scale. */
static void play_tune(band *b, mg_score_chord chord, double at, int *pitch, bool closes)
{
    static const char *const scales[2][2] = {{"101011010101", "101010010100"},
                                             {"101101011010", "100101010010"}};
    mg_score *s = b->score;
    const char *scale = scales[s->minor][b->penta];
    int steps = (int)(2 * b->length + 0.5);
    if (closes) {
        *pitch = mg_score_nearest(0, *pitch);
        mg_score_add(s, MG_PART_LEAD, *pitch, at, b->length);
        return;
    }
    for (int i = 0; i < steps; i++) {
        int way = mg_key_chance(s->noise, 0.5) ? 1 : -1, turn = 0;
        if (!mg_key_chance(s->noise, i == 0 ? 0.8 : 0.6))
            continue;
        bool fits;
        do {
            *pitch += way;
            int class = (*pitch + 120) % 12;
            fits = mg_score_in_chord(chord, *pitch) || (i % 2 == 1 && scale[class] == '1');
        } while (++turn < 6 && !(fits && mg_key_chance(s->noise, 0.8)));
        *pitch = *pitch > 19 ? *pitch - 12 : *pitch < -3 ? *pitch + 12 : *pitch;
        mg_score_add(s, MG_PART_LEAD, *pitch, at + i / 2.0, 0.5);
    }
}

/* Eight chords or a whole loop of one part. */
static void play_section(band *b, int part, int *pitch)
{
    mg_score *s = b->score;
    int count = b->chords[part], total = count * (count < 8 ? 8 / count : 1);
    for (int i = 0; i < total; i++) {
        mg_score_chord chord = b->chord[part][i % count], next = b->chord[part][(i + 1) % count];
        bool last = i == total - 1;
        play_bass(b, chord, next, s->beats);
        play_chord(b, chord, s->beats);
        if (b->has_tune)
            play_tune(b, chord, s->beats, pitch, last && mg_score_in_chord(chord, 0));
        s->beats += b->length;
    }
}

void mg_score_band(mg_score *score, double beats)
{
    mg_noise *n = score->noise;
    band b = {.score = score, .style = (band_style)mg_key_pick(n, BAND_STYLES)};
    int pitch = 7, verses = 1 + mg_key_pick(n, 2);
    bool jazz = b.style == BAND_JAZZ || b.style == BAND_BLUES;
    draw_loop(&b, 0);
    draw_loop(&b, 1);
    b.length = mg_key_chance(n, b.style == BAND_JAZZ ? 0.4 : 0.25) ? 2 : BAR;
    b.bass = jazz && mg_key_chance(n, 0.6) ? 4 : mg_key_pick(n, 4);
    b.comp = mg_key_pick(n, 4);
    b.has_tune = mg_key_chance(n, 0.8);
    b.penta = mg_key_chance(n, 0.5);
    score->swing = jazz && mg_key_chance(n, 0.7);
    for (int i = 0; score->beats < beats; i++)
        play_section(&b, i % (verses + 1) == verses, &pitch);
}
