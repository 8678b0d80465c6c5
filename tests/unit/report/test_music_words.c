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
        cmocka_unit_test(a_kick_is_said_by_its_step),
        cmocka_unit_test(without_key_or_kick_less_is_said),
        cmocka_unit_test(a_key_has_its_place_on_the_wheel),
        cmocka_unit_test(only_another_key_is_a_change),
    };
    return cmocka_run_group_tests_name("music_words", tests, NULL, NULL);
}
