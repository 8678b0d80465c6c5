#include "worker/service/crew.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static bool init_condition(pthread_cond_t *cond)
{
    /* Waiting must not depend on the wall clock, which may be set. */
    pthread_condattr_t attr;
    if (pthread_condattr_init(&attr) != 0)
        return false;
    bool ok = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
              pthread_cond_init(cond, &attr) == 0;
    pthread_condattr_destroy(&attr);
    return ok;
}

mg_err mg_crew_init(mg_crew *crew, const mg_config *config, mg_log *log, const char *worker,
                    size_t slots)
{
    *crew = (mg_crew){.config = config, .log = log, .worker = worker, .slot_count = slots};
    crew->jobs = calloc(slots, sizeof *crew->jobs);
    crew->events = calloc(MG_CREW_EVENTS_MAX, sizeof *crew->events);
    if (!crew->jobs || !crew->events || pthread_mutex_init(&crew->lock, NULL) != 0) {
        free(crew->jobs);
        free(crew->events);
        return MG_E_NOMEM;
    }
    if (!init_condition(&crew->slot_wake) || !init_condition(&crew->keeper_wake)) {
        free(crew->jobs);
        free(crew->events);
        return MG_E_NOMEM;
    }
    crew->has_queue = config->queue_url && *config->queue_url;
    crew->idle = slots;
    crew->keeper_seen_ms = mg_mono_ms();
    return MG_OK;
}

void mg_crew_done(mg_crew *crew)
{
    pthread_cond_destroy(&crew->slot_wake);
    pthread_cond_destroy(&crew->keeper_wake);
    pthread_mutex_destroy(&crew->lock);
    free(crew->jobs);
    free(crew->events);
}

uint32_t mg_crew_random(void)
{
    uint32_t random = 0;
    while (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        ;
    return random;
}

static void lock(mg_crew *crew)
{
    pthread_mutex_lock(&crew->lock);
}

static void unlock(mg_crew *crew)
{
    pthread_mutex_unlock(&crew->lock);
}

static void wait_until(mg_crew *crew, pthread_cond_t *cond, int64_t mono_ms)
{
    struct timespec at = {mono_ms / 1000, (mono_ms % 1000) * 1000000};
    pthread_cond_timedwait(cond, &crew->lock, &at);
}

static void wake_all(mg_crew *crew)
{
    pthread_cond_broadcast(&crew->slot_wake);
    pthread_cond_broadcast(&crew->keeper_wake);
}

/* ---- the mode ------------------------------------------------------------------------------ */

static void drain_locked(mg_crew *crew, int64_t deadline_ms)
{
    if (crew->mode != MG_CREW_DRAIN || deadline_ms < crew->deadline_ms)
        crew->deadline_ms = deadline_ms;
    crew->mode = MG_CREW_DRAIN;
    wake_all(crew);
}

void mg_crew_drain(mg_crew *crew, int64_t deadline_ms)
{
    lock(crew);
    drain_locked(crew, deadline_ms);
    unlock(crew);
}

void mg_crew_set_quiet(mg_crew *crew, bool quiet)
{
    lock(crew);
    if (crew->mode != MG_CREW_DRAIN)
        crew->mode = quiet ? MG_CREW_QUIET : MG_CREW_RUN;
    crew->bell++;
    wake_all(crew);
    unlock(crew);
}

void mg_crew_fail(mg_crew *crew, mg_err err, const mg_errinfo *info)
{
    lock(crew);
    if (crew->fatal == MG_OK) {
        crew->fatal = err;
        if (info)
            crew->fatal_info = *info;
        drain_locked(crew, mg_mono_ms() + crew->config->drain_s * 1000);
    }
    unlock(crew);
}

bool mg_crew_is_draining(mg_crew *crew)
{
    lock(crew);
    bool draining = crew->mode == MG_CREW_DRAIN;
    unlock(crew);
    return draining;
}

bool mg_crew_may_settle(mg_crew *crew)
{
    lock(crew);
    bool may = crew->mode != MG_CREW_DRAIN || mg_mono_ms() < crew->deadline_ms + MG_CREW_LINGER_MS;
    unlock(crew);
    return may;
}

void mg_crew_pause(mg_crew *crew, int64_t ms)
{
    int64_t until = mg_mono_ms() + ms;
    lock(crew);
    mg_crew_mode mode = crew->mode;
    while (mg_mono_ms() < until && crew->mode == mode)
        wait_until(crew, &crew->slot_wake, until);
    unlock(crew);
}

/* ---- slots --------------------------------------------------------------------------------- */

/* With the lock held: is this the moment for a claim? Only one idle slot looks per period of the
 * timer, so that an idle worker asks the ledger once a second however many slots it has. */
static bool take_turn(mg_crew *crew, uint64_t *bell)
{
    if (crew->mode != MG_CREW_RUN || (crew->once && crew->once_taken))
        return false;
    int64_t now = mg_mono_ms();
    if (*bell == crew->bell && now < crew->next_poll_ms)
        return false;
    *bell = crew->bell;
    crew->next_poll_ms = now + MG_CREW_POLL_MS;
    crew->once_taken = true;
    return true;
}

bool mg_crew_wait_claim(mg_crew *crew, uint64_t *bell)
{
    lock(crew);
    bool turn = false;
    while (crew->mode != MG_CREW_DRAIN && !(turn = take_turn(crew, bell))) {
        int64_t until = crew->next_poll_ms, now = mg_mono_ms();
        if (until <= now) /* quiet */
            until = now + MG_CREW_POLL_MS;
        wait_until(crew, &crew->slot_wake, until);
    }
    unlock(crew);
    return turn;
}

void mg_crew_claimed_nothing(mg_crew *crew)
{
    lock(crew);
    crew->once_taken = false;
    unlock(crew);
}

void mg_crew_begin(mg_crew *crew, size_t slot, const mg_claim *claim, int64_t renewed_ms)
{
    lock(crew);
    mg_crew_job *job = &crew->jobs[slot];
    *job = (mg_crew_job){
        .active = true,
        .fence = claim->fence,
        .attempt = claim->attempt,
        .told_ms = mg_mono_ms(),
        .renewed_ms = renewed_ms,
    };
    memcpy(job->job_id, claim->spec.job_id, sizeof job->job_id);
    memcpy(job->user_id, claim->spec.user_id, sizeof job->user_id);
    crew->idle--;
    /* Where one job was due there may be more. */
    crew->bell++;
    pthread_cond_broadcast(&crew->slot_wake);
    unlock(crew);
}

void mg_crew_end(mg_crew *crew, size_t slot)
{
    lock(crew);
    crew->jobs[slot].active = false;
    crew->idle++;
    /* The end of a job may free its user's next one. */
    crew->bell++;
    if (crew->once)
        drain_locked(crew, mg_mono_ms());
    wake_all(crew);
    unlock(crew);
}

static void tell_locked(mg_crew *crew, const mg_crew_event *event)
{
    if (!crew->has_queue) /* nobody listens */
        return;
    if (crew->events_count == MG_CREW_EVENTS_MAX) {
        crew->events_first = (crew->events_first + 1) % MG_CREW_EVENTS_MAX;
        crew->events_count--;
        crew->events_dropped++;
    }
    crew->events[(crew->events_first + crew->events_count++) % MG_CREW_EVENTS_MAX] = *event;
    pthread_cond_signal(&crew->keeper_wake);
}

static void note_progress(mg_crew *crew, mg_crew_job *job, int progress, int64_t now)
{
    if (progress < job->progress)
        return;
    job->progress = progress > 100 ? 100 : progress;
    if (job->progress == job->progress_told || now - job->told_ms < MG_CREW_PROGRESS_MS)
        return;
    job->progress_told = job->progress;
    job->told_ms = now;
    mg_crew_event event = {.attempt = job->attempt,
                           .state = MG_JOB_RUNNING,
                           .progress = job->progress,
                           .at_ms = mg_wall_ms()};
    memcpy(event.job_id, job->job_id, sizeof event.job_id);
    memcpy(event.user_id, job->user_id, sizeof event.user_id);
    tell_locked(crew, &event);
}

mg_crew_verdict mg_crew_check(mg_crew *crew, size_t slot, int progress)
{
    lock(crew);
    int64_t now = mg_mono_ms();
    mg_crew_job *job = &crew->jobs[slot];
    mg_crew_verdict verdict = MG_CREW_GO_ON;
    note_progress(crew, job, progress, now);
    if (job->lost)
        verdict = MG_CREW_LOST;
    else if (job->cancel)
        verdict = MG_CREW_CANCEL;
    else if (now - job->renewed_ms >= crew->config->lease_s * 750)
        verdict = MG_CREW_STALE;
    else if (crew->mode == MG_CREW_DRAIN && now >= crew->deadline_ms)
        verdict = MG_CREW_SHUTDOWN;
    unlock(crew);
    return verdict;
}

void mg_crew_slot_gone(mg_crew *crew)
{
    lock(crew);
    crew->slots_alive--;
    wake_all(crew);
    unlock(crew);
}

void mg_crew_ring(mg_crew *crew)
{
    lock(crew);
    crew->bell++;
    pthread_cond_broadcast(&crew->slot_wake);
    unlock(crew);
}

/* ---- the keeper ---------------------------------------------------------------------------- */

size_t mg_crew_leases(mg_crew *crew, mg_heartbeat *ret, char (*names)[MG_UUID_SIZE])
{
    size_t count = 0;
    lock(crew);
    for (size_t i = 0; i < crew->slot_count; i++) {
        const mg_crew_job *job = &crew->jobs[i];
        if (!job->active || job->lost)
            continue;
        memcpy(names[count], job->job_id, MG_UUID_SIZE);
        ret[count] =
            (mg_heartbeat){.job_id = names[count], .fence = job->fence, .progress = job->progress};
        count++;
    }
    unlock(crew);
    return count;
}

void mg_crew_renewed(mg_crew *crew, const mg_heartbeat *beats, size_t count, int64_t sent_ms)
{
    lock(crew);
    for (size_t b = 0; b < count; b++) {
        for (size_t i = 0; i < crew->slot_count; i++) {
            mg_crew_job *job = &crew->jobs[i];
            /* The slot may hold another job by now. */
            if (!job->active || job->fence != beats[b].fence ||
                strcmp(job->job_id, beats[b].job_id) != 0)
                continue;
            job->lost = beats[b].lost;
            job->cancel = beats[b].cancel_requested;
            if (!beats[b].lost)
                job->renewed_ms = sent_ms;
        }
    }
    unlock(crew);
}

size_t mg_crew_idle(mg_crew *crew)
{
    lock(crew);
    size_t idle = crew->idle;
    unlock(crew);
    return idle;
}

/* ---- events -------------------------------------------------------------------------------- */

void mg_crew_tell(mg_crew *crew, const char *job_id, const char *user_id, unsigned attempt,
                  mg_job_state state, int progress, const char *reason)
{
    mg_crew_event event = {
        .attempt = attempt, .state = state, .progress = progress, .at_ms = mg_wall_ms()};
    snprintf(event.job_id, sizeof event.job_id, "%s", job_id);
    snprintf(event.user_id, sizeof event.user_id, "%s", user_id);
    snprintf(event.reason, sizeof event.reason, "%s", reason ? reason : "");
    lock(crew);
    tell_locked(crew, &event);
    unlock(crew);
}

size_t mg_crew_take_events(mg_crew *crew, mg_crew_event *ret, size_t max)
{
    size_t count = 0;
    lock(crew);
    while (count < max && crew->events_count > 0) {
        ret[count++] = crew->events[crew->events_first];
        crew->events_first = (crew->events_first + 1) % MG_CREW_EVENTS_MAX;
        crew->events_count--;
    }
    unlock(crew);
    return count;
}

bool mg_crew_has_events(mg_crew *crew)
{
    lock(crew);
    bool has = crew->events_count > 0;
    unlock(crew);
    return has;
}
