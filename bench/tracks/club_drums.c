#include "bench/tracks/club_play.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TAKES = 2 /* of hats and ghosts: no two are quite alike */ };

typedef struct kit {
    mg_shot kick, snare, second_snare, crash;
    mg_shot hat[TAKES], open, ghost, perc[2];
    mg_shot break_kick, break_snare, break_hat;
    bool layered; /* snare and second_snare together */
} kit;

typedef struct player {
    const mg_song *s;
    mg_mix *mix;
    mg_noise draw;
    kit kit;
    mg_kick_times kicks;
    mg_err err;
} player;

static void kit_done(kit *k)
{
    mg_shot *all[] = {&k->kick,       &k->snare,       &k->second_snare, &k->crash,   &k->hat[0],
                      &k->hat[1],     &k->open,        &k->ghost,        &k->perc[0], &k->perc[1],
                      &k->break_kick, &k->break_snare, &k->break_hat};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        free(all[i]->x);
}

static bool kit_draw(kit *k, const mg_song *s, mg_noise *n)
{
    static const mg_shot_kind percs[] = {MG_SHOT_CONGA, MG_SHOT_WOOD, MG_SHOT_BLIP,
                                         MG_SHOT_TOM,   MG_SHOT_RIM,  MG_SHOT_SHAKER};
    const mg_club_genre *g = s->recipe->genre;
    unsigned rate = s->recipe->rate_hz;
    mg_shot_kind snare = g->snare_kinds[mg_draw_pick(n, 3)];
    mg_shot_kind hat = mg_draw_chance(n, 0.2)    ? MG_SHOT_SHAKER
                       : mg_draw_chance(n, 0.12) ? MG_SHOT_RIDE
                                                 : MG_SHOT_HAT_CLOSED;
    k->layered = mg_draw_chance(n, 0.4);
    bool ok =
        mg_shot_draw(&k->kick, g->kick_kinds[mg_draw_pick(n, 3)], rate, n) &&
        mg_shot_draw(&k->snare, snare, rate, n) &&
        mg_shot_draw(&k->second_snare, g->snare_kinds[mg_draw_pick(n, 3)], rate, n) &&
        mg_shot_draw(&k->crash, MG_SHOT_CRASH, rate, n) &&
        mg_shot_draw(&k->open, mg_draw_chance(n, 0.8) ? MG_SHOT_HAT_OPEN : MG_SHOT_RIDE, rate, n) &&
        mg_shot_draw(&k->ghost, snare == MG_SHOT_CLAP ? MG_SHOT_SNARE_DRUM : snare, rate, n) &&
        mg_shot_draw(&k->break_kick, MG_SHOT_KICK_ACOUSTIC, rate, n) &&
        mg_shot_draw(&k->break_snare, MG_SHOT_SNARE_ACOUSTIC, rate, n) &&
        mg_shot_draw(&k->break_hat, MG_SHOT_HAT_CLOSED, rate, n);
    for (unsigned i = 0; i < TAKES; i++) {
        ok = ok && mg_shot_draw(&k->hat[i], hat, rate, n);
        ok = ok && mg_shot_draw(&k->perc[i], percs[mg_draw_pick(n, 6)], rate, n);
    }
    return ok;
}

/* Plays a shot at a step of a bar; a negative time is before the file. */
static void hit(player *p, const mg_shot *shot, double at_s, double gain, double pan)
{
    at_s += p->s->human_s * mg_draw(&p->draw, -1, 1);
    double frame = floor(at_s * p->mix->rate_hz + 0.5);
    if (gain <= 0.0 || frame < 0.0)
        return;
    gain *= 1.0 + p->s->human_gain * mg_draw(&p->draw, -1, 1);
    mg_shot_play(p->mix, (size_t)frame, shot, gain, pan);
}

static void hit_kick(player *p, double at_s, double gain)
{
    double frame = floor(at_s * p->mix->rate_hz + 0.5);
    if (gain <= 0.0 || frame < 0.0)
        return;
    mg_kick_times *k = &p->kicks;
    if (k->count == k->room) {
        size_t room = k->room * 2 + 256;
        size_t *frames = realloc(k->frame, room * sizeof(frames[0]));
        if (frames == NULL) {
            p->err = MG_E_NOMEM;
            return;
        }
        k->frame = frames;
        k->room = room;
    }
    k->frame[k->count++] = (size_t)frame;
    mg_shot_play(p->mix, (size_t)frame, &p->kit.kick, gain, 0.0);
}

static double step_s(const player *p, unsigned bar, unsigned step, unsigned steps)
{
    return mg_club_clock_step_s(&p->s->clock, 4.0 * bar + floor((double)step / steps), step % steps,
                                steps);
}

/* The last bar of a section: the kick stops early or the snare rolls. */
static void play_roll(player *p, unsigned bar, double gain)
{
    unsigned steps = 4;
    for (unsigned i = 0; i < 4 * steps; i++) {
        double rise = (double)(i + 1) / (4 * steps);
        if (i >= 2 * steps || i % 2 == 0)
            hit(p, &p->kit.snare, step_s(p, bar, i, steps), gain * p->s->snare_level * rise, 0.0);
    }
}

static void play_hats(player *p, unsigned bar, const mg_song_part *part)
{
    const mg_song *s = p->s;
    for (unsigned i = 0; i < 4 * s->hat_steps; i++) {
        unsigned long step = (unsigned long)bar * 4 * s->hat_steps + i;
        double gain = part->hat * s->hat_level * mg_song_step_gain(s->hat, step);
        unsigned roll = 1;
        if (s->rolls && gain > 0.0 && mg_draw_chance(&p->draw, 0.12))
            roll = 2 + mg_draw_pick(&p->draw, 3);
        double at = step_s(p, bar, i, s->hat_steps), next = step_s(p, bar, i + 1, s->hat_steps);
        for (unsigned k = 0; k < roll; k++)
            hit(p, &p->kit.hat[i % TAKES], at + k * (next - at) / roll, gain * (k ? 0.6 : 1), -0.2);
    }
}

/* A sampled break, dusty and under the rest. */
static void play_break(player *p, unsigned bar)
{
    static const char *const kick = "X-X-------XX----", *const snare = "----X--o-o--X--o",
                             *const hat = "x-x-x-x-x-x-x-x-";
    for (unsigned i = 0; i < 16 && p->s->recipe->genre->steps == 4; i++) {
        double at = step_s(p, bar, i, 4);
        hit(p, &p->kit.break_kick, at, 0.35 * mg_song_step_gain(kick, i), 0.0);
        hit(p, &p->kit.break_snare, at, 0.35 * mg_song_step_gain(snare, i), 0.1);
        hit(p, &p->kit.break_hat, at, 0.12 * mg_song_step_gain(hat, i), -0.1);
    }
}

static void play_bar(player *p, unsigned bar)
{
    const mg_song *s = p->s;
    unsigned section = mg_song_section_of(s, bar), steps = s->recipe->genre->steps;
    const mg_club_section *at_section = &s->section[section];
    const mg_song_part *part = &s->part[section];
    bool last = bar + 1 == at_section->bar + at_section->bars, first = bar == at_section->bar;
    bool fill = (last && at_section->bars > 1) || (bar % 8 == 7 && mg_draw_chance(&p->draw, 0.5));
    unsigned stop = fill && mg_draw_chance(&p->draw, 0.5) ? 2 * steps : 4 * steps;
    for (unsigned i = 0; i < 4 * steps; i++) {
        unsigned long step = (unsigned long)bar * 4 * steps + i;
        double at = step_s(p, bar, i, steps);
        if (i < stop)
            hit_kick(p, at, part->kick * s->kick_level * mg_song_step_gain(s->kick, step));
        double snare = part->snare * s->snare_level * mg_song_step_gain(s->snare, step);
        hit(p, &p->kit.snare, at, snare, 0.0);
        if (p->kit.layered)
            hit(p, &p->kit.second_snare, at, 0.6 * snare, 0.0);
        hit(p, &p->kit.open, at, part->open * s->open_level * mg_song_step_gain(s->open, step),
            0.2);
        hit(p, &p->kit.ghost, at,
            part->ghost * part->snare * s->snare_level * s->ghost_level *
                mg_song_step_gain(s->ghost, step),
            0.05);
        hit(p, &p->kit.perc[i % 2], at,
            part->perc * s->perc_level * mg_song_step_gain(s->perc, step), i % 2 ? 0.5 : -0.5);
    }
    play_hats(p, bar, part);
    if (s->recipe->twist[MG_TWIST_BREAK_LAYER] && part->snare > 0.0)
        play_break(p, bar);
    if (fill && part->snare > 0.0 && mg_draw_chance(&p->draw, part->riser ? 0.8 : 0.3))
        play_roll(p, bar, part->riser ? 1.0 : 0.6);
    if (first && section > 0 && mg_draw_chance(&p->draw, 0.7))
        hit(p, &p->kit.crash, step_s(p, bar, 0, steps), 0.25, 0.0);
}

mg_err mg_club_play_drums(const mg_song *song, mg_mix *drums, mg_kick_times *ret_kicks)
{
    player p = {.s = song, .mix = drums, .draw = {song->recipe->seed * 77u + 3u}};
    if (!kit_draw(&p.kit, song, &p.draw))
        p.err = MG_E_NOMEM;
    for (unsigned bar = 0; bar < song->bars && p.err == MG_OK; bar++)
        play_bar(&p, bar);
    kit_done(&p.kit);
    if (p.err != MG_OK) {
        free(p.kicks.frame);
        return p.err;
    }
    *ret_kicks = p.kicks;
    return MG_OK;
}
