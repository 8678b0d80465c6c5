/* `mixgauge cancel`: stop a job. */
#include "worker/cli/commands.h"

#include "base/cleanup.h"
#include "worker/cli/job_text.h"

static const mg_option options[] = {{NULL, 0, NULL, NULL}};

static const char *const settings[] = {"store-url", "queue-url", "queue-prefix",
                                       "data-dir",  NULL};

static void print_job(const mg_args *args, const char *id, mg_job_state state)
{
    mg_auto(mg_buf_done) mg_buf line = MG_BUF_INIT(1024);
    mg_json json = MG_JSON_INIT(&line);
    if (!args->json) {
        printf("%s %s\n", id,
               state == MG_JOB_CANCELLED ? "is cancelled" : "runs, and will be stopped soon");
        return;
    }
    mg_json_object(&json, NULL);
    mg_json_str(&json, "job_id", id);
    mg_json_str(&json, "state", mg_job_state_name(state));
    mg_json_object_end(&json);
    mg_print_line(&line);
}

static int run(mg_args *args)
{
    mg_store *store = NULL;
    mg_errinfo err = {0};
    char id[MG_UUID_SIZE];
    mg_job_state state = MG_JOB_QUEUED;
    mg_err result = mg_job_operand(args->operands[0], id, &err);
    if (result == MG_OK)
        result = mg_command_open_store(&args->config, /* create= */ false, &store, &err);
    if (result == MG_OK)
        result = mg_store_cancel(store, id, &state, &err);
    if (result == MG_OK && state != MG_JOB_CANCELLED && mg_job_state_is_terminal(state))
        result = mg_fail(&err, MG_E_REFUSED, 0, "job %s has ended already: it is %s", id,
                         mg_job_state_name(state));
    else if (result == MG_OK)
        print_job(args, id, state);
    /* one that runs is told by its worker when it has stopped */
    if (result == MG_OK && state == MG_JOB_CANCELLED)
        mg_command_tell_jobs(&args->config, store, &id, 1);
    mg_store_close(store);
    return result == MG_OK ? MG_EXIT_OK : mg_command_fail("cancel", result, &err);
}

const mg_command mg_cmd_cancel = {
    .name = "cancel",
    .synopsis = "JOB",
    .summary = "stop a job",
    .text = "A job that waits is cancelled at once; one that runs is stopped by its worker within "
            "seconds. Cancelling twice does no harm; a job that has ended otherwise is refused "
            "(exit 75).",
    .options = options,
    .setting_flags = settings,
    .takes_json = true,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
