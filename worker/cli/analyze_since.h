/* `analyze --since OLD.json FILE`: what an edit changed. For cmd_analyze.c only. */
#ifndef MG_WORKER_CLI_ANALYZE_SINCE_H
#define MG_WORKER_CLI_ANALYZE_SINCE_H

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct mg_analyze_since {
    const char *file; /* NULL: nothing to compare with */
    json_t *before;   /* owned */
} mg_analyze_since;

/** Read the old result: the bare object of `analyze --json FILE`, or one line of several files'.
 *  @param file   NULL: none
 *  @param count  operands; more than one cannot be compared with one old result
 *  @return MG_OK; MG_E_USAGE; MG_E_NOT_FOUND; MG_E_PERMISSION; MG_E_IO; MG_E_SCHEMA; MG_E_NOMEM */
mg_err mg_analyze_since_begin(mg_analyze_since *since, const char *file, size_t count,
                              mg_errinfo *err);
void mg_analyze_since_done(mg_analyze_since *since);

/** The result with `since` as its last key. @return MG_OK; MG_E_SCHEMA, MG_E_LIMIT, MG_E_NOMEM */
mg_err mg_analyze_since_json(const mg_analyze_since *since, const char *result, size_t len,
                             mg_buf *out);
/** The same for people, to follow the report. @return false: `result` is none */
bool mg_analyze_since_text(const mg_analyze_since *since, const char *result, size_t len,
                           FILE *out, bool colour);

#endif
