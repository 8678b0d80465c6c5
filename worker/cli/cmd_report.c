/* `mixgauge report`: the result of a job as a page. */
#include "worker/cli/commands.h"

#include "base/cleanup.h"
#include "report/report.h"
#include "report/result_view.h"
#include "worker/cli/job_result.h"
#include "worker/cli/write_file.h"

#include <unistd.h>

static const mg_option options[] = {
    {"output", 'o', "FILE", "where to write it (default: standard output)"},
    {NULL, 0, NULL, NULL},
};

static const char *const settings[] = {"store-url", "data-dir", NULL};

static mg_err make_page(const mg_job_row *job, const mg_buf *stored, mg_buf *ret, mg_errinfo *err)
{
    json_t *root = NULL;
    mg_err result = mg_view_parse(stored->data, stored->len, &root, err);
    if (result != MG_OK)
        return result;
    result = mg_report_html(root, mg_job_title(job), ret);
    json_decref(root);
    return result == MG_OK ? MG_OK : mg_fail(err, result, 0, "%s", mg_err_sentence(result));
}

static int run(mg_args *args)
{
    mg_errinfo err = {0};
    mg_job_row job;
    mg_auto(mg_buf_done) mg_buf stored = MG_BUF_INIT(MG_RESULT_MAX_BYTES);
    mg_auto(mg_buf_done) mg_buf page = MG_BUF_INIT(MG_REPORT_MAX_BYTES);
    const char *file = mg_args_value(args, "output");
    mg_err result = MG_OK;
    if (file == NULL && isatty(STDOUT_FILENO))
        result = mg_fail(&err, MG_E_USAGE, 0, "a page is not for a terminal; give -o FILE.html");
    if (result == MG_OK)
        result = mg_job_result(&args->config, args->operands[0], &job, &stored, &err);
    if (result == MG_OK)
        result = make_page(&job, &stored, &page, &err);
    if (result == MG_OK && file != NULL)
        result = mg_write_file(file, page.data, page.len, &err);
    else if (result == MG_OK)
        fwrite(page.data, 1, page.len, stdout);
    return result == MG_OK ? MG_EXIT_OK : mg_command_fail("report", result, &err);
}

const mg_command mg_cmd_report = {
    .name = "report",
    .synopsis = "JOB [-o FILE]",
    .summary = "the result of a job as a page for the browser",
    .text = "Writes one HTML file that loads nothing and runs no script. A job that ran again "
            "gives its newest result; the same result gives the same bytes. A file is replaced "
            "only by a whole one. Exits 66 for an unknown job or one that ended without a result, "
            "75 for one that has not ended, 74 when writing fails.",
    .options = options,
    .setting_flags = settings,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
