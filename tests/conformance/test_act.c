/* What happens to a job from outside of its run: the reaper, housekeeping, requeue, cancel. */
#include "support.h"

#include <stdio.h>
#include <string.h>

/* ---- house ------------------------------------------------------------------------------- */

static void reaper_takes_expired_leases_only(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[3][MG_UUID_SIZE];
    mg_failure lost = make_failure(MG_E_WORKER_LOST, 3);
    mg_job_event events[8];
    size_t count = 99;
    for (unsigned i = 0; i < 3; i++) {
        accept_job(store, i, "ann", id[i]);
        claim_job(store);
    }
    assert_store(mg_store_reap(store, &lost, events, 8, &count, err));
    assert_int_equal(count, 0);
    run_sql(store, "UPDATE jobs SET lease_until = lease_until - 60001 WHERE job_id = '%s'", id[1]);
    assert_store(mg_store_reap(store, &lost, events, 8, &count, err));
    assert_int_equal(count, 1);
    assert_string_equal(events[0].job_id, id[1]);
    assert_string_equal(events[0].user_id, "ann");
    assert_string_equal(events[0].reason, "worker_lost");
    assert_int_equal(events[0].state, MG_JOB_RETRY_WAIT);
    assert_int_equal(events[0].attempt, 1);
    assert_state(store, id[0], MG_JOB_RUNNING);
    assert_state(store, id[1], MG_JOB_RETRY_WAIT);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM attempts WHERE outcome = 'lost' AND "
                                    "retry_class = 'worker_lost'"),
                     1);
    assert_invariants(store);
}

static void reaper_gives_up_after_its_limit(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    mg_failure lost = make_failure(MG_E_WORKER_LOST, 3);
    mg_job_event event;
    size_t count;
    accept_job(store, 1, "ann", id);
    for (int i = 1; i <= 3; i++) {
        claim_job(store);
        run_sql(store, "UPDATE jobs SET lease_until = 5");
        assert_store(mg_store_reap(store, &lost, &event, 1, &count, err));
        assert_int_equal(count, 1);
        assert_int_equal(event.state, i < 3 ? MG_JOB_RETRY_WAIT : MG_JOB_DEAD);
    }
    assert_string_equal(get_job(store, id).reason, "worker_lost");
    assert_invariants(store);
}

static void reaper_obeys_its_limit_and_cancel(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    mg_failure lost = make_failure(MG_E_WORKER_LOST, 3);
    mg_job_event events[5];
    size_t count;
    for (unsigned i = 0; i < 5; i++) {
        accept_job(store, i, "ann", id);
        claim_job(store);
    }
    assert_store(mg_store_cancel(store, id, NULL, err));
    run_sql(store, "UPDATE jobs SET lease_until = 5");
    assert_store(mg_store_reap(store, &lost, events, 3, &count, err));
    assert_int_equal(count, 3);
    assert_store(mg_store_reap(store, &lost, events + 3, 2, &count, err));
    assert_int_equal(count, 2);
    assert_state(store, id, MG_JOB_CANCELLED);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM jobs WHERE state = 'retry_wait'"), 4);
    assert_invariants(store);
}

static void housekeeping_closes_what_does_not_run(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    mg_job_event events[8];
    size_t count = 99;
    accept_job(store, 1, "ann", id);
    mg_job_spec expiring = make_spec(2, "ann"), running = make_spec(3, "ann");
    accept_spec(store, &running);
    run_sql(store, "UPDATE jobs SET run_at = 1 WHERE job_id = '%s'", running.job_id);
    claim_job(store);
    run_sql(store, "UPDATE jobs SET expires_at = 5 WHERE job_id = '%s'", running.job_id);
    expiring.expires_at_ms = 5;
    accept_spec(store, &expiring);
    assert_store(mg_store_housekeep(store, events, 8, &count, err));
    assert_int_equal(count, 1);
    assert_string_equal(events[0].job_id, expiring.job_id);
    assert_int_equal(events[0].state, MG_JOB_EXPIRED);
    assert_state(store, id, MG_JOB_QUEUED);
    assert_state(store, running.job_id, MG_JOB_RUNNING); /* it may end in peace */
    run_sql(store, "UPDATE jobs SET cancel_requested = TRUE WHERE job_id = '%s'", id);
    assert_store(mg_store_housekeep(store, events, 8, &count, err));
    assert_int_equal(count, 1);
    assert_int_equal(events[0].state, MG_JOB_CANCELLED);
    assert_store(mg_store_housekeep(store, events, 8, &count, err));
    assert_int_equal(count, 0);
    assert_invariants(store);
}

static const struct CMUnitTest house[] = {
    FIXTURE_TEST(reaper_takes_expired_leases_only),
    FIXTURE_TEST(reaper_gives_up_after_its_limit),
    FIXTURE_TEST(reaper_obeys_its_limit_and_cancel),
    FIXTURE_TEST(housekeeping_closes_what_does_not_run),
};
TEST_LIST(house_tests, house);

/* ---- act --------------------------------------------------------------------------------- */

static void end_as(mg_store *store, const char *id, mg_job_state state)
{
    mg_failure failure = make_failure(MG_E_CORRUPT_AUDIO, 1);
    mg_job_event event;
    size_t count;
    mg_claim claim;
    switch (state) {
    case MG_JOB_SUCCEEDED:
        claim = claim_job(store);
        finish_job(store, &claim, "{}");
        break;
    case MG_JOB_DEAD:
        claim = claim_job(store);
        assert_store(mg_store_fail(store, id, claim.fence, &failure, NULL, err));
        break;
    case MG_JOB_CANCELLED:
        assert_store(mg_store_cancel(store, id, NULL, err));
        break;
    default:
        run_sql(store, "UPDATE jobs SET expires_at = 5 WHERE job_id = '%s'", id);
        assert_store(mg_store_housekeep(store, &event, 1, &count, err));
    }
    assert_state(store, id, state);
}

static void requeue_from_every_end(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    const mg_job_state ends[] = {MG_JOB_SUCCEEDED, MG_JOB_DEAD, MG_JOB_CANCELLED, MG_JOB_EXPIRED};
    for (unsigned i = 0; i < 4; i++) {
        char id[MG_UUID_SIZE];
        accept_job(store, i, "ann", id);
        end_as(store, id, ends[i]);
        assert_invariants(store);
        assert_store(mg_store_requeue(store, id, err));
        assert_invariants(store); /* the audio's date is gone */
        mg_job_row job = get_job(store, id);
        assert_int_equal(job.state, MG_JOB_QUEUED);
        assert_int_equal(job.attempts, 0);
        assert_int_equal(job.ended_at_ms, 0);
        assert_false(job.cancel_requested);
        assert_string_equal(job.reason, "");
        assert_int_equal(mg_store_requeue(store, id, NULL), MG_E_REFUSED);
        mg_claim claim = claim_job(store);
        assert_string_equal(claim.spec.job_id, id);
        assert_int_equal(claim.attempt, 1);
        assert_int_equal(mg_store_requeue(store, id, NULL), MG_E_REFUSED);
        finish_job(store, &claim, "{}");
    }
}

static void requeue_needs_its_audio(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    accept_job(store, 1, "ann", id);
    end_as(store, id, MG_JOB_DEAD);
    run_sql(store, "UPDATE audio_objects SET state = 'deleting'");
    mg_errinfo info = {0};
    assert_int_equal(mg_store_requeue(store, id, &info), MG_E_REFUSED);
    assert_non_null(strstr(info.text, "audio"));
    mg_job_event event;
    size_t count = 9;
    assert_store(mg_store_requeue_dead(store, NULL, 5, &event, &count, err));
    assert_int_equal(count, 0);
    assert_state(store, id, MG_JOB_DEAD);
}

static void requeue_dead_by_class_and_limit(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    mg_failure crash = make_failure(MG_E_DECODER_CRASH, 1), slow = make_failure(MG_E_TIMEOUT, 1);
    char id[6][MG_UUID_SIZE];
    mg_job_event events[8];
    size_t count;
    for (unsigned i = 0; i < 6; i++) {
        accept_job(store, i, "ann", id[i]);
        mg_claim claim = claim_job(store);
        assert_store(mg_store_fail(store, id[i], claim.fence, i % 2 ? &slow : &crash, NULL, err));
        run_sql(store, "UPDATE jobs SET ended_at = %u WHERE job_id = '%s'", 100 - i, id[i]);
    }
    assert_store(mg_store_requeue_dead(store, "timeout", 2, events, &count, err));
    assert_int_equal(count, 2);
    assert_string_equal(events[0].job_id, id[5]); /* the oldest end */
    assert_string_equal(events[1].job_id, id[3]);
    assert_int_equal(events[0].state, MG_JOB_QUEUED);
    assert_store(mg_store_requeue_dead(store, NULL, 8, events, &count, err));
    assert_int_equal(count, 4);
    assert_invariants(store);
}

static void cancel_in_every_state(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    mg_job_state after;
    accept_job(store, 1, "ann", id);
    assert_store(mg_store_cancel(store, id, &after, err));
    assert_int_equal(after, MG_JOB_CANCELLED);
    assert_store(mg_store_cancel(store, id, &after, err));
    assert_int_equal(after, MG_JOB_CANCELLED);

    accept_job(store, 2, "ann", id);
    mg_claim claim = claim_job(store);
    mg_failure failure = make_failure(MG_E_TIMEOUT, 2);
    assert_store(mg_store_fail(store, id, claim.fence, &failure, NULL, err));
    assert_state(store, id, MG_JOB_RETRY_WAIT);
    assert_store(mg_store_cancel(store, id, &after, err));
    assert_int_equal(after, MG_JOB_CANCELLED);

    accept_job(store, 3, "ann", id);
    claim = claim_job(store);
    assert_store(mg_store_cancel(store, id, &after, err));
    assert_int_equal(after, MG_JOB_RUNNING);
    assert_true(get_job(store, id).cancel_requested);
    assert_store(mg_store_cancelled(store, id, claim.fence, err));

    const mg_job_state ends[] = {MG_JOB_SUCCEEDED, MG_JOB_DEAD, MG_JOB_EXPIRED};
    for (unsigned i = 0; i < 3; i++) {
        accept_job(store, 4 + i, "ann", id);
        end_as(store, id, ends[i]);
        assert_store(mg_store_cancel(store, id, &after, err));
        assert_int_equal(after, ends[i]);
        assert_state(store, id, ends[i]);
    }
    assert_invariants(store);
}

static const struct CMUnitTest acts[] = {
    FIXTURE_TEST(requeue_from_every_end),
    FIXTURE_TEST(requeue_needs_its_audio),
    FIXTURE_TEST(requeue_dead_by_class_and_limit),
    FIXTURE_TEST(cancel_in_every_state),
};
TEST_LIST(act_tests, acts);
