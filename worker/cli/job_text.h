/* How commands show jobs: to people in aligned columns with relative times, to programs as JSON. */
#ifndef MG_WORKER_CLI_JOB_TEXT_H
#define MG_WORKER_CLI_JOB_TEXT_H

#include "base/json_write.h"
#include "schema/store.h"

#include <stdio.h>

/* "12 s", "3 min", "5 h", "9 d". */
void mg_span_text(int64_t span_ms, char out[24]);
/* "3 min ago", "in 12 s", "now"; "-" for 0, which means never. */
void mg_when_text(int64_t at_ms, int64_t now_ms, char out[32]);

/* An ISO time; null for 0. */
void mg_json_when(mg_json *json, const char *key, int64_t at_ms);
/* A job as one object. */
void mg_json_job(mg_json *json, const char *key, const mg_job_row *job);

/** Print the line and empty the buffer; false when it did not fit. */
bool mg_print_line(mg_buf *line);

/** An operand that names a job. @return MG_OK; MG_E_NOT_FOUND for what is not even a UUID */
mg_err mg_job_operand(const char *text, char ret[MG_UUID_SIZE], mg_errinfo *err);

#endif
