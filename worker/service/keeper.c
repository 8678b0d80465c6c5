#include "worker/service/keeper.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "queue/retry.h"
#include "queue/stream.h"
#include "worker/service/intake.h"

#include <stdlib.h>
#include <string.h>

enum {
    STORE_DEADLINE_MS = 2000,
    RETRY_MIN_MS = 500, /* of a ledger that is away */
    RETRY_MAX_MS = 5000,
    HOUSEKEEP_MS = 5000, /* +-20 %, like the other rounds, so that workers do not march in step */
    RECLAIM_MS = 15000,
    RECLAIM_IDLE_MS = 60000,
    READ_BUSY_MS = 1000, /* with no free slot the streams are drained this often */
    BLOCK_IDLE_MS = 1000,
    BLOCK_MIXED_MS = 200, /* some slots run: their events must not wait long */
    STREAM_RETRY_MS = 500,
    SOON_MS = 120000, /* --until-empty waits for retries that are due within this */
    EVENTS_AT_ONCE = 64,
    LAST_WORDS_MS = 1000, /* at the end, for the events of the last jobs */
};

typedef struct keeper {
    mg_crew *crew;
    mg_store *store; /* NULL: not opened yet */
    mg_stream *stream;
    mg_intake *intake;
    mg_heartbeat *beats;
    char (*names)[MG_UUID_SIZE];
    mg_job_event *changes;

    bool ledger_ok, ledger_told, stream_told, stream_refused;
    int64_t retry_ms;   /* pause before the next try to reach the ledger */
    int64_t beat_at_ms; /* monotonic: when each duty is next due */
    int64_t reap_at_ms, housekeep_at_ms, reclaim_at_ms, read_at_ms, empty_at_ms;
    int64_t beaten_ms;        /* last success */
    int64_t healthy_since_ms; /* heartbeats have succeeded without a gap since; 0: not */
    int64_t db_minus_mono_ms; /* the ledger's clock against ours */
    bool db_clock_known;
} keeper;

static int64_t about(int64_t period_ms)
{
    return period_ms * 4 / 5 + (int64_t)(mg_crew_random() % (uint32_t)(period_ms * 2 / 5));
}

/* ---- what is said when a server goes and comes --------------------------------------------- */

static void ledger_failed(keeper *k, mg_err code, const mg_errinfo *err)
{
    if (code == MG_E_CONFIG || code == MG_E_SCHEMA || code == MG_E_PERMISSION)
        mg_crew_fail(k->crew, code, err);
    if (!k->ledger_told)
        MG_LOG(k->crew->log, MG_LOG_WARN, "ledger_lost",
               MG_LOG_STR("why", mg_errinfo_text(err, code)));
    k->ledger_told = true;
    k->ledger_ok = false;
    k->healthy_since_ms = 0;
    k->db_clock_known = false;
    k->retry_ms = k->retry_ms ? k->retry_ms * 2 : RETRY_MIN_MS;
    if (k->retry_ms > RETRY_MAX_MS)
        k->retry_ms = RETRY_MAX_MS;
    k->beat_at_ms = mg_mono_ms() + about(k->retry_ms);
}

static void ledger_works(keeper *k)
{
    if (k->ledger_told)
        MG_LOG(k->crew->log, MG_LOG_INFO, "ledger_back",
               MG_LOG_STR("kind", mg_store_kind(k->store)));
    k->ledger_told = false;
    k->ledger_ok = true;
    k->retry_ms = 0;
}

/* True when the call worked; tells of the change. */
static bool stream_worked(keeper *k, mg_err code, const mg_errinfo *err)
{
    if (code == MG_OK) {
        if (k->stream_told)
            MG_LOG(k->crew->log, MG_LOG_INFO, "queue_back", MG_LOG_STR("kind", "redis"));
        k->stream_told = false;
        return true;
    }
    if (!k->stream_told)
        MG_LOG(k->crew->log, MG_LOG_WARN, "queue_lost",
               MG_LOG_STR("why", mg_errinfo_text(err, code)));
    k->stream_told = true;
    if (code == MG_E_CONFIG) {
        k->stream_refused = true;
        mg_crew_fail(k->crew, code, err);
    }
    return false;
}

/* ---- leases -------------------------------------------------------------------------------- */

static mg_err open_store(keeper *k, mg_errinfo *err)
{
    mg_store *store = NULL;
    mg_err code = mg_store_open(&store, k->crew->config->store_url, STORE_DEADLINE_MS, err);
    if (code == MG_OK)
        k->store = store;
    return code;
}

/* A clock of the database that was set makes every lease look expired, or young, until its owner
 * has renewed it under the new time. */
static bool clock_jumped(keeper *k, int64_t db_ms, int64_t mono_ms)
{
    int64_t difference = db_ms - mono_ms;
    int64_t moved = difference - k->db_minus_mono_ms;
    bool jumped = k->db_clock_known && llabs(moved) > k->crew->config->lease_s * 250;
    k->db_minus_mono_ms = difference;
    k->db_clock_known = true;
    return jumped;
}

static mg_err beat(keeper *k, mg_errinfo *err)
{
    int64_t sent_ms = mg_mono_ms(), db_ms = 0;
    int64_t lease_ms = k->crew->config->lease_s * 1000;
    mg_err code = k->store ? MG_OK : open_store(k, err);
    if (code == MG_OK && !k->ledger_ok) /* a schema may have changed while it was away */
        code = mg_store_check_schema(k->store, err);
    size_t count = mg_crew_leases(k->crew, k->beats, k->names);
    if (code == MG_OK && count > 0) {
        sent_ms = mg_mono_ms();
        code = mg_store_heartbeat(k->store, k->beats, count, lease_ms, err);
    }
    if (code == MG_OK)
        code = mg_store_now(k->store, &db_ms, err);
    if (code != MG_OK)
        return code;
    mg_crew_renewed(k->crew, k->beats, count, sent_ms);
    int64_t now = mg_mono_ms();
    bool gap = now - k->beaten_ms > lease_ms / 2; /* this process itself was stopped */
    if (clock_jumped(k, db_ms, now) || gap || k->healthy_since_ms == 0)
        k->healthy_since_ms = now;
    k->beaten_ms = now;
    k->beat_at_ms = sent_ms + k->crew->config->heartbeat_s * 1000;
    return MG_OK;
}

/* ---- rounds -------------------------------------------------------------------------------- */

static void tell_changes(keeper *k, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const mg_job_event *change = &k->changes[i];
        MG_LOG(k->crew->log, MG_LOG_INFO, "job_closed", MG_LOG_STR("job", change->job_id),
               MG_LOG_STR("state", mg_job_state_name(change->state)),
               MG_LOG_STR("reason", change->reason));
        mg_crew_tell(k->crew, change->job_id, change->user_id, change->attempt, change->state, 0,
                     change->reason);
    }
}

/* Leases of workers that died. Only one who has himself renewed without a gap for a whole lease may
 * judge: after an outage of the database everyone's leases look expired. */
static mg_err reap(keeper *k, mg_errinfo *err)
{
    k->reap_at_ms = mg_mono_ms() + about(k->crew->config->lease_s * 250);
    if (k->healthy_since_ms == 0 ||
        mg_mono_ms() - k->healthy_since_ms < k->crew->config->lease_s * 1000)
        return MG_OK;
    const mg_retry_rule *rule = mg_retry_rule_for(MG_E_WORKER_LOST);
    mg_failure failure = {
        .reason = MG_E_WORKER_LOST,
        .retry_class = rule->retry_class,
        .max_attempts = rule->max_attempts,
        .delay_ms = mg_retry_delay_ms(rule, 1, mg_crew_random()),
    };
    size_t count = 0;
    mg_err code = mg_store_reap(k->store, &failure, k->changes, EVENTS_AT_ONCE, &count, err);
    if (code == MG_OK)
        tell_changes(k, count);
    if (count == EVENTS_AT_ONCE) /* more may wait */
        k->reap_at_ms = mg_mono_ms();
    return code;
}

static mg_err housekeep(keeper *k, mg_errinfo *err)
{
    k->housekeep_at_ms = mg_mono_ms() + about(HOUSEKEEP_MS);
    size_t count = 0;
    mg_err code = mg_store_housekeep(k->store, k->changes, EVENTS_AT_ONCE, &count, err);
    if (code == MG_OK)
        tell_changes(k, count);
    if (count == EVENTS_AT_ONCE)
        k->housekeep_at_ms = mg_mono_ms();
    return code;
}

/* ---- the stream ---------------------------------------------------------------------------- */

/* Not past until_ms (monotonic): a slow server must not keep the leases from being renewed, nor the
 * service from ending. */
static void publish(keeper *k, int64_t until_ms)
{
    mg_crew_event taken[EVENTS_AT_ONCE];
    mg_event events[EVENTS_AT_ONCE];
    size_t count;
    while (mg_mono_ms() < until_ms &&
           (count = mg_crew_take_events(k->crew, taken, EVENTS_AT_ONCE)) > 0) {
        for (size_t i = 0; i < count; i++) {
            events[i] = (mg_event){.job_id = taken[i].job_id,
                                   .user_id = taken[i].user_id,
                                   .reason = taken[i].reason,
                                   .attempt = taken[i].attempt,
                                   .state = taken[i].state,
                                   .progress = taken[i].progress,
                                   .at_ms = taken[i].at_ms};
        }
        mg_errinfo err = {0};
        mg_err code = mg_stream_publish(k->stream, events, count, &err);
        if (!stream_worked(k, code, &err))
            return; /* hints: the ledger knows */
    }
}

/* Commits a batch that is held, then acknowledges it. @return what the ledger said */
static mg_err commit_batch(keeper *k, mg_errinfo *err)
{
    if (!mg_intake_holds(k->intake))
        return MG_OK;
    mg_err code = mg_intake_commit(k->intake, k->store, err);
    if (code != MG_OK)
        return code;
    mg_errinfo why = {0};
    code = mg_intake_ack(k->intake, &why);
    stream_worked(k, code, &why);
    return MG_OK;
}

/* How long the read may wait: not past a duty. */
static int block_ms(keeper *k, int64_t now)
{
    size_t idle = mg_crew_idle(k->crew);
    if (idle == 0 || mg_crew_has_events(k->crew))
        return 0;
    int64_t ms = idle == k->crew->slot_count ? BLOCK_IDLE_MS : BLOCK_MIXED_MS;
    if (ms > k->beat_at_ms - now)
        ms = k->beat_at_ms - now;
    return ms > 0 ? (int)ms : 0;
}

static mg_err take_in(keeper *k, mg_errinfo *err)
{
    int64_t now = mg_mono_ms();
    mg_errinfo why = {0};
    mg_err code;
    if (now >= k->reclaim_at_ms) {
        k->reclaim_at_ms = now + about(RECLAIM_MS);
        code = mg_intake_reclaim(k->intake, RECLAIM_IDLE_MS, &why);
    } else {
        code = mg_intake_read(k->intake, block_ms(k, now), &why);
    }
    now = mg_mono_ms();
    k->read_at_ms = mg_crew_idle(k->crew) > 0 ? now : now + READ_BUSY_MS;
    if (!stream_worked(k, code, &why))
        k->read_at_ms = now + STREAM_RETRY_MS;
    if (mg_intake_holds(k->intake))
        k->read_at_ms = now; /* there may be more */
    return commit_batch(k, err);
}

/* ---- an empty queue ------------------------------------------------------------------------ */

static mg_err waits_soon(keeper *k, mg_job_state state, bool *ret, mg_errinfo *err)
{
    mg_job_row *rows = NULL;
    size_t count = 0;
    int64_t db_ms = 0;
    mg_err code = mg_store_now(k->store, &db_ms, err);
    if (code == MG_OK)
        code = mg_store_list_jobs(k->store, NULL, &state, 100, &rows, &count, err);
    for (size_t i = 0; code == MG_OK && i < count; i++) {
        if (rows[i].spec.run_at_ms <= db_ms + SOON_MS)
            *ret = true;
    }
    free(rows);
    return code;
}

/* First the streams, then the ledger: an entry that another worker takes in meanwhile is seen in
 * one of them. */
static mg_err end_if_empty(keeper *k, mg_errinfo *err)
{
    k->empty_at_ms = mg_mono_ms() + 1000;
    if (mg_crew_idle(k->crew) < k->crew->slot_count)
        return MG_OK;
    if (k->stream) {
        bool drained = false;
        mg_errinfo why = {0};
        if (!stream_worked(k, mg_stream_is_drained(k->stream, &drained, &why), &why) || !drained)
            return MG_OK;
    }
    int64_t due = 0, waiting = 0, running = 0;
    mg_err code = mg_store_pending(k->store, &due, &waiting, &running, err);
    if (code != MG_OK || due > 0 || running > 0)
        return code;
    bool soon = false;
    if (waiting > 0)
        code = waits_soon(k, MG_JOB_RETRY_WAIT, &soon, err);
    if (code == MG_OK && waiting > 0)
        code = waits_soon(k, MG_JOB_QUEUED, &soon, err);
    if (code == MG_OK && !soon)
        mg_crew_drain(k->crew, mg_mono_ms() + k->crew->config->drain_s * 1000);
    return code;
}

/* ---- the loop ------------------------------------------------------------------------------ */

/* Everything that needs the ledger, leases first. After a failure nothing but the next renewal is
 * tried, so that a ledger that comes back sees the leases renewed before anything else. */
static void ledger_duties(keeper *k)
{
    mg_errinfo err = {0};
    mg_err code = MG_OK;
    bool draining = mg_crew_is_draining(k->crew);
    if (mg_mono_ms() >= k->beat_at_ms) {
        code = beat(k, &err);
        if (code == MG_OK)
            ledger_works(k);
    }
    if (code == MG_OK && !k->ledger_ok)
        return;
    if (code == MG_OK && k->stream)
        code = commit_batch(k, &err);
    if (code == MG_OK && k->stream && !k->stream_refused && !draining &&
        mg_mono_ms() >= k->read_at_ms)
        code = take_in(k, &err);
    if (code == MG_OK && mg_mono_ms() >= k->reap_at_ms)
        code = reap(k, &err);
    if (code == MG_OK && mg_mono_ms() >= k->housekeep_at_ms)
        code = housekeep(k, &err);
    if (code == MG_OK && k->crew->until_empty && !draining && mg_mono_ms() >= k->empty_at_ms)
        code = end_if_empty(k, &err);
    if (code != MG_OK)
        ledger_failed(k, code, &err);
}

/* Waits for an event, a stop or the next duty. @return false when the keeper shall end */
static bool wait_for_duty(keeper *k)
{
    mg_crew *crew = k->crew;
    int64_t now = mg_mono_ms(), until = now + 1000;
    if (until > k->beat_at_ms)
        until = k->beat_at_ms;
    if (k->ledger_ok && k->stream && !k->stream_refused && until > k->read_at_ms)
        until = k->read_at_ms;
    pthread_mutex_lock(&crew->lock);
    crew->keeper_seen_ms = now;
    bool events = crew->events_count > 0 && !k->stream_refused;
    if (until > now && !events && !crew->keeper_stop) {
        struct timespec at = {until / 1000, (until % 1000) * 1000000};
        pthread_cond_timedwait(&crew->keeper_wake, &crew->lock, &at);
    }
    bool stop = crew->keeper_stop;
    pthread_mutex_unlock(&crew->lock);
    return !stop;
}

static mg_err keeper_init(keeper *k, mg_crew *crew, mg_errinfo *err)
{
    *k = (keeper){.crew = crew, .beaten_ms = mg_mono_ms()};
    k->beats = calloc(crew->slot_count, sizeof *k->beats);
    k->names = calloc(crew->slot_count, sizeof *k->names);
    k->changes = calloc(EVENTS_AT_ONCE, sizeof *k->changes);
    if (!k->beats || !k->names || !k->changes)
        return MG_E_NOMEM;
    if (!crew->has_queue)
        return MG_OK;
    mg_err code = mg_stream_new(&k->stream, crew->config->queue_url, crew->config->queue_prefix,
                                crew->worker, err);
    return code == MG_OK ? mg_intake_new(&k->intake, crew, k->stream) : code;
}

static void keeper_done(keeper *k)
{
    mg_intake_free(k->intake);
    mg_stream_free(k->stream);
    mg_store_close(k->store);
    free(k->beats);
    free(k->names);
    free(k->changes);
}

void *mg_keeper_thread(void *argument)
{
    keeper k;
    mg_errinfo err = {0};
    mg_err code = keeper_init(&k, argument, &err);
    if (code != MG_OK) {
        mg_crew_fail(argument, code, &err);
        keeper_done(&k);
        return NULL;
    }
    do {
        ledger_duties(&k);
        if (k.stream && !k.stream_refused)
            publish(&k, k.beat_at_ms);
    } while (wait_for_duty(&k));
    if (k.stream && !k.stream_refused)
        publish(&k, mg_mono_ms() + LAST_WORDS_MS);
    keeper_done(&k);
    return NULL;
}

void mg_keeper_stop(mg_crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->keeper_stop = true;
    pthread_cond_broadcast(&crew->keeper_wake);
    pthread_mutex_unlock(&crew->lock);
}
