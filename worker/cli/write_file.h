/* A document that a command was asked to write. */
#ifndef MG_WORKER_CLI_WRITE_FILE_H
#define MG_WORKER_CLI_WRITE_FILE_H

#include "base/error.h"

#include <stddef.h>

/** Write the whole file or nothing: a regular file is written beside its place and renamed, so that
 *  whoever reads it never sees half of it, and what was there stays when writing fails. A link is
 *  followed. Devices and pipes are written to as they are; signals that the calling thread holds
 *  back are let through meanwhile, since a pipe may never find its reader.
 *  @return MG_OK; MG_E_NOT_FOUND (no such directory); MG_E_PERMISSION; MG_E_IO; MG_E_NOMEM */
mg_err mg_write_file(const char *path, const void *data, size_t len, mg_errinfo *err);

/** Would mg_write_file() find a place for it? For saying so before hours of work, not after them; a
 *  disk can still be full then. @return as mg_write_file() */
mg_err mg_write_file_check(const char *path, mg_errinfo *err);

#endif
