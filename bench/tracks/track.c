#include "bench/tracks/track.h"

#include <ebur128.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAME(name, id, bpm, beat, key, text) id,
#define TEXT(name, id, bpm, beat, key, text) text,
const char *const mg_track_name[MG_TRACK_KINDS] = {MG_TRACK_LIST(NAME)};
const char *const mg_track_text[MG_TRACK_KINDS] = {MG_TRACK_LIST(TEXT)};
#undef NAME
#undef TEXT
#define NAME(name, id, text) id,
#define TEXT(name, id, text) text,
const char *const mg_fault_name[MG_FAULTS] = {MG_FAULT_LIST(NAME)};
const char *const mg_fault_text[MG_FAULTS] = {MG_FAULT_LIST(TEXT)};
#undef NAME
#undef TEXT

static const struct {
    double bpm;
    bool beat, key;
} kinds[MG_TRACK_KINDS] = {
#define ROW(name, id, bpm, beat, key, text) {bpm, beat, key},
    MG_TRACK_LIST(ROW)
#undef ROW
};

mg_track_recipe mg_track_defaults(mg_track_kind kind)
{
    bool quiet = kind == MG_TRACK_AMBIENT || kind == MG_TRACK_CHORD_PAD;
    return (mg_track_recipe){.kind = kind, .bpm = kinds[kind].bpm, .tonic = 9, .minor = true,
                             .seconds = 60.0, .lufs = quiet ? -18.0 : -9.0, .rate_hz = 44100,
                             .seed = 1};
}

bool mg_track_has_beat(mg_track_kind kind)
{
    return kinds[kind].beat;
}

bool mg_track_has_key(mg_track_kind kind)
{
    return kinds[kind].key;
}

/* ---- harmony ---- */

/* Four chords of a bar each, in semitones over the tonic: i VI iv V and I IV V I. Both cadence, so
 * that a listener has no doubt of the key (i VI III VII is as good in the relative major). */
static const int minor_roots[4] = {0, 8, 5, 7}, minor_thirds[4] = {3, 4, 3, 4};
static const int major_roots[4] = {0, 5, 7, 0}, major_thirds[4] = {4, 4, 4, 4};

static double note_hz(const mg_track_recipe *r, int semitones_from_tonic, int octave)
{
    double midi = 12.0 * (octave + 1) + r->tonic + semitones_from_tonic + r->cents / 100.0;
    return 440.0 * exp2((midi - 69.0) / 12.0);
}

static int chord_root(const mg_track_recipe *r, size_t bar)
{
    return r->minor ? minor_roots[bar % 4] : major_roots[bar % 4];
}

static int chord_third(const mg_track_recipe *r, size_t bar)
{
    return r->minor ? minor_thirds[bar % 4] : major_thirds[bar % 4];
}

/* ---- arrangement: intro, break, drop, outro in bars of four beats ---- */

typedef struct player {
    const mg_track_recipe *r;
    mg_mix *drums, *music;
    mg_noise noise;
    size_t bars;
} player;

/* Beats are placed at exact multiples of the period, rounded to a frame: no error adds up. */
static size_t frame_of(const player *p, double beat)
{
    return (size_t)llround((p->r->first_beat_s + beat * 60.0 / p->r->bpm) * p->r->rate_hz);
}

static bool in_intro(const player *p, size_t bar)
{
    return p->bars >= 16 && bar < 4;
}

static bool in_break(const player *p, size_t bar)
{
    return p->bars >= 16 && bar >= p->bars / 2 - 2 && bar < p->bars / 2 + 2;
}

static void play_chord(player *p, size_t bar, double beats, double attack_s, double cutoff_hz,
                       double level)
{
    int root = chord_root(p->r, bar), third = chord_third(p->r, bar);
    const int tones[4] = {root, root + third, root + 7, root + 12};
    for (int i = 0; i < 4; i++)
        mg_voice_saws(p->music, frame_of(p, 4.0 * (double)bar), note_hz(p->r, tones[i] % 24, 3),
                      beats * 60.0 / p->r->bpm, attack_s, cutoff_hz, level);
}

static void play_arpeggio(player *p, size_t bar)
{
    int root = chord_root(p->r, bar), third = chord_third(p->r, bar);
    const int steps[8] = {0, third, 7, 12, 7, third, 12, 7};
    for (int i = 0; i < 8; i++)
        mg_voice_pluck(p->music, frame_of(p, 4.0 * (double)bar + 0.5 * i),
                       note_hz(p->r, root + steps[i], 4), 0.3, 0.10, i % 2 ? 0.7 : -0.7);
}

static void bar_of_house(player *p, size_t bar)
{
    double beat = 4.0 * (double)bar;
    bool quiet = in_break(p, bar);
    for (int i = 0; i < 4; i++) {
        if (!quiet)
            mg_voice_kick(p->drums, frame_of(p, beat + i), 50.0, 0.28, 0.9);
        if (i % 2 == 1 && !quiet && !in_intro(p, bar))
            mg_voice_snare(p->drums, frame_of(p, beat + i), &p->noise, 0.35);
        mg_voice_hat(p->drums, frame_of(p, beat + i + 0.5), &p->noise, 1, 0.22, 0.3);
        mg_voice_hat(p->drums, frame_of(p, beat + i + 0.25), &p->noise, 0, 0.08, -0.4);
        mg_voice_hat(p->drums, frame_of(p, beat + i + 0.75), &p->noise, 0, 0.08, -0.2);
        if (!in_intro(p, bar) && !quiet)
            mg_voice_bass(p->music, frame_of(p, beat + i + 0.5),
                          note_hz(p->r, chord_root(p->r, bar), 1), 0.4 * 60.0 / p->r->bpm, 500.0,
                          0.42);
    }
}

static void bar_of_drum_and_bass(player *p, size_t bar)
{
    double beat = 4.0 * (double)bar;
    if (!in_break(p, bar)) {
        mg_voice_kick(p->drums, frame_of(p, beat), 52.0, 0.2, 0.9);
        mg_voice_kick(p->drums, frame_of(p, beat + 2.5), 52.0, 0.2, 0.85);
        mg_voice_snare(p->drums, frame_of(p, beat + 1.0), &p->noise, 0.6);
        mg_voice_snare(p->drums, frame_of(p, beat + 3.0), &p->noise, 0.6);
        if (!in_intro(p, bar))
            mg_voice_bass(p->music, frame_of(p, beat), note_hz(p->r, chord_root(p->r, bar), 1),
                          3.8 * 60.0 / p->r->bpm, 350.0, 0.4);
    }
    for (int i = 0; i < 8; i++)
        mg_voice_hat(p->drums, frame_of(p, beat + 0.5 * i), &p->noise, 0, i % 2 ? 0.10 : 0.16, 0.3);
}

static void bar_of_half_time(player *p, size_t bar)
{
    double beat = 4.0 * (double)bar;
    if (!in_break(p, bar)) {
        mg_voice_kick(p->drums, frame_of(p, beat), 48.0, 0.3, 0.9);
        mg_voice_kick(p->drums, frame_of(p, beat + 1.5), 48.0, 0.3, 0.6);
        mg_voice_snare(p->drums, frame_of(p, beat + 2.0), &p->noise, 0.7);
        for (int i = 0; i < 6 && !in_intro(p, bar); i++)
            mg_voice_bass(p->music, frame_of(p, beat + i * 2.0 / 3.0),
                          note_hz(p->r, chord_root(p->r, bar), 1), 0.6 * 60.0 / p->r->bpm,
                          i % 2 ? 900.0 : 300.0, 0.45);
    }
    for (int i = 0; i < 4; i++)
        mg_voice_hat(p->drums, frame_of(p, beat + i), &p->noise, 0, 0.14, -0.3);
}

static void play_bar(player *p, size_t bar)
{
    bool sings = !in_intro(p, bar);
    double bar_s = 240.0 / p->r->bpm;
    switch (p->r->kind) {
    case MG_TRACK_FOUR_ON_FLOOR:
    case MG_TRACK_DRUM_LOOP:
        bar_of_house(p, bar);
        break;
    case MG_TRACK_DRUM_AND_BASS:
        bar_of_drum_and_bass(p, bar);
        break;
    case MG_TRACK_HALF_TIME:
        bar_of_half_time(p, bar);
        break;
    case MG_TRACK_AMBIENT:
        if (bar % 4 == 0)
            mg_voice_air(p->music, frame_of(p, 4.0 * (double)bar), &p->noise, 4.0 * bar_s, 0.05);
        mg_voice_sub(p->music, frame_of(p, 4.0 * (double)bar),
                     note_hz(p->r, chord_root(p->r, bar), 2), bar_s, 0.12);
        break;
    case MG_TRACK_CHORD_PAD:
    case MG_TRACK_KINDS:
        break;
    }
    if (!mg_track_has_key(p->r->kind) || !sings)
        return;
    bool held = !mg_track_has_beat(p->r->kind);
    play_chord(p, bar, 4.0, held ? 0.4 * bar_s : 0.02, held ? 1500.0 : 2500.0, held ? 0.08 : 0.06);
    if (!held)
        play_arpeggio(p, bar);
}

/* ---- master: sidechain, room, loudness, soft limit ---- */

/* The music ducks under each kick, as on most club masters. */
static void add_with_sidechain(mg_mix *drums, const mg_mix *music)
{
    double envelope = 0.0, release = exp(-1.0 / (0.12 * drums->rate_hz));
    for (size_t i = 0; i < drums->frames; i++) {
        envelope = fmax(fabs((double)drums->left[i]), envelope * release);
        float gain = (float)(1.0 - 0.6 * fmin(envelope, 1.0));
        drums->left[i] += gain * music->left[i];
        drums->right[i] += gain * music->right[i];
    }
}

/* The quiet hiss of instruments and converters: no real mix falls into digital silence between two
 * notes. About -66 dBFS before the master gain. */
static void add_room(mg_mix *mix, mg_noise *noise)
{
    for (size_t i = 0; i < mix->frames; i++) {
        mix->left[i] += 0.0009f * mg_noise_next(noise);
        mix->right[i] += 0.0009f * mg_noise_next(noise);
    }
}

/* First-order high-pass at 5 Hz, as a master chain has one. */
static void remove_dc(float *x, size_t frames, unsigned rate_hz)
{
    double pole = exp(-2.0 * M_PI * 5.0 / rate_hz), last = 0.0, y = 0.0;
    for (size_t i = 0; i < frames; i++) {
        y = (double)x[i] - last + pole * y;
        last = (double)x[i];
        x[i] = (float)y;
    }
}

static double integrated_lufs(const mg_mix *mix)
{
    ebur128_state *meter = ebur128_init(2, mix->rate_hz, EBUR128_MODE_I);
    if (!meter)
        return -HUGE_VAL;
    for (size_t i = 0; i < mix->frames; i++) {
        const float frame[2] = {mix->left[i], mix->right[i]};
        ebur128_add_frames_float(meter, frame, 1);
    }
    double lufs = -HUGE_VAL;
    ebur128_loudness_global(meter, &lufs);
    ebur128_destroy(&meter);
    return lufs;
}

static void scale(mg_mix *mix, double gain)
{
    for (size_t i = 0; i < mix->frames; i++) {
        mix->left[i] *= (float)gain;
        mix->right[i] *= (float)gain;
    }
}

/* Smooth ceiling at -1 dBFS that leaves everything under -4 dBFS alone. */
static float soft_limit(float x)
{
    const double knee = 0.63, ceiling = 0.89;
    double a = fabs((double)x);
    if (a <= knee)
        return x;
    double y = knee + (ceiling - knee) * tanh((a - knee) / (ceiling - knee));
    return (float)copysign(y, (double)x);
}

/* Limiting lowers the loudness that the gain had set: rounds until both settle. */
static void master(mg_mix *mix, double lufs)
{
    for (int round = 0; round < 40; round++) {
        double now = integrated_lufs(mix);
        if (!isfinite(now) || fabs(now - lufs) < 0.005)
            return;
        scale(mix, pow(10.0, (lufs - now) / 20.0));
        for (size_t i = 0; i < mix->frames; i++) {
            mix->left[i] = soft_limit(mix->left[i]);
            mix->right[i] = soft_limit(mix->right[i]);
        }
    }
}

/* ---- faults ---- */

static void clear_range(mg_mix *mix, double start_s, double end_s)
{
    size_t start = (size_t)llround(start_s * mix->rate_hz);
    size_t end = (size_t)llround(end_s * mix->rate_hz);
    for (size_t i = start; i < end && i < mix->frames; i++)
        mix->left[i] = mix->right[i] = 0.0f;
}

static float clip(float x)
{
    return fminf(fmaxf(x, -1.0f), 1.0f);
}

static void clip_over(mg_mix *mix, double over_db)
{
    float peak = 0.0f;
    for (size_t i = 0; i < mix->frames; i++)
        peak = fmaxf(peak, fmaxf(fabsf(mix->left[i]), fabsf(mix->right[i])));
    if (peak > 0.0f)
        scale(mix, pow(10.0, over_db / 20.0) / (double)peak);
    for (size_t i = 0; i < mix->frames; i++) {
        mix->left[i] = clip(mix->left[i]);
        mix->right[i] = clip(mix->right[i]);
    }
}

void mg_track_plant(mg_mix *mix, mg_fault fault)
{
    double length_s = (double)mix->frames / mix->rate_hz;
    switch (fault) {
    case MG_FAULT_CLIPPING:
        clip_over(mix, 6.0);
        return;
    case MG_FAULT_SILENCE_HEAD:
        clear_range(mix, 0.0, 4.0);
        return;
    case MG_FAULT_SILENCE_TAIL:
        clear_range(mix, length_s - 6.0, length_s);
        return;
    case MG_FAULT_GAP:
        clear_range(mix, length_s / 2.0 + 0.11, length_s / 2.0 + 0.19);
        return;
    case MG_FAULT_NONE:
    case MG_FAULTS:
        return;
    default:
        break;
    }
    for (size_t i = 0; i < mix->frames; i++) {
        float *l = &mix->left[i], *r = &mix->right[i];
        float mid = 0.5f * (*l + *r), side = 0.5f * (*l - *r);
        if (fault == MG_FAULT_DC_OFFSET) {
            *l += 0.02f;
            *r += 0.02f;
        } else if (fault == MG_FAULT_POLARITY) {
            *r = -*r;
        } else if (fault == MG_FAULT_UNBALANCED) {
            *r *= 0.63095734f;
        } else if (fault == MG_FAULT_DUAL_MONO) {
            *l = *r = mid;
        } else if (fault == MG_FAULT_WIDE) {
            *l = mid + 2.8183829f * side;
            *r = mid - 2.8183829f * side;
        }
    }
}

mg_err mg_track_render(const mg_track_recipe *recipe, mg_mix *ret)
{
    size_t frames = (size_t)llround(recipe->seconds * recipe->rate_hz);
    mg_mix drums = {0}, music = {0};
    if (!mg_mix_init(&drums, frames, recipe->rate_hz) ||
        !mg_mix_init(&music, frames, recipe->rate_hz)) {
        mg_mix_done(&drums);
        return MG_E_NOMEM;
    }
    double bars = (recipe->seconds - recipe->first_beat_s) * recipe->bpm / 240.0;
    player p = {.r = recipe, .drums = &drums, .music = &music, .noise = {recipe->seed},
                .bars = bars > 0.0 ? (size_t)ceil(bars) : 0};
    for (size_t bar = 0; bar < p.bars; bar++)
        play_bar(&p, bar);
    add_with_sidechain(&drums, &music);
    mg_mix_done(&music);
    add_room(&drums, &p.noise);
    remove_dc(drums.left, frames, recipe->rate_hz);
    remove_dc(drums.right, frames, recipe->rate_hz);
    master(&drums, recipe->lufs);
    mg_track_plant(&drums, recipe->fault);
    *ret = drums;
    return MG_OK;
}
