/* The sweep on a real ledger and directory: what goes, what stays, and a death at every step. */
#include "redis_server.h"
#include "worker/service/sweep.h"
#include "worker_fixture.h"

#include "base/clock.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static int setup(void **state)
{
    worker_fixture *f = calloc(1, sizeof *f);
    worker_fixture_init(f);
    mg_retention none = {.retention_ms = 0, .retention_cap_ms = INT64_C(14) * 86400000};
    assert_int_equal(mg_store_set_retention(f->store, &none, NULL), MG_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    worker_fixture_done(*state);
    free(*state);
    return 0;
}

/* A job that has ended, so that its audio is due; its key. */
static void ended_job(worker_fixture *f, char key[MG_AUDIO_KEY_MAX + 1], char id[MG_UUID_SIZE])
{
    mg_job_spec spec = job_make(f, "user", "some audio");
    job_submit(f, &spec);
    mg_claim_options options = {.worker = "w", .lease_ms = 60000};
    mg_priority_order(0, options.order);
    mg_claim claim;
    bool found = false;
    assert_int_equal(mg_store_claim(f->store, &options, &claim, &found, NULL), MG_OK);
    assert_true(found);
    mg_failure failure = {.reason = MG_E_CORRUPT_AUDIO, .retry_class = "input", .max_attempts = 1};
    assert_int_equal(mg_store_fail(f->store, claim.spec.job_id, claim.fence, &failure, NULL, NULL),
                     MG_OK);
    if (key)
        strcpy(key, spec.audio_key);
    if (id)
        strcpy(id, spec.job_id);
}

enum { PATH_SIZE = 1400 };

static void file_path(worker_fixture *f, const char *key, char out[PATH_SIZE])
{
    int len = snprintf(out, PATH_SIZE, "%s/audio/%s", f->dir, key);
    assert_in_range(len, 1, PATH_SIZE - 1);
}

static bool is_there(worker_fixture *f, const char *key)
{
    char path[PATH_SIZE];
    file_path(f, key, path);
    return access(path, F_OK) == 0;
}

/* A file nobody announced, as old as that. */
static void stray_file(worker_fixture *f, const char *key, int64_t age_ms)
{
    char path[PATH_SIZE];
    struct timespec times[2];
    file_path(f, "user", path);
    mkdir(path, 0700);
    file_path(f, key, path);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, "x", 1), 1);
    int64_t at_ms = mg_wall_ms() - age_ms;
    times[0] = times[1] = (struct timespec){at_ms / 1000, (at_ms % 1000) * 1000000};
    assert_int_equal(futimens(fd, times), 0);
    close(fd);
}

enum { HOUR_MS = 3600000 };

static int64_t sql_number(worker_fixture *f, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t value = -1;
    assert_int_equal(sqlite3_open(f->db_path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    if (sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return value;
}

static mg_err sweep(worker_fixture *f, mg_sweep_options options, mg_sweep_result *ret,
                    mg_errinfo *err)
{
    options.store = f->store;
    options.audio = f->audio;
    return mg_sweep_run(&options, ret, err);
}

typedef struct keys {
    char planned[4000], done[4000];
} keys;

static void collect(void *context, mg_sweep_step step, const mg_sweep_item *item)
{
    keys *k = context;
    char *out = step == MG_SWEEP_PLANNED ? k->planned : step == MG_SWEEP_DONE ? k->done : NULL;
    if (out)
        snprintf(out + strlen(out), 4000 - strlen(out), "%s\n", item->key);
}

static void deletes_what_is_due_and_nothing_else(void **state)
{
    worker_fixture *f = *state;
    char due[3][MG_AUDIO_KEY_MAX + 1];
    for (int i = 0; i < 3; i++)
        ended_job(f, due[i], NULL);
    mg_job_spec live = job_make(f, "user", "needed");
    job_submit(f, &live);
    stray_file(f, "user/old.wav", 25 * HOUR_MS);
    stray_file(f, "user/new.wav", 23 * HOUR_MS);
    stray_file(f, "user/old.wav2.part", 25 * HOUR_MS);
    stray_file(f, "user/new.wav2.part", 23 * HOUR_MS);
    stray_file(f, "user/not a key", 25 * HOUR_MS);
    keys dry = {"", ""}, wet = {"", ""};
    mg_sweep_result result;
    mg_errinfo err = {0};
    assert_int_equal(sweep(f,
                           (mg_sweep_options){.dry_run = true, .report = collect, .context = &dry},
                           &result, &err),
                     MG_OK);
    assert_int_equal(result.planned, 5);
    assert_int_equal(result.deleted, 0);
    assert_true(is_there(f, due[0]) && is_there(f, "user/old.wav"));
    assert_int_equal(
        sweep(f, (mg_sweep_options){.report = collect, .context = &wet}, &result, &err), MG_OK);
    assert_string_equal(dry.planned, wet.planned);
    assert_string_equal(dry.planned, wet.done); /* the same set, nothing more */
    assert_int_equal(result.deleted, 5);
    assert_int_equal(result.orphans, 1);
    assert_int_equal(result.partials, 1);
    assert_int_equal(result.foreign, 1);
    for (int i = 0; i < 3; i++)
        assert_false(is_there(f, due[i]));
    assert_false(is_there(f, "user/old.wav") || is_there(f, "user/old.wav2.part"));
    assert_true(is_there(f, live.audio_key) && is_there(f, "user/new.wav") &&
                is_there(f, "user/new.wav2.part") && is_there(f, "user/not a key"));
    assert_int_equal(sql_number(f, "SELECT count(*) FROM deletion_log"), 4);
    assert_int_equal(sql_number(f, "SELECT count(*) FROM deletion_log WHERE reason = 'orphan'"), 1);
    assert_int_equal(sql_number(f, "SELECT count(*) FROM audio_objects WHERE state = 'deleted'"),
                     4);
    /* and again: nothing left to do */
    assert_int_equal(sweep(f, (mg_sweep_options){.dry_run = false}, &result, &err), MG_OK);
    assert_int_equal(result.planned, 0);
}

static void a_row_without_a_file_is_recorded_as_missing(void **state)
{
    worker_fixture *f = *state;
    char key[MG_AUDIO_KEY_MAX + 1];
    bool was_there;
    mg_sweep_result result;
    ended_job(f, key, NULL);
    assert_int_equal(mg_audio_store_delete(f->audio, key, &was_there, NULL), MG_OK);
    assert_int_equal(sweep(f, (mg_sweep_options){.dry_run = false}, &result, NULL), MG_OK);
    assert_int_equal(result.missing, 1);
    assert_int_equal(result.deleted, 0);
    assert_int_equal(sql_number(f, "SELECT count(*) FROM deletion_log WHERE reason = 'missing'"),
                     1);
}

/* A backup brought deleted audio back: it goes again. */
static void a_restored_file_goes_again(void **state)
{
    worker_fixture *f = *state;
    char key[MG_AUDIO_KEY_MAX + 1];
    mg_sweep_result result;
    ended_job(f, key, NULL);
    assert_int_equal(sweep(f, (mg_sweep_options){.dry_run = false}, &result, NULL), MG_OK);
    stray_file(f, key, 25 * HOUR_MS);
    assert_int_equal(sweep(f, (mg_sweep_options){.dry_run = false}, &result, NULL), MG_OK);
    assert_int_equal(result.deleted, 1);
    assert_false(is_there(f, key));
}

static void requeue_on_planned(void *context, mg_sweep_step step, const mg_sweep_item *item)
{
    worker_fixture *f = context;
    (void)item;
    mg_job_row *rows = NULL;
    size_t count = 0;
    if (step != MG_SWEEP_PLANNED)
        return;
    assert_int_equal(mg_store_list_jobs(f->store, NULL, NULL, 10, &rows, &count, NULL), MG_OK);
    for (size_t i = 0; i < count; i++)
        mg_store_requeue(f->store, rows[i].spec.job_id, NULL);
    free(rows);
}

static void a_requeue_in_between_keeps_the_audio(void **state)
{
    worker_fixture *f = *state;
    char key[MG_AUDIO_KEY_MAX + 1];
    mg_sweep_result result;
    ended_job(f, key, NULL);
    assert_int_equal(
        sweep(f, (mg_sweep_options){.report = requeue_on_planned, .context = f}, &result, NULL),
        MG_OK);
    assert_int_equal(result.kept, 1);
    assert_true(is_there(f, key));
}

static void two_at_once_are_refused(void **state)
{
    worker_fixture *f = *state;
    mg_store *other = NULL;
    mg_sweep_result result;
    assert_int_equal(mg_store_open(&other, f->store_url, 0, NULL), MG_OK);
    assert_int_equal(mg_store_sweep_lock(other, NULL), MG_OK);
    assert_int_equal(sweep(f, (mg_sweep_options){.dry_run = false}, &result, NULL), MG_E_BUSY);
    assert_int_equal(mg_err_exit_code(MG_E_BUSY), MG_EXIT_TRY_LATER);
    assert_int_equal(mg_store_sweep_unlock(other, NULL), MG_OK);
    mg_store_close(other);
    assert_int_equal(sweep(f, (mg_sweep_options){.dry_run = false}, &result, NULL), MG_OK);
}

static void a_great_mass_needs_a_word(void **state)
{
    worker_fixture *f = *state;
    mg_sweep_result result;
    mg_errinfo err = {0};
    char key[64];
    for (int i = 0; i < 101; i++) {
        snprintf(key, sizeof key, "user/old%d", i);
        stray_file(f, key, 25 * HOUR_MS);
    }
    assert_int_equal(sweep(f, (mg_sweep_options){.dry_run = false}, &result, &err), MG_E_REFUSED);
    assert_non_null(strstr(err.text, "--confirm 101"));
    assert_true(is_there(f, "user/old0") && is_there(f, "user/old100"));
    assert_int_equal(sweep(f, (mg_sweep_options){.dry_run = true}, &result, NULL), MG_OK);
    assert_true(result.needs_confirm && result.planned == 101);
    assert_int_equal(sweep(f, (mg_sweep_options){.confirm = 100}, &result, NULL), MG_E_REFUSED);
    assert_int_equal(sweep(f, (mg_sweep_options){.confirm = 101}, &result, NULL), MG_OK);
    assert_int_equal(result.deleted, 101);
    /* 100, or a fifth of all, pass without it */
    for (int i = 0; i < 100; i++) {
        snprintf(key, sizeof key, "user/old%d", i);
        stray_file(f, key, 25 * HOUR_MS);
    }
    assert_int_equal(sweep(f, (mg_sweep_options){.dry_run = false}, &result, NULL), MG_OK);
    for (int i = 0; i < 505; i++) {
        snprintf(key, sizeof key, "user/n%d", i);
        stray_file(f, key, i < 101 ? 25 * HOUR_MS : 0);
    }
    assert_int_equal(sweep(f, (mg_sweep_options){.dry_run = false}, &result, NULL), MG_OK);
    assert_int_equal(result.deleted, 101);
}

static void orphans_wait_for_the_queue(void **state)
{
    worker_fixture *f = *state;
    redis_server redis;
    mg_stream *stream = NULL;
    mg_sweep_result result;
    char key[MG_AUDIO_KEY_MAX + 1];
    redis_server_init(&redis);
    redis_server_start(&redis);
    assert_int_equal(mg_stream_new(&stream, redis.url, "mg", "sweep", NULL), MG_OK);
    stray_file(f, "user/old.wav", 25 * HOUR_MS);
    ended_job(f, key, NULL);
    freeReplyObject(redis_server_do(&redis, "XADD mg:jobs:low * v 1"));
    assert_int_equal(sweep(f, (mg_sweep_options){.stream = stream}, &result, NULL), MG_OK);
    assert_true(result.orphans_skipped);
    assert_string_equal(result.orphans_why, "the queue is not empty");
    assert_true(is_there(f, "user/old.wav"));
    assert_false(is_there(f, key)); /* the retention does not wait */
    redis_server_kill(&redis);
    assert_int_equal(sweep(f, (mg_sweep_options){.stream = stream}, &result, NULL), MG_OK);
    assert_true(result.orphans_skipped && strstr(result.orphans_why, "Redis"));
    assert_true(is_there(f, "user/old.wav"));
    mg_stream_free(stream);
    redis_server_start(&redis); /* empty now */
    assert_int_equal(mg_stream_new(&stream, redis.url, "mg", "sweep", NULL), MG_OK);
    assert_int_equal(sweep(f, (mg_sweep_options){.stream = stream}, &result, NULL), MG_OK);
    assert_false(result.orphans_skipped);
    assert_false(is_there(f, "user/old.wav"));
    mg_stream_free(stream);
    redis_server_done(&redis);
}

typedef struct killer {
    int steps_left;
} killer;

static void die_at_step(void *context, mg_sweep_step step, const mg_sweep_item *item)
{
    killer *k = context;
    (void)step;
    (void)item;
    if (k->steps_left-- == 0)
        raise(SIGKILL);
}

/* kill -9 at the n-th step for every n, then a run to the end: all that was due is gone, each once
 * in the log, and nothing else was touched. */
static void a_death_at_every_step(void **state)
{
    worker_fixture *f = *state;
    mg_job_spec live = job_make(f, "user", "needed");
    job_submit(f, &live);
    /* taken out of the way of ended_job()'s claim */
    mg_job_state now;
    assert_int_equal(mg_store_cancel(f->store, live.job_id, &now, NULL), MG_OK);
    assert_int_equal(sql_number(f, "UPDATE audio_objects SET delete_after = delete_after + 86400000"
                                   " RETURNING 1"),
                     1);
    bool finished = false;
    int64_t expected_log = 0;
    for (int n = 0; !finished && n < 100; n++) {
        char due[2][MG_AUDIO_KEY_MAX + 1];
        ended_job(f, due[0], NULL);
        ended_job(f, due[1], NULL);
        stray_file(f, "user/gone.part", 25 * HOUR_MS);
        char orphan[64];
        snprintf(orphan, sizeof orphan, "user/orphan%d", n);
        stray_file(f, orphan, 25 * HOUR_MS);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            killer k = {n};
            mg_sweep_options options = {.report = die_at_step, .context = &k};
            mg_sweep_result result;
            if (mg_store_open(&options.store, f->store_url, 0, NULL) != MG_OK ||
                mg_audio_store_open(&options.audio, f->audio_url, false, NULL) != MG_OK)
                _exit(1);
            _exit(mg_sweep_run(&options, &result, NULL) == MG_OK ? 0 : 1);
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        finished = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        assert_true(finished || WIFSIGNALED(status));
        /* the lock of the dead one holds for two minutes: they have passed */
        sql_number(f, "UPDATE settings SET lease_until = 1 WHERE name = 'sweep_lock' RETURNING 1");
        mg_sweep_result result;
        mg_errinfo err = {0};
        if (sweep(f, (mg_sweep_options){.dry_run = false}, &result, &err) != MG_OK)
            fail_msg("step %d: %s", n, err.text);
        assert_false(is_there(f, due[0]) || is_there(f, due[1]) || is_there(f, orphan) ||
                     is_there(f, "user/gone.part"));
        assert_true(is_there(f, live.audio_key));
        expected_log += 3;
        assert_int_equal(sql_number(f, "SELECT count(*) FROM deletion_log"), expected_log);
        assert_int_equal(
            sql_number(f, "SELECT count(*) FROM audio_objects WHERE state = 'deleting'"), 0);
        assert_int_equal(
            sql_number(f, "SELECT count(*) FROM deletion_log WHERE reason = 'missing'"), 0);
        assert_int_equal(
            sql_number(f, "SELECT count(*) FROM deletion_log WHERE reason = 'orphan'"), n + 1);
    }
    assert_true(finished); /* every step was tried */
}

static void a_file_that_cannot_be_deleted_is_reported(void **state)
{
    worker_fixture *f = *state;
    char keys_[2][MG_AUDIO_KEY_MAX + 1], path[PATH_SIZE];
    mg_sweep_result result;
    bool was_there;
    ended_job(f, keys_[0], NULL);
    ended_job(f, keys_[1], NULL);
    assert_int_equal(mg_audio_store_delete(f->audio, keys_[0], &was_there, NULL), MG_OK);
    file_path(f, keys_[0], path);
    assert_int_equal(mkdir(path, 0700), 0); /* a directory in its place */
    assert_int_equal(sweep(f, (mg_sweep_options){.dry_run = false}, &result, NULL), MG_E_STORAGE);
    assert_int_equal(result.failed, 1);
    assert_int_equal(result.deleted, 1); /* the other went all the same */
    assert_int_equal(sql_number(f, "SELECT count(*) FROM audio_objects WHERE state = 'deleting'"),
                     1);
    rmdir(path);
    assert_int_equal(sweep(f, (mg_sweep_options){.dry_run = false}, &result, NULL), MG_OK);
}

int main(void)
{
#define SWEEP_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        SWEEP_TEST(deletes_what_is_due_and_nothing_else),
        SWEEP_TEST(a_row_without_a_file_is_recorded_as_missing),
        SWEEP_TEST(a_restored_file_goes_again),
        SWEEP_TEST(a_requeue_in_between_keeps_the_audio),
        SWEEP_TEST(two_at_once_are_refused),
        SWEEP_TEST(a_great_mass_needs_a_word),
        SWEEP_TEST(orphans_wait_for_the_queue),
        SWEEP_TEST(a_death_at_every_step),
        SWEEP_TEST(a_file_that_cannot_be_deleted_is_reported),
    };
    return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
