#include "dsp/signal/scan.h"
#include "dsp/structure/energy.h"
#include "dsp/structure/sections.h"
#include "dsp/structure/structure.h"
#include "synth.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const double bpm = 120.0; /* a bar is 2 s */

static mg_structure_result analyse(const synth *s, unsigned channels, const mg_tempo_result *tempo,
                                   const mg_key_result *key)
{
    mg_stream_info info = {.sample_rate_hz = s->sample_rate_hz,
                           .channels = channels,
                           .roles = {MG_ROLE_LEFT, MG_ROLE_RIGHT}};
    mg_structure *structure = NULL;
    mg_loudness *loudness = NULL;
    mg_mono *streams = NULL;
    mg_structure_result result;
    static float mid[MG_BLOCK_FRAMES];
    if (channels == 1)
        info.roles[0] = MG_ROLE_CENTRE;
    assert_int_equal(mg_structure_new(&structure, &info), MG_OK);
    assert_int_equal(mg_mono_new(&streams, s->sample_rate_hz), MG_OK);
    assert_int_equal(mg_loudness_new(&loudness, &info, NULL), MG_OK);
    enum { ROOM = MG_SCAN_HISTORY + MG_BLOCK_FRAMES };
    float *plane[2], *aligned[2];
    for (unsigned c = 0; c < 2; c++) {
        plane[c] = aligned_alloc(MG_BLOCK_ALIGN, ROOM * sizeof(float));
        assert_non_null(plane[c]);
        memset(plane[c], 0, ROOM * sizeof(float));
        aligned[c] = plane[c] + MG_SCAN_HISTORY;
    }
    for (size_t at = 0; at < s->frames; at += MG_BLOCK_FRAMES) {
        size_t n = s->frames - at < MG_BLOCK_FRAMES ? s->frames - at : MG_BLOCK_FRAMES;
        memcpy(aligned[0], s->left + at, n * sizeof(float));
        memcpy(aligned[1], s->right + at, n * sizeof(float));
        for (size_t i = 0; i < n; i++)
            mid[i] = 0.5f * (aligned[0][i] + aligned[1][i]);
        mg_block block = {.start_frame = at,
                          .frames = n,
                          .channel = {aligned[0], aligned[1]},
                          .left = aligned[0],
                          .right = channels == 1 ? aligned[0] : aligned[1],
                          .mid = channels == 1 ? aligned[0] : mid};
        assert_int_equal(mg_loudness_push(loudness, &block), MG_OK);
        const mg_mono_part *part = mg_mono_push(streams, &block);
        assert_int_equal(mg_structure_push(structure, &block, part), MG_OK);
        for (unsigned c = 0; c < 2; c++)
            memmove(plane[c], plane[c] + n, MG_SCAN_HISTORY * sizeof(float));
    }
    assert_int_equal(mg_structure_finish(structure, loudness, tempo, key, &result), MG_OK);
    mg_structure_free(structure);
    mg_loudness_free(loudness);
    mg_mono_free(streams);
    free(plane[0]);
    free(plane[1]);
    return result;
}

static mg_tempo_result grid(double first_beat_s)
{
    mg_tempo_result tempo = {.bpm = mg_some(bpm), .constant = true};
    tempo.period_s = mg_some(60.0 / bpm);
    tempo.first_beat_s = mg_some(first_beat_s);
    tempo.downbeat_index = mg_some(0);
    tempo.beats_per_bar = mg_some(4);
    return tempo;
}

static const mg_key_result no_key = {.why = MG_WHY_NO_KEY};

static void assert_covers(const mg_structure_result *r, double duration_s)
{
    assert_true(r->section_count >= 1 && r->section_count <= MG_SECTIONS_MAX);
    assert_true(r->sections[0].start_s == 0);
    for (unsigned i = 0; i < r->section_count; i++) {
        const mg_section *section = &r->sections[i];
        assert_true(section->end_s > section->start_s);
        assert_true(i == 0 || section->start_s == r->sections[i - 1].end_s);
        assert_true(section->energy >= 1 && section->energy <= 10);
        assert_true(section->confidence > 0 && section->confidence <= 0.9);
    }
    assert_true(fabs(r->sections[r->section_count - 1].end_s - duration_s) < 1e-9);
}

/* Intro of drums, break of chords, drop of both, outro of drums; 32 s each but the intro. */
static void make_track(synth *s, unsigned rate)
{
    synth_init(s, rate, 112.0);
    synth_drums(s, bpm, 0, 16.0, 50.0, 0.15);
    synth_chords(s, synth_minor_loop, 9, bpm, 16.0, 48.0, 0.05);
    synth_drums(s, bpm, 48.0, 80.0, 50.0, 0.4);
    synth_chords(s, synth_minor_loop, 9, bpm, 48.0, 80.0, 0.12);
    synth_drums(s, bpm, 80.0, 112.0, 50.0, 0.12);
}

static void test_track(void **state)
{
    static const mg_section_label labels[4] = {MG_SECTION_INTRO, MG_SECTION_BREAK, MG_SECTION_DROP,
                                               MG_SECTION_OUTRO};
    static const double ends[4] = {16.0, 48.0, 80.0, 112.0};
    mg_tempo_result tempo = grid(0);
    synth s;
    (void)state;
    make_track(&s, 22050);
    mg_structure_result r = analyse(&s, 2, &tempo, &no_key);
    assert_covers(&r, 112.0);
    assert_int_equal(r.section_count, 4);
    for (unsigned i = 0; i < 4; i++) {
        assert_string_equal(mg_section_label_name[r.sections[i].label],
                            mg_section_label_name[labels[i]]);
        assert_true(fabs(r.sections[i].end_s - ends[i]) < 1e-6);
    }
    assert_true(r.drop_contrast_lu.v > 3.0);
    assert_true(fabs(r.drop_contrast_lu.v -
                     (r.sections[2].loudness_lufs.v - r.sections[1].loudness_lufs.v)) < 1e-9);
    assert_true(r.sections[2].energy > r.sections[1].energy);
    synth_done(&s);
}

/* Drums and bass as loud all the time; only the chords come and go. */
static void test_as_loud(void **state)
{
    static const mg_section_label labels[3] = {MG_SECTION_INTRO, MG_SECTION_DROP, MG_SECTION_OUTRO};
    mg_tempo_result tempo = grid(0);
    synth s;
    (void)state;
    synth_init(&s, 22050, 112.0);
    synth_drums(&s, bpm, 0, 112.0, 50.0, 0.4);
    synth_chords(&s, synth_minor_loop, 9, bpm, 24.0, 88.0, 0.12);
    mg_structure_result r = analyse(&s, 2, &tempo, &no_key);
    assert_covers(&r, 112.0);
    assert_int_equal(r.section_count, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_string_equal(mg_section_label_name[r.sections[i].label],
                            mg_section_label_name[labels[i]]);
    assert_true(fabs(r.sections[1].start_s - 24.0) < 1e-6);
    assert_true(fabs(r.sections[1].end_s - 88.0) < 1e-6);
    synth_done(&s);
}

/* A main part, 32 s of something else with all its kicks, the main part again. */
static mg_section_label between(double lufs, const double less_db[MG_BANDS])
{
    mg_section_facts facts[3];
    mg_section section[3];
    for (unsigned i = 0; i < 3; i++) {
        facts[i] = (mg_section_facts){.start_s = 40.0 * i, .end_s = 40.0 * (i + 1),
                                      .lufs = i == 1 ? lufs : -8.0,
                                      .sum = {.frames = 1.0, .steps = 1000.0f, .kicks = 20.0f}};
        for (unsigned b = 0; b < MG_BANDS; b++)
            facts[i].sum.band[b] = 0.01 * pow(10.0, i == 1 ? -less_db[b] / 10.0 : 0.0);
    }
    mg_sections_label(facts, 3, section);
    return section[1].label;
}

/* A break may be loud, kick and all: without bass and air it lacks more than a drop may. Without
 * contrast everything is `other`. */
static void test_loud_break(void **state)
{
    (void)state;
    assert_int_equal(between(-9.0, (double[]){6, 18, 0, 0, 0, 5}), MG_SECTION_BREAK);
    assert_int_equal(between(-8.0, (double[]){7, 14, 0, 0, 3, 6}), MG_SECTION_BREAK);
    assert_int_equal(between(-9.0, (double[]){0, 0, 6, 6, 0, 0}), MG_SECTION_OTHER);
    assert_int_equal(between(-8.0, (double[]){3, 6, 3, 0, 0, 3}), MG_SECTION_OTHER);
}

/* Hits that get denser and louder for 16 s before the drums and chords come back. */
static void test_build(void **state)
{
    mg_tempo_result tempo = grid(0);
    synth s;
    (void)state;
    synth_init(&s, 22050, 128.0);
    synth_drums(&s, bpm, 0, 48.0, 50.0, 0.4);
    synth_drums(&s, bpm, 96.0, 128.0, 50.0, 0.4);
    synth_chords(&s, synth_minor_loop, 9, bpm, 0, 48.0, 0.12);
    synth_chords(&s, synth_minor_loop, 9, bpm, 96.0, 128.0, 0.12);
    synth_chords(&s, synth_minor_loop, 9, bpm, 48.0, 80.0, 0.04);
    for (double at = 80.0; at < 95.9; at += at < 88.0 ? 0.25 : 0.125)
        synth_noise_hit(&s, at, 0.1, 0.02 + 0.4 * (at - 80.0) / 16.0);
    mg_structure_result r = analyse(&s, 2, &tempo, &no_key);
    unsigned i = 0;
    while (i + 1 < r.section_count && r.sections[i].end_s < 90.0)
        i++;
    assert_string_equal(mg_section_label_name[r.sections[0].label], "drop");
    assert_string_equal(mg_section_label_name[r.sections[i - 1].label], "break");
    assert_string_equal(mg_section_label_name[r.sections[i].label], "build");
    assert_true(fabs(r.sections[i].end_s - 96.0) < 1e-6);
    assert_string_equal(mg_section_label_name[r.sections[i + 1].label], "drop");
    synth_done(&s);
}

/* Noise that swells under drums and chords that go on as before, and is gone behind it. */
static void test_riser(void **state)
{
    static const char *const labels[3] = {"intro", "build", "drop"};
    mg_tempo_result tempo = grid(0);
    synth s;
    (void)state;
    synth_init(&s, 44100, 96.0);
    synth_drums(&s, bpm, 0, 96.0, 50.0, 0.4);
    synth_chords(&s, synth_minor_loop, 9, bpm, 24.0, 96.0, 0.12);
    for (double at = 24.0; at < 39.99; at += 0.02)
        synth_noise_hit(&s, at, 0.04, 0.03 * exp2((at - 24.0) / 4.0));
    mg_structure_result r = analyse(&s, 2, &tempo, &no_key);
    assert_int_equal(r.section_count, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_string_equal(mg_section_label_name[r.sections[i].label], labels[i]);
    assert_true(fabs(r.sections[1].start_s - 24.0) < 1e-6);
    assert_true(fabs(r.sections[1].end_s - 40.0) < 1e-6);
    synth_done(&s);
}

/* Kick and bass that pause for two bars, and chords that change from bar to bar, divide no drop. */
static void test_pause(void **state)
{
    mg_tempo_result tempo = grid(0);
    synth s;
    (void)state;
    synth_init(&s, 22050, 104.0);
    synth_drums(&s, bpm, 0, 60.0, 50.0, 0.4);
    synth_drums(&s, bpm, 64.0, 104.0, 50.0, 0.4);
    synth_chords(&s, synth_minor_loop, 9, bpm, 24.0, 104.0, 0.12);
    mg_structure_result r = analyse(&s, 2, &tempo, &no_key);
    assert_int_equal(r.section_count, 2);
    assert_string_equal(mg_section_label_name[r.sections[0].label], "intro");
    assert_string_equal(mg_section_label_name[r.sections[1].label], "drop");
    assert_true(fabs(r.sections[1].start_s - 24.0) < 1e-6);
    synth_done(&s);
}

/* Too short for parts: a blip, and loud hits in silence. */
static void test_short(void **state)
{
    static const double lengths_s[] = {0.3, 4.0, 11.0};
    (void)state;
    for (unsigned k = 0; k < 3; k++) {
        synth s;
        synth_init(&s, 44100, lengths_s[k]);
        synth_kick(&s, 50.0, 0, 0.3, 0.8);
        synth_drums(&s, bpm, 0.5 * lengths_s[k], lengths_s[k], 50.0, 0.8);
        mg_structure_result r = analyse(&s, 2, NULL, &no_key);
        assert_covers(&r, lengths_s[k]);
        for (unsigned i = 0; i < r.section_count; i++)
            assert_string_equal(mg_section_label_name[r.sections[i].label], "other");
        synth_done(&s);
    }
}

/* The same music, a break in its middle included, without a beat to it. */
static void test_no_beat(void **state)
{
    const mg_tempo_result none = {.bpm = mg_none(MG_WHY_NO_BEAT)};
    const mg_tempo_result *without[] = {NULL, &none};
    synth s;
    (void)state;
    make_track(&s, 22050);
    for (unsigned k = 0; k < 2; k++) {
        mg_structure_result r = analyse(&s, 2, without[k], &no_key);
        assert_true(r.section_count > 1);
        for (unsigned i = 0; i < r.section_count; i++)
            assert_int_equal(r.sections[i].label, MG_SECTION_OTHER);
        assert_int_equal(r.drop_contrast_lu.why, MG_WHY_NOT_APPLICABLE);
    }
    synth_done(&s);
}

static void test_gain(void **state)
{
    mg_tempo_result tempo = grid(0);
    synth s;
    (void)state;
    make_track(&s, 22050);
    mg_structure_result loud = analyse(&s, 2, &tempo, &no_key);
    synth_gain(&s, 0.251188643150958); /* -12 dB */
    mg_structure_result quiet = analyse(&s, 2, &tempo, &no_key);
    assert_true(loud.energy.v == quiet.energy.v);
    assert_int_equal(loud.section_count, quiet.section_count);
    for (unsigned i = 0; i < loud.section_count; i++) {
        assert_int_equal(loud.sections[i].energy, quiet.sections[i].energy);
        assert_int_equal(loud.sections[i].label, quiet.sections[i].label);
        assert_true(loud.sections[i].end_s == quiet.sections[i].end_s);
        double fall = loud.sections[i].loudness_lufs.v - quiet.sections[i].loudness_lufs.v;
        assert_true(fabs(fall - 12.0) < 0.01);
    }
    assert_true(fabs(loud.kick_hz.v - quiet.kick_hz.v) < 0.01);
    synth_done(&s);
}

/* Any grid, any length, with and without music. */
static void test_coverage(void **state)
{
    static const double lengths[] = {0.01, 0.5, 2.99, 7.3, 31.7, 64.25};
    static const double beats[] = {0, 0.3, 0.49, 3.1};
    static const unsigned rates[] = {8000, 22050, 48000};
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        for (unsigned j = 0; j < 4; j++) {
            mg_tempo_result tempo = grid(beats[j]);
            synth s;
            synth_init(&s, rates[(i + j) % 3], lengths[i]);
            synth_drums(&s, bpm, 0.4 * lengths[i], 0.8 * lengths[i], 50.0, 0.4);
            mg_structure_result r = analyse(&s, 2, j == 2 ? NULL : &tempo, &no_key);
            assert_covers(&r, (double)s.frames / s.sample_rate_hz);
            for (unsigned k = 0; j != 2 && k + 1 < r.section_count; k++) {
                double bars = (r.sections[k].end_s - beats[j]) / 2.0;
                assert_true(fabs(bars - floor(bars + 0.5)) < 1e-6);
            }
            synth_done(&s);
        }
    }
}

static void test_kick(void **state)
{
    static const double hz[] = {43.65, 49.0, 55.0, 61.7};
    mg_key_result key = {.why = MG_WHY_PRESENT, .tonic = 9, .tuning_cents = {.v = 0}};
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        synth s;
        synth_init(&s, i % 2 ? 44100 : 48000, 15.0);
        synth_drums(&s, 128.0, 0, 15.0, hz[i], 0.5);
        mg_structure_result r = analyse(&s, 2, NULL, &key);
        assert_int_equal(r.kick_hz.why, MG_WHY_PRESENT);
        double cents = 1200.0 * log2(r.kick_hz.v / hz[i]);
        assert_true(fabs(cents) < 25.0);
        double expected = remainder(1200.0 * log2(hz[i] / 55.0), 1200.0);
        assert_true(fabs(r.kick_cents_from_key.v - expected) < 25.0);
        assert_true(r.kick_confidence.v > 0.5 && r.kick_confidence.v <= 0.9);
        assert_true(r.kick_length_ms.v > 60.0 && r.kick_length_ms.v < 250.0);
        synth_done(&s);
    }
}

static void test_no_kick(void **state)
{
    synth s;
    (void)state;
    synth_init(&s, 22050, 20.0);
    synth_note(&s, 69.0, 0, 20.0, 0.3, 0);
    mg_structure_result r = analyse(&s, 2, NULL, &no_key);
    assert_int_equal(r.kick_hz.why, MG_WHY_NO_BEAT);
    assert_int_equal(r.kick_confidence.why, MG_WHY_NO_BEAT);
    assert_int_equal(r.drop_contrast_lu.why, MG_WHY_NOT_APPLICABLE);
    synth_done(&s);
}

static void test_band_levels(void **state)
{
    static const double hz[] = {40.0, 120.0, 350.0, 1000.0, 3000.0, 8000.0};
    (void)state;
    for (unsigned b = 0; b < MG_BANDS; b++) {
        synth s;
        synth_init(&s, 44100, 6.0);
        for (size_t i = 0; i < s.frames; i++)
            s.left[i] = s.right[i] = (float)(0.1 * sin(2.0 * M_PI * hz[b] * (double)i / 44100.0));
        mg_structure_result r = analyse(&s, 2, NULL, &no_key);
        assert_true(fabs(r.sections[0].band_db[b].v + 20.0) < 1.0);
        assert_true(fabs(r.sections[0].correlation.v - 1.0) < 1e-6);
        synth_done(&s);
    }
}

static void test_reasons(void **state)
{
    synth s;
    (void)state;
    synth_init(&s, 22050, 10.0);
    mg_structure_result r = analyse(&s, 2, NULL, &no_key);
    assert_covers(&r, 10.0);
    assert_int_equal(r.energy.why, MG_WHY_SILENT);
    assert_int_equal(r.sections[0].loudness_lufs.why, MG_WHY_SILENT);
    assert_int_equal(r.sections[0].correlation.why, MG_WHY_SILENT);
    assert_int_equal(r.sections[0].band_db[0].why, MG_WHY_SILENT);
    assert_int_equal(r.sections[0].band_db[5].why, MG_WHY_ABOVE_BAND_LIMIT);
    synth_drums(&s, bpm, 0, 10.0, 50.0, 0.4);
    r = analyse(&s, 1, NULL, &no_key);
    assert_int_equal(r.sections[0].correlation.why, MG_WHY_MONO);
    synth_done(&s);
    synth_init(&s, 22050, 2.0);
    synth_drums(&s, bpm, 0, 2.0, 50.0, 0.4);
    r = analyse(&s, 2, NULL, &no_key);
    assert_int_equal(r.energy.why, MG_WHY_TOO_SHORT);
    synth_done(&s);
    synth_init(&s, 22050, 0.0);
    r = analyse(&s, 2, NULL, &no_key);
    assert_int_equal(r.section_count, 0);
    synth_done(&s);
}

/* The scale of the energy: its ends, and more of each ingredient is never less. */
static void test_energy(void **state)
{
    mg_energy_parts calm = {.spread_lu = 12.0, .bpm = 70.0, .below_lu = 20.0};
    mg_energy_parts wild = {
        .onsets_per_s = 12.0, .kick = 1.0, .sub_share = 0.6, .flux_db = 8.0, .bpm = 180.0};
    mg_energy_parts club = {.onsets_per_s = 5.0,
                            .kick = 1.0,
                            .sub_share = 0.3,
                            .flux_db = 2.0,
                            .spread_lu = 4.0,
                            .bpm = 128.0};
    (void)state;
    assert_int_equal(mg_energy(&calm), 1);
    assert_int_equal(mg_energy(&wild), 10);
    assert_in_range(mg_energy(&club), 6, 8);
    mg_energy_parts below = club;
    below.below_lu = 10.0;
    assert_true(mg_energy(&below) < mg_energy(&club));
    mg_energy_parts kickless = club;
    kickless.kick = 0;
    assert_true(mg_energy(&kickless) < mg_energy(&club));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_track),       cmocka_unit_test(test_as_loud),
        cmocka_unit_test(test_build),       cmocka_unit_test(test_riser),
        cmocka_unit_test(test_pause),       cmocka_unit_test(test_short),
        cmocka_unit_test(test_gain),        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_kick),        cmocka_unit_test(test_no_kick),
        cmocka_unit_test(test_band_levels), cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_energy),      cmocka_unit_test(test_no_beat),
        cmocka_unit_test(test_loud_break),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
