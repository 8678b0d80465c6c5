/* Opening a ledger, and its schema. */
#include "support.h"

#include "base/clock.h"
#include "tests/temp_dir.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- opening ----------------------------------------------------------------------------- */

static mg_err open_code(const char *url, int64_t deadline_ms, mg_errinfo *info)
{
    mg_store *store = NULL;
    *info = (mg_errinfo){0};
    mg_err result = mg_store_open(&store, url, deadline_ms, info);
    assert_true((result == MG_OK) == (store != NULL));
    mg_store_close(store);
    return result;
}

static void the_store_names_its_kind(void **state)
{
    fixture *f = *state;
    assert_string_equal(mg_store_kind(f->store), on_postgres() ? "postgres" : "sqlite");
    int64_t now;
    assert_store(mg_store_now(f->store, &now, err));
    assert_in_range(now, mg_wall_ms() - 5000, mg_wall_ms() + 5000);
    mg_store_close(NULL);
}

static void wrong_urls_are_configuration(void **state)
{
    (void)state;
    mg_errinfo info;
    assert_int_equal(open_code("mysql://x", 1000, &info), MG_E_CONFIG);
    assert_int_equal(open_code("sqlite:relative.db", 1000, &info), MG_E_CONFIG);
    assert_int_equal(open_code("postgres://u:secret@[bad/db", 1000, &info), MG_E_CONFIG);
    assert_null(strstr(info.text, "secret"));
}

static void sqlite_files_are_private(void **state)
{
    fixture *f = *state;
    if (on_postgres())
        return;
    const char *path = f->url + 7;
    struct stat st;
    char wal[1100], url[1200];
    mg_errinfo info;
    accept_job(f->store, 1, "ann", wal);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    snprintf(wal, sizeof wal, "%s-wal", path);
    assert_int_equal(stat(wal, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    snprintf(url, sizeof url, "sqlite:%s/no/such/place.db", path);
    assert_int_equal(open_code(url, 1000, &info), MG_E_IO);
}

static void sqlite_damage_has_a_sentence(void **state)
{
    fixture *f = *state;
    if (on_postgres())
        return;
    char url[1200];
    snprintf(url, sizeof url, "%s.damaged", f->url);
    FILE *file = fopen(url + 7, "w");
    assert_non_null(file);
    for (int i = 0; i < 9000; i++)
        fputs("not a ledger", file);
    fclose(file);
    mg_errinfo info;
    assert_int_equal(open_code(url, 1000, &info), MG_E_IO);
    assert_non_null(strstr(info.text, "damaged"));
}

static void sqlite_full_disk_has_a_sentence(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    if (on_postgres())
        return;
    char id[MG_UUID_SIZE];
    accept_job(store, 1, "ann", id);
    mg_claim claim = claim_job(store);
    run_sql(store, "PRAGMA max_page_count = 1"); /* no more than there are now */
    static char big[200001];
    memset(big, 'x', sizeof big - 1);
    mg_result_columns columns = make_columns();
    mg_errinfo info = {0};
    assert_int_equal(mg_store_finish(store, id, claim.fence, big, sizeof big - 1, &columns, &info),
                     MG_E_IO);
    assert_non_null(strstr(info.text, "full"));
    assert_state(store, id, MG_JOB_RUNNING); /* all or nothing */
    run_sql(store, "PRAGMA max_page_count = 1000000");
    finish_job(store, &claim, big);
    assert_invariants(store);
}

static void sqlite_waits_for_its_lock_until_the_deadline(void **state)
{
    fixture *f = *state;
    if (on_postgres())
        return;
    mg_store *other = NULL;
    assert_store(mg_store_open(&other, f->url, 300, err));
    mg_errinfo info = {0};
    f->store->deadline_at_ms = mg_mono_ms() + 1000;
    assert_int_equal(f->store->ops->begin(f->store, MG_TX_WRITE, &info), MG_OK);
    int64_t start = mg_mono_ms();
    assert_int_equal(mg_store_set_paused(other, true, &info), MG_E_UNAVAILABLE);
    assert_in_range(mg_mono_ms() - start, 200, 2000);
    f->store->ops->rollback(f->store);
    assert_store(mg_store_set_paused(other, true, err));
    mg_store_close(other);
}

static void refused_is_not_unreachable(void **state)
{
    fixture *f = *state;
    if (!on_postgres())
        return;
    char url[1200];
    mg_errinfo info;
    snprintf(url, sizeof url, "%s&dbname=no_such_database", f->url);
    assert_int_equal(open_code(url, 3000, &info), MG_E_CONFIG);
    assert_non_null(strstr(info.text, "no_such_database"));
    snprintf(url, sizeof url, "%s&user=no_such_role", f->url);
    assert_int_equal(open_code(url, 3000, &info), MG_E_CONFIG);
    assert_int_equal(open_code("postgres://x@/x?host=/tmp/mg-no-such-directory", 3000, &info),
                     MG_E_UNAVAILABLE);
    assert_int_equal(open_code("postgres://x@127.0.0.1:1/x", 3000, &info), MG_E_UNAVAILABLE);
}

/* A server that accepts and never answers: a frozen host. */
static void a_silent_server_costs_the_deadline(void **state)
{
    (void)state;
    if (!on_postgres())
        return;
    char directory[64], url[128];
    assert_true(make_temp_dir(directory, sizeof directory));
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.5432", directory);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 5), 0);
    snprintf(url, sizeof url, "postgres://x@/x?host=%s&port=5432", directory);
    mg_errinfo info;
    int64_t start = mg_mono_ms();
    assert_int_equal(open_code(url, 500, &info), MG_E_UNAVAILABLE);
    assert_in_range(mg_mono_ms() - start, 400, 2000);
    close(fd);
    unlink(address.sun_path);
    rmdir(directory);
}

static const struct CMUnitTest opens[] = {
    FIXTURE_TEST(the_store_names_its_kind),
    FIXTURE_TEST(wrong_urls_are_configuration),
    FIXTURE_TEST(sqlite_files_are_private),
    FIXTURE_TEST(sqlite_damage_has_a_sentence),
    FIXTURE_TEST(sqlite_full_disk_has_a_sentence),
    FIXTURE_TEST(sqlite_waits_for_its_lock_until_the_deadline),
    FIXTURE_TEST(refused_is_not_unreachable),
    FIXTURE_TEST(a_silent_server_costs_the_deadline),
};
TEST_LIST(open_tests, opens);

/* ---- migrations -------------------------------------------------------------------------- */

static void up_down_up(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    mg_migration_state at;
    int applied = 99;
    mg_errinfo info = {0};
    assert_store(mg_migrate_state(store, &at, err));
    assert_int_equal(at.version, 0);
    assert_int_equal(mg_store_check_schema(store, &info), MG_E_SCHEMA);
    assert_non_null(strstr(info.text, "mixgauge migrate"));
    for (int round = 0; round < 2; round++) {
        assert_store(mg_migrate_to(store, MG_SCHEMA_VERSION, &applied, err));
        assert_int_equal(applied, MG_SCHEMA_VERSION);
        assert_store(mg_migrate_to(store, MG_SCHEMA_VERSION, &applied, err));
        assert_int_equal(applied, 0);
        assert_store(mg_migrate_state(store, &at, err));
        assert_int_equal(at.version, MG_SCHEMA_VERSION);
        assert_int_equal(at.compatible_from, 1);
        assert_store(mg_store_check_schema(store, err));
        char id[MG_UUID_SIZE];
        accept_job(store, 1, "ann", id);
        assert_store(mg_migrate_to(store, 0, &applied, err));
        assert_int_equal(applied, MG_SCHEMA_VERSION);
    }
    assert_int_equal(mg_migrate_to(store, MG_SCHEMA_VERSION + 1, NULL, NULL), MG_E_SCHEMA);
    assert_int_equal(mg_migrate_to(store, -1, NULL, NULL), MG_E_SCHEMA);
}

typedef struct migrator {
    mg_store *store;
    int applied;
    mg_err result;
} migrator;

static void *migrate_thread(void *argument)
{
    migrator *m = argument;
    m->result = mg_migrate_to(m->store, MG_SCHEMA_VERSION, &m->applied, NULL);
    return NULL;
}

static void two_at_once_do_no_harm(void **state)
{
    fixture *f = *state;
    for (int round = 0; round < 3; round++) {
        migrator m[4] = {{.store = open_again(f)},
                         {.store = open_again(f)},
                         {.store = open_again(f)},
                         {.store = open_again(f)}};
        pthread_t thread[4];
        int applied = 0;
        for (int i = 0; i < 4; i++)
            assert_int_equal(pthread_create(&thread[i], NULL, migrate_thread, &m[i]), 0);
        for (int i = 0; i < 4; i++) {
            pthread_join(thread[i], NULL);
            assert_int_equal(m[i].result, MG_OK);
            applied += m[i].applied;
            mg_store_close(m[i].store);
        }
        assert_int_equal(applied, MG_SCHEMA_VERSION);
        assert_store(mg_migrate_to(f->store, 0, NULL, err));
    }
}

static void a_changed_migration_is_refused(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    mg_errinfo info = {0};
    run_sql(store, "UPDATE schema_migrations SET checksum = 'other'");
    assert_int_equal(mg_migrate_to(store, 0, NULL, &info), MG_E_SCHEMA);
    assert_non_null(strstr(info.text, "migration 1"));
    assert_int_equal(mg_migrate_to(store, MG_SCHEMA_VERSION, NULL, NULL), MG_E_SCHEMA);
    assert_int_equal(sql_int(store, "SELECT count(*) FROM schema_migrations"), 1);
}

/* A newer program has migrated the ledger while this one still runs. */
static void a_newer_schema_says_who_may_stay(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    mg_errinfo info = {0};
    run_sql(store,
            "INSERT INTO schema_migrations (version, name, checksum, compatible_from, "
            "applied_at) VALUES (%d, 'later', 'x', 1, 5)",
            MG_SCHEMA_VERSION + 1);
    assert_store(mg_store_check_schema(store, err));
    assert_int_equal(mg_migrate_to(store, MG_SCHEMA_VERSION, NULL, &info), MG_E_SCHEMA);
    assert_int_equal(mg_migrate_to(store, 0, NULL, NULL), MG_E_SCHEMA);
    run_sql(store, "UPDATE schema_migrations SET compatible_from = %d WHERE version = %d",
            MG_SCHEMA_VERSION + 1, MG_SCHEMA_VERSION + 1);
    info = (mg_errinfo){0};
    assert_int_equal(mg_store_check_schema(store, &info), MG_E_SCHEMA);
    assert_non_null(strstr(info.text, "upgrade"));
}

static void a_missing_schema_is_told_by_every_call(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    mg_queue_counts counts;
    mg_err result = mg_store_counts(store, &counts, NULL);
    assert_int_not_equal(result, MG_OK);
    assert_int_not_equal(result, MG_E_UNAVAILABLE);
}

/* The constraints hold against whoever writes. */
static mg_err try_sql(mg_store *store, void *context, mg_errinfo *err)
{
    return mg_db_query(store, NULL, err, context, NULL, 0);
}

static void constraints_refuse_impossible_rows(void **state)
{
    mg_store *store = ((fixture *)*state)->store;
    char id[MG_UUID_SIZE];
    accept_job(store, 1, "ann", id);
    const char *wrong[] = {
        "UPDATE jobs SET state = 'no such state'",
        "UPDATE jobs SET state = 'succeeded'",
        "UPDATE jobs SET ended_at = 5",
        "UPDATE jobs SET lease_until = 5",
        "UPDATE jobs SET state = 'running'",
        "UPDATE jobs SET state = 'dead', ended_at = 5",
        "UPDATE jobs SET progress = 101",
        "UPDATE jobs SET fence_base = 1",
        "UPDATE audio_objects SET state = 'deleted'",
        "UPDATE audio_objects SET deleted_at = 5",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (mg_store_tx(store, MG_TX_WRITE, true, try_sql, (void *)wrong[i], NULL) == MG_OK)
            fail_msg("accepted: %s", wrong[i]);
    }
}

static const struct CMUnitTest migrates[] = {
    EMPTY_TEST(up_down_up),
    EMPTY_TEST(two_at_once_do_no_harm),
    FIXTURE_TEST(a_changed_migration_is_refused),
    FIXTURE_TEST(a_newer_schema_says_who_may_stay),
    EMPTY_TEST(a_missing_schema_is_told_by_every_call),
    FIXTURE_TEST(constraints_refuse_impossible_rows),
};
TEST_LIST(migrate_tests, migrates);
