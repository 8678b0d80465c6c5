/* `analyze --export FILE`: the results of a run as one collection. For cmd_analyze.c only. */
#ifndef MG_WORKER_CLI_ANALYZE_EXPORT_H
#define MG_WORKER_CLI_ANALYZE_EXPORT_H

#include "report/export.h"

typedef struct mg_analyze_export {
    const char *file; /* NULL: nothing is exported */
    mg_export collection;
} mg_analyze_export;

/** @param file  NULL: no export
 *  @return MG_OK; MG_E_USAGE for an ending that is no form, and for standard input, which has no
 *          path that another program could open; as mg_write_file_check() */
mg_err mg_analyze_export_begin(mg_analyze_export *export, const char *file, char *const *names,
                               size_t count, mg_errinfo *err);
/** Add the result of one file. Says on standard error when its path cannot be written exactly.
 *  @return MG_OK; MG_E_NOMEM, MG_E_LIMIT */
mg_err mg_analyze_export_add(mg_analyze_export *export, const char *name, const char *result,
                             size_t len, mg_errinfo *err);
/** Write the collection, unless there is nothing in it. @return as mg_write_file() */
mg_err mg_analyze_export_finish(mg_analyze_export *export, mg_errinfo *err);
void mg_analyze_export_done(mg_analyze_export *export);

#endif
