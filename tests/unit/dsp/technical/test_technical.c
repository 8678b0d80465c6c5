/* Planted faults are found, and material like music without them is not flagged. */
#include "tests/unit/dsp/support.h"

static const unsigned stages = MG_STAGE_LEVELS | MG_STAGE_TECHNICAL;

static mg_technical_result technical_of(const audio *a)
{
    mg_measures m;
    analyse(a, stages, 4096, &m);
    mg_technical_result t = m.technical;
    mg_measures_done(&m);
    return t;
}

static void test_clean_material_is_not_flagged(void **state)
{
    (void)state;
    static const unsigned rates[] = {44100, 48000, 96000};
    for (int r = 0; r < 3; r++) {
        audio a = audio_new(rates[r], 2);
        audio_silence(&a, 0.05);
        audio_music(&a, 12.0, 3u);
        size_t fade = rates[r] / 20, first = fade, last = a.frames - 1;
        for (size_t i = 0; i < 2 * fade; i++) {
            a.x[2 * first + i] *= (float)(i / 2) / (float)fade;
            a.x[2 * last + 1 - i] *= (float)(i / 2) / (float)fade;
        }
        audio_silence(&a, 0.05);
        mg_technical_result t = technical_of(&a);
        assert_int_equal(t.clipped_samples, 0);
        assert_false(mg_has(t.clip_level_dbfs));
        assert_int_equal(t.gaps_total, 0);
        assert_int_equal(t.clicks_total, 0);
        assert_false(mg_has(t.hum_hz));
        assert_false(t.cut_start || t.cut_end);
        assert_true(fabs(t.dc_offset[0]) < 0.005);
        audio_free(&a);
    }
}

static void test_silence_and_offset(void **state)
{
    (void)state;
    audio a = audio_new(48000, 2);
    audio_silence(&a, 4.0);
    audio_music(&a, 10.0, 1u);
    audio_silence(&a, 6.0);
    for (size_t i = 0; i < a.frames; i++)
        a.x[2 * i + 1] += 0.0005f;
    mg_technical_result t = technical_of(&a);
    assert_true(fabs(t.silence_head_s - 4.0) <= 0.0101);
    assert_true(fabs(t.silence_tail_s - 6.0) <= 0.0101);
    assert_true(fabs(t.silent_share - 0.5) < 0.01);
    audio_free(&a);

    a = audio_new(48000, 2); /* rests between short notes are none, a second and more is */
    for (int i = 0; i < 20; i++) {
        audio_music(&a, 0.2, 1u);
        audio_silence(&a, i == 9 ? 4.0 : 0.6);
    }
    t = technical_of(&a);
    assert_true(fabs(t.silent_share - (4.0 + t.silence_tail_s) / (20 * 0.8 + 3.4)) < 0.01);
    audio_free(&a);

    a = audio_new(48000, 2);
    audio_music(&a, 10.0, 1u);
    double mean[2] = {0};
    for (size_t i = 0; i < a.frames; i++) {
        a.x[2 * i + 1] += 0.02f;
        mean[0] += (double)a.x[2 * i];
        mean[1] += (double)a.x[2 * i + 1];
    }
    t = technical_of(&a);
    assert_true(fabs(t.dc_offset[0] - mean[0] / (double)a.frames) < 1e-9);
    assert_true(fabs(t.dc_offset[1] - mean[1] / (double)a.frames) < 1e-9);
    audio_free(&a);
}

static void test_gaps_are_found(void **state)
{
    (void)state;
    static const double at_s[] = {2.2, 5.7, 8.15};
    static const double length_s[] = {0.08, 0.012, 1.1};
    for (int r = 0; r < 2; r++) {
        unsigned rate = r ? 96000 : 44100;
        audio a = audio_new(rate, 2);
        audio_music(&a, 12.0, 5u);
        for (int i = 0; i < 3; i++)
            memset(a.x + 2 * (size_t)(at_s[i] * rate), 0,
                   2 * sizeof(float) * (size_t)(length_s[i] * rate));
        mg_technical_result t = technical_of(&a);
        assert_int_equal(t.gaps_total, 3);
        for (int i = 0; i < 3; i++) {
            assert_true(fabs(t.gaps[i].start_s - at_s[i]) < 0.001);
            assert_true(fabs(t.gaps[i].end_s - at_s[i] - length_s[i]) < 0.001);
        }
        audio_free(&a);
    }
}

/* Hits of a decaying tone, one every half second; what lies in [from_s, to_s) is cut out. */
static audio hits(double seconds, double from_s, double to_s)
{
    audio a = audio_new(44100, 2);
    audio_silence(&a, seconds);
    for (size_t i = 0; i < a.frames; i++) {
        double t = fmod((double)i / 44100.0, 0.5), at_s = (double)i / 44100.0;
        bool out = at_s >= from_s && at_s < to_s;
        a.x[2 * i] = a.x[2 * i + 1] = out ? 0.0f
                                          : (float)(0.9 * exp(-t / 0.07) * (1.0 - exp(-t / 0.01)) *
                                                    sin(2.0 * M_PI * 180.0 * t));
    }
    return a;
}

static uint64_t gaps_in_hits(double from_s, double to_s)
{
    audio a = hits(5.0, from_s, to_s);
    uint64_t total = technical_of(&a).gaps_total;
    audio_free(&a);
    return total;
}

/* A hole in a decay leaves two sides of unlike level, and one before a hit is followed by a hit. */
static void test_gaps_between_hits_are_found(void **state)
{
    (void)state;
    unsigned found = 0;
    for (int i = 0; i < 40; i++) {
        double from_s = 2.04 + 0.00137 * i;
        assert_int_equal(gaps_in_hits(0.0, 0.0), 0);
        uint64_t gaps = gaps_in_hits(from_s, from_s + 0.12);
        assert_true(gaps <= 1);
        found += (unsigned)gaps;
        assert_int_equal(gaps_in_hits(from_s, 2.5), 0); /* cut off until the next hit: composed */
    }
    assert_true(found >= 38); /* where both edges meet a zero of the wave it is none */
}

static void test_a_composed_stop_is_no_gap(void **state)
{
    (void)state;
    /* The sound fades over 30 ms, rests, and comes back with an attack. */
    audio a = audio_new(44100, 2);
    audio_music(&a, 12.0, 5u);
    size_t stop = (size_t)(4.0 * 44100), go = (size_t)(4.32 * 44100);
    for (size_t i = stop; i < go; i++) {
        double fade = fmax(0.0, 1.0 - (double)(i - stop) / (0.03 * 44100));
        a.x[2 * i] *= (float)(fade * fade * fade);
        a.x[2 * i + 1] *= (float)(fade * fade * fade);
    }
    mg_technical_result t = technical_of(&a);
    assert_int_equal(t.gaps_total, 0);
    audio_free(&a);
}

static void test_cut_ends(void **state)
{
    (void)state;
    audio a = audio_new(44100, 2);
    audio_tone(&a, 331.0, -12.0, 6.05 / 331.0); /* the phase at which the cut falls */
    size_t skip = a.frames;
    audio_tone(&a, 331.0, -12.0, 5.0);
    audio b = {.info = a.info, .x = a.x + 2 * (skip - 20), .frames = a.frames - skip + 3};
    mg_technical_result t = technical_of(&b);
    assert_int_equal(t.cut_why, MG_WHY_PRESENT);
    assert_true(t.cut_start);
    assert_false(t.starts_on_hit);
    assert_true(t.cut_end);
    /* The same with fades of 50 ms is whole. */
    for (size_t i = 0; i < 2205; i++) {
        float g = (float)i / 2205.0f;
        b.x[2 * i] *= g;
        b.x[2 * i + 1] *= g;
        b.x[2 * (b.frames - 1 - i)] *= g;
        b.x[2 * (b.frames - 1 - i) + 1] *= g;
    }
    t = technical_of(&b);
    assert_false(t.cut_start || t.cut_end);
    audio_free(&a);
}

/* Whether a tone of 40 Hz is cut that ends at a phase, or in a fade of some shape. */
static bool bass_is_cut(double phase, double fade_s, double power)
{
    audio a = audio_new(44100, 2);
    audio_silence(&a, 2.0);
    for (size_t i = 0; i < a.frames; i++) {
        double left_s = (double)(a.frames - i) / 44100.0;
        double fade = left_s < fade_s ? pow(left_s / fade_s, power) : 1.0;
        a.x[2 * i] = a.x[2 * i + 1] =
            (float)(0.5 * fade * sin(2.0 * M_PI * (phase - 40.0 * left_s)));
    }
    bool cut = technical_of(&a).cut_end;
    audio_free(&a);
    return cut;
}

/* A bass that goes through zero where it is cut is small there, but it moves; a fade does not. */
static void test_a_cut_bass_is_no_fade(void **state)
{
    (void)state;
    for (int i = 0; i < 16; i++) {
        double phase = i / 16.0;
        assert_true(bass_is_cut(phase, 0.0, 1.0));
        for (double fade_s = 0.05; fade_s < 1.0; fade_s *= 4.0) {
            assert_false(bass_is_cut(phase, fade_s, 1.0));
            assert_false(bass_is_cut(phase, fade_s, 3.0));
        }
    }
}

/* Hits decay by 62 dB until the next one. Cut before it, as soft as before every hit, the end is
 * missing; a hit that may fade away, or one that is softer there than all before it, is whole. */
static void test_cuts_before_a_hit(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        audio a = hits(5.30 + 0.0137 * i, 0.0, 0.0);
        assert_true(technical_of(&a).cut_end);
        for (size_t k = 0; k < 11025; k++) {
            float g = (float)pow(10.0, -1.5 * (double)k / 11025.0);
            a.x[2 * (a.frames - 11025 + k)] *= g;
            a.x[2 * (a.frames - 11025 + k) + 1] *= g;
        }
        assert_false(technical_of(&a).cut_end);
        audio_free(&a);
    }
    audio a = hits(5.9, 5.499, 9.0); /* a rest of 0.4 s of silence behind it */
    assert_false(technical_of(&a).cut_end);
    audio_free(&a);
}

/* A tone that is at full swing at once and dies away within a fifth of a second. */
static void test_a_start_that_may_be_a_hit(void **state)
{
    (void)state;
    audio a = audio_new(44100, 2);
    audio_tone(&a, 331.0, -6.0, 4.0);
    for (size_t i = 0; i < a.frames; i++) {
        float g = (float)fmax(exp(-6.0 * (double)i / 44100.0), 0.3);
        a.x[2 * i] *= g;
        a.x[2 * i + 1] *= g;
    }
    audio b = {.info = a.info, .x = a.x + 2 * 33, .frames = a.frames - 33}; /* its crest */
    mg_technical_result t = technical_of(&b);
    assert_true(t.cut_start);
    assert_true(t.starts_on_hit);
    audio_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean_material_is_not_flagged),
        cmocka_unit_test(test_silence_and_offset),
        cmocka_unit_test(test_gaps_are_found),
        cmocka_unit_test(test_gaps_between_hits_are_found),
        cmocka_unit_test(test_a_composed_stop_is_no_gap),
        cmocka_unit_test(test_cut_ends),
        cmocka_unit_test(test_a_cut_bass_is_no_fade),
        cmocka_unit_test(test_cuts_before_a_hit),
        cmocka_unit_test(test_a_start_that_may_be_a_hit),
    };
    return cmocka_run_group_tests_name("technical", tests, NULL, NULL);
}
