#include "base/cleanup.h"
#include "base/parse.h"
#include "base/utf8.h"
#include "worker/cli/analyze_batch.h"
#include "worker/cli/analyze_documents.h"
#include "worker/cli/analyze_export.h"
#include "worker/cli/analyze_files.h"
#include "worker/cli/analyze_input.h"
#include "worker/cli/analyze_output.h"
#include "worker/cli/analyze_since.h"
#include "worker/cli/commands.h"
#include "worker/cli/profile_choice.h"

#include <poll.h>
#include <signal.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/signalfd.h>

enum { JOBS_MAX = 256, REDRAW_MS = 100, RESULT_MAX = 4 * 1024 * 1024 };

typedef struct session {
    mg_batch batch;
    mg_analyze_documents documents;
    mg_analyze_exports exports;
    mg_analyze_since since;
    mg_analyze_output output;
    bool progress, progress_shown;
    int code;          /* of the first file that failed */
    int signal_number; /* that ended it; 0: none */
    int write_errno;   /* standard output is gone */
} session;

/* ---- output ---- */

static void clear_progress(session *s)
{
    if (s->progress_shown)
        fputs("\r\033[K", stderr);
    s->progress_shown = false;
}

static void draw_progress(session *s)
{
    size_t done;
    double share;
    char name[48];
    if (!s->progress)
        return;
    mg_batch_progress(&s->batch, &done, &share);
    fprintf(stderr, "\r\033[K%3.0f %%", share * 100.0);
    if (s->output.several) {
        fprintf(stderr, "  %zu of %zu files", done, s->batch.count);
    } else {
        mg_utf8_printable(s->batch.items[0].name, name, sizeof name);
        fprintf(stderr, "  %s", name);
    }
    fflush(stderr);
    s->progress_shown = true;
}

static void print_failure(const mg_batch_item *item)
{
    char name[256];
    mg_utf8_printable(item->name, name, sizeof name);
    fprintf(stderr, "mixgauge analyze: %s: %s\n", name, item->outcome.detail);
}

/* What the run hands over beside standard output. */
static int keep_result(session *s, const mg_batch_item *item)
{
    mg_errinfo err = {0};
    const mg_analyser_outcome *outcome = &item->outcome;
    mg_auto(mg_buf_done) mg_buf compared = MG_BUF_INIT(RESULT_MAX);
    const char *text = outcome->result;
    size_t len = outcome->result_len;
    mg_err result = mg_analyze_exports_add(&s->exports, item->name, text, len, &err);
    if (result == MG_OK && s->since.file != NULL) {
        result = mg_analyze_since_json(&s->since, text, len, &compared);
        text = compared.data;
        len = compared.len;
    }
    if (result == MG_OK)
        result = mg_analyze_documents_write(&s->documents, (size_t)(item - s->batch.items), text,
                                            len, &err);
    return result == MG_OK ? MG_EXIT_OK : mg_command_fail("analyze", result, &err);
}

static void print_item(session *s, mg_batch_item *item)
{
    mg_analyser_outcome *outcome = &item->outcome;
    int code = outcome->err == MG_OK ? MG_EXIT_OK : mg_err_exit_code(outcome->err);
    if (outcome->err == MG_E_CANCELLED)
        return;
    clear_progress(s);
    errno = 0;
    if (mg_analyze_output_item(&s->output, item->name, outcome, code) != MG_OK)
        code = mg_command_fail("analyze", MG_E_NOMEM, NULL);
    if (outcome->err != MG_OK)
        print_failure(item);
    else if (code == MG_EXIT_OK)
        code = keep_result(s, item);
    if (s->code == MG_EXIT_OK)
        s->code = code;
    /* a result larger than the buffer of stdio fails before the flush */
    if ((fflush(stdout) != 0 || ferror(stdout)) && s->write_errno == 0)
        s->write_errno = errno != 0 ? errno : EIO;
    mg_analyser_outcome_done(outcome);
}

/* ---- signals ---- */

/* The signals that end us, but for those that our parent had ignored (nohup). */
static void ending_signals(sigset_t *ret)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    sigemptyset(ret);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction now;
        if (sigaction(numbers[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(ret, numbers[i]);
    }
}

static void take_signal(session *s, int signal_fd)
{
    struct signalfd_siginfo info;
    if (read(signal_fd, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    s->signal_number = (int)info.ssi_signo;
    mg_batch_stop(&s->batch);
}

/* As others expect it of a program that was interrupted: end by the same signal. */
static void die_by(int number)
{
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, number);
    signal(number, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
    raise(number);
}

/* ---- the run ---- */

static void watch(session *s, int signal_fd)
{
    while (s->signal_number == 0 && s->write_errno == 0) {
        uint64_t count;
        struct pollfd fds[2] = {{.fd = signal_fd, .events = POLLIN},
                                {.fd = s->batch.wake_fd, .events = POLLIN}};
        for (mg_batch_item *item; (item = mg_batch_next(&s->batch)) != NULL;)
            print_item(s, item);
        if (s->batch.printed == s->batch.count || s->write_errno != 0)
            break;
        draw_progress(s);
        if (poll(fds, 2, s->progress ? REDRAW_MS : 1000) <= 0)
            continue;
        if (fds[0].revents != 0)
            take_signal(s, signal_fd);
        if (fds[1].revents != 0)
            (void)!read(s->batch.wake_fd, &count, sizeof count);
    }
    if (s->write_errno != 0)
        mg_batch_stop(&s->batch);
    clear_progress(s);
}

/* Unless the run was cut short: half a collection would look like a whole one. */
static void write_documents(session *s)
{
    mg_errinfo err = {0};
    if (s->signal_number != 0 || s->write_errno != 0)
        return;
    const mg_err result = mg_analyze_exports_finish(&s->exports, &err);
    if (result != MG_OK) {
        const int code = mg_command_fail("analyze", result, &err);
        s->code = s->code != MG_EXIT_OK ? s->code : code;
    }
}

static int finish(const session *s)
{
    if (s->signal_number != 0)
        die_by(s->signal_number);
    if (s->write_errno == EPIPE)
        die_by(SIGPIPE);
    if (s->write_errno != 0) {
        fprintf(stderr, "mixgauge analyze: cannot write to standard output: %s\n",
                strerror(s->write_errno));
        /* said once is enough: what is left in the buffer has nowhere to go */
        __fpurge(stdout);
        clearerr(stdout);
        return s->code != MG_EXIT_OK ? s->code : MG_EXIT_IO;
    }
    return s->code;
}

static mg_err choose_threads(const mg_args *args, size_t *ret, mg_errinfo *err)
{
    const char *text = mg_args_value(args, "jobs");
    int64_t jobs = mg_usable_cpus();
    if (text != NULL && !mg_parse_i64(text, 1, JOBS_MAX, &jobs)) {
        char shown[64];
        mg_utf8_printable(text, shown, sizeof shown);
        return mg_fail(err, MG_E_USAGE, 0,
                       "--jobs is \"%s\", but it must be a whole number from 1 to %d", shown,
                       JOBS_MAX);
    }
    *ret = (size_t)jobs < args->operand_count ? (size_t)jobs : args->operand_count;
    return MG_OK;
}

/* https://no-color.org: set and not empty */
static bool wants_no_colour(void)
{
    const char *value = getenv("NO_COLOR");
    return value != NULL && value[0] != '\0';
}

static bool never_stop(void *context)
{
    (void)context;
    return true;
}

/* Opened once; every analyser gets a descriptor of its own. */
static mg_err open_reference(const mg_args *args, mg_reference_audio *ret, mg_errinfo *err)
{
    char shown[200];
    mg_errinfo inner = {0};
    const char *name = mg_args_value(args, "reference");
    for (size_t i = 0; i < args->operand_count && strcmp(name, "-") == 0; i++) {
        if (strcmp(args->operands[i], "-") == 0)
            return mg_fail(err, MG_E_USAGE, 0,
                           "standard input cannot be both the track and the reference");
    }
    const mg_err result = mg_input_open(name, args->config.limit_bytes, never_stop, NULL, &ret->fd,
                                        &ret->bytes, &inner);
    mg_utf8_printable(name, shown, sizeof shown);
    if (result != MG_OK)
        return mg_fail(err, result, inner.sys_errno, "--reference: %s: %s", shown,
                       mg_errinfo_text(&inner, result));
    return MG_OK;
}

/* Everything that can be wrong about the call, before the first file is touched. */
static mg_err prepare(session *s, const mg_args *args, size_t *ret_threads, char **ret_profile,
                      mg_reference_audio *reference, mg_errinfo *err)
{
    mg_err result = mg_profile_choose(args->config.profile, ret_profile, err);
    s->batch.profile_json = *ret_profile;
    if (result == MG_OK)
        result = choose_threads(args, ret_threads, err);
    if (result == MG_OK)
        result = mg_analyze_documents_begin(&s->documents, mg_args_value(args, "report"),
                                            mg_args_value(args, "waveform"), args->operands,
                                            args->operand_count, err);
    if (result == MG_OK)
        result = mg_analyze_exports_begin(&s->exports, args, err);
    if (result == MG_OK)
        result = mg_analyze_since_begin(&s->since, mg_args_value(args, "since"),
                                        args->operand_count, err);
    if (result == MG_OK && mg_args_has(args, "reference")) {
        result = open_reference(args, reference, err);
        s->batch.reference = reference;
    }
    return result;
}

static mg_err run_batch(session *s, const mg_args *args, size_t threads, mg_errinfo *err)
{
    sigset_t ending, before;
    ending_signals(&ending);
    sigprocmask(SIG_BLOCK, &ending, &before);
    mg_autoclose int signal_fd = signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
    const mg_err result =
        mg_batch_start(&s->batch, args->operands, args->operand_count, threads, err);
    if (result == MG_OK) {
        watch(s, signal_fd);
        if (s->signal_number == 0 && s->write_errno == 0)
            s->write_errno = mg_analyze_output_end(&s->output);
        mg_batch_end(&s->batch);
        write_documents(s);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return result;
}

/* The operands become the files that they stand for. */
static mg_err expand(session *s, mg_args *args, mg_file_list *files, mg_errinfo *err)
{
    const mg_err result =
        mg_file_list_expand(args->operands, args->operand_count, mg_args_has(args, "recursive"),
                            files, err);
    if (result != MG_OK)
        return result;
    char **operands = calloc(files->count + 1, sizeof *operands);
    if (operands == NULL)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    memcpy(operands, files->names, files->count * sizeof *operands);
    free(args->operands);
    args->operands = operands;
    args->operand_count = files->count;
    s->output.as_set = files->has_directory;
    s->output.several = files->has_directory || files->count > 1;
    return mg_analyze_output_begin(&s->output, files->count, err);
}

static int run(mg_args *args)
{
    mg_errinfo err = {0};
    size_t threads = 1;
    mg_reference_audio reference = {.fd = -1};
    mg_file_list files = {0};
    mg_autofree char *profile = NULL;
    session s = {
        .batch = {.config = &args->config, .excerpt = mg_args_has(args, "excerpt"), .wake_fd = -1},
        .output = {.json = args->json,
                   .colour = isatty(STDOUT_FILENO) && !wants_no_colour(),
                   .since = &s.since},
        .progress = isatty(STDERR_FILENO) && !mg_args_has(args, "quiet"),
    };
    mg_err result = expand(&s, args, &files, &err);
    if (result == MG_OK)
        result = prepare(&s, args, &threads, &profile, &reference, &err);
    if (result == MG_OK)
        result = run_batch(&s, args, threads, &err);
    mg_analyze_exports_done(&s.exports);
    mg_analyze_since_done(&s.since);
    mg_analyze_output_done(&s.output);
    mg_file_list_done(&files);
    if (reference.fd >= 0)
        close(reference.fd);
    return result == MG_OK ? finish(&s) : mg_command_fail("analyze", result, &err);
}

static const mg_option options[] = {
    {"export", 0, "FILE",
     "grid, key and cues of all files for DJ software: FILE.xml for rekordbox, FILE.nml for "
     "Traktor, FILE.csv for spreadsheets; may be repeated"},
    {"excerpt", 0, NULL, "the file is a cut-out: no findings about its start, end and silence"},
    {"jobs", 'j', "N", "files at once (default: one per usable CPU)"},
    {"quiet", 'q', NULL, "no progress on the terminal"},
    {"recursive", 'r', NULL, "of a directory, the files below it too"},
    {"reference", 0, "FILE",
     "compare with this track, played equally loud: each measure, band and third octave"},
    {"report", 0, "FILE.html",
     "a page for the browser; with several files a directory, for one page each"},
    {"since", 0, "OLD.json",
     "what changed since this result (--json) of an earlier version: resolved, new, better, worse"},
    {"waveform", 0, "FILE.json",
     "the waveform in audiowaveform's format for web players; with several files a directory"},
    {0},
};

static const char *const setting_flags[] = {"profile",      "limit-bytes",    "limit-seconds",
                                            "limit-memory", "limit-channels", NULL};

const mg_command mg_cmd_analyze = {
    .name = "analyze",
    .synopsis = "[OPTIONS] FILE|DIRECTORY...",
    .summary = "measure audio files and print a report",
    .text = "Measures each file (WAV, MP3, AIFF or FLAC; \"-\" is standard input) and prints a "
            "report; of several files a table, what needs work first. A directory stands for the "
            "audio files in it, sorted by name, which are also read as a set: how far they are "
            "apart in loudness, the gain that matches them, and which of them mix by key and "
            "tempo. Needs no server and keeps nothing.\n\n"
            "With --json one file gives the result object, several files, and a directory, give "
            "one line each: "
            "{\"file\", \"exit\", \"result\"} or {\"file\", \"exit\", \"reason\", \"message\"}, in "
            "the order given; a single file that fails gives such a line too. A file that cannot "
            "be analysed does not stop the others; the exit "
            "code is that of the first of them: 65 the audio is unusable, 66 there is no such "
            "file, 70 a fault of this program.",
    .options = options,
    .setting_flags = setting_flags,
    .takes_json = true,
    .min_operands = 1,
    .max_operands = 1u << 30,
    .run = run,
};
