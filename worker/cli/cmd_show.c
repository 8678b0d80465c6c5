/* `mixgauge show`: the result of a job. */
#include "worker/cli/commands.h"

#include "base/cleanup.h"
#include "worker/cli/job_result.h"
#include "worker/cli/report_text.h"

#include <unistd.h>

static const mg_option options[] = {{NULL, 0, NULL, NULL}};

static const char *const settings[] = {"store-url", "data-dir", NULL};

static mg_err print(const mg_args *args, const mg_job_row *job, const mg_buf *result,
                    mg_errinfo *err)
{
    if (args->json) { /* byte for byte as it was stored */
        fwrite(result->data, 1, result->len, stdout);
        putchar('\n');
        return MG_OK;
    }
    if (!mg_report_text(stdout, result->data, result->len, mg_job_title(job),
                        isatty(STDOUT_FILENO)))
        return mg_fail(err, MG_E_INTERNAL, 0,
                       "the stored result is of a form that this program does not know; --json "
                       "prints it as it is");
    return MG_OK;
}

static int run(mg_args *args)
{
    mg_errinfo err = {0};
    mg_job_row job;
    mg_auto(mg_buf_done) mg_buf stored = MG_BUF_INIT(MG_RESULT_MAX_BYTES);
    mg_err result = mg_job_result(&args->config, args->operands[0], &job, &stored, &err);
    if (result == MG_OK)
        result = print(args, &job, &stored, &err);
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
