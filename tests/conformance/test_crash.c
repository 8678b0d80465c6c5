/* Dying in the middle: workers killed with SIGKILL, and connections cut at any moment, COMMIT
 * included. What was reported as done must be there afterwards, and nothing twice. */
#include "support.h"

#include "base/clock.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { JOBS = 200, ROUNDS = 12, WORKERS = 2 };

static void sleep_ms(int64_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

static void accept_many(mg_store *store)
{
    static mg_job_spec specs[JOBS];
    static mg_intake_item items[JOBS];
    for (unsigned i = 0; i < JOBS; i++) {
        specs[i] = make_spec(i, "ann");
        items[i] = (mg_intake_item){.spec = &specs[i]};
    }
    assert_store(mg_store_intake(store, items, JOBS, err));
}

/* Claims and finishes until it is killed, or nothing is left; writes down what it was told. */
static void doomed_worker(const char *url, volatile char *finished)
{
    mg_store *store = NULL;
    mg_result_columns columns = make_columns();
    mg_claim_options options = claim_options(0);
    if (mg_store_open(&store, url, 20000, NULL) != MG_OK)
        _exit(1);
    for (;;) {
        mg_claim claim;
        bool found = false;
        if (mg_store_claim(store, &options, &claim, &found, NULL) != MG_OK)
            _exit(2);
        if (!found)
            _exit(0);
        if (mg_store_finish(store, claim.spec.job_id, claim.fence, "{}", 2, &columns, NULL) !=
            MG_OK)
            _exit(3);
        finished[strtoul(claim.spec.job_id + 24, NULL, 16)] = 1;
    }
}

static void reap_all(mg_store *store)
{
    mg_failure lost = make_failure(MG_E_WORKER_LOST, 1000);
    mg_job_event events[16];
    size_t count;
    run_sql(store, "UPDATE jobs SET lease_until = 5 WHERE state = 'running'");
    do
        assert_store(mg_store_reap(store, &lost, events, 16, &count, err));
    while (count > 0);
}

static void assert_all_done(mg_store *store, const volatile char *finished)
{
    assert_int_equal(sql_int(store, "SELECT count(*) FROM jobs WHERE state = 'succeeded'"), JOBS);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM analyses"), JOBS);
    for (unsigned i = 0; i < JOBS; i++) {
        mg_job_spec spec = make_spec(i, "ann");
        if (finished[i])
            assert_state(store, spec.job_id, MG_JOB_SUCCEEDED);
    }
    assert_invariants(store);
}

static void killed_workers_lose_nothing(void **state)
{
    fixture *f = *state;
    unsigned seed = 7;
    int killed = 0;
    volatile char *finished =
        mmap(NULL, JOBS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(finished, MAP_FAILED);
    accept_many(f->store);
    mg_store_close(f->store); /* nothing of SQLite may cross a fork */
    f->store = NULL;
    for (int round = 0; round <= ROUNDS; round++) {
        pid_t pids[WORKERS];
        for (int i = 0; i < WORKERS; i++) {
            pids[i] = fork();
            if (pids[i] == 0)
                doomed_worker(f->url, finished);
        }
        if (round < ROUNDS)
            sleep_ms(15 + rand_r(&seed) % 60);
        for (int i = 0; i < WORKERS; i++) {
            int status = 0;
            if (round < ROUNDS)
                kill(pids[i], SIGKILL);
            assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
            killed += WIFSIGNALED(status);
            assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
        }
        /* What a dead worker was told before it died is in the ledger. */
        f->store = open_again(f);
        for (unsigned i = 0; i < JOBS; i++) {
            mg_job_spec spec = make_spec(i, "ann");
            if (finished[i])
                assert_state(f->store, spec.job_id, MG_JOB_SUCCEEDED);
        }
        if (on_postgres()) /* its side of a killed client may still be busy */
            sleep_ms(20);
        reap_all(f->store);
        assert_invariants(f->store);
        if (round < ROUNDS) {
            mg_store_close(f->store);
            f->store = NULL;
        }
    }
    assert_true(killed >= ROUNDS / 2);
    /* The last round ran before the last reaping: finish what that gave back. */
    mg_claim claim;
    while (claim_any(f->store, &claim))
        finish_job(f->store, &claim, "{}");
    assert_all_done(f->store, finished);
    munmap((void *)finished, JOBS);
}

/* ---- connections cut by the server ------------------------------------------------------- */

typedef struct cutter {
    atomic_bool stop;
    atomic_int cuts;
} cutter;

static void *cut_thread(void *argument)
{
    cutter *c = argument;
    char sql[256];
    unsigned seed = 3;
    snprintf(sql, sizeof sql,
             "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s' "
             "AND application_name = 'mixgauge'",
             database_name());
    while (!atomic_load(&c->stop) && atomic_load(&c->cuts) < 200) {
        sleep_ms(2 + rand_r(&seed) % 14);
        int64_t rows = admin_sql(sql);
        if (rows > 0)
            atomic_fetch_add(&c->cuts, (int)rows);
    }
    return NULL;
}

/* Repeats a call while the server is away, as a worker does. */
#define UNTIL_HEARD(result, call)                                                                  \
    do {                                                                                           \
        (result) = (call);                                                                         \
        if ((result) == MG_E_UNAVAILABLE)                                                          \
            unheard++;                                                                             \
    } while ((result) == MG_E_UNAVAILABLE)

static void cut_connections_keep_the_truth(void **state)
{
    fixture *f = *state;
    if (!on_postgres())
        return; /* SQLite has no connection to lose */
    cutter c = {0};
    pthread_t thread;
    char finished[JOBS] = {0};
    int unheard = 0, claims = 0, wrong = 0;
    mg_result_columns columns = make_columns();
    mg_failure crash = make_failure(MG_E_DECODER_CRASH, 1000);
    mg_claim_options options = claim_options(2);
    accept_many(f->store);
    assert_int_equal(pthread_create(&thread, NULL, cut_thread, &c), 0);
    for (bool found = true; found;) {
        mg_claim claim;
        mg_err result;
        UNTIL_HEARD(result, mg_store_claim(f->store, &options, &claim, &found, NULL));
        if (result != MG_OK || !found) {
            wrong += result != MG_OK;
            break;
        }
        unsigned n = (unsigned)strtoul(claim.spec.job_id + 24, NULL, 16);
        mg_job_state after = MG_JOB_RUNNING;
        if (++claims % 4 == 0) {
            UNTIL_HEARD(result, mg_store_fail(f->store, claim.spec.job_id, claim.fence, &crash,
                                              &after, NULL));
            wrong += result != MG_OK || after != MG_JOB_RETRY_WAIT;
        } else {
            UNTIL_HEARD(result, mg_store_finish(f->store, claim.spec.job_id, claim.fence, "{}", 2,
                                                &columns, NULL));
            wrong += result != MG_OK || finished[n];
            finished[n] = 1;
        }
    }
    atomic_store(&c.stop, true);
    pthread_join(thread, NULL);
    print_message("# %d cuts, %d calls without an answer, %d claims\n", c.cuts, unheard, claims);
    assert_true(c.cuts > 3);
    assert_int_equal(wrong, 0);
    int64_t now;
    while (mg_store_now(f->store, &now, NULL) != MG_OK)
        ;
    /* A claim that nobody heard of is found by the reaper, and by nobody else. */
    reap_all(f->store);
    mg_claim claim;
    while (claim_any(f->store, &claim)) {
        assert_false(finished[strtoul(claim.spec.job_id + 24, NULL, 16)]);
        finish_job(f->store, &claim, "{}");
    }
    assert_all_done(f->store, finished);
}

/* ---- COMMITs whose answer is lost ------------------------------------------------------- */

/* The engine with a bad line: the next `losses` COMMITs are done, or not, and nobody hears which.
 */
static struct {
    const mg_store_ops *real;
    mg_store_ops ops;
    int losses;
    bool done;
} line;

static mg_err deaf_commit(mg_store *store, mg_errinfo *err)
{
    if (line.losses == 0)
        return line.real->commit(store, err);
    line.losses--;
    if (!line.done)
        line.real->rollback(store);
    else if (line.real->commit(store, err) != MG_OK)
        return MG_E_INTERNAL;
    if (on_postgres())
        line.real->close(store);
    return mg_fail(err, MG_E_UNAVAILABLE, 0, "the answer was lost");
}

static void break_line(mg_store *store, int losses, bool done)
{
    if (store->ops != &line.ops) {
        line.real = store->ops;
        line.ops = *store->ops;
        line.ops.commit = deaf_commit;
        store->ops = &line.ops;
    }
    line.losses = losses;
    line.done = done;
}

static mg_claim claim_deaf(mg_store *store, bool done)
{
    break_line(store, 1, done);
    mg_claim claim = claim_job(store);
    assert_int_equal(line.losses, 0);
    assert_int_equal(claim.attempt, 1);
    assert_int_equal(
        sql_int(store, "SELECT count(*) FROM attempts WHERE job_id = '%s'", claim.spec.job_id),
        claim.fence);
    return claim;
}

static void unheard_commits_are_looked_up(void **state)
{
    fixture *f = *state;
    mg_store *store = f->store;
    mg_failure crash = make_failure(MG_E_DECODER_CRASH, 2);
    mg_result_columns columns = make_columns();
    char id[MG_UUID_SIZE];
    for (unsigned done = 0; done < 2; done++) {
        mg_job_state after = MG_JOB_QUEUED;
        break_line(store, 1, done);
        mg_job_spec spec = make_spec(done, "ann");
        mg_intake_item item = {.spec = &spec};
        assert_store(mg_store_intake(store, &item, 1, err));
        memcpy(id, spec.job_id, sizeof id);

        mg_claim claim = claim_deaf(store, done);
        break_line(store, 1, done);
        assert_store(mg_store_release(store, id, claim.fence, err));
        assert_int_equal(get_job(store, id).attempts, 0);

        claim = claim_deaf(store, done);
        break_line(store, 1, done);
        assert_store(mg_store_fail(store, id, claim.fence, &crash, &after, err));
        assert_int_equal(after, MG_JOB_RETRY_WAIT);

        claim = claim_job(store);
        break_line(store, 1, done);
        assert_store(mg_store_finish(store, id, claim.fence, "{}", 2, &columns, err));
        assert_state(store, id, MG_JOB_SUCCEEDED);

        /* What is not safe to repeat is not repeated. */
        break_line(store, 1, done);
        assert_int_equal(mg_store_requeue(store, id, NULL), MG_E_UNAVAILABLE);
        assert_state(store, id, done ? MG_JOB_QUEUED : MG_JOB_SUCCEEDED);
        if (!done)
            assert_store(mg_store_requeue(store, id, err));

        claim = claim_deaf(store, done);
        assert_store(mg_store_cancel(store, id, NULL, err));
        break_line(store, 1, done);
        assert_store(mg_store_cancelled(store, id, claim.fence, err));
        assert_invariants(store);
    }
    assert_int_equal(sql_int(store, "SELECT count(*) FROM analyses"), 2);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM attempts"), 8);
}

/* Nothing is heard twice: the caller is told, repeats the call, and reads what happened. */
static void a_caller_may_repeat(void **state)
{
    fixture *f = *state;
    mg_result_columns columns = make_columns();
    char id[MG_UUID_SIZE];
    for (unsigned done = 0; done < 2; done++) {
        accept_job(f->store, done, "ann", id);
        mg_claim claim = claim_job(f->store);
        break_line(f->store, 2, done);
        assert_int_equal(mg_store_finish(f->store, id, claim.fence, "{}", 2, &columns, NULL),
                         MG_E_UNAVAILABLE);
        break_line(f->store, 0, done);
        finish_job(f->store, &claim, "{}");
        assert_state(f->store, id, MG_JOB_SUCCEEDED);
        assert_invariants(f->store);
    }
}

static void unheard_deletions_are_recorded_once(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    for (unsigned done = 0; done < 2; done++) {
        accept_job(store, done, "ann", id);
        assert_store(mg_store_cancel(store, id, NULL, err));
        run_sql(store, "UPDATE audio_objects SET delete_after = 5 WHERE state = 'present'");
        char key[64];
        snprintf(key, sizeof key, "ann/track-%u.wav", done);
        break_line(store, 1, done);
        assert_store(mg_store_sweep_begin(store, key, err));
        break_line(store, 1, done);
        assert_store(mg_store_sweep_done(store, key, "retention", 1, "run", err));
    }
    assert_int_equal(sql_int(store, "SELECT count(*) FROM deletion_log"), 2);
}

static const struct CMUnitTest tests[] = {
    FIXTURE_TEST(unheard_commits_are_looked_up),       FIXTURE_TEST(a_caller_may_repeat),
    FIXTURE_TEST(unheard_deletions_are_recorded_once), FIXTURE_TEST(killed_workers_lose_nothing),
    FIXTURE_TEST(cut_connections_keep_the_truth),
};
TEST_LIST(crash_tests, tests);
