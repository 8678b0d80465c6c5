/* The worker as a process: jobs of every fate, signals, cancelling, ends. */
#include "worker_fixture.h"

#include "base/clock.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static int setup(void **state)
{
    worker_fixture *f = calloc(1, sizeof *f);
    worker_fixture_init(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    worker_fixture_done(*state);
    free(*state);
    return 0;
}

static void runs_all_and_ends_when_empty(void **state)
{
    worker_fixture *f = *state;
    char ids[6][MG_UUID_SIZE], outcomes[256];
    f->config.concurrency = 3;
    for (int i = 0; i < 6; i++)
        job_add(f, i % 2 ? "a@b" : "c", "ok", ids[i]);
    mg_job_spec later = job_make(f, "c", "ok"); /* set for tomorrow: does not hold it */
    later.run_at_ms = mg_wall_ms() + 86400000;
    job_submit(f, &later);
    assert_int_equal(worker_wait(worker_start(f, WORKER_UNTIL_EMPTY), 15000), 0);
    for (int i = 0; i < 6; i++) {
        mg_job_row row = job_row(f, ids[i]);
        assert_int_equal(row.state, MG_JOB_SUCCEEDED);
        job_outcomes(f, ids[i], outcomes);
        assert_string_equal(outcomes, "succeeded");
        mg_buf result = MG_BUF_INIT(MG_RESULT_MAX_BYTES);
        assert_int_equal(mg_store_get_result(f->store, ids[i], &result, NULL), MG_OK);
        assert_non_null(strstr(mg_buf_text(&result), "\"params_hash\":\"abc\""));
        mg_buf_done(&result);
    }
    assert_int_equal(job_row(f, later.job_id).state, MG_JOB_QUEUED);
    assert_int_equal(analysers_alive(f), 0);
    assert_false(log_has(f, "a@b") || log_has(f, ".wav")); /* job ids only */
}

static void failures_follow_their_class(void **state)
{
    worker_fixture *f = *state;
    static const struct {
        const char *what, *profile, *sha256;
        int64_t size;
        mg_job_state state;
        const char *reason;
    } rows[] = {
        {"error corrupt_audio", "", "", -1, MG_JOB_DEAD, "corrupt_audio"},
        {"error too_long", "", "", -1, MG_JOB_DEAD, "too_long"},
        {"error timeout", "", "", -1, MG_JOB_RETRY_WAIT, "timeout"},
        {"crash", "", "", -1, MG_JOB_RETRY_WAIT, "decoder_crash"},
        {NULL, "", "", -1, MG_JOB_RETRY_WAIT, "audio_missing"},
        {"ok", "no/such", "", -1, MG_JOB_DEAD, "bad_message"},
        {"ok", "", "", 3, MG_JOB_DEAD, "checksum_mismatch"},
        {"ok", "", ZEROS, -1, MG_JOB_SUCCEEDED, ""},
        {"ok 1", "", ZEROS, -1, MG_JOB_DEAD, "checksum_mismatch"},
        {"ok", "electronic/club", "", 2, MG_JOB_SUCCEEDED, ""},
    };
    enum { ROWS = sizeof rows / sizeof rows[0] };
    char ids[ROWS][MG_UUID_SIZE];
    f->config.concurrency = 2;
    for (size_t i = 0; i < ROWS; i++) {
        mg_job_spec spec = job_make(f, "u", rows[i].what);
        strcpy(spec.profile, rows[i].profile);
        strcpy(spec.sha256, rows[i].sha256);
        spec.size = rows[i].size;
        job_submit(f, &spec);
        strcpy(ids[i], spec.job_id);
    }
    pid_t pid = worker_start(f, 0);
    for (size_t i = 0; i < ROWS; i++)
        job_await(f, ids[i], rows[i].state, 10000);
    kill(pid, SIGTERM);
    assert_int_equal(worker_wait(pid, 5000), 0);
    for (size_t i = 0; i < ROWS; i++)
        assert_string_equal(job_row(f, ids[i]).reason, rows[i].reason);
    assert_non_null(strstr(job_row(f, ids[3]).detail, "about to crash")); /* its last words */
}

/* The terminal is closed: as SIGTERM, unless it was to be ignored (nohup). */
static void a_hangup_drains(void **state)
{
    worker_fixture *f = *state;
    char first[MG_UUID_SIZE], second[MG_UUID_SIZE];
    job_add(f, "u", "sleep 1000", first);
    signal(SIGHUP, SIG_DFL); /* these tests may run under nohup themselves */
    pid_t pid = worker_start(f, 0);
    job_await(f, first, MG_JOB_RUNNING, 5000);
    kill(pid, SIGHUP);
    assert_int_equal(worker_wait(pid, 8000), 0);
    assert_int_equal(job_row(f, first).state, MG_JOB_SUCCEEDED);
    signal(SIGHUP, SIG_IGN);
    pid = worker_start(f, 0);
    signal(SIGHUP, SIG_DFL);
    kill(pid, SIGHUP);
    nap_ms(300);
    job_add(f, "u", "ok", second);
    job_await(f, second, MG_JOB_SUCCEEDED, 5000);
    kill(pid, SIGTERM);
    assert_int_equal(worker_wait(pid, 8000), 0);
}

static void drain_lets_a_job_finish(void **state)
{
    worker_fixture *f = *state;
    char first[MG_UUID_SIZE], second[MG_UUID_SIZE];
    job_add(f, "u", "sleep 1500", first);
    pid_t pid = worker_start(f, 0);
    job_await(f, first, MG_JOB_RUNNING, 5000);
    job_add(f, "u", "ok", second);
    kill(pid, SIGTERM);
    assert_int_equal(worker_wait(pid, 8000), 0);
    assert_int_equal(job_row(f, first).state, MG_JOB_SUCCEEDED);
    assert_int_equal(job_row(f, second).state, MG_JOB_QUEUED); /* not taken any more */
}

static void the_deadline_gives_jobs_back(void **state)
{
    worker_fixture *f = *state;
    char id[MG_UUID_SIZE], outcomes[256];
    f->config.drain_s = 1;
    job_add(f, "u", "sleep 30000", id);
    pid_t pid = worker_start(f, 0);
    job_await(f, id, MG_JOB_RUNNING, 5000);
    int64_t start = mg_mono_ms();
    kill(pid, SIGTERM);
    assert_int_equal(worker_wait(pid, 6000), 0);
    assert_true(mg_mono_ms() - start >= 900);
    assert_int_equal(job_row(f, id).state, MG_JOB_QUEUED);
    job_outcomes(f, id, outcomes);
    assert_string_equal(outcomes, "released");
    assert_int_equal(analysers_alive(f), 0);
}

static void a_second_signal_is_at_once(void **state)
{
    worker_fixture *f = *state;
    char id[MG_UUID_SIZE];
    f->config.drain_s = 60;
    job_add(f, "u", "sleep 30000", id);
    pid_t pid = worker_start(f, 0);
    job_await(f, id, MG_JOB_RUNNING, 5000);
    kill(pid, SIGINT);
    nap_ms(300);
    assert_int_equal(job_row(f, id).state, MG_JOB_RUNNING);
    int64_t start = mg_mono_ms();
    kill(pid, SIGTERM);
    assert_int_equal(worker_wait(pid, 4000), 0);
    assert_true(mg_mono_ms() - start < 3000);
    assert_int_equal(job_row(f, id).state, MG_JOB_QUEUED);
    assert_int_equal(analysers_alive(f), 0);
}

static void an_idle_worker_stops_at_once(void **state)
{
    worker_fixture *f = *state;
    pid_t pid = worker_start(f, 0);
    nap_ms(400);
    int64_t start = mg_mono_ms();
    kill(pid, SIGTERM);
    assert_int_equal(worker_wait(pid, 4000), 0);
    assert_true(mg_mono_ms() - start < 1500);
    assert_true(log_has(f, " info started ") && log_has(f, " info stopped"));
}

static void cancelling_reaches_a_running_job(void **state)
{
    worker_fixture *f = *state;
    char id[MG_UUID_SIZE], next[MG_UUID_SIZE];
    job_add(f, "u", "sleep 30000", id);
    pid_t pid = worker_start(f, 0);
    job_await(f, id, MG_JOB_RUNNING, 5000);
    mg_job_state now;
    assert_int_equal(mg_store_cancel(f->store, id, &now, NULL), MG_OK);
    assert_int_equal(now, MG_JOB_RUNNING);
    job_await(f, id, MG_JOB_CANCELLED, 4000); /* by the next heartbeat */
    job_add(f, "u", "ok", next);
    job_await(f, next, MG_JOB_SUCCEEDED, 4000); /* and the slot goes on */
    kill(pid, SIGTERM);
    assert_int_equal(worker_wait(pid, 4000), 0);
}

static void quiet_and_resume(void **state)
{
    worker_fixture *f = *state;
    char id[MG_UUID_SIZE];
    pid_t pid = worker_start(f, 0);
    nap_ms(300);
    kill(pid, SIGTSTP);
    nap_ms(300);
    job_add(f, "u", "ok", id);
    nap_ms(1500);
    assert_int_equal(job_row(f, id).state, MG_JOB_QUEUED);
    kill(pid, SIGCONT);
    job_await(f, id, MG_JOB_SUCCEEDED, 4000);
    kill(pid, SIGTERM);
    assert_int_equal(worker_wait(pid, 4000), 0);
}

static void once_runs_one_job(void **state)
{
    worker_fixture *f = *state;
    char ids[2][MG_UUID_SIZE];
    f->config.concurrency = 4;
    pid_t pid = worker_start(f, WORKER_ONCE);
    nap_ms(300); /* it waits for one */
    job_add(f, "u", "ok", ids[0]);
    job_add(f, "v", "ok", ids[1]);
    assert_int_equal(worker_wait(pid, 6000), 0);
    int done = 0;
    for (int i = 0; i < 2; i++)
        done += job_row(f, ids[i]).state == MG_JOB_SUCCEEDED;
    assert_int_equal(done, 1);
    f->config.concurrency = 1;
    assert_int_equal(worker_wait(worker_start(f, WORKER_ONCE | WORKER_UNTIL_EMPTY), 6000), 0);
    assert_int_equal(worker_wait(worker_start(f, WORKER_ONCE | WORKER_UNTIL_EMPTY), 6000), 0);
    assert_int_equal(job_row(f, ids[0]).state, MG_JOB_SUCCEEDED);
    assert_int_equal(job_row(f, ids[1]).state, MG_JOB_SUCCEEDED);
}

static void a_wrong_schema_ends_it(void **state)
{
    worker_fixture *f = *state;
    assert_int_equal(mg_migrate_to(f->store, 0, NULL, NULL), MG_OK);
    assert_int_equal(worker_wait(worker_start(f, 0), 6000), MG_EXIT_CONFIG);
    f->config.queue_url = (char *)"rediss://host";
    assert_int_equal(mg_migrate_to(f->store, MG_SCHEMA_VERSION, NULL, NULL), MG_OK);
    assert_int_equal(worker_wait(worker_start(f, 0), 6000), MG_EXIT_CONFIG);
}

int main(void)
{
#define WORKER_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        WORKER_TEST(runs_all_and_ends_when_empty),
        WORKER_TEST(failures_follow_their_class),
        WORKER_TEST(drain_lets_a_job_finish),
        WORKER_TEST(a_hangup_drains),
        WORKER_TEST(the_deadline_gives_jobs_back),
        WORKER_TEST(a_second_signal_is_at_once),
        WORKER_TEST(an_idle_worker_stops_at_once),
        WORKER_TEST(cancelling_reaches_a_running_job),
        WORKER_TEST(quiet_and_resume),
        WORKER_TEST(once_runs_one_job),
        WORKER_TEST(a_wrong_schema_ends_it),
    };
    return cmocka_run_group_tests_name("supervisor", tests, NULL, NULL);
}
