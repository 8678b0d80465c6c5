/* What `analyze` prints on standard output: one report or bare result, a line of JSON for each of
 * several files, or their table. For cmd_analyze.c only. */
#ifndef MG_WORKER_CLI_ANALYZE_OUTPUT_H
#define MG_WORKER_CLI_ANALYZE_OUTPUT_H

#include "report/track_set.h"
#include "worker/analyser/analyser_run.h"
#include "worker/cli/analyze_since.h"

typedef struct mg_analyze_output {
    bool json, colour;
    bool several; /* lines or a table, even if it is one file: what a directory holds may change */
    bool as_set;
    const mg_analyze_since *since;
    mg_track_summary *tracks; /* for the table; owned */
    size_t track_count;
} mg_analyze_output;

/** @param count  files at most @return MG_OK; MG_E_NOMEM */
mg_err mg_analyze_output_begin(mg_analyze_output *output, size_t count, mg_errinfo *err);
void mg_analyze_output_done(mg_analyze_output *output);

/** One file, in the order given; of one that failed only JSON says something here.
 *  @param name  must outlive the output
 *  @param exit_code  of this file
 *  @return MG_OK; MG_E_NOMEM, MG_E_LIMIT, MG_E_SCHEMA; whether it could be written is up to the
 *          caller (ferror) */
mg_err mg_analyze_output_item(mg_analyze_output *output, const char *name,
                              const mg_analyser_outcome *outcome, int exit_code);

/** After the last file: the table. Flushes. @return 0, or the errno of a failed write */
int mg_analyze_output_end(mg_analyze_output *output);

#endif
