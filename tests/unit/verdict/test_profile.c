#include "tests/unit/test.h"
#include "tests/unit/verdict/fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void every_builtin_parses_and_carries_its_name(void **state)
{
    (void)state;
    char name[65], last[65] = "";
    size_t count = 0;
    for (; mg_profile_name_at(count, name, sizeof name) > 0; count++) {
        const char *json = mg_profile_builtin(name);
        assert_non_null(json);
        mg_profile profile;
        mg_errinfo err = {0};
        assert_int_equal(mg_profile_parse(json, strlen(json), &profile, &err), MG_OK);
        assert_string_equal(profile.name, name);
        assert_true(strcmp(last, name) < 0);
        memcpy(last, name, sizeof last);
    }
    assert_int_equal(count, 12 * 3);
    assert_ptr_equal(mg_profile_builtin("electronic"), mg_profile_builtin("electronic/streaming"));
    assert_null(mg_profile_builtin("electronic/"));
    assert_null(mg_profile_builtin("no_such/club"));
    assert_null(mg_profile_builtin(""));
}

static void premaster_has_no_loudness_target(void **state)
{
    (void)state;
    assert_false(electronic("premaster").has_integrated);
    mg_profile club = electronic("club"), streaming = electronic("streaming");
    assert_true(club.has_integrated);
    assert_true(club.integrated_lufs.low > streaming.integrated_lufs.low);
    assert_true(club.true_peak_minor.high == streaming.true_peak_minor.high + 1.0);
}

static void refuses(const char *json, const char *field)
{
    mg_profile profile = {.name = "untouched"};
    mg_errinfo err = {0};
    assert_int_equal(mg_profile_parse(json, strlen(json), &profile, &err), MG_E_CONFIG);
    assert_non_null(strstr(err.text, field));
    assert_string_equal(profile.name, "untouched");
}

static void names_the_first_wrong_field(void **state)
{
    (void)state;
    refuses("", "JSON");
    refuses("[]", "JSON");
    refuses("{\"name\":\"a\",\"name\":\"b\"}", "JSON");
    refuses("{}", "name");
    refuses("{\"name\":\"x/club\",\"purpose\":\"party\"}", "purpose");
    refuses("{\"name\":\"x/club\",\"purpose\":\"club\",\"integrated_lufs\":{\"low\":-5,\"high\":-9,"
            "\"tolerance\":1,\"evidence\":\"prior\",\"source\":\"s\"}}",
            "low at most high");
}

/* Any damage to a good profile is either harmless or refused; never a crash or a wild target. */
static void damaged_profiles_never_slip_through(void **state)
{
    (void)state;
    const char *good = mg_profile_builtin("electronic/club");
    size_t len = strlen(good);
    char *bent = malloc(len);
    assert_non_null(bent);
    srand(3);
    for (int i = 0; i < 3000; i++) {
        memcpy(bent, good, len);
        for (int k = rand() % 3; k >= 0; k--)
            bent[(size_t)rand() % len] = "\"{}[]:,0-9eNn\\\x80"[rand() % 15];
        mg_profile p;
        if (mg_profile_parse(bent, len, &p, NULL) != MG_OK)
            continue;
        assert_false(p.psr_min_lu.low > p.psr_min_lu.high);
        assert_true(p.true_peak_info.high <= p.true_peak_major.high);
        for (unsigned b = 0; b < MG_BANDS; b++)
            assert_true(p.band_share[b].low <= p.band_share[b].high &&
                        p.band_share[b].tolerance > 0.0);
    }
    free(bent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_builtin_parses_and_carries_its_name),
        cmocka_unit_test(premaster_has_no_loudness_target),
        cmocka_unit_test(names_the_first_wrong_field),
        cmocka_unit_test(damaged_profiles_never_slip_through),
    };
    return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
