/* Intake, and looking at what was taken in. */
#include "support.h"

#include <stdio.h>
#include <string.h>

static void intake_keeps_every_field(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    mg_job_spec spec = make_spec(1, "ann");
    spec.priority = MG_PRIORITY_LOW;
    spec.run_at_ms = 1800000000123;
    spec.expires_at_ms = 1900000000456;
    spec.time_ms = 1700000000789;
    strcpy(spec.reference_key, "ann/reference.wav");
    strcpy(spec.filename, "Träck '1'; DROP TABLE jobs; -- \"$1\" \\ %s \xf0\x9f\x8e\xb5.wav");
    strcpy(spec.profile, "house/club");
    strcpy(spec.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    strcpy(spec.traceparent, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    accept_spec(store, &spec);
    mg_job_row job = get_job(store, spec.job_id);
    assert_memory_equal(&job.spec, &spec, sizeof spec);
    assert_int_equal(job.state, MG_JOB_QUEUED);
    assert_int_equal(job.attempts, 0);
    assert_int_equal(job.fence, 0);
    assert_true(job.created_at_ms > 1700000000000);
    assert_int_equal(job.started_at_ms + job.ended_at_ms + job.lease_until_ms, 0);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM audio_objects"), 2);
    assert_invariants(store);
}

static void intake_takes_the_longest_key(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    mg_job_spec spec = make_spec(1, "ann");
    memset(spec.user_id, 'u', MG_USER_ID_MAX);
    memset(spec.audio_key, 'k', MG_AUDIO_KEY_MAX - 2);
    memcpy(spec.audio_key + MG_AUDIO_KEY_MAX - 2, "\xc3\xa9", 3);
    memset(spec.filename, 'f', MG_FILENAME_MAX);
    accept_spec(store, &spec);
    mg_job_row job = get_job(store, spec.job_id);
    assert_string_equal(job.spec.audio_key, spec.audio_key);
    assert_string_equal(job.spec.user_id, spec.user_id);
    assert_string_equal(job.spec.filename, spec.filename);
    mg_claim claim = claim_job(store);
    finish_job(store, &claim, "{}");
    bool known = false;
    assert_store(mg_store_audio_known(store, spec.audio_key, &known, err));
    assert_true(known);
    assert_invariants(store);
}

static void intake_tells_repeats_from_conflicts(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    mg_job_spec first = make_spec(1, "ann"), user = make_spec(1, "bob"), key = make_spec(1, "ann");
    strcpy(key.audio_key, "ann/other.wav");
    accept_spec(store, &first);
    mg_claim claim = claim_job(store);
    mg_intake_item items[] = {
        {.spec = &first, .stream = "s", .entry_id = "1-0"},
        {.spec = &user, .stream = "s", .entry_id = "2-0", .raw = "a=b"},
        {.spec = &key, .stream = "s", .entry_id = "3-0"},
    };
    for (int round = 0; round < 2; round++) {
        assert_store(mg_store_intake(store, items, 3, err));
        assert_int_equal(items[0].outcome, MG_INTAKE_REPEAT);
        assert_int_equal(items[0].state, MG_JOB_RUNNING);
        assert_int_equal(items[1].outcome, MG_INTAKE_CONFLICT);
        assert_int_equal(items[2].outcome, MG_INTAKE_CONFLICT);
    }
    assert_int_equal(sql_int(store, "SELECT count(*) FROM dead_entries "
                                    "WHERE reason = 'bad_message'"),
                     2);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM audio_objects"), 1);
    mg_job_row job = get_job(store, first.job_id);
    assert_string_equal(job.spec.user_id, "ann");
    assert_string_equal(job.spec.audio_key, first.audio_key);
    finish_job(store, &claim, "{}");
    assert_store(mg_store_intake(store, items, 1, err));
    assert_int_equal(items[0].state, MG_JOB_SUCCEEDED);
}

static void intake_meets_one_job_twice_in_a_batch(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    mg_job_spec a = make_spec(2, "ann"), b = make_spec(1, "ann"), c = make_spec(2, "bob");
    mg_intake_item items[] = {{.spec = &a}, {.spec = &b}, {.spec = &a}, {.spec = &c}};
    assert_store(mg_store_intake(store, items, 4, err));
    assert_int_equal(items[0].outcome, MG_INTAKE_NEW);
    assert_int_equal(items[1].outcome, MG_INTAKE_NEW);
    assert_int_equal(items[2].outcome, MG_INTAKE_REPEAT);
    assert_int_equal(items[3].outcome, MG_INTAKE_CONFLICT);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM jobs"), 2);
    assert_store(mg_store_intake(store, items, 0, err));
}

static void intake_records_malformed_entries(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    static char raw[20001];
    memset(raw, 'x', 20000);
    memcpy(raw, "\xff\x01'\"", 4);
    mg_job_spec good = make_spec(1, "ann");
    mg_intake_item items[] = {
        {.stream = "mixgauge:jobs:low",
         .entry_id = "5-1",
         .raw = raw,
         .reason = MG_E_BAD_MESSAGE,
         .detail = "job_id: \xff\n"},
        {.spec = &good},
        {.stream = "mixgauge:jobs:low", .entry_id = "5-2", .reason = MG_E_UNSUPPORTED_VERSION},
    };
    assert_store(mg_store_intake(store, items, 3, err));
    assert_store(mg_store_intake(store, items, 3, err)); /* read once more: recorded once */
    assert_int_equal(items[1].outcome, MG_INTAKE_REPEAT);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM dead_entries"), 2);
    assert_int_equal(sql_int(store, "SELECT length(raw) FROM dead_entries "
                                    "WHERE reason = 'bad_message'"),
                     8192);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM dead_entries WHERE entry_id = '5-2' "
                                    "AND reason = 'unsupported_version' AND raw IS NULL"),
                     1);
    mg_queue_counts counts;
    assert_store(mg_store_counts(store, &counts, err));
    assert_int_equal(counts.dead_entries, 2);
}

static mg_err hmac_body(mg_store *store, void *context, mg_errinfo *err)
{
    return mg_user_hmac(store, "ann", context, err);
}

static void intake_refuses_erased_users(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char hmac[65];
    assert_store(mg_store_tx(store, MG_TX_READ, true, hmac_body, hmac, err));
    run_sql(store, "INSERT INTO erased_users (hmac, at) VALUES ('%s', 1)", hmac);
    mg_job_spec ann = make_spec(1, "ann"), bob = make_spec(2, "bob");
    mg_intake_item items[] = {{.spec = &ann}, {.spec = &bob}};
    assert_store(mg_store_intake(store, items, 2, err));
    assert_int_equal(items[0].outcome, MG_INTAKE_ERASED);
    assert_int_equal(items[1].outcome, MG_INTAKE_NEW);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM jobs"), 1);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM dead_entries "
                                    "WHERE reason = 'user_erased'"),
                     1);
}

static void intake_is_all_or_nothing(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    mg_job_spec good = make_spec(1, "ann"), bad = make_spec(2, "ann");
    bad.priority = (mg_priority)7; /* a CHECK refuses it */
    mg_intake_item items[] = {{.spec = &good}, {.spec = &bad}};
    mg_errinfo info = {0};
    assert_int_not_equal(mg_store_intake(store, items, 2, &info), MG_OK);
    assert_int_not_equal(info.text[0], 0);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM jobs"), 0);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM audio_objects"), 0);
    strcpy(bad.job_id, "not a uuid");
    assert_int_equal(mg_store_intake(store, items, 2, NULL), MG_E_BAD_MESSAGE);
    accept_spec(store, &good); /* the connection is still good */
}

static const struct CMUnitTest accepts[] = {
    FIXTURE_TEST(intake_keeps_every_field),
    FIXTURE_TEST(intake_takes_the_longest_key),
    FIXTURE_TEST(intake_tells_repeats_from_conflicts),
    FIXTURE_TEST(intake_meets_one_job_twice_in_a_batch),
    FIXTURE_TEST(intake_records_malformed_entries),
    FIXTURE_TEST(intake_refuses_erased_users),
    FIXTURE_TEST(intake_is_all_or_nothing),
};
TEST_LIST(accept_tests, accepts);

/* ---- looking ----------------------------------------------------------------------------- */

static void unknown_jobs_are_not_found(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    const char *ids[] = {"01900000-0000-7000-8000-ffffffffffff", "x' OR '1'='1", ""};
    for (int i = 0; i < 3; i++) {
        mg_job_row job;
        mg_job_position position;
        mg_buf out = MG_BUF_INIT(10);
        assert_int_equal(mg_store_get_job(store, ids[i], &job, NULL), MG_E_NOT_FOUND);
        assert_int_equal(mg_store_get_result(store, ids[i], &out, NULL), MG_E_NOT_FOUND);
        assert_int_equal(mg_store_position(store, ids[i], &position, NULL), MG_E_NOT_FOUND);
        assert_int_equal(mg_store_requeue(store, ids[i], NULL), MG_E_NOT_FOUND);
        assert_int_equal(mg_store_cancel(store, ids[i], NULL, NULL), MG_E_NOT_FOUND);
    }
}

static void lists_filter_and_limit(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    for (unsigned i = 0; i < 10; i++) {
        accept_job(store, i, i % 2 ? "ann" : "bob", id);
        run_sql(store, "UPDATE jobs SET created_at = %u WHERE job_id = '%s'", 1000 + i, id);
    }
    claim_job(store);
    mg_job_row *jobs = NULL;
    size_t count = 0;
    assert_store(mg_store_list_jobs(store, NULL, NULL, 100, &jobs, &count, err));
    assert_int_equal(count, 10);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(jobs[i].created_at_ms, 1009 - (int)i);
    free(jobs);
    assert_store(mg_store_list_jobs(store, "ann", NULL, 3, &jobs, &count, err));
    assert_int_equal(count, 3);
    assert_string_equal(jobs[0].spec.user_id, "ann");
    assert_int_equal(jobs[2].created_at_ms, 1005);
    free(jobs);
    mg_job_state running = MG_JOB_RUNNING;
    assert_store(mg_store_list_jobs(store, NULL, &running, 100, &jobs, &count, err));
    assert_int_equal(count, 1);
    free(jobs);
    assert_store(mg_store_list_jobs(store, "' OR ''='", NULL, 100, &jobs, &count, err));
    assert_int_equal(count, 0);
    free(jobs);
}

static void attempts_tell_what_happened(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    accept_job(store, 1, "ann", id);
    mg_failure failure = make_failure(MG_E_DECODER_CRASH, 2);
    mg_claim claim = claim_job(store);
    assert_store(mg_store_fail(store, id, claim.fence, &failure, NULL, err));
    claim = claim_job(store);
    finish_job(store, &claim, "{}");
    mg_attempt_row *attempts = NULL;
    size_t count = 0;
    assert_store(mg_store_attempts(store, id, &attempts, &count, err));
    assert_int_equal(count, 2);
    assert_string_equal(attempts[0].outcome, "failed");
    assert_string_equal(attempts[0].reason, "decoder_crash");
    assert_string_equal(attempts[0].detail, "as the test says");
    assert_string_equal(attempts[1].outcome, "succeeded");
    assert_string_equal(attempts[1].worker, "test-worker");
    assert_int_equal(attempts[1].attempt, 2);
    assert_true(attempts[1].ended_at_ms >= attempts[1].started_at_ms);
    free(attempts);
}

static void counts_and_positions(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[5][MG_UUID_SIZE];
    int64_t due, waiting, running;
    for (unsigned i = 0; i < 5; i++) {
        accept_job(store, i, "ann", id[i]);
        run_sql(store, "UPDATE jobs SET run_at = run_at - %u WHERE job_id = '%s'", 50000 - i * 100,
                id[i]);
    }
    run_sql(store, "UPDATE jobs SET run_at = run_at + 3600000 WHERE job_id = '%s'", id[4]);
    claim_job(store);
    mg_job_position position;
    assert_store(mg_store_position(store, id[3], &position, err));
    assert_int_equal(position.ahead, 2);
    assert_int_equal(position.user_running, 1);
    assert_store(mg_store_pending(store, &due, &waiting, &running, err));
    assert_int_equal(due, 3);
    assert_int_equal(waiting, 1);
    assert_int_equal(running, 1);
    mg_queue_counts counts;
    assert_store(mg_store_counts(store, &counts, err));
    assert_int_equal(counts.by_state[MG_JOB_QUEUED], 4);
    assert_int_equal(counts.by_state[MG_JOB_RUNNING], 1);
    assert_int_equal(counts.due, 3);
    assert_in_range(counts.oldest_due_age_ms, 49000, 80000);
    assert_int_equal(counts.audio_present, 5);
    assert_int_equal(counts.audio_overdue, 0);
}

/* What a frontend reads: the rows of the user it has set, and nothing without one. */
static void views_show_one_user(void **state)
{
    if (!on_postgres())
        return; /* SQLite has no other reader than the program itself */
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    for (unsigned i = 0; i < 4; i++)
        accept_job(store, i, i % 2 ? "ann" : "bob", id);
    mg_claim claim = claim_job(store);
    finish_job(store, &claim, "{\"a\":1}");
    assert_store(mg_store_requeue(store, claim.spec.job_id, err));
    run_sql(store, "UPDATE jobs SET run_at = run_at - 1000 WHERE job_id = '%s'", claim.spec.job_id);
    claim = claim_job(store);
    mg_result_columns columns = make_columns();
    strcpy(columns.engine_version, "0.9.9"); /* newer by time, not by name */
    assert_store(
        mg_store_finish(store, claim.spec.job_id, claim.fence, "{\"a\":2}", 7, &columns, err));
    assert_int_equal(sql_int(store, "SELECT count(*) FROM mixgauge_api.job"), 0);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM mixgauge_api.job, "
                                    "set_config('app.user_id', 'x', true)"),
                     0);
    const char *as_bob = "WITH u AS MATERIALIZED (SELECT set_config('app.user_id', 'bob', true)) ";
    assert_int_equal(sql_int(store,
                             "%s SELECT count(*) FROM u, LATERAL (SELECT * FROM "
                             "mixgauge_api.job WHERE u.set_config = 'bob') j",
                             as_bob),
                     2);
    assert_int_equal(sql_int(store,
                             "%s SELECT count(*) FROM u, LATERAL (SELECT * FROM "
                             "mixgauge_api.analysis WHERE u.set_config = 'bob' AND "
                             "result = '{\"a\":2}') j",
                             as_bob),
                     1);
    assert_int_equal(sql_int(store,
                             "%s SELECT max(position) FROM u, LATERAL (SELECT * FROM "
                             "mixgauge_api.job WHERE u.set_config = 'bob') j",
                             as_bob),
                     2);
}

static const struct CMUnitTest looks[] = {
    FIXTURE_TEST(unknown_jobs_are_not_found),  FIXTURE_TEST(lists_filter_and_limit),
    FIXTURE_TEST(attempts_tell_what_happened), FIXTURE_TEST(counts_and_positions),
    FIXTURE_TEST(views_show_one_user),
};
TEST_LIST(look_tests, looks);
