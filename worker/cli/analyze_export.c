#include "worker/cli/analyze_export.h"

#include "base/cleanup.h"
#include "base/utf8.h"
#include "report/result_view.h"
#include "worker/cli/write_file.h"

#include <stdio.h>
#include <string.h>

static const size_t document_max = (size_t)1 << 31;

mg_err mg_analyze_export_begin(mg_analyze_export *export, const char *file, char *const *names,
                               size_t count, mg_errinfo *err)
{
    mg_export_form form;
    char shown[256];
    export->file = file;
    if (file == NULL)
        return MG_OK;
    mg_utf8_printable(file, shown, sizeof shown);
    if (!mg_export_form_of(file, &form))
        return mg_fail(err, MG_E_USAGE, 0,
                       "--export is \"%s\", but it must end in .xml (rekordbox), .nml (Traktor) or "
                       ".csv", shown);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], "-") == 0)
            return mg_fail(err, MG_E_USAGE, 0,
                           "--export needs files that have a name; standard input has none");
    }
    const mg_err result = mg_write_file_check(file, err);
    if (result == MG_OK)
        mg_export_init(&export->collection, form);
    return result;
}

mg_err mg_analyze_export_add(mg_analyze_export *export, const char *name, const char *result,
                             size_t len, mg_errinfo *err)
{
    json_t *root = NULL;
    if (export->file == NULL)
        return MG_OK;
    mg_err code = mg_view_parse(result, len, &root, err);
    if (code != MG_OK)
        return code;
    mg_autofree char *path = realpath(name, NULL);
    const char *known = path != NULL ? path : name;
    if (!mg_export_holds(export->collection.form, known)) {
        char shown[256];
        mg_utf8_printable(known, shown, sizeof shown);
        fprintf(stderr, "mixgauge analyze: %s: this name cannot be written in the export as it is; "
                "rename the file\n", shown);
    }
    code = mg_export_add(&export->collection, known, root);
    json_decref(root);
    return code == MG_OK ? MG_OK : mg_fail(err, code, 0, "%s", mg_err_sentence(code));
}

mg_err mg_analyze_export_finish(mg_analyze_export *export, mg_errinfo *err)
{
    mg_auto(mg_buf_done) mg_buf document = MG_BUF_INIT(document_max);
    if (export->file == NULL || export->collection.count == 0)
        return MG_OK;
    const mg_err code = mg_export_finish(&export->collection, &document);
    if (code != MG_OK)
        return mg_fail(err, code, 0, "%s", mg_err_sentence(code));
    return mg_write_file(export->file, document.data, document.len, err);
}

void mg_analyze_export_done(mg_analyze_export *export)
{
    mg_export_done(&export->collection);
}
