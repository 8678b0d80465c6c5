/* `analyze --export FILE`, once or several times: the results of a run as one collection in each.
 * For cmd_analyze.c only. */
#ifndef MG_WORKER_CLI_ANALYZE_EXPORT_H
#define MG_WORKER_CLI_ANALYZE_EXPORT_H

#include "report/export.h"
#include "worker/cli/command.h"

typedef struct mg_export_target {
    const char *file;
    mg_export collection;
} mg_export_target;

typedef struct mg_analyze_exports {
    mg_export_target *targets;
    size_t count; /* 0: nothing is exported */
} mg_analyze_exports;

/** @return MG_OK; MG_E_USAGE for an ending that is no form, for a file that is given twice, and for
 *          standard input, which has no path that another program could open; MG_E_NOMEM; as
 *          mg_write_file_check() */
mg_err mg_analyze_exports_begin(mg_analyze_exports *exports, const mg_args *args, mg_errinfo *err);
/** Add the result of one file. Says on standard error when its path cannot be written exactly.
 *  @return MG_OK; MG_E_NOMEM, MG_E_LIMIT */
mg_err mg_analyze_exports_add(mg_analyze_exports *exports, const char *name, const char *result,
                              size_t len, mg_errinfo *err);
/** Write the collections, unless there is nothing in them. One that cannot be written does not keep
 *  the others from it. @return as mg_write_file() */
mg_err mg_analyze_exports_finish(mg_analyze_exports *exports, mg_errinfo *err);
void mg_analyze_exports_done(mg_analyze_exports *exports);

#endif
