/* `mixgauge show`: the result of a job. */
#include "worker/cli/commands.h"

#include "base/cleanup.h"
#include "worker/cli/job_text.h"
#include "worker/cli/report_text.h"

#include <unistd.h>

static const mg_option options[] = {{NULL, 0, NULL, NULL}};

static const char *const settings[] = {"store-url", "data-dir", NULL};

/* What stands in the way of a result. */
static mg_err without_result(const mg_job_row *job, mg_errinfo *err)
{
    const char *id = job->spec.job_id, *state = mg_job_state_name(job->state);
    if (!mg_job_state_is_terminal(job->state))
        return mg_fail(err, MG_E_REFUSED, 0, "job %s has no result yet: it is %s", id, state);
    if (job->reason[0])
        return mg_fail(err, MG_E_NOT_FOUND, 0, "job %s has no result: it is %s, %s", id, state,
                       job->reason);
    return mg_fail(err, MG_E_NOT_FOUND, 0, "job %s has no result: it is %s", id, state);
}

static mg_err print(const mg_args *args, const mg_job_row *job, const mg_buf *result,
                    mg_errinfo *err)
{
    if (args->json) { /* byte for byte as it was stored */
        fwrite(result->data, 1, result->len, stdout);
        putchar('\n');
        return MG_OK;
    }
    const char *title = job->spec.filename[0] ? job->spec.filename : job->spec.audio_key;
    if (!mg_report_text(stdout, result->data, result->len, title, isatty(STDOUT_FILENO)))
        return mg_fail(err, MG_E_INTERNAL, 0,
                       "the stored result is of a form that this program does not know; --json "
                       "prints it as it is");
    return MG_OK;
}

static int run(mg_args *args)
{
    mg_store *store = NULL;
    mg_errinfo err = {0};
    mg_job_row job;
    char id[MG_UUID_SIZE];
    mg_auto(mg_buf_done) mg_buf stored = MG_BUF_INIT(MG_RESULT_MAX_BYTES);
    mg_err result = mg_job_operand(args->operands[0], id, &err);
    if (result == MG_OK)
        result = mg_command_open_store(&args->config, /* create= */ false, &store, &err);
    if (result == MG_OK)
        result = mg_store_get_job(store, id, &job, &err);
    if (result == MG_OK) {
        mg_errinfo why = {0};
        result = mg_store_get_result(store, id, &stored, &why);
        if (result == MG_E_NOT_FOUND)
            result = without_result(&job, &err);
        else if (result != MG_OK)
            mg_fail(&err, result, why.sys_errno, "%s", mg_errinfo_text(&why, result));
    }
    if (result == MG_OK)
        result = print(args, &job, &stored, &err);
    mg_store_close(store);
    return result == MG_OK ? MG_EXIT_OK : mg_command_fail("show", result, &err);
}

const mg_command mg_cmd_show = {
    .name = "show",
    .synopsis = "JOB",
    .summary = "the result of a job",
    .text = "Prints a readable report; with --json the result as it is stored, byte for byte. A "
            "job that ran again shows its newest result. Exits 66 for an unknown job or one that "
            "ended without a result, 75 for one that has not ended.",
    .options = options,
    .setting_flags = settings,
    .takes_json = true,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
