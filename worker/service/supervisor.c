#include "worker/service/supervisor.h"

#include "base/clock.h"
#include "worker/service/crew.h"
#include "worker/service/keeper.h"
#include "worker/service/slot.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    TICK_MS = 1000,
    KEEPER_STUCK_MS = 15000, /* it comes round every second or two */
    STACK_BYTES = 1024 * 1024,
};

typedef struct supervisor {
    mg_crew crew;
    const mg_supervisor_options *options;
    mg_slot *slots;
    pthread_t *threads; /* of the slots */
    size_t started;
    pthread_t keeper;
    unsigned stop_signals;
    bool stuck_told;
} supervisor;

/* "host-pid-random": unique among all workers, also after a restart with the same pid. */
static void make_name(char *out, size_t size)
{
    char host[64] = "";
    if (gethostname(host, sizeof host - 1) != 0 || !host[0])
        strcpy(host, "worker");
    for (char *c = host; *c; c++) {
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
              *c == '.' || *c == '-'))
            *c = '-';
    }
    snprintf(out, size, "%s-%ld-%08x", host, (long)getpid(), mg_crew_random());
}

/* ---- threads ------------------------------------------------------------------------------- */

static mg_err start_threads(supervisor *s, mg_errinfo *err)
{
    pthread_attr_t attr;
    if (pthread_attr_init(&attr) != 0)
        return MG_E_NOMEM;
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    int failed = pthread_create(&s->keeper, &attr, mg_keeper_thread, &s->crew);
    bool keeper = failed == 0;
    while (failed == 0 && s->started < s->crew.slot_count) {
        mg_slot *slot = &s->slots[s->started];
        *slot = (mg_slot){&s->crew, s->options->audio, s->started};
        pthread_mutex_lock(&s->crew.lock);
        s->crew.slots_alive++;
        pthread_mutex_unlock(&s->crew.lock);
        failed = pthread_create(&s->threads[s->started], &attr, mg_slot_thread, slot);
        if (failed == 0)
            s->started++;
        else
            mg_crew_slot_gone(&s->crew);
    }
    pthread_attr_destroy(&attr);
    if (failed == 0)
        return MG_OK;
    mg_crew_drain(&s->crew, mg_mono_ms());
    for (size_t i = 0; i < s->started; i++)
        pthread_join(s->threads[i], NULL);
    if (keeper) {
        mg_keeper_stop(&s->crew);
        pthread_join(s->keeper, NULL);
    }
    return mg_fail(err, MG_E_INTERNAL, failed, "cannot start a thread: %s", strerror(failed));
}

static bool slots_left(supervisor *s)
{
    pthread_mutex_lock(&s->crew.lock);
    bool left = s->crew.slots_alive > 0;
    pthread_mutex_unlock(&s->crew.lock);
    return left;
}

/* ---- signals and the tick ------------------------------------------------------------------- */

static void on_stop(supervisor *s, const char *name)
{
    int64_t drain_ms = s->stop_signals++ == 0 ? s->options->config->drain_s * 1000 : 0;
    MG_LOG(s->options->log, MG_LOG_INFO, "stopping", MG_LOG_STR("signal", name),
           MG_LOG_INT("drain_ms", drain_ms));
    mg_crew_drain(&s->crew, mg_mono_ms() + drain_ms);
}

static void on_signal(supervisor *s, int number)
{
    switch (number) {
    case SIGTERM:
        on_stop(s, "SIGTERM");
        break;
    case SIGINT:
        on_stop(s, "SIGINT");
        break;
    case SIGHUP:
        on_stop(s, "SIGHUP");
        break;
    case SIGTSTP:
        MG_LOG(s->options->log, MG_LOG_INFO, "quiet", MG_LOG_STR("signal", "SIGTSTP"));
        mg_crew_set_quiet(&s->crew, true);
        break;
    default:
        MG_LOG(s->options->log, MG_LOG_INFO, "resumed", MG_LOG_STR("signal", "SIGCONT"));
        mg_crew_set_quiet(&s->crew, false);
    }
}

/* A keeper that hangs means leases that run out: someone should hear of it. */
static void check_keeper(supervisor *s)
{
    pthread_mutex_lock(&s->crew.lock);
    int64_t age_ms = mg_mono_ms() - s->crew.keeper_seen_ms;
    pthread_mutex_unlock(&s->crew.lock);
    bool stuck = age_ms > KEEPER_STUCK_MS;
    if (stuck && !s->stuck_told)
        MG_LOG(s->options->log, MG_LOG_ERROR, "keeper_stuck", MG_LOG_INT("for_ms", age_ms));
    if (!stuck && s->stuck_told)
        MG_LOG(s->options->log, MG_LOG_INFO, "keeper_moves", MG_LOG_INT("age_ms", age_ms));
    s->stuck_told = stuck;
}

static void watch(supervisor *s, const sigset_t *signals)
{
    while (slots_left(s)) {
        /* Shorter while draining, so that the end of the last job is noticed at once. */
        int tick_ms = mg_crew_is_draining(&s->crew) ? TICK_MS / 20 : TICK_MS / 4;
        struct timespec tick = {0, tick_ms * 1000000L};
        int number = sigtimedwait(signals, NULL, &tick);
        if (number > 0)
            on_signal(s, number);
        else if (errno == EAGAIN)
            check_keeper(s);
    }
}

/* ---- the whole ------------------------------------------------------------------------------ */

static mg_err run(supervisor *s, const sigset_t *signals, mg_errinfo *err)
{
    mg_err code = start_threads(s, err);
    if (code != MG_OK)
        return code;
    MG_LOG(s->options->log, MG_LOG_INFO, "started", MG_LOG_STR("worker", s->crew.worker),
           MG_LOG_INT("slots", s->crew.slot_count),
           MG_LOG_STR("queue", s->crew.has_queue ? "redis" : "ledger"),
           MG_LOG_STR("version", MG_VERSION));
    watch(s, signals);
    for (size_t i = 0; i < s->started; i++)
        pthread_join(s->threads[i], NULL);
    mg_keeper_stop(&s->crew);
    pthread_join(s->keeper, NULL);
    code = s->crew.fatal;
    MG_LOG(s->options->log, code == MG_OK ? MG_LOG_INFO : MG_LOG_ERROR, "stopped",
           MG_LOG_STR_IF(code != MG_OK, "why", mg_errinfo_text(&s->crew.fatal_info, code)));
    if (code != MG_OK)
        mg_fail(err, code, 0, "%s", mg_errinfo_text(&s->crew.fatal_info, code));
    return code;
}

/* nohup has it ignored, and means it. */
static bool is_heeded(int number)
{
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && now.sa_handler != SIG_IGN;
}

mg_err mg_supervisor_run(const mg_supervisor_options *options, mg_errinfo *err)
{
    char worker[MG_WORKER_NAME_MAX + 1];
    make_name(worker, sizeof worker);
    const mg_config *config = options->config;
    size_t slots = config->concurrency > 0 ? (size_t)config->concurrency : mg_usable_cpus();
    if (options->once)
        slots = 1;
    supervisor s = {.options = options};
    s.slots = calloc(slots, sizeof *s.slots);
    s.threads = calloc(slots, sizeof *s.threads);
    mg_err code = s.slots && s.threads ? mg_crew_init(&s.crew, config, options->log, worker, slots)
                                       : MG_E_NOMEM;
    if (code == MG_OK) {
        s.crew.until_empty = options->until_empty;
        s.crew.once = options->once;
        s.crew.analyser_path = options->analyser_path;
        /* Threads inherit the mask, so that main alone gets these. */
        sigset_t signals, old;
        sigemptyset(&signals);
        sigaddset(&signals, SIGTERM);
        sigaddset(&signals, SIGINT);
        sigaddset(&signals, SIGTSTP);
        sigaddset(&signals, SIGCONT);
        if (is_heeded(SIGHUP))
            sigaddset(&signals, SIGHUP);
        pthread_sigmask(SIG_BLOCK, &signals, &old);
        struct sigaction ignore = {.sa_handler = SIG_IGN}, saved;
        sigaction(SIGPIPE, &ignore, &saved);
        code = run(&s, &signals, err);
        sigaction(SIGPIPE, &saved, NULL);
        pthread_sigmask(SIG_SETMASK, &old, NULL);
        mg_crew_done(&s.crew);
    }
    free(s.slots);
    free(s.threads);
    return code;
}
