#include "bench/tracks/club_note.h"
#include "bench/tracks/club_play.h"

#include <math.h>
#include <string.h>

typedef struct player {
    const mg_song *s;
    mg_mix *mix;
    mg_noise draw;
} player;

static double note_hz(const player *p, unsigned bar, int semitones, int octave)
{
    const mg_song *s = p->s;
    int moved = s->modulation_bar > 0 && bar >= s->modulation_bar ? s->modulation : 0;
    double midi = 12.0 * (octave + 1) + s->tonic + semitones + moved + s->recipe->cents / 100.0;
    return 440.0 * exp2((midi - 69.0) / 12.0);
}

static const mg_song_chord *chord_at(const player *p, unsigned bar)
{
    return &p->s->chord[bar / p->s->bars_per_chord % p->s->chords];
}

static void play(player *p, double at_s, const mg_note *note)
{
    double frame = floor(at_s * p->mix->rate_hz + 0.5);
    if (frame >= 0.0 && note->level > 0.0)
        mg_note_play(p->mix, (size_t)frame, note, &p->draw);
}

static double step_s(const player *p, unsigned bar, unsigned step)
{
    unsigned steps = p->s->recipe->genre->steps;
    return mg_club_clock_step_s(&p->s->clock, 4.0 * bar + floor((double)step / steps), step % steps,
                                steps);
}

static mg_note bass_sound(const player *p, double hz)
{
    const mg_song *s = p->s;
    mg_note n = {.wave = MG_NOTE_SAW,
                 .hz = hz,
                 .attack_s = 0.003,
                 .release_s = 0.02,
                 .voices = 1,
                 .cutoff_hz = s->bass_cutoff_hz,
                 .resonance = 0.8,
                 .level = s->bass_level};
    switch (s->bass_kind) {
    case MG_BASS_SUB:
        n.wave = MG_NOTE_SINE;
        n.cutoff_hz = 0;
        n.drive = 0.6;
        break;
    case MG_BASS_REESE:
        n.voices = 3;
        n.detune_cents = s->detune_cents;
        n.width = 0.4;
        n.lfo_hz = s->clock.bpm / 60.0 / 8.0;
        n.lfo_octaves = 0.8;
        n.drive = 1.5;
        break;
    case MG_BASS_ACID:
        n.resonance = 6.0;
        n.sweep_octaves = 2.5;
        n.sweep_s = 0.08;
        n.drive = 1.0;
        break;
    case MG_BASS_FM:
        n.wave = MG_NOTE_FM;
        n.cutoff_hz = 4.0 * s->bass_cutoff_hz;
        break;
    case MG_BASS_808:
        n.wave = MG_NOTE_SINE;
        n.cutoff_hz = 0;
        n.decay_s = 0.6;
        n.drive = 2.5;
        break;
    case MG_BASS_WOBBLE:
        n.voices = 2;
        n.detune_cents = s->detune_cents;
        n.lfo_hz = s->clock.bpm / 60.0 * (1 + s->arp_steps % 3);
        n.lfo_octaves = 2.0;
        n.lfo_phase = 0.75;
        n.drive = 2.0;
        break;
    default:
        n.sweep_octaves = 1.0;
        n.sweep_s = 0.06;
        break;
    }
    return n;
}

/* A note lasts until the next one or a rest; `_` holds it. */
static unsigned held_steps(const char *pattern, unsigned long step)
{
    size_t length = strlen(pattern);
    unsigned held = 1;
    while (held < 16 && pattern[(step + held) % length] == '_')
        held++;
    return held;
}

static void play_bass(player *p, unsigned bar, double gain)
{
    const mg_song *s = p->s;
    unsigned steps = 4 * s->recipe->genre->steps;
    for (unsigned i = 0; i < steps; i++) {
        unsigned long step = (unsigned long)bar * steps + i;
        char c = s->bass[step % strlen(s->bass)];
        if (c != 'X' && c != '5' && c != '8' && c != 'x')
            continue;
        int up = chord_at(p, bar)->root + (c == '5' ? 7 : c == '8' ? 12 : 0);
        int octave = s->tonic + chord_at(p, bar)->root > 9 ? 0 : 1;
        double at = step_s(p, bar, i), end = step_s(p, bar, i + held_steps(s->bass, step));
        mg_note n = bass_sound(p, note_hz(p, bar, up, octave));
        n.length_s = 0.92 * (end - at);
        n.level *= gain;
        if (s->bass_kind == MG_BASS_808 && mg_draw_chance(&p->draw, 0.15))
            n.glide_from_hz = 1.5 * n.hz;
        play(p, at, &n);
        if (s->sub_level > 0.0 && s->bass_kind != MG_BASS_SUB && s->bass_kind != MG_BASS_808) {
            mg_note sub = {.wave = MG_NOTE_SINE,
                           .hz = n.hz,
                           .length_s = n.length_s,
                           .attack_s = 0.004,
                           .release_s = 0.02,
                           .level = gain * s->sub_level};
            play(p, at, &sub);
        }
    }
}

static mg_note chord_sound(const player *p)
{
    const mg_song *s = p->s;
    mg_note n = {.wave = MG_NOTE_SAW,
                 .attack_s = 0.005,
                 .release_s = 0.08,
                 .voices = s->voices,
                 .detune_cents = s->detune_cents,
                 .width = 0.8,
                 .cutoff_hz = s->chord_cutoff_hz,
                 .resonance = 0.8,
                 .level = s->chord_level};
    if (s->chord_kind == MG_CHORDS_PAD) {
        n.attack_s = 0.4;
        n.release_s = 0.4;
        n.cutoff_hz = fmin(n.cutoff_hz, 2500.0);
    } else if (s->chord_kind == MG_CHORDS_KEYS) {
        n.wave = s->arp_steps % 2 ? MG_NOTE_FM : MG_NOTE_ORGAN;
        n.voices = 1;
        n.decay_s = n.wave == MG_NOTE_FM ? 0.8 : 0.0;
        n.cutoff_hz = 0;
    } else if (s->chord_kind == MG_CHORDS_PLUCK) {
        n.decay_s = 0.18;
        n.sweep_octaves = 2.0;
        n.sweep_s = 0.08;
    }
    return n;
}

static void play_chord_at(player *p, unsigned bar, double at_s, double length_s, double gain)
{
    const mg_song_chord *c = chord_at(p, bar);
    const int tones[] = {c->root, c->root + c->third, c->root + c->fifth, c->root + c->extra};
    mg_note n = chord_sound(p);
    n.length_s = length_s;
    n.level *= gain * 0.6;
    for (unsigned i = 0; i < (c->extra > 0 ? 4u : 3u); i++) {
        int tone = tones[i] > 14 ? tones[i] - 12 : tones[i];
        n.hz = note_hz(p, bar, tone, p->s->tonic > 7 ? 3 : 4);
        play(p, at_s, &n);
    }
}

static void play_chords(player *p, unsigned bar, double gain)
{
    const mg_song *s = p->s;
    unsigned steps = s->recipe->genre->steps;
    if (s->chord_kind == MG_CHORDS_NONE || gain <= 0.0)
        return;
    if (s->chord_kind == MG_CHORDS_PAD || s->chord_kind == MG_CHORDS_SUPERSAW || steps != 4) {
        unsigned left = s->bars_per_chord - bar % s->bars_per_chord;
        if (bar % s->bars_per_chord == 0 || bar == s->section[mg_song_section_of(s, bar)].bar)
            play_chord_at(p, bar, step_s(p, bar, 0), step_s(p, bar + left, 0) - step_s(p, bar, 0),
                          gain);
        return;
    }
    for (unsigned i = 0; i < 16; i++)
        if (mg_song_step_gain(s->stabs, i) > 0.0)
            play_chord_at(p, bar, step_s(p, bar, i),
                          0.8 * (step_s(p, bar, i + 1) - step_s(p, bar, i)), 1.2 * gain);
}

static void play_arp(player *p, unsigned bar, double gain)
{
    const mg_song *s = p->s;
    const mg_song_chord *c = chord_at(p, bar);
    const int tones[] = {c->root, c->root + c->third, c->root + c->fifth, c->root + 12};
    unsigned steps = 4 * s->recipe->genre->steps, every = (unsigned)s->arp_steps;
    for (unsigned i = 0; i < steps; i++) {
        unsigned long step = (unsigned long)bar * steps + i;
        if (step % every != 0)
            continue;
        mg_note n = {.wave = MG_NOTE_SAW,
                     .hz = note_hz(p, bar, tones[step / every % 4], 5),
                     .length_s = 0.2,
                     .attack_s = 0.002,
                     .release_s = 0.05,
                     .decay_s = 0.1,
                     .voices = 2,
                     .detune_cents = 6,
                     .width = 0.6,
                     .cutoff_hz = 0.6 * s->chord_cutoff_hz,
                     .resonance = 1.5,
                     .sweep_octaves = 1.5,
                     .sweep_s = 0.06,
                     .level = gain * s->arp_level};
        play(p, step_s(p, bar, i), &n);
    }
}

static void play_lead(player *p, unsigned bar, double gain)
{
    const mg_song *s = p->s;
    unsigned steps = 4 * s->recipe->genre->steps;
    for (unsigned i = 0; i < MG_SONG_RIFF; i++) {
        unsigned at = i * steps / MG_SONG_RIFF;
        if (s->riff[i] == MG_SONG_REST || (i > 0 && at == (i - 1) * steps / MG_SONG_RIFF))
            continue;
        mg_note n = {.wave = s->arp_steps % 2 ? MG_NOTE_SAW : MG_NOTE_SQUARE,
                     .hz = note_hz(p, bar, s->riff[(i + 8 * (bar % 2)) % MG_SONG_RIFF], 5),
                     .length_s = step_s(p, bar, at + 1) - step_s(p, bar, at),
                     .attack_s = 0.004,
                     .release_s = 0.1,
                     .voices = s->voices,
                     .detune_cents = s->detune_cents,
                     .width = 0.7,
                     .cutoff_hz = 2.0 * s->chord_cutoff_hz,
                     .resonance = 0.8,
                     .level = gain * s->lead_level};
        play(p, step_s(p, bar, at), &n);
    }
}

/* White noise whose filter opens, and a tone that climbs, to the end of the section. */
static void play_riser(player *p, const mg_club_section *section)
{
    double at = step_s(p, section->bar, 0), end = step_s(p, section->bar + section->bars, 0);
    mg_note n = {.wave = MG_NOTE_NOISE,
                 .hz = 100,
                 .length_s = end - at - 0.03,
                 .attack_s = 0.9 * (end - at),
                 .release_s = 0.03,
                 .voices = 2,
                 .width = 1.0,
                 .cutoff_hz = 600,
                 .resonance = 2.0,
                 .lfo_hz = 0.25 / (end - at),
                 .lfo_octaves = 4.0,
                 .level = 0.12};
    play(p, at, &n);
}

void mg_club_play_tones(const mg_song *song, mg_mix *music)
{
    player p = {.s = song, .mix = music, .draw = {song->recipe->seed * 131u + 7u}};
    for (unsigned bar = 0; bar < song->bars; bar++) {
        const mg_song_part *part = &song->part[mg_song_section_of(song, bar)];
        play_bass(&p, bar, part->bass);
        play_chords(&p, bar, part->chords * (song->chord_level > 0.0));
        if (part->arp > 0.0 && song->arp_level > 0.0)
            play_arp(&p, bar, part->arp);
        if (part->lead > 0.0 && song->lead_level > 0.0)
            play_lead(&p, bar, part->lead);
    }
    for (unsigned i = 0; i < song->sections; i++)
        if (song->part[i].riser)
            play_riser(&p, &song->section[i]);
}
