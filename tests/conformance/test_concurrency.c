/* Several connections at once. Threads count what goes wrong; the test looks at the counts. */
#include "support.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { THREADS = 6, JOBS = 500, USERS = 4, CAP = 2 };

typedef struct contest {
    const fixture *fixture;
    unsigned cap;
    atomic_int claimed[JOBS]; /* how often each job was taken */
    atomic_int running[USERS];
    atomic_int done, errors, over_cap, most_running;
} contest;

static void enter(contest *c, int user)
{
    int now = atomic_fetch_add(&c->running[user], 1) + 1;
    if (c->cap && now > (int)c->cap)
        atomic_fetch_add(&c->over_cap, 1);
    int most = atomic_load(&c->most_running);
    while (now > most && !atomic_compare_exchange_weak(&c->most_running, &most, now))
        ;
}

static bool work_once(contest *c, mg_store *store)
{
    mg_claim_options options = claim_options(c->cap);
    mg_claim claim;
    bool found = false;
    if (mg_store_claim(store, &options, &claim, &found, NULL) != MG_OK) {
        atomic_fetch_add(&c->errors, 1);
        return true;
    }
    if (!found) {
        struct timespec t = {.tv_nsec = 2000000};
        nanosleep(&t, NULL);
        return atomic_load(&c->done) < JOBS;
    }
    unsigned n = (unsigned)strtoul(claim.spec.job_id + 24, NULL, 16);
    int user = claim.spec.user_id[4] - '0';
    atomic_fetch_add(&c->claimed[n], 1);
    enter(c, user);
    mg_heartbeat beat = {claim.spec.job_id, claim.fence, 50, false, false};
    if (n % 8 == 0 && (mg_store_heartbeat(store, &beat, 1, 60000, NULL) != MG_OK || beat.lost))
        atomic_fetch_add(&c->errors, 1);
    mg_result_columns columns = make_columns();
    atomic_fetch_sub(&c->running[user], 1); /* before the ledger lets the next one in */
    if (mg_store_finish(store, claim.spec.job_id, claim.fence, "{}", 2, &columns, NULL) != MG_OK)
        atomic_fetch_add(&c->errors, 1);
    atomic_fetch_add(&c->done, 1);
    return true;
}

static void *worker_thread(void *argument)
{
    contest *c = argument;
    mg_store *store = NULL;
    if (mg_store_open(&store, c->fixture->url, 20000, NULL) != MG_OK) {
        atomic_fetch_add(&c->errors, 1);
        return NULL;
    }
    while (atomic_load(&c->errors) == 0 && work_once(c, store))
        ;
    mg_store_close(store);
    return NULL;
}

static void hold_contest(const fixture *f, unsigned cap)
{
    static contest c;
    memset(&c, 0, sizeof c);
    c.fixture = f;
    c.cap = cap;
    static mg_job_spec specs[JOBS];
    static mg_intake_item items[JOBS];
    for (unsigned i = 0; i < JOBS; i++) {
        char user[8];
        snprintf(user, sizeof user, "user%u", i % USERS);
        specs[i] = make_spec(i, user);
        snprintf(specs[i].audio_key, sizeof specs[i].audio_key, "%s/track-%u.wav", user, i / 8);
        specs[i].priority = (mg_priority)(i % 3);
        items[i] = (mg_intake_item){.spec = &specs[i]};
    }
    assert_store(mg_store_intake(f->store, items, JOBS, err));
    pthread_t threads[THREADS];
    int64_t start = mg_mono_ms();
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, worker_thread, &c), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    print_message("# %d jobs, %d threads, cap %u: %lld ms\n", JOBS, THREADS, cap,
                  (long long)(mg_mono_ms() - start));
    assert_int_equal(c.errors, 0);
    assert_int_equal(c.over_cap, 0);
    for (int i = 0; i < JOBS; i++)
        assert_int_equal(c.claimed[i], 1);
    assert_int_equal(sql_int(f->store, "SELECT count(*) FROM jobs WHERE state = 'succeeded' "
                                       "AND attempts = 1"),
                     JOBS);
    assert_int_equal(sql_int(f->store, "SELECT count(*) FROM analyses"), JOBS);
    assert_invariants(f->store);
    assert_true(c.most_running >= 1);
}

static void each_job_is_claimed_once(void **state)
{
    hold_contest(*state, 0);
}

static void the_cap_of_a_user_holds(void **state)
{
    hold_contest(*state, CAP);
}

/* Intakes with the same keys in opposite orders, ends and requeues on them, reapers: nothing waits
 * for ever, and the dates of the audio stay right. */
typedef struct turmoil {
    const fixture *fixture;
    unsigned seed;
    atomic_int *errors;
} turmoil;

static mg_err stir(mg_store *store, unsigned *seed)
{
    mg_job_spec specs[4];
    mg_intake_item items[4];
    for (int i = 0; i < 4; i++) {
        specs[i] = make_spec((unsigned)rand_r(seed) % 64, "ann");
        snprintf(specs[i].audio_key, sizeof specs[i].audio_key, "ann/%u",
                 atoi(specs[i].job_id + 34) % 5);
        snprintf(specs[i].reference_key, sizeof specs[i].reference_key, "ann/%u",
                 (unsigned)rand_r(seed) % 5);
        items[i] = (mg_intake_item){.spec = &specs[i]};
    }
    mg_failure lost = make_failure(MG_E_WORKER_LOST, 99);
    mg_result_columns columns = make_columns();
    mg_claim_options options = claim_options(2);
    mg_job_event events[4];
    mg_claim claim;
    bool found = false;
    size_t count;
    options.lease_ms = 5;
    mg_err result = mg_store_intake(store, items, 4, NULL);
    if (result == MG_OK)
        result = mg_store_claim(store, &options, &claim, &found, NULL);
    if (result == MG_OK && found) {
        result = rand_r(seed) % 2 ? mg_store_finish(store, claim.spec.job_id, claim.fence, "{}", 2,
                                                    &columns, NULL)
                                  : mg_store_release(store, claim.spec.job_id, claim.fence, NULL);
        if (result == MG_E_LEASE_LOST)
            result = MG_OK;
    }
    if (result == MG_OK)
        result = mg_store_reap(store, &lost, events, 4, &count, NULL);
    if (result == MG_OK)
        result = mg_store_cancel(store, specs[0].job_id, NULL, NULL);
    if (result == MG_OK)
        result = mg_store_requeue(store, specs[1].job_id, NULL);
    return result == MG_E_REFUSED ? MG_OK : result;
}

static void *turmoil_thread(void *argument)
{
    turmoil *t = argument;
    mg_store *store = NULL;
    mg_err result = mg_store_open(&store, t->fixture->url, 20000, NULL);
    for (int i = 0; i < 40 && result == MG_OK; i++)
        result = stir(store, &t->seed);
    if (result != MG_OK) {
        print_message("# turmoil: %s\n", mg_err_id(result));
        atomic_fetch_add(t->errors, 1);
    }
    mg_store_close(store);
    return NULL;
}

static void turmoil_keeps_the_rules(void **state)
{
    fixture *f = *state;
    atomic_int errors = 0;
    pthread_t threads[THREADS];
    turmoil t[THREADS];
    for (int i = 0; i < THREADS; i++) {
        t[i] = (turmoil){f, (unsigned)i + 1, &errors};
        assert_int_equal(pthread_create(&threads[i], NULL, turmoil_thread, &t[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(errors, 0);
    assert_invariants(f->store);
}

/* ---- at the same moment ------------------------------------------------------------------ */

typedef struct runner {
    mg_store *store;
    pthread_barrier_t *start;
    mg_claim claim;
    bool found;
    mg_err result;
} runner;

static void *claim_together(void *argument)
{
    runner *r = argument;
    mg_claim_options options = claim_options(CAP);
    pthread_barrier_wait(r->start);
    r->result = mg_store_claim(r->store, &options, &r->claim, &r->found, NULL);
    return NULL;
}

static void *finish_together(void *argument)
{
    runner *r = argument;
    mg_result_columns columns = make_columns();
    pthread_barrier_wait(r->start);
    r->result =
        mg_store_finish(r->store, r->claim.spec.job_id, r->claim.fence, "{}", 2, &columns, NULL);
    return NULL;
}

static void run_together(runner *runners, void *(*body)(void *))
{
    pthread_barrier_t start;
    pthread_t threads[THREADS];
    pthread_barrier_init(&start, NULL, THREADS);
    for (int i = 0; i < THREADS; i++) {
        runners[i].start = &start;
        assert_int_equal(pthread_create(&threads[i], NULL, body, &runners[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&start);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(runners[i].result, MG_OK);
}

/* All ask while none of the others' claims is to be seen: the cap must hold all the same. */
static void claims_at_once_obey_the_cap(void **state)
{
    fixture *f = *state;
    runner runners[THREADS] = {0};
    char id[MG_UUID_SIZE];
    for (unsigned i = 0; i < 20; i++)
        accept_job(f->store, i, "ann", id);
    for (int i = 0; i < THREADS; i++)
        runners[i].store = open_again(f);
    for (int round = 0; round < 20; round++) {
        int found = 0;
        run_together(runners, claim_together);
        for (int i = 0; i < THREADS; i++) {
            found += runners[i].found;
            if (runners[i].found)
                assert_store(mg_store_release(f->store, runners[i].claim.spec.job_id,
                                              runners[i].claim.fence, err));
        }
        assert_int_equal(found, CAP);
    }
    for (int i = 0; i < THREADS; i++)
        mg_store_close(runners[i].store);
    assert_invariants(f->store);
}

/* Each sees the others still running: the last one must date their common audio. */
static void jobs_that_end_at_once_date_their_audio(void **state)
{
    fixture *f = *state;
    runner runners[THREADS] = {0};
    for (int i = 0; i < THREADS; i++)
        runners[i].store = open_again(f);
    for (unsigned round = 0; round < 20; round++) {
        for (unsigned i = 0; i < THREADS; i++) {
            mg_job_spec spec = make_spec(round * THREADS + i, "ann");
            snprintf(spec.audio_key, sizeof spec.audio_key, "ann/%u", round + i % 2);
            snprintf(spec.reference_key, sizeof spec.reference_key, "ann/%u", round + (i + 1) % 2);
            accept_spec(f->store, &spec);
            runners[i].claim = claim_job(f->store);
        }
        run_together(runners, finish_together);
        assert_invariants(f->store);
    }
    for (int i = 0; i < THREADS; i++)
        mg_store_close(runners[i].store);
}

static const struct CMUnitTest tests[] = {
    FIXTURE_TEST(claims_at_once_obey_the_cap), FIXTURE_TEST(jobs_that_end_at_once_date_their_audio),
    FIXTURE_TEST(each_job_is_claimed_once),    FIXTURE_TEST(the_cap_of_a_user_holds),
    FIXTURE_TEST(turmoil_keeps_the_rules),
};
TEST_LIST(concurrency_tests, tests);
