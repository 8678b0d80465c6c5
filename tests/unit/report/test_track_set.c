#include "report/track_set.h"

#include "tests/unit/test.h"

#include <math.h>
#include <string.h>

static mg_track_summary track(const char *name, double score, unsigned critical, unsigned major)
{
    return (mg_track_summary){.name = name, .score = score, .critical = critical, .major = major,
                              .lufs = -9.0, .true_peak_dbtp = -1.0, .bpm = 128.0};
}

static void reads_what_a_line_needs(void **state)
{
    (void)state;
    mg_track_summary t;
    json_t *root = json_loads(
        "{\"scores\":{\"overall\":{\"value\":61}},\"loudness\":{\"integrated_lufs\":-12.5,"
        "\"integrated_dual_mono_lufs\":-9.49,\"true_peak_dbtp\":0.3},\"tempo\":{\"bpm\":null},"
        "\"key\":{\"camelot\":\"11A\"},\"feedback\":[{\"severity\":\"major\",\"message\":\"Loud.\","
        "\"code\":\"loudness.too_loud\"},"
        "{\"severity\":\"minor\",\"message\":\"b\"},{\"severity\":\"info\",\"message\":\"c\"}]}",
        0, NULL);
    mg_track_summarize("x", root, &t);
    assert_true(t.score == 61.0 && t.lufs == -9.49 && t.true_peak_dbtp == 0.3);
    assert_true(isnan(t.bpm));
    assert_string_equal(t.camelot, "11A");
    assert_int_equal(t.critical, 0);
    assert_int_equal(t.major, 1);
    assert_int_equal(t.minor, 1);
    assert_string_equal(t.problem, "Loud.");
    assert_string_equal(t.brief, "too loud");
    json_decref(root);
    root = json_loads("{\"feedback\":[{\"severity\":\"info\",\"message\":\"c\"}]}", 0, NULL);
    mg_track_summarize("x", root, &t);
    assert_true(isnan(t.score) && isnan(t.lufs));
    assert_string_equal(t.problem, "");
    json_decref(root);
}

/* The mean of a tempo that moves is no tempo to mix by; one that breathes a little is. */
static void what_moves_has_a_range_and_no_neighbours(void **state)
{
    (void)state;
    mg_track_summary tracks[3] = {track("a", 90, 0, 0), track("b", 90, 0, 0)};
    json_t *root = json_loads("{\"tempo\":{\"bpm\":128.0,\"constant\":false,\"tempo_map\":["
                              "{\"bpm\":136.04},{\"bpm\":120.0},{\"bpm\":128.0}]},"
                              "\"key\":{\"camelot\":\"8A\"}}", 0, NULL);
    size_t found[2];
    strcpy(tracks[0].camelot, "8A");
    strcpy(tracks[1].camelot, "8A");
    mg_track_summarize("moving", root, &tracks[2]);
    assert_true(tracks[2].moves && tracks[2].bpm_low == 120.0 && tracks[2].bpm_high == 136.04);
    assert_int_equal(mg_set_neighbours(tracks, 3, 2, found, 2), 0);
    assert_int_equal(mg_set_neighbours(tracks, 3, 0, found, 2), 1);
    assert_int_equal(found[0], 1);
    json_t *map = json_object_get(json_object_get(root, "tempo"), "tempo_map");
    json_object_set_new(json_array_get(map, 0), "bpm", json_real(120.9));
    json_array_remove(map, 2);
    mg_track_summarize("breathing", root, &tracks[2]);
    assert_false(tracks[2].moves);
    json_decref(root);
}

static void what_needs_work_comes_first(void **state)
{
    (void)state;
    mg_track_summary tracks[] = {
        track("good", 99, 0, 0), track("same1", 80, 0, 0), track("unknown", NAN, 0, 0),
        track("same2", 80, 0, 0), track("major", 90, 0, 1), track("majors", 95, 0, 2),
        track("critical", 97, 1, 0),
    };
    static const char *const wanted[] = {"critical", "majors", "major", "same1", "same2",
                                         "good",     "unknown"};
    mg_tracks_sort(tracks, 7);
    for (size_t i = 0; i < 7; i++)
        assert_string_equal(tracks[i].name, wanted[i]);
    mg_tracks_sort(tracks, 0);
    mg_tracks_sort(tracks, 1);
}

/* Any order of many equal and unequal ones: sorted, and equal ones as they were given. */
static void sorting_is_stable(void **state)
{
    (void)state;
    mg_track_summary tracks[97];
    static const char names[98] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
                                  "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrs";
    for (size_t i = 0; i < 97; i++)
        tracks[i] = track(&names[i], (double)(i * 37 % 11), 0, (unsigned)(i * 13 % 3));
    mg_tracks_sort(tracks, 97);
    for (size_t i = 1; i < 97; i++) {
        const mg_track_summary *a = &tracks[i - 1], *b = &tracks[i];
        assert_true(a->major > b->major || (a->major == b->major && a->score <= b->score));
        if (a->major == b->major && a->score == b->score)
            assert_true(a->name < b->name); /* one array: the order of addresses */
    }
}

static void loudness_of_a_set(void **state)
{
    (void)state;
    mg_set_loudness l;
    mg_track_summary tracks[] = {track("a", 1, 0, 0), track("b", 1, 0, 0), track("c", 1, 0, 0),
                                 track("d", 1, 0, 0), track("e", 1, 0, 0)};
    static const double lufs[] = {-7.0, NAN, -14.0, -9.0, -8.0};
    for (size_t i = 0; i < 5; i++)
        tracks[i].lufs = lufs[i];
    mg_set_loudness_of(tracks, 5, &l);
    assert_int_equal(l.count, 4);
    assert_true(l.lowest == -14.0 && l.highest == -7.0 && l.middle == -9.0);
    mg_set_loudness_of(tracks + 1, 1, &l);
    assert_int_equal(l.count, 0);
    mg_set_loudness_of(tracks, 0, &l);
    assert_int_equal(l.count, 0);
}

static void keys_that_mix(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool mix;
    } rows[] = {
        {"8A", "8A", true},   {"8A", "9A", true},   {"8A", "7A", true},  {"8A", "8B", true},
        {"12A", "1A", true},  {"1B", "12B", true},  {"8A", "9B", false}, {"8A", "10A", false},
        {"8A", "2A", false},  {"12A", "1B", false}, {"", "8A", false},   {"8A", "", false},
        {"13A", "13A", false}, {"0A", "1A", false}, {"8C", "8C", false}, {"8", "8", false},
        {"8AA", "8A", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(mg_keys_mix(rows[i].a, rows[i].b), rows[i].mix);
        assert_int_equal(mg_keys_mix(rows[i].b, rows[i].a), rows[i].mix);
    }
}

static void neighbours_by_tempo(void **state)
{
    (void)state;
    static const struct {
        double bpm;
        const char *key;
    } rows[] = {{128, "8A"}, {130, "8A"}, {128.5, "9A"}, {140, "8A"}, {127, "3A"},
                {122, "7A"}, {NAN, "8A"}, {128, ""},      {129, "8B"}};
    mg_track_summary tracks[9];
    size_t found[9];
    for (size_t i = 0; i < 9; i++) {
        tracks[i] = track("x", 1, 0, 0);
        tracks[i].bpm = rows[i].bpm;
        strcpy(tracks[i].camelot, rows[i].key);
    }
    assert_int_equal(mg_set_neighbours(tracks, 9, 0, found, 9), 4);
    static const size_t wanted[] = {2, 8, 1, 5};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(found[i], wanted[i]);
    assert_int_equal(mg_set_neighbours(tracks, 9, 0, found, 2), 2);
    assert_int_equal(found[0], 2);
    assert_int_equal(found[1], 8);
    assert_int_equal(mg_set_neighbours(tracks, 9, 6, found, 9), 0);
    assert_int_equal(mg_set_neighbours(tracks, 9, 0, found, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_a_line_needs),
        cmocka_unit_test(what_moves_has_a_range_and_no_neighbours),
        cmocka_unit_test(what_needs_work_comes_first),
        cmocka_unit_test(sorting_is_stable),
        cmocka_unit_test(loudness_of_a_set),
        cmocka_unit_test(keys_that_mix),
        cmocka_unit_test(neighbours_by_tempo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
