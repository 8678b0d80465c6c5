/* A growing byte buffer with a fixed ceiling. Not thread-safe.
 *
 * The first failure (ceiling reached, no memory) sticks: later writes do nothing, and mg_buf_err()
 * tells. So a writer can emit a whole document and check once. `data` is NUL-terminated whenever
 * it is not NULL; the NUL is not counted in `len`.
 */
#ifndef MG_BASE_BUF_H
#define MG_BASE_BUF_H

#include "base/error.h"

#include <stddef.h>

typedef struct mg_buf {
    char *data;
    size_t len;
    size_t cap;
    size_t max; /* most bytes that it will hold */
    mg_err err; /* MG_OK, MG_E_LIMIT or MG_E_NOMEM */
} mg_buf;

#define MG_BUF_INIT(max_bytes) ((mg_buf){.max = (max_bytes)})

/* Frees the contents; the buffer can be used again with the same ceiling. */
void mg_buf_done(mg_buf *buf);
/* Empties the buffer, keeps its memory, forgets an error. */
void mg_buf_clear(mg_buf *buf);
void mg_buf_append(mg_buf *buf, const void *data, size_t len);
void mg_buf_puts(mg_buf *buf, const char *text);
void mg_buf_putc(mg_buf *buf, char c);
void mg_buf_printf(mg_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The text so far; "" when empty. Owned by the buffer, valid until the next write. */
const char *mg_buf_text(const mg_buf *buf);
mg_err mg_buf_err(const mg_buf *buf);
/* Hands over the text (free()); NULL after an error. The buffer is empty afterwards. */
char *mg_buf_steal(mg_buf *buf);

#endif
