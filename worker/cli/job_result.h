/* The stored result of a job that a command was asked for. */
#ifndef MG_WORKER_CLI_JOB_RESULT_H
#define MG_WORKER_CLI_JOB_RESULT_H

#include "base/buf.h"
#include "worker/cli/command.h"

/** @param operand     what the user typed for the job
 *  @param ret_result  its newest result as stored; a ceiling of MG_RESULT_MAX_BYTES is enough
 *  @return MG_OK; MG_E_NOT_FOUND (no such job, or it ended without a result); MG_E_REFUSED (it has
 *          not ended); what opening and reading the ledger can return */
mg_err mg_job_result(const mg_config *config, const char *operand, mg_job_row *ret_job,
                     mg_buf *ret_result, mg_errinfo *err);

/** What to call the job's audio: the name that came with it, else its key. Owned by `job`. */
const char *mg_job_title(const mg_job_row *job);

#endif
