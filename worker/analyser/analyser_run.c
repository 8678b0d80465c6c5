#include "worker/analyser/analyser_run.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "worker/analyser/analyser_frames.h"
#include "worker/analyser/analyser_spawn.h"
#include "worker/analyser/result_check.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum {
    POLL_MS = 250,
    TICK_MS = 100,
    STALL_MS = 120 * 1000, /* without a single frame: it hangs */
    EXIT_MS = 5 * 1000,    /* between its answer and its end */
    READ_BYTES = 64 * 1024,
    DRAIN_BYTES = MG_FRAME_RESULT_MAX + READ_BYTES, /* after its end: more than a pipe holds */
};

/* Why we killed it. */
typedef enum cause { NOT_KILLED, CANCELLED, TOO_LONG, STALLED, LINGERED, NONSENSE } cause;

typedef struct run {
    mg_analyser_child child;
    mg_frame_reader reader;
    mg_analyser_tick *tick;
    void *context;
    int64_t started_ms, deadline_ms, last_frame_ms, last_tick_ms, answered_ms;
    bool pipe_open, exited;
    cause cause;
    mg_errinfo fault;
} run;

static void kill_child(run *r, cause why)
{
    if (r->cause != NOT_KILLED || r->exited)
        return;
    r->cause = why;
    kill(r->child.pid, SIGKILL);
}

/* Read what is there, up to `most` bytes. */
static void read_pipe(run *r, size_t most)
{
    char chunk[4096];
    for (size_t total = 0; r->pipe_open && total < most;) {
        const ssize_t got = read(r->child.pipe_fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0) {
            r->pipe_open = false;
            return;
        }
        total += (size_t)got;
        r->last_frame_ms = mg_mono_ms();
        if (r->cause != NOT_KILLED && r->cause != NONSENSE)
            continue; /* it no longer matters what it says */
        if (mg_frame_reader_push(&r->reader, chunk, (size_t)got, &r->fault) != MG_OK)
            kill_child(r, NONSENSE);
    }
}

static bool has_exited(pid_t pid)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

static void check_clocks(run *r)
{
    const int64_t now = mg_mono_ms();
    if (now - r->last_tick_ms >= TICK_MS) {
        r->last_tick_ms = now;
        if (r->tick != NULL && !r->tick(r->context, r->reader.progress))
            kill_child(r, CANCELLED);
    }
    if (r->reader.answer != MG_ANSWER_NONE && r->answered_ms == 0)
        r->answered_ms = now;
    if (now >= r->deadline_ms)
        kill_child(r, TOO_LONG);
    if (now - r->last_frame_ms >= STALL_MS)
        kill_child(r, STALLED);
    if (r->answered_ms != 0 && now - r->answered_ms >= EXIT_MS)
        kill_child(r, LINGERED);
}

static int poll_timeout(const run *r)
{
    const int64_t left = r->deadline_ms - mg_mono_ms();
    if (r->cause != NOT_KILLED || left >= POLL_MS)
        return POLL_MS;
    return left > 0 ? (int)left : 0;
}

/* Until the child has ended. The pipe alone does not tell: a grandchild may hold it open, and a
 * child may close it and live on. */
static void watch(run *r)
{
    while (!r->exited) {
        struct pollfd fds[2] = {
            {.fd = r->pipe_open ? r->child.pipe_fd : -1, .events = POLLIN},
            {.fd = r->child.pidfd, .events = POLLIN},
        };
        /* without a pidfd the end of the pipe is the earliest sign of the child's end */
        const bool blind = r->child.pidfd < 0 && !r->pipe_open;
        (void)poll(fds, 2, blind ? 10 : poll_timeout(r));
        if (fds[0].revents != 0)
            read_pipe(r, READ_BYTES);
        r->exited = has_exited(r->child.pid);
        if (!r->exited)
            check_clocks(r);
    }
    read_pipe(r, DRAIN_BYTES);
}

static void reap(run *r, int *ret_status, mg_analyser_outcome *ret)
{
    struct rusage usage = {0};
    /* While the leader is unreaped its number cannot be reused, so this hits its own group only:
     * whatever the child has left behind. */
    kill(-r->child.pid, SIGKILL);
    while (wait4(r->child.pid, ret_status, 0, &usage) < 0 && errno == EINTR)
        continue;
    ret->cpu_ms = (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
                  (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
    ret->peak_rss_bytes = (int64_t)usage.ru_maxrss * 1024;
    ret->wall_ms = mg_mono_ms() - r->started_ms;
    if (r->child.pidfd >= 0)
        close(r->child.pidfd);
    close(r->child.pipe_fd);
}

/* ---- the verdict on the child ---- */

static mg_err conclude_killed(const run *r, mg_errinfo *err)
{
    const int64_t limit_s = (r->deadline_ms - r->started_ms) / 1000;
    switch (r->cause) {
    case CANCELLED:
        return mg_fail(err, MG_E_CANCELLED, 0, "interrupted");
    case TOO_LONG:
        return mg_fail(err, MG_E_TIMEOUT, 0, "the analysis took longer than %" PRId64 " s",
                       limit_s);
    case STALLED:
        return mg_fail(err, MG_E_TIMEOUT, 0, "the analyser gave no sign of life for %d s",
                       STALL_MS / 1000);
    case LINGERED:
        return mg_fail(err, MG_E_INTERNAL, 0, "the analyser did not end after its answer");
    default:
        return mg_fail(err, MG_E_INTERNAL, 0, "%s", mg_errinfo_text(&r->fault, MG_E_INTERNAL));
    }
}

static mg_err conclude_signal(int number, mg_errinfo *err)
{
    const char *name = sigabbrev_np(number);
    switch (number) {
    case SIGXCPU:
        return mg_fail(err, MG_E_TIMEOUT, 0, "the analysis used more CPU time than it may");
    case SIGSYS:
        return mg_fail(err, MG_E_SANDBOX_VIOLATION, 0,
                       "the analyser made a system call that it must not make");
    case SIGKILL:
        return mg_fail(err, MG_E_DECODER_CRASH, 0,
                       "the analyser was killed from outside (out of memory?)");
    default:
        return mg_fail(err, MG_E_DECODER_CRASH, 0, "the analyser crashed (SIG%s)",
                       name != NULL ? name : "?");
    }
}

static mg_err conclude_answer(run *r, mg_analyser_outcome *ret, mg_errinfo *err)
{
    if (mg_frame_reader_end(&r->reader, err) != MG_OK)
        return MG_E_INTERNAL;
    if (r->reader.answer == MG_ANSWER_NONE)
        return mg_fail(err, MG_E_INTERNAL, 0, "the analyser ended without an answer");
    if (r->reader.answer == MG_ANSWER_ERROR)
        return mg_fail(err, r->reader.error, 0, "%s",
                       r->reader.error_text[0] != '\0' ? r->reader.error_text
                                                       : mg_err_sentence(r->reader.error));
    if (mg_result_check(r->reader.result, r->reader.result_len, err) != MG_OK)
        return MG_E_INTERNAL;
    ret->result = mg_steal(r->reader.result);
    ret->result_len = r->reader.result_len;
    return MG_OK;
}

static mg_err conclude(run *r, int status, mg_analyser_outcome *ret, mg_errinfo *err)
{
    if (r->cause != NOT_KILLED)
        return conclude_killed(r, err);
    if (WIFSIGNALED(status))
        return conclude_signal(WTERMSIG(status), err);
    if (r->fault.code != MG_OK) /* found only in what was left in the pipe */
        return mg_fail(err, MG_E_INTERNAL, 0, "%s", r->fault.text);
    if (WEXITSTATUS(status) != 0)
        return mg_fail(err, MG_E_INTERNAL, 0, "the analyser ended with status %d",
                       WEXITSTATUS(status));
    return conclude_answer(r, ret, err);
}

mg_err mg_analyser_run(int audio_fd, const mg_analyser_options *options, mg_analyser_tick *tick,
                       void *context, mg_analyser_outcome *ret)
{
    mg_errinfo err = {0};
    *ret = (mg_analyser_outcome){0};
    mg_analyser_budget budget = mg_analyser_budget_for(audio_fd, options->file_bytes);
    if (options->reference != NULL)
        mg_analyser_budget_add(&budget, options->reference);
    if (options->wall_limit_ms > 0)
        budget.wall_ms = options->wall_limit_ms;
    const int64_t now = mg_mono_ms();
    run r = {.tick = tick, .context = context, .started_ms = now, .last_frame_ms = now,
             .deadline_ms = now + budget.wall_ms, .pipe_open = true};
    ret->err = mg_analyser_spawn(audio_fd, options, &budget, &r.child, &err);
    ret->not_started = ret->err != MG_OK;
    if (ret->err == MG_OK) {
        int status = 0;
        mg_frame_reader_init(&r.reader);
        watch(&r);
        reap(&r, &status, ret);
        ret->err = conclude(&r, status, ret, &err);
        ret->log = mg_frame_reader_log(&r.reader);
        mg_frame_reader_done(&r.reader);
    }
    if (ret->err != MG_OK)
        mg_utf8_printable(mg_errinfo_text(&err, ret->err), ret->detail, sizeof ret->detail);
    return ret->err;
}

void mg_analyser_outcome_done(mg_analyser_outcome *outcome)
{
    free(outcome->result);
    free(outcome->log);
    *outcome = (mg_analyser_outcome){0};
}
