/* `mixgauge status`: how much is waiting, running and done. */
#include "worker/cli/commands.h"

#include "base/cleanup.h"
#include "worker/cli/job_text.h"

#include <inttypes.h>
#include <time.h>
#include <unistd.h>

enum { WATCH_S = 2 };

static const mg_option options[] = {
    {"watch", 'w', NULL, "repeat every 2 s, until interrupted"},
    {NULL, 0, NULL, NULL},
};

static const char *const settings[] = {"store-url", "data-dir", NULL};

typedef struct status {
    mg_queue_counts counts;
    bool paused;
} status;

static mg_err look(mg_store *store, status *ret, mg_errinfo *err)
{
    mg_err result = mg_store_counts(store, &ret->counts, err);
    return result == MG_OK ? mg_store_get_paused(store, &ret->paused, err) : result;
}

static void print_text(const status *s)
{
    const mg_queue_counts *c = &s->counts;
    char oldest[24];
    mg_span_text(c->oldest_due_age_ms, oldest);
    for (int i = 0; i < MG_JOB_STATES; i++) {
        printf("%-13s %8" PRId64, mg_job_state_name((mg_job_state)i), c->by_state[i]);
        if (i == MG_JOB_QUEUED && c->due > 0)
            printf("   due now, retries included: %" PRId64 ", the oldest for %s", c->due, oldest);
        putchar('\n');
    }
    printf("%-13s %8" PRId64 "\n", "dead entries", c->dead_entries);
    printf("%-13s %8" PRId64, "audio kept", c->audio_present);
    if (c->audio_overdue > 0)
        printf("   %" PRId64 " overdue: run \"mixgauge sweep\"", c->audio_overdue);
    putchar('\n');
    if (s->paused)
        puts("The queue is paused: no job is started.");
}

static void print_json(const status *s)
{
    const mg_queue_counts *c = &s->counts;
    mg_auto(mg_buf_done) mg_buf line = MG_BUF_INIT(4096);
    mg_json json = MG_JSON_INIT(&line);
    mg_json_object(&json, NULL);
    mg_json_object(&json, "jobs");
    for (int i = 0; i < MG_JOB_STATES; i++)
        mg_json_int(&json, mg_job_state_name((mg_job_state)i), c->by_state[i]);
    mg_json_object_end(&json);
    mg_json_int(&json, "due", c->due);
    mg_json_num(&json, "oldest_due_s", (double)c->oldest_due_age_ms / 1000.0, 3);
    mg_json_int(&json, "dead_entries", c->dead_entries);
    mg_json_int(&json, "audio_present", c->audio_present);
    mg_json_int(&json, "audio_overdue", c->audio_overdue);
    mg_json_bool(&json, "paused", s->paused);
    mg_json_object_end(&json);
    mg_print_line(&line);
}

static void print(const mg_args *args, const status *s, bool redraw)
{
    if (redraw && !args->json)
        fputs("\033[H\033[2J", stdout);
    if (args->json)
        print_json(s);
    else
        print_text(s);
}

static int run(mg_args *args)
{
    mg_store *store = NULL;
    mg_errinfo err = {0};
    const bool watch = mg_args_has(args, "watch");
    mg_err result = mg_command_open_store(&args->config, /* create= */ false, &store, &err);
    while (result == MG_OK) {
        status s;
        mg_errinfo why = {0};
        mg_err code = look(store, &s, &why);
        if (code == MG_OK)
            print(args, &s, watch && isatty(STDOUT_FILENO));
        else if (watch && code == MG_E_UNAVAILABLE)
            mg_command_fail("status", code, &why); /* it may come back */
        else
            result = mg_fail(&err, code, why.sys_errno, "%s", mg_errinfo_text(&why, code));
        if (!watch || fflush(stdout) != 0)
            break;
        nanosleep(&(struct timespec){.tv_sec = WATCH_S}, NULL);
    }
    mg_store_close(store);
    return result == MG_OK ? MG_EXIT_OK : mg_command_fail("status", result, &err);
}

const mg_command mg_cmd_status = {
    .name = "status",
    .synopsis = "[--watch]",
    .summary = "how many jobs wait, run and have ended",
    .text = "Counts the jobs of each state, announcements that could not become a job (dead "
            "entries), and audio that is kept. With --json one object on a line.",
    .options = options,
    .setting_flags = settings,
    .takes_json = true,
    .run = run,
};
