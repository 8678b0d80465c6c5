#include "worker/service/slot.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "queue/retry.h"
#include "verdict/profile.h"
#include "worker/analyser/analyser_run.h"
#include "worker/service/result_columns.h"

#include <stdio.h>
#include <string.h>

enum {
    STORE_DEADLINE_MS = 5000,
    PAUSE_MIN_MS = 1000,
    PAUSE_LEDGER_MAX_MS = 5000, /* a ledger that is away: back at work soon after it */
    PAUSE_MAX_MS = 30000,       /* a machine that cannot run jobs */
    SETTLE_PAUSE_MAX_MS = 2000,
};

/* What became of a job. */
typedef enum ending { END_SUCCESS, END_FAILURE, END_RELEASE, END_CANCEL } ending;

typedef struct slot_job {
    mg_slot *slot;
    mg_store *store;
    mg_claim claim;
    mg_crew_verdict verdict; /* why the child was killed */
    mg_analyser_outcome outcome;
    mg_result_columns columns;
    ending end;
    mg_err reason; /* of a failure; of a release: why, or MG_OK */
    char detail[MG_DETAIL_MAX + 1];
    mg_job_state state; /* after it was written down */
    int64_t delay_ms;
} slot_job;

/* ---- running ------------------------------------------------------------------------------- */

static void fail_job(slot_job *job, mg_err reason, const char *detail)
{
    job->end = END_FAILURE;
    job->reason = reason;
    snprintf(job->detail, sizeof job->detail, "%s", detail);
}

/* Neither the job's fault nor an attempt of it: the machine, a server, the shutdown. */
static void release_job(slot_job *job, mg_err reason, const char *detail)
{
    fail_job(job, reason, detail);
    job->end = END_RELEASE;
}

static bool tick(void *context, int progress)
{
    slot_job *job = context;
    job->verdict = mg_crew_check(job->slot->crew, job->slot->index, progress);
    return job->verdict == MG_CREW_GO_ON;
}

static void judge_killed(slot_job *job)
{
    switch (job->verdict) {
    case MG_CREW_CANCEL:
        job->end = END_CANCEL;
        break;
    case MG_CREW_LOST:
        release_job(job, MG_E_LEASE_LOST, "the lease was lost");
        break;
    case MG_CREW_STALE:
        release_job(job, MG_E_UNAVAILABLE, "the lease could not be renewed");
        break;
    default:
        release_job(job, MG_OK, "the worker shuts down");
        break;
    }
}

static void judge_result(slot_job *job)
{
    mg_errinfo err = {0};
    char sha256[65];
    mg_err code = mg_result_columns_parse(job->outcome.result, job->outcome.result_len,
                                          &job->columns, sha256, &err);
    const char *expected = job->claim.spec.sha256;
    if (code != MG_OK)
        fail_job(job, MG_E_INTERNAL, mg_errinfo_text(&err, code));
    else if (expected[0] && strcmp(expected, sha256) != 0)
        fail_job(job, MG_E_CHECKSUM_MISMATCH, "the SHA-256 is not the announced one");
    else
        job->end = END_SUCCESS;
}

/* The sentence, and for a crash the analyser's last words. */
static void judge_failure(slot_job *job)
{
    mg_err reason = job->outcome.err;
    const char *detail = job->outcome.detail[0] ? job->outcome.detail : mg_err_sentence(reason);
    if (reason == MG_E_NOMEM || reason == MG_E_LIMIT)
        reason = MG_E_INTERNAL;
    if (!mg_err_is_reason(reason) || job->outcome.not_started) {
        release_job(job, reason, detail);
        return;
    }
    fail_job(job, reason, detail);
    if (!job->outcome.log || strcmp(mg_retry_rule_for(reason)->retry_class, "crash") != 0)
        return;
    char log[MG_DETAIL_MAX / 2];
    mg_utf8_printable(job->outcome.log, log, sizeof log);
    char both[sizeof job->detail];
    snprintf(both, sizeof both, "%.480s (log: %s)", job->detail, log);
    mg_utf8_printable(both, job->detail, sizeof job->detail);
}

static void run_analyser(slot_job *job, int audio_fd, int64_t bytes,
                         const mg_reference_audio *reference, const char *profile_json)
{
    mg_crew *crew = job->slot->crew;
    mg_analyser_options options = {
        .config = crew->config,
        .profile_json = profile_json,
        .file_bytes = bytes,
        .reference = reference,
        .analyser_path = crew->analyser_path,
    };
    mg_analyser_run(audio_fd, &options, tick, job, &job->outcome);
    if (job->outcome.err == MG_OK)
        judge_result(job); /* also when it was finished in the moment of being stopped */
    else if (job->verdict != MG_CREW_GO_ON)
        judge_killed(job);
    else
        judge_failure(job);
}

/* Open what lies under a key. @return false: the job has its ending */
static bool fetch(slot_job *job, const char *key, const char *what, int *ret_fd,
                  int64_t *ret_bytes)
{
    mg_errinfo err = {0};
    char detail[sizeof err.text + 32];
    const mg_err code = mg_audio_store_get(job->slot->audio, key, ret_fd, ret_bytes, &err);
    if (code == MG_OK)
        return true;
    snprintf(detail, sizeof detail, "%s%s", what, mg_errinfo_text(&err, code));
    if (mg_err_is_reason(code))
        fail_job(job, code, detail);
    else
        release_job(job, code, detail);
    return false;
}

static void run_job(slot_job *job)
{
    const mg_job_spec *spec = &job->claim.spec;
    const char *name = spec->profile[0] ? spec->profile : job->slot->crew->config->profile;
    const char *profile_json = mg_profile_builtin(name);
    if (!profile_json) {
        fail_job(job, MG_E_BAD_MESSAGE, "profile: there is none of this name");
        return;
    }
    mg_autoclose int fd = -1;
    mg_autoclose int reference_fd = -1;
    mg_reference_audio reference = {.bytes = -1};
    int64_t bytes = -1;
    const bool compares = spec->reference_key[0] != '\0';
    if (!fetch(job, spec->audio_key, "", &fd, &bytes))
        return;
    if (compares &&
        !fetch(job, spec->reference_key, "the reference: ", &reference_fd, &reference.bytes))
        return;
    reference.fd = reference_fd;
    if (spec->size >= 0 && spec->size != bytes)
        fail_job(job, MG_E_CHECKSUM_MISMATCH, "the size is not the announced one");
    else
        run_analyser(job, fd, bytes, compares ? &reference : NULL, profile_json);
}

/* ---- writing down what became of it --------------------------------------------------------- */

static mg_err write_failure(slot_job *job, mg_errinfo *err)
{
    const mg_retry_rule *rule = mg_retry_rule_for(job->reason);
    unsigned failed = 0;
    mg_err code = mg_store_failed_attempts(job->store, job->claim.spec.job_id, rule->retry_class,
                                           &failed, err);
    if (code != MG_OK)
        return code;
    job->delay_ms = mg_retry_delay_ms(rule, failed + 1, mg_crew_random());
    mg_failure failure = {
        .reason = job->reason,
        .retry_class = rule->retry_class,
        .max_attempts = rule->max_attempts,
        .delay_ms = job->delay_ms,
        .detail = job->detail,
    };
    return mg_store_fail(job->store, job->claim.spec.job_id, job->claim.fence, &failure,
                         &job->state, err);
}

static mg_err write_ending(slot_job *job, mg_errinfo *err)
{
    const char *id = job->claim.spec.job_id;
    int64_t fence = job->claim.fence;
    switch (job->end) {
    case END_SUCCESS:
        job->state = MG_JOB_SUCCEEDED;
        return mg_store_finish(job->store, id, fence, job->outcome.result, job->outcome.result_len,
                               &job->columns, err);
    case END_CANCEL:
        job->state = MG_JOB_CANCELLED;
        return mg_store_cancelled(job->store, id, fence, err);
    case END_RELEASE:
        job->state = MG_JOB_QUEUED;
        return mg_store_release(job->store, id, fence, err);
    default:
        return write_failure(job, err);
    }
}

static bool is_passing(mg_err code)
{
    return code == MG_E_UNAVAILABLE || code == MG_E_BUSY;
}

/* The ledger refuses this very result; anything else is the ledger's own trouble (a full disk, a
 * right that is missing) and says nothing about the job. */
static bool blames_result(mg_err code)
{
    return code == MG_E_INTERNAL || code == MG_E_LIMIT;
}

static bool may_pass(mg_err code)
{
    return is_passing(code) || code == MG_E_IO || code == MG_E_NOMEM;
}

/* Repeats until the ledger has answered. All these writes are safe to repeat and hold only under
 * the job's fence, so a result that waits here for a ledger that is away does no harm when the job
 * has been given to another meanwhile: it is refused. */
static mg_err settle(slot_job *job, mg_errinfo *err)
{
    mg_crew *crew = job->slot->crew;
    bool gave_up_result = false;
    for (int64_t pause = 100;;
         pause = pause * 2 > SETTLE_PAUSE_MAX_MS ? SETTLE_PAUSE_MAX_MS : pause * 2) {
        *err = (mg_errinfo){0};
        mg_err code = write_ending(job, err);
        if (may_pass(code)) {
            if (!mg_crew_may_settle(crew))
                return code;
            mg_crew_pause(crew, pause);
        } else if (blames_result(code) && job->end == END_SUCCESS && !gave_up_result) {
            gave_up_result = true;
            fail_job(job, MG_E_INTERNAL, mg_errinfo_text(err, code));
        } else {
            return code;
        }
    }
}

/* ---- telling ------------------------------------------------------------------------------- */

static void log_ending(const slot_job *job)
{
    mg_log *log = job->slot->crew->log;
    const char *id = job->claim.spec.job_id;
    const mg_analyser_outcome *run = &job->outcome;
    switch (job->end) {
    case END_SUCCESS:
        MG_LOG(log, MG_LOG_INFO, "job_succeeded", MG_LOG_STR("job", id),
               MG_LOG_INT("attempt", job->claim.attempt), MG_LOG_INT("wall_ms", run->wall_ms),
               MG_LOG_INT("cpu_ms", run->cpu_ms), MG_LOG_INT("rss_bytes", run->peak_rss_bytes));
        break;
    case END_CANCEL:
        MG_LOG(log, MG_LOG_INFO, "job_cancelled", MG_LOG_STR("job", id),
               MG_LOG_INT("attempt", job->claim.attempt));
        break;
    case END_RELEASE:
        MG_LOG(log, job->reason == MG_OK ? MG_LOG_INFO : MG_LOG_WARN, "job_released",
               MG_LOG_STR("job", id), MG_LOG_INT("attempt", job->claim.attempt),
               MG_LOG_STR("why", job->detail));
        break;
    default:
        MG_LOG(log, MG_LOG_WARN, "job_failed", MG_LOG_STR("job", id),
               MG_LOG_INT("attempt", job->claim.attempt),
               MG_LOG_STR("reason", mg_err_id(job->reason)),
               MG_LOG_STR("state", mg_job_state_name(job->state)),
               MG_LOG_INT("retry_in_ms", job->state == MG_JOB_RETRY_WAIT ? job->delay_ms : -1),
               MG_LOG_STR("detail", job->detail));
    }
}

static void tell_ending(slot_job *job, mg_err code, const mg_errinfo *err)
{
    mg_crew *crew = job->slot->crew;
    const mg_job_spec *spec = &job->claim.spec;
    if (code == MG_OK) {
        log_ending(job);
        mg_crew_tell(crew, spec->job_id, spec->user_id, job->claim.attempt, job->state,
                     job->state == MG_JOB_SUCCEEDED ? 100 : 0,
                     job->end == END_FAILURE ? mg_err_id(job->reason) : "");
        return;
    }
    MG_LOG(crew->log, MG_LOG_WARN, code == MG_E_LEASE_LOST ? "lease_lost" : "job_not_written",
           MG_LOG_STR("job", spec->job_id), MG_LOG_INT("attempt", job->claim.attempt),
           MG_LOG_STR("why", mg_errinfo_text(err, code)));
}

/* Runs the claimed job to its end.
 * @return false when it had to be released because this machine cannot run jobs now */
static bool do_job(slot_job *job, int64_t claimed_ms)
{
    mg_crew *crew = job->slot->crew;
    const mg_job_spec *spec = &job->claim.spec;
    mg_crew_begin(crew, job->slot->index, &job->claim, claimed_ms);
    MG_LOG(crew->log, MG_LOG_INFO, "job_started", MG_LOG_STR("job", spec->job_id),
           MG_LOG_INT("attempt", job->claim.attempt),
           MG_LOG_STR_IF(spec->traceparent[0], "trace", spec->traceparent));
    mg_crew_tell(crew, spec->job_id, spec->user_id, job->claim.attempt, MG_JOB_RUNNING, 0, "");
    run_job(job);
    bool able = job->end != END_RELEASE || job->verdict != MG_CREW_GO_ON;
    mg_errinfo err = {0};
    mg_err code = settle(job, &err);
    tell_ending(job, code, &err);
    mg_crew_end(crew, job->slot->index);
    mg_analyser_outcome_done(&job->outcome);
    return able;
}

/* ---- the thread ---------------------------------------------------------------------------- */

static mg_err connect_store(mg_slot *slot, mg_store **ret, mg_errinfo *err)
{
    mg_store *store = NULL;
    mg_err code = mg_store_open(&store, slot->crew->config->store_url, STORE_DEADLINE_MS, err);
    if (code == MG_OK)
        code = mg_store_check_schema(store, err);
    if (code != MG_OK) {
        mg_store_close(store);
        return code;
    }
    *ret = store;
    return MG_OK;
}

/* Takes a job and runs it. @return MG_OK also when there was none */
static mg_err work_once(mg_slot *slot, mg_store **store, mg_errinfo *err)
{
    mg_crew *crew = slot->crew;
    if (!*store) {
        mg_err code = connect_store(slot, store, err);
        if (code != MG_OK)
            return code;
    }
    mg_autofree slot_job *job = calloc(1, sizeof *job);
    if (!job)
        return MG_E_NOMEM;
    job->slot = slot;
    job->store = *store;
    mg_claim_options options = {
        .worker = crew->worker,
        .lease_ms = crew->config->lease_s * 1000,
        .user_inflight = (unsigned)crew->config->user_inflight,
    };
    mg_priority_order(mg_crew_random(), options.order);
    bool found = false;
    int64_t claimed_ms = mg_mono_ms();
    mg_err code = mg_store_claim(*store, &options, &job->claim, &found, err);
    if (code != MG_OK || !found) {
        mg_crew_claimed_nothing(crew);
        return code;
    }
    if (do_job(job, claimed_ms))
        return MG_OK;
    return mg_fail(err, MG_E_INTERNAL, 0, "%s", job->detail);
}

void *mg_slot_thread(void *argument)
{
    mg_slot *slot = argument;
    mg_crew *crew = slot->crew;
    mg_store *store = NULL;
    uint64_t bell = UINT64_MAX; /* the first look is at once */
    int64_t pause = PAUSE_MIN_MS;
    while (mg_crew_wait_claim(crew, &bell)) {
        mg_errinfo err = {0};
        mg_err code = work_once(slot, &store, &err);
        if (code == MG_OK) {
            pause = PAUSE_MIN_MS;
            continue;
        }
        mg_crew_claimed_nothing(crew);
        if (code == MG_E_CONFIG || code == MG_E_SCHEMA || code == MG_E_PERMISSION) {
            mg_crew_fail(crew, code, &err);
            break;
        }
        /* The keeper tells of a ledger that is away; here it would be told once per slot. */
        MG_LOG(crew->log, MG_LOG_DEBUG, "slot_waits", MG_LOG_INT("slot", slot->index),
               MG_LOG_STR("why", mg_errinfo_text(&err, code)));
        int64_t max = is_passing(code) ? PAUSE_LEDGER_MAX_MS : PAUSE_MAX_MS;
        mg_crew_pause(crew, pause / 2 + mg_crew_random() % pause);
        pause = pause * 2 > max ? max : pause * 2;
    }
    mg_store_close(store);
    mg_crew_slot_gone(crew);
    return NULL;
}
