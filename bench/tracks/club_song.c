#include "bench/tracks/club_song.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Roots in semitones over the tonic; what is minor, major or diminished follows from the key. */
typedef struct progression {
    unsigned count;
    int root[4];
} progression;

static const progression minor_progressions[] = {
    {1, {0}},           {2, {0, 8}},        {4, {0, 8, 3, 10}}, {4, {0, 10, 8, 10}},
    {4, {0, 5, 8, 7}},  {4, {0, 3, 10, 5}}, {4, {0, 8, 10, 0}}, {2, {0, 5}},
    {4, {0, 10, 8, 7}}, {4, {0, 0, 8, 10}}, {4, {0, 8, 5, 7}},  {2, {0, 10}},
};
static const progression major_progressions[] = {
    {4, {0, 7, 9, 5}}, {4, {0, 9, 5, 7}}, {4, {0, 5, 7, 5}}, {2, {0, 5}},
    {4, {0, 5, 0, 7}}, {4, {0, 4, 5, 7}}, {4, {0, 2, 7, 0}}, {1, {0}},
};
enum {
    MINOR_PROGRESSIONS = sizeof(minor_progressions) / sizeof(minor_progressions[0]),
    MAJOR_PROGRESSIONS = sizeof(major_progressions) / sizeof(major_progressions[0]),
};

static const char *const stab_patterns[] = {"X--X--X---X-----", "--X---X---X---X-",
                                            "X-----X-----X---", "---X--X----X--X-",
                                            "X-X--X-X--X--X--", "X---------X-----"};

static const char *pick_pattern(mg_noise *draw, const char *const list[MG_CLUB_VARIANTS])
{
    unsigned count = 0;
    while (count < MG_CLUB_VARIANTS && list[count] != NULL)
        count++;
    return count > 0 ? list[mg_draw_pick(draw, count)] : "-";
}

/* A copy in which a few of the steps that carry no beat are dropped or added. */
static void draw_pattern(mg_noise *draw, const char *const list[MG_CLUB_VARIANTS], double change,
                         char ret[MG_SONG_PATTERN_MAX])
{
    const char *pattern = pick_pattern(draw, list);
    snprintf(ret, MG_SONG_PATTERN_MAX, "%s", pattern);
    for (unsigned i = 0; ret[i] != '\0'; i++) {
        if (!mg_draw_chance(draw, change))
            continue;
        if (ret[i] == '-')
            ret[i] = mg_draw_chance(draw, 0.5) ? 'o' : '.';
        else if (ret[i] != 'X')
            ret[i] = '-';
    }
    if (strcmp(pattern, "-") == 0)
        snprintf(ret, MG_SONG_PATTERN_MAX, "-"); /* never played, never changed */
}

static double db(double level_db)
{
    return pow(10.0, level_db / 20.0);
}

/* What draws a grid between the beats. */
static void draw_offbeat_drums(mg_song *s)
{
    static const char *const opens[] = {"--X-", "--X---x-", "--x---X-", "--X---X---X---Xo"};
    const bool *twist = s->recipe->twist;
    bool three = s->recipe->genre->steps == 3;
    if (twist[MG_TWIST_OFFBEAT_BASS]) {
        snprintf(s->bass, sizeof(s->bass), three ? "-XX" : "--X-");
        s->kick_level *= db(-5);
    }
    if (twist[MG_TWIST_OFFBEAT_INTRO] || twist[MG_TWIST_OFFBEAT_HATS])
        snprintf(s->open, sizeof(s->open), "%s", three ? "--X" : opens[mg_draw_pick(&s->draw, 4)]);
    if (twist[MG_TWIST_OFFBEAT_HATS]) {
        s->open_level = db(mg_draw(&s->draw, -7, -2));
        s->kick_level *= db(-4);
    }
}

static void draw_drums(mg_song *s)
{
    const mg_club_genre *g = s->recipe->genre;
    const bool *twist = s->recipe->twist;
    mg_noise *n = &s->draw;
    double change = mg_draw(n, 0.0, 0.12);
    bool four = strcmp(g->kick[0], "X---X---X---X---") == 0;
    draw_pattern(n, g->kick, four ? 0.0 : 0.3 * change, s->kick);
    draw_pattern(n, g->snare, 0.0, s->snare);
    draw_pattern(n, g->hat, change, s->hat);
    draw_pattern(n, g->open, 0.3 * change, s->open);
    draw_pattern(n, g->perc, change, s->perc);
    draw_pattern(n, g->ghost, change, s->ghost);
    draw_pattern(n, g->bass, 0.0, s->bass);
    if (!mg_draw_chance(n, g->ghost_share))
        snprintf(s->ghost, sizeof(s->ghost), "-");
    s->hat_steps = g->steps;
    if (twist[MG_TWIST_DOTTED_HATS]) {
        snprintf(s->hat, sizeof(s->hat), "%s", mg_draw_chance(n, 0.5) ? "X--" : "X--x--X--x--X---");
        snprintf(s->open, sizeof(s->open), "-");
    }
    if (twist[MG_TWIST_TRIPLET_HATS]) {
        s->hat_steps = 3;
        snprintf(s->hat, sizeof(s->hat), "%s", mg_draw_chance(n, 0.5) ? "X" : "Xoo");
    }
    s->kick_level = db(mg_draw(n, -2, 0));
    s->snare_level = db(mg_draw(n, -9, -3));
    s->hat_level = db(mg_draw(n, -20, -11));
    s->open_level = db(mg_draw(n, -18, -10));
    s->ghost_level = db(mg_draw(n, -6, 0));
    s->perc_level = mg_draw_chance(n, 0.6) ? db(mg_draw(n, -18, -8)) : 0.0;
    s->human_s = mg_draw_chance(n, 0.7) ? 0.0 : mg_draw(n, 0.0, 0.002);
    s->human_gain = mg_draw(n, 0.0, 0.15);
    s->rolls = strcmp(g->name, "trap") == 0;
    draw_offbeat_drums(s);
}

/* Where a chord on this degree takes its third and fifth: the notes of the key. */
static mg_song_chord chord_on(int root, bool minor)
{
    static const int scale[2][7] = {{0, 2, 4, 5, 7, 9, 11}, {0, 2, 3, 5, 7, 8, 10}};
    const int *notes = scale[minor];
    mg_song_chord c = {.root = root};
    for (int i = 0; i < 7; i++) {
        int up = (notes[i] - root + 24) % 12;
        if (up == 3 || up == 4)
            c.third = up;
        if (up == 6 || up == 7)
            c.fifth = up;
    }
    if (minor && root == 7)
        c.third = 4; /* the dominant leads */
    return c;
}

static void draw_harmony(mg_song *s)
{
    mg_noise *n = &s->draw;
    s->tonic = s->recipe->tonic;
    s->minor = s->recipe->minor;
    if (s->tonic < 0) {
        s->tonic = (int)mg_draw_pick(n, 12);
        s->minor = mg_draw_chance(n, s->recipe->genre->minor_share);
    }
    const progression *p = s->minor ? &minor_progressions[mg_draw_pick(n, MINOR_PROGRESSIONS)]
                                    : &major_progressions[mg_draw_pick(n, MAJOR_PROGRESSIONS)];
    unsigned extra = mg_draw_pick(n, 3);
    s->chords = p->count;
    for (unsigned i = 0; i < p->count; i++) {
        s->chord[i] = chord_on(p->root[i], s->minor);
        s->chord[i].extra = extra == 1   ? (s->chord[i].third == 3 || p->root[i] == 7 ? 10 : 11)
                            : extra == 2 ? 14
                                         : 0;
    }
    if (s->recipe->twist[MG_TWIST_BORROWED] && s->chords > 1) {
        mg_song_chord *c = &s->chord[1 + mg_draw_pick(n, s->chords - 1)];
        c->third = 7 - c->third;
        c->extra = 0;
    }
    static const unsigned lengths[] = {1, 1, 2, 4};
    s->bars_per_chord = lengths[mg_draw_pick(n, 4)];
    if (s->recipe->twist[MG_TWIST_MODULATION]) {
        s->modulation_bar = s->bars / 2;
        s->modulation = 1 + (int)mg_draw_pick(n, 3);
    }
}

static void draw_riff(mg_song *s)
{
    const int third = s->minor ? 3 : 4,
              pool[] = {0, 0, 7, 12, third, third + 12, s->minor ? 10 : 9, 5, 2};
    mg_noise *n = &s->draw;
    double density = mg_draw(n, 0.3, 0.8);
    for (unsigned i = 0; i < MG_SONG_RIFF; i++)
        s->riff[i] = mg_draw_chance(n, i % 4 == 0 ? 0.9 : density)
                         ? pool[mg_draw_pick(n, sizeof(pool) / sizeof(pool[0]))]
                         : MG_SONG_REST;
    static const int arps[] = {1, 1, 2, 2, 3};
    s->arp_steps = arps[mg_draw_pick(n, 5)];
    snprintf(s->stabs, sizeof(s->stabs), "%s", stab_patterns[mg_draw_pick(n, 6)]);
}

static void draw_offbeat_chords(mg_song *s)
{
    const bool *twist = s->recipe->twist;
    if (twist[MG_TWIST_OFFBEAT_STABS]) {
        s->chord_kind = mg_draw_chance(&s->draw, 0.6) ? MG_CHORDS_STABS : MG_CHORDS_PLUCK;
        s->chord_level = db(mg_draw(&s->draw, -8, -2));
        snprintf(s->stabs, sizeof(s->stabs), "--X---X---X---X-");
    } else if (twist[MG_TWIST_OFFBEAT_SWELL]) {
        s->chord_kind = mg_draw_chance(&s->draw, 0.6) ? MG_CHORDS_PAD : MG_CHORDS_SUPERSAW;
        s->chord_level = db(mg_draw(&s->draw, -8, -2));
    }
}

static void draw_tones(mg_song *s)
{
    const mg_club_genre *g = s->recipe->genre;
    const bool *twist = s->recipe->twist;
    mg_noise *n = &s->draw;
    s->bass_kind = g->bass_kinds[mg_draw_pick(n, 3)];
    s->chord_kind = g->chord_kinds[mg_draw_pick(n, 3)];
    s->bass_level = db(mg_draw(n, -9, -2));
    s->sub_level = mg_draw_chance(n, 0.5) ? db(mg_draw(n, -12, -5)) : 0.0;
    s->chord_level = db(mg_draw(n, -18, -9));
    s->arp_level = mg_draw_chance(n, 0.45) ? db(mg_draw(n, -20, -10)) : 0.0;
    s->lead_level = mg_draw_chance(n, 0.5) ? db(mg_draw(n, -18, -9)) : 0.0;
    s->bass_cutoff_hz = 120.0 * exp2(mg_draw(n, 0.5, 4.0));
    s->chord_cutoff_hz = 500.0 * exp2(mg_draw(n, 0.5, 4.0));
    s->detune_cents = mg_draw(n, 4, 22);
    s->voices = 1 + 2 * mg_draw_pick(n, 4);
    if (twist[MG_TWIST_OFFBEAT_BASS])
        s->bass_level = db(0);
    draw_riff(s);
    draw_offbeat_chords(s);
    if (!mg_club_has_beat(g)) {
        s->arp_level = s->lead_level = 0.0;
        s->perc_level = 0.0;
    }
    if (twist[MG_TWIST_BASS_ONLY] || twist[MG_TWIST_DRUMS_ONLY])
        s->chord_level = s->arp_level = s->lead_level = 0.0;
    if (twist[MG_TWIST_DRUMS_ONLY])
        s->bass_level = s->sub_level = 0.0;
}

/* A form: labels and their share in eighths of the track. */
typedef struct form_part {
    const char *label;
    unsigned weight;
} form_part;

static const form_part forms[][8] = {
    {{"intro", 2},
     {"build", 1},
     {"drop", 4},
     {"break", 2},
     {"build", 1},
     {"drop", 4},
     {"outro", 2}},
    {{"intro", 1}, {"drop", 3}, {"break", 1}, {"drop", 3}, {"outro", 1}},
    {{"drop", 1}},
    {{"break", 2}, {"build", 1}, {"drop", 4}, {"break", 1}, {"drop", 2}},
    {{"intro", 1}, {"drop", 4}, {"outro", 1}},
};
static const form_part excerpt_forms[][8] = {
    {{"drop", 1}},
    {{"drop", 3}, {"break", 1}, {"drop", 2}},
    {{"build", 1}, {"drop", 4}, {"break", 1}},
};

static mg_song_part part_of(mg_song *s, const char *label)
{
    mg_noise *n = &s->draw;
    mg_song_part all = {1,    1, 1, 1, 1, 1, 1, 1, mg_draw_chance(n, 0.7), mg_draw_chance(n, 0.7),
                        false};
    if (strcmp(label, "intro") == 0 || strcmp(label, "outro") == 0) {
        all.kick = mg_draw_chance(n, 0.85);
        all.snare = mg_draw_chance(n, 0.5);
        all.bass = 0.7 * mg_draw_chance(n, 0.3);
        all.chords = 0.6 * mg_draw_chance(n, 0.4);
        all.arp = all.lead = 0;
    } else if (strcmp(label, "build") == 0) {
        all.kick = mg_draw_chance(n, 0.6);
        all.snare = mg_draw_chance(n, 0.6);
        all.bass = mg_draw_chance(n, 0.4);
        all.riser = true;
    } else if (strcmp(label, "break") == 0) {
        all.kick = all.snare = 0;
        all.hat = 0.7 * mg_draw_chance(n, 0.4);
        all.open = all.ghost = 0;
        all.perc = mg_draw_chance(n, 0.4);
        all.bass = 0.5 * mg_draw_chance(n, 0.3);
        all.lead = all.arp = 1;
    }
    return all;
}

static void add_section(mg_song *s, const char *label, unsigned bars)
{
    if (bars == 0 || s->sections == MG_CLUB_SECTIONS_MAX)
        return;
    unsigned i = s->sections++, bar = i > 0 ? s->section[i - 1].bar + s->section[i - 1].bars : 0;
    s->section[i] = (mg_club_section){label, bar, bars, 0.0};
    s->part[i] = part_of(s, label);
}

static void draw_form(mg_song *s)
{
    const bool *twist = s->recipe->twist;
    const form_part *form = twist[MG_TWIST_EXCERPT]
                                ? excerpt_forms[mg_draw_pick(&s->draw, 3)]
                                : forms[s->bars < 12 ? 2 : mg_draw_pick(&s->draw, 5)];
    unsigned total = 0, done = 0, weight = 0, unit = s->bars >= 32 ? 4 : 2;
    for (unsigned i = 0; i < 8 && form[i].label != NULL; i++)
        total += form[i].weight;
    if (twist[MG_TWIST_DRUMLESS_INTRO]) {
        done = s->bars / 4 / unit * unit;
        add_section(s, "break", done);
        s->part[0] = (mg_song_part){.chords = 1, .arp = 1, .lead = 1};
    } else if (twist[MG_TWIST_OFFBEAT_INTRO]) {
        done = 1 + mg_draw_pick(&s->draw, 1 + s->bars / 4);
        add_section(s, "intro", done);
        s->part[0] = (mg_song_part){.open = 1, .bass = 0.7 * mg_draw_chance(&s->draw, 0.2)};
    }
    for (unsigned i = 0; i < 8 && form[i].label != NULL; i++) {
        weight += form[i].weight;
        unsigned end = weight == total ? s->bars : s->bars * weight / total / unit * unit;
        if (end > done)
            add_section(s, form[i].label, end - done);
        done = end > done ? end : done;
    }
    for (unsigned i = 0; i < s->sections; i++) {
        if (twist[MG_TWIST_KICKLESS_DROP] && strcmp(s->section[i].label, "drop") == 0) {
            unsigned half = s->section[i].bars / 2;
            if (half == 0 || s->sections == MG_CLUB_SECTIONS_MAX)
                continue;
            memmove(&s->section[i + 1], &s->section[i], (s->sections - i) * sizeof(s->section[0]));
            memmove(&s->part[i + 1], &s->part[i], (s->sections - i) * sizeof(s->part[0]));
            s->sections++;
            s->section[i].bars = half;
            s->section[i + 1].bar += half;
            s->section[i + 1].bars -= half;
            s->part[++i].kick = 0;
        }
    }
}

static void draw_tempo(mg_song *s)
{
    const mg_club_recipe *r = s->recipe;
    mg_noise *n = &s->draw;
    double bpm = mg_draw(n, r->genre->low_bpm, r->genre->high_bpm);
    if (mg_draw_chance(n, 0.6))
        bpm = floor(bpm + 0.5);
    if (r->bpm > 0.0)
        bpm = r->bpm;
    double beats = (r->seconds - r->first_beat_s) * bpm / 60.0;
    s->bars = (unsigned)fmax(1.0, ceil(beats / 4.0));
    mg_club_clock *c = &s->clock;
    *c = (mg_club_clock){.first_beat_s = r->first_beat_s,
                         .bpm = bpm,
                         .end_bpm = bpm,
                         .swing = 0.5,
                         .steps = r->genre->steps,
                         .last_beat = beats};
    if (r->twist[MG_TWIST_EXCERPT] && r->first_beat_s == 0.0) {
        c->first_beat_s = -mg_draw(n, 0.0, 240.0 / bpm);
        s->bars++;
    }
    if (r->twist[MG_TWIST_SWING])
        c->swing = mg_draw(n, 0.56, 0.64);
    else if (mg_draw_chance(n, r->genre->swing))
        c->swing = mg_draw(n, 0.52, 0.6);
    if (r->twist[MG_TWIST_TEMPO_CHANGE]) {
        c->change_beat = 4.0 * floor(s->bars / 2.0);
        c->end_bpm = bpm * (1.0 + (mg_draw_chance(n, 0.5) ? 1 : -1) * mg_draw(n, 0.05, 0.12));
    } else if (r->twist[MG_TWIST_RITARDANDO]) {
        c->slow_from_beat = floor(0.75 * beats);
        c->end_bpm = bpm * mg_draw(n, 0.8, 0.9);
        s->bars = (unsigned)fmax(1.0, floor(beats / 4.0));
    } else if (r->twist[MG_TWIST_DRIFT]) {
        c->drift = mg_draw(n, 0.005, 0.015);
        c->drift_beats = mg_draw(n, 48, 100);
    }
}

void mg_song_draw(mg_song *s, const mg_club_recipe *recipe)
{
    *s = (mg_song){.recipe = recipe, .draw = {recipe->seed * 1000003u + 17u}};
    mg_noise *n = &s->draw;
    draw_tempo(s);
    draw_form(s);
    draw_drums(s);
    draw_harmony(s);
    draw_tones(s);
    bool deep = recipe->twist[MG_TWIST_PUMPING] || recipe->twist[MG_TWIST_OFFBEAT_SWELL];
    s->pump = deep ? mg_draw(n, 0.85, 1.0) : mg_draw(n, 0.2, 0.8);
    if (recipe->twist[MG_TWIST_UNPUMPED])
        s->pump = 0.0;
    s->room = mg_draw(n, 0.02, 0.2);
    s->room_s = mg_draw(n, 0.3, 1.6);
    s->drum_drive = mg_draw(n, 0.5, 2.5);
    s->limiter_share = mg_draw(n, 0.0, 1.0);
    s->lufs = recipe->lufs < 0.0                ? recipe->lufs
              : mg_club_has_beat(recipe->genre) ? mg_draw(n, -9.0, -6.0)
                                                : mg_draw(n, -18.0, -11.0);
    for (unsigned i = 0; i < s->sections; i++)
        s->section[i].start_s = i == 0 ? 0.0 : mg_club_clock_s(&s->clock, 4.0 * s->section[i].bar);
}

unsigned mg_song_section_of(const mg_song *s, unsigned bar)
{
    unsigned i = 0;
    while (i + 1 < s->sections && bar >= s->section[i + 1].bar)
        i++;
    return i;
}

double mg_song_step_gain(const char *pattern, unsigned long step)
{
    switch (pattern[step % strlen(pattern)]) {
    case 'X':
        return 1.0;
    case 'x':
        return 0.7;
    case 'o':
        return 0.45;
    case '.':
        return 0.22;
    default:
        return 0.0;
    }
}
