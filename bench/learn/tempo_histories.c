/* Renders or reads tracks and writes their onset histories, for bench/learn/train_tempo.py.
 *
 *     tempo-histories club FIRST COUNT [GENRE]     club tracks with those seeds, of common genres
 *     tempo-histories more FIRST COUNT [GENRE]     of the other genres (club_genre_more.c)
 *     tempo-histories crossed FIRST COUNT [GENRE]  of all: the rhythm with sounds, hats and bass of
 *                                                  other genres, then filtered, noisy or clipped
 *     tempo-histories offbeat FIRST COUNT [GENRE]  of all: with loud bass between the beats
 *     tempo-histories between FIRST COUNT [GENRE]  of all: with one to four things between the
 *                                                  beats: hats first and alone, loud hats, bass,
 *                                                  chords, pads that swell
 *     tempo-histories unpumped FIRST COUNT [GENRE] the same, and nothing ducks under the kick
 *     tempo-histories plain FIRST COUNT [GENRE]    nothing ducks, and nothing is put between
 *     tempo-histories patterns COUNT SEED          drum patterns of the tests, of every style
 *     tempo-histories audio NAME BPM fixed|ambiguous    stereo float at 44.1 kHz on standard input
 */
#include "bench/tracks/club.h"
#include "bench/learn/tempo_history.h"
#include "bench/learn/tempo_treat.h"
#include "tests/unit/dsp/tempo/synth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 44100 };

/* Tempi at which each style is counted. */
static const double bpm_range[SYNTH_STYLES][2] = {
    [SYNTH_CLICKS] = {90, 175},        [SYNTH_HOUSE] = {115, 132},
    [SYNTH_TECHNO] = {120, 155},       [SYNTH_TRANCE] = {130, 150},
    [SYNTH_OFFBEAT_BASS] = {118, 150}, [SYNTH_DOTTED] = {118, 150},
    [SYNTH_SWING] = {115, 132},        [SYNTH_TWO_STEP] = {160, 180},
    [SYNTH_JUNGLE] = {155, 180},       [SYNTH_HALF_TIME] = {132, 150},
    [SYNTH_TRAP] = {130, 155},         [SYNTH_BREAKBEAT] = {100, 145},
    [SYNTH_ROCK] = {72, 178},          [SYNTH_HIP_HOP] = {75, 105},
    [SYNTH_DEMBOW] = {85, 105},        [SYNTH_SHUFFLE] = {70, 130},
    [SYNTH_RIDE] = {100, 200},
};
/* What may be twisted while the tempo stays. */
static const mg_twist twists[] = {
    MG_TWIST_DOTTED_HATS,    MG_TWIST_TRIPLET_HATS, MG_TWIST_OFFBEAT_BASS, MG_TWIST_SWING,
    MG_TWIST_DRUMLESS_INTRO, MG_TWIST_BASS_ONLY,    MG_TWIST_PUMPING,      MG_TWIST_KICKLESS_DROP,
    MG_TWIST_BREAK_LAYER,    MG_TWIST_VINYL,        MG_TWIST_EXCERPT,      MG_TWIST_EXCERPT,
    MG_TWIST_EXCERPT,        MG_TWIST_DRUMS_ONLY,
};

static unsigned long number(const char *text)
{
    return strtoul(text, NULL, 10);
}

static bool write_and_free(mg_tempo_history *h, bool ok)
{
    ok = ok && mg_history_write(h, stdout);
    mg_odf_done(&h->odf);
    return ok;
}

static mg_club_recipe recipe_of(const mg_club_genre *genre, uint64_t seed, mg_noise *draw)
{
    mg_club_recipe r = mg_club_defaults(genre, seed);
    r.seconds = mg_draw(draw, 24.0, 48.0);
    r.rate_hz = RATE;
    while (mg_draw_chance(draw, 0.4) && mg_club_has_beat(genre))
        r.twist[twists[mg_draw_pick(draw, sizeof(twists) / sizeof(twists[0]))]] = true;
    if (!r.twist[MG_TWIST_EXCERPT] && mg_draw_chance(draw, 0.7))
        r.first_beat_s = mg_draw(draw, 0.0, 1.0);
    return r;
}

/* @param treat  NULL: the mix as it is */
static bool play(const mg_club_recipe *r, mg_noise *treat)
{
    mg_mix mix;
    mg_club_truth t;
    if (mg_club_render(r, &mix, &t) != MG_OK)
        return false;
    mg_tempo_history h = {.has_grid = true,
                          .has_bar = true,
                          .bpm = mg_club_has_beat(r->genre) ? t.bpm : 0.0,
                          .first_beat_s = t.first_beat_s,
                          .downbeat = t.downbeat_index};
    snprintf(h.name, sizeof(h.name), "%s/%llu", r->genre->name, (unsigned long long)r->seed);
    if (treat != NULL)
        mg_treat(&mix, treat);
    bool ok = mg_history_of(mix.left, mix.right, mix.frames, RATE, &h.odf);
    mg_mix_done(&mix);
    free(t.beats_s);
    return write_and_free(&h, ok);
}

static bool club(const mg_club_genre *genre, uint64_t seed)
{
    mg_noise draw = {seed * 31u + 11u};
    mg_club_recipe r = recipe_of(genre, seed, &draw);
    return play(&r, NULL);
}

/* What draws a grid between the beats: loud bass there, and a soft kick. */
static bool offbeat(const mg_club_genre *genre, uint64_t seed)
{
    mg_noise draw = {seed * 41u + 3u};
    mg_club_recipe r = recipe_of(genre, seed, &draw);
    r.twist[MG_TWIST_OFFBEAT_BASS] = true;
    return !mg_club_has_beat(genre) || play(&r, NULL);
}

/* Other twists in every genre. */
static mg_noise other_draw(const mg_club_genre *genre, uint64_t state)
{
    for (const char *c = genre->name; *c != '\0'; c++)
        state = state * 31u + (unsigned char)*c;
    return (mg_noise){state};
}

/* The same by all means, and hats that begin there. */
static mg_club_recipe recipe_between(const mg_club_genre *genre, uint64_t seed)
{
    static const mg_twist all[] = {MG_TWIST_OFFBEAT_BASS, MG_TWIST_OFFBEAT_INTRO,
                                   MG_TWIST_OFFBEAT_HATS, MG_TWIST_OFFBEAT_STABS,
                                   MG_TWIST_OFFBEAT_SWELL};
    mg_noise draw = other_draw(genre, seed * 43u + 7u);
    mg_club_recipe r = recipe_of(genre, seed, &draw);
    for (unsigned n = 1 + mg_draw_pick(&draw, 4); n > 0; n--)
        r.twist[all[mg_draw_pick(&draw, 5)]] = true;
    return r;
}

static bool between_beats(const mg_club_genre *genre, uint64_t seed)
{
    mg_club_recipe r = recipe_between(genre, seed);
    return !mg_club_has_beat(genre) || play(&r, NULL);
}

static bool unpumped(const mg_club_genre *genre, uint64_t seed)
{
    mg_club_recipe r = recipe_between(genre, seed);
    r.twist[MG_TWIST_UNPUMPED] = true;
    return !mg_club_has_beat(genre) || play(&r, NULL);
}

static bool plain(const mg_club_genre *genre, uint64_t seed)
{
    mg_noise draw = other_draw(genre, seed * 47u + 13u);
    mg_club_recipe r = recipe_of(genre, seed, &draw);
    r.twist[MG_TWIST_UNPUMPED] = true;
    return !mg_club_has_beat(genre) || play(&r, NULL);
}

/* Another genre whose beat is divided alike. */
static const mg_club_genre *sounds_of(const mg_club_genre *genre, mg_noise *draw)
{
    for (;;) {
        const mg_club_genre *other = mg_club_genre_at(mg_draw_pick(draw, mg_club_genre_count()));
        if (other->steps == genre->steps && mg_club_has_beat(other))
            return other;
    }
}

static bool crossed(const mg_club_genre *genre, uint64_t seed)
{
    mg_noise draw = {seed * 37u + 5u};
    const mg_club_genre *drums = sounds_of(genre, &draw), *tones = sounds_of(genre, &draw);
    mg_club_genre g = *genre;
    memcpy(g.kick_kinds, drums->kick_kinds, sizeof(g.kick_kinds));
    memcpy(g.snare_kinds, drums->snare_kinds, sizeof(g.snare_kinds));
    memcpy(g.perc, drums->perc, sizeof(g.perc));
    if (mg_draw_chance(&draw, 0.5)) {
        memcpy(g.hat, drums->hat, sizeof(g.hat));
        memcpy(g.open, drums->open, sizeof(g.open));
    }
    memcpy(g.bass, tones->bass, sizeof(g.bass));
    memcpy(g.bass_kinds, tones->bass_kinds, sizeof(g.bass_kinds));
    memcpy(g.chord_kinds, tones->chord_kinds, sizeof(g.chord_kinds));
    mg_club_recipe r = recipe_of(&g, seed, &draw);
    return !mg_club_has_beat(genre) || play(&r, &draw);
}

/* @param genre, end  of the table  @param arg  first seed, number of seeds, one genre's name or
 * NULL */
static bool of_genres(bool (*make)(const mg_club_genre *, uint64_t), unsigned genre, unsigned end,
                      char **arg)
{
    bool ok = true;
    for (unsigned g = genre; g < end; g++)
        for (uint64_t i = 0; i < number(arg[1]) && ok; i++)
            if (arg[2] == NULL || strcmp(arg[2], mg_club_genre_at(g)->name) == 0)
                ok = make(mg_club_genre_at(g), number(arg[0]) + i);
    return ok;
}

/* Interleaved samples. */
static bool write_interleaved(mg_tempo_history *h, const float *x, size_t frames)
{
    float *left = malloc((frames + 1) * sizeof(float)),
          *right = malloc((frames + 1) * sizeof(float));
    bool ok = left != NULL && right != NULL;
    for (size_t i = 0; i < frames && ok; i++) {
        left[i] = x[2 * i];
        right[i] = x[2 * i + 1];
    }
    ok = ok && mg_history_of(left, right, frames, RATE, &h->odf);
    free(left);
    free(right);
    return write_and_free(h, ok);
}

static double between(uint32_t *seed, double low, double high)
{
    return low + (high - low) * synth_random(seed);
}

static bool pattern(unsigned style, unsigned index, uint32_t *seed)
{
    synth_track track = {.style = (synth_style)style, .rate_hz = RATE};
    track.bpm = between(seed, bpm_range[style][0], bpm_range[style][1]);
    if (synth_random(seed) < 0.5)
        track.bpm = floor(track.bpm + 0.5);
    track.duration_s = between(seed, 20, 60);
    track.start_s = between(seed, 0, 3);
    track.intro_bars = synth_random(seed) < 0.3 ? 4 : 0;
    track.pad_gain = fmax(0, between(seed, -1.3, 2));
    track.melody_gain = fmax(0, between(seed, -0.7, 1));
    track.variation = fmax(0, between(seed, -0.7, 1));
    track.seed = *seed;
    mg_tempo_history h = {.has_grid = true, .has_bar = style != SYNTH_CLICKS, .bpm = track.bpm};
    snprintf(h.name, sizeof(h.name), "pattern%u/%u", style, index);
    double period = 60 / track.bpm, beats = floor(track.start_s / period);
    h.first_beat_s = track.start_s - beats * period;
    h.downbeat = (unsigned)beats % 4;
    size_t frames = 0;
    float *x = synth_render(&track, &frames);
    bool ok = x != NULL && write_interleaved(&h, x, frames);
    free(x);
    return ok;
}

static bool audio(char **arg)
{
    size_t size = 0, room = 1 << 22;
    float *x = malloc(room * sizeof(float));
    while (x != NULL) {
        size += fread(x + size, sizeof(float), room - size, stdin);
        if (size < room)
            break;
        room *= 2;
        float *more = realloc(x, room * sizeof(float));
        if (more == NULL)
            free(x);
        x = more;
    }
    mg_tempo_history h = {.ambiguous = strcmp(arg[2], "ambiguous") == 0,
                          .bpm = strtod(arg[1], NULL)};
    snprintf(h.name, sizeof(h.name), "%s", arg[0]);
    bool ok = x != NULL && write_interleaved(&h, x, size / 2);
    free(x);
    return ok;
}

int main(int argc, char **argv)
{
    bool ok = true;
    unsigned common = MG_CLUB_GENRES_COMMON, all = mg_club_genre_count();
    if (argc >= 4 && strcmp(argv[1], "club") == 0) {
        ok = of_genres(club, 0, common, argv + 2);
    } else if (argc >= 4 && strcmp(argv[1], "more") == 0) {
        ok = of_genres(club, common, all, argv + 2);
    } else if (argc >= 4 && strcmp(argv[1], "crossed") == 0) {
        ok = of_genres(crossed, 0, all, argv + 2);
    } else if (argc >= 4 && strcmp(argv[1], "offbeat") == 0) {
        ok = of_genres(offbeat, 0, all, argv + 2);
    } else if (argc >= 4 && strcmp(argv[1], "between") == 0) {
        ok = of_genres(between_beats, 0, all, argv + 2);
    } else if (argc >= 4 && strcmp(argv[1], "plain") == 0) {
        ok = of_genres(plain, 0, all, argv + 2);
    } else if (argc >= 4 && strcmp(argv[1], "unpumped") == 0) {
        ok = of_genres(unpumped, 0, all, argv + 2);
    } else if (argc == 4 && strcmp(argv[1], "patterns") == 0) {
        uint32_t seed = (uint32_t)number(argv[3]);
        for (unsigned style = 0; style < SYNTH_STYLES; style++)
            for (unsigned i = 0; i < number(argv[2]) && ok; i++)
                ok = pattern(style, i, &seed);
    } else if (argc == 5 && strcmp(argv[1], "audio") == 0) {
        ok = audio(argv + 2);
    } else {
        fputs("usage: tempo-histories club|more|crossed|offbeat|between|unpumped|plain FIRST COUNT "
              "[GENRE]\n"
              "       tempo-histories patterns COUNT SEED\n"
              "       tempo-histories audio NAME BPM fixed|ambiguous < samples\n",
              stderr);
        return 64;
    }
    return ok ? 0 : 70;
}
