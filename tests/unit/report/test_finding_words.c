#include "report/finding_words.h"

#include "tests/unit/test.h"

#include <string.h>

static void assert_words(const char *item, const char *wanted)
{
    char words[64];
    json_t *root = json_loads(item, 0, NULL);
    assert_non_null(root);
    mg_finding_words(root, words, sizeof words);
    assert_string_equal(words, wanted);
    json_decref(root);
}

static void says_it_in_a_few_words(void **state)
{
    (void)state;
    assert_words("{\"code\":\"tonal.high_mid_low\",\"delta\":-2.84,\"unit\":\"dB\"}",
                 "high mids too weak, 2.8 dB");
    assert_words("{\"code\":\"tonal.high_high\",\"delta\":1,\"unit\":\"dB\"}",
                 "highs too strong, 1.0 dB");
    assert_words("{\"code\":\"tonal.low_mid_high\",\"delta\":3.1,\"unit\":\"dB\"}",
                 "low mids too strong, 3.1 dB");
    assert_words("{\"code\":\"tonal.resonance\",\"delta\":null,\"unit\":\"\"}", "resonance");
    assert_words("{\"code\":\"loudness.too_quiet\",\"delta\":-2.5,\"unit\":\"LUFS\"}",
                 "too quiet, 2.5 LU");
    assert_words("{\"code\":\"loudness.true_peak_over\",\"delta\":1.8,\"unit\":\"dBTP\"}",
                 "true peak over, 1.8 dB");
    assert_words("{\"code\":\"stereo.polarity_inverted\",\"delta\":-0.5,\"unit\":\"1\"}",
                 "inverted polarity");
    assert_words("{\"code\":\"technical.clipping\",\"delta\":400,\"unit\":\"1/min\"}", "clipping");
    assert_words("{\"code\":\"dynamics.over_compressed\",\"delta\":-0.04,\"unit\":\"LU\"}",
                 "over-compressed");
}

static void what_it_does_not_know_is_cut_not_lost(void **state)
{
    (void)state;
    char small[8];
    assert_words("{\"code\":\"new.kind_of_fault\"}", "kind of fault");
    assert_words("{\"code\":\"bare\"}", "bare");
    assert_words("{}", "");
    mg_finding_words(NULL, small, sizeof small);
    assert_string_equal(small, "");
    json_t *item = json_pack("{s:s, s:f, s:s}", "code", "tonal.sub_high", "delta", 3.0, "unit",
                             "dB");
    mg_finding_words(item, small, sizeof small);
    assert_string_equal(small, "sub too");
    json_decref(item);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_it_in_a_few_words),
        cmocka_unit_test(what_it_does_not_know_is_cut_not_lost),
    };
    return cmocka_run_group_tests_name("finding_words", tests, NULL, NULL);
}
