/* The result as a person wants to read it in a terminal. */
#ifndef MG_WORKER_CLI_REPORT_TEXT_H
#define MG_WORKER_CLI_REPORT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** Print a result (JSON of schema mixgauge.result/1, from an analyser or a ledger).
 *  @param title    the file's name, made printable here; may be NULL
 *  @param colour   use ANSI colours
 *  @return false when `json` is not such a result */
bool mg_report_text(FILE *out, const char *json, size_t len, const char *title, bool colour);

#endif
