#include "worker_fixture.h"

#include "base/clock.h"
#include "queue/message.h"
#include "worker/service/log.h"
#include "worker/service/supervisor.h"
#include "tests/temp_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#ifndef MG_TEST_STANDIN
#error "MG_TEST_STANDIN names the stand-in analyser"
#endif

void nap_ms(int ms)
{
    nanosleep(&(struct timespec){ms / 1000, (ms % 1000) * 1000000L}, NULL);
}

void worker_fixture_init(worker_fixture *f)
{
    *f = (worker_fixture){.store = NULL};
    assert_true(make_temp_dir(f->dir, sizeof f->dir));
    snprintf(f->db_path, sizeof f->db_path, "%s/ledger.db", f->dir);
    snprintf(f->store_url, sizeof f->store_url, "sqlite:%s", f->db_path);
    snprintf(f->audio_url, sizeof f->audio_url, "file:%s/audio", f->dir);
    snprintf(f->log_path, sizeof f->log_path, "%s/log", f->dir);
    f->config = (mg_config){
        .store_url = f->store_url,
        .queue_url = (char *)"",
        .queue_prefix = (char *)"mg",
        .audio_url = f->audio_url,
        .data_dir = f->dir,
        .concurrency = 1,
        .lease_s = 3,
        .heartbeat_s = 1,
        .drain_s = 5,
        .user_inflight = 2,
        .limit_bytes = INT64_C(1) << 32,
        .limit_seconds = 3600,
        .limit_memory = INT64_C(1) << 29,
        .limit_channels = 8,
        .log_level = (char *)"debug",
        .log_format = (char *)"text",
        .profile = (char *)"electronic/streaming",
    };
    mg_errinfo err = {0};
    if (mg_store_open(&f->store, f->store_url, 0, &err) != MG_OK ||
        mg_migrate_to(f->store, MG_SCHEMA_VERSION, NULL, &err) != MG_OK ||
        mg_audio_store_open(&f->audio, f->audio_url, true, &err) != MG_OK)
        fail_msg("%s", err.text);
}

static void remove_tree(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        char inner[600];
        struct stat st;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        if (lstat(inner, &st) == 0 && S_ISDIR(st.st_mode))
            remove_tree(inner);
        else
            unlink(inner);
    }
    if (dir)
        closedir(dir);
    rmdir(path);
}

void worker_fixture_done(worker_fixture *f)
{
    mg_store_close(f->store);
    mg_audio_store_close(f->audio);
    remove_tree(f->dir);
}

/* ---- workers -------------------------------------------------------------------------------- */

static mg_err run_worker(worker_fixture *f, int flags)
{
    int fd = open(f->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    mg_log *log = NULL;
    mg_audio_store *audio = NULL;
    mg_err code = mg_log_new(&log, f->config.log_level, f->config.log_format, fd, NULL);
    if (code == MG_OK)
        code = mg_audio_store_open(&audio, f->audio_url, false, NULL);
    if (code == MG_OK) {
        mg_supervisor_options options = {
            .config = &f->config,
            .log = log,
            .audio = audio,
            .once = (flags & WORKER_ONCE) != 0,
            .until_empty = (flags & WORKER_UNTIL_EMPTY) != 0,
            .analyser_path = MG_TEST_STANDIN,
        };
        code = mg_supervisor_run(&options, NULL);
    }
    mg_audio_store_close(audio);
    mg_log_free(log);
    close(fd);
    return code;
}

pid_t worker_start(worker_fixture *f, int flags)
{
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);             /* none outlives its test */
        exit(mg_err_exit_code(run_worker(f, flags))); /* a leak check may run at the exit */
    }
    assert_true(f->worker_count < sizeof f->workers / sizeof f->workers[0]);
    f->workers[f->worker_count++] = pid;
    return pid;
}

int worker_wait(pid_t pid, int limit_ms)
{
    int64_t until = mg_mono_ms() + limit_ms;
    int status;
    for (;;) {
        pid_t got = waitpid(pid, &status, WNOHANG);
        if (got == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (mg_mono_ms() > until)
            break;
        nap_ms(10);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return -1;
}

/* ---- jobs ----------------------------------------------------------------------------------- */

static void put_audio(worker_fixture *f, const char *key, const char *what)
{
    int fd = memfd_create("audio", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, what, strlen(what)), strlen(what));
    int64_t bytes;
    assert_int_equal(mg_audio_store_put(f->audio, key, fd, &bytes, NULL), MG_OK);
    close(fd);
}

mg_job_spec job_make(worker_fixture *f, const char *user, const char *what)
{
    mg_job_spec spec = {.priority = MG_PRIORITY_NORMAL, .size = -1};
    char upload[MG_UUID_SIZE], segment[3 * MG_USER_ID_MAX + 1];
    assert_true(mg_uuid_v7(spec.job_id) && mg_uuid_v7(upload));
    snprintf(spec.user_id, sizeof spec.user_id, "%s", user);
    mg_user_key_segment(user, segment);
    snprintf(spec.audio_key, sizeof spec.audio_key, "%s/%s.wav", segment, upload);
    if (what)
        put_audio(f, spec.audio_key, what);
    return spec;
}

void job_submit(worker_fixture *f, const mg_job_spec *spec)
{
    mg_intake_item item = {.spec = spec};
    mg_errinfo err = {0};
    if (mg_store_intake(f->store, &item, 1, &err) != MG_OK)
        fail_msg("%s", err.text);
    assert_int_equal(item.outcome, MG_INTAKE_NEW);
}

const char *job_add(worker_fixture *f, const char *user, const char *what, char id[MG_UUID_SIZE])
{
    mg_job_spec spec = job_make(f, user, what);
    job_submit(f, &spec);
    memcpy(id, spec.job_id, MG_UUID_SIZE);
    return id;
}

mg_job_row job_row(worker_fixture *f, const char *id)
{
    mg_job_row row;
    mg_errinfo err = {0};
    if (mg_store_get_job(f->store, id, &row, &err) != MG_OK)
        fail_msg("%s", err.text);
    return row;
}

void job_await(worker_fixture *f, const char *id, mg_job_state state, int limit_ms)
{
    int64_t until = mg_mono_ms() + limit_ms;
    while (job_row(f, id).state != state) {
        if (mg_mono_ms() > until) {
            mg_job_row row = job_row(f, id);
            fail_msg("job is %s (%s: %s), not %s", mg_job_state_name(row.state), row.reason,
                     row.detail, mg_job_state_name(state));
        }
        nap_ms(20);
    }
}

void job_outcomes(worker_fixture *f, const char *id, char out[256])
{
    mg_attempt_row *rows = NULL;
    size_t count = 0;
    assert_int_equal(mg_store_attempts(f->store, id, &rows, &count, NULL), MG_OK);
    out[0] = '\0';
    for (size_t i = 0; i < count; i++)
        snprintf(out + strlen(out), 256 - strlen(out), "%s%s", i ? " " : "", rows[i].outcome);
    free(rows);
}

/* ---- looking -------------------------------------------------------------------------------- */

bool log_has(worker_fixture *f, const char *text)
{
    FILE *in = fopen(f->log_path, "r");
    char line[5000];
    bool found = false;
    while (in && !found && fgets(line, sizeof line, in))
        found = strstr(line, text) != NULL;
    if (in)
        fclose(in);
    return found;
}

/* The stand-in is started with "--parent PID". */
static bool is_ours(worker_fixture *f, const char *arguments, size_t len)
{
    if (strcmp(arguments, MG_TEST_STANDIN) != 0)
        return false;
    for (size_t i = 0; i < f->worker_count; i++) {
        char wanted[40];
        int wanted_len = snprintf(wanted, sizeof wanted, "--parent%c%ld", 0, (long)f->workers[i]);
        if (memmem(arguments, len, wanted, (size_t)wanted_len + 1))
            return true;
    }
    return false;
}

int analysers_alive(worker_fixture *f)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    int alive = 0;
    while (proc && (entry = readdir(proc))) {
        char path[300], arguments[32768];
        snprintf(path, sizeof path, "/proc/%s/cmdline", entry->d_name);
        FILE *in = fopen(path, "r");
        if (!in)
            continue;
        size_t len = fread(arguments, 1, sizeof arguments - 1, in);
        arguments[len] = '\0';
        alive += is_ours(f, arguments, len);
        fclose(in);
    }
    if (proc)
        closedir(proc);
    return alive;
}
