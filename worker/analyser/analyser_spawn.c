#include "worker/analyser/analyser_spawn.h"

#include "base/cleanup.h"
#include "worker/analyser/analyser_protocol.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>

#ifndef MG_LIBEXECDIR
#define MG_LIBEXECDIR "/usr/local/libexec/mixgauge"
#endif

#define ANALYSER_NAME "mixgauge-analyser"

enum {
    FD_BASE = 10,                /* above every number that the child's table uses */
    PROFILE_JSON_MAX = 64 * 1024, /* one argument may have 128 KiB */
    HARD_LIMIT_S = 60 * 60,
};

/* ---- where it is ---- */

mg_err mg_analyser_find(char out[MG_ANALYSER_PATH_MAX], mg_errinfo *err)
{
    char self[MG_ANALYSER_PATH_MAX];
    const ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    const char *directory = MG_LIBEXECDIR;
    if (len > 0) {
        self[len] = '\0';
        *strrchr(self, '/') = '\0';
        directory = self;
        if (snprintf(out, MG_ANALYSER_PATH_MAX, "%s/" ANALYSER_NAME, self) <
                MG_ANALYSER_PATH_MAX &&
            access(out, X_OK) == 0)
            return MG_OK;
    }
    snprintf(out, MG_ANALYSER_PATH_MAX, "%s/" ANALYSER_NAME, MG_LIBEXECDIR);
    if (access(out, X_OK) == 0)
        return MG_OK;
    return mg_fail(err, MG_E_INTERNAL, errno,
                   "the program " ANALYSER_NAME " is neither in %s nor in " MG_LIBEXECDIR,
                   directory);
}

/* ---- what it may use ---- */

/* Only the first four bytes are compared; nothing of the upload is parsed on this side. */
static bool is_uncompressed(int fd)
{
    static const char *const marks[] = {"RIFF", "RF64", "BW64", "FORM"};
    char head[4];
    if (pread(fd, head, sizeof head, 0) != (ssize_t)sizeof head)
        return false;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (memcmp(head, marks[i], sizeof head) == 0)
            return true;
    }
    return false;
}

mg_analyser_budget mg_analyser_budget_for(int audio_fd, int64_t file_bytes)
{
    mg_analyser_budget budget = {.cpu_s = HARD_LIMIT_S, .wall_ms = (int64_t)HARD_LIMIT_S * 1000};
    if (file_bytes < 0)
        return budget;
    const double samples_per_byte = is_uncompressed(audio_fd) ? 1.0 : 48.0;
    const double audio_s = (double)file_bytes * samples_per_byte / (2.0 * 44100.0);
    const double cpu_s = 60.0 + 0.2 * audio_s, wall_s = 120.0 + 0.5 * audio_s;
    if (cpu_s < HARD_LIMIT_S)
        budget.cpu_s = (int64_t)cpu_s;
    if (wall_s < HARD_LIMIT_S)
        budget.wall_ms = (int64_t)(wall_s * 1000.0);
    return budget;
}

void mg_analyser_budget_add(mg_analyser_budget *budget, const mg_reference_audio *reference)
{
    const mg_analyser_budget more = mg_analyser_budget_for(reference->fd, reference->bytes);
    const int64_t wall_max_ms = (int64_t)HARD_LIMIT_S * 1000;
    budget->cpu_s += more.cpu_s;
    budget->wall_ms += more.wall_ms;
    if (budget->cpu_s > HARD_LIMIT_S)
        budget->cpu_s = HARD_LIMIT_S;
    if (budget->wall_ms > wall_max_ms)
        budget->wall_ms = wall_max_ms;
}

/* ---- what it gets ---- */

/* A descriptor with an offset of its own: several children may read one file, and nobody else may
 * move the child's offset. Without /proc the offset is shared, and the child seeks to the start. */
static int reopen(int fd)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    mg_autoclose int own = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (own < 0)
        return fcntl(fd, F_DUPFD_CLOEXEC, FD_BASE);
    return fcntl(own, F_DUPFD_CLOEXEC, FD_BASE);
}

typedef struct arguments {
    char seconds[32], channels[32], bytes[32], memory[32], cpu[32], parent[32];
    char *list[20];
} arguments;

static void put_number(char out[32], int64_t value)
{
    snprintf(out, 32, "%" PRId64, value);
}

static void build_arguments(arguments *args, const char *path, const mg_analyser_options *options,
                            const mg_analyser_budget *budget)
{
    const mg_config *config = options->config;
    size_t n = 0;
    put_number(args->seconds, config->limit_seconds);
    put_number(args->channels, config->limit_channels);
    put_number(args->bytes, config->limit_bytes);
    put_number(args->memory, config->limit_memory);
    put_number(args->cpu, budget->cpu_s);
    put_number(args->parent, getpid());
    char *const pairs[][2] = {
        {(char *)"--profile-json", (char *)options->profile_json},
        {(char *)"--limit-seconds", args->seconds},
        {(char *)"--limit-channels", args->channels},
        {(char *)"--limit-bytes", args->bytes},
        {(char *)"--limit-memory", args->memory},
        {(char *)"--limit-cpu-s", args->cpu},
        {(char *)"--parent", args->parent},
    };
    args->list[n++] = (char *)path;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        args->list[n++] = pairs[i][0];
        args->list[n++] = pairs[i][1];
    }
    if (options->excerpt)
        args->list[n++] = (char *)"--excerpt";
    if (options->reference != NULL)
        args->list[n++] = (char *)"--reference";
    args->list[n] = NULL;
}

/* Descriptors of ours for the child; reference is -1 where there is none. */
typedef struct handed_over {
    int audio, pipe, reference;
} handed_over;

static int set_actions(posix_spawn_file_actions_t *actions, const handed_over *fds)
{
    const bool reference = fds->reference >= 0;
    const int last = reference ? MG_ANALYSER_FD_REFERENCE : MG_ANALYSER_FD_PIPE;
    int failed = 0;
    for (int fd = 0; fd <= 2 && !failed; fd++)
        failed = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
    if (!failed)
        failed = posix_spawn_file_actions_adddup2(actions, fds->audio, MG_ANALYSER_FD_AUDIO);
    if (!failed)
        failed = posix_spawn_file_actions_adddup2(actions, fds->pipe, MG_ANALYSER_FD_PIPE);
    if (!failed && reference)
        failed = posix_spawn_file_actions_adddup2(actions, fds->reference,
                                                  MG_ANALYSER_FD_REFERENCE);
    if (!failed)
        failed = posix_spawn_file_actions_addclosefrom_np(actions, last + 1);
    return failed;
}

/* A process group of its own: a Ctrl-C in the terminal reaches us alone, and what the child leaves
 * behind can be killed with it. Signals start unblocked and unhandled. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int failed = posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (!failed)
        failed = posix_spawnattr_setpgroup(attributes, 0);
    if (!failed)
        failed = posix_spawnattr_setsigmask(attributes, &none);
    if (!failed)
        failed = posix_spawnattr_setsigdefault(attributes, &all);
    return failed;
}

static int start(const char *path, char *const argv[], const handed_over *fds, pid_t *ret)
{
    char *const nothing[] = {NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed)
        return failed;
    failed = posix_spawnattr_init(&attributes);
    if (!failed) {
        failed = set_actions(&actions, fds);
        if (!failed)
            failed = set_attributes(&attributes);
        if (!failed)
            failed = posix_spawn(ret, path, &actions, &attributes, argv, nothing);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

mg_err mg_analyser_spawn(int audio_fd, const mg_analyser_options *options,
                         const mg_analyser_budget *budget, mg_analyser_child *ret,
                         mg_errinfo *err)
{
    char found[MG_ANALYSER_PATH_MAX];
    const char *path = options->analyser_path;
    if (path == NULL) {
        mg_err result = mg_analyser_find(found, err);
        if (result != MG_OK)
            return result;
        path = found;
    }
    if (strlen(options->profile_json) > PROFILE_JSON_MAX)
        return mg_fail(err, MG_E_INTERNAL, 0, "the profile has more than %d bytes",
                       PROFILE_JSON_MAX);
    mg_autoclose int audio = reopen(audio_fd);
    if (audio < 0)
        return mg_fail(err, MG_E_STORAGE, errno, "cannot open the audio again: %s",
                       strerror(errno));
    mg_autoclose int reference = options->reference != NULL ? reopen(options->reference->fd) : -1;
    if (options->reference != NULL && reference < 0)
        return mg_fail(err, MG_E_STORAGE, errno, "cannot open the reference again: %s",
                       strerror(errno));
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return mg_fail(err, MG_E_INTERNAL, errno, "cannot make a pipe: %s", strerror(errno));
    mg_autoclose int read_end = ends[0];
    mg_autoclose int low_end = ends[1];
    mg_autoclose int write_end = fcntl(low_end, F_DUPFD_CLOEXEC, FD_BASE);
    if (write_end < 0 || fcntl(read_end, F_SETFL, O_NONBLOCK) != 0)
        return mg_fail(err, MG_E_INTERNAL, errno, "cannot set up the pipe: %s", strerror(errno));
    arguments args;
    build_arguments(&args, path, options, budget);
    pid_t pid;
    const handed_over fds = {.audio = audio, .pipe = write_end, .reference = reference};
    const int failed = start(path, args.list, &fds, &pid);
    if (failed)
        return mg_fail(err, MG_E_INTERNAL, failed, "cannot start %s: %s", path, strerror(failed));
    *ret = (mg_analyser_child){.pid = pid,
                               .pidfd = (int)syscall(SYS_pidfd_open, pid, 0),
                               .pipe_fd = mg_steal_fd(&read_end)};
    return MG_OK;
}
