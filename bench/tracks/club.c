#include "bench/tracks/club.h"

#include "bench/tracks/club_master.h"

#include <math.h>
#include <stdlib.h>

#define NAME(name, id, text) id,
#define TEXT(name, id, text) text,
const char *const mg_twist_name[MG_TWISTS] = {MG_TWIST_LIST(NAME)};
const char *const mg_twist_text[MG_TWISTS] = {MG_TWIST_LIST(TEXT)};
#undef NAME
#undef TEXT

mg_club_recipe mg_club_defaults(const mg_club_genre *genre, uint64_t seed)
{
    return (mg_club_recipe){
        .genre = genre, .seed = seed, .tonic = -1, .seconds = 60.0, .rate_hz = 44100};
}

static void set_keys(const mg_song *s, mg_club_truth *t)
{
    if (s->bass_level <= 0.0 && s->chord_level <= 0.0 && s->lead_level <= 0.0)
        return;
    t->key[0].tonic = s->tonic;
    t->key[0].minor = s->minor;
    t->keys = 1;
    if (s->modulation_bar == 0)
        return;
    t->key[1].tonic = (s->tonic + s->modulation) % 12;
    t->key[1].minor = s->minor;
    t->key[1].start_s = mg_club_clock_s(&s->clock, 4.0 * s->modulation_bar);
    t->keys = 2;
}

static mg_err set_truth(const mg_song *s, mg_club_truth *ret)
{
    const mg_club_clock *c = &s->clock;
    mg_club_truth t = {.bpm = c->bpm,
                       .end_bpm = c->end_bpm,
                       .swing = c->swing,
                       .first_beat_s = c->first_beat_s,
                       .cents = s->recipe->cents};
    t.constant = c->change_beat <= 0.0 && c->slow_from_beat <= 0.0 && c->drift <= 0.0;
    if (c->change_beat > 0.0)
        t.change_s = mg_club_clock_s(c, c->change_beat);
    size_t before = 0, end;
    while (mg_club_clock_s(c, (double)before) < 0.0)
        before++;
    for (end = before; mg_club_clock_s(c, (double)end) < s->recipe->seconds; end++) {
    }
    t.beats_s = calloc(end - before + 1, sizeof(double));
    if (t.beats_s == NULL)
        return MG_E_NOMEM;
    for (size_t i = before; i < end; i++)
        t.beats_s[t.beats++] = mg_club_clock_s(c, (double)i);
    t.first_beat_s = mg_club_clock_s(c, (double)before);
    t.downbeat_index = (unsigned)((4 - before % 4) % 4);
    set_keys(s, &t);
    t.sections = s->sections;
    for (unsigned i = 0; i < s->sections; i++)
        t.section[i] = s->section[i];
    *ret = t;
    return MG_OK;
}

/* Adds the music, and drives the drums a little on the way. */
static void join(const mg_song *s, mg_mix *drums, const mg_mix *music)
{
    double drive = s->drum_drive;
    for (size_t i = 0; i < drums->frames; i++) {
        drums->left[i] = (float)(tanh(drive * (double)drums->left[i]) / drive) + music->left[i];
        drums->right[i] = (float)(tanh(drive * (double)drums->right[i]) / drive) + music->right[i];
    }
}

mg_err mg_club_render(const mg_club_recipe *recipe, mg_mix *ret, mg_club_truth *ret_truth)
{
    mg_song song;
    mg_mix drums = {0}, music = {0};
    mg_kick_times kicks = {0};
    mg_club_truth truth = {0};
    mg_song_draw(&song, recipe);
    size_t frames = (size_t)llround(recipe->seconds * recipe->rate_hz);
    bool ready = mg_mix_init(&drums, frames, recipe->rate_hz) &&
                 mg_mix_init(&music, frames, recipe->rate_hz);
    mg_err err = ready ? mg_club_play_drums(&song, &drums, &kicks) : MG_E_NOMEM;
    if (err == MG_OK) {
        mg_club_play_tones(&song, &music);
        mg_club_duck(&song, &kicks, &music);
        err = mg_club_room(&song, &music, song.room);
    }
    if (err == MG_OK)
        err = mg_club_room(&song, &drums, 0.3 * song.room);
    if (err == MG_OK) {
        join(&song, &drums, &music);
        if (recipe->twist[MG_TWIST_VINYL])
            mg_club_vinyl(&drums, &song.draw);
        err = set_truth(&song, &truth);
    }
    free(kicks.frame);
    mg_mix_done(&music);
    if (err == MG_OK)
        err = mg_club_master(&song, &drums, &truth.lufs);
    if (err != MG_OK) {
        mg_mix_done(&drums);
        free(truth.beats_s);
        return err;
    }
    *ret = drums;
    *ret_truth = truth;
    return MG_OK;
}
