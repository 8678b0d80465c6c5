/* Claim, heartbeat, and the ways out of `running`. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- claim ------------------------------------------------------------------------------- */

static void claims_the_oldest_due(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    int64_t now;
    assert_store(mg_store_now(store, &now, err));
    mg_job_spec late = make_spec(1, "ann"), early = make_spec(2, "ann"),
                future = make_spec(3, "ann");
    late.run_at_ms = now - 1000;
    early.run_at_ms = now - 2000;
    future.run_at_ms = now + 3600000;
    accept_spec(store, &late);
    accept_spec(store, &early);
    accept_spec(store, &future);

    mg_claim claim = claim_job(store);
    assert_string_equal(claim.spec.job_id, early.job_id);
    assert_string_equal(claim.spec.audio_key, early.audio_key);
    assert_int_equal(claim.spec.size, early.size);
    assert_int_equal(claim.fence, 1);
    assert_int_equal(claim.attempt, 1);
    assert_string_equal(claim_job(store).spec.job_id, late.job_id);
    assert_false(claim_any(store, &claim));
    mg_job_row job = get_job(store, early.job_id);
    assert_int_equal(job.state, MG_JOB_RUNNING);
    assert_string_equal(job.worker, "test-worker");
    assert_true(job.lease_until_ms >= now + 60000);
    assert_true(job.started_at_ms >= now);
    assert_invariants(store);
}

static void claims_by_the_order_of_priorities(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    for (unsigned i = 0; i < MG_PRIORITIES; i++) {
        mg_job_spec spec = make_spec(i, "ann");
        spec.priority = (mg_priority)i;
        accept_spec(store, &spec);
    }
    mg_claim_options options = claim_options(0);
    const mg_priority order[] = {MG_PRIORITY_LOW, MG_PRIORITY_HIGH, MG_PRIORITY_NORMAL};
    memcpy(options.order, order, sizeof order);
    for (unsigned i = 0; i < MG_PRIORITIES; i++) {
        mg_claim claim;
        bool found = false;
        assert_store(mg_store_claim(store, &options, &claim, &found, err));
        assert_true(found);
        assert_int_equal(claim.spec.priority, order[i]);
    }
}

static void claims_spare_users_at_their_cap(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    for (unsigned i = 0; i < 3; i++)
        accept_job(store, i, "ann", id);
    run_sql(store, "UPDATE jobs SET run_at = run_at - 1000");
    accept_job(store, 9, "bob", id);
    mg_claim_options options = claim_options(2);
    mg_claim claims[3], none;
    bool found = false;
    for (int i = 0; i < 3; i++) {
        assert_store(mg_store_claim(store, &options, &claims[i], &found, err));
        assert_true(found);
    }
    assert_string_equal(claims[0].spec.user_id, "ann");
    assert_string_equal(claims[1].spec.user_id, "ann");
    assert_string_equal(claims[2].spec.user_id, "bob");
    assert_store(mg_store_claim(store, &options, &none, &found, err));
    assert_false(found);
    finish_job(store, &claims[0], "{}");
    assert_store(mg_store_claim(store, &options, &none, &found, err));
    assert_true(found);
}

static void claims_nothing_while_paused(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    mg_claim claim;
    bool paused = false;
    accept_job(store, 1, "ann", id);
    assert_store(mg_store_set_paused(store, true, err));
    assert_store(mg_store_get_paused(store, &paused, err));
    assert_true(paused);
    assert_false(claim_any(store, &claim));
    assert_store(mg_store_set_paused(store, false, err));
    assert_true(claim_any(store, &claim));
}

static void claim_never_takes_a_running_job(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    mg_claim claim;
    accept_job(store, 1, "ann", id);
    claim_job(store);
    run_sql(store, "UPDATE jobs SET lease_until = lease_until - 3600000");
    assert_false(claim_any(store, &claim));
}

static void claim_leaves_what_has_expired(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    mg_claim claim;
    mg_job_spec spec = make_spec(1, "ann");
    spec.expires_at_ms = 1000;
    accept_spec(store, &spec);
    assert_false(claim_any(store, &claim));
}

/* ---- heartbeat --------------------------------------------------------------------------- */

static void heartbeat_renews_many_at_once(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    enum { N = 260 }; /* more than fit into one statement */
    static mg_claim claims[N];
    static mg_heartbeat beats[N + 1];
    for (unsigned i = 0; i < N; i++) {
        char id[MG_UUID_SIZE];
        accept_job(store, i, "ann", id);
        claims[i] = claim_job(store);
        beats[i] = (mg_heartbeat){claims[i].spec.job_id, claims[i].fence, (int)i, false, false};
    }
    beats[7].fence--; /* not ours any more */
    beats[N] = (mg_heartbeat){"01900000-0000-7000-8000-ffffffffffff", 1, 0, false, false};
    assert_store(mg_store_cancel(store, claims[9].spec.job_id, NULL, err));
    run_sql(store, "UPDATE jobs SET lease_until = 5");
    assert_store(mg_store_heartbeat(store, beats, N + 1, 60000, err));
    for (unsigned i = 0; i < N; i++) {
        assert_int_equal(beats[i].lost, i == 7);
        assert_int_equal(beats[i].cancel_requested, i == 9);
    }
    assert_true(beats[N].lost);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM jobs WHERE lease_until = 5"), 1);
    assert_int_equal(get_job(store, claims[42].spec.job_id).progress, 42);
    assert_int_equal(get_job(store, claims[N - 1].spec.job_id).progress, 100);
    assert_store(mg_store_heartbeat(store, NULL, 0, 60000, err));
}

static const struct CMUnitTest runs[] = {
    FIXTURE_TEST(claims_the_oldest_due),           FIXTURE_TEST(claims_by_the_order_of_priorities),
    FIXTURE_TEST(claims_spare_users_at_their_cap), FIXTURE_TEST(claims_nothing_while_paused),
    FIXTURE_TEST(claim_never_takes_a_running_job), FIXTURE_TEST(claim_leaves_what_has_expired),
    FIXTURE_TEST(heartbeat_renews_many_at_once),
};
TEST_LIST(run_tests, runs);

/* ---- ends -------------------------------------------------------------------------------- */

static void finish_keeps_the_result_byte_for_byte(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    accept_job(store, 1, "ann", id);
    mg_claim claim = claim_job(store);
    size_t len = MG_RESULT_MAX_BYTES;
    char *text = malloc(len + 1);
    static const char piece[] =
        "{\"a\": 1.50,\n\t\"b\\u0000\":\"\xc3\xa9\xf0\x9f\x8e\xb5' $1 \\\\\"}";
    memset(text, ' ', len);
    for (size_t at = 0; at + sizeof piece < len; at += sizeof piece - 1)
        memcpy(text + at, piece, sizeof piece - 1);
    text[len] = '\0';
    mg_result_columns columns = make_columns();
    assert_store(mg_store_finish(store, id, claim.fence, text, len, &columns, err));
    mg_buf out = MG_BUF_INIT(MG_RESULT_MAX_BYTES);
    assert_store(mg_store_get_result(store, id, &out, err));
    assert_int_equal(out.len, len);
    assert_memory_equal(out.data, text, len);
    mg_buf_done(&out);
    free(text);
    assert_invariants(store);
    assert_int_equal(get_job(store, id).progress, 100);
    assert_int_equal(sql_int(store, "SELECT overall_score FROM analyses"), 77);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM analyses WHERE bpm > 128.009 AND "
                                    "bpm < 128.011 AND camelot = '8A'"),
                     1);
}

static void finish_refuses_what_is_not_a_text(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    accept_job(store, 1, "ann", id);
    mg_claim claim = claim_job(store);
    mg_result_columns columns = make_columns();
    assert_int_equal(mg_store_finish(store, id, claim.fence, "{\0}", 3, &columns, NULL),
                     MG_E_INTERNAL);
    assert_int_equal(mg_store_finish(store, id, claim.fence, "\xff{}", 3, &columns, NULL),
                     MG_E_INTERNAL);
    char *big = calloc(1, MG_RESULT_MAX_BYTES + 1);
    assert_int_equal(
        mg_store_finish(store, id, claim.fence, big, MG_RESULT_MAX_BYTES + 1, &columns, NULL),
        MG_E_LIMIT);
    free(big);
    assert_state(store, id, MG_JOB_RUNNING);
    columns.bpm = columns.duration_s = columns.integrated_lufs = columns.true_peak_dbtp = NAN;
    columns.overall_score = -1;
    columns.key[0] = columns.camelot[0] = '\0';
    assert_store(mg_store_finish(store, id, claim.fence, "{}", 2, &columns, err));
    assert_int_equal(sql_int(store, "SELECT count(*) FROM analyses WHERE bpm IS NULL AND key IS "
                                    "NULL AND overall_score IS NULL AND duration_s IS NULL"),
                     1);
}

static void finish_may_be_repeated(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    accept_job(store, 1, "ann", id);
    mg_claim claim = claim_job(store);
    finish_job(store, &claim, "{\"n\":1}");
    int64_t ended = get_job(store, id).ended_at_ms;
    finish_job(store, &claim, "{\"n\":2}");
    mg_buf out = MG_BUF_INIT(100);
    assert_store(mg_store_get_result(store, id, &out, err));
    assert_string_equal(mg_buf_text(&out), "{\"n\":1}");
    mg_buf_done(&out);
    assert_int_equal(get_job(store, id).ended_at_ms, ended);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM analyses"), 1);
}

/* Whatever a worker writes that lost its lease changes nothing at all. */
static void stale_fences_change_nothing(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    accept_job(store, 1, "ann", id);
    mg_claim old = claim_job(store);
    mg_failure failure = make_failure(MG_E_WORKER_LOST, 3);
    mg_job_event event;
    size_t count;
    run_sql(store, "UPDATE jobs SET lease_until = 5");
    assert_store(mg_store_reap(store, &failure, &event, 1, &count, err));
    assert_int_equal(count, 1);
    mg_claim new = claim_job(store);
    assert_int_equal(new.fence, old.fence + 1);
    int64_t before = sql_int(store, "SELECT run_at + lease_until + fence + attempts FROM jobs");

    mg_result_columns columns = make_columns();
    mg_heartbeat beat = {id, old.fence, 50, false, false};
    assert_int_equal(mg_store_finish(store, id, old.fence, "{}", 2, &columns, NULL),
                     MG_E_LEASE_LOST);
    assert_int_equal(mg_store_fail(store, id, old.fence, &failure, NULL, NULL), MG_E_LEASE_LOST);
    assert_int_equal(mg_store_release(store, id, old.fence, NULL), MG_E_LEASE_LOST);
    assert_int_equal(mg_store_cancelled(store, id, old.fence, NULL), MG_E_LEASE_LOST);
    assert_int_equal(mg_store_finish(store, id, new.fence + 1, "{}", 2, &columns, NULL),
                     MG_E_LEASE_LOST);
    assert_int_equal(
        mg_store_finish(store, "01900000-0000-7000-8000-ffffffffffff", 1, "{}", 2, &columns, NULL),
        MG_E_LEASE_LOST);
    assert_store(mg_store_heartbeat(store, &beat, 1, 60000, err));
    assert_true(beat.lost);

    assert_int_equal(sql_int(store, "SELECT run_at + lease_until + fence + attempts FROM jobs"),
                     before);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM analyses"), 0);
    assert_state(store, id, MG_JOB_RUNNING);
    finish_job(store, &new, "{}");
    /* The old one is still told that it lost, the new one that it was done. */
    assert_int_equal(mg_store_finish(store, id, old.fence, "{}", 2, &columns, NULL),
                     MG_E_LEASE_LOST);
    finish_job(store, &new, "{}");
    assert_invariants(store);
}

static void fail_counts_by_class(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    accept_job(store, 1, "ann", id);
    mg_failure crash = make_failure(MG_E_DECODER_CRASH, 2);
    mg_failure storage = make_failure(MG_E_STORAGE, 8);
    mg_job_state after;
    for (int i = 0; i < 3; i++) { /* failures of another class do not count */
        mg_claim claim = claim_job(store);
        assert_store(mg_store_fail(store, id, claim.fence, &storage, &after, err));
        assert_int_equal(after, MG_JOB_RETRY_WAIT);
    }
    mg_claim claim = claim_job(store);
    assert_store(mg_store_fail(store, id, claim.fence, &crash, &after, err));
    assert_int_equal(after, MG_JOB_RETRY_WAIT);
    unsigned failed = 99;
    assert_store(mg_store_failed_attempts(store, id, crash.retry_class, &failed, err));
    assert_int_equal(failed, 1);
    assert_store(mg_store_failed_attempts(store, id, storage.retry_class, &failed, err));
    assert_int_equal(failed, 3);
    mg_job_row job = get_job(store, id);
    assert_string_equal(job.reason, "decoder_crash");
    assert_string_equal(job.detail, "as the test says");

    claim = claim_job(store);
    assert_int_equal(claim.attempt, 5);
    assert_store(mg_store_fail(store, id, claim.fence, &crash, &after, err));
    assert_int_equal(after, MG_JOB_DEAD);
    assert_store(mg_store_fail(store, id, claim.fence, &crash, &after, err)); /* repeated */
    assert_int_equal(after, MG_JOB_DEAD);
    assert_state(store, id, MG_JOB_DEAD);
    assert_invariants(store);

    /* A requeue starts the counts afresh. */
    assert_store(mg_store_requeue(store, id, err));
    assert_store(mg_store_failed_attempts(store, id, crash.retry_class, &failed, err));
    assert_int_equal(failed, 0);
    claim = claim_job(store);
    assert_int_equal(claim.attempt, 1);
    assert_int_equal(claim.fence, 6);
    assert_store(mg_store_fail(store, id, claim.fence, &crash, &after, err));
    assert_int_equal(after, MG_JOB_RETRY_WAIT);
    assert_invariants(store);
}

static void fail_waits_for_its_delay(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    int64_t now;
    mg_claim claim, none;
    accept_job(store, 1, "ann", id);
    mg_failure failure = make_failure(MG_E_TIMEOUT, 2);
    failure.delay_ms = 30000;
    claim = claim_job(store);
    assert_store(mg_store_now(store, &now, err));
    assert_store(mg_store_fail(store, id, claim.fence, &failure, NULL, err));
    int64_t run_at = get_job(store, id).spec.run_at_ms;
    assert_in_range(run_at, now + 30000, now + 35000);
    assert_false(claim_any(store, &none));
    run_sql(store, "UPDATE jobs SET run_at = run_at - 30000");
    assert_true(claim_any(store, &none));
}

static void permanent_failure_is_dead_at_once(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    mg_job_state after;
    accept_job(store, 1, "ann", id);
    mg_claim claim = claim_job(store);
    mg_failure failure = make_failure(MG_E_CORRUPT_AUDIO, 1);
    failure.detail = "line 1\nline 2 \xff\x1b[31m";
    assert_store(mg_store_fail(store, id, claim.fence, &failure, &after, err));
    assert_int_equal(after, MG_JOB_DEAD);
    assert_string_equal(get_job(store, id).detail, "line 1?line 2 ??[31m");
}

static void release_uses_up_nothing(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    accept_job(store, 1, "ann", id);
    int64_t run_at = get_job(store, id).spec.run_at_ms;
    for (int i = 1; i <= 12; i++) {
        mg_claim claim = claim_job(store);
        assert_int_equal(claim.attempt, 1);
        assert_int_equal(claim.fence, i);
        assert_store(mg_store_release(store, id, claim.fence, err));
        assert_store(mg_store_release(store, id, claim.fence, err)); /* repeated */
    }
    mg_job_row job = get_job(store, id);
    assert_int_equal(job.state, MG_JOB_QUEUED);
    assert_int_equal(job.attempts, 0);
    assert_int_equal(job.spec.run_at_ms, run_at);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM attempts WHERE outcome = 'released'"),
                     12);
    assert_invariants(store);
}

static void a_cancel_request_wins(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[4][MG_UUID_SIZE];
    mg_claim claim[4];
    mg_failure failure = make_failure(MG_E_TIMEOUT, 2);
    mg_job_state after;
    for (unsigned i = 0; i < 4; i++) {
        accept_job(store, i, "ann", id[i]);
        claim[i] = claim_job(store);
        assert_store(mg_store_cancel(store, id[i], &after, err));
        assert_int_equal(after, MG_JOB_RUNNING);
    }
    assert_store(mg_store_fail(store, claim[0].spec.job_id, claim[0].fence, &failure, &after, err));
    assert_int_equal(after, MG_JOB_CANCELLED);
    assert_store(mg_store_release(store, claim[1].spec.job_id, claim[1].fence, err));
    assert_store(mg_store_cancelled(store, claim[2].spec.job_id, claim[2].fence, err));
    assert_store(mg_store_cancelled(store, claim[2].spec.job_id, claim[2].fence, err));
    for (unsigned i = 0; i < 3; i++)
        assert_state(store, claim[i].spec.job_id, MG_JOB_CANCELLED);
    finish_job(store, &claim[3], "{}"); /* too late to stop it: its result counts */
    assert_state(store, claim[3].spec.job_id, MG_JOB_SUCCEEDED);
    assert_invariants(store);
}

static const struct CMUnitTest ends[] = {
    FIXTURE_TEST(finish_keeps_the_result_byte_for_byte),
    FIXTURE_TEST(finish_refuses_what_is_not_a_text),
    FIXTURE_TEST(finish_may_be_repeated),
    FIXTURE_TEST(stale_fences_change_nothing),
    FIXTURE_TEST(fail_counts_by_class),
    FIXTURE_TEST(fail_waits_for_its_delay),
    FIXTURE_TEST(permanent_failure_is_dead_at_once),
    FIXTURE_TEST(release_uses_up_nothing),
    FIXTURE_TEST(a_cancel_request_wins),
};
TEST_LIST(end_tests, ends);
