#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mg_buf_done(mg_buf *buf)
{
    free(buf->data);
    *buf = MG_BUF_INIT(buf->max);
}

void mg_buf_clear(mg_buf *buf)
{
    buf->len = 0;
    buf->err = MG_OK;
    if (buf->data)
        buf->data[0] = '\0';
}

/* Makes room for `more` bytes and the NUL. */
static bool reserve(mg_buf *buf, size_t more)
{
    if (buf->err != MG_OK)
        return false;
    if (more > buf->max - buf->len) {
        buf->err = MG_E_LIMIT;
        return false;
    }
    size_t need = buf->len + more + 1;
    if (need <= buf->cap)
        return true;
    size_t cap = buf->cap ? buf->cap * 2 : 256;
    if (cap > buf->max + 1)
        cap = buf->max + 1;
    if (cap < need)
        cap = need;
    char *data = realloc(buf->data, cap);
    if (!data) {
        buf->err = MG_E_NOMEM;
        return false;
    }
    buf->data = data;
    buf->cap = cap;
    return true;
}

void mg_buf_append(mg_buf *buf, const void *data, size_t len)
{
    if (!reserve(buf, len))
        return;
    if (len)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void mg_buf_puts(mg_buf *buf, const char *text)
{
    mg_buf_append(buf, text, strlen(text));
}

void mg_buf_putc(mg_buf *buf, char c)
{
    mg_buf_append(buf, &c, 1);
}

void mg_buf_printf(mg_buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        buf->err = buf->err ? buf->err : MG_E_INTERNAL;
    else if (reserve(buf, (size_t)len)) {
        vsnprintf(buf->data + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

const char *mg_buf_text(const mg_buf *buf)
{
    return buf->data ? buf->data : "";
}

mg_err mg_buf_err(const mg_buf *buf)
{
    return buf->err;
}

char *mg_buf_steal(mg_buf *buf)
{
    if (buf->err != MG_OK) {
        mg_buf_done(buf);
        return NULL;
    }
    if (!buf->data)
        mg_buf_puts(buf, "");
    char *data = buf->data;
    *buf = MG_BUF_INIT(buf->max);
    return data;
}
