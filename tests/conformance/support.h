/* What the conformance tests share. The suite is one program that runs every test on one engine:
 *
 *     conformance sqlite          a fresh file in a temporary directory
 *     conformance postgres        a fresh database of the server MG_TEST_POSTGRES_URL
 *
 * Each test starts with an empty, migrated ledger: fixture_setup() makes it, *state is the fixture.
 */
#ifndef MG_TESTS_CONFORMANCE_SUPPORT_H
#define MG_TESTS_CONFORMANCE_SUPPORT_H

#include "queue/job.h"
#include "queue/retry.h"
#include "schema/store_impl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct fixture {
    mg_store *store;
    char url[1024]; /* to open further connections */
} fixture;

bool suite_start(const char *engine);
void suite_stop(void);
bool on_postgres(void);

int fixture_setup(void **state);
int fixture_empty(void **state); /* without a schema */
int fixture_teardown(void **state);

#define FIXTURE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define EMPTY_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_empty, fixture_teardown)

typedef struct test_list {
    const struct CMUnitTest *tests;
    size_t count;
} test_list;

extern const test_list accept_tests, run_tests, end_tests, house_tests, act_tests, look_tests,
    retention_tests, migrate_tests, concurrency_tests, crash_tests, open_tests;

#define TEST_LIST(name, array) const test_list name = {array, sizeof(array) / sizeof((array)[0])}

/* MG_OK, or the test fails with the store's sentence. */
#define assert_store(call)                                                                         \
    do {                                                                                           \
        mg_errinfo info_ = {0};                                                                    \
        mg_errinfo *err = &info_;                                                                  \
        mg_err code_ = (call);                                                                     \
        if (code_ != MG_OK)                                                                        \
            fail_msg("%s: %s: %s", #call, mg_err_id(code_), mg_errinfo_text(&info_, code_));       \
    } while (0)

mg_store *open_again(const fixture *f);

/* A job `n` of `user` on the key "USER/track-N.wav". */
mg_job_spec make_spec(unsigned n, const char *user);
void accept_spec(mg_store *store, const mg_job_spec *spec);
/* Accepts job `n` and returns its id, in static memory of the test's choice. */
void accept_job(mg_store *store, unsigned n, const char *user, char ret_id[MG_UUID_SIZE]);

mg_claim_options claim_options(unsigned user_inflight);
/* Claims the next job; fails the test when there is none. */
mg_claim claim_job(mg_store *store);
bool claim_any(mg_store *store, mg_claim *ret);
mg_result_columns make_columns(void);
void finish_job(mg_store *store, const mg_claim *claim, const char *result);
mg_failure make_failure(mg_err reason, unsigned max_attempts);
mg_job_row get_job(mg_store *store, const char *id);
void assert_state(mg_store *store, const char *id, mg_job_state expected);

/* SQL that both engines understand. */
void run_sql(mg_store *store, const char *format, ...) __attribute__((format(printf, 2, 3)));
int64_t sql_int(mg_store *store, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Every row obeys what no sequence of calls may break. */
void assert_invariants(mg_store *store);

/* Postgres: a session of the test's own, for killing others'. Returns the number of rows. */
int64_t admin_sql(const char *sql);
const char *database_name(void);

#endif
