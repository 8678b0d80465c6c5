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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_moving_tempo_is_said_by_its_ends),
        cmocka_unit_test(a_kick_is_said_by_its_step),
        cmocka_unit_test(without_key_or_kick_less_is_said),
    };
    return cmocka_run_group_tests_name("music_words", tests, NULL, NULL);
}
