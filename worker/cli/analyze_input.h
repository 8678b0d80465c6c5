/* Opening what `analyze` was asked to look at. */
#ifndef MG_WORKER_CLI_ANALYZE_INPUT_H
#define MG_WORKER_CLI_ANALYZE_INPUT_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Return false to give up waiting for a pipe. */
typedef bool mg_input_go_on(void *context);

/** A seekable read-only descriptor, owned by the caller. "-" is standard input. What cannot seek
 *  (a pipe) is first copied into a nameless temporary file in $TMPDIR or /tmp.
 *  @return MG_OK; MG_E_NOT_FOUND (nothing there, a directory, a device); MG_E_PERMISSION;
 *          MG_E_TOO_LARGE (a pipe with more than limit_bytes); MG_E_IO; MG_E_CANCELLED */
mg_err mg_input_open(const char *name, int64_t limit_bytes, mg_input_go_on *go_on, void *context,
                     int *ret_fd, int64_t *ret_bytes, mg_errinfo *err);

#endif
