#include "bench/learn/key_tracks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = MG_KEY_TRACK_FRAMES, RIFF = 16, REST = -1, CHORDS_MAX = 1024 };

typedef enum bass_pattern { BASS_ON, BASS_OFF, BASS_ROLL, BASS_HOLD } bass_pattern;

/* What is drawn once for a track. */
typedef struct song {
    mg_noise noise;
    mg_key_kind kind;
    bool minor, composed; /* with a plan of harmony, unlike loops */
    int tonic, chords;
    double cents, beat_s, bars_per_chord, skipped_s; /* excerpts begin anywhere */
    double extension;                                /* chooses the shape of the chords */
    mg_key_chord chord[CHORDS_MAX];
    mg_key_wave chord_wave, lead_wave, bass_wave;
    int voices, riff[RIFF];
    double detune_cents, cutoff_hz;
    bool has_chords, has_lead, pedal;
    double resonance, sweep_octaves; /* of an acid bass; 0: another */
    bass_pattern pattern;
    float *music, *bass;
} song;

static const double duration_s = (double)FRAMES / MG_KEY_RATE_HZ;
/* Some kinds more than once: they are harder. */
static const mg_key_kind kinds[] = {
    MG_KEY_TRANCE, MG_KEY_HOUSE,   MG_KEY_TECHNO,  MG_KEY_DNB,     MG_KEY_DUBSTEP,
    MG_KEY_POP,    MG_KEY_FOLK,    MG_KEY_FOLK,    MG_KEY_PHRASES, MG_KEY_PHRASES,
    MG_KEY_ARP,    MG_KEY_PHRASES, MG_KEY_TECHNO,  MG_KEY_LOFI,
};
static const struct {
    double low_bpm, high_bpm, minor;
} manner[MG_KEY_TONAL_KINDS] = {
    [MG_KEY_TRANCE] = {118, 145, 0.78},  [MG_KEY_HOUSE] = {118, 145, 0.78},
    [MG_KEY_TECHNO] = {118, 145, 0.78},  [MG_KEY_DNB] = {165, 178, 0.78},
    [MG_KEY_DUBSTEP] = {136, 146, 0.78}, [MG_KEY_POP] = {118, 145, 0.45},
    [MG_KEY_ARP] = {118, 145, 0.78},     [MG_KEY_LOFI] = {75, 100, 0.5},
    [MG_KEY_FOLK] = {95, 160, 0.4},      [MG_KEY_PHRASES] = {80, 130, 0.4},
};

/* Mostly the tonic; with a third, so that the mode can be told. */
static void draw_riff(song *s)
{
    int third = s->minor ? 3 : 4, pool[12] = {0, 0, 0, 0, third, 7, s->minor ? 10 : 9, 12};
    int size = 8;
    bool told = false;
    if (s->minor && mg_key_chance(&s->noise, 0.3))
        pool[size++] = 1, pool[size++] = 1;
    if (mg_key_chance(&s->noise, 0.3)) {
        memcpy(pool, (int[]){0, 0, 0, 12, 7}, 5 * sizeof(int));
        size = 5;
    }
    for (int i = 0; i < RIFF; i++) {
        s->riff[i] = mg_key_chance(&s->noise, 0.7) ? pool[mg_key_pick(&s->noise, size)] : REST;
        if (i == 0)
            s->riff[i] = 0;
        told = told || (s->riff[i] > 0 && s->riff[i] != 12 && s->riff[i] != 7);
    }
    if (!told)
        s->riff[2 + mg_key_pick(&s->noise, RIFF - 2)] = third;
}

static void draw_harmony(song *s)
{
    static const double lengths[4] = {0.5, 1, 1, 2};
    double bar_s = 4 * s->beat_s;
    s->bars_per_chord = lengths[mg_key_pick(&s->noise, s->composed ? 3 : 4)];
    if (s->kind == MG_KEY_PHRASES)
        s->bars_per_chord = mg_key_chance(&s->noise, 0.67) ? 0.25 : 0.5;
    if (mg_key_chance(&s->noise, s->composed ? 0.5 : 0.2))
        s->skipped_s = mg_key_random(&s->noise, 0, 4 * bar_s);
    s->chords = (int)((duration_s + s->skipped_s) / (bar_s * s->bars_per_chord)) + 1;
    mg_key_harmony(&s->noise, s->kind, s->minor, s->chord, s->chords);
}

static void draw_sounds(song *s)
{
    static const mg_key_wave waves[7] = {MG_WAVE_SAW,      MG_WAVE_SAW, MG_WAVE_SQUARE,
                                         MG_WAVE_TRIANGLE, MG_WAVE_FM,  MG_WAVE_ORGAN,
                                         MG_WAVE_SINE};
    static const mg_key_wave basses[5] = {MG_WAVE_SINE, MG_WAVE_SAW, MG_WAVE_SQUARE,
                                          MG_WAVE_TRIANGLE, MG_WAVE_FM};
    static const int wide[4] = {1, 3, 5, 7}, narrow[4] = {1, 1, 2, 3};
    mg_noise *n = &s->noise;
    bool is_wide = s->kind == MG_KEY_TRANCE || s->kind == MG_KEY_HOUSE || s->kind == MG_KEY_POP ||
                   s->kind == MG_KEY_ARP;
    s->chord_wave = waves[mg_key_pick(n, 7)];
    s->lead_wave = waves[mg_key_pick(n, 7)];
    s->bass_wave = basses[mg_key_pick(n, 5)];
    s->voices = (is_wide ? wide : narrow)[mg_key_pick(n, 4)];
    s->detune_cents = mg_key_random(n, 3, 25);
    s->cutoff_hz = pow(10, mg_key_random(n, 2.7, 3.8));
    s->extension = mg_key_random(n, 0, 1);
    s->pedal = mg_key_chance(n, 0.12);
    if (!s->composed && mg_key_chance(n, s->kind == MG_KEY_TECHNO ? 0.5 : 0.12)) {
        s->resonance = mg_key_random(n, 2, 9);
        s->sweep_octaves = mg_key_random(n, 1, 3.5);
    }
    s->has_chords = s->kind != MG_KEY_TECHNO || mg_key_chance(n, 0.3);
    s->has_lead = mg_key_chance(n, s->kind == MG_KEY_FOLK || s->kind == MG_KEY_ARP ? 0.95 : 0.55);
    s->pattern = (bass_pattern)mg_key_pick(n, 4);
}

/* @return notes of the chord over its root */
static int chord_notes(song *s, mg_key_chord c, int ret[5])
{
    ret[0] = 0;
    ret[1] = c.quality == 'M' ? 4 : 3;
    ret[2] = c.quality == 'd' ? 6 : 7;
    if (s->composed || s->extension >= 0.5)
        return 3;
    if (s->extension < 0.28) {
        bool flat = c.quality != 'M' || c.root == 7 || (s->minor && c.root == 10);
        ret[3] = flat ? 10 : 11;
        ret[4] = 14;
        return s->extension < 0.14 ? 4 : 5;
    }
    if (s->extension < 0.35) {
        ret[1] = 7;
        ret[2] = 12;
        return 3;
    }
    if (s->extension < 0.42) {
        ret[1] = mg_key_chance(&s->noise, 0.5) ? 2 : ret[1];
        return 3;
    }
    ret[3] = 14;
    return 4;
}

static int chord_base(const song *s)
{
    return s->tonic < 8 ? 48 + s->tonic : 36 + s->tonic;
}

static void play_chord(song *s, mg_key_chord c, double at_s, double length_s, const int *tones,
                       int count)
{
    static const double stabs[6] = {0, 0.75, 1.5, 2.5, 3.0, 3.5};
    int inversion = mg_key_pick(&s->noise, 3);
    bool can_stab = s->kind == MG_KEY_HOUSE || s->kind == MG_KEY_POP;
    for (int j = 0; j < count; j++) {
        mg_key_note note = {.wave = s->chord_wave, .start_s = at_s, .length_s = 0.95 * length_s,
                            .attack_s = 0.02, .level = 0.22, .voices = s->voices,
                            .detune_cents = s->detune_cents, .cutoff_hz = s->cutoff_hz};
        note.midi = chord_base(s) + c.root + tones[j] - (c.root > 6 ? 12 : 0) +
                    (j < inversion ? 12 : 0) + s->cents / 100;
        note.decay_per_s = note.wave == MG_WAVE_FM ? 4 : 0;
        if (!can_stab || !mg_key_chance(&s->noise, 0.7)) {
            mg_key_note_add(s->music, FRAMES, &s->noise, &note);
            continue;
        }
        note.length_s = 0.3 * s->beat_s;
        note.attack_s = 0.005;
        for (int i = 0; i < 6 && stabs[i] * s->beat_s < length_s; i++) {
            note.start_s = at_s + stabs[i] * s->beat_s;
            mg_key_note_add(s->music, FRAMES, &s->noise, &note);
        }
    }
}

static void play_bass_note(song *s, double midi, double at_s, double length_s, double level,
                           double cutoff_hz)
{
    bool reese = s->kind == MG_KEY_DNB && s->bass_wave == MG_WAVE_SAW;
    mg_key_note note = {.wave = s->bass_wave, .midi = midi + s->cents / 100, .start_s = at_s,
                        .length_s = length_s, .attack_s = 0.005, .level = level,
                        .voices = reese ? 2 : 1, .detune_cents = 15,
                        .cutoff_hz = s->bass_wave == MG_WAVE_SINE ? 0 : cutoff_hz};
    note.decay_per_s = note.wave == MG_WAVE_FM ? 4 : 0;
    if (s->resonance > 0) {
        note.wave = s->bass_wave == MG_WAVE_SQUARE ? MG_WAVE_SQUARE : MG_WAVE_SAW;
        note.cutoff_hz = fmin(cutoff_hz, 500);
        note.resonance = s->resonance;
        note.sweep_octaves = s->sweep_octaves;
        note.sweep_s = 0.12;
    }
    mg_key_note_add(s->bass, FRAMES, &s->noise, &note);
}

static void play_riff(song *s, int lowest, int first_step, double at_s, double length_s)
{
    double step_s = s->beat_s / 4;
    int steps = (int)(length_s / step_s + 0.5);
    for (int i = 0; i < steps; i++) {
        int up = s->riff[(first_step + i) % RIFF];
        if (up != REST)
            play_bass_note(s, lowest + up, at_s + i * step_s, 0.8 * step_s, 0.5, s->cutoff_hz);
    }
}

/* The patterns, in quarters of a beat of a bar. */
static void play_bass(song *s, int root, double at_s, double length_s)
{
    static const char *const patterns[] = {"x...x...x...x...", "..x...x...x...x.",
                                           ".xxx.xxx.xxx.xxx", "x..............."};
    double bar_s = 4 * s->beat_s, note_s = (s->pattern == BASS_ROLL ? 0.22 : 0.45) * s->beat_s;
    double cutoff_hz = 0.3 * s->cutoff_hz > 200 ? 0.3 * s->cutoff_hz : 200;
    if (s->pattern == BASS_HOLD)
        note_s = length_s < bar_s ? length_s : bar_s;
    for (int bar = 0; bar * bar_s < length_s - 1e-6; bar++) {
        for (int i = 0; i < 16; i++) {
            double in_s = bar * bar_s + i * s->beat_s / 4;
            if (patterns[s->pattern][i] != 'x' || in_s > length_s - 1e-6)
                continue;
            bool fifth = s->composed && i == 8 && mg_key_chance(&s->noise, 0.5);
            play_bass_note(s, root + (fifth ? 7 : 0), at_s + in_s, note_s, 0.5, cutoff_hz);
        }
    }
}

static void play_lead(song *s, mg_key_chord c, double at_s, double length_s, const int *tones,
                      int count)
{
    static const int scale[2][7] = {{0, 2, 4, 5, 7, 9, 11}, {0, 2, 3, 5, 7, 8, 10}};
    mg_noise *n = &s->noise;
    double step = (s->composed ? 0.5 : 0.25) * (1 + mg_key_pick(n, 2));
    for (double at = 0; at < length_s / s->beat_s - 1e-6; at += step) {
        if (s->kind != MG_KEY_ARP && !mg_key_chance(n, s->composed ? 0.8 : 0.6))
            continue;
        int pitch = (c.root + tones[mg_key_pick(n, count)]) % 12;
        if (!mg_key_chance(n, s->composed ? 0.65 : 0.5)) {
            int degree = mg_key_chance(n, 0.8) ? mg_key_pick(n, 7) : 2 * mg_key_pick(n, 3);
            pitch = scale[s->minor][degree];
        }
        if (s->composed && s->minor && c.root == 7 && c.quality == 'M' && pitch == 10)
            pitch = 11;
        bool plain = s->lead_wave == MG_WAVE_SINE || s->lead_wave == MG_WAVE_TRIANGLE;
        mg_key_note note = {.wave = s->lead_wave,
                            .midi = chord_base(s) + 12 + pitch + s->cents / 100,
                            .start_s = at_s + at * s->beat_s, .length_s = 0.9 * step * s->beat_s,
                            .attack_s = 0.005, .level = 0.25,
                            .voices = s->composed ? 1 : s->voices < 3 ? s->voices : 3,
                            .detune_cents = s->detune_cents, .cutoff_hz = plain ? 0 : 3000};
        note.decay_per_s = mg_key_chance(n, 0.5) ? 3 : note.wave == MG_WAVE_FM ? 4 : 0;
        mg_key_note_add(s->music, FRAMES, n, &note);
    }
}

static void play(song *s)
{
    double length_s = 4 * s->beat_s * s->bars_per_chord;
    int lowest = 24 + s->tonic + (s->tonic < 5 ? 12 : 0);
    for (int i = 0; i < s->chords; i++) {
        mg_key_chord c = s->chord[i];
        double at_s = i * length_s - s->skipped_s;
        int tones[5], count = chord_notes(s, c, tones);
        int root = lowest + (s->pedal ? 0 : c.root - (c.root > 7 ? 12 : 0));
        if (at_s + length_s < 0 || at_s > duration_s)
            continue;
        at_s = at_s > 0 ? at_s : 0;
        if (s->has_chords)
            play_chord(s, c, at_s, length_s, tones, count);
        if (s->kind == MG_KEY_TECHNO)
            play_riff(s, lowest, (int)(i * s->bars_per_chord * 16 + 0.5), at_s, length_s);
        else if (s->kind == MG_KEY_PHRASES)
            play_bass_note(s, root + 12, at_s, 0.9 * length_s, 0.35, s->cutoff_hz);
        else
            play_bass(s, root, at_s, length_s);
        if (s->has_lead)
            play_lead(s, c, at_s, length_s, tones, count);
    }
}

static mg_key_beat draw_beat(mg_noise *noise, mg_key_kind kind)
{
    static const mg_key_beat folk[3] = {MG_BEAT_ROCK, MG_BEAT_FOUR, MG_BEAT_BREAK};
    static const mg_key_beat phrase[3] = {MG_BEAT_NONE, MG_BEAT_FOUR, MG_BEAT_BREAK};
    switch (kind) {
    case MG_KEY_DNB:
        return MG_BEAT_BREAK;
    case MG_KEY_DUBSTEP:
    case MG_KEY_LOFI:
        return MG_BEAT_HALF;
    case MG_KEY_FOLK:
        return folk[mg_key_pick(noise, 3)];
    case MG_KEY_PHRASES:
        return phrase[mg_key_pick(noise, 3)];
    case MG_KEY_DRUMS:
        return (mg_key_beat)mg_key_pick(noise, 4);
    default:
        return MG_BEAT_FOUR;
    }
}

static void silence(float *x, double from_s, double to_s)
{
    size_t from = (size_t)(from_s * MG_KEY_RATE_HZ), to = (size_t)(to_s * MG_KEY_RATE_HZ);
    for (size_t i = from; i < to && i < FRAMES; i++)
        x[i] = 0;
}

/* To a mean square of 1 where there is sound. */
static void level(float *x)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < FRAMES; i++) {
        if (fabsf(x[i]) > 1e-6f) {
            sum += (double)x[i] * x[i];
            count++;
        }
    }
    for (size_t i = 0; i < FRAMES && count > 0; i++)
        x[i] *= (float)(1.0 / (sqrt(sum / (double)count) + 1e-9));
}

/* Intro of drums, a break, and the music ducked under the kick. */
static void arrange(song *s, mg_key_drums *drums)
{
    mg_noise *n = &s->noise;
    double loop_s = 16 * s->beat_s * s->bars_per_chord, intro_s = loop_s; /* of four chords */
    while (intro_s > 0.3 * duration_s)
        intro_s *= 0.5;
    bool intro = !s->composed && mg_key_chance(n, intro_s < loop_s ? 0.2 : 0.5);
    bool pause = !s->composed && mg_key_chance(n, 0.4);
    level(s->music);
    level(s->bass);
    level(drums->kick);
    level(drums->other);
    if (intro)
        silence(s->music, 0, intro_s);
    if (intro && mg_key_chance(n, 0.5))
        silence(s->bass, 0, intro_s);
    if (pause)
        silence(drums->kick, 0.45 * duration_s, 0.65 * duration_s);
    if (pause && mg_key_chance(n, 0.5))
        silence(s->bass, 0.45 * duration_s, 0.65 * duration_s);
    if (s->composed || !mg_key_chance(n, 0.6))
        return;
    for (int h = 0; h < drums->hits; h++) {
        for (size_t i = 0; i < MG_KEY_RATE_HZ / 3 && drums->hit[h] + i < FRAMES; i++) {
            size_t at = drums->hit[h] + i;
            double t = (double)i / MG_KEY_RATE_HZ, at_s = (double)at / MG_KEY_RATE_HZ;
            bool paused = pause && at_s > 0.45 * duration_s && at_s < 0.65 * duration_s;
            float gain = paused ? 1.0f : (float)(1.0 - 0.9 * exp(-t / 0.1));
            s->music[at] *= gain;
            s->bass[at] *= gain;
        }
    }
}

/* Brings the peak to full scale, and most tracks through a saturation. */
static void master(mg_noise *noise, float *x)
{
    float peak = 1e-9f;
    double drive = mg_key_chance(noise, 0.7) ? mg_key_random(noise, 1, 6) : 0;
    for (size_t i = 0; i < FRAMES; i++)
        peak = fabsf(x[i]) > peak ? fabsf(x[i]) : peak;
    for (size_t i = 0; i < FRAMES; i++)
        x[i] = drive > 0 ? tanhf((float)drive * x[i] / peak) : x[i] / peak;
}

static void mix(song *s, const mg_key_drums *drums, float *ret)
{
    mg_noise *n = &s->noise;
    double music = 0.5 * mg_key_random(n, 0.5, 1.2), kick = 0.5 * mg_key_random(n, 0.5, 1.3);
    double bass = s->composed ? 0.25 : 0.5 * mg_key_random(n, 0.5, 1.2);
    double other = 0.35 * mg_key_random(n, 0.3, 1.0), hiss = mg_key_random(n, 0, 0.035);
    for (size_t i = 0; i < FRAMES; i++)
        ret[i] = (float)(music * s->music[i] + bass * s->bass[i] + kick * drums->kick[i] +
                         other * drums->other[i] + hiss * (double)mg_noise_next(n));
    master(n, ret);
}

static void render_tonal(song *s, mg_key_drums *drums, bool riff, mg_key_track *ret)
{
    mg_noise *n = &s->noise;
    s->kind = kinds[mg_key_pick(n, (int)(sizeof(kinds) / sizeof(kinds[0])))];
    s->kind = riff ? MG_KEY_TECHNO : s->kind;
    s->composed = s->kind == MG_KEY_FOLK || s->kind == MG_KEY_PHRASES;
    s->tonic = mg_key_pick(n, 12);
    s->minor = mg_key_chance(n, manner[s->kind].minor);
    s->cents = mg_key_chance(n, 0.25) ? mg_key_random(n, -49, 49) : 2.0 * mg_key_gauss(n);
    double bpm = mg_key_random(n, manner[s->kind].low_bpm, manner[s->kind].high_bpm);
    s->beat_s = 60.0 / bpm;
    draw_harmony(s);
    draw_sounds(s);
    draw_riff(s);
    mg_key_drums_add(drums, n, bpm, draw_beat(n, s->kind));
    play(s);
    arrange(s, drums);
    mix(s, drums, ret->x);
    ret->key = (unsigned)s->tonic + (s->minor ? 12 : 0);
    ret->cents = s->cents;
}

static void render_keyless(song *s, mg_key_drums *drums, mg_key_track *ret)
{
    mg_noise *n = &s->noise;
    s->kind = mg_key_chance(n, 0.5) ? MG_KEY_DRUMS : MG_KEY_NOISE;
    if (s->kind == MG_KEY_DRUMS) {
        double other = mg_key_random(n, 0.5, 1.5);
        mg_key_drums_add(drums, n, mg_key_random(n, 90, 175), draw_beat(n, s->kind));
        for (size_t i = 0; i < FRAMES; i++)
            ret->x[i] = tanhf(drums->kick[i] + (float)other * drums->other[i]);
        master(n, ret->x);
        return;
    }
    for (size_t i = 0; i < FRAMES; i++)
        ret->x[i] = (float)(0.2 * mg_key_gauss(n));
    if (mg_key_chance(n, 0.5))
        mg_key_lowpass(ret->x, FRAMES, mg_key_random(n, 200, 3000));
}

typedef enum content { WITH_KEY, WITHOUT_KEY, TECHNO_RIFF } content;

static bool render(uint64_t number, content of, mg_key_track *ret)
{
    float *memory = calloc(5 * (size_t)FRAMES, sizeof(float));
    song *s = calloc(1, sizeof(*s));
    bool ok = memory && s;
    if (ok) {
        mg_key_drums drums = {
            .kick = memory + FRAMES, .other = memory + 2 * FRAMES, .frames = FRAMES};
        mg_key_track track = {.x = memory, .frames = FRAMES};
        /* Far apart on the generator's sequence, so that no track repeats part of another. */
        s->noise.state = (2 * number + (of == WITHOUT_KEY) + 1) * 0xd1342543de82ef95u;
        s->music = memory + 3 * FRAMES;
        s->bass = memory + 4 * FRAMES;
        if (of == WITHOUT_KEY)
            render_keyless(s, &drums, &track);
        else
            render_tonal(s, &drums, of == TECHNO_RIFF, &track);
        track.kind = s->kind;
        *ret = track;
    } else {
        free(memory);
    }
    free(s);
    return ok;
}

bool mg_key_track_render(uint64_t number, bool keyless, mg_key_track *ret)
{
    return render(number, keyless ? WITHOUT_KEY : WITH_KEY, ret);
}

bool mg_key_riff_render(uint64_t number, bool keyless, mg_key_track *ret)
{
    (void)keyless;
    return render(number, TECHNO_RIFF, ret);
}
