/* From Redis to the ledger, with a server that is killed, flushed and fed nonsense. */
#include "redis_server.h"
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

typedef struct fixture {
    worker_fixture worker;
    redis_server redis;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    worker_fixture_init(&f->worker);
    redis_server_init(&f->redis);
    redis_server_start(&f->redis);
    f->worker.config.queue_url = f->redis.url;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    redis_server_done(&f->redis);
    worker_fixture_done(&f->worker);
    free(f);
    return 0;
}

static void announce(fixture *f, const char *priority, const mg_job_spec *spec)
{
    freeReplyObject(redis_server_do(&f->redis,
                                    "XADD mg:jobs:%s * v 1 job_id %s user_id %s audio_key %s",
                                    priority, spec->job_id, spec->user_id, spec->audio_key));
}

static bool job_known(fixture *f, const char *id)
{
    mg_job_row row;
    return mg_store_get_job(f->worker.store, id, &row, NULL) == MG_OK;
}

static void await_known(fixture *f, const char *id, int limit_ms)
{
    int64_t until = mg_mono_ms() + limit_ms;
    while (!job_known(f, id)) {
        if (mg_mono_ms() > until)
            fail_msg("the job did not reach the ledger");
        nap_ms(20);
    }
}

static long long waiting(fixture *f)
{
    return redis_server_int(&f->redis, "XLEN mg:jobs:high") +
           redis_server_int(&f->redis, "XLEN mg:jobs:normal") +
           redis_server_int(&f->redis, "XLEN mg:jobs:low");
}

static void stop(pid_t pid)
{
    kill(pid, SIGTERM);
    assert_int_equal(worker_wait(pid, 8000), 0);
}

/* How many events of the job say this state. */
static int events(fixture *f, const char *id, const char *job_state)
{
    redisReply *reply = redis_server_do(&f->redis, "XRANGE mg:events - +");
    int found = 0;
    for (size_t i = 0; i < reply->elements; i++) {
        redisReply *fields = reply->element[i]->element[1];
        found += strcmp(fields->element[1]->str, id) == 0 &&
                 strcmp(fields->element[7]->str, job_state) == 0;
    }
    freeReplyObject(reply);
    return found;
}

static void announced_jobs_are_run(void **state)
{
    fixture *f = *state;
    static const char *const priorities[] = {"low", "normal", "high"};
    mg_job_spec specs[9];
    for (int i = 0; i < 9; i++) {
        specs[i] = job_make(&f->worker, "user@x", "ok");
        announce(f, priorities[i % 3], &specs[i]);
    }
    f->worker.config.concurrency = 2;
    f->worker.config.user_inflight = 0;
    assert_int_equal(worker_wait(worker_start(&f->worker, WORKER_UNTIL_EMPTY), 15000), 0);
    for (int i = 0; i < 9; i++) {
        mg_job_row row = job_row(&f->worker, specs[i].job_id);
        assert_int_equal(row.state, MG_JOB_SUCCEEDED);
        assert_string_equal(mg_priority_name[row.spec.priority], priorities[i % 3]);
        assert_int_equal(events(f, specs[i].job_id, "queued"), 1);
        assert_int_equal(events(f, specs[i].job_id, "running"), 1);
        assert_int_equal(events(f, specs[i].job_id, "succeeded"), 1);
    }
    assert_int_equal(waiting(f), 0);
}

static void intake_does_not_wait_for_a_slot(void **state)
{
    fixture *f = *state;
    mg_job_spec busy = job_make(&f->worker, "a", "sleep 5000");
    mg_job_spec next = job_make(&f->worker, "b", "ok");
    announce(f, "normal", &busy);
    pid_t pid = worker_start(&f->worker, 0);
    await_known(f, busy.job_id, 5000);
    job_await(&f->worker, busy.job_id, MG_JOB_RUNNING, 5000);
    announce(f, "high", &next);
    await_known(f, next.job_id, 2500); /* once a second */
    assert_int_equal(job_row(&f->worker, busy.job_id).state, MG_JOB_RUNNING);
    job_await(&f->worker, next.job_id, MG_JOB_SUCCEEDED, 10000);
    assert_int_equal(waiting(f), 0);
    int progress = events(f, busy.job_id, "running");
    assert_in_range(progress, 3, 8); /* at most once a second */
    stop(pid);
}

static void nonsense_does_not_block(void **state)
{
    fixture *f = *state;
    mg_job_spec spec = job_make(&f->worker, "a", "ok"), foreign = spec;
    char *big = malloc(20001);
    memset(big, 'x', 20000);
    big[20000] = '\0';
    freeReplyObject(redis_server_do(&f->redis, "XADD mg:jobs:high * hello world"));
    freeReplyObject(redis_server_do(&f->redis, "XADD mg:jobs:high * v 7"));
    freeReplyObject(redis_server_do(&f->redis, "XADD mg:jobs:high * v 1 x %s", big));
    freeReplyObject(redis_server_do(&f->redis, "XADD mg:jobs:high * v 1 job_id %s", "\xff\n"));
    free(big);
    announce(f, "low", &spec);
    announce(f, "low", &spec); /* a repeat: heard, not run twice */
    strcpy(foreign.user_id, "b");
    memcpy(foreign.audio_key, "b", 1);
    announce(f, "low", &foreign); /* the id is another user's */
    assert_int_equal(worker_wait(worker_start(&f->worker, WORKER_UNTIL_EMPTY), 10000), 0);
    mg_queue_counts counts;
    assert_int_equal(mg_store_counts(f->worker.store, &counts, NULL), MG_OK);
    assert_int_equal(counts.dead_entries, 5);
    assert_int_equal(counts.by_state[MG_JOB_SUCCEEDED], 1);
    assert_string_equal(job_row(&f->worker, spec.job_id).spec.user_id, "a");
    assert_true(events(f, spec.job_id, "queued") + events(f, spec.job_id, "succeeded") >= 3);
    assert_int_equal(waiting(f), 0);
}

static void without_redis_the_ledger_carries_the_service(void **state)
{
    fixture *f = *state;
    char id[MG_UUID_SIZE];
    redis_server_kill(&f->redis);
    pid_t pid = worker_start(&f->worker, 0);
    job_add(&f->worker, "u", "ok", id);
    job_await(&f->worker, id, MG_JOB_SUCCEEDED, 6000);
    redis_server_start(&f->redis);
    mg_job_spec spec = job_make(&f->worker, "u", "ok");
    announce(f, "normal", &spec);
    await_known(f, spec.job_id, 8000);
    job_await(&f->worker, spec.job_id, MG_JOB_SUCCEEDED, 5000);
    assert_true(log_has(&f->worker, " queue_lost ") && log_has(&f->worker, " queue_back "));
    freeReplyObject(redis_server_do(&f->redis, "FLUSHALL"));
    spec = job_make(&f->worker, "u", "ok");
    announce(f, "high", &spec);
    await_known(f, spec.job_id, 5000);
    job_await(&f->worker, spec.job_id, MG_JOB_SUCCEEDED, 5000);
    stop(pid);
}

static void refused_credentials_end_it(void **state)
{
    fixture *f = *state;
    freeReplyObject(redis_server_do(&f->redis, "CONFIG SET requirepass secret"));
    assert_int_equal(worker_wait(worker_start(&f->worker, 0), 6000), MG_EXIT_CONFIG);
    assert_true(log_has(&f->worker, "NOAUTH"));
}

static void a_killed_intake_loses_nothing(void **state)
{
    fixture *f = *state;
    mg_job_spec specs[40];
    for (int i = 0; i < 40; i++) {
        specs[i] = job_make(&f->worker, "u", "ok");
        announce(f, "normal", &specs[i]);
    }
    for (int round = 0; round < 4; round++) { /* killed while it reads, commits and acknowledges */
        pid_t pid = worker_start(&f->worker, 0);
        nap_ms(20 + 15 * round);
        kill(pid, SIGKILL);
        worker_wait(pid, 1000);
    }
    /* what a dead intake holds is idle for a minute before it is taken over: let it look so */
    redisReply *pending = redis_server_do(&f->redis, "XPENDING mg:jobs:normal mixgauge - + 100");
    for (size_t i = 0; pending->type == REDIS_REPLY_ARRAY && i < pending->elements; i++)
        freeReplyObject(redis_server_do(
            &f->redis, "XCLAIM mg:jobs:normal mixgauge dead 0 %s IDLE 100000 JUSTID",
            pending->element[i]->element[0]->str));
    freeReplyObject(pending);
    pid_t pid = worker_start(&f->worker, 0);
    for (int i = 0; i < 40; i++)
        await_known(f, specs[i].job_id, 5000);
    int64_t until = mg_mono_ms() + 5000;
    while (waiting(f) > 0 && mg_mono_ms() < until)
        nap_ms(20);
    assert_int_equal(waiting(f), 0);
    stop(pid);
}

int main(void)
{
#define INTAKE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        INTAKE_TEST(announced_jobs_are_run),
        INTAKE_TEST(intake_does_not_wait_for_a_slot),
        INTAKE_TEST(nonsense_does_not_block),
        INTAKE_TEST(without_redis_the_ledger_carries_the_service),
        INTAKE_TEST(refused_credentials_end_it),
        INTAKE_TEST(a_killed_intake_loses_nothing),
    };
    return cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}
