/* When audio goes: dates, and the sweep. DAY is moved through by UPDATEs, never by waiting. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#define DAY 86400000LL

static int64_t date_of(mg_store *store, const char *key)
{
    return sql_int(store, "SELECT coalesce(delete_after, 0) FROM audio_objects WHERE key = '%s'",
                   key);
}

static void pass_days(mg_store *store, int days)
{
    run_sql(store,
            "UPDATE audio_objects SET uploaded_at = uploaded_at - %lld, "
            "delete_after = delete_after - %lld",
            days * DAY, days * DAY);
}

static size_t due(mg_store *store, mg_audio_object *objects, size_t limit)
{
    size_t count = 0;
    assert_store(mg_store_sweep_due(store, "", limit, objects, &count, err));
    return count;
}

static void the_end_of_a_job_dates_its_audio(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    mg_job_spec spec = make_spec(1, "ann");
    strcpy(spec.reference_key, "ann/reference.wav");
    accept_spec(store, &spec);
    assert_int_equal(date_of(store, spec.audio_key), 0);
    mg_claim claim = claim_job(store);
    finish_job(store, &claim, "{}");
    int64_t ended = get_job(store, spec.job_id).ended_at_ms;
    assert_int_equal(date_of(store, spec.audio_key), ended + 7 * DAY);
    assert_int_equal(date_of(store, spec.reference_key), ended + 7 * DAY);
}

static void the_last_of_several_jobs_counts(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    mg_job_spec a = make_spec(1, "ann"), b = make_spec(2, "ann");
    strcpy(b.reference_key, a.audio_key); /* a's track is b's reference */
    accept_spec(store, &a);
    accept_spec(store, &b);
    mg_claim first = claim_job(store), second = claim_job(store);
    finish_job(store, &first, "{}");
    assert_int_equal(date_of(store, a.audio_key), 0);
    finish_job(store, &second, "{}");
    assert_true(date_of(store, a.audio_key) > 0);
    assert_true(date_of(store, b.audio_key) > 0);
    /* A new job on the same key takes the date away again. */
    mg_job_spec c = make_spec(3, "ann");
    strcpy(c.audio_key, a.audio_key);
    accept_spec(store, &c);
    assert_int_equal(date_of(store, a.audio_key), 0);
    assert_store(mg_store_cancel(store, c.job_id, NULL, err));
    assert_true(date_of(store, a.audio_key) > 0);
    assert_invariants(store);
}

static void never_later_than_the_cap(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    accept_job(store, 1, "ann", id);
    pass_days(store, 10);
    int64_t uploaded = sql_int(store, "SELECT uploaded_at FROM audio_objects");
    mg_claim claim = claim_job(store);
    finish_job(store, &claim, "{}");
    assert_int_equal(date_of(store, claim.spec.audio_key), uploaded + 14 * DAY);
}

static void retention_is_a_setting_of_the_ledger(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    mg_retention r;
    mg_audio_object objects[4];
    assert_store(mg_store_get_retention(store, &r, err));
    assert_int_equal(r.retention_ms, 7 * DAY);
    assert_int_equal(r.retention_cap_ms, 14 * DAY);
    r.retention_ms = 0;
    assert_store(mg_store_set_retention(store, &r, err));
    char id[MG_UUID_SIZE];
    accept_job(store, 1, "ann", id);
    mg_claim claim = claim_job(store);
    assert_int_equal(due(store, objects, 4), 0);
    finish_job(store, &claim, "{}");
    assert_int_equal(due(store, objects, 4), 1); /* as soon as the job has ended */
    r.retention_ms = -1;
    assert_int_equal(mg_store_set_retention(store, &r, NULL), MG_E_USAGE);
    assert_store(mg_store_get_retention(store, &r, err));
    assert_int_equal(r.retention_ms, 0);
}

static void sweep_finds_exactly_what_is_due(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    mg_audio_object objects[16];
    mg_claim claim;
    for (unsigned i = 0; i < 8; i++) {
        accept_job(store, i, "ann", id);
        if (i == 6)
            continue; /* lives */
        if (i == 7)
            assert_store(mg_store_cancel(store, id, NULL, err));
        else if (i < 6) {
            claim = claim_job(store);
            finish_job(store, &claim, "{}");
        }
    }
    assert_int_equal(due(store, objects, 16), 0);
    run_sql(store,
            "UPDATE audio_objects SET delete_after = delete_after - %lld "
            "WHERE key IN ('ann/track-1.wav', 'ann/track-3.wav')",
            8 * DAY);
    run_sql(store,
            "UPDATE audio_objects SET delete_after = delete_after - %lld "
            "WHERE key = 'ann/track-2.wav'",
            7 * DAY - 60000); /* a minute is left */
    run_sql(store, "UPDATE audio_objects SET state = 'deleting' WHERE key = 'ann/track-4.wav'");
    run_sql(store, "UPDATE audio_objects SET state = 'deleted', deleted_at = 5, delete_after = 5 "
                   "WHERE key = 'ann/track-5.wav'");
    run_sql(store,
            "UPDATE audio_objects SET uploaded_at = uploaded_at - %lld "
            "WHERE key IN ('ann/track-6.wav', 'ann/track-7.wav')",
            15 * DAY);
    assert_int_equal(due(store, objects, 16), 4);
    const char *expected[] = {"ann/track-1.wav", "ann/track-3.wav", "ann/track-4.wav",
                              "ann/track-7.wav"}; /* 7: past the cap; 6 lives */
    for (int i = 0; i < 4; i++)
        assert_string_equal(objects[i].key, expected[i]);
    assert_string_equal(objects[2].state, "deleting");
    assert_string_equal(objects[0].user_id, "ann");
    assert_int_equal(objects[0].bytes, 1001);
    assert_true(objects[0].delete_after_ms > 0);

    /* The same in pages. */
    size_t count = 0, pages = 0;
    char after[MG_AUDIO_KEY_MAX + 1] = "";
    do {
        assert_store(mg_store_sweep_due(store, after, 3, objects, &count, err));
        if (count > 0)
            strcpy(after, objects[count - 1].key);
        pages += count;
    } while (count > 0);
    assert_int_equal(pages, 4);
    mg_queue_counts counts;
    assert_store(mg_store_counts(store, &counts, err));
    assert_int_equal(counts.audio_present, 7);
}

static void sweep_leaves_a_proof(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    bool known = false;
    accept_job(store, 1, "ann", id);
    const char *key = "ann/track-1.wav";
    assert_int_equal(mg_store_sweep_begin(store, key, NULL), MG_E_REFUSED);
    assert_int_equal(mg_store_sweep_done(store, key, "retention", 5, "run", NULL), MG_E_REFUSED);
    assert_int_equal(mg_store_sweep_done(store, "no/such", "retention", 5, "run", NULL),
                     MG_E_NOT_FOUND);
    mg_claim claim = claim_job(store);
    finish_job(store, &claim, "{}");
    pass_days(store, 8);
    assert_store(mg_store_sweep_begin(store, key, err));
    assert_store(mg_store_sweep_begin(store, key, err)); /* repeated */
    assert_int_equal(mg_store_requeue(store, id, NULL), MG_E_REFUSED);
    assert_store(mg_store_audio_known(store, key, &known, err));
    assert_true(known);
    assert_store(mg_store_sweep_done(store, key, "retention", 4096, "run-1", err));
    assert_store(mg_store_sweep_done(store, key, "retention", 4096, "run-1", err));
    assert_store(mg_store_audio_known(store, key, &known, err));
    assert_false(known);
    assert_int_equal(mg_store_requeue(store, id, NULL), MG_E_REFUSED);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM deletion_log"), 1);
    /* printf %s ann/track-1.wav | sha256sum */
    assert_int_equal(sql_int(store,
                             "SELECT count(*) FROM deletion_log WHERE bytes = 4096 AND "
                             "reason = 'retention' AND run_id = 'run-1' AND key_sha256 = "
                             "'73829a6fe245781816e4176a1c7ab442c55b367927e01c290e6081e5a5449466'"),
                     1);
    /* Results outlive the audio. */
    mg_buf out = MG_BUF_INIT(10);
    assert_store(mg_store_get_result(store, id, &out, err));
    mg_buf_done(&out);
    /* A job on deleted audio is accepted and changes nothing about the audio. */
    mg_job_spec again = make_spec(2, "ann");
    strcpy(again.audio_key, key);
    accept_spec(store, &again);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM audio_objects WHERE state = 'deleted'"),
                     1);
}

static void a_requeue_stops_the_sweep(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    mg_audio_object objects[2];
    accept_job(store, 1, "ann", id);
    assert_store(mg_store_cancel(store, id, NULL, err));
    pass_days(store, 8);
    assert_int_equal(due(store, objects, 2), 1);
    assert_store(mg_store_requeue(store, id, err));
    assert_int_equal(mg_store_sweep_begin(store, objects[0].key, NULL), MG_E_REFUSED);
    assert_int_equal(due(store, objects, 2), 0);
}

static void orphans_are_files_without_a_row(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    bool known = true;
    accept_job(store, 1, "ann", id);
    assert_int_equal(mg_store_sweep_orphan(store, "ann/track-1.wav", "ann", 5, NULL), MG_E_REFUSED);
    assert_store(mg_store_audio_known(store, "ann/lost.wav", &known, err));
    assert_false(known);
    assert_store(mg_store_sweep_orphan(store, "ann/lost.wav", "ann", 5, err));
    mg_audio_object objects[2];
    assert_int_equal(due(store, objects, 2), 1); /* if this sweep dies, the next one goes on */
    assert_store(mg_store_sweep_done(store, "ann/lost.wav", "orphan", 5, "run", err));
    assert_int_equal(due(store, objects, 2), 0);
}

static void one_sweep_at_a_time(void **state)
{
    fixture *f = *state;
    mg_store *other = open_again(f);
    assert_store(mg_store_sweep_lock(f->store, err));
    assert_store(mg_store_sweep_lock(f->store, err)); /* renewed */
    assert_int_equal(mg_store_sweep_lock(other, NULL), MG_E_BUSY);
    assert_store(mg_store_sweep_unlock(other, err)); /* not its own: nothing happens */
    assert_int_equal(mg_store_sweep_lock(other, NULL), MG_E_BUSY);
    assert_store(mg_store_sweep_unlock(f->store, err));
    assert_store(mg_store_sweep_lock(other, err));
    assert_int_equal(mg_store_sweep_lock(f->store, NULL), MG_E_BUSY);
    /* The lock of a sweep that died runs out. */
    run_sql(f->store, "UPDATE settings SET lease_until = 5 WHERE name = 'sweep_lock'");
    assert_store(mg_store_sweep_lock(f->store, err));
    mg_store_close(other);
}

static const struct CMUnitTest retention[] = {
    FIXTURE_TEST(the_end_of_a_job_dates_its_audio),
    FIXTURE_TEST(the_last_of_several_jobs_counts),
    FIXTURE_TEST(never_later_than_the_cap),
    FIXTURE_TEST(retention_is_a_setting_of_the_ledger),
    FIXTURE_TEST(sweep_finds_exactly_what_is_due),
    FIXTURE_TEST(sweep_leaves_a_proof),
    FIXTURE_TEST(a_requeue_stops_the_sweep),
    FIXTURE_TEST(orphans_are_files_without_a_row),
    FIXTURE_TEST(one_sweep_at_a_time),
};
TEST_LIST(retention_tests, retention);
