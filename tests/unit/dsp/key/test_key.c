#include "dsp/key/key.h"
#include "synth.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const double bpm = 124.0;

/* The whole song `times` over; its length must be a multiple of the block for more than once. */
static mg_key_result analyse_times(const synth *s, unsigned times,
                                   const mg_tempo_result *tempo)
{
    mg_stream_info info = {.sample_rate_hz = s->sample_rate_hz, .channels = 2};
    mg_key *key = NULL;
    mg_mono *streams = NULL;
    mg_key_result result;
    assert_int_equal(mg_mono_new(&streams, s->sample_rate_hz), MG_OK);
    assert_int_equal(mg_key_new(&key, &info), MG_OK);
    for (size_t done = 0; done < s->frames * times; done += MG_BLOCK_FRAMES) {
        size_t at = done % s->frames;
        size_t n = s->frames - at < MG_BLOCK_FRAMES ? s->frames - at : MG_BLOCK_FRAMES;
        mg_block block = {
            .start_frame = done, .frames = n, .left = s->left + at, .right = s->right + at};
        assert_int_equal(mg_key_push(key, &block, mg_mono_push(streams, &block)), MG_OK);
    }
    assert_int_equal(mg_key_push(key, NULL, mg_mono_end(streams)), MG_OK);
    assert_int_equal(mg_key_finish(key, tempo, &result), MG_OK);
    mg_key_free(key);
    mg_mono_free(streams);
    return result;
}

static mg_key_result analyse(const synth *s)
{
    return analyse_times(s, 1, NULL);
}

static void assert_key(const mg_key_result *key, unsigned tonic, mg_mode mode)
{
    double sum = key->other_weight;
    assert_int_equal(key->why, MG_WHY_PRESENT);
    assert_string_equal(mg_key_name(key->tonic, key->mode), mg_key_name(tonic, mode));
    assert_true(key->confidence > 0 && key->confidence <= MG_KEY_CONFIDENCE_MAX);
    for (unsigned i = 0; i < key->candidate_count; i++) {
        sum += key->candidates[i].weight;
        assert_true(key->candidates[i].weight >= 0);
        assert_true(i == 0 || key->candidates[i].weight <= key->candidates[i - 1].weight);
    }
    assert_true(fabs(sum - 1.0) < 1e-9);
}

static void make_song(synth *s, unsigned rate, double seconds, unsigned tonic, mg_mode mode,
                      double cents)
{
    synth_init(s, rate, seconds);
    s->cents = cents;
    synth_chords(s, mode == MG_MINOR ? synth_minor_loop : synth_major_loop, tonic, bpm, 0, seconds,
                 0.15);
    synth_drums(s, bpm, 0, seconds, 49.0, 0.4);
}

static void test_all_keys(void **state)
{
    (void)state;
    for (unsigned tonic = 0; tonic < 12; tonic++) {
        for (int mode = MG_MAJOR; mode <= MG_MINOR; mode++) {
            synth s;
            make_song(&s, 22050, 16.0, tonic, (mg_mode)mode, 0);
            mg_key_result key = analyse(&s);
            assert_key(&key, tonic, (mg_mode)mode);
            assert_true(fabs(key.tuning_cents.v) <= 3.0);
            assert_int_equal(key.segment_count, 1);
            assert_true(key.segments[0].start_s == 0 && key.segments[0].end_s == 16.0);
            synth_done(&s);
        }
    }
}

static void test_tuning(void **state)
{
    (void)state;
    for (int cents = -45; cents <= 45; cents += 15) {
        synth s;
        make_song(&s, 22050, 16.0, 9, MG_MINOR, cents);
        mg_key_result key = analyse(&s);
        assert_key(&key, 9, MG_MINOR);
        assert_true(fabs(key.tuning_cents.v - cents) <= 3.0);
        assert_true(fabs(key.tuning_hz.v - 440.0 * exp2(key.tuning_cents.v / 1200.0)) < 1e-9);
        synth_done(&s);
    }
    for (int sign = -1; sign <= 1; sign += 2) { /* half a semitone is read from either side */
        synth s;
        make_song(&s, 22050, 16.0, 9, MG_MINOR, 50.0 * sign);
        mg_key_result key = analyse(&s);
        double off = remainder(key.tuning_cents.v - 50.0 * sign, 100.0);
        unsigned tonic = (unsigned)(9 + lround((50.0 * sign - key.tuning_cents.v) / 100.0)) % 12;
        assert_key(&key, tonic, MG_MINOR);
        assert_true(fabs(off) <= 3.0);
        assert_true(key.tuning_cents.v > -50.0 && key.tuning_cents.v <= 50.0);
        synth_done(&s);
    }
}

/* Sixteenths of a bass alone over drums, as in techno: notes far shorter than a long frame. */
static void test_bass_riff(void **state)
{
    static const int riff[16] = {0, -1, 0, 12, -1, 0, 3, -1, 0, 0, 10, 12, -1, 7, 3, -1};
    (void)state;
    for (unsigned tonic = 0; tonic < 12; tonic += 2) {
        synth s;
        double step_s = 15.0 / 132.0;
        synth_init(&s, 22050, 24.0);
        for (unsigned i = 0; (i + 1) * step_s < 24.0; i++) {
            if (riff[i % 16] >= 0)
                synth_note(&s, 33.0 + tonic + riff[i % 16], i * step_s, 0.8 * step_s, 0.3, 0);
        }
        synth_drums(&s, 132.0, 0, 24.0, 51.0, 0.3);
        mg_key_result key = analyse(&s);
        assert_key(&key, (9 + tonic) % 12, MG_MINOR);
        assert_true(fabs(key.tuning_cents.v) <= 3.0);
        synth_done(&s);
    }
}

/* Only its partials tell the tuning of a bass alone, the fifth and seventh of them flat. */
static void test_bass_tuning(void **state)
{
    static const int riff[8] = {0, 0, 3, 0, 10, 7, 0, 5};
    (void)state;
    for (int cents = -40; cents <= 40; cents += 20) {
        synth s;
        synth_init(&s, 22050, 24.0);
        s.cents = cents;
        for (unsigned i = 0; i < 58; i++)
            synth_note(&s, 36.0 + riff[i % 8], 0.4 * i, 0.36, 0.3, 0);
        synth_drums(&s, 150.0, 0, 24.0, 51.0, 0.3);
        mg_key_result key = analyse(&s);
        assert_true(key.why == MG_WHY_PRESENT);
        assert_true(fabs(key.tuning_cents.v - cents) <= 3.0);
        synth_done(&s);
    }
}

/* Unisons of three voices, the flat ones to one side and the sharp ones to the other: neither
 * channel alone tells the tuning. */
static void test_spread_unison(void **state)
{
    static const int chord[4][3] = {{57, 60, 64}, {53, 57, 60}, {60, 64, 67}, {55, 59, 62}};
    (void)state;
    for (int i = 0; i < 8; i++) {
        synth s;
        double cents = -42.0 + 12.0 * i, spread = i % 2 ? -14.0 : 14.0;
        synth_init(&s, 22050, 24.0);
        for (int bar = 0; bar < 12; bar++) {
            for (int n = 0; n < 3; n++) {
                for (int voice = -1; voice <= 1; voice++) {
                    s.cents = cents + voice * spread;
                    synth_note(&s, chord[bar % 4][n], 2.0 * bar, 1.9, 0.1, 0.9 * voice);
                }
            }
        }
        mg_key_result key = analyse(&s);
        assert_true(key.why == MG_WHY_PRESENT);
        assert_true(fabs(key.tuning_cents.v - cents) <= 3.0);
        synth_done(&s);
    }
}

static void test_rates_agree(void **state)
{
    static const unsigned rates[] = {22050, 44100, 48000, 96000};
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        synth s;
        make_song(&s, rates[i], 12.0, 6, MG_MINOR, 20.0);
        mg_key_result key = analyse(&s);
        assert_key(&key, 6, MG_MINOR);
        assert_true(fabs(key.tuning_cents.v - 20.0) <= 3.0);
        synth_done(&s);
    }
}

static void test_inverted_channel(void **state)
{
    synth s;
    (void)state;
    make_song(&s, 22050, 16.0, 2, MG_MAJOR, 0);
    for (size_t i = 0; i < s.frames; i++)
        s.right[i] = -s.right[i];
    mg_key_result key = analyse(&s);
    assert_key(&key, 2, MG_MAJOR);
    synth_done(&s);
}

static void assert_no_key(const synth *s)
{
    mg_key_result key = analyse(s);
    assert_int_equal(key.why, MG_WHY_NO_KEY);
    assert_int_equal(key.tuning_cents.why, MG_WHY_NO_KEY);
    assert_true(key.confidence >= 0.5 && key.confidence <= MG_KEY_CONFIDENCE_MAX);
    assert_int_equal(key.candidate_count, 0);
    assert_int_equal(key.segment_count, 0);
}

static void test_no_key(void **state)
{
    static const double kicks[] = {41.0, 47.0, 50.0, 55.0, 62.0};
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        synth s;
        synth_init(&s, 22050, 20.0);
        synth_drums(&s, 110.0 + 13.0 * i, 0, 20.0, kicks[i], 0.5);
        assert_no_key(&s);
        synth_done(&s);
    }
    synth s;
    synth_init(&s, 22050, 20.0);
    for (size_t i = 0; i < s.frames; i++)
        s.left[i] = s.right[i] = 0.2f * synth_random(&s);
    assert_no_key(&s);
    synth_done(&s);
}

static void test_silent_and_short(void **state)
{
    synth s;
    (void)state;
    synth_init(&s, 44100, 10.0);
    mg_key_result key = analyse(&s);
    assert_int_equal(key.why, MG_WHY_SILENT);
    synth_done(&s);
    make_song(&s, 44100, 1.0, 0, MG_MAJOR, 0);
    key = analyse(&s);
    assert_int_equal(key.why, MG_WHY_TOO_SHORT);
    synth_done(&s);
    synth_init(&s, 44100, 0.0);
    key = analyse(&s);
    assert_int_equal(key.why, MG_WHY_TOO_SHORT);
    assert_true(key.other_weight == 1.0);
    synth_done(&s);
}

static void test_modulation(void **state)
{
    synth s;
    (void)state;
    synth_init(&s, 22050, 90.0);
    synth_chords(&s, synth_minor_loop, 9, bpm, 0, 54.0, 0.15);
    synth_chords(&s, synth_minor_loop, 0, bpm, 54.0, 90.0, 0.15);
    mg_key_result key = analyse(&s);
    assert_key(&key, 9, MG_MINOR);
    assert_int_equal(key.segment_count, 2);
    assert_true(key.segments[0].known && key.segments[1].known);
    assert_int_equal(key.segments[0].tonic, 9);
    assert_int_equal(key.segments[1].tonic, 0);
    assert_int_equal(key.segments[1].mode, MG_MINOR);
    assert_true(key.segments[0].start_s == 0 && key.segments[1].end_s == 90.0);
    assert_true(key.segments[0].end_s == key.segments[1].start_s);
    assert_true(fabs(key.segments[0].end_s - 54.0) <= 6.0);
    mg_tempo_result tempo = {.bpm = mg_some(bpm), .constant = true};
    tempo.period_s = mg_some(60.0 / bpm);
    tempo.first_beat_s = mg_some(0.1);
    tempo.downbeat_index = mg_some(2);
    tempo.beats_per_bar = mg_some(4);
    key = analyse_times(&s, 1, &tempo);
    assert_int_equal(key.segment_count, 2);
    double bars = (key.segments[0].end_s - 0.1 - 120.0 / bpm) / (240.0 / bpm);
    assert_true(fabs(bars - floor(bars + 0.5)) < 1e-9);
    assert_true(fabs(key.segments[0].end_s - 54.0) <= 6.0);
    synth_done(&s);
}

/* To the fifth and back: the nearest key there is. */
static void test_there_and_back(void **state)
{
    static const double borders[2] = {48.0, 96.0};
    static const unsigned tonics[3] = {9, 4, 9};
    synth s;
    (void)state;
    synth_init(&s, 11025, 144.0);
    synth_chords(&s, synth_minor_loop, 9, bpm, 0, 48.0, 0.15);
    synth_chords(&s, synth_minor_loop, 4, bpm, 48.0, 96.0, 0.15);
    synth_chords(&s, synth_minor_loop, 9, bpm, 96.0, 144.0, 0.15);
    mg_key_result key = analyse(&s);
    assert_int_equal(key.segment_count, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(key.segments[i].known && key.segments[i].mode == MG_MINOR);
        assert_int_equal(key.segments[i].tonic, tonics[i]);
        assert_true(i == 2 || fabs(key.segments[i].end_s - borders[i]) <= 6.0);
    }
    synth_done(&s);
}

/* A few bars in the relative key are passed through, not a change. */
static void test_passing_key(void **state)
{
    synth s;
    (void)state;
    synth_init(&s, 11025, 92.0);
    synth_chords(&s, synth_minor_loop, 9, bpm, 0, 40.0, 0.15);
    synth_chords(&s, synth_major_loop, 0, bpm, 40.0, 52.0, 0.15);
    synth_chords(&s, synth_minor_loop, 9, bpm, 52.0, 92.0, 0.15);
    mg_key_result key = analyse(&s);
    assert_key(&key, 9, MG_MINOR);
    assert_int_equal(key.segment_count, 1);
    synth_done(&s);
}

/* Levels play no part: the same candidates at -30 dB. */
static void test_gain(void **state)
{
    synth s;
    (void)state;
    make_song(&s, 22050, 16.0, 4, MG_MINOR, 0);
    mg_key_result loud = analyse(&s);
    synth_gain(&s, 0.03125);
    mg_key_result quiet = analyse(&s);
    assert_key(&quiet, 4, MG_MINOR);
    assert_true(fabs(loud.confidence - quiet.confidence) < 1e-3);
    synth_done(&s);
}

/* 22 minutes at 8 kHz fill the history more than twice over, so pairs were merged. */
static void test_long(void **state)
{
    synth s;
    (void)state;
    make_song(&s, 8000, 32.768, 7, MG_MINOR, -30.0);
    assert_int_equal(s.frames % MG_BLOCK_FRAMES, 0);
    mg_key_result key = analyse_times(&s, 40, NULL);
    assert_key(&key, 7, MG_MINOR);
    assert_true(fabs(key.tuning_cents.v + 30.0) <= 3.0);
    assert_int_equal(key.segment_count, 1);
    assert_true(fabs(key.segments[0].end_s - 40 * 32.768) < 1e-9);
    synth_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_keys),
        cmocka_unit_test(test_tuning),
        cmocka_unit_test(test_bass_riff),
        cmocka_unit_test(test_bass_tuning),
        cmocka_unit_test(test_spread_unison),
        cmocka_unit_test(test_rates_agree),
        cmocka_unit_test(test_inverted_channel),
        cmocka_unit_test(test_no_key),
        cmocka_unit_test(test_silent_and_short),
        cmocka_unit_test(test_modulation),
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_passing_key),
        cmocka_unit_test(test_gain),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
