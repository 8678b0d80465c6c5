#include "bench/learn/key_players.h"

#include "bench/learn/key_score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = MG_KEY_TRACK_FRAMES };

static const double shortest_s = 18.0, longest_s = (double)ROOM / MG_KEY_RATE_HZ;
static const double excerpt_share = 0.8; /* the others begin with the piece */
static const double detuned_share = 0.2;

typedef struct player {
    mg_key_wave wave;
    int voices;
    double attack_s, decay_per_s, cutoff_hz, detune_cents, level, shorten;
    int octave;
} player;

typedef struct take {
    mg_noise noise;
    mg_key_kind kind;
    mg_score score;
    player player[MG_PARTS];
    double beat_s, bpm, from_beat, cents;
    int base; /* MIDI of the tonic */
    size_t frames;
    mg_key_drums drums;
    float *part[MG_PARTS];
} take;

static void draw_player(take *t, mg_score_part part)
{
    static const mg_key_wave waves[8] = {MG_WAVE_SAW,   MG_WAVE_SQUARE, MG_WAVE_TRIANGLE,
                                         MG_WAVE_FM,    MG_WAVE_ORGAN,  MG_WAVE_ORGAN,
                                         MG_WAVE_FM,    MG_WAVE_SINE};
    mg_noise *n = &t->noise;
    player *p = &t->player[part];
    bool struck = mg_key_chance(n, 0.5);
    *p = (player){.wave = waves[mg_key_pick(n, 8)], .voices = 1, .level = 0.25, .attack_s = 0.005};
    p->decay_per_s = struck ? mg_key_random(n, 1.5, 6) : 0;
    p->attack_s = struck ? 0.003 : mg_key_random(n, 0.005, 0.06);
    p->cutoff_hz = pow(10, mg_key_random(n, 2.8, 3.9));
    p->shorten = mg_key_random(n, 0.6, 1.0);
    if (mg_key_chance(n, 0.3)) {
        p->voices = 2 + mg_key_pick(n, 2);
        p->detune_cents = mg_key_random(n, 3, 15);
    }
    p->octave = part == MG_PART_LEAD && mg_key_chance(n, 0.25) ? 12 : 0;
}

static void draw_players(take *t)
{
    for (int i = 0; i < MG_PARTS; i++)
        draw_player(t, (mg_score_part)i);
    bool alike = mg_key_chance(&t->noise, t->kind == MG_KEY_CHORALE ? 0.6 : 0.15);
    for (int i = 1; alike && i < MG_PARTS; i++)
        t->player[i] = t->player[0];
}

static void play_note(take *t, const mg_score_note *note)
{
    const player *p = &t->player[note->part];
    double at = note->at, half = at - floor(at);
    if (t->score.swing && half > 0.4 && half < 0.6)
        at += 1.0 / 6;
    double start_s = (at - t->from_beat) * t->beat_s, length_s = note->length * t->beat_s;
    if (start_s + length_s <= 0 || start_s * MG_KEY_RATE_HZ >= (double)t->frames)
        return;
    double late_s = start_s < 0 ? -start_s : 0;
    mg_key_note out = {.wave = p->wave, .start_s = start_s + late_s,
                       .length_s = fmax(p->shorten * length_s - late_s, 0.05),
                       .attack_s = p->attack_s, .voices = p->voices,
                       .detune_cents = p->detune_cents, .cutoff_hz = p->cutoff_hz,
                       .decay_per_s = p->decay_per_s};
    out.midi = t->base + note->pitch + p->octave + t->cents / 100;
    out.level = p->level * mg_key_random(&t->noise, 0.7, 1.0) * exp(-p->decay_per_s * late_s);
    mg_key_note_add(t->part[note->part], t->frames, &t->noise, &out);
}

/* A mean square of 1 over the excerpt. */
static void level(float *x, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)x[i] * x[i];
    for (size_t i = 0; i < count && sum > 0; i++)
        x[i] *= (float)sqrt((double)count / sum);
}

static void mix(take *t, float *ret)
{
    static const double weakest[MG_PARTS] = {0.5, 0.35, 0.35}, strongest[MG_PARTS] = {1.2, 1, 1.1};
    mg_noise *n = &t->noise;
    bool soft = t->score.soft ? mg_key_chance(n, 0.4) : mg_key_chance(n, 0.15);
    double drums = soft ? 0 : mg_key_random(n, 0.3, 1.6), hiss = mg_key_random(n, 0, 0.01);
    double kick = drums * mg_key_random(n, 0.5, 1.2), gain[MG_PARTS], peak = 1e-9;
    level(t->drums.kick, t->frames);
    level(t->drums.other, t->frames);
    for (int p = 0; p < MG_PARTS; p++) {
        gain[p] = mg_key_random(n, weakest[p], strongest[p]);
        level(t->part[p], t->frames);
    }
    for (size_t i = 0; i < t->frames; i++) {
        double sum = kick * t->drums.kick[i] + 0.6 * drums * t->drums.other[i];
        for (int p = 0; p < MG_PARTS; p++)
            sum += gain[p] * t->part[p][i];
        ret[i] = (float)(sum + hiss * (double)mg_noise_next(n));
        peak = fmax(peak, fabs((double)ret[i]));
    }
    double drive = mg_key_chance(n, 0.5) ? mg_key_random(n, 1, 4) : 0;
    for (size_t i = 0; i < t->frames; i++)
        ret[i] = (float)(drive > 0 ? tanh(drive * ret[i] / peak) : ret[i] / peak);
}

static void compose(take *t)
{
    static const mg_key_kind kinds[3] = {MG_KEY_CHORALE, MG_KEY_TUNE, MG_KEY_BAND};
    static const double minor[3] = {0.5, 0.4, 0.4};
    static const double low_bpm[3] = {66, 90, 70}, high_bpm[3] = {132, 165, 160};
    mg_noise *n = &t->noise;
    int which = mg_key_pick(n, 3), tonic = mg_key_pick(n, 12);
    t->kind = kinds[which];
    t->score = (mg_score){.noise = n, .minor = mg_key_chance(n, minor[which])};
    t->bpm = mg_key_random(n, low_bpm[which], high_bpm[which]);
    t->beat_s = 60.0 / t->bpm;
    t->base = 54 + (tonic + 6) % 12;
    t->cents = mg_key_chance(n, detuned_share) ? mg_key_random(n, -49, 49) : 2.0 * mg_key_gauss(n);
    double length_s = mg_key_chance(n, 0.35) ? mg_key_random(n, shortest_s, longest_s) : longest_s;
    t->frames = (size_t)(length_s * MG_KEY_RATE_HZ);
    double beats = length_s / t->beat_s;
    void (*const composers[3])(mg_score *, double) = {mg_score_chorale, mg_score_tune,
                                                      mg_score_band};
    composers[which](&t->score, beats * 1.6);
    if (mg_key_chance(n, excerpt_share))
        t->from_beat = floor(mg_key_random(n, 0, fmax(t->score.beats - beats, 0)));
}

static void play(take *t, float *ret)
{
    static const mg_key_beat patterns[4] = {MG_BEAT_FOUR, MG_BEAT_FOUR, MG_BEAT_ROCK,
                                            MG_BEAT_BREAK};
    draw_players(t);
    for (size_t i = 0; i < t->score.count; i++)
        play_note(t, &t->score.note[i]);
    mg_key_drums_add(&t->drums, &t->noise, t->bpm, patterns[mg_key_pick(&t->noise, 4)]);
    mix(t, ret);
}

bool mg_key_piece_render(uint64_t number, bool keyless, mg_key_track *ret)
{
    float *memory = calloc((3 + MG_PARTS) * (size_t)ROOM, sizeof(float));
    take *t = calloc(1, sizeof(*t));
    bool ok = memory && t;
    (void)keyless;
    if (ok) {
        t->noise.state = (number + 1) * 0xa0761d6478bd642fu;
        compose(t);
        t->drums = (mg_key_drums){.kick = memory + ROOM, .other = memory + 2 * ROOM,
                                  .frames = t->frames};
        for (int p = 0; p < MG_PARTS; p++)
            t->part[p] = memory + (3 + p) * (size_t)ROOM;
        play(t, memory);
        *ret = (mg_key_track){.kind = t->kind, .x = memory, .frames = t->frames,
                              .key = (unsigned)(t->base % 12) + (t->score.minor ? 12 : 0),
                              .cents = t->cents};
    } else {
        free(memory);
    }
    free(t);
    return ok;
}
