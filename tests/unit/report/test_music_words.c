#include "report/music_words.h"

#include "tests/unit/test.h"

#include <string.h>

static void tempo_is(const char *json, const char *words)
{
    char out[32];
    json_t *tempo = json_loads(json, 0, NULL);
    assert_non_null(tempo);
    mg_tempo_words(tempo, out, sizeof out);
    assert_string_equal(out, words);
    json_decref(tempo);
}

static void a_moving_tempo_is_said_by_its_ends(void **state)
{
    (void)state;
    tempo_is("{\"bpm\":null}", "");
    tempo_is("{\"bpm\":121.0,\"constant\":true,\"tempo_map\":[]}", "121.00");
    tempo_is("{\"bpm\":140.68,\"constant\":false,\"tempo_map\":[{\"bpm\":149.953},"
             "{\"bpm\":140.682},{\"bpm\":134.035}]}",
             "134.0-150.0");
    tempo_is("{\"bpm\":120.0,\"constant\":false,\"tempo_map\":[{\"bpm\":120.01},{\"bpm\":120.02}]}",
             "120.00");
    tempo_is("{\"bpm\":140.68,\"constant\":false,\"tempo_map\":[{\"bpm\":149.953,\"beat\":0},"
             "{\"bpm\":107.3,\"beat\":71},{\"bpm\":134.035,\"beat\":74}]}",
             "134.0-150.0"); /* three beats join those of two tracks, they have no tempo */
    tempo_is("{\"bpm\":120.0,\"constant\":false,\"tempo_map\":[]}", "120.00");
}

/* Pieces of a map as {start_s, bpm} of a file of `duration_s`, and the steps they make. */
static void steps_are(const double (*pieces)[2], size_t count, double duration_s,
                      const double (*steps)[2], size_t step_count)
{
    mg_tempo_step got[MG_TEMPO_STEPS_MAX];
    json_t *map = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(map, json_pack("{s:f,s:f}", "start_s", pieces[i][0], "bpm",
                                             pieces[i][1]));
    json_t *result = json_pack("{s:{s:f},s:{s:b,s:o}}", "audio", "duration_s", duration_s, "tempo",
                               "constant", 0, "tempo_map", map);
    assert_non_null(result);
    assert_int_equal(mg_tempo_steps(result, got), step_count);
    for (size_t i = 0; i < step_count; i++) {
        assert_float_equal(got[i].start_s, steps[i][0], 1e-6);
        assert_float_equal(got[i].bpm, steps[i][1], 1e-4);
    }
    json_decref(result);
}

static void tempos_that_are_held_are_steps(void **state)
{
    (void)state;
    static const double mix[][2] = {{0, 122}, {70, 141.7}, {70.5, 173}, {190, 127.2}};
    static const double steps[][2] = {{0, 122}, {70.5, 173}, {190, 127.2}};
    steps_are(mix, 4, 300, steps, 3);
    static const double alike[][2] = {{0, 122.0}, {60, 122.4}, {120, 140}};
    static const double merged[][2] = {{0, 122.2}, {120, 140}};
    steps_are(alike, 3, 180, merged, 2);
    steps_are(alike, 2, 120, NULL, 0);    /* one tempo after all */
    steps_are(mix, 4, 200, steps, 2);     /* 10 s at the end are not held */
    static const double drift[][2] = {{0, 120}, {20, 121}, {34, 122}, {48, 123}, {62, 124}};
    steps_are(drift, 5, 100, NULL, 0);    /* 42 of 100 s */
    double many[MG_TEMPO_STEPS_MAX + 1][2];
    for (unsigned i = 0; i <= MG_TEMPO_STEPS_MAX; i++) {
        many[i][0] = 20.0 * i;
        many[i][1] = 120.0 + i;
    }
    steps_are(many, MG_TEMPO_STEPS_MAX, 20.0 * MG_TEMPO_STEPS_MAX, many, MG_TEMPO_STEPS_MAX);
    steps_are(many, MG_TEMPO_STEPS_MAX + 1, 20.0 * (MG_TEMPO_STEPS_MAX + 1), NULL, 0);
}

static void kick_is(const char *note, const char *tonic, const char *mode, double cents,
                    const char *words)
{
    char name[32], out[80];
    snprintf(name, sizeof name, "%s %s", tonic, mode);
    json_t *result =
        json_pack("{s:{s:{s:s,s:f}},s:{s:s,s:s,s:s}}", "structure", "kick", "note", note,
                  "cents_from_key", cents, "key", "tonic", tonic, "mode", mode, "name", name);
    assert_non_null(result);
    mg_kick_words(result, out, sizeof out);
    assert_string_equal(out, words);
    json_decref(result);
}

static void a_kick_is_said_by_its_step(void **state)
{
    (void)state;
    kick_is("F", "F", "minor", 3.0, "F, the root of F minor");
    kick_is("G", "F", "minor", 249.0, "G +49 cents, the second of F minor");
    kick_is("Ab", "A", "minor", -132.0, "Ab -32 cents, not in A minor");
    kick_is("E", "A", "minor", -492.0, "E +8 cents, the fifth of A minor");
    kick_is("C", "Ab", "major", 400.0, "C, the third of Ab major");
    kick_is("C", "A", "minor", 300.0, "C, the third of A minor");
    kick_is("F#", "F#", "minor", -21.0, "F# -21 cents, the root of F# minor");
    kick_is("B", "C", "major", -100.0, "B, the seventh of C major");
}

static void without_key_or_kick_less_is_said(void **state)
{
    (void)state;
    char out[80];
    json_t *result = json_loads("{\"structure\":{\"kick\":{\"note\":\"G\","
                                "\"cents_from_key\":null}},\"key\":{\"tonic\":null}}", 0, NULL);
    mg_kick_words(result, out, sizeof out);
    assert_string_equal(out, "G");
    json_decref(result);
    result = json_loads("{\"structure\":{\"kick\":{\"note\":null}}}", 0, NULL);
    mg_kick_words(result, out, sizeof out);
    assert_string_equal(out, "");
    json_decref(result);
    result = json_loads("{\"structure\":{\"kick\":{\"note\":\"<svg>\"}}}", 0, NULL);
    mg_kick_words(result, out, sizeof out);
    assert_string_equal(out, "");
    json_decref(result);
}

/* The wheel as it is published, by name. */
static void a_key_has_its_place_on_the_wheel(void **state)
{
    (void)state;
    static const char *const wheel[12][2] = {
        {"G# minor", "B major"}, {"Eb minor", "F# major"}, {"Bb minor", "Db major"},
        {"F minor", "Ab major"}, {"C minor", "Eb major"},  {"G minor", "Bb major"},
        {"D minor", "F major"},  {"A minor", "C major"},   {"E minor", "G major"},
        {"B minor", "D major"},  {"F# minor", "A major"},  {"C# minor", "E major"}};
    static const char *const none[] = {"",        "A",        "A dorian", "A  minor",
                                       "H minor", "A# mino", "Ab# minor", "<svg> minor"};
    char camelot[4], wanted[16];
    for (int place = 1; place <= 12; place++) {
        for (int major = 0; major < 2; major++) {
            assert_int_equal(mg_camelot_words(wheel[place - 1][major], camelot), place);
            snprintf(wanted, sizeof wanted, "%d%c", place, major ? 'B' : 'A');
            assert_string_equal(camelot, wanted);
        }
    }
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_int_equal(mg_camelot_words(none[i], camelot), 0);
        assert_string_equal(camelot, "");
    }
}

static void changes_are(const char *json, size_t count)
{
    json_t *key = json_loads(json, 0, NULL);
    assert_non_null(key);
    assert_int_equal(mg_key_change_count(key), count);
    json_decref(key);
}

static void only_another_key_is_a_change(void **state)
{
    (void)state;
    changes_are("{}", 0);
    changes_are("{\"segments\":[{\"name\":null}]}", 0);
    changes_are("{\"segments\":[{\"name\":null},{\"name\":\"A minor\"},{\"name\":null}]}", 0);
    changes_are("{\"segments\":[{\"name\":\"A minor\"},{\"name\":null},"
                "{\"name\":\"A minor\"}]}", 0);
    changes_are("{\"segments\":[{\"name\":\"A minor\"},{\"name\":null},"
                "{\"name\":\"C minor\"},{\"name\":\"A minor\"}]}", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_moving_tempo_is_said_by_its_ends),
        cmocka_unit_test(tempos_that_are_held_are_steps),
        cmocka_unit_test(a_kick_is_said_by_its_step),
        cmocka_unit_test(without_key_or_kick_less_is_said),
        cmocka_unit_test(a_key_has_its_place_on_the_wheel),
        cmocka_unit_test(only_another_key_is_a_change),
    };
    return cmocka_run_group_tests_name("music_words", tests, NULL, NULL);
}
