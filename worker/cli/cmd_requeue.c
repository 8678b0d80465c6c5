/* `mixgauge requeue`: let jobs that have ended run again. */
#include "worker/cli/commands.h"

#include "base/cleanup.h"
#include "base/parse.h"
#include "worker/cli/job_text.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 100000, JOBS_MAX = 1000 };

static const mg_option options[] = {
    {"dead", 0, NULL, "dead jobs, oldest first, instead of those named"},
    {"class", 0, "REASON", "with --dead: only those that died of this, e.g. worker_lost"},
    {"limit", 'n', "N", "with --dead: at most N jobs; default 100"},
    {NULL, 0, NULL, NULL},
};

static const char *const settings[] = {"store-url", "queue-url", "queue-prefix",
                                       "data-dir",  NULL};

static void print_job(const mg_args *args, const char *id)
{
    mg_auto(mg_buf_done) mg_buf line = MG_BUF_INIT(1024);
    mg_json json = MG_JSON_INIT(&line);
    if (!args->json) {
        puts(id);
        return;
    }
    mg_json_object(&json, NULL);
    mg_json_str(&json, "job_id", id);
    mg_json_str(&json, "state", mg_job_state_name(MG_JOB_QUEUED));
    mg_json_object_end(&json);
    mg_print_line(&line);
}

static mg_err check_options(const mg_args *args, int64_t *ret_limit, mg_errinfo *err)
{
    const char *class = mg_args_value(args, "class"), *limit = mg_args_value(args, "limit");
    mg_err reason;
    if (mg_args_has(args, "dead") == (args->operand_count > 0))
        return mg_fail(err, MG_E_USAGE, 0, "name jobs, or --dead for all dead ones");
    if ((class || limit) && !mg_args_has(args, "dead"))
        return mg_fail(err, MG_E_USAGE, 0, "--class and --limit belong to --dead");
    if (class && (!mg_err_from_id(class, &reason) || !mg_err_is_reason(reason)))
        return mg_fail(err, MG_E_USAGE, 0,
                       "--class is a reason such as worker_lost, timeout or audio_missing");
    *ret_limit = LIMIT_DEFAULT;
    if (limit && !mg_parse_i64(limit, 1, LIMIT_MAX, ret_limit))
        return mg_fail(err, MG_E_USAGE, 0, "--limit is a number from 1 to %d", LIMIT_MAX);
    return MG_OK;
}

static mg_err requeue_dead(const mg_args *args, mg_store *store, int64_t limit, mg_errinfo *err)
{
    mg_autofree mg_job_event *events = calloc((size_t)limit, sizeof *events);
    size_t count = 0;
    if (!events)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    mg_err result = mg_store_requeue_dead(store, mg_args_value(args, "class"), (size_t)limit,
                                          events, &count, err);
    for (size_t i = 0; result == MG_OK && i < count; i++)
        print_job(args, events[i].job_id);
    if (result == MG_OK)
        mg_command_tell(&args->config, events, count);
    return result;
}

static mg_err requeue_one(const mg_args *args, mg_store *store, const char *operand,
                          char ret_id[MG_UUID_SIZE], mg_errinfo *err)
{
    mg_errinfo why = {0};
    mg_err result = mg_job_operand(operand, ret_id, err);
    if (result != MG_OK)
        return result;
    result = mg_store_requeue(store, ret_id, &why);
    if (result != MG_OK)
        return mg_fail(err, result, why.sys_errno, "%s: %s", ret_id, mg_errinfo_text(&why, result));
    print_job(args, ret_id);
    return MG_OK;
}

/* Goes on after a job that is refused; the first error counts. */
static int requeue_named(const mg_args *args, mg_store *store)
{
    int code = MG_EXIT_OK;
    char ids[JOBS_MAX][MG_UUID_SIZE];
    size_t done = 0;
    for (size_t i = 0; i < args->operand_count; i++) {
        mg_errinfo err = {0};
        mg_err result = requeue_one(args, store, args->operands[i], ids[done], &err);
        done += result == MG_OK;
        if (result == MG_OK)
            continue;
        int failed = mg_command_fail("requeue", result, &err);
        if (code == MG_EXIT_OK)
            code = failed;
    }
    mg_command_tell_jobs(&args->config, store, ids, done);
    return code;
}

static int run(mg_args *args)
{
    mg_store *store = NULL;
    mg_errinfo err = {0};
    int64_t limit;
    int code = MG_EXIT_OK;
    mg_err result = check_options(args, &limit, &err);
    if (result == MG_OK)
        result = mg_command_open_store(&args->config, /* create= */ false, &store, &err);
    if (result == MG_OK && args->operand_count > 0)
        code = requeue_named(args, store);
    else if (result == MG_OK)
        result = requeue_dead(args, store, limit, &err);
    mg_store_close(store);
    return result == MG_OK ? code : mg_command_fail("requeue", result, &err);
}

const mg_command mg_cmd_requeue = {
    .name = "requeue",
    .synopsis = "JOB... | --dead [--class REASON] [--limit N]",
    .summary = "let jobs that have ended run again",
    .text = "The jobs become due at once and their attempts are counted afresh. Prints the ids. A "
            "job that has not ended, or whose audio is deleted, is refused (exit 75); with --dead "
            "it is passed over.",
    .options = options,
    .setting_flags = settings,
    .takes_json = true,
    .max_operands = JOBS_MAX,
    .run = run,
};
