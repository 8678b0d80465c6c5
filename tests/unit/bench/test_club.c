/* The club generator: what it says of its tracks is true of the samples. */
#include "bench/tracks/club.h"
#include "tests/unit/test.h"

#include <ebur128.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct track {
    mg_mix mix;
    mg_club_truth truth;
} track;

static mg_club_recipe recipe_of(const char *genre, uint64_t seed, double seconds)
{
    mg_club_recipe r = mg_club_defaults(mg_club_genre_find(genre), seed);
    r.seconds = seconds;
    r.rate_hz = 22050;
    return r;
}

static track render(const mg_club_recipe *recipe)
{
    track t;
    assert_int_equal(mg_club_render(recipe, &t.mix, &t.truth), MG_OK);
    return t;
}

static void done(track *t)
{
    mg_mix_done(&t->mix);
    free(t->truth.beats_s);
}

static double peak_of(const mg_mix *mix, size_t from, size_t to)
{
    double peak = 0;
    for (size_t i = from; i < to && i < mix->frames; i++)
        peak = fmax(peak, fmax(fabs((double)mix->left[i]), fabs((double)mix->right[i])));
    return peak;
}

static void test_every_genre_sounds(void **state)
{
    (void)state;
    for (unsigned g = 0; g < mg_club_genre_count(); g++) {
        mg_club_recipe r = recipe_of(mg_club_genre_at(g)->name, 5, 4.0);
        track t = render(&r);
        double sum = 0;
        for (size_t i = 0; i < t.mix.frames; i++)
            sum += (double)t.mix.left[i] + (double)t.mix.right[i];
        assert_true(isfinite(sum));
        double peak = peak_of(&t.mix, 0, t.mix.frames);
        assert_true(peak > 0.05 && peak < 0.97);
        assert_true(t.truth.bpm >= mg_club_genre_at(g)->low_bpm - 0.5);
        assert_true(t.truth.bpm <= mg_club_genre_at(g)->high_bpm + 0.5);
        done(&t);
    }
}

static void test_same_recipe_same_samples(void **state)
{
    (void)state;
    mg_club_recipe r = recipe_of("dnb", 11, 5.0), other = recipe_of("dnb", 12, 5.0);
    r.twist[MG_TWIST_VINYL] = true;
    track a = render(&r), b = render(&r), c = render(&other);
    size_t size = a.mix.frames * sizeof(float);
    assert_memory_equal(a.mix.left, b.mix.left, size);
    assert_memory_equal(a.mix.right, b.mix.right, size);
    assert_memory_not_equal(a.mix.left, c.mix.left, size);
    done(&a);
    done(&b);
    done(&c);
}

/* The first kick of hardcore is on the first beat: silence before, an attack right there. */
static void test_first_beat_is_the_first_kick(void **state)
{
    (void)state;
    mg_club_recipe r = recipe_of("hardcore", 2, 6.0);
    r.first_beat_s = 0.7351;
    r.twist[MG_TWIST_DRUMS_ONLY] = true;
    track t = render(&r);
    size_t at = (size_t)llround(r.first_beat_s * r.rate_hz);
    assert_true(t.truth.first_beat_s == r.first_beat_s);
    assert_int_equal(t.truth.keys, 0);
    assert_true(peak_of(&t.mix, 0, at) == 0.0);
    assert_true(peak_of(&t.mix, at, at + r.rate_hz / 100) > 0.1);
    done(&t);
}

static void test_loudness(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        mg_club_recipe r = recipe_of("trance", seed, 12.0);
        r.lufs = -8.0;
        track t = render(&r);
        ebur128_state *meter = ebur128_init(2, r.rate_hz, EBUR128_MODE_I);
        for (size_t i = 0; i < t.mix.frames; i++) {
            const float frame[2] = {t.mix.left[i], t.mix.right[i]};
            ebur128_add_frames_float(meter, frame, 1);
        }
        double lufs;
        ebur128_loudness_global(meter, &lufs);
        ebur128_destroy(&meter);
        assert_true(fabs(lufs - t.truth.lufs) < 0.01);
        assert_true(fabs(lufs + 8.0) < 0.5);
        done(&t);
    }
}

static double beat_bpm(const mg_club_truth *t, size_t beat)
{
    return 60.0 / (t->beats_s[beat + 1] - t->beats_s[beat]);
}

static void test_moving_tempi(void **state)
{
    (void)state;
    mg_club_recipe r = recipe_of("house", 3, 24.0);
    r.bpm = 120;
    r.twist[MG_TWIST_TEMPO_CHANGE] = true;
    track t = render(&r);
    assert_false(t.truth.constant);
    for (size_t i = 0; i + 1 < t.truth.beats; i++) {
        double bpm = t.truth.beats_s[i] < t.truth.change_s - 0.01 ? 120.0 : t.truth.end_bpm;
        assert_true(fabs(beat_bpm(&t.truth, i) - bpm) < 1e-6);
    }
    assert_true(fabs(t.truth.end_bpm - 120.0) > 5.0);
    done(&t);

    r.twist[MG_TWIST_TEMPO_CHANGE] = false;
    r.twist[MG_TWIST_RITARDANDO] = true;
    t = render(&r);
    assert_true(fabs(beat_bpm(&t.truth, 0) - 120.0) < 1e-6);
    for (size_t i = 1; i + 1 < t.truth.beats; i++)
        assert_true(beat_bpm(&t.truth, i) <= beat_bpm(&t.truth, i - 1) + 1e-6);
    assert_true(fabs(beat_bpm(&t.truth, t.truth.beats - 2) - t.truth.end_bpm) < 2.0);
    done(&t);
}

/* An excerpt begins in mid-bar: the first beat comes after t = 0, and the downbeat follows. */
static void test_excerpt(void **state)
{
    (void)state;
    mg_club_recipe r = recipe_of("techno", 9, 8.0);
    r.twist[MG_TWIST_EXCERPT] = true;
    track t = render(&r);
    assert_true(t.truth.first_beat_s >= 0.0 && t.truth.first_beat_s < 60.0 / t.truth.bpm);
    assert_true(t.truth.downbeat_index < 4);
    assert_true(t.truth.section[0].start_s == 0.0);
    done(&t);
}

static void test_modulation(void **state)
{
    (void)state;
    mg_club_recipe r = recipe_of("trance", 4, 16.0);
    r.tonic = 10;
    r.minor = true;
    r.twist[MG_TWIST_MODULATION] = true;
    track t = render(&r);
    assert_int_equal(t.truth.keys, 2);
    assert_int_equal(t.truth.key[0].tonic, 10);
    assert_int_not_equal(t.truth.key[1].tonic, 10);
    assert_true(t.truth.key[1].start_s > 2.0 && t.truth.key[1].start_s < 14.0);
    done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_genre_sounds),
        cmocka_unit_test(test_same_recipe_same_samples),
        cmocka_unit_test(test_first_beat_is_the_first_kick),
        cmocka_unit_test(test_loudness),
        cmocka_unit_test(test_moving_tempi),
        cmocka_unit_test(test_excerpt),
        cmocka_unit_test(test_modulation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
