#include "worker/cli/analyze_documents.h"

#include "base/cleanup.h"
#include "base/utf8.h"
#include "report/report.h"
#include "report/result_view.h"
#include "worker/cli/write_file.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool is_directory(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static mg_err check_target(const char *option, const char *target, size_t count, mg_errinfo *err)
{
    char shown[200];
    if (target == NULL || is_directory(target))
        return MG_OK;
    if (count < 2)
        return mg_write_file_check(target, err);
    mg_utf8_printable(target, shown, sizeof shown);
    return mg_fail(err, MG_E_USAGE, 0,
                   "%s is \"%s\", but several files need a directory that exists", option, shown);
}

mg_err mg_analyze_documents_begin(mg_analyze_documents *documents, const char *report,
                                  const char *waveform, char *const *names, size_t count,
                                  mg_errinfo *err)
{
    *documents = (mg_analyze_documents){
        .report = report, .waveform = waveform, .names = names, .count = count};
    const mg_err result = check_target("--report", report, count, err);
    return result != MG_OK ? result : check_target("--waveform", waveform, count, err);
}

/* The file's name without its folders. */
static const char *base_of(const char *name)
{
    const char *slash = strrchr(name, '/');
    if (strcmp(name, "-") == 0)
        return "standard input";
    return slash != NULL ? slash + 1 : name;
}

/* How many files before this one have its name. */
static size_t namesakes(const mg_analyze_documents *documents, size_t index)
{
    size_t count = 0;
    for (size_t i = 0; i < index; i++)
        count += strcmp(base_of(documents->names[i]), base_of(documents->names[index])) == 0;
    return count;
}

static mg_err write_document(const mg_analyze_documents *documents, size_t index,
                             const char *target, const char *ending, const mg_buf *document,
                             mg_errinfo *err)
{
    mg_autofree char *path = NULL;
    char number[24] = "";
    const char *name = base_of(documents->names[index]);
    const size_t before = namesakes(documents, index);
    if (!is_directory(target))
        return mg_write_file(target, document->data, document->len, err);
    if (before > 0)
        snprintf(number, sizeof number, "-%zu", before + 1);
    if (asprintf(&path, "%s/%s%s%s", target, name, number, ending) < 0) {
        path = NULL;
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    }
    return mg_write_file(path, document->data, document->len, err);
}

mg_err mg_analyze_documents_write(const mg_analyze_documents *documents, size_t index,
                                  const char *result, size_t len, mg_errinfo *err)
{
    json_t *root = NULL;
    mg_auto(mg_buf_done) mg_buf page = MG_BUF_INIT(MG_REPORT_MAX_BYTES);
    mg_auto(mg_buf_done) mg_buf outline = MG_BUF_INIT(MG_REPORT_MAX_BYTES);
    if (documents->report == NULL && documents->waveform == NULL)
        return MG_OK;
    mg_err code = mg_view_parse(result, len, &root, err);
    if (code != MG_OK)
        return code;
    if (documents->report != NULL)
        code = mg_report_html(root, base_of(documents->names[index]), &page);
    if (code == MG_OK && documents->waveform != NULL)
        code = mg_report_waveform(root, &outline);
    json_decref(root);
    if (code != MG_OK)
        return mg_fail(err, code, 0, "%s", mg_err_sentence(code));
    if (documents->report != NULL)
        code = write_document(documents, index, documents->report, ".html", &page, err);
    if (code == MG_OK && documents->waveform != NULL)
        code = write_document(documents, index, documents->waveform, ".json", &outline, err);
    return code;
}
