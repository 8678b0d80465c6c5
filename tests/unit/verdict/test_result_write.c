#include "tests/unit/test.h"
#include "tests/unit/verdict/fixture.h"

#include <jansson.h>
#include <string.h>

static json_t *result_of(const mg_measures *m)
{
    const char *profile_json = mg_profile_builtin("electronic/club");
    mg_profile profile = electronic("club");
    mg_verdict_options options = {0};
    mg_verdict verdict;
    char hash[17];
    mg_verdict_judge(m, &profile, &options, &verdict);
    mg_params_hash(profile_json, &options, hash);
    mg_buf out = MG_BUF_INIT(2 * 1024 * 1024);
    assert_int_equal(mg_result_write(m, &verdict, &profile, hash, &out), MG_OK);
    json_error_t error;
    json_t *root = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(root);
    mg_buf_done(&out);
    return root;
}

static void every_object_of_the_contract_is_there(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    json_t *root = result_of(&m);
    static const char *const objects[] = {"engine", "audio", "loudness",  "dynamics", "spectrum",
                                          "stereo", "tempo", "key",       "structure", "technical",
                                          "waveform", "scores"};
    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++)
        assert_true(json_is_object(json_object_get(root, objects[i])));
    assert_true(json_is_array(json_object_get(root, "feedback")));
    json_t *key = json_object_get(root, "key");
    assert_string_equal(json_string_value(json_object_get(key, "name")), "A minor");
    assert_string_equal(json_string_value(json_object_get(key, "camelot")), "8A");
    assert_string_equal(json_string_value(json_object_get(key, "open_key")), "1m");
    assert_int_equal(json_array_size(json_object_get(json_object_get(root, "loudness"),
                                                     "platforms")), 7);
    json_decref(root);
}

/* The object alone is what web players read: pairs of least and largest in order. */
static void the_outline_is_in_pairs(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    m.waveform = (mg_waveform_result){.frames_per_pixel = 512, .count = 3,
                                      .low = {-128, -3, 0}, .high = {127, 5, 0}};
    json_t *root = result_of(&m), *waveform = json_object_get(root, "waveform");
    char *text = json_dumps(waveform, JSON_COMPACT);
    assert_string_equal(text, "{\"version\":2,\"channels\":1,\"sample_rate\":44100,"
                              "\"samples_per_pixel\":512,\"bits\":8,\"length\":3,"
                              "\"data\":[-128,127,-3,5,0,0]}");
    free(text);
    json_decref(root);
}

static void a_missing_value_is_null_with_its_reason(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    m.tempo.bpm = mg_none(MG_WHY_NO_BEAT);
    m.key.why = MG_WHY_NO_KEY;
    json_t *root = result_of(&m), *tempo = json_object_get(root, "tempo");
    assert_true(json_is_null(json_object_get(tempo, "bpm")));
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(tempo, "reasons"), "bpm")), "no_beat");
    json_t *key = json_object_get(root, "key");
    assert_true(json_is_null(json_object_get(key, "camelot")));
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(key, "reasons"), "camelot")), "no_key");
    assert_null(json_object_get(json_object_get(root, "dynamics"), "nothing"));
    json_decref(root);
}

static void delta_is_measured_minus_the_nearest_bound(void **state)
{
    (void)state;
    mg_measures m;
    good_mix(&m);
    m.loudness.integrated_lufs = mg_some(-22.004);
    json_t *root = result_of(&m), *item;
    size_t index;
    bool seen = false;
    json_array_foreach(json_object_get(root, "feedback"), index, item) {
        if (strcmp(json_string_value(json_object_get(item, "code")), "loudness.too_quiet") != 0)
            continue;
        seen = true;
        double measured = json_number_value(json_object_get(item, "measured"));
        double low = json_number_value(json_object_get(json_object_get(item, "target"), "low"));
        assert_float_equal(measured, -22.0, 1e-9);
        assert_float_equal(json_number_value(json_object_get(item, "delta")), measured - low, 1e-9);
    }
    assert_true(seen);
    json_decref(root);
}

static void parameters_change_the_hash(void **state)
{
    (void)state;
    char plain[17], excerpt[17], other[17], again[17];
    mg_verdict_options options = {0};
    mg_params_hash(mg_profile_builtin("electronic/club"), &options, plain);
    mg_params_hash(mg_profile_builtin("electronic/club"), &options, again);
    mg_params_hash(mg_profile_builtin("electronic/streaming"), &options, other);
    options.excerpt = true;
    mg_params_hash(mg_profile_builtin("electronic/club"), &options, excerpt);
    assert_string_equal(plain, again);
    assert_string_not_equal(plain, other);
    assert_string_not_equal(plain, excerpt);
    assert_int_equal(strlen(plain), 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_object_of_the_contract_is_there),
        cmocka_unit_test(the_outline_is_in_pairs),
        cmocka_unit_test(a_missing_value_is_null_with_its_reason),
        cmocka_unit_test(delta_is_measured_minus_the_nearest_bound),
        cmocka_unit_test(parameters_change_the_hash),
    };
    return cmocka_run_group_tests_name("result_write", tests, NULL, NULL);
}
