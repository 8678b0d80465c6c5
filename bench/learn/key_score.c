#include "bench/learn/key_score.h"

static int digit(char c)
{
    return c >= 'a' ? c - 'a' + 10 : c - '0';
}

mg_score_chord mg_score_word(const char *text, int index, int size)
{
    const char *at = text + size * index;
    return (mg_score_chord){digit(at[0]), size > 2 ? digit(at[2]) : 0, at[1]};
}

int mg_score_tones(char quality, int ret[MG_CHORD_TONES_MAX])
{
    static const struct {
        char quality;
        int count, tone[MG_CHORD_TONES_MAX];
    } chords[] = {
        {'M', 3, {0, 4, 7}},     {'m', 3, {0, 3, 7}},     {'d', 3, {0, 3, 6}},
        {'7', 4, {0, 4, 7, 10}}, {'j', 4, {0, 4, 7, 11}}, {'n', 4, {0, 3, 7, 10}},
        {'h', 4, {0, 3, 6, 10}}, {'o', 4, {0, 3, 6, 9}},  {'p', 2, {0, 7}},
    };
    for (size_t i = 0; i < sizeof(chords) / sizeof(chords[0]); i++) {
        for (int t = 0; chords[i].quality == quality && t < chords[i].count; t++)
            ret[t] = chords[i].tone[t];
        if (chords[i].quality == quality)
            return chords[i].count;
    }
    return 0;
}

bool mg_score_in_chord(mg_score_chord chord, int pitch)
{
    int tones[MG_CHORD_TONES_MAX], count = mg_score_tones(chord.quality, tones);
    for (int i = 0; i < count; i++) {
        if ((pitch - chord.root - tones[i] + 120) % 12 == 0)
            return true;
    }
    return false;
}

int mg_score_nearest(int pitch_class, int near)
{
    int up = (pitch_class - near % 12 + 24) % 12;
    return near + (up > 6 ? up - 12 : up);
}

void mg_score_add(mg_score *score, mg_score_part part, int pitch, double at, double length)
{
    if (score->count < MG_SCORE_NOTES_MAX)
        score->note[score->count++] = (mg_score_note){part, pitch, at, length};
}
