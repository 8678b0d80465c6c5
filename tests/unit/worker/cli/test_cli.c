/* The built program as a person or a script meets it: exit codes, streams, signals.
 * MG_PROGRAM names it; mixgauge-analyser lies beside it. */
#include "tests/temp_dir.h"

#include <dirent.h>
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { RATE = 44100, SECONDS = 5 };

typedef struct fixture {
    char directory[64]; /* with "home", the audio, and what the last command printed */
    char *out, *err;
} fixture;

/* A stereo 16-bit WAV: a tone, or for `big` nothing but a long hole. */
static void write_wav(const char *path, uint32_t frames, int hz)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    const uint32_t bytes = frames * 4, rate = RATE;
    const uint32_t riff[] = {bytes + 36, rate, rate * 4, bytes};
    fwrite("RIFF", 1, 4, file);
    fwrite(&riff[0], 4, 1, file);
    fwrite("WAVEfmt \20\0\0\0\1\0\2\0", 1, 16, file);
    fwrite(&riff[1], 4, 2, file);
    fwrite("\4\0\20\0data", 1, 8, file);
    fwrite(&riff[3], 4, 1, file);
    for (uint32_t i = 0; hz > 0 && i < frames; i++) {
        const double x = 8000.0 * sin(2.0 * M_PI * hz * i / RATE);
        const int16_t both[] = {(int16_t)x, (int16_t)x};
        fwrite(both, 2, 2, file);
    }
    fflush(file);
    assert_int_equal(ftruncate(fileno(file), 44 + (off_t)bytes), 0);
    fclose(file);
}

static char *slurp(const fixture *f, const char *name)
{
    char path[128];
    size_t len = 0;
    char *text = NULL;
    snprintf(path, sizeof path, "%s/%s", f->directory, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    if (getdelim(&text, &len, '\0', file) < 0) {
        free(text);
        text = strdup("");
    }
    fclose(file);
    return text;
}

/* A line of shell in the directory; $P is the program. Fills out and err, gives the exit code. */
static int __attribute__((format(printf, 2, 3))) sh(fixture *f, const char *format, ...)
{
    char line[1024], command[1400];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    snprintf(command, sizeof command, "cd %s && { %s ; } >out 2>err", f->directory, line);
    const int status = system(command);
    free(f->out);
    free(f->err);
    f->out = slurp(f, "out");
    f->err = slurp(f, "err");
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int set_up(void **state)
{
    static fixture f;
    char path[128];
    f = (fixture){.directory = ""};
    if (!make_temp_dir(f.directory, sizeof f.directory))
        return -1;
    const char *program = getenv("MG_PROGRAM");
    if (program == NULL || access(program, X_OK) != 0)
        return -1;
    setenv("P", program, 1);
    snprintf(path, sizeof path, "%s/home", f.directory);
    mkdir(path, 0700);
    setenv("HOME", path, 1);
    unsetenv("XDG_DATA_HOME");
    unsetenv("XDG_CONFIG_HOME");
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%d.wav", f.directory, i);
        write_wav(path, RATE * SECONDS, 220 << i);
    }
    *state = &f;
    return sh(&f, "echo this is text > text.wav; mkdir dir; mkfifo fifo");
}

static int tear_down(void **state)
{
    fixture *f = *state;
    char command[128];
    free(f->out);
    free(f->err);
    snprintf(command, sizeof command, "rm -rf %s", f->directory);
    return system(command);
}

static void expect(fixture *f, int code, int wanted, const char *in_err)
{
    if (code != wanted || strstr(f->err, in_err) == NULL)
        fail_msg("exit %d (not %d): %s", code, wanted, f->err);
}

static void wrong_use_is_one_sentence(void **state)
{
    fixture *f = *state;
    static const char *const cases[][2] = {
        {"$P", "which command?"},
        {"$P analyse 0.wav", "there is no command analyse; did you mean \"analyze\"?"},
        {"$P --analyze", "there is no option --analyze"},
        {"$P analyze", "an operand is missing"},
        {"$P analyze --jsn 0.wav", "there is no option --jsn; did you mean --json?"},
        {"$P analyze -j 0 0.wav", "--jobs is \"0\", but it must be a whole number from 1 to 256"},
        {"$P analyze --limit-channels 9 0.wav", "--limit-channels is \"9\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect(f, sh(f, "%s", cases[i][0]), 64, cases[i][1]);
        assert_ptr_equal(strchr(f->err, '\n'), f->err + strlen(f->err) - 1);
        assert_string_equal(f->out, "");
    }
}

static void help_goes_to_standard_output(void **state)
{
    fixture *f = *state;
    assert_int_equal(sh(f, "$P --help"), 0);
    assert_non_null(strstr(f->out, "Usage: mixgauge COMMAND"));
    assert_int_equal(sh(f, "$P analyze --help > one; $P help analyze > two; cmp one two"), 0);
    expect(f, sh(f, "$P help nothing"), 64, "there is no command nothing");
}

static void settings_are_checked(void **state)
{
    fixture *f = *state;
    expect(f, sh(f, "MIXGAUGE_PROFIL=x $P analyze 0.wav"), 78,
           "there is no setting MIXGAUGE_PROFIL; did you mean MIXGAUGE_PROFILE?");
    assert_int_equal(sh(f, "MIXGAUGE_PROFIL=x $P version"), 0);
    assert_int_equal(sh(f, "MIXGAUGE_PROFIL=x MIXGAUGE_STRICT=0 $P analyze 0.wav"), 0);
    assert_non_null(strstr(f->err, "MIXGAUGE_PROFIL"));
    expect(f, sh(f, "$P analyze --profile elektronic/streaming 0.wav"), 66,
           "did you mean electronic/streaming?");
}

static void each_bad_input_has_its_code(void **state)
{
    fixture *f = *state;
    expect(f, sh(f, "$P analyze nowhere.wav"), 66, "nowhere.wav: there is no such file");
    expect(f, sh(f, "$P analyze dir"), 66, "no audio file in the directory dir");
    expect(f, sh(f, "$P analyze /dev/null"), 66, "this is a device");
    expect(f, sh(f, "$P analyze text.wav"), 65, "text.wav: ");
    expect(f, sh(f, "$P analyze - <&-"), 66, "this is a device");
    expect(f, sh(f, "$P analyze 0.wav >&-"), 74, "cannot write to standard output");
    expect(f, sh(f, "$P analyze --limit-bytes 1024 - < 0.wav"), 65, "");
    expect(f, sh(f, "cat 0.wav | $P analyze --limit-bytes 1024 -"), 65, "larger than the limit");
    expect(f, sh(f, "$P analyze $(printf 'a\\033b')"), 66, "a?b: there is no such file");
}

static void one_file_gives_a_report_or_a_bare_result(void **state)
{
    fixture *f = *state;
    assert_int_equal(sh(f, "$P analyze 0.wav"), 0);
    assert_non_null(strstr(f->out, "SCORE"));
    assert_null(strchr(f->out, '\033'));
    assert_string_equal(f->err, ""); /* no progress where nobody looks */
    assert_int_equal(sh(f, "$P analyze --json 0.wav"), 0);
    json_t *root = json_loads(f->out, 0, NULL);
    assert_non_null(root);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(root, "engine"), "schema")),
        "mixgauge.result/1");
    json_decref(root);
    /* by pipe, by redirection, by name: the same bytes */
    assert_int_equal(sh(f, "$P analyze --json 0.wav > a; cat 0.wav | $P analyze --json - > b; "
                           "$P analyze --json - < 0.wav > c; cmp a b && cmp a c"),
                     0);
}

static void several_files_give_lines_in_order(void **state)
{
    fixture *f = *state;
    static const char *const reasons[] = {NULL, "not_found", NULL, "unsupported_format", NULL};
    static const char *const names[] = {"2.wav", "no.wav", "0.wav", "text.wav", "1.wav"};
    const int code = sh(f, "$P analyze --json -j 3 2.wav no.wav 0.wav text.wav 1.wav");
    assert_int_equal(code, 66); /* the first error's */
    char *line = f->out;
    for (int i = 0; i < 5; i++) {
        json_t *item = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);
        assert_non_null(item);
        assert_string_equal(json_string_value(json_object_get(item, "file")), names[i]);
        const char *reason = json_string_value(json_object_get(item, "reason"));
        if (reasons[i] != NULL)
            assert_string_equal(reason, reasons[i]);
        assert_int_equal(json_integer_value(json_object_get(item, "exit")) == 0,
                         reasons[i] == NULL);
        assert_int_equal(json_is_object(json_object_get(item, "result")), reasons[i] == NULL);
        json_decref(item);
        line = strchr(line, '\n') + 1;
    }
    assert_string_equal(line, "");
    assert_int_equal(sh(f, "$P analyze --json -j 1 2.wav 0.wav 1.wav > a; "
                           "$P analyze --json -j 8 2.wav 0.wav 1.wav > b; cmp a b"),
                     0);
}

static void analyze_leaves_no_trace(void **state)
{
    fixture *f = *state;
    assert_int_equal(sh(f, "env -i $P analyze --json 0.wav >/dev/null"), 0);
    assert_int_equal(sh(f, "$P doctor --json > report"), 0);
    assert_int_equal(sh(f, "ls -A home"), 0);
    assert_string_equal(f->out, "");
    char *text = slurp(f, "report");
    json_t *root = json_loads(text, 0, NULL);
    assert_non_null(root);
    const json_t *first = json_array_get(json_object_get(root, "checks"), 0);
    assert_string_equal(json_string_value(json_object_get(first, "name")), "analyser");
    assert_string_equal(json_string_value(json_object_get(first, "status")), "ok");
    json_decref(root);
    free(text);
}

static void a_reader_or_disk_that_goes_away_is_noticed(void **state)
{
    fixture *f = *state;
    expect(f, sh(f, "$P analyze --json 0.wav > /dev/full"), 74, "cannot write to standard output");
    assert_ptr_equal(strchr(f->err, '\n'), f->err + strlen(f->err) - 1);
    /* 128 + SIGPIPE, like other programs */
    assert_int_equal(sh(f, "mkfifo gone; { $P analyze --json 0.wav 1.wav 2.wav > gone; "
                           "echo $? > code; } & exec 3< gone; exec 3<&-; wait; cat code"),
                     0);
    assert_string_equal(f->out, "141\n");
}

static pid_t start(fixture *f, const char *operand)
{
    const pid_t pid = fork();
    if (pid == 0) {
        signal(SIGINT, SIG_DFL);
        if (chdir(f->directory) == 0 && freopen("/dev/null", "w", stdout) != NULL)
            execl(getenv("P"), "mixgauge", "analyze", operand, (char *)NULL);
        _exit(127);
    }
    assert_true(pid > 0);
    return pid;
}

/* The analyser of a running `analyze`: a child of one of its threads. 0: none yet. */
static pid_t analyser_of(pid_t parent)
{
    char path[300];
    int found = 0;
    snprintf(path, sizeof path, "/proc/%d/task", parent);
    DIR *threads = opendir(path);
    for (struct dirent *t; threads != NULL && found == 0 && (t = readdir(threads)) != NULL;) {
        snprintf(path, sizeof path, "/proc/%d/task/%.20s/children", parent, t->d_name);
        FILE *file = fopen(path, "r");
        if (file != NULL && fscanf(file, "%d", &found) != 1)
            found = 0;
        if (file != NULL)
            fclose(file);
    }
    if (threads != NULL)
        closedir(threads);
    return found;
}

static bool is_alive(pid_t pid)
{
    char path[64], line[256] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    const bool read = file != NULL && fgets(line, sizeof line, file) != NULL;
    if (file != NULL)
        fclose(file);
    return read && strstr(line, ") Z ") == NULL;
}

/* Interrupts a long analysis by `number`; neither parent nor child may survive. */
static void interrupt(fixture *f, int number)
{
    char path[128];
    int status;
    pid_t child = 0;
    snprintf(path, sizeof path, "%s/long.wav", f->directory);
    write_wav(path, 3600u * RATE, 0);
    const pid_t parent = start(f, "long.wav");
    for (int i = 0; i < 500 && child == 0; i++) {
        usleep(10000);
        child = analyser_of(parent);
    }
    assert_true(child > 0);
    kill(parent, number);
    assert_int_equal(waitpid(parent, &status, 0), parent);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), number);
    for (int i = 0; i < 200 && is_alive(child); i++)
        usleep(10000);
    assert_false(is_alive(child));
}

static void an_interrupt_ends_parent_and_child(void **state)
{
    interrupt(*state, SIGINT);
    interrupt(*state, SIGTERM);
}

static void a_killed_parent_takes_its_child_along(void **state)
{
    interrupt(*state, SIGKILL);
}

static void a_silent_pipe_can_be_interrupted(void **state)
{
    int status;
    const pid_t pid = start(*state, "fifo");
    usleep(300000);
    assert_int_equal(waitpid(pid, &status, WNOHANG), 0); /* it waits for a writer */
    kill(pid, SIGINT);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_use_is_one_sentence),
        cmocka_unit_test(help_goes_to_standard_output),
        cmocka_unit_test(settings_are_checked),
        cmocka_unit_test(each_bad_input_has_its_code),
        cmocka_unit_test(one_file_gives_a_report_or_a_bare_result),
        cmocka_unit_test(several_files_give_lines_in_order),
        cmocka_unit_test(analyze_leaves_no_trace),
        cmocka_unit_test(a_reader_or_disk_that_goes_away_is_noticed),
        cmocka_unit_test(an_interrupt_ends_parent_and_child),
        cmocka_unit_test(a_killed_parent_takes_its_child_along),
        cmocka_unit_test(a_silent_pipe_can_be_interrupted),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
