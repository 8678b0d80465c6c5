#include "worker/cli/analyze_output.h"

#include "base/cleanup.h"
#include "base/json_write.h"
#include "report/result_view.h"
#include "worker/cli/report_text.h"
#include "worker/cli/text_width.h"
#include "worker/cli/track_table.h"

#include <string.h>

enum { TABLE_COLUMNS = 100 };

static const size_t line_max = (size_t)4 * 1024 * 1024;

mg_err mg_analyze_output_begin(mg_analyze_output *output, size_t count, mg_errinfo *err)
{
    output->tracks = calloc(count + 1, sizeof *output->tracks);
    if (output->tracks == NULL)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    return MG_OK;
}

void mg_analyze_output_done(mg_analyze_output *output)
{
    free(output->tracks);
    output->tracks = NULL;
}

/* The result itself, byte for byte as the analyser wrote it, with `since` where that is asked. */
static mg_err print_bare(const mg_analyze_output *output, const mg_analyser_outcome *outcome)
{
    mg_auto(mg_buf_done) mg_buf with_since = MG_BUF_INIT(line_max);
    const char *text = outcome->result;
    size_t len = outcome->result_len;
    if (output->since->file != NULL) {
        const mg_err result = mg_analyze_since_json(output->since, text, len, &with_since);
        if (result != MG_OK)
            return result;
        text = with_since.data;
        len = with_since.len;
    }
    fwrite(text, 1, len, stdout);
    fputc('\n', stdout);
    return MG_OK;
}

static mg_err print_line(const char *name, const mg_analyser_outcome *outcome, int exit_code)
{
    mg_auto(mg_buf_done) mg_buf line = MG_BUF_INIT(line_max);
    mg_json json = MG_JSON_INIT(&line);
    mg_json_object(&json, NULL);
    mg_json_str(&json, "file", name);
    mg_json_int(&json, "exit", exit_code);
    if (outcome->err == MG_OK) {
        mg_json_raw(&json, "result", outcome->result, outcome->result_len);
    } else {
        mg_json_str(&json, "reason", mg_err_id(outcome->err));
        mg_json_str(&json, "message", outcome->detail);
    }
    mg_json_object_end(&json);
    if (mg_buf_err(&line) == MG_OK)
        puts(mg_buf_text(&line));
    return mg_buf_err(&line);
}

static mg_err note_track(mg_analyze_output *output, const char *name,
                         const mg_analyser_outcome *outcome)
{
    json_t *result = NULL;
    const mg_err code = mg_view_parse(outcome->result, outcome->result_len, &result, NULL);
    if (code == MG_OK)
        mg_track_summarize(name, result, &output->tracks[output->track_count++]);
    json_decref(result);
    return code;
}

mg_err mg_analyze_output_item(mg_analyze_output *output, const char *name,
                              const mg_analyser_outcome *outcome, int exit_code)
{
    const bool good = outcome->err == MG_OK;
    if (output->json && good && !output->several)
        return print_bare(output, outcome);
    if (output->json)
        return print_line(name, outcome, exit_code);
    if (!good)
        return MG_OK;
    if (output->several)
        return note_track(output, name, outcome);
    (void)mg_report_text(stdout, outcome->result, outcome->result_len,
                         strcmp(name, "-") == 0 ? "standard input" : name, output->colour);
    if (output->since->file != NULL)
        (void)mg_analyze_since_text(output->since, outcome->result, outcome->result_len, stdout,
                                    output->colour);
    return MG_OK;
}

int mg_analyze_output_end(mg_analyze_output *output)
{
    const mg_track_table table = {.out = stdout,
                                  .columns = mg_terminal_columns(stdout, TABLE_COLUMNS),
                                  .colour = output->colour};
    mg_track_summary *sorted = calloc(output->track_count + 1, sizeof *sorted);
    if (sorted != NULL) {
        memcpy(sorted, output->tracks, output->track_count * sizeof *sorted);
        mg_track_table_print(&table, sorted, output->track_count);
        free(sorted);
    }
    if (output->as_set)
        mg_track_table_set(&table, output->tracks, output->track_count);
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    return errno != 0 ? errno : EIO;
}
