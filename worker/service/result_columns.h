/* What the ledger repeats of a result, so that a frontend can sort and filter. */
#ifndef MG_WORKER_SERVICE_RESULT_COLUMNS_H
#define MG_WORKER_SERVICE_RESULT_COLUMNS_H

#include "base/error.h"
#include "schema/store.h"

#include <stddef.h>

/** @param json        a checked result (worker/analyser/analyser_run.h)
 *  @param ret_sha256  of the analysed file, lower-case hex, "" when the result does not tell
 *  @return MG_OK; MG_E_INTERNAL when it names no engine version or parameters */
mg_err mg_result_columns_parse(const char *json, size_t len, mg_result_columns *ret,
                               char ret_sha256[65], mg_errinfo *err);

#endif
