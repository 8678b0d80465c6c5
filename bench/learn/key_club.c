#include "bench/learn/key_club.h"

#include "bench/tracks/club.h"
#include "bench/tracks/track.h"

#include <stdlib.h>
#include <string.h>

/* How often each twist is drawn. None that moves the key or the tempo. */
static const double twist_share[MG_TWISTS] = {
    [MG_TWIST_EXCERPT] = 0.25,     [MG_TWIST_BASS_ONLY] = 0.15,   [MG_TWIST_BORROWED] = 0.1,
    [MG_TWIST_PUMPING] = 0.15,     [MG_TWIST_BREAK_LAYER] = 0.1,  [MG_TWIST_VINYL] = 0.1,
    [MG_TWIST_OFFBEAT_BASS] = 0.1, [MG_TWIST_DRUMLESS_INTRO] = 0.1,
};
static const double detuned_share = 0.2;

/* One channel of the length of all tracks, as dsp/signal/mono.h makes it. */
static float *heard(const mg_mix *mix)
{
    float *x = calloc(MG_KEY_TRACK_FRAMES, sizeof(*x));
    for (size_t i = 0; x && i < MG_KEY_TRACK_FRAMES && i < mix->frames; i++)
        x[i] = (2.0f * mix->left[i] + mix->right[i]) / 3.0f;
    return x;
}

bool mg_key_club_render(uint64_t number, bool keyless, mg_key_track *ret)
{
    mg_noise draw = {.state = (number + 1) * 0x9e3779b97f4a7c15u};
    mg_club_recipe recipe =
        mg_club_defaults(mg_club_genre_at(number % MG_CLUB_GENRES_COMMON), number);
    mg_mix mix;
    mg_club_truth truth;
    recipe.rate_hz = MG_KEY_RATE_HZ;
    recipe.seconds = (double)MG_KEY_TRACK_FRAMES / MG_KEY_RATE_HZ;
    for (int i = 0; i < MG_TWISTS; i++)
        recipe.twist[i] = mg_key_chance(&draw, twist_share[i]);
    recipe.twist[MG_TWIST_DRUMS_ONLY] = keyless;
    recipe.cents = mg_key_chance(&draw, detuned_share) ? mg_key_random(&draw, -49, 49) : 0;
    if (mg_club_render(&recipe, &mix, &truth) != MG_OK)
        return false;
    float *x = heard(&mix);
    *ret = (mg_key_track){
        .kind = keyless ? MG_KEY_CLUB_DRUMS : MG_KEY_CLUB,
        .key = keyless ? 0 : (unsigned)truth.key[0].tonic + (truth.key[0].minor ? 12 : 0),
        .cents = recipe.cents,
        .frames = MG_KEY_TRACK_FRAMES,
        .x = x,
    };
    free(truth.beats_s);
    mg_mix_done(&mix);
    return x != NULL;
}

bool mg_key_loop_render(uint64_t number, bool keyless, mg_key_track *ret)
{
    mg_noise draw = {.state = (number + 1) * 0xd1b54a32d192ed03u};
    mg_track_recipe recipe = mg_track_defaults(MG_TRACK_DRUM_LOOP);
    mg_mix mix;
    (void)keyless; /* there is no other kind */
    recipe.bpm = mg_key_random(&draw, 85, 180);
    recipe.tonic = mg_key_pick(&draw, 12);
    recipe.minor = mg_key_chance(&draw, 0.5);
    recipe.seconds = (double)MG_KEY_TRACK_FRAMES / MG_KEY_RATE_HZ;
    recipe.rate_hz = MG_KEY_RATE_HZ;
    recipe.seed = number + 1;
    if (mg_track_render(&recipe, &mix) != MG_OK)
        return false;
    *ret = (mg_key_track){
        .kind = MG_KEY_LOOPS, .frames = MG_KEY_TRACK_FRAMES, .x = heard(&mix)};
    mg_mix_done(&mix);
    return ret->x != NULL;
}
