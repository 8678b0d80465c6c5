/* Tempo and grid of loud club tracks that the models did not learn from. */
#include "bench/tracks/club.h"
#include "tempo_run.h"
#include "tests/unit/test.h"

#include <math.h>
#include <stdlib.h>

/* truth->beats_s: owned by the caller. */
static mg_tempo_result result_of(const mg_club_recipe *recipe, mg_club_truth *ret_truth)
{
    mg_mix mix;
    assert_int_equal(mg_club_render(recipe, &mix, ret_truth), MG_OK);
    float *x = malloc(2 * mix.frames * sizeof(float));
    assert_non_null(x);
    for (size_t i = 0; i < mix.frames; i++) {
        x[2 * i] = mix.left[i];
        x[2 * i + 1] = mix.right[i];
    }
    mg_tempo_result r = tempo_of(x, mix.frames, recipe->rate_hz, 0, 0);
    free(x);
    mg_mix_done(&mix);
    return r;
}

/* Two-step and chopped breaks are not read at half their tempo, slow backbeats not at double. */
static void test_octave(void **state)
{
    (void)state;
    static const char *const genres[] = {"dnb",     "neurofunk", "jungle", "trap",
                                         "hip-hop", "liquid",    "gabber", "shuffle"};
    for (unsigned i = 0; i < sizeof(genres) / sizeof(genres[0]); i++) {
        mg_club_recipe recipe = mg_club_defaults(mg_club_genre_find(genres[i]), 900 + i);
        recipe.seconds = 24;
        recipe.rate_hz = 22050;
        mg_club_truth truth;
        mg_tempo_result r = result_of(&recipe, &truth);
        assert_true(fabs(mg_or(r.bpm, 0) / truth.bpm - 1) < 0.01);
        tempo_result_done(&r);
        free(truth.beats_s);
    }
}

static void check_grid(const mg_club_recipe *recipe)
{
    mg_club_truth truth;
    mg_tempo_result r = result_of(recipe, &truth);
    double period = 60 / truth.bpm, off = mg_or(r.first_beat_s, 0) - truth.first_beat_s;
    assert_true(fabs(mg_or(r.bpm, 0) / truth.bpm - 1) < 0.01);
    assert_true(fabs(remainder(off, period)) < 0.005);
    tempo_result_done(&r);
    free(truth.beats_s);
}

/* Loud bass, hats, chords and pads between the beats do not draw the grid there. */
static void test_no_flip(void **state)
{
    (void)state;
    static const struct {
        const char *genre;
        mg_twist twist;
    } tracks[] = {
        {"trance", MG_TWIST_OFFBEAT_BASS},    {"hardstyle", MG_TWIST_OFFBEAT_BASS},
        {"psytrance", MG_TWIST_OFFBEAT_BASS}, {"techno", MG_TWIST_OFFBEAT_HATS},
        {"house", MG_TWIST_OFFBEAT_STABS},    {"trance", MG_TWIST_OFFBEAT_SWELL},
    };
    for (unsigned i = 0; i < sizeof(tracks) / sizeof(tracks[0]); i++) {
        mg_club_recipe recipe = mg_club_defaults(mg_club_genre_find(tracks[i].genre), 910 + i);
        recipe.seconds = 24;
        recipe.rate_hz = 22050;
        recipe.first_beat_s = 0.2;
        recipe.twist[tracks[i].twist] = true;
        check_grid(&recipe);
    }
}

/* Nor do hats that begin alone, between the beats. */
static void test_hats_first(void **state)
{
    (void)state;
    static const char *const genres[] = {"electro", "techno", "house", "breaks"};
    for (unsigned i = 0; i < sizeof(genres) / sizeof(genres[0]); i++) {
        mg_club_recipe recipe = mg_club_defaults(mg_club_genre_find(genres[i]), 940 + i);
        recipe.seconds = 32;
        recipe.rate_hz = 22050;
        recipe.first_beat_s = 0.3;
        recipe.twist[MG_TWIST_OFFBEAT_INTRO] = true;
        check_grid(&recipe);
    }
}

/* Hats first and alone, then louder than the kick, chords with them: the snare tells. */
static void test_all_between(void **state)
{
    (void)state;
    static const char *const genres[] = {"rock", "funk", "house"};
    for (unsigned i = 0; i < sizeof(genres) / sizeof(genres[0]); i++) {
        mg_club_recipe recipe = mg_club_defaults(mg_club_genre_find(genres[i]), 960);
        recipe.seconds = 32;
        recipe.rate_hz = 22050;
        recipe.first_beat_s = 0.2;
        recipe.twist[MG_TWIST_OFFBEAT_INTRO] = true;
        recipe.twist[MG_TWIST_OFFBEAT_HATS] = true;
        recipe.twist[MG_TWIST_OFFBEAT_STABS] = true;
        check_grid(&recipe);
    }
}

/* Where the kick skips, the snare tells the beat, and both the bar. */
static void test_broken_beats(void **state)
{
    (void)state;
    static const char *const genres[] = {"garage", "breaks", "electro", "dnb", "house"};
    for (unsigned i = 0; i < sizeof(genres) / sizeof(genres[0]); i++) {
        mg_club_recipe recipe = mg_club_defaults(mg_club_genre_find(genres[i]), 920 + i);
        recipe.seconds = 24;
        recipe.rate_hz = 22050;
        recipe.first_beat_s = 0.1 * i;
        mg_club_truth truth;
        mg_tempo_result r = result_of(&recipe, &truth);
        double period = 60 / truth.bpm, off = mg_or(r.first_beat_s, 0) - truth.first_beat_s;
        assert_true(fabs(mg_or(r.bpm, 0) / truth.bpm - 1) < 0.001);
        assert_true(fabs(remainder(off, period)) < 0.005);
        double bar = off + mg_or(r.downbeat_index, 0) * mg_or(r.period_s, 0);
        assert_true(fabs(remainder(bar - truth.downbeat_index * period, 4 * period)) < 0.01);
        tempo_result_done(&r);
        free(truth.beats_s);
    }
}

static bool is_beat(const mg_club_truth *truth, double time_s)
{
    for (size_t i = 0; i < truth->beats; i++)
        if (fabs(truth->beats_s[i] - time_s) < 0.025)
            return true;
    return false;
}

/* A leap, a slowing end and a wandering tempo: said to move, and followed beat by beat. */
static void test_moving(void **state)
{
    (void)state;
    static const mg_twist twists[] = {MG_TWIST_TEMPO_CHANGE, MG_TWIST_RITARDANDO, MG_TWIST_DRIFT};
    for (unsigned i = 0; i < 3; i++) {
        mg_club_recipe recipe = mg_club_defaults(mg_club_genre_find("house"), 930 + i);
        recipe.rate_hz = 22050;
        recipe.twist[twists[i]] = true;
        mg_club_truth truth;
        mg_tempo_result r = result_of(&recipe, &truth);
        assert_false(r.constant);
        assert_true(r.map_count > 1);
        unsigned right = 0;
        for (unsigned b = 0; b < r.beat_count; b++)
            right += is_beat(&truth, r.beats_s[b]);
        assert_true(right >= 0.9 * r.beat_count);
        assert_true(fabs((double)r.beat_count - (double)truth.beats) <= 2);
        tempo_result_done(&r);
        free(truth.beats_s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_octave),       cmocka_unit_test(test_no_flip),
        cmocka_unit_test(test_hats_first),   cmocka_unit_test(test_all_between),
        cmocka_unit_test(test_broken_beats), cmocka_unit_test(test_moving),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
