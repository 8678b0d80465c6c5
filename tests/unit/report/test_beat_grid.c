#include "report/beat_grid.h"

#include "tests/unit/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define GRID                                                                                       \
    "\"audio\":{\"duration_s\":%s},\"tempo\":{\"bpm\":120,\"constant\":true,"                      \
    "\"grid\":{\"period_s\":0.5,\"first_beat_s\":0.25,\"downbeat_index\":%s,\"beats_per_bar\":%s}}"
#define SECTION(from, to, label)                                                                   \
    "{\"start_s\":" from ",\"end_s\":" to ",\"label\":\"" label "\",\"loudness_lufs\":-9}"

static mg_beat_grid grid_of(const char *json, json_t **ret_root)
{
    mg_beat_grid grid;
    json_t *root = json_loads(json, 0, NULL);
    assert_non_null(root);
    mg_beat_grid_read(root, &grid);
    if (ret_root != NULL)
        *ret_root = root;
    else
        json_decref(root);
    return grid;
}

static mg_beat_grid plain(const char *downbeat, const char *bar)
{
    char json[400];
    snprintf(json, sizeof json, "{" GRID "}", "60", downbeat, bar);
    return grid_of(json, NULL);
}

static void near(double value, double wanted)
{
    if (!(fabs(value - wanted) < 1e-9))
        fail_msg("%.9f instead of %.9f", value, wanted);
}

static void snaps_to_downbeats(void **state)
{
    (void)state;
    const mg_beat_grid grid = plain("2", "4"); /* downbeats at 1.25, 3.25, ... */
    near(mg_beat_grid_snap(&grid, 3.3), 3.25);
    near(mg_beat_grid_snap(&grid, 4.3), 5.25);
    near(mg_beat_grid_snap(&grid, 0.0), 1.25);  /* the one before lies before the file */
    near(mg_beat_grid_snap(&grid, 99.0), 59.25); /* the last of the file */
    assert_int_equal(mg_beat_in_bar(&grid, 0), 3);
    assert_int_equal(mg_beat_in_bar(&grid, 2), 1);
    assert_int_equal(mg_beat_in_bar(&grid, -1), 2);
}

static void snaps_to_beats_without_a_downbeat(void **state)
{
    (void)state;
    const mg_beat_grid grid = plain("null", "null");
    near(mg_beat_grid_snap(&grid, 3.3), 3.25);
    near(mg_beat_grid_snap(&grid, 3.6), 3.75);
    assert_int_equal(mg_beat_in_bar(&grid, 0), 1);
}

/* For any time: on the grid, inside the file, within half a bar but for the ends. */
static void every_time_lands_on_the_grid(void **state)
{
    (void)state;
    for (int downbeat = 0; downbeat < 3; downbeat++) {
        const char text[] = {(char)('0' + downbeat), '\0'};
        const mg_beat_grid grid = plain(text, "3");
        for (double t = 0.0; t < 60.0; t += 0.0371) {
            const double at_s = mg_beat_grid_snap(&grid, t);
            const double beats = (at_s - 0.25) / 0.5;
            assert_true(at_s >= 0.0 && at_s < 60.0);
            near(beats, floor(beats + 0.5));
            assert_int_equal(((long)floor(beats + 0.5) - downbeat) % 3, 0);
            if (t > 2.0 && t < 58.0)
                assert_true(fabs(at_s - t) <= 0.75 + 1e-9);
        }
    }
}

static void a_moving_tempo_has_stretches(void **state)
{
    (void)state;
    const mg_beat_grid grid = grid_of(
        "{\"audio\":{\"duration_s\":20},\"tempo\":{\"bpm\":100,\"constant\":false,"
        "\"tempo_map\":[{\"start_s\":0,\"bpm\":120,\"beat\":0},"
        "{\"start_s\":4.1,\"bpm\":60,\"beat\":8},{\"start_s\":9,\"bpm\":-3,\"beat\":9}],"
        "\"beats_s\":[0.2,0.7,1.2,1.7,2.2,2.7,3.2,3.7,4.2,5.2],"
        "\"grid\":{\"period_s\":0.6,\"first_beat_s\":0.2,\"downbeat_index\":0,"
        "\"beats_per_bar\":4}}}", NULL);
    assert_int_equal(grid.count, 2);
    near(grid.stretches[1].start_s, 4.2);
    near(grid.stretches[1].period_s, 1.0);
    near(mg_beat_grid_snap(&grid, 2.0), 2.2);
    near(mg_beat_grid_snap(&grid, 8.5), 8.2);
}

/* A tempo that falls from 125 to 100 BPM over 120 beats, then stays. */
static void stretches_follow_the_beats(void **state)
{
    (void)state;
    enum { BEATS = 200 };
    double beats[BEATS];
    char json[8000];
    size_t len = (size_t)snprintf(
        json, sizeof json,
        "{\"audio\":{\"duration_s\":115},\"tempo\":{\"bpm\":110,\"constant\":false,\"grid\":{"
        "\"period_s\":0.55,\"first_beat_s\":0.2,\"downbeat_index\":2,\"beats_per_bar\":4},"
        "\"beats_s\":[");
    double at_s = 0.2;
    for (int i = 0; i < BEATS; i++) {
        beats[i] = at_s;
        len += (size_t)snprintf(json + len, sizeof json - len, "%s%.6f", i > 0 ? "," : "", at_s);
        at_s += 0.48 + 0.12 * fmin(i / 120.0, 1.0);
    }
    snprintf(json + len, sizeof json - len, "]}}");
    const mg_beat_grid grid = grid_of(json, NULL);
    assert_in_range(grid.count, 5, 20);
    for (size_t i = 0, next = 0; i < BEATS; i++) {
        next += next + 1 < grid.count && grid.stretches[next + 1].beat <= (int64_t)i;
        const mg_stretch *s = &grid.stretches[next];
        assert_true(fabs(s->start_s + (double)(i - (size_t)s->beat) * s->period_s - beats[i]) <=
                    0.010 + 1e-6);
    }
    for (size_t i = 1; i < grid.count; i++)
        assert_int_equal(mg_beat_in_bar(&grid, grid.stretches[i].beat), 1);
    assert_true(fabs(grid.stretches[grid.count - 1].period_s - 0.6) < 0.0005);
}

/* Whatever a result holds, the stretches are in order and their periods are beats. */
static void odd_beats_do_no_harm(void **state)
{
    (void)state;
    static const char *const lists[] = {"", "1", "3,2,1", "1,1,1", "0,0.5,null,1.5", "\"x\",1,2",
                                        "0,99,100", "0,0.5,1.0,1.5,1.4,1.3"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        char json[400];
        snprintf(json, sizeof json,
                 "{\"audio\":{\"duration_s\":20},\"tempo\":{\"bpm\":120,\"constant\":false,"
                 "\"grid\":{\"period_s\":0.5,\"first_beat_s\":0.25},\"beats_s\":[%s]}}",
                 lists[i]);
        const mg_beat_grid grid = grid_of(json, NULL);
        assert_in_range(grid.count, 1, 5);
        for (size_t k = 0; k < grid.count; k++) {
            assert_true(grid.stretches[k].period_s >= 0.05 && grid.stretches[k].period_s <= 10.0);
            assert_true(k == 0 || grid.stretches[k].start_s > grid.stretches[k - 1].start_s);
        }
    }
}

static size_t cues_of(const char *sections, mg_cue ret[MG_CUES_MAX])
{
    char json[4000];
    json_t *root;
    snprintf(json, sizeof json, "{" GRID ",\"structure\":{\"sections\":[%s]}}", "240", "2", "4",
             sections);
    const mg_beat_grid grid = grid_of(json, &root);
    const size_t count = mg_cues(root, &grid, ret);
    json_decref(root);
    return count;
}

static void cues_of_a_club_track(void **state)
{
    (void)state;
    mg_cue cues[MG_CUES_MAX];
    const size_t count = cues_of(
        SECTION("0", "1.2", "other") "," SECTION("1.2", "33.3", "intro") ","
        SECTION("33.3", "65", "drop") "," SECTION("65", "97", "drop") ","
        SECTION("97", "129", "break") "," SECTION("129", "193", "drop") ","
        SECTION("193.2", "240", "outro"), cues);
    static const struct {
        mg_cue_kind kind;
        double at_s;
        const char *name;
    } wanted[] = {{MG_CUE_MIX_IN, 1.25, "Mix in"}, {MG_CUE_DROP, 33.25, "Drop"},
                  {MG_CUE_DROP, 129.25, "Drop 2"}, {MG_CUE_MIX_OUT, 193.25, "Mix out"}};
    assert_int_equal(count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(cues[i].kind, wanted[i].kind);
        near(cues[i].at_s, wanted[i].at_s);
        assert_string_equal(cues[i].name, wanted[i].name);
    }
}

static void mix_out_without_an_outro(void **state)
{
    (void)state;
    mg_cue cues[MG_CUES_MAX];
    /* 120 s from 120: eight bars are 16 s, sixteen 32; 120 + 80 leaves 40, + 96 only 24 */
    assert_int_equal(cues_of(SECTION("0", "121.25", "intro") "," SECTION("121.25", "240", "drop"),
                             cues), 3);
    assert_int_equal(cues[2].kind, MG_CUE_MIX_OUT);
    near(cues[2].at_s, 121.25 + 80.0);
    /* too short for sixteen bars */
    assert_int_equal(cues_of(SECTION("0", "209", "intro") "," SECTION("209.25", "240", "drop"),
                             cues), 2);
}

static void at_most_eight_cues(void **state)
{
    (void)state;
    mg_cue cues[MG_CUES_MAX];
    char sections[4000] = SECTION("0", "20", "intro");
    for (int i = 1; i < 10; i++) {
        char one[200];
        snprintf(one, sizeof one,
                 ",{\"start_s\":%d,\"end_s\":%d,\"label\":\"%s\",\"loudness_lufs\":-9}", 20 * i,
                 20 * i + 20, i == 9 ? "outro" : "drop");
        strcat(sections, one);
        snprintf(one, sizeof one, ",{\"start_s\":%d,\"end_s\":%d,\"label\":\"break\"}", 20 * i + 20,
                 20 * i + 20);
        if (i < 9)
            strcat(sections, one);
    }
    assert_int_equal(cues_of(sections, cues), 8);
    assert_int_equal(cues[7].kind, MG_CUE_MIX_OUT);
}

static void nothing_without_a_beat_or_from_nonsense(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}", "{\"tempo\":{\"bpm\":null}}",
        "{\"tempo\":{\"bpm\":1e-300,\"grid\":{\"period_s\":1e-300,\"first_beat_s\":0}}}",
        "{\"tempo\":{\"bpm\":120,\"grid\":{\"period_s\":0.5,\"first_beat_s\":-3}}}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const mg_beat_grid grid = grid_of(texts[i], NULL);
        assert_int_equal(grid.count, 0);
        assert_true(isnan(mg_beat_grid_snap(&grid, 1.0)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snaps_to_downbeats),
        cmocka_unit_test(snaps_to_beats_without_a_downbeat),
        cmocka_unit_test(every_time_lands_on_the_grid),
        cmocka_unit_test(a_moving_tempo_has_stretches),
        cmocka_unit_test(stretches_follow_the_beats),
        cmocka_unit_test(odd_beats_do_no_harm),
        cmocka_unit_test(cues_of_a_club_track),
        cmocka_unit_test(mix_out_without_an_outro),
        cmocka_unit_test(at_most_eight_cues),
        cmocka_unit_test(nothing_without_a_beat_or_from_nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
