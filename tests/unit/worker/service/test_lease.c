/* Workers that die, sleep or lose the ledger: no job is lost and none is decided twice. */
#include "worker_fixture.h"

#include "base/clock.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <cmocka.h>

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

/* The reaper waits for a lease of its own first, so: two leases, and the rounds in between. */
static void a_killed_worker_is_noticed(void **state)
{
    worker_fixture *f = *state;
    char id[MG_UUID_SIZE], outcomes[256];
    job_add(f, "u", "sleep 30000", id);
    pid_t first = worker_start(f, 0);
    job_await(f, id, MG_JOB_RUNNING, 5000);
    kill(first, SIGKILL);
    waitpid(first, NULL, 0);
    nap_ms(200);
    assert_int_equal(analysers_alive(f), 0); /* the child went with it */
    pid_t second = worker_start(f, 0);
    nap_ms(1000);
    assert_int_equal(job_row(f, id).state, MG_JOB_RUNNING); /* not taken while the lease holds */
    job_await(f, id, MG_JOB_RETRY_WAIT, 9000);
    assert_string_equal(job_row(f, id).reason, "worker_lost");
    job_outcomes(f, id, outcomes);
    assert_string_equal(outcomes, "lost");
    kill(second, SIGTERM);
    assert_int_equal(worker_wait(second, 4000), 0);
}

/* Stopped for longer than its lease while another worker reaps; then it goes on and must not write.
 */
static void a_worker_that_slept_discards(void **state)
{
    worker_fixture *f = *state;
    char id[MG_UUID_SIZE];
    job_add(f, "u", "sleep 4000", id);
    pid_t sleeper = worker_start(f, 0);
    job_await(f, id, MG_JOB_RUNNING, 5000);
    kill(sleeper, SIGSTOP);
    pid_t other = worker_start(f, 0);
    job_await(f, id, MG_JOB_RETRY_WAIT, 12000);
    int64_t fence = job_row(f, id).fence;
    kill(sleeper, SIGCONT);
    nap_ms(2000);
    assert_true(log_has(f, " lease_lost "));
    mg_job_row row = job_row(f, id);
    assert_int_equal(row.state, MG_JOB_RETRY_WAIT);
    assert_int_equal(row.fence, fence);
    mg_buf result = MG_BUF_INIT(4096);
    assert_int_equal(mg_store_get_result(f->store, id, &result, NULL), MG_E_NOT_FOUND);
    mg_buf_done(&result);
    kill(sleeper, SIGTERM);
    kill(other, SIGTERM);
    assert_int_equal(worker_wait(sleeper, 4000), 0);
    assert_int_equal(worker_wait(other, 4000), 0);
}

static sqlite3 *lock_ledger(worker_fixture *f)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(f->db_path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    return db;
}

static void unlock_ledger(sqlite3 *db)
{
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(db);
}

/* Three quarters of a lease without a renewal: the child is killed; the outage uses up no attempt.
 */
static void an_outage_of_the_ledger_costs_no_attempt(void **state)
{
    worker_fixture *f = *state;
    char id[MG_UUID_SIZE], outcomes[256];
    job_add(f, "u", "sleep 3500", id);
    pid_t pid = worker_start(f, 0);
    job_await(f, id, MG_JOB_RUNNING, 5000);
    sqlite3 *db = lock_ledger(f);
    int64_t start = mg_mono_ms();
    while (analysers_alive(f) > 0 && mg_mono_ms() - start < 6000)
        nap_ms(50);
    assert_in_range(mg_mono_ms() - start, 1000, 3500); /* 2.25 s after the last renewal */
    nap_ms(1500);
    unlock_ledger(db);
    job_await(f, id, MG_JOB_SUCCEEDED, 15000);
    job_outcomes(f, id, outcomes);
    assert_string_equal(outcomes, "released succeeded");
    assert_true(log_has(f, " ledger_lost ") && log_has(f, " ledger_back "));
    kill(pid, SIGTERM);
    assert_int_equal(worker_wait(pid, 6000), 0);
}

/* A result that is ready while the ledger is away waits for it. */
static void a_finished_result_waits(void **state)
{
    worker_fixture *f = *state;
    char id[MG_UUID_SIZE], outcomes[256];
    job_add(f, "u", "sleep 600", id);
    pid_t pid = worker_start(f, 0);
    job_await(f, id, MG_JOB_RUNNING, 5000);
    sqlite3 *db = lock_ledger(f);
    nap_ms(2500);
    unlock_ledger(db);
    job_await(f, id, MG_JOB_SUCCEEDED, 10000);
    job_outcomes(f, id, outcomes);
    assert_string_equal(outcomes, "succeeded");
    kill(pid, SIGTERM);
    assert_int_equal(worker_wait(pid, 6000), 0);
}

int main(void)
{
#define WORKER_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        WORKER_TEST(a_killed_worker_is_noticed),
        WORKER_TEST(a_worker_that_slept_discards),
        WORKER_TEST(an_outage_of_the_ledger_costs_no_attempt),
        WORKER_TEST(a_finished_result_waits),
    };
    return cmocka_run_group_tests_name("lease", tests, NULL, NULL);
}
