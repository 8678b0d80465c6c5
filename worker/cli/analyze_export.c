#include "worker/cli/analyze_export.h"

#include "base/cleanup.h"
#include "base/utf8.h"
#include "report/result_view.h"
#include "worker/cli/write_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t document_max = (size_t)1 << 31;

static mg_err add_target(mg_analyze_exports *exports, const char *file, mg_errinfo *err)
{
    mg_export_form form;
    char shown[256];
    mg_utf8_printable(file, shown, sizeof shown);
    if (!mg_export_form_of(file, &form))
        return mg_fail(err, MG_E_USAGE, 0,
                       "--export is \"%s\", but it must end in .xml (rekordbox), .nml (Traktor) or "
                       ".csv",
                       shown);
    for (size_t i = 0; i < exports->count; i++) {
        if (strcmp(exports->targets[i].file, file) == 0)
            return mg_fail(err, MG_E_USAGE, 0, "--export is given twice as \"%s\"", shown);
    }
    const mg_err result = mg_write_file_check(file, err);
    if (result != MG_OK)
        return result;
    mg_export_target *target = &exports->targets[exports->count++];
    target->file = file;
    mg_export_init(&target->collection, form);
    return MG_OK;
}

mg_err mg_analyze_exports_begin(mg_analyze_exports *exports, const mg_args *args, mg_errinfo *err)
{
    mg_err result = MG_OK;
    const char *file;
    size_t wanted = 0;
    while (mg_args_value_at(args, "export", wanted) != NULL)
        wanted++;
    for (size_t i = 0; wanted > 0 && i < args->operand_count; i++) {
        if (strcmp(args->operands[i], "-") == 0)
            return mg_fail(err, MG_E_USAGE, 0,
                           "--export needs files that have a name; standard input has none");
    }
    exports->targets = calloc(wanted + 1, sizeof *exports->targets);
    if (exports->targets == NULL)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    for (size_t i = 0; result == MG_OK && (file = mg_args_value_at(args, "export", i)); i++)
        result = add_target(exports, file, err);
    return result;
}

static void warn_of_name(const char *path)
{
    char shown[256];
    mg_utf8_printable(path, shown, sizeof shown);
    fprintf(stderr,
            "mixgauge analyze: %s: this name cannot be written in the export as it is; "
            "rename the file\n",
            shown);
}

mg_err mg_analyze_exports_add(mg_analyze_exports *exports, const char *name, const char *result,
                              size_t len, mg_errinfo *err)
{
    json_t *root = NULL;
    bool held = true;
    if (exports->count == 0)
        return MG_OK;
    mg_err code = mg_view_parse(result, len, &root, err);
    if (code != MG_OK)
        return code;
    mg_autofree char *path = realpath(name, NULL);
    const char *known = path != NULL ? path : name;
    for (size_t i = 0; code == MG_OK && i < exports->count; i++) {
        mg_export *collection = &exports->targets[i].collection;
        held = held && mg_export_holds(collection->form, known);
        code = mg_export_add(collection, known, root);
    }
    json_decref(root);
    if (!held)
        warn_of_name(known);
    return code == MG_OK ? MG_OK : mg_fail(err, code, 0, "%s", mg_err_sentence(code));
}

static mg_err write_target(const mg_export_target *target, mg_errinfo *err)
{
    mg_auto(mg_buf_done) mg_buf document = MG_BUF_INIT(document_max);
    if (target->collection.count == 0)
        return MG_OK;
    const mg_err code = mg_export_finish(&target->collection, &document);
    if (code != MG_OK)
        return mg_fail(err, code, 0, "%s", mg_err_sentence(code));
    return mg_write_file(target->file, document.data, document.len, err);
}

mg_err mg_analyze_exports_finish(mg_analyze_exports *exports, mg_errinfo *err)
{
    mg_err first = MG_OK;
    for (size_t i = 0; i < exports->count; i++) {
        mg_errinfo later = {0};
        const mg_err code = write_target(&exports->targets[i], first == MG_OK ? err : &later);
        first = first == MG_OK ? code : first;
    }
    return first;
}

void mg_analyze_exports_done(mg_analyze_exports *exports)
{
    for (size_t i = 0; i < exports->count; i++)
        mg_export_done(&exports->targets[i].collection);
    free(exports->targets);
    *exports = (mg_analyze_exports){0};
}
