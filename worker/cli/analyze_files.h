/* The files that `analyze` was asked for: operands, with directories replaced by the audio files in
 * them. Also for `profiles learn`. */
#ifndef MG_WORKER_CLI_ANALYZE_FILES_H
#define MG_WORKER_CLI_ANALYZE_FILES_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct mg_file_list {
    char **names; /* owned, as are the strings */
    size_t count;
    bool has_directory;
} mg_file_list;

/** Files of a directory are those with an ending of audio (.wav .wave .mp3 .flac .aif .aiff .aifc,
 *  in any case), sorted by their bytes, without hidden ones; with `recursive` also those below it,
 *  not through symbolic links to directories. Other operands stay as they are, in their order.
 *  @return MG_OK; MG_E_NOT_FOUND for a directory without such files; MG_E_PERMISSION; MG_E_IO;
 *          MG_E_NOMEM */
mg_err mg_file_list_expand(char *const *operands, size_t count, bool recursive, mg_file_list *ret,
                           mg_errinfo *err);
void mg_file_list_done(mg_file_list *list);

#endif
