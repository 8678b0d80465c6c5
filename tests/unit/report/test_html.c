/* The report page of real results, of results without values, and of hostile ones. */
#include "base/cleanup.h"
#include "report/report.h"
#include "report/result_view.h"
#include "tests/unit/report/page_check.h"

#include "tests/unit/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const tracks[] = {"club",   "premaster", "mono", "pads",
                                    "moving", "silent",    "blip"};
enum { TRACKS = sizeof tracks / sizeof tracks[0], MUTATIONS = 120 };

static void read_file(const char *track, const char *ending, mg_buf *ret)
{
    char path[512], part[8192];
    snprintf(path, sizeof path, "%s/%s%s", getenv("MG_GOLDEN"), track, ending);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    for (size_t n; (n = fread(part, 1, sizeof part, file)) > 0;)
        mg_buf_append(ret, part, n);
    fclose(file);
    assert_int_equal(mg_buf_err(ret), MG_OK);
}

static json_t *result_of(const char *track)
{
    json_t *root = NULL;
    mg_auto(mg_buf_done) mg_buf text = MG_BUF_INIT(1 << 22);
    read_file(track, ".json", &text);
    assert_int_equal(mg_view_parse(text.data, text.len, &root, NULL), MG_OK);
    return root;
}

static mg_buf page_of(const json_t *result, const char *title)
{
    mg_buf page = MG_BUF_INIT(MG_REPORT_MAX_BYTES);
    assert_int_equal(mg_report_html(result, title, &page), MG_OK);
    return page;
}

static void keep(const char *track, const mg_buf *digest)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.html", getenv("MG_GOLDEN"), track);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(digest->data, 1, digest->len, file), digest->len);
    assert_int_equal(fclose(file), 0);
}

/* Says where two texts part, which is all that one wants to know of 40 kB. */
static void assert_same_text(const char *track, const char *got, const char *wanted)
{
    size_t at = 0, line = 1;
    for (; got[at] != '\0' && got[at] == wanted[at]; at++)
        line += got[at] == '\n';
    if (got[at] != wanted[at])
        fail_msg("%s.html, line %zu: \"%.60s\", not \"%.60s\"", track, line, got + at, wanted + at);
}

static void pages_are_as_before(void **state)
{
    (void)state;
    for (size_t t = 0; t < TRACKS; t++) {
        json_t *result = result_of(tracks[t]);
        mg_auto(mg_buf_done) mg_buf page = page_of(result, tracks[t]);
        mg_auto(mg_buf_done) mg_buf digest = MG_BUF_INIT(1 << 22);
        mg_auto(mg_buf_done) mg_buf wanted = MG_BUF_INIT(1 << 22);
        page_digest(page.data, &digest);
        if (getenv("MG_UPDATE_GOLDEN") != NULL)
            keep(tracks[t], &digest);
        read_file(tracks[t], ".html", &wanted);
        assert_same_text(tracks[t], digest.data, wanted.data);
        json_decref(result);
    }
}

static void pages_are_sound_small_and_repeatable(void **state)
{
    (void)state;
    for (size_t t = 0; t < TRACKS; t++) {
        json_t *result = result_of(tracks[t]);
        mg_auto(mg_buf_done) mg_buf page = page_of(result, tracks[t]);
        mg_auto(mg_buf_done) mg_buf again = page_of(result, tracks[t]);
        assert_page_sound(page.data);
        assert_true(page.len < 300000);
        assert_string_equal(page.data, again.data);
        json_decref(result);
    }
}

/* ---- seven minutes ---- */

/* The array at `key` with its values over and over. */
static void repeat(json_t *object, const char *key, size_t wanted)
{
    json_t *array = json_object_get(object, key);
    const size_t count = json_array_size(array);
    assert_true(count > 0);
    for (size_t i = count; i < wanted; i++)
        json_array_append(array, json_array_get(array, i % count));
}

/* What a result of seven minutes holds: its timeline at 10 Hz, its outline of 2048 points. */
static json_t *seven_minutes(void)
{
    json_t *result = result_of("premaster");
    json_t *line = json_object_get(json_object_get(result, "loudness"), "timeline");
    json_t *outline = json_object_get(result, "waveform");
    json_object_set_new(json_object_get(result, "audio"), "duration_s", json_real(420.0));
    json_object_set_new(line, "step_s", json_real(0.1));
    repeat(line, "momentary_lufs", 4197);
    repeat(line, "short_term_lufs", 4171);
    json_object_set_new(outline, "samples_per_pixel", json_integer(420 * 44100 / 2048 + 1));
    json_object_set_new(outline, "length", json_integer(2048));
    repeat(outline, "data", 2 * 2048);
    repeat(json_object_get(result, "technical"), "clipped_runs", 1000);
    return result;
}

static void seven_minutes_are_small_and_quick(void **state)
{
    (void)state;
    double least_ms = 1e9;
    json_t *result = seven_minutes();
    for (int i = 0; i < 5; i++) {
        const clock_t before = clock(); /* of this process alone, whatever else runs */
        mg_auto(mg_buf_done) mg_buf page = page_of(result, "seven minutes");
        least_ms = fmin(least_ms, (double)(clock() - before) * 1e3 / CLOCKS_PER_SEC);
        assert_page_sound(page.data);
        assert_true(page.len < 300000);
    }
    print_message("# a page in %.1f ms\n", least_ms);
    assert_true(least_ms < 50.0);
    json_decref(result);
}

/* ---- titles ---- */

static void a_title_changes_nothing_but_the_text(void **state)
{
    (void)state;
    char longer[4097];
    memset(longer, '&', sizeof longer - 1);
    longer[4096] = '\0';
    const char *const titles[] = {"</svg><script>alert(1)</script>", "\" onload=\"x", "' style='x",
                                  "<!--", "</title></style>", "a\xff\xfe\xc0\x80",
                                  "\xe2\x80\xae" "gpj.exe", longer, "\n\r\t\x1b[2J", ""};
    json_t *result = result_of("club");
    mg_auto(mg_buf_done) mg_buf plain = page_of(result, "plain"), bones = MG_BUF_INIT(1 << 22);
    page_skeleton(plain.data, &bones);
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        mg_auto(mg_buf_done) mg_buf page = page_of(result, titles[i]);
        mg_auto(mg_buf_done) mg_buf other = MG_BUF_INIT(1 << 22);
        assert_page_sound(page.data);
        page_skeleton(page.data, &other);
        assert_string_equal(other.data, bones.data);
        assert_true(page.len < plain.len + 3000);
    }
    mg_auto(mg_buf_done) mg_buf none = page_of(result, NULL);
    assert_non_null(strstr(none.data, "Mix report"));
    json_decref(result);
}

/* ---- results that are not what they should be ---- */

static void set_leaves(json_t *value, json_t *leaf)
{
    const char *key;
    json_t *item;
    size_t i;
    void *next;
    json_object_foreach_safe(value, next, key, item) {
        if (json_is_object(item) || json_is_array(item))
            set_leaves(item, leaf);
        else
            json_object_set(value, key, leaf);
    }
    json_array_foreach(value, i, item) {
        if (json_is_object(item) || json_is_array(item))
            set_leaves(item, leaf);
        else
            json_array_set(value, i, leaf);
    }
}

static void any_leaf_will_do(void **state)
{
    (void)state;
    json_t *leaves[] = {json_null(), json_true(), json_real(1e300), json_real(-1e-300),
                        json_integer(-1), json_integer(0),
                        json_string("</svg><script>alert(1)</script>\" onload=\"x"), json_object(),
                        json_array()};
    for (size_t i = 0; i < sizeof leaves / sizeof leaves[0]; i++) {
        json_t *result = result_of("premaster");
        set_leaves(result, leaves[i]);
        mg_auto(mg_buf_done) mg_buf page = page_of(result, "x");
        assert_page_sound(page.data);
        json_decref(result);
        json_decref(leaves[i]);
    }
    json_t *empty = json_object();
    mg_auto(mg_buf_done) mg_buf page = page_of(empty, "x");
    assert_page_sound(page.data);
    json_decref(empty);
}

static uint32_t random_below(uint32_t *seed, size_t limit)
{
    *seed = *seed * 1664525u + 1013904223u;
    return limit > 0 ? (*seed >> 8) % (uint32_t)limit : 0;
}

/* Walks down at random and puts something else where it stops. */
static void mutate(json_t *value, uint32_t *seed)
{
    json_t *other = NULL;
    switch (random_below(seed, 7)) {
    case 0: other = json_null(); break;
    case 1: other = json_string("'><svg onload=x>"); break;
    case 2: other = json_real(-1e12); break;
    case 3: other = json_real(1e12); break;
    case 4: other = json_array(); break;
    case 5: other = json_object(); break;
    default: other = json_integer(random_below(seed, 100)); break;
    }
    for (;;) {
        if (json_is_object(value) && json_object_size(value) > 0) {
            void *at = json_object_iter(value);
            for (uint32_t n = random_below(seed, json_object_size(value)); n > 0; n--)
                at = json_object_iter_next(value, at);
            json_t *child = json_object_iter_value(at);
            if (json_is_number(child) || json_is_string(child) || random_below(seed, 8) == 0) {
                json_object_iter_set_new(value, at, other);
                return;
            }
            value = child;
        } else if (json_is_array(value) && json_array_size(value) > 0) {
            const size_t at = random_below(seed, json_array_size(value));
            if (!json_is_object(json_array_get(value, at))) {
                json_array_set_new(value, at, other);
                return;
            }
            value = json_array_get(value, at);
        } else {
            json_decref(other);
            return;
        }
    }
}

static void damaged_results_give_sound_pages(void **state)
{
    (void)state;
    uint32_t seed = 20240607u;
    for (unsigned i = 0; i < MUTATIONS; i++) {
        json_t *result = result_of(tracks[i % TRACKS]);
        for (unsigned n = 0; n < 1 + i % 12; n++)
            mutate(result, &seed);
        mg_auto(mg_buf_done) mg_buf page = page_of(result, "x");
        assert_page_sound(page.data);
        json_decref(result);
    }
}

/* The three figures of a finding have the digits that the finest of them needs: a width of nothing
 * beside a target of 0.025 is not "0 beside 0". */
static void figures_keep_their_digits(void **state)
{
    (void)state;
    const struct {
        const char *item, *wanted;
    } cases[] = {
        {"{\"code\":\"stereo.narrow\",\"unit\":\"1\",\"measured\":0.0,\"delta\":-0.025,"
         "\"target\":{\"low\":0.025,\"high\":0.45}}", "<dd>0.000</dd>"},
        {"{\"code\":\"stereo.narrow\",\"unit\":\"1\",\"measured\":0.0,\"delta\":-0.025,"
         "\"target\":{\"low\":0.025,\"high\":0.45}}", "<dd>0.025 to 0.450</dd>"},
        {"{\"code\":\"technical.click\",\"unit\":\"1\",\"measured\":5,\"delta\":5,"
         "\"target\":{\"low\":null,\"high\":0}}", "<dd>at most 0</dd>"},
        {"{\"code\":\"dynamics.over_compressed\",\"unit\":\"LU\",\"measured\":5.35,"
         "\"delta\":-0.65,\"target\":{\"low\":6,\"high\":null}}", "<dd>5.4"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *result = result_of("club");
        json_t *item = json_loads(cases[i].item, 0, NULL);
        json_object_set_new(result, "feedback", json_pack("[o]", item));
        mg_auto(mg_buf_done) mg_buf page = page_of(result, "x");
        if (strstr(mg_buf_text(&page), cases[i].wanted) == NULL)
            fail_msg("no %s for %s", cases[i].wanted, cases[i].item);
        json_decref(result);
    }
}

static void a_full_buffer_is_an_error(void **state)
{
    (void)state;
    json_t *result = result_of("blip");
    mg_auto(mg_buf_done) mg_buf page = MG_BUF_INIT(20000);
    assert_int_equal(mg_report_html(result, "x", &page), MG_E_LIMIT);
    json_decref(result);
}

/* ---- the outline ---- */

static void the_outline_is_what_the_result_holds(void **state)
{
    (void)state;
    json_t *result = result_of("club");
    mg_auto(mg_buf_done) mg_buf text = MG_BUF_INIT(1 << 20);
    assert_int_equal(mg_report_waveform(result, &text), MG_OK);
    json_t *outline = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
    assert_true(json_equal(outline, json_object_get(result, "waveform")));
    json_decref(outline);
    json_object_del(result, "waveform");
    assert_int_equal(mg_report_waveform(result, &text), MG_E_NOT_FOUND);
    mg_auto(mg_buf_done) mg_buf page = page_of(result, "an older result");
    assert_page_sound(page.data);
    assert_null(strstr(page.data, "Waveform"));
    json_decref(result);
}

/* Of speech there is a spectrum, but nothing that it should be. */
static void what_is_not_judged_has_no_target(void **state)
{
    (void)state;
    static const char *const shown[] = {"target of each band", "the band, its power"};
    json_t *result = result_of(tracks[0]);
    json_t *scores = json_object_get(result, "scores");
    mg_auto(mg_buf_done) mg_buf judged = page_of(result, "a");
    json_object_set_new(json_object_get(scores, "tonal_balance"), "value", json_null());
    json_object_set_new(json_object_get(scores, "low_end"), "value", json_null());
    mg_auto(mg_buf_done) mg_buf speech = page_of(result, "a");
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        assert_non_null(strstr(judged.data, shown[i]));
        assert_null(strstr(speech.data, shown[i]));
    }
    assert_page_sound(speech.data);
    json_decref(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_as_before),
        cmocka_unit_test(pages_are_sound_small_and_repeatable),
        cmocka_unit_test(seven_minutes_are_small_and_quick),
        cmocka_unit_test(a_title_changes_nothing_but_the_text),
        cmocka_unit_test(any_leaf_will_do),
        cmocka_unit_test(damaged_results_give_sound_pages),
        cmocka_unit_test(figures_keep_their_digits),
        cmocka_unit_test(a_full_buffer_is_an_error),
        cmocka_unit_test(the_outline_is_what_the_result_holds),
        cmocka_unit_test(what_is_not_judged_has_no_target),
    };
    return cmocka_run_group_tests_name("html", tests, NULL, NULL);
}
