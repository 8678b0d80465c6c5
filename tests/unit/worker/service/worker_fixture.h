/* A ledger and an audio store in a directory of their own, and worker processes on them. */
#ifndef MG_TESTS_WORKER_FIXTURE_H
#define MG_TESTS_WORKER_FIXTURE_H

#include "schema/store.h"
#include "worker/service/audio_store.h"
#include "worker/config.h"

#include <stdbool.h>
#include <sys/types.h>

typedef struct worker_fixture {
    char dir[64], db_path[96], store_url[128], audio_url[128], log_path[128];
    mg_config config;
    mg_store *store;
    mg_audio_store *audio;
    pid_t workers[16]; /* all that were started */
    size_t worker_count;
} worker_fixture;

/* lease 3 s, heartbeat 1 s, drain 5 s, one slot, no queue */
void worker_fixture_init(worker_fixture *f);
void worker_fixture_done(worker_fixture *f);

enum { WORKER_ONCE = 1, WORKER_UNTIL_EMPTY = 2 };

/* Starts a worker in a child process; its exit code is that of the error. Its log is appended to
 * log_path. */
pid_t worker_start(worker_fixture *f, int flags);
/* Waits for its end; the exit code, -1 when it took longer than limit_ms (then it is killed). */
int worker_wait(pid_t pid, int limit_ms);

/* A job on an audio file that holds `what` (see standin_analyser.c); NULL: no file at all. The spec
 * may be changed before job_submit(). */
mg_job_spec job_make(worker_fixture *f, const char *user, const char *what);
void job_submit(worker_fixture *f, const mg_job_spec *spec);
/* Both in one; the id of the job. */
const char *job_add(worker_fixture *f, const char *user, const char *what, char id[MG_UUID_SIZE]);

mg_job_row job_row(worker_fixture *f, const char *id);
/* Waits until the job is in this state; fails the test after limit_ms. */
void job_await(worker_fixture *f, const char *id, mg_job_state state, int limit_ms);
/* The outcomes of its attempts, "released succeeded". */
void job_outcomes(worker_fixture *f, const char *id, char out[256]);

bool log_has(worker_fixture *f, const char *text);
void nap_ms(int ms);
/* Analysers of the workers that this fixture started (other tests run at the same time). */
int analysers_alive(worker_fixture *f);

#endif
