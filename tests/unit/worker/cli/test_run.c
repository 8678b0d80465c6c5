/* mg_analyser_run() against stand-ins that crash, hang, flood and lie (standin.c). */
#include "worker/analyser/analyser_run.h"
#include "worker/analyser/analyser_spawn.h"

#include "base/clock.h"
#include "tests/unit/worker/cli/sample_result.h"
#include "tests/temp_dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct fixture {
    char directory[64];
    mg_config config;
    int audio;
} fixture;

static int open_descriptors(void)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count;
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    if (f == NULL || !make_temp_dir(f->directory, sizeof f->directory) ||
        mg_config_load(&f->config, NULL) != MG_OK)
        return -1;
    f->audio = memfd_create("audio", MFD_CLOEXEC);
    const size_t len = strlen(SAMPLE_RESULT);
    *state = f;
    return write(f->audio, SAMPLE_RESULT, len) == (ssize_t)len ? 0 : -1;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    rmdir(f->directory);
    close(f->audio);
    mg_config_done(&f->config);
    free(f);
    return 0;
}

typedef struct ticks {
    int count, last;
    int64_t cancel_at_ms, latest_ms, longest_gap_ms;
} ticks;

static bool on_tick(void *context, int progress)
{
    ticks *t = context;
    const int64_t now = mg_mono_ms();
    if (t->count++ > 0 && now - t->latest_ms > t->longest_gap_ms)
        t->longest_gap_ms = now - t->latest_ms;
    t->latest_ms = now;
    t->last = progress;
    return t->cancel_at_ms == 0 || now < t->cancel_at_ms;
}

/* Runs one kind of stand-in; whatever it does, no child and no descriptor may be left. */
static mg_analyser_outcome run_kind(fixture *f, const char *kind, int64_t wall_ms, ticks *t)
{
    char path[128];
    ticks unused = {0};
    mg_analyser_outcome outcome;
    const char *standin = getenv("MG_STANDIN");
    assert_non_null(standin);
    snprintf(path, sizeof path, "%s/%s", f->directory, kind);
    assert_int_equal(symlink(standin, path), 0);
    const mg_analyser_options options = {.config = &f->config, .profile_json = "{}",
                                         .file_bytes = 1000, .analyser_path = path,
                                         .wall_limit_ms = wall_ms};
    const int before = open_descriptors();
    lseek(f->audio, 7, SEEK_SET);
    const mg_err err = mg_analyser_run(f->audio, &options, on_tick, t ? t : &unused, &outcome);
    assert_int_equal(err, outcome.err);
    assert_int_equal(open_descriptors(), before);
    assert_int_equal(lseek(f->audio, 0, SEEK_CUR), 7);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombie */
    assert_int_equal(err == MG_OK, outcome.result != NULL);
    assert_int_equal(err == MG_OK, outcome.detail[0] == '\0');
    unlink(path);
    return outcome;
}

static void expect(fixture *f, const char *kind, int64_t wall_ms, mg_err err, const char *detail)
{
    mg_analyser_outcome outcome = run_kind(f, kind, wall_ms, NULL);
    if (outcome.err != err || (detail != NULL && strstr(outcome.detail, detail) == NULL))
        fail_msg("%s: %s, \"%s\"", kind, mg_err_id(outcome.err), outcome.detail);
    mg_analyser_outcome_done(&outcome);
}

static void takes_a_good_answer(void **state)
{
    ticks t = {0};
    mg_analyser_outcome outcome = run_kind(*state, "good", 0, &t);
    assert_int_equal(outcome.err, MG_OK);
    assert_int_equal(outcome.result_len, strlen(SAMPLE_RESULT));
    assert_memory_equal(outcome.result, SAMPLE_RESULT, outcome.result_len);
    assert_string_equal(outcome.log, "first line\nsecond ?[31m line");
    assert_int_equal(t.last, 50);
    assert_in_range(outcome.wall_ms, 200, 10000);
    assert_true(outcome.peak_rss_bytes > 0);
    mg_analyser_outcome_done(&outcome);
}

static void gives_the_child_nothing_else(void **state)
{
    const int extra = open("/dev/null", O_RDONLY); /* without CLOEXEC */
    setenv("MIXGAUGE_X_SECRET", "hunter2", 1);
    expect(*state, "environment", 0, MG_E_INTERNAL,
           "fds 5 variables 0 offset 0 mode 0 group 1");
    close(extra);
}

/* The reference is the sixth; it too is read from its start, whatever the parent has read of it. */
static void a_reference_is_one_descriptor_more(void **state)
{
    fixture *f = *state;
    char path[128];
    mg_analyser_outcome outcome;
    const mg_reference_audio reference = {.fd = memfd_create("reference", MFD_CLOEXEC),
                                          .bytes = 3};
    assert_int_equal(write(reference.fd, "abc", 3), 3);
    snprintf(path, sizeof path, "%s/environment", f->directory);
    assert_int_equal(symlink(getenv("MG_STANDIN"), path), 0);
    const mg_analyser_options options = {.config = &f->config, .profile_json = "{}",
                                         .file_bytes = 1000, .reference = &reference,
                                         .analyser_path = path};
    mg_analyser_run(f->audio, &options, NULL, NULL, &outcome);
    if (strstr(outcome.detail, "fds 6 variables 0") == NULL ||
        strstr(outcome.detail, "reference 3 mode 0") == NULL)
        fail_msg("%s", outcome.detail);
    assert_int_equal(lseek(reference.fd, 0, SEEK_CUR), 3);
    unlink(path);
    close(reference.fd);
    mg_analyser_outcome_done(&outcome);
}

static void a_reference_has_time_of_its_own(void **state)
{
    fixture *f = *state;
    const mg_reference_audio small = {.fd = f->audio, .bytes = 1000};
    const mg_reference_audio unknown = {.fd = f->audio, .bytes = -1};
    const mg_analyser_budget one = mg_analyser_budget_for(f->audio, 1000);
    mg_analyser_budget both = one;
    mg_analyser_budget_add(&both, &small);
    assert_int_equal(both.cpu_s, 2 * one.cpu_s);
    assert_int_equal(both.wall_ms, 2 * one.wall_ms);
    mg_analyser_budget_add(&both, &unknown);
    assert_int_equal(both.cpu_s, 60 * 60);
    assert_int_equal(both.wall_ms, 60 * 60 * 1000);
}

static void names_what_a_child_died_of(void **state)
{
    expect(*state, "segv", 0, MG_E_DECODER_CRASH, "SIGSEGV");
    expect(*state, "abort", 0, MG_E_DECODER_CRASH, "SIGABRT");
    expect(*state, "killed", 0, MG_E_DECODER_CRASH, "killed from outside");
    expect(*state, "sigsys", 0, MG_E_SANDBOX_VIOLATION, "system call");
    expect(*state, "cpu", 0, MG_E_TIMEOUT, "CPU time");
    expect(*state, "resultcrash", 0, MG_E_DECODER_CRASH, "SIGSEGV");
}

static void kills_at_the_deadline(void **state)
{
    expect(*state, "hang", 300, MG_E_TIMEOUT, "longer than");
    expect(*state, "spin", 300, MG_E_TIMEOUT, "longer than");
    expect(*state, "ignores", 300, MG_E_TIMEOUT, "longer than");
    expect(*state, "closes", 300, MG_E_TIMEOUT, "longer than");
}

static void refuses_nonsense(void **state)
{
    expect(*state, "nonsense", 5000, MG_E_INTERNAL, "nonsense: a frame of unknown type");
    expect(*state, "badjson", 5000, MG_E_INTERNAL, "nonsense");
    expect(*state, "tworesults", 5000, MG_E_INTERNAL, "nonsense: something after the answer");
    expect(*state, "errorafter", 5000, MG_E_INTERNAL, "nonsense: something after the answer");
    expect(*state, "bigframe", 5000, MG_E_INTERNAL, "nonsense: a frame that is too long");
    expect(*state, "short", 5000, MG_E_INTERNAL, "nonsense: a frame that is cut off");
    expect(*state, "badreason", 5000, MG_E_INTERNAL, "nonsense: a reason");
    expect(*state, "flood", 60000, MG_E_INTERNAL, "nonsense: too many frames");
}

static void wants_an_answer_and_a_clean_end(void **state)
{
    expect(*state, "silent", 5000, MG_E_INTERNAL, "without an answer");
    expect(*state, "status", 5000, MG_E_INTERNAL, "status 3");
    expect(*state, "resultstatus", 5000, MG_E_INTERNAL, "status 3");
    expect(*state, "lingers", 60000, MG_E_INTERNAL, "did not end after its answer");
}

static void passes_a_reason_on(void **state)
{
    expect(*state, "reason", 5000, MG_E_CORRUPT_AUDIO, "the ?[31mdata is damaged");
}

static void kills_what_a_child_leaves_behind(void **state)
{
    const int64_t start = mg_mono_ms();
    mg_analyser_outcome outcome = run_kind(*state, "grandchild", 0, NULL);
    assert_int_equal(outcome.err, MG_OK);
    assert_true(mg_mono_ms() - start < 5000); /* the open pipe does not hold us */
    int pid = 0;
    assert_non_null(outcome.log);
    assert_int_equal(sscanf(outcome.log, "pid %d", &pid), 1);
    /* an orphan is reaped by init, or stays a zombie where there is none: dead is enough */
    char path[64], line[512] = "";
    usleep(50000);
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *stat = fopen(path, "r");
    if (stat != NULL) {
        assert_non_null(fgets(line, sizeof line, stat));
        assert_non_null(strstr(line, ") Z "));
        fclose(stat);
    }
    mg_analyser_outcome_done(&outcome);
}

static void stops_when_the_caller_says_so(void **state)
{
    ticks t = {.cancel_at_ms = mg_mono_ms() + 1500};
    mg_analyser_outcome outcome = run_kind(*state, "spin", 60000, &t);
    assert_int_equal(outcome.err, MG_E_CANCELLED);
    assert_true(outcome.wall_ms < 10000);
    assert_in_range(t.count, 2, 16); /* not more than ten a second */
    assert_true(t.longest_gap_ms <= 1000);
    mg_analyser_outcome_done(&outcome);
}

static void finds_the_analyser_or_says_where_it_looked(void **state)
{
    (void)state;
    char path[MG_ANALYSER_PATH_MAX];
    mg_errinfo err = {0};
    if (mg_analyser_find(path, &err) == MG_OK) {
        assert_int_equal(access(path, X_OK), 0);
        return;
    }
    assert_int_equal(err.code, MG_E_INTERNAL);
    assert_non_null(strstr(err.text, "mixgauge-analyser is neither in /"));
}

static void says_when_there_is_no_executable(void **state)
{
    fixture *f = *state;
    mg_analyser_outcome outcome;
    const mg_analyser_options options = {.config = &f->config, .profile_json = "{}",
                                         .analyser_path = "/nonexistent/analyser"};
    assert_int_equal(mg_analyser_run(f->audio, &options, NULL, NULL, &outcome), MG_E_INTERNAL);
    assert_non_null(strstr(outcome.detail, "cannot start /nonexistent/analyser"));
    mg_analyser_outcome_done(&outcome);
}

static int with_bytes(const char *head)
{
    const int fd = memfd_create("audio", MFD_CLOEXEC);
    assert_int_equal(write(fd, head, 12), 12);
    return fd;
}

static void gives_time_by_what_the_bytes_can_hold(void **state)
{
    (void)state;
    const int wav = with_bytes("RIFF....WAVE"), mp3 = with_bytes("ID3.........");
    mg_analyser_budget budget = mg_analyser_budget_for(wav, 88200 * 100);
    assert_int_equal(budget.cpu_s, 60 + 20);
    assert_int_equal(budget.wall_ms, (120 + 50) * 1000);
    assert_int_equal(mg_analyser_budget_for(mp3, 88200 * 100 / 48).cpu_s, 60 + 20);
    budget = mg_analyser_budget_for(mp3, INT64_MAX);
    assert_int_equal(budget.cpu_s, 3600);
    assert_int_equal(budget.wall_ms, 3600 * 1000);
    assert_int_equal(mg_analyser_budget_for(wav, -1).wall_ms, 3600 * 1000);
    assert_int_equal(mg_analyser_budget_for(wav, 0).wall_ms, 120 * 1000);
    close(wav);
    close(mp3);
}

int main(void)
{
#define RUN_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        RUN_TEST(takes_a_good_answer),
        RUN_TEST(gives_the_child_nothing_else),
        RUN_TEST(a_reference_is_one_descriptor_more),
        RUN_TEST(a_reference_has_time_of_its_own),
        RUN_TEST(names_what_a_child_died_of),
        RUN_TEST(kills_at_the_deadline),
        RUN_TEST(refuses_nonsense),
        RUN_TEST(wants_an_answer_and_a_clean_end),
        RUN_TEST(passes_a_reason_on),
        RUN_TEST(kills_what_a_child_leaves_behind),
        RUN_TEST(stops_when_the_caller_says_so),
        RUN_TEST(finds_the_analyser_or_says_where_it_looked),
        RUN_TEST(says_when_there_is_no_executable),
        cmocka_unit_test(gives_time_by_what_the_bytes_can_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
