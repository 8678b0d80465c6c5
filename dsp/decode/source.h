/* Bounded reading of the file, from a descriptor or from memory, with its SHA-256.
 *
 * Two ways to read. mg_source_window() serves the decoding: it goes forward and every byte that it
 * passes enters the digest, so the file is read once. mg_source_peek() serves the header parsers,
 * which jump: it touches neither buffer nor digest.
 * The size is taken once, at the start. A file that becomes shorter afterwards is MG_E_IO, one that
 * grows is read up to the first size. Not thread-safe.
 */
#ifndef MG_DSP_DECODE_SOURCE_H
#define MG_DSP_DECODE_SOURCE_H

#include "base/error.h"

#include <nettle/sha2.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MG_SOURCE_BUFFER = 128 * 1024,
    MG_SOURCE_WINDOW_MAX = 16 * 1024, /* most bytes that a window can be asked for */
};

typedef struct mg_source {
    int fd;                      /* -1: memory */
    const unsigned char *memory; /* borrowed */
    uint64_t size;
    uint64_t hashed; /* bytes that are in the digest: [0, hashed) */
    struct sha256_ctx sha;
    unsigned char *buf; /* owned; descriptor only */
    uint64_t buf_start;
    size_t buf_len;
} mg_source;

/* The descriptor must be a regular file; it is not closed. @return MG_OK, MG_E_IO, MG_E_NOMEM */
mg_err mg_source_init_fd(mg_source *source, int fd, mg_errinfo *err);
void mg_source_init_memory(mg_source *source, const void *data, size_t len);
void mg_source_done(mg_source *source);

/** Contiguous bytes at `offset`, valid until the next call.
 *  @param want     at most MG_SOURCE_WINDOW_MAX
 *  @param ret_len  at least min(want, size - offset); often more
 *  @return MG_OK; MG_E_IO */
mg_err mg_source_window(mg_source *source, uint64_t offset, size_t want,
                        const unsigned char **ret_data, size_t *ret_len, mg_errinfo *err);

/* Copies bytes at `offset`; *ret_len is less than `len` only at the end of the file. */
mg_err mg_source_peek(mg_source *source, uint64_t offset, void *dst, size_t len, size_t *ret_len,
                      mg_errinfo *err);

/* Reads what is left and writes the digest of the whole file in lower-case hex. Once only. */
mg_err mg_source_digest(mg_source *source, char ret_hex[65], mg_errinfo *err);

#endif
