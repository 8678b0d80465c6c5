/* `mixgauge list`: jobs, newest first. */
#include "worker/cli/commands.h"

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/utf8.h"
#include "worker/cli/job_text.h"
#include "worker/cli/text_page.h"
#include "worker/cli/text_width.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 100000 };

static const mg_option options[] = {
    {"user", 'u', "U", "only jobs of this user"},
    {"state", 's', "STATE",
     "only jobs that are queued, running, retry_wait, succeeded, dead, cancelled or expired"},
    {"limit", 'n', "N", "at most N jobs; default 50"},
    {NULL, 0, NULL, NULL},
};

static const char *const settings[] = {"store-url", "data-dir", NULL};

typedef struct selection {
    const char *user;
    mg_job_state state;
    bool any_state;
    int64_t limit;
} selection;

static mg_err read_options(const mg_args *args, selection *ret, mg_errinfo *err)
{
    const char *state = mg_args_value(args, "state"), *limit = mg_args_value(args, "limit");
    *ret = (selection){
        .user = mg_args_value(args, "user"), .any_state = !state, .limit = LIMIT_DEFAULT};
    if (state && !mg_job_state_from_name(state, &ret->state))
        return mg_fail(err, MG_E_USAGE, 0,
                       "--state is one of queued, running, retry_wait, succeeded, dead, "
                       "cancelled, expired");
    if (limit && !mg_parse_i64(limit, 1, LIMIT_MAX, &ret->limit))
        return mg_fail(err, MG_E_USAGE, 0, "--limit is a number from 1 to %d", LIMIT_MAX);
    return MG_OK;
}

/* What a job became, "  (timeout)", or how far it is; or nothing. */
static void outcome(const mg_job_row *job, char *out, size_t size)
{
    out[0] = '\0';
    if (job->reason[0])
        snprintf(out, size, "  (%s)", job->reason);
    else if (job->state == MG_JOB_RUNNING)
        snprintf(out, size, "  (%d %%)", job->progress);
}

static void print_row(const mg_job_row *job, const char *created, const char *file)
{
    char after[128];
    outcome(job, after, sizeof after);
    printf("%-36s  %-10s  %-8s  %-10s  %-16s  %s%s\n", job->spec.job_id,
           mg_job_state_name(job->state), mg_priority_name[job->spec.priority], created,
           job->spec.user_id, file, after);
}

/* The same on a terminal that is too narrow for a table: the id by itself, for copying. */
static void print_block(const mg_page *page, const mg_job_row *job, const char *created,
                        const char *file)
{
    enum { INDENT = 4 };
    char words[MG_AUDIO_KEY_MAX + 256], after[128];
    outcome(job, after, sizeof after);
    snprintf(words, sizeof words, "%s%s, %s, %s, of %s: %s", mg_job_state_name(job->state), after,
             mg_priority_name[job->spec.priority], created, job->spec.user_id, file);
    printf("%s\n%*s", job->spec.job_id, INDENT, "");
    mg_page_wrapped(page, words, INDENT);
}

static void print_text(const mg_job_row *jobs, size_t count, int64_t now_ms)
{
    enum { TABLE_COLUMNS = 100 };
    const mg_page page = {.out = stdout, .columns = mg_terminal_columns(stdout, TABLE_COLUMNS)};
    const bool table = page.columns >= TABLE_COLUMNS;
    if (count > 0 && table)
        printf("%-36s  %-10s  %-8s  %-10s  %-16s  %s\n", "JOB", "STATE", "PRIORITY", "CREATED",
               "USER", "FILE");
    for (size_t i = 0; i < count; i++) {
        const mg_job_row *job = &jobs[i];
        char created[32], file[MG_AUDIO_KEY_MAX + 1];
        mg_when_text(job->created_at_ms, now_ms, created);
        mg_utf8_printable(job->spec.filename[0] ? job->spec.filename : job->spec.audio_key, file,
                          sizeof file);
        if (table)
            print_row(job, created, file);
        else
            print_block(&page, job, created, file);
    }
}

static mg_err print_json(const mg_job_row *jobs, size_t count, mg_errinfo *err)
{
    mg_auto(mg_buf_done) mg_buf line = MG_BUF_INIT(65536);
    for (size_t i = 0; i < count; i++) {
        mg_json json = MG_JSON_INIT(&line);
        mg_json_job(&json, NULL, &jobs[i]);
        if (!mg_print_line(&line))
            return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    }
    return MG_OK;
}

static int run(mg_args *args)
{
    mg_store *store = NULL;
    mg_errinfo err = {0};
    selection s;
    mg_autofree mg_job_row *jobs = NULL;
    size_t count = 0;
    int64_t now_ms = 0;
    mg_err result = read_options(args, &s, &err);
    if (result == MG_OK)
        result = mg_command_open_store(&args->config, /* create= */ false, &store, &err);
    if (result == MG_OK)
        result = mg_store_list_jobs(store, s.user, s.any_state ? NULL : &s.state, (size_t)s.limit,
                                    &jobs, &count, &err);
    if (result == MG_OK)
        result = mg_store_now(store, &now_ms, &err);
    if (result == MG_OK && args->json)
        result = print_json(jobs, count, &err);
    else if (result == MG_OK)
        print_text(jobs, count, now_ms);
    mg_store_close(store);
    return result == MG_OK ? MG_EXIT_OK : mg_command_fail("list", result, &err);
}

const mg_command mg_cmd_list = {
    .name = "list",
    .synopsis = "[--user U] [--state STATE] [--limit N]",
    .summary = "jobs, newest first",
    .text = "With --json one object for each job, a line each.",
    .options = options,
    .setting_flags = settings,
    .takes_json = true,
    .run = run,
};
