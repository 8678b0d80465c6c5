/* `mixgauge explain`: what happened to a job, and why it does not run now. */
#include "worker/cli/commands.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "worker/cli/job_text.h"

#include <inttypes.h>
#include <stdarg.h>

enum { WHY_MAX = 6, QUIET_MS = 10000 };

static const mg_option options[] = {{NULL, 0, NULL, NULL}};

static const char *const settings[] = {"store-url", "data-dir", "user-inflight", NULL};

typedef struct story {
    mg_job_row job;
    mg_attempt_row *attempts;
    size_t attempt_count;
    mg_job_position position;
    mg_queue_counts counts;
    bool paused, audio_kept;
    int64_t now_ms, user_cap;
    char why[WHY_MAX][240]; /* sentences */
    size_t why_count;
} story;

static mg_err gather(mg_store *store, const char *id, story *s, mg_errinfo *err)
{
    mg_err result = mg_store_get_job(store, id, &s->job, err);
    if (result == MG_OK)
        result = mg_store_attempts(store, id, &s->attempts, &s->attempt_count, err);
    if (result == MG_OK)
        result = mg_store_position(store, id, &s->position, err);
    if (result == MG_OK)
        result = mg_store_counts(store, &s->counts, err);
    if (result == MG_OK)
        result = mg_store_get_paused(store, &s->paused, err);
    if (result == MG_OK)
        result = mg_store_audio_known(store, s->job.spec.audio_key, &s->audio_kept, err);
    if (result == MG_OK)
        result = mg_store_now(store, &s->now_ms, err);
    return result;
}

/* ---- why --------------------------------------------------------------------------------- */

static void say(story *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(story *s, const char *format, ...)
{
    if (s->why_count == WHY_MAX)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(s->why[s->why_count++], sizeof s->why[0], format, args);
    va_end(args);
}

static void say_why_ended(story *s)
{
    const mg_job_row *job = &s->job;
    mg_err reason;
    if (job->state == MG_JOB_SUCCEEDED)
        say(s, "It has succeeded: \"mixgauge show %s\" prints its result.", job->spec.job_id);
    else if (job->state == MG_JOB_DEAD && mg_err_from_id(job->reason, &reason))
        say(s, "It was given up: %s.", mg_err_sentence(reason));
    else
        say(s, "It was %s.", mg_job_state_name(job->state));
    if (!s->audio_kept)
        say(s, "Its audio has been deleted, so it cannot run again.");
    else if (job->state != MG_JOB_SUCCEEDED)
        say(s, "\"mixgauge requeue %s\" lets it run again.", job->spec.job_id);
}

static void say_why_running(story *s)
{
    char lease[24];
    const mg_job_row *job = &s->job;
    int64_t left_ms = job->lease_until_ms - s->now_ms;
    mg_span_text(left_ms < 0 ? -left_ms : left_ms, lease);
    if (left_ms < 0)
        say(s,
            "Its worker %s has not been heard of: the lease ran out %s ago. A working worker "
            "gives it to another.",
            job->worker, lease);
    else
        say(s, "It runs on %s, at %d %%.", job->worker, job->progress);
    if (job->cancel_requested)
        say(s, "It has been asked to stop.");
}

static void say_why_waiting(story *s)
{
    char when[32];
    const mg_job_row *job = &s->job;
    const mg_job_position *p = &s->position;
    if (job->cancel_requested)
        say(s, "It has been cancelled and will be closed by the next worker.");
    if (s->paused)
        say(s, "The queue is paused: no job is started.");
    if (job->spec.expires_at_ms && job->spec.expires_at_ms <= s->now_ms)
        say(s, "It has expired and will be closed by the next worker.");
    if (job->spec.run_at_ms > s->now_ms) {
        mg_when_text(job->spec.run_at_ms, s->now_ms, when);
        say(s, "It is not due: it may run %s.", when);
        return;
    }
    if (s->user_cap > 0 && p->user_running >= s->user_cap)
        say(s, "Its user has %" PRId64 " running jobs; no more than %" PRId64 " may run at once.",
            p->user_running, s->user_cap);
    if (p->ahead > 0)
        say(s, "%" PRId64 " due jobs of its priority stand before it.", p->ahead);
    if (s->counts.by_state[MG_JOB_RUNNING] == 0 && s->counts.oldest_due_age_ms > QUIET_MS &&
        !s->paused)
        say(s, "Nothing runs at all: is there a worker? \"mixgauge work\" starts one.");
    if (s->why_count == 0)
        say(s, "Nothing is in its way: the next free worker takes it.");
}

static void say_why(story *s)
{
    if (mg_job_state_is_terminal(s->job.state))
        say_why_ended(s);
    else if (s->job.state == MG_JOB_RUNNING)
        say_why_running(s);
    else
        say_why_waiting(s);
}

/* ---- printing ---------------------------------------------------------------------------- */

static void print_times(const story *s)
{
    static const char *const names[] = {"created", "due", "expires", "started", "ended"};
    const mg_job_row *job = &s->job;
    const int64_t times[] = {job->created_at_ms, job->spec.run_at_ms, job->spec.expires_at_ms,
                             job->started_at_ms, job->ended_at_ms};
    for (int i = 0; i < 5; i++) {
        char iso[32], when[32];
        if (times[i] == 0)
            continue;
        mg_wall_iso(times[i], iso);
        mg_when_text(times[i], s->now_ms, when);
        printf("%-9s %s  (%s)\n", names[i], iso, when);
    }
}

static void print_attempts(const story *s)
{
    if (s->attempt_count == 0) {
        puts("attempts  none");
        return;
    }
    printf("attempts\n  %2s  %-24s  %8s  %-10s  %-18s  %s\n", "NO", "STARTED", "TOOK", "OUTCOME",
           "REASON", "WORKER");
    for (size_t i = 0; i < s->attempt_count; i++) {
        const mg_attempt_row *a = &s->attempts[i];
        char iso[32], took[24] = "-";
        mg_wall_iso(a->started_at_ms, iso);
        if (a->ended_at_ms)
            mg_span_text(a->ended_at_ms - a->started_at_ms, took);
        printf("  %2u  %-24s  %8s  %-10s  %-18s  %s\n", a->attempt, iso, took, a->outcome,
               a->reason[0] ? a->reason : "-", a->worker);
        if (a->detail[0])
            printf("      %s\n", a->detail);
    }
}

static void print_text(const story *s)
{
    const mg_job_row *job = &s->job;
    char file[MG_FILENAME_MAX + 1];
    mg_utf8_printable(job->spec.filename, file, sizeof file);
    printf("%-9s %s\n%-9s %s", "job", job->spec.job_id, "state", mg_job_state_name(job->state));
    if (job->reason[0])
        printf(" (%s)", job->reason);
    printf("\n%-9s %s\n%-9s %s%s\n", "user", job->spec.user_id, "audio", job->spec.audio_key,
           s->audio_kept ? "" : " (deleted)");
    if (job->spec.reference_key[0])
        printf("%-9s %s\n", "reference", job->spec.reference_key);
    if (file[0])
        printf("%-9s %s\n", "file", file);
    printf("%-9s %s\n", "priority", mg_priority_name[job->spec.priority]);
    print_times(s);
    print_attempts(s);
    for (size_t i = 0; i < s->why_count; i++)
        printf("%s%s\n", i ? "" : "\n", s->why[i]);
}

static void json_attempts(mg_json *json, const story *s)
{
    mg_json_array(json, "attempts");
    for (size_t i = 0; i < s->attempt_count; i++) {
        const mg_attempt_row *a = &s->attempts[i];
        mg_json_object(json, NULL);
        mg_json_int(json, "attempt", a->attempt);
        mg_json_str(json, "outcome", a->outcome);
        mg_json_str(json, "reason", a->reason[0] ? a->reason : NULL);
        mg_json_str(json, "detail", a->detail[0] ? a->detail : NULL);
        mg_json_str(json, "worker", a->worker);
        mg_json_when(json, "started_at", a->started_at_ms);
        mg_json_when(json, "ended_at", a->ended_at_ms);
        mg_json_object_end(json);
    }
    mg_json_array_end(json);
}

static mg_err print_json(const story *s, mg_errinfo *err)
{
    mg_auto(mg_buf_done) mg_buf line = MG_BUF_INIT((size_t)16 * 1024 * 1024);
    mg_json json = MG_JSON_INIT(&line);
    mg_json_object(&json, NULL);
    mg_json_job(&json, "job", &s->job);
    json_attempts(&json, s);
    mg_json_int(&json, "ahead", s->position.ahead);
    mg_json_int(&json, "user_running", s->position.user_running);
    mg_json_bool(&json, "paused", s->paused);
    mg_json_bool(&json, "audio_kept", s->audio_kept);
    mg_json_array(&json, "why");
    for (size_t i = 0; i < s->why_count; i++)
        mg_json_str(&json, NULL, s->why[i]);
    mg_json_array_end(&json);
    mg_json_object_end(&json);
    return mg_print_line(&line) ? MG_OK : mg_fail(err, MG_E_NOMEM, 0, "out of memory");
}

static int run(mg_args *args)
{
    mg_store *store = NULL;
    mg_errinfo err = {0};
    char id[MG_UUID_SIZE];
    story s = {.user_cap = args->config.user_inflight};
    mg_err result = mg_job_operand(args->operands[0], id, &err);
    if (result == MG_OK)
        result = mg_command_open_store(&args->config, /* create= */ false, &store, &err);
    if (result == MG_OK)
        result = gather(store, id, &s, &err);
    if (result == MG_OK) {
        say_why(&s);
        if (args->json)
            result = print_json(&s, &err);
        else
            print_text(&s);
    }
    free(s.attempts);
    mg_store_close(store);
    return result == MG_OK ? MG_EXIT_OK : mg_command_fail("explain", result, &err);
}

const mg_command mg_cmd_explain = {
    .name = "explain",
    .synopsis = "JOB",
    .summary = "what happened to a job, and why it does not run now",
    .text = "Tells the job's times and attempts, how each ended, and what the job waits for. The "
            "cap of running jobs of a user is that of this command's own settings.",
    .options = options,
    .setting_flags = settings,
    .takes_json = true,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
