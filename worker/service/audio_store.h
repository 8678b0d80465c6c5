/* Where uploads lie. One interface; today a directory tree, later an object store beside it.
 *
 * Keys are "USER_SEGMENT/UPLOAD_ID[.ext]" (queue/message.h checks them). The directory
 * implementation opens everything below its root with openat2(RESOLVE_BENEATH |
 * RESOLVE_NO_SYMLINKS), so that no key can leave it. Writing is KEY.part, fsync, rename, fsync of
 * the directory. Thread-safe.
 */
#ifndef MG_WORKER_SERVICE_AUDIO_STORE_H
#define MG_WORKER_SERVICE_AUDIO_STORE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mg_audio_store mg_audio_store;

/** @param url  "file:/absolute/dir"; created (0700) when missing and `create`
 *  @return MG_OK; MG_E_CONFIG; MG_E_PERMISSION; MG_E_IO */
mg_err mg_audio_store_open(mg_audio_store **ret, const char *url, bool create, mg_errinfo *err);
void mg_audio_store_close(mg_audio_store *store);

/** A read-only descriptor for a regular file. @return MG_E_AUDIO_MISSING; MG_E_STORAGE */
mg_err mg_audio_store_get(mg_audio_store *store, const char *key, int *ret_fd, int64_t *ret_bytes,
                          mg_errinfo *err);
/** Copy from a descriptor (from its start). Write-once: MG_E_REFUSED if the key exists. */
mg_err mg_audio_store_put(mg_audio_store *store, const char *key, int source_fd,
                          int64_t *ret_bytes, mg_errinfo *err);
/** Delete and prove that it is gone. Gone already is MG_OK with *ret_was_there false. */
mg_err mg_audio_store_delete(mg_audio_store *store, const char *key, bool *ret_was_there,
                             mg_errinfo *err);

typedef struct mg_audio_file {
    const char *key;
    int64_t bytes, modified_ms; /* wall clock of the file system */
    bool partial;               /* a ".part" left by a dead upload */
} mg_audio_file;
/* Return MG_OK to go on. */
typedef mg_err mg_audio_visit(void *context, const mg_audio_file *file, mg_errinfo *err);
/** Visit every file below the root, in no particular order; names that are not keys
 *  (queue/message.h) are skipped and counted. A visit may delete the file. The key of a partial
 * file is "KEY.part", which only mg_audio_store_delete() takes. */
mg_err mg_audio_store_list(mg_audio_store *store, mg_audio_visit *visit, void *context,
                           int64_t *ret_foreign, mg_errinfo *err);

/** Remove empty directories of users that have not changed since before_ms: their names are ids. */
mg_err mg_audio_store_prune(mg_audio_store *store, int64_t before_ms, int64_t *ret_removed,
                            mg_errinfo *err);

#endif
