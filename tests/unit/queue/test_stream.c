/* The stream against a real redis-server that dies, forgets, is full and refuses. */
#include "queue/stream.h"

#include "base/clock.h"
#include "redis_server.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

enum { MAX = 30 };

typedef struct fixture {
    redis_server server;
    mg_stream *stream;
    mg_stream_entry entries[MAX];
    size_t count;
    mg_errinfo err;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    redis_server_init(&f->server);
    redis_server_start(&f->server);
    assert_int_equal(mg_stream_new(&f->stream, f->server.url, "mg", "c1", NULL), MG_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    mg_stream_free(f->stream);
    redis_server_done(&f->server);
    free(f);
    return 0;
}

static mg_err read_entries(fixture *f, int block_ms)
{
    f->err = (mg_errinfo){0};
    return mg_stream_read(f->stream, block_ms, f->entries, MAX, &f->count, &f->err);
}

static void add(fixture *f, const char *priority, const char *value)
{
    freeReplyObject(redis_server_do(&f->server, "XADD mg:jobs:%s * v 1 x %s", priority, value));
}

static bool value_is(const mg_stream_entry *entry, size_t field, const char *value)
{
    return entry->field_count > field && entry->fields[field].value_len == strlen(value) &&
           memcmp(entry->fields[field].value, value, strlen(value)) == 0;
}

/* Calls until the object's backoff lets it connect again. */
static mg_err read_patiently(fixture *f, int limit_ms)
{
    int64_t until = mg_mono_ms() + limit_ms;
    mg_err code;
    while ((code = read_entries(f, 0)) == MG_E_UNAVAILABLE && mg_mono_ms() < until)
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    return code;
}

/* ---- the ordinary way ----------------------------------------------------------------------- */

static void reads_in_order_and_acknowledges(void **state)
{
    fixture *f = *state;
    add(f, "low", "l1"); /* before the group exists: read all the same */
    add(f, "high", "h1");
    add(f, "normal", "n1");
    add(f, "high", "h2");
    assert_int_equal(read_entries(f, 0), MG_OK);
    assert_int_equal(f->count, 4);
    assert_true(value_is(&f->entries[0], 1, "h1") && value_is(&f->entries[1], 1, "h2"));
    assert_true(value_is(&f->entries[2], 1, "n1") && value_is(&f->entries[3], 1, "l1"));
    assert_int_equal(f->entries[0].priority, MG_PRIORITY_HIGH);
    assert_int_equal(f->entries[3].priority, MG_PRIORITY_LOW);
    bool drained = true;
    assert_int_equal(mg_stream_is_drained(f->stream, &drained, NULL), MG_OK);
    assert_false(drained); /* read, not acknowledged */
    /* the fields stay valid while other calls are made */
    assert_true(value_is(&f->entries[0], 1, "h1"));
    assert_int_equal(mg_stream_ack(f->stream, f->entries, f->count, NULL), MG_OK);
    assert_int_equal(redis_server_int(&f->server, "XLEN mg:jobs:high"), 0);
    assert_int_equal(redis_server_int(&f->server, "XLEN mg:jobs:low"), 0);
    assert_int_equal(mg_stream_is_drained(f->stream, &drained, NULL), MG_OK);
    assert_true(drained);
}

static void a_batch_is_bounded(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < 25; i++) {
        add(f, "high", "h");
        add(f, "low", "l");
    }
    size_t total = 0;
    do {
        assert_int_equal(read_entries(f, 0), MG_OK);
        assert_true(f->count <= MAX);
        assert_int_equal(mg_stream_ack(f->stream, f->entries, f->count, NULL), MG_OK);
        total += f->count;
    } while (f->count > 0);
    assert_int_equal(total, 50);
    assert_int_equal(mg_stream_read(f->stream, 0, f->entries, 2, &f->count, NULL), MG_E_LIMIT);
}

static void blocking_ends_on_time_and_on_arrival(void **state)
{
    fixture *f = *state;
    assert_int_equal(read_entries(f, 0), MG_OK);
    int64_t start = mg_mono_ms();
    assert_int_equal(read_entries(f, 300), MG_OK);
    assert_int_equal(f->count, 0);
    assert_in_range(mg_mono_ms() - start, 280, 1300);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        usleep(100000);
        redisContext *c = redisConnectUnix(f->server.socket);
        redisCommand(c, "XADD mg:jobs:low * v 1");
        _exit(0);
    }
    start = mg_mono_ms();
    assert_int_equal(read_entries(f, 5000), MG_OK);
    assert_int_equal(f->count, 1);
    assert_true(mg_mono_ms() - start < 3000);
}

static void oversized_entries_are_marked(void **state)
{
    fixture *f = *state;
    char *big = malloc(20001);
    memset(big, 'x', 20000);
    big[20000] = '\0';
    freeReplyObject(redis_server_do(&f->server, "XADD mg:jobs:normal * v 1 x %s", big));
    freeReplyObject(redis_server_do(&f->server, "XADD mg:jobs:normal * big %s", big));
    free(big);
    char command[2048] = "XADD mg:jobs:normal *";
    for (int i = 0; i < 40; i++)
        sprintf(command + strlen(command), " f%d 1", i);
    redisContext *c = redisConnectUnix(f->server.socket);
    freeReplyObject(redisCommand(c, command));
    redisFree(c);
    assert_int_equal(read_entries(f, 0), MG_OK);
    assert_int_equal(f->count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(f->entries[i].oversized);
        assert_true(f->entries[i].field_count > 0); /* so that it is not taken for a deleted one */
        assert_true(f->entries[i].field_count <= MG_MESSAGE_MAX_FIELDS);
    }
}

/* ---- dead intakes ---------------------------------------------------------------------------- */

static void reclaims_what_another_left(void **state)
{
    fixture *f = *state;
    add(f, "high", "a");
    add(f, "low", "b");
    assert_int_equal(read_entries(f, 0), MG_OK);
    assert_int_equal(f->count, 2);
    mg_stream *other = NULL;
    mg_stream_entry entries[MAX];
    size_t count = 9;
    assert_int_equal(mg_stream_new(&other, f->server.url, "mg", "c2", NULL), MG_OK);
    assert_int_equal(mg_stream_reclaim(other, 60000, entries, MAX, &count, NULL), MG_OK);
    assert_int_equal(count, 0); /* not idle for long enough */
    assert_int_equal(mg_stream_reclaim(other, 0, entries, MAX, &count, NULL), MG_OK);
    assert_int_equal(count, 2);
    assert_true(value_is(&entries[0], 1, "a") && value_is(&entries[1], 1, "b"));
    assert_int_equal(mg_stream_ack(other, entries, count, NULL), MG_OK);
    bool drained = false;
    assert_int_equal(mg_stream_is_drained(other, &drained, NULL), MG_OK);
    assert_true(drained);
    mg_stream_free(other);
}

static void an_entry_deleted_while_pending_is_only_an_id(void **state)
{
    fixture *f = *state;
    add(f, "high", "a");
    add(f, "high", "b");
    assert_int_equal(read_entries(f, 0), MG_OK);
    assert_int_equal(redis_server_int(&f->server, "XDEL mg:jobs:high %s", f->entries[0].id), 1);
    char deleted[48];
    strcpy(deleted, f->entries[0].id);
    assert_int_equal(mg_stream_reclaim(f->stream, 0, f->entries, MAX, &f->count, NULL), MG_OK);
    assert_int_equal(f->count, 2);
    assert_true(value_is(&f->entries[0], 1, "b"));
    assert_string_equal(f->entries[1].id, deleted);
    assert_int_equal(f->entries[1].field_count, 0);
    assert_int_equal(mg_stream_ack(f->stream, f->entries, f->count, NULL), MG_OK);
}

static void reclaim_goes_round_a_long_list(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < 100; i++)
        add(f, "normal", "x");
    size_t total = 0;
    for (int i = 0; i < 10; i++)
        assert_int_equal(read_entries(f, 0), MG_OK);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(mg_stream_reclaim(f->stream, 0, f->entries, MAX, &f->count, NULL), MG_OK);
        assert_int_equal(mg_stream_ack(f->stream, f->entries, f->count, NULL), MG_OK);
        total += f->count;
    }
    assert_int_equal(total, 100);
}

/* ---- the server forgets ---------------------------------------------------------------------- */

static void flushall_makes_new_groups(void **state)
{
    fixture *f = *state;
    assert_int_equal(read_entries(f, 0), MG_OK);
    freeReplyObject(redis_server_do(&f->server, "FLUSHALL"));
    add(f, "normal", "after");
    assert_int_equal(read_entries(f, 0), MG_OK);
    assert_int_equal(f->count, 1);
    assert_true(value_is(&f->entries[0], 1, "after"));
    assert_int_equal(mg_stream_reclaim(f->stream, 0, f->entries, MAX, &f->count, NULL), MG_OK);
    freeReplyObject(redis_server_do(&f->server, "FLUSHALL"));
    assert_int_equal(mg_stream_reclaim(f->stream, 0, f->entries, MAX, &f->count, NULL), MG_OK);
    assert_int_equal(f->count, 0);
    bool drained = false;
    assert_int_equal(mg_stream_is_drained(f->stream, &drained, NULL), MG_OK);
    assert_true(drained);
}

static void flushall_while_blocked(void **state)
{
    fixture *f = *state;
    assert_int_equal(read_entries(f, 0), MG_OK);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        usleep(150000);
        redisContext *c = redisConnectUnix(f->server.socket);
        redisCommand(c, "FLUSHALL");
        redisCommand(c, "XADD mg:jobs:high * v 1 x late");
        _exit(0);
    }
    size_t seen = 0;
    for (int i = 0; i < 5 && seen == 0; i++) {
        assert_int_equal(read_entries(f, 800), MG_OK);
        seen = f->count;
    }
    assert_int_equal(seen, 1);
}

static void unread_entries_are_seen_whatever_the_lag(void **state)
{
    fixture *f = *state;
    assert_int_equal(read_entries(f, 0), MG_OK);
    add(f, "low", "1");
    redisReply *reply = redis_server_do(&f->server, "XADD mg:jobs:low * v 1");
    add(f, "low", "3");
    redis_server_int(&f->server, "XDEL mg:jobs:low %s", reply->str); /* lag becomes nil */
    freeReplyObject(reply);
    bool drained = true;
    assert_int_equal(mg_stream_is_drained(f->stream, &drained, NULL), MG_OK);
    assert_false(drained);
    assert_int_equal(read_entries(f, 0), MG_OK);
    assert_int_equal(f->count, 2);
    /* acknowledged by a process that died before XDEL: nothing waits */
    redis_server_int(&f->server, "XACK mg:jobs:low mixgauge %s %s", f->entries[0].id,
                     f->entries[1].id);
    assert_int_equal(mg_stream_is_drained(f->stream, &drained, NULL), MG_OK);
    assert_true(drained);
}

/* ---- the server dies ------------------------------------------------------------------------- */

static void kill_and_restart(void **state)
{
    fixture *f = *state;
    assert_int_equal(read_entries(f, 0), MG_OK);
    redis_server_kill(&f->server);
    assert_int_equal(read_entries(f, 500), MG_E_UNAVAILABLE);
    assert_true(f->err.text[0]);
    /* no storm of attempts: the next calls answer at once, from the backoff */
    int64_t start = mg_mono_us();
    for (int i = 0; i < 100; i++)
        assert_int_equal(read_entries(f, 500), MG_E_UNAVAILABLE);
    assert_true(mg_mono_us() - start < 100000);
    redis_server_start(&f->server);
    add(f, "high", "back");
    assert_int_equal(read_patiently(f, 5000), MG_OK);
    assert_int_equal(f->count, 1);
    assert_true(value_is(&f->entries[0], 1, "back"));
}

static void kill_while_blocked(void **state)
{
    fixture *f = *state;
    assert_int_equal(read_entries(f, 0), MG_OK);
    pid_t victim = f->server.pid;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        usleep(100000);
        kill(victim, SIGKILL);
        _exit(0);
    }
    int64_t start = mg_mono_ms();
    assert_int_equal(read_entries(f, 5000), MG_E_UNAVAILABLE);
    assert_true(mg_mono_ms() - start < 3000);
}

static void a_stopped_server_blocks_no_longer_than_said(void **state)
{
    fixture *f = *state;
    assert_int_equal(read_entries(f, 0), MG_OK);
    kill(f->server.pid, SIGSTOP);
    int64_t start = mg_mono_ms();
    assert_int_equal(read_entries(f, 300), MG_E_UNAVAILABLE);
    assert_in_range(mg_mono_ms() - start, 1200, 2000);
    assert_non_null(strstr(f->err.text, "no answer in time"));
    kill(f->server.pid, SIGCONT);
    assert_int_equal(read_patiently(f, 5000), MG_OK);
}

static void no_server_at_all(void **state)
{
    (void)state;
    mg_stream *stream = NULL;
    mg_stream_entry entries[3];
    size_t count;
    mg_errinfo err = {0};
    assert_int_equal(mg_stream_new(&stream, "unix:///tmp/mg-no-such-socket", "mg", "c", NULL),
                     MG_OK);
    assert_int_equal(mg_stream_read(stream, 100, entries, 3, &count, &err), MG_E_UNAVAILABLE);
    assert_int_equal(mg_stream_ack(stream, entries, 0, NULL), MG_OK);
    bool drained;
    assert_int_equal(mg_stream_is_drained(stream, &drained, NULL), MG_E_UNAVAILABLE);
    mg_stream_free(stream);
    mg_stream_free(NULL);
}

static void a_broken_pipe_is_no_signal(void **state)
{
    fixture *f = *state;
    signal(SIGPIPE, SIG_DFL);
    assert_int_equal(read_entries(f, 0), MG_OK);
    redis_server_kill(&f->server);
    mg_event event = {.job_id = "j", .user_id = "u", .state = MG_JOB_RUNNING};
    mg_event many[200];
    for (size_t i = 0; i < 200; i++)
        many[i] = event;
    assert_int_equal(mg_stream_publish(f->stream, many, 200, NULL), MG_E_UNAVAILABLE);
}

/* ---- the server is full or refuses ------------------------------------------------------------
 */

static void a_full_server_is_drained(void **state)
{
    fixture *f = *state;
    assert_int_equal(read_entries(f, 0), MG_OK);
    add(f, "normal", "waiting");
    freeReplyObject(redis_server_do(&f->server, "CONFIG SET maxmemory-policy noeviction"));
    freeReplyObject(redis_server_do(&f->server, "CONFIG SET maxmemory 100"));
    mg_event event = {.job_id = "j", .user_id = "u", .state = MG_JOB_RUNNING};
    assert_int_equal(mg_stream_publish(f->stream, &event, 1, &f->err), MG_E_UNAVAILABLE);
    assert_non_null(strstr(f->err.text, "OOM"));
    assert_int_equal(read_entries(f, 0), MG_OK);
    assert_int_equal(f->count, 1);
    assert_int_equal(mg_stream_ack(f->stream, f->entries, 1, NULL), MG_OK);
    assert_int_equal(redis_server_int(&f->server, "XLEN mg:jobs:normal"), 0);
}

static void full_before_the_group_exists(void **state)
{
    fixture *f = *state;
    freeReplyObject(redis_server_do(&f->server, "CONFIG SET maxmemory 100"));
    assert_int_equal(read_entries(f, 0), MG_E_UNAVAILABLE);
    freeReplyObject(redis_server_do(&f->server, "CONFIG SET maxmemory 0"));
    assert_int_equal(read_patiently(f, 5000), MG_OK);
}

static void refused_credentials_are_permanent(void **state)
{
    fixture *f = *state;
    freeReplyObject(redis_server_do(&f->server, "CONFIG SET requirepass secret"));
    assert_int_equal(read_entries(f, 0), MG_E_CONFIG);
    assert_non_null(strstr(f->err.text, "NOAUTH"));
    char url[200];
    mg_stream *stream = NULL;
    snprintf(url, sizeof url, "unix://:wrong@%s", f->server.socket);
    assert_int_equal(mg_stream_new(&stream, url, "mg", "c", NULL), MG_OK);
    mg_errinfo err = {0};
    assert_int_equal(mg_stream_read(stream, 0, f->entries, MAX, &f->count, &err), MG_E_CONFIG);
    assert_non_null(strstr(err.text, "WRONGPASS"));
    assert_null(strstr(err.text, "wrong@"));
    mg_stream_free(stream);
    snprintf(url, sizeof url, "unix://default:s%%65cret@%s?db=3", f->server.socket);
    assert_int_equal(mg_stream_new(&stream, url, "mg", "c", NULL), MG_OK);
    assert_int_equal(mg_stream_read(stream, 0, f->entries, MAX, &f->count, NULL), MG_OK);
    mg_stream_free(stream);
}

static void missing_rights_are_permanent(void **state)
{
    fixture *f = *state;
    /* what a worker needs, and one who lacks it */
    freeReplyObject(redis_server_do(
        &f->server,
        "ACL SETUSER worker on >pw resetchannels ~mg:* -@all +xreadgroup +xgroup|create "
        "+xautoclaim +xack +xdel +xadd +xlen +xrange +xinfo|groups +info"));
    freeReplyObject(redis_server_do(&f->server, "ACL SETUSER nobody on >pw ~mg:* -@all +ping"));
    char url[200];
    mg_stream *stream = NULL;
    snprintf(url, sizeof url, "unix://worker:pw@%s", f->server.socket);
    assert_int_equal(mg_stream_new(&stream, url, "mg", "c", NULL), MG_OK);
    add(f, "high", "x");
    assert_int_equal(mg_stream_read(stream, 10, f->entries, MAX, &f->count, NULL), MG_OK);
    assert_int_equal(f->count, 1);
    assert_int_equal(mg_stream_ack(stream, f->entries, 1, NULL), MG_OK);
    assert_int_equal(mg_stream_reclaim(stream, 0, f->entries, MAX, &f->count, NULL), MG_OK);
    mg_event event = {.job_id = "j", .user_id = "u", .state = MG_JOB_QUEUED};
    assert_int_equal(mg_stream_publish(stream, &event, 1, NULL), MG_OK);
    bool drained;
    assert_int_equal(mg_stream_is_drained(stream, &drained, NULL), MG_OK);
    char version[32], warning[240];
    assert_int_equal(mg_stream_server_info(stream, version, warning, NULL), MG_OK);
    mg_stream_free(stream);
    snprintf(url, sizeof url, "unix://nobody:pw@%s", f->server.socket);
    assert_int_equal(mg_stream_new(&stream, url, "mg", "c", NULL), MG_OK);
    mg_errinfo err = {0};
    assert_int_equal(mg_stream_read(stream, 0, f->entries, MAX, &f->count, &err), MG_E_CONFIG);
    assert_non_null(strstr(err.text, "NOPERM"));
    mg_stream_free(stream);
}

static void a_wrong_type_is_permanent(void **state)
{
    fixture *f = *state;
    freeReplyObject(redis_server_do(&f->server, "SET mg:jobs:normal x"));
    assert_int_equal(read_entries(f, 0), MG_E_CONFIG);
    assert_non_null(strstr(f->err.text, "WRONGTYPE"));
}

static void errors_of_a_replica_pass(void **state)
{
    fixture *f = *state;
    assert_int_equal(read_entries(f, 0), MG_OK);
    freeReplyObject(redis_server_do(&f->server, "REPLICAOF 127.0.0.1 1"));
    mg_err code = read_entries(f, 0); /* READONLY or MASTERDOWN */
    assert_int_equal(code, MG_E_UNAVAILABLE);
    freeReplyObject(redis_server_do(&f->server, "REPLICAOF NO ONE"));
    assert_int_equal(read_patiently(f, 5000), MG_OK);
}

/* ---- events and the doctor ---------------------------------------------------------------------
 */

static void publishes_events(void **state)
{
    fixture *f = *state;
    mg_event events[] = {
        {.job_id = "j1",
         .user_id = "u",
         .attempt = 2,
         .state = MG_JOB_DEAD,
         .progress = 40,
         .reason = "timeout",
         .at_ms = 1767225600123},
        {.job_id = "j2", .user_id = "u", .state = MG_JOB_QUEUED},
    };
    assert_int_equal(mg_stream_publish(f->stream, events, 2, NULL), MG_OK);
    redisReply *reply = redis_server_do(&f->server, "XRANGE mg:events - +");
    assert_int_equal(reply->elements, 2);
    static const char *const expected[] = {
        "job_id", "j1",       "user_id", "u",      "attempt", "2",  "state",
        "dead",   "progress", "40",      "reason", "timeout", "at", "1767225600123"};
    redisReply *fields = reply->element[0]->element[1];
    assert_int_equal(fields->elements, 14);
    for (size_t i = 0; i < 14; i++)
        assert_string_equal(fields->element[i]->str, expected[i]);
    assert_string_equal(reply->element[1]->element[1]->element[11]->str, "");
    freeReplyObject(reply);
}

static void tells_about_the_server(void **state)
{
    fixture *f = *state;
    char version[32], warning[240];
    assert_int_equal(mg_stream_server_info(f->stream, version, warning, NULL), MG_OK);
    assert_true(version[0] >= '6' && strchr(version, '.'));
    assert_non_null(strstr(warning, "appendonly"));
    freeReplyObject(redis_server_do(&f->server, "CONFIG SET maxmemory-policy allkeys-lru"));
    assert_int_equal(mg_stream_server_info(f->stream, version, warning, NULL), MG_OK);
    assert_non_null(strstr(warning, "allkeys-lru"));
}

int main(void)
{
#define REDIS_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        REDIS_TEST(reads_in_order_and_acknowledges),
        REDIS_TEST(a_batch_is_bounded),
        REDIS_TEST(blocking_ends_on_time_and_on_arrival),
        REDIS_TEST(oversized_entries_are_marked),
        REDIS_TEST(reclaims_what_another_left),
        REDIS_TEST(an_entry_deleted_while_pending_is_only_an_id),
        REDIS_TEST(reclaim_goes_round_a_long_list),
        REDIS_TEST(flushall_makes_new_groups),
        REDIS_TEST(flushall_while_blocked),
        REDIS_TEST(unread_entries_are_seen_whatever_the_lag),
        REDIS_TEST(kill_and_restart),
        REDIS_TEST(kill_while_blocked),
        REDIS_TEST(a_stopped_server_blocks_no_longer_than_said),
        cmocka_unit_test(no_server_at_all),
        REDIS_TEST(a_broken_pipe_is_no_signal),
        REDIS_TEST(a_full_server_is_drained),
        REDIS_TEST(full_before_the_group_exists),
        REDIS_TEST(refused_credentials_are_permanent),
        REDIS_TEST(missing_rights_are_permanent),
        REDIS_TEST(a_wrong_type_is_permanent),
        REDIS_TEST(errors_of_a_replica_pass),
        REDIS_TEST(publishes_events),
        REDIS_TEST(tells_about_the_server),
    };
    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
