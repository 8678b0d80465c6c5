/* States, priorities and retry classes. */
#include "queue/job.h"
#include "queue/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void states_have_names_and_ends(void **state)
{
    (void)state;
    static const char *const names[] = {"queued", "running",   "retry_wait", "succeeded",
                                        "dead",   "cancelled", "expired"};
    assert_int_equal(MG_JOB_STATES, 7);
    for (int i = 0; i < MG_JOB_STATES; i++) {
        mg_job_state back;
        assert_string_equal(mg_job_state_name((mg_job_state)i), names[i]);
        assert_true(mg_job_state_from_name(names[i], &back));
        assert_int_equal(back, i);
        assert_int_equal(mg_job_state_is_terminal((mg_job_state)i), i >= MG_JOB_SUCCEEDED);
    }
    mg_job_state untouched = MG_JOB_DEAD;
    assert_false(mg_job_state_from_name("erased", &untouched));
    assert_int_equal(untouched, MG_JOB_DEAD);
    assert_string_equal(mg_job_state_name((mg_job_state)99), "unknown");
}

/* Over all of the 32-bit range in even steps the shares must be 8:3:1. */
static void priorities_are_drawn_by_weight(void **state)
{
    (void)state;
    enum { DRAWS = 120000 };
    int first[MG_PRIORITIES] = {0};
    for (uint32_t i = 0; i < DRAWS; i++) {
        mg_priority order[MG_PRIORITIES];
        mg_priority_order((uint32_t)((uint64_t)i * UINT32_MAX / (DRAWS - 1)), order);
        first[order[0]]++;
        assert_true(order[1] < order[2]); /* the rest from high to low */
        assert_int_equal((1 << order[0]) | (1 << order[1]) | (1 << order[2]), 7);
    }
    assert_in_range(first[MG_PRIORITY_HIGH], DRAWS / 12 * 8 - 2, DRAWS / 12 * 8 + 2);
    assert_in_range(first[MG_PRIORITY_NORMAL], DRAWS / 12 * 3 - 2, DRAWS / 12 * 3 + 2);
    assert_in_range(first[MG_PRIORITY_LOW], DRAWS / 12 - 2, DRAWS / 12 + 2);
}

static void every_reason_has_its_class(void **state)
{
    (void)state;
    static const struct {
        const char *reason, *retry_class;
        unsigned attempts;
    } rows[] = {
        {"unsupported_format", "input", 1},
        {"corrupt_audio", "input", 1},
        {"empty_audio", "input", 1},
        {"too_long", "input", 1},
        {"too_large", "input", 1},
        {"limits_exceeded", "input", 1},
        {"checksum_mismatch", "input", 1},
        {"unsupported_version", "input", 1},
        {"bad_message", "input", 1},
        {"user_erased", "input", 1},
        {"timeout", "crash", 2},
        {"memory_limit", "crash", 2},
        {"decoder_crash", "crash", 2},
        {"sandbox_violation", "crash", 2},
        {"internal", "crash", 2},
        {"worker_lost", "worker_lost", 3},
        {"audio_missing", "audio_missing", 4},
        {"storage", "storage", 8},
    };
    int reasons = 0;
    for (int err = 1; err < MG_ERR_COUNT; err++)
        reasons += mg_err_is_reason((mg_err)err);
    assert_int_equal(reasons, sizeof rows / sizeof rows[0]); /* a new reason needs a row here */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mg_err err;
        assert_true(mg_err_from_id(rows[i].reason, &err));
        const mg_retry_rule *rule = mg_retry_rule_for(err);
        assert_string_equal(rule->retry_class, rows[i].retry_class);
        assert_int_equal(rule->max_attempts, rows[i].attempts);
    }
    assert_ptr_equal(mg_retry_rule_for(MG_E_NOMEM), mg_retry_rule_for(MG_E_INTERNAL));
}

static void delays_follow_the_class(void **state)
{
    (void)state;
    for (uint32_t random = 0; random < 3; random++) {
        assert_int_equal(mg_retry_delay_ms(mg_retry_rule_for(MG_E_TIMEOUT), 1, random), 30000);
        assert_int_equal(mg_retry_delay_ms(mg_retry_rule_for(MG_E_WORKER_LOST), 2, random), 60000);
    }
    const mg_retry_rule *missing = mg_retry_rule_for(MG_E_AUDIO_MISSING);
    int64_t total = 0;
    for (unsigned failed = 1; failed < missing->max_attempts; failed++)
        total += mg_retry_delay_ms(missing, failed, UINT32_MAX);
    assert_in_range(total, 30000, 60000);
}

static void storage_backs_off_with_full_jitter(void **state)
{
    (void)state;
    const mg_retry_rule *rule = mg_retry_rule_for(MG_E_STORAGE);
    int64_t ceiling = 10000;
    for (unsigned failed = 1; failed <= 40; failed++) {
        assert_int_equal(mg_retry_delay_ms(rule, failed, 0), 0);
        assert_int_equal(mg_retry_delay_ms(rule, failed, UINT32_MAX), ceiling);
        int64_t half = mg_retry_delay_ms(rule, failed, UINT32_MAX / 2);
        assert_in_range(half, ceiling / 2 - 1, ceiling / 2 + 1);
        ceiling = ceiling * 2 > 1800000 ? 1800000 : ceiling * 2;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_have_names_and_ends),
        cmocka_unit_test(priorities_are_drawn_by_weight),
        cmocka_unit_test(every_reason_has_its_class),
        cmocka_unit_test(delays_follow_the_class),
        cmocka_unit_test(storage_backs_off_with_full_jitter),
    };
    return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
