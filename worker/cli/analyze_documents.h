/* `analyze --report` and `--waveform`: a document for each file. For cmd_analyze.c only. */
#ifndef MG_WORKER_CLI_ANALYZE_DOCUMENTS_H
#define MG_WORKER_CLI_ANALYZE_DOCUMENTS_H

#include "base/error.h"

#include <stddef.h>

typedef struct mg_analyze_documents {
    const char *report, *waveform; /* a file or a directory; NULL: not asked for */
    char *const *names;            /* of all files, in order */
    size_t count;
} mg_analyze_documents;

/** @return MG_OK; MG_E_USAGE when several files are to go into what is not a directory; as
 *          mg_write_file_check() */
mg_err mg_analyze_documents_begin(mg_analyze_documents *documents, const char *report,
                                  const char *waveform, char *const *names, size_t count,
                                  mg_errinfo *err);
/** Write the documents of the file `names[index]`. In a directory they are called as the file with
 *  ".html" and ".json" behind it; the second file of a name gets "-2", and so on.
 *  @return as mg_write_file(); MG_E_SCHEMA when `result` is none */
mg_err mg_analyze_documents_write(const mg_analyze_documents *documents, size_t index,
                                  const char *result, size_t len, mg_errinfo *err);

#endif
