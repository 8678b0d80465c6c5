/* The commands enqueue and sweep, as a shell sees them: output and exit codes. */
#include "worker/cli/commands.h"
#include "worker_fixture.h"

#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

typedef struct fixture {
    worker_fixture worker;
    char song[100];
    char out[20000], err[20000];
} fixture;

static void write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    worker_fixture_init(&f->worker);
    snprintf(f->song, sizeof f->song, "%s/My Song.WAV", f->worker.dir);
    write_file(f->song, "some audio");
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    worker_fixture_done(&f->worker);
    free(f);
    return 0;
}

static void slurp(FILE *in, char *out, size_t size)
{
    rewind(in);
    size_t len = fread(out, 1, size - 1, in);
    out[len] = '\0';
    fclose(in);
}

/* Arguments "--name=value", "--switch" or operands; NULL-terminated. */
static int run_command(fixture *f, const mg_command *command, const char *const *words)
{
    mg_given given[16] = {0};
    char *operands[16], names[16][32];
    mg_args args = {.config = f->worker.config, .given = given, .operands = operands};
    for (; *words; words++) {
        if (strncmp(*words, "--", 2) != 0) {
            operands[args.operand_count++] = (char *)*words;
            continue;
        }
        size_t len = strcspn(*words + 2, "=");
        snprintf(names[args.given_count], 32, "%.*s", (int)len, *words + 2);
        args.json = args.json || strcmp(*words, "--json") == 0;
        for (const mg_option *o = command->options; o->name; o++) {
            if (strcmp(o->name, names[args.given_count]) != 0)
                continue;
            given[args.given_count++] =
                (mg_given){.option = o, .value = (*words)[2 + len] ? *words + 3 + len : NULL};
            break;
        }
    }
    FILE *out = tmpfile(), *err = tmpfile();
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(fileno(out), STDOUT_FILENO);
        dup2(fileno(err), STDERR_FILENO);
        int code = command->run(&args);
        fflush(NULL);
        _exit(code);
    }
    int code = worker_wait(pid, 15000);
    slurp(out, f->out, sizeof f->out);
    slurp(err, f->err, sizeof f->err);
    return code;
}

#define RUN(f, command, ...) run_command(f, &(command), (const char *const[]){__VA_ARGS__, NULL})

static void prints_the_ids_of_jobs(void **state)
{
    fixture *f = *state;
    assert_int_equal(RUN(f, mg_cmd_enqueue, "--user=a@b", "--priority=high", f->song, f->song), 0);
    char ids[2][MG_UUID_SIZE];
    assert_int_equal(sscanf(f->out, "%36s\n%36s\n", ids[0], ids[1]), 2);
    assert_string_not_equal(ids[0], ids[1]);
    for (int i = 0; i < 2; i++) {
        mg_job_row row = job_row(&f->worker, ids[i]);
        assert_int_equal(row.state, MG_JOB_QUEUED);
        assert_int_equal(row.spec.priority, MG_PRIORITY_HIGH);
        assert_int_equal(row.spec.size, 10);
        assert_string_equal(row.spec.user_id, "a@b");
        assert_string_equal(row.spec.filename, "My Song.WAV");
        assert_memory_equal(row.spec.audio_key, "a%40b/", 6);
        assert_string_equal(row.spec.audio_key + strlen(row.spec.audio_key) - 4, ".wav");
        int fd = -1;
        int64_t bytes = 0;
        assert_int_equal(mg_audio_store_get(f->worker.audio, row.spec.audio_key, &fd, &bytes, NULL),
                         MG_OK);
        assert_int_equal(bytes, 10);
        close(fd);
    }
    assert_string_equal(f->err, "");
}

static void json_lines(void **state)
{
    fixture *f = *state;
    assert_int_equal(
        RUN(f, mg_cmd_enqueue, "--user=u", "--json", "--profile=electronic/streaming", f->song), 0);
    json_t *line = json_loads(f->out, 0, NULL);
    assert_non_null(line);
    mg_job_row row = job_row(&f->worker, json_string_value(json_object_get(line, "job_id")));
    assert_string_equal(json_string_value(json_object_get(line, "audio_key")), row.spec.audio_key);
    assert_string_equal(json_string_value(json_object_get(line, "state")), "queued");
    assert_string_equal(row.spec.profile, "electronic/streaming");
    json_decref(line);
}

static void a_bad_file_does_not_stop_the_others(void **state)
{
    fixture *f = *state;
    char id[MG_UUID_SIZE], extra[4] = "";
    assert_int_equal(
        RUN(f, mg_cmd_enqueue, "--user=u", "/tmp/mg-none\n.wav", f->song, f->worker.dir),
        MG_EXIT_NO_INPUT);
    assert_int_equal(sscanf(f->out, "%36s %3s", id, extra), 1);
    assert_non_null(strstr(f->err, "/tmp/mg-none?.wav: there is no such file"));
    assert_non_null(strstr(f->err, "is a directory"));
    assert_int_equal(RUN(f, mg_cmd_enqueue, "--user=u", f->worker.dir), MG_EXIT_NO_INPUT);
    assert_int_equal(RUN(f, mg_cmd_enqueue, "--user=u", "/dev/null"), MG_EXIT_NO_INPUT);
}

static void wrong_options(void **state)
{
    fixture *f = *state;
    assert_int_equal(RUN(f, mg_cmd_enqueue, f->song), MG_EXIT_USAGE);
    assert_int_equal(RUN(f, mg_cmd_enqueue, "--user=a/b", f->song), MG_EXIT_USAGE);
    assert_int_equal(RUN(f, mg_cmd_enqueue, "--user=", f->song), MG_EXIT_USAGE);
    assert_int_equal(RUN(f, mg_cmd_enqueue, "--user=u", "--priority=urgent", f->song),
                     MG_EXIT_USAGE);
    assert_int_equal(RUN(f, mg_cmd_enqueue, "--user=u", "--job-id=x", f->song), MG_EXIT_USAGE);
    assert_int_equal(RUN(f, mg_cmd_enqueue, "--user=u",
                         "--job-id=0190f3a0-1111-7abc-8def-0123456789ab", f->song, f->song),
                     MG_EXIT_USAGE);
    assert_int_equal(RUN(f, mg_cmd_enqueue, "--user=u", "--profile=no/such", f->song),
                     MG_EXIT_NO_INPUT);
    assert_string_equal(f->out, "");
}

static mg_err count_files(void *context, const mg_audio_file *file, mg_errinfo *err)
{
    (void)file;
    (void)err;
    ++*(int *)context;
    return MG_OK;
}

static void a_repeated_id_changes_nothing(void **state)
{
    fixture *f = *state;
    static const char id[] = "0190f3a0-1111-7abc-8def-0123456789ab";
    static const char option[] = "--job-id=0190F3A0-1111-7abc-8def-0123456789ab";
    for (int i = 0; i < 3; i++) {
        assert_int_equal(RUN(f, mg_cmd_enqueue, "--user=u", option, f->song), 0);
        assert_memory_equal(f->out, id, 36);
    }
    assert_int_equal(RUN(f, mg_cmd_enqueue, "--user=v", option, f->song), MG_EXIT_BAD_INPUT);
    int files = 0;
    int64_t foreign = 0;
    assert_int_equal(mg_audio_store_list(f->worker.audio, count_files, &files, &foreign, NULL),
                     MG_OK);
    assert_int_equal(files, 1); /* stored once, and nothing left of the refused one */
    assert_string_equal(job_row(&f->worker, id).spec.user_id, "u");
}

static void sweep_speaks(void **state)
{
    fixture *f = *state;
    char path[200];
    snprintf(path, sizeof path, "%s/audio/user", f->worker.dir);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/audio/user/old.wav", f->worker.dir);
    write_file(path, "x");
    struct timespec times[2] = {{1700000000, 0}, {1700000000, 0}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    assert_int_equal(RUN(f, mg_cmd_sweep, "--dry-run"), 0);
    assert_non_null(strstr(f->out, "would_delete orphan    user/old.wav\n"));
    assert_non_null(strstr(f->out, "1 objects would be deleted"));
    f->worker.config.queue_url = (char *)"unix:///tmp/mg-no-such-socket";
    assert_int_equal(RUN(f, mg_cmd_sweep, "--json"), 0);
    json_t *summary = json_loads(f->out, 0, NULL);
    assert_non_null(summary);
    assert_true(json_is_true(json_object_get(summary, "orphans_skipped")));
    json_decref(summary);
    f->worker.config.queue_url = (char *)"";
    assert_int_equal(RUN(f, mg_cmd_sweep, "--confirm=0"), MG_EXIT_USAGE);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(RUN(f, mg_cmd_sweep, "--confirm=5"), 0);
    assert_non_null(strstr(f->out, "deleted      orphan    user/old.wav\n"));
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(mg_store_sweep_lock(f->worker.store, NULL), MG_OK);
    assert_int_equal(RUN(f, mg_cmd_sweep, "--confirm=5"), MG_EXIT_TRY_LATER);
    assert_int_equal(mg_store_sweep_unlock(f->worker.store, NULL), MG_OK);
}

static void work_refuses_a_wrong_profile(void **state)
{
    fixture *f = *state;
    f->worker.config.profile = (char *)"no/such";
    assert_int_equal(RUN(f, mg_cmd_work, "--until-empty"), MG_EXIT_CONFIG);
    f->worker.config.profile = (char *)"electronic/streaming";
    f->worker.config.audio_url = (char *)"file:/proc/none";
    assert_in_range(RUN(f, mg_cmd_work, "--until-empty"), MG_EXIT_NO_PERM, MG_EXIT_CONFIG);
}

int main(void)
{
#define COMMAND_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        COMMAND_TEST(prints_the_ids_of_jobs),
        COMMAND_TEST(json_lines),
        COMMAND_TEST(a_bad_file_does_not_stop_the_others),
        COMMAND_TEST(wrong_options),
        COMMAND_TEST(a_repeated_id_changes_nothing),
        COMMAND_TEST(sweep_speaks),
        COMMAND_TEST(work_refuses_a_wrong_profile),
    };
    return cmocka_run_group_tests_name("enqueue", tests, NULL, NULL);
}
