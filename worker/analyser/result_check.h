/* Is a text that came from an analyser a result that other programs may be shown?
 *
 * A structural check, by a table of paths: UTF-8, JSON without repeated keys, bounded depth, the
 * top-level keys and no others, types, ranges of the values that people sort and judge by, lengths
 * of arrays and strings. schema/result.schema.json describes the result in full.
 */
#ifndef MG_WORKER_ANALYSER_RESULT_CHECK_H
#define MG_WORKER_ANALYSER_RESULT_CHECK_H

#include "base/error.h"

#include <stddef.h>

#define MG_RESULT_SCHEMA "mixgauge.result/1"

/** @return MG_OK; MG_E_INTERNAL with "analyser answered nonsense: ..." in *err; MG_E_NOMEM */
mg_err mg_result_check(const char *json, size_t len, mg_errinfo *err);

#endif
